"""A kept decision comes out equal whatever changed since, or its replay says which input differs."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

import regrade
from serving.commands.command_line import ExitCode
from serving.computing import computing
from serving.deciding_files import Chosen, deciding_files
from serving.disposition.policy import open_policy
from serving.http.answers import kept_values
from serving.record.configurations.configuration import Configuration, document_sha256
from serving.record.entry import content_sha256
from serving.record.forget import Whom, forget
from serving.record.photo_store.named_photos import unname_photos
from serving.record.photo_store.retention import read_retention
from serving.record.photo_store.uploads import Uploads
from serving.record.tables import CONFIGURATIONS, DECISIONS
from serving.replay import replay
from serving.replay.chosen import all_decisions, sampled
from serving.replay.rebuilt_house import rebuild
from serving.replay.replayed import InputKind, Outcome, Replayed
from tests.serving.record.entries import MOMENT, desk_at, entry
from tests.serving.record.tampering import without_triggers
from tests.serving.replay.decided import DecidedShelf, decide_by_own_files, decide_first

HERE = Path(__file__).resolve().parents[3]


@pytest.fixture(scope="module")
def decided(tmp_path_factory: pytest.TempPathFactory) -> DecidedShelf:
    return decide_by_own_files(tmp_path_factory.mktemp("decided"))


@pytest.fixture
def shelf(decided: DecidedShelf, tmp_path: Path) -> DecidedShelf:
    return decided.copy(tmp_path / "kept")


def configuration_of(shelf: DecidedShelf) -> Configuration:
    record, _ = shelf.open()
    with record.engine.connect() as connection:
        documents = connection.execute(select(CONFIGURATIONS.c.document)).scalars().all()
    record.close()
    return Configuration.read(documents[0])


def outcomes(replayed: list[Replayed]) -> list[Outcome]:
    return [one.outcome for one in replayed]


def told(replayed: list[Replayed]) -> list[tuple[InputKind, str]]:
    return [(each.kind, each.name) for one in replayed for each in one.inputs]


def test_decisions_come_out_equal_when_the_files_that_they_were_taken_by_are_gone(
    decided: DecidedShelf,
) -> None:
    record, _ = decided.open()
    kept = [record.get(choice.decision_id) for choice in all_decisions(record)]
    record.close()

    replayed = decided.replayed()

    assert {one.decision.policy.name for one in kept} == {"own"} != {open_policy().name}
    assert [len(one.photos) for one in kept] == [3, 0, 2]
    assert {one.configuration_sha256 for one in kept} == {replayed[0].configuration_sha256}
    assert outcomes(replayed) == [Outcome.EQUAL] * 3
    assert told(replayed) == []


def test_a_decision_says_what_it_was_taken_with(decided: DecidedShelf) -> None:
    record, _ = decided.open()
    kept = record.get(all_decisions(record)[0].decision_id)
    reviewed = desk_at(record).shown(kept.decision.decision_id)
    record.close()
    configuration = configuration_of(decided)

    values = kept_values(kept, reviewed)

    assert values["configuration_sha256"] == configuration.sha256
    assert [photo["asked_view"] for photo in values["photos"]] == ["front_off", "front_on", "back"]
    assert configuration.computing == computing()
    assert configuration.threads == 1
    assert {"policy", "own prevalence", "own sizes", "condition/model.onnx"} <= configuration.files.keys()


def test_a_file_of_another_release_takes_the_place_of_what_ships_today(tmp_path: Path) -> None:
    """As if the service had been another release, in which the photo gate asked for larger photos."""
    shipped = {part: path.read_bytes() for part, path in deciding_files(Chosen()).items()}
    limits = json.loads(shipped["photo quality"])
    asks_more = json.dumps({**limits, "short_side_min_px": 5000, "version": "99"}).encode()
    house, shelf = tmp_path / "house", DecidedShelf(tmp_path / "kept")
    shelf.folder.mkdir()
    environment = rebuild(house, {**shipped, "photo quality": asks_more}, threads=2)
    environment["PYTHONPATH"] += f":{HERE}"
    for path in [*HERE.glob("data/demo/*"), *HERE.glob("serving/record/*/*.yaml")]:
        # What a service needs beside that which decides.
        link = house / path.relative_to(HERE)
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(path)
    script = "from tests.serving.replay.decided import decide_first; decide_first()"
    subprocess.run(
        [sys.executable, "-c", script],
        check=True,
        env={**environment, "REGRADE_RECORD": shelf.url},
        cwd=house,
    )

    [replayed] = shelf.replayed()

    record, _ = shelf.open()
    kept = record.get(replayed.decision_id)
    record.close()
    assert kept.decision.condition is not None
    assert {code for photo in kept.decision.condition.photos for code in photo.quality.codes} >= {"too_small"}
    assert replayed.outcome is Outcome.EQUAL


def flip_byte(path: Path) -> None:
    body = bytearray(path.read_bytes())
    body[len(body) // 2] ^= 1
    path.write_bytes(body)


@pytest.mark.parametrize("lose", [flip_byte, Path.unlink])
@pytest.mark.parametrize("part", ["condition/model.onnx", "policy", "case contract", "champions"])
def test_a_kept_file_that_was_changed_or_is_gone_is_named(
    shelf: DecidedShelf, part: str, lose: Callable[[Path], None]
) -> None:
    lose(shelf.kept_file(configuration_of(shelf).files[part]))

    replayed = shelf.replayed()

    assert outcomes(replayed) == [Outcome.DIFFERS] * 3
    assert told(replayed) == [(InputKind.FILE, part)] * 3


def change_photo(shelf: DecidedShelf) -> None:
    for path in (shelf.folder / "record-photos" / "photos").rglob("*"):
        if path.is_file():
            flip_byte(path)


def lose_photo(shelf: DecidedShelf) -> None:
    for path in (shelf.folder / "record-photos" / "photos").rglob("*"):
        if path.is_file():
            path.unlink()


def change(shelf: DecidedShelf, statement: str, **values: object) -> None:
    record, _ = shelf.open()
    with without_triggers(record.engine) as connection:
        connection.execute(text(statement), values)
    record.close()


def change_case(shelf: DecidedShelf) -> None:
    change(shelf, "UPDATE decisions SET return_case = replace(return_case, '\"phone\"', '\"tablet\"')")


def change_decision(shelf: DecidedShelf) -> None:
    change(shelf, "UPDATE decisions SET decision = replace(decision, 'a', 'e')")


def change_configuration(shelf: DecidedShelf) -> None:
    change(shelf, "UPDATE configurations SET document = replace(document, '1', '2')")


def lose_configuration(shelf: DecidedShelf) -> None:
    change(shelf, "DELETE FROM configurations")


@pytest.mark.parametrize(
    ("damage", "kinds"),
    [
        (change_photo, {InputKind.PHOTO}),
        (lose_photo, {InputKind.PHOTO}),
        (change_case, {InputKind.CASE}),
        (change_decision, {InputKind.DECISION}),
        (change_configuration, {InputKind.CONFIGURATION}),
        (lose_configuration, {InputKind.CONFIGURATION}),
    ],
)
def test_what_was_changed_of_the_inputs_is_told_apart(
    shelf: DecidedShelf, damage: Callable[[DecidedShelf], None], kinds: set[InputKind]
) -> None:
    damage(shelf)

    record, photos = shelf.open()
    first = list(replay.Replay(record, photos).run(all_decisions(record)[:1]))
    record.close()

    assert outcomes(first) == [Outcome.DIFFERS]
    assert {kind for kind, _ in told(first)} == kinds


def forge_grade(shelf: DecidedShelf) -> None:
    """Change what was decided with its hash, as somebody who knows how hashes are made."""
    record, _ = shelf.open()
    with record.engine.connect() as connection:
        row = connection.execute(select(DECISIONS).limit(1)).one()
    record.close()
    forged = json.loads(row.decision)
    forged["fraud"]["probability"] = 0.5
    written = json.dumps(forged, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    change(
        shelf,
        "UPDATE decisions SET decision = :decision, sha256 = :sha256 WHERE sequence = :sequence",
        decision=written,
        sha256=content_sha256(written, row.return_case, row.photos),
        sequence=row.sequence,
    )


def test_another_outcome_is_told_field_by_field_with_what_may_be_why(
    shelf: DecidedShelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    forge_grade(shelf)
    record, photos = shelf.open()
    first = all_decisions(record)[:1]

    [same_machine] = replay.Replay(record, photos).run(first)
    monkeypatch.setattr(replay, "computing", lambda: {**computing(), "numpy": "9.9", "processor": "riscv64"})
    [other_machine] = replay.Replay(record, photos).run(first)
    record.close()

    assert [field.name for field in same_machine.fields] == ["fraud.probability"]
    assert same_machine.fields[0].kept == 0.5
    assert (same_machine.inputs, same_machine.why) == ((), replay.NOTHING_DIFFERS)
    assert told([other_machine]) == [(InputKind.COMPUTING, "numpy"), (InputKind.COMPUTING, "processor")]
    assert other_machine.outcome is Outcome.DIFFERS


def test_a_decision_that_was_erased_or_whose_photos_are_past_their_term_is_no_broken_one(
    shelf: DecidedShelf,
) -> None:
    record, photos = shelf.open()
    ids = [choice.decision_id for choice in all_decisions(record)]
    uploads = Uploads(photos, read_retention(), lambda: MOMENT)
    forget(
        record, photos, uploads, Whom(rma_id=record.get(ids[0]).decision.rma_id), reason="asked", at=MOMENT
    )
    with record.engine.begin() as connection:
        unname_photos(connection, ids[2])
    record.close()

    replayed = shelf.replayed()

    assert outcomes(replayed) == [Outcome.ERASED] * 3
    assert "asked" in replayed[0].why
    assert "retention policy" in replayed[2].why
    assert regrade.main(["replay", "--all", "--record", shelf.url]) == ExitCode.SET_ASIDE


def test_a_decision_of_before_configurations_were_kept_is_said_to_be_one(
    shelf: DecidedShelf, capsys: pytest.CaptureFixture[str]
) -> None:
    record, _ = shelf.open()
    record.append(entry("before"))
    record.close()

    code = regrade.main(["replay", "before", "--record", shelf.url])

    assert code == ExitCode.SET_ASIDE
    assert capsys.readouterr().out.startswith("before not kept: it was taken before releases, policies")


def test_the_exit_code_and_the_lines_say_what_came_out(
    shelf: DecidedShelf, capsys: pytest.CaptureFixture[str]
) -> None:
    part = "fraud policy"
    assert regrade.main(["replay", "--sample", "2", "--json", "--record", shelf.url]) == ExitCode.DONE
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    flip_byte(shelf.kept_file(configuration_of(shelf).files[part]))
    assert regrade.main(["replay", "--all", "--record", shelf.url]) == ExitCode.FAILED
    words = capsys.readouterr().out.splitlines()

    assert [line["result"] for line in lines] == ["equal", "equal"]
    assert words[1].startswith(f"  file {part}: the file kept under ")
    assert words[-1] == "3 decisions: 3 differs"


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ([], "name the decisions to take again"),
        (["dec-9"], "there is no decision 'dec-9'"),
        (["dec-9", "--all"], "name the decisions to take again"),
        (["--record", "sqlite:///nowhere.sqlite", "--all"], "there is no file nowhere.sqlite"),
    ],
)
def test_what_can_not_be_replayed_is_told_in_a_line(
    decided: DecidedShelf, capsys: pytest.CaptureFixture[str], asked: list[str], says: str
) -> None:
    record = [] if "--record" in asked else ["--record", decided.url]

    assert regrade.main(["replay", *asked, *record]) == ExitCode.ASKED_WRONGLY
    assert says in capsys.readouterr().err


def test_a_record_on_a_server_is_replayed_as_well(
    postgres_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("REGRADE_RECORD", postgres_url)
    monkeypatch.setenv("REGRADE_PHOTOS", str(tmp_path / "photos"))
    decide_first()

    assert regrade.main(["replay", "--all"]) == ExitCode.DONE
    assert capsys.readouterr().out.split()[1:2] == ["equal"]
    assert regrade.main(["verify-record", "--photos"]) == ExitCode.DONE
    assert "; 3 kept photos and 35 files that decide were read" in capsys.readouterr().out


def test_a_sample_is_drawn_by_its_seed(decided: DecidedShelf) -> None:
    record, _ = decided.open()
    choices = all_decisions(record)
    record.close()
    many = [replace(choices[0], decision_id=str(number)) for number in range(100)]

    assert sampled(many, 10, seed=1) == sampled(many, 10, seed=1) != sampled(many, 10, seed=2)
    assert len({choice.decision_id for choice in sampled(many, 10, seed=1)}) == 10
    assert sampled(choices, 10, seed=1) == choices


def test_a_configuration_is_named_by_the_bytes_of_its_document(decided: DecidedShelf) -> None:
    configuration = configuration_of(decided)

    assert document_sha256(configuration.document) == configuration.sha256
    assert Configuration.read(configuration.document) == configuration
    assert replace(configuration, threads=2).sha256 != configuration.sha256
