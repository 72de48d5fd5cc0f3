import csv
import gzip
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import regrade
from data.labelled.labelled_table import InvalidTable, column, read_rows, read_spec
from serving.fraud.table import TableModel
from serving.release import open_folder
from training.fraud.table.csv_table import read_source
from training.fraud.table.encoder import encoded_all
from training.fraud.table.table_settings import read_table_settings
from training.fraud.train_table import train_table

SPEC = "target: fraud\ncolumns: {amount: number, age: number, kind: category}\n"
SHIPPED = read_table_settings()
QUICK = SHIPPED.model_copy(
    update={"members": tuple(replace(member, rounds=25) for member in SHIPPED.members)}
)
Rows = list[dict[str, str]]


def rows(count: int = 1500) -> Rows:
    rng = np.random.default_rng(8)
    amount, age = rng.gamma(2, 50, count), rng.normal(40, 10, count)
    kind = rng.choice(["car", "van", "bus"], count)
    odds = -2.5 + 0.012 * amount + np.where(kind == "bus", 1.2, 0.0)
    fraud = rng.random(count) < 1 / (1 + np.exp(-odds))
    return [
        {"amount": f"{a:.3f}", "age": f"{b:.2f}", "kind": k, "fraud": str(int(f)), "number": str(n)}
        for n, (a, b, k, f) in enumerate(zip(amount, age, kind, fraud, strict=True))
    ]


def write(folder: Path, table: Rows, spec: str = SPEC) -> tuple[Path, Path]:
    with (folder / "t.csv").open("w", newline="") as file:
        writer = csv.DictWriter(file, list(table[0]))
        writer.writeheader()
        writer.writerows(table)
    (folder / "s.yaml").write_text(spec)
    return folder / "t.csv", folder / "s.yaml"


@pytest.fixture(scope="module")
def fitted(tmp_path_factory: pytest.TempPathFactory) -> TableModel:
    folder = tmp_path_factory.mktemp("fitted")
    out = train_table(*write(folder, rows()), folder / "out", settings=QUICK, quiet=True)
    return TableModel.open(open_folder(out))


def test_a_model_of_a_table_ranks_its_rows(fitted: TableModel, tmp_path: Path) -> None:
    risky = {"amount": "400", "age": "40", "kind": "bus"}
    safe = {"amount": "10", "age": "40", "kind": "car"}

    scores = fitted.score(write(tmp_path, [risky, safe])[0])

    assert scores[0] > 3 * scores[1]


def test_an_unknown_category_and_empty_or_unreadable_cells_get_an_answer(
    fitted: TableModel, tmp_path: Path
) -> None:
    odd: Rows = [
        {"amount": "", "age": "NaN", "kind": "tram"},
        {"amount": "much", "age": "1e400", "kind": ""},
    ]

    scores = fitted.score(write(tmp_path, odd)[0])

    assert ((scores > 0) & (scores < 1)).all()


def test_scores_are_written_one_line_a_row(fitted: TableModel, tmp_path: Path) -> None:
    out = io.StringIO()

    count = fitted.write_scores(write(tmp_path, rows(40))[0], out)

    lines = out.getvalue().splitlines()
    assert (lines[0], len(lines), count) == ("probability", 41, 40)
    assert all(0 < float(line) < 1 for line in lines[1:])


def test_scoring_without_a_needed_column_names_it(fitted: TableModel, tmp_path: Path) -> None:
    with pytest.raises(InvalidTable, match="no column 'amount'; it has age, kind"):
        fitted.score(write(tmp_path, [{"age": "1", "kind": "car"}])[0])


def test_a_table_that_can_not_be_scored_writes_nothing(fitted: TableModel, tmp_path: Path) -> None:
    out = io.StringIO()

    with pytest.raises(InvalidTable, match="no column 'kind'"):
        fitted.write_scores(write(tmp_path, [{"amount": "1", "age": "40"}])[0], out)

    assert out.getvalue() == ""


def test_training_twice_gives_the_same_model(fitted: TableModel, tmp_path: Path) -> None:
    out = train_table(*write(tmp_path, rows()), tmp_path / "out", settings=QUICK, quiet=True)

    assert open_folder(out).identity.sha256 == fitted.identity.sha256


