"""The command line reads files of every kind, says what it set aside, and ends with the code that tells."""

import io
import json
import sys
from pathlib import Path

import pytest

import regrade
from serving.commands.command_line import ExitCode
from serving.demo.returns import DemoReturn, shipped_returns
from tests.data.inbound.x12_message import PARCEL, RETURN, interchange

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def honest() -> DemoReturn:
    return shipped_returns()[0]


@pytest.mark.parametrize("form", ["{0}\n{0}", "[{0}, {0}]", '{{"returns": [{0}, {0}]}}'])
def test_cases_of_every_form_are_scored_from_a_file_and_from_stdin(
    honest: DemoReturn, form: str, tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = form.format(json.dumps(dict(honest.case), indent=1))
    (tmp_path / "cases.json").write_text(text)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode("utf-8-sig"))))

    codes = [regrade.main(["score", str(tmp_path / "cases.json")]), regrade.main(["score", "-"])]

    scores = [json.loads(line)["probability"] for line in capsys.readouterr().out.splitlines()]
    assert codes == [0, 0]
    assert len(scores) == 4
    assert len(set(scores)) == 1


def test_returns_of_another_system_are_scored_from_stdin_with_scans(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "shipments.x12").write_text(interchange(PARCEL))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(interchange(RETURN).encode())))

    code = regrade.main(["score", "-", "--scans", str(tmp_path / "shipments.x12")])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["moment"] == "T1"


def test_one_odd_message_is_told_and_the_others_are_scored(tmp_path: Path, capsys: Captured) -> None:
    odd = RETURN.replace("RMA-10023", "RMA-10024").replace("559.00", "559,00")
    (tmp_path / "returns.x12").write_text(interchange(RETURN, odd))

    code = regrade.main(["score", str(tmp_path / "returns.x12")])

    printed = capsys.readouterr()
    assert code == ExitCode.SET_ASIDE
    assert json.loads(printed.out)["rma_id"] == "RMA-10023"
    assert "set aside: returns.x12: interchange 000000905, transaction set 0002: segment " in printed.err
    assert "regrade: 1 set aside in all" in printed.err


@pytest.mark.parametrize(
    ("form", "said"),
    [
        ("[{0}, {0}]", "case: more than one was given; give one"),
        ("{0}\n{0}", "case: more than one was given; give one"),
        ("[]", "case: case.json holds no case"),
        ("rma_id,channel\nR-1,retail_store\n", "case: case.json is CSV"),
        ('{{"rma": {{}}, "rma": {{}}}}', "rma.rma_id: Field required"),
    ],
)
def test_a_decision_takes_one_case(
    honest: DemoReturn, form: str, said: str, tmp_path: Path, capsys: Captured
) -> None:
    (tmp_path / "case.json").write_text(form.format(json.dumps(dict(honest.case))))

    code = regrade.main(["decide", "--case", str(tmp_path / "case.json")])

    assert code == ExitCode.ASKED_WRONGLY
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("form", ["{0}", "[{0}]", '{{"returns": [{0}]}}'])
def test_a_decision_reads_its_case_in_every_form(
    honest: DemoReturn, form: str, tmp_path: Path, capsys: Captured
) -> None:
    text = form.format(json.dumps(dict(honest.case), indent=2))
    (tmp_path / "case.json").write_bytes(text.encode("utf-16"))
    record = f"sqlite:///{tmp_path / 'record.sqlite'}"

    code = regrade.main(["decide", "--case", str(tmp_path / "case.json"), "--record", record])

    assert code == 0
    assert json.loads(capsys.readouterr().out)["rma_id"] == honest.case["rma"]["rma_id"]
