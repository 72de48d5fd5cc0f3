"""`regrade forget` erases a customer or a return, and what is past its time."""

from pathlib import Path

import pytest

import regrade
from tests.serving.record.kept_photos import BACK, FRONT, Shelf


@pytest.fixture
def shelf(sqlite_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shelf:
    monkeypatch.setenv("REGRADE_PHOTOS", str(tmp_path / "photos"))
    shelf = Shelf.under(sqlite_url, tmp_path)
    shelf.decide("one", FRONT, customer_id="ana")
    shelf.decide("two", BACK, customer_id="bo")
    return shelf


def test_a_customer_is_forgotten(shelf: Shelf, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    code = regrade.main(["forget", "--customer", "ana", "--record", sqlite_url])

    assert code == 0
    assert capsys.readouterr().out.startswith("decisions: 1, parts of rows: ")
    assert len(shelf.hashes()) == 1


def test_a_return_is_forgotten(shelf: Shelf, sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    regrade.main(["forget", "--rma", "RMA-two", "--reason", "ticket 9", "--record", sqlite_url])

    assert "pictures: 1" in capsys.readouterr().out
    assert len(shelf.hashes()) == 1


@pytest.mark.usefixtures("shelf")
def test_what_is_past_its_time_is_taken_away(sqlite_url: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert regrade.main(["forget", "--expired", "--record", sqlite_url]) == 0
    assert "past their term" in capsys.readouterr().out


@pytest.mark.parametrize("words", [[], ["--customer", "ana", "--rma", "one"], ["--customer"]])
def test_nobody_is_forgotten_by_mistake(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        regrade.main(["forget", *words])

    assert ended.value.code == 2
    assert "--customer" in capsys.readouterr().err