def change(name: str, value: Callable[[int, dict[str, str]], str]) -> Rows:
    return [row | {name: value(number, row)} for number, row in enumerate(rows())]


def holed(table: Rows, share: float) -> Rows:
    """Empty so large a share of the cells of every column but the target."""
    rng = np.random.default_rng(4)
    return [
        {name: "" if name != "fraud" and rng.random() < share else text for name, text in row.items()}
        for row in table
    ]


def alike(share: float) -> Rows:
    """Make rows of which so large a share has the features of others by chance, with answers of their own."""
    rng = np.random.default_rng(8)
    first = rows()
    return first + [row | {"fraud": str(int(rng.random() < 0.3))} for row in first[: int(share * len(first))]]


AWFUL: dict[str, tuple[Rows, str, str]] = {
    "no target column": ([{"amount": "1", "age": "1", "kind": "a"}] * 3, SPEC, "no column 'fraud'"),
    "missing targets": (
        change("fraud", lambda n, row: "" if n < 3 else row["fraud"]),
        SPEC,
        "missing in 3 rows",
    ),
    "one class": (change("fraud", lambda _, __: "0"), SPEC, "0 rows with 1"),
    "odd target": (
        change("fraud", lambda n, row: "maybe" if n == 5 else row["fraud"]),
        SPEC,
        "also holds maybe",
    ),
    "words for numbers": (change("age", lambda _, __: "old"), SPEC, "'age' is declared a number"),
    "nothing varies": (
        change("age", lambda _, __: "1"),
        "target: fraud\ncolumns: {age: number}\n",
        "the columns age tell nothing",
    ),
    "target among columns": (rows(60), "target: fraud\ncolumns: {fraud: number}\n", "take it out"),
    "unknown kind": (rows(60), "target: fraud\ncolumns: {age: text}\n", "give number or category"),
    "nothing but leaks": (
        change("age", lambda n, row: f"{float(row['fraud']) + n / 9999}"),
        "target: fraud\ncolumns: {age: number}\n",
        "nothing is left to learn from",
    ),
    "known as a word": (rows(60), SPEC + "known: age\n", "give a list of columns"),
    "known but no column": (rows(60), SPEC + "known: [number]\n", "not among the columns"),
    "unknown entry": (rows(60), SPEC + "colour: red\n", "not known: colour"),
    "monotone category": (rows(60), SPEC + "monotone: {kind: 1}\n", "no number columns"),
    "a true direction": (rows(60), SPEC + "monotone: {amount: true}\n", "monotone maps a number column"),
    "a list of directions": (rows(60), SPEC + "monotone: {amount: [1]}\n", "monotone maps a number column"),
    "no YAML": (rows(60), "{{{", "is not YAML"),
    "two times": (rows(60), SPEC + "time: [age]\n", "give the name of one column"),
    "the target as time": (rows(60), SPEC + "time: fraud\n", "time is the target"),
    "too few groups": (rows(), SPEC + "group: kind\n", "'kind' has 3 values; at least 10"),
    "only names of rows": (
        change("kind", lambda n, _: f"id{n}"),
        "target: fraud\ncolumns: {kind: category, number: number}\n",
        "kind, number tell nothing",
    ),
    "odd time": (rows(), SPEC + "time: kind\n", "give numbers or ISO dates"),
}


@pytest.mark.parametrize("name", AWFUL)
def test_a_table_that_can_not_be_learned_from_says_what_to_change(name: str, tmp_path: Path) -> None:
    table, spec, message = AWFUL[name]

    with pytest.raises(InvalidTable, match=message):
        train_table(*write(tmp_path, table, spec), tmp_path / "out", settings=QUICK, quiet=True)


