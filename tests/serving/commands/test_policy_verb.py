"""`regrade policy`: an operator is told which line is wrong, and can read what a policy says."""

from pathlib import Path

import pytest

import regrade
from data.decision import GateKind
from serving.commands.command_line import ExitCode
from serving.disposition.policy import open_policy
from serving.wording import say
from tests.serving.disposition.policy_text import edited, line_with, with_overrides

Captured = pytest.CaptureFixture[str]
COLUMNS = 100


@pytest.mark.parametrize("name", ["house-1", "house-2", "house-3", "house-4"])
def test_a_shipped_policy_can_be_used(capsys: Captured, name: str) -> None:
    assert regrade.main(["policy", "check", name]) == ExitCode.DONE

    assert "can be used" in capsys.readouterr().out


def test_every_wrong_line_of_a_policy_is_told_on_a_line_of_its_own(tmp_path: Path, capsys: Captured) -> None:
    path = edited(
        tmp_path,
        ("loss_per_day: 0.0013", "loss_per_day: 13"),
        ("works: [F3, F4, F5, F6]", "works: [F3, F44]"),
        ("hold_cost: 75", "holding_cost: 75"),
    )

    assert regrade.main(["policy", "check", str(path)]) == ExitCode.FAILED

    head, *lines = capsys.readouterr().out.splitlines()
    assert head == f"{path}:"
    assert any(
        line.startswith(f"line {line_with(path, 'loss_per_day: 13')}: ") and "give 1 or less" in line
        for line in lines
    )
    assert any(line.startswith(f"line {line_with(path, 'F44')}: ") and "'F6'" in line for line in lines)
    assert any(
        line.startswith(f"line {line_with(path, 'holding_cost')}: ") and "unknown field" in line
        for line in lines
    )
    assert any("fraud.hold_cost: Field required" in line for line in lines)


def test_a_policy_that_is_not_there_was_asked_for_wrongly(tmp_path: Path, capsys: Captured) -> None:
    assert regrade.main(["policy", "check", str(tmp_path / "hous-3.yaml")]) == ExitCode.ASKED_WRONGLY

    assert "give the path of a file or one of: house-1, house-2, house-3, house-4" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["house-2", "house-3", "house-4"])
def test_a_policy_is_explained_within_a_terminal(capsys: Captured, name: str) -> None:
    assert regrade.main(["policy", "explain", name]) == ExitCode.DONE

    text = capsys.readouterr().out
    policy = open_policy(name)
    assert max(map(len, text.splitlines())) <= COLUMNS
    assert all(say(gate) in text for gate in GateKind)
    assert all(row.found.split(",")[0] in text for row in policy.table)
    assert "assum" in text


def test_the_policy_that_is_served_is_explained_without_a_name(
    tmp_path: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = edited(tmp_path, ("name: house\n", "name: mine\n"))
    monkeypatch.setenv("REGRADE_POLICY", str(path))

    assert regrade.main(["policy", "explain"]) == ExitCode.DONE

    assert capsys.readouterr().out.startswith("Policy mine 4")


def test_an_override_is_shown_beside_what_it_replaces(tmp_path: Path, capsys: Captured) -> None:
    text = """regions: {}
vendors: {acme: [AC-]}
overrides:
  - {name: acme_repairs, when: {vendors: [acme]}, replace: {costs.amounts.repair.phone: 61}, source: contract}
"""

    assert regrade.main(["policy", "explain", str(with_overrides(tmp_path, text))]) == ExitCode.DONE

    [line] = [line for line in capsys.readouterr().out.splitlines() if "acme_repairs" in line]
    assert line.split() == ["acme_repairs", "acme", "costs.amounts.repair.phone:", "61", "95.0"]