@pytest.mark.parametrize(
    ("table", "spec"),
    [
        (change("age", lambda n, row: "" if n % 3 == 0 else row["age"]), SPEC),
        (change("age", lambda _, __: "7"), SPEC),
        (change("age", lambda n, row: "#VALUE!" if n % 50 == 0 else row["age"]), SPEC),
        (rows(), SPEC + "time: number\nmonotone: {amount: 1}\n"),
        (rows(700) + rows(700), SPEC + "group: number\n"),
        (change("age", lambda n, _: ("True", "False", "yes")[n % 3]), SPEC),
        (change("age", lambda n, _: f"2025-0{n % 9 + 1}-11"), SPEC + "time: age\n"),
        (change("kind", lambda n, row: f'{row["kind"]}, "quoted" {n % 400}'), SPEC),
        (change("age", lambda n, row: ("inf", "-1e999", row["age"])[n % 3]), SPEC),
        (change("fraud", lambda _, row: ("No", "Yes")[int(row["fraud"])]), SPEC),
        (holed(rows(), 0.3), SPEC),
        (
            [
                row | {f"n{place}": f"{(n * 7919 + place) % 1499}" for place in range(9)}
                for n, row in enumerate(rows())
            ],
            SPEC.replace("{", "{" + "".join(f"n{place}: number, " for place in range(9))),
        ),
        (
            change("age", lambda _, row: str(float(row["amount"]) // 60)),
            "target: fraud\ncolumns: {age: category, kind: category}\n",
        ),
        (alike(0.1), SPEC),
        (
            sorted(rows(), key=lambda row: (int(row["number"]) // 12, row["fraud"])),
            SPEC,
        ),
    ],
    ids=[
        "a third missing",
        "a constant column",
        "a few words",
        "by time and monotone",
        "repeats in groups",
        "yes and no",
        "dates",
        "many names with commas",
        "infinities",
        "a target in words",
        "nearly a third of each column missing",
        "many columns that all differ",
        "few columns of few values",
        "rows that are alike with answers of their own",
        "labels that come in small heaps",
    ],
)
def test_an_awkward_but_honest_table_is_learned_from(table: Rows, spec: str, tmp_path: Path) -> None:
    out = train_table(*write(tmp_path, table, spec), tmp_path / "out", settings=QUICK, quiet=True)

    assert open_folder(out).manifest["metrics"]["held_out"]["auc"]["value"] > 0.6


def test_more_of_a_monotone_number_never_lowers_the_score(tmp_path: Path) -> None:
    spec = SPEC + "monotone: {amount: 1}\n"
    out = train_table(*write(tmp_path, rows(), spec), tmp_path / "out", settings=QUICK, quiet=True)
    ladder = [{"amount": str(amount), "age": "41", "kind": "van"} for amount in range(0, 600, 5)]

    scores = TableModel.open(open_folder(out)).score(write(tmp_path, ladder)[0])

    assert (np.diff(scores) >= 0).all()


def test_the_command_names_the_release_of_a_table_as_asked(tmp_path: Path) -> None:
    table, spec = write(tmp_path, rows())
    asked = ["--table", str(table), "--spec", str(spec), "--out", str(tmp_path / "out")]

    regrade.main(["train", "fraud", *asked, "--version", "7", "--search", "0"])

    assert open_folder(tmp_path / "out").identity.version == "7"


def test_numbers_of_shuffled_rows_are_left_out(tmp_path: Path) -> None:
    order = np.random.default_rng(7).permutation(1500)
    in_order = rows()
    table = [in_order[number] for number in order]
    spec = SPEC.replace("kind: category", "kind: category, number: number")

    table_path, spec_path = write(tmp_path, table, spec)
    source = read_source(table_path, read_spec(spec_path), blocks=10, seed=1)

    assert source.findings.dropped == ("number",)


def test_columns_that_only_name_or_number_the_rows_are_left_out(tmp_path: Path) -> None:
    table = change("name", lambda n, _: f"claim {n}")
    spec = SPEC.replace("kind: category", "kind: category, name: category, number: number")

    out = train_table(*write(tmp_path, table, spec), tmp_path / "out", settings=QUICK, quiet=True)

    assert open_folder(out).manifest["input_contract"]["dropped"] == ["name", "number"]


def with_tide() -> Rows:
    """Add years, and a number of which the second year tells the opposite of the first."""
    return [
        row
        | {"year": str(2024 + n % 2), "tide": f"{(1 if n % 2 else -1) * (float(row['amount']) - 100):.3f}"}
        for n, row in enumerate(rows())
    ]


TIDE = SPEC.replace("kind: category", "kind: category, tide: number") + "time: year\n"


def test_a_column_that_turns_around_stays_where_its_direction_is_vouched_for(tmp_path: Path) -> None:
    table, spec = write(tmp_path, with_tide(), TIDE + "monotone: {tide: 1}\n")

    source = read_source(table, read_spec(spec), blocks=10, seed=1)

    assert source.findings.misleading == ()
    assert "tide" in [column.name for column in source.columns]


def test_a_column_that_turns_around_with_the_years_is_left_out_and_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = train_table(*write(tmp_path, with_tide(), TIDE), tmp_path / "out", settings=QUICK)

    assert "left out: tide; what earlier rows say" in capsys.readouterr().err
    contract = open_folder(out).manifest["input_contract"]
    assert contract["misleading"] == ["tide"]
    assert [one["name"] for one in contract["columns"]] == ["amount", "age", "kind"]
    assert "left out: tide; what earlier rows say" in (out / "card.md").read_text()


def test_a_rate_of_a_rare_name_never_counts_the_row_it_stands_in(tmp_path: Path) -> None:
    table, spec = write(tmp_path, change("kind", lambda n, _: f"pair {n // 2}"))
    source = read_source(table, read_spec(spec), blocks=10, seed=1)
    everything = np.ones(len(source), dtype=bool)
    encodings = QUICK.encoder.encodings(source.columns, source.target, everything)

    seen = encoded_all(source.columns, encodings, np.arange(len(source)))[:, -1]
    learned = QUICK.encoder.learned_matrix(source.columns, encodings, source.target, everything)[:, -1]

    fraud = source.target == 1
    assert encodings[-1].features == ("kind (rate)",)
    assert seen[fraud].mean() > seen[~fraud].mean() + 0.02
    assert abs(learned[fraud].mean() - learned[~fraud].mean()) < 0.02


def test_a_table_is_read_by_what_its_file_holds_whatever_its_name(tmp_path: Path) -> None:
    table, _ = write(tmp_path, rows(30))
    plain, packed = table.read_bytes(), gzip.compress(table.read_bytes())

    for name, body in (("t.csv.gz", plain), ("packed.csv", packed), ("t.parquet", plain)):
        (tmp_path / name).write_bytes(body)
        assert read_rows(tmp_path / name) == read_rows(table)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"", "is empty; give a CSV file"),
        (b"\n\n\n", "is empty; give a CSV file"),
        (b"PAR1\x15\x04\x15", "is a Parquet file; export it as CSV"),
        (gzip.compress(b"a,b\n1,2\n" * 99)[:-12], "is not a CSV file in UTF-8"),
        (b"\x1f\x8bnonsense", "is not a CSV file in UTF-8"),
        ("a,b\nK\u00f6ln,1\n".encode("latin1"), "is not a CSV file in UTF-8"),
        (b"a,b\n1\n", "line 2 has 1 cells, its header 2"),
    ],
    ids=["empty", "blank", "parquet", "cut gzip", "broken gzip", "latin1", "short line"],
)
def test_a_file_that_is_no_table_is_refused_with_what_to_do(
    body: bytes, message: str, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_bytes(body)

    with pytest.raises(InvalidTable, match=message):
        read_rows(tmp_path / "t.csv")


def test_columns_of_one_name_are_told_apart_by_number(tmp_path: Path) -> None:
    (tmp_path / "t.csv").write_text("\n days ,days,age,days\n1,2,3,4\n")

    header, body = read_rows(tmp_path / "t.csv")

    assert header == ["days", "days.1", "age", "days.2"]
    assert column(tmp_path, header, body, "days.1") == ["2"]


def test_as_many_settings_are_tried_as_asked_for_and_what_is_promised_was_not_chosen_by(
    tmp_path: Path,
) -> None:
    judged = {}
    for trials in (0, 3):
        out = train_table(
            *write(tmp_path, rows()), tmp_path / "out", settings=QUICK, trials=trials, quiet=True
        )
        manifest = open_folder(out).manifest
        judged[trials] = manifest["metrics"]["held_out"]["auc"]["n"]
        assert manifest["training"]["tried"] == trials
        assert [one["name"] for one in manifest["training"]["fits"][:4]] == [
            "plain",
            "small",
            "middle",
            "large",
        ]

    assert judged == {0: 600, 3: 300}
