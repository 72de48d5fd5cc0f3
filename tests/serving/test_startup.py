"""What the code knows and a gate, a release or the policy lacks is told before anything is served."""

import ast
import inspect
import json
import shutil
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from data.decision import Disposition, GateKind
from data.defect import DefectKind
from data.device import DeviceClass
from data.versioned_file import InvalidFile
from serving.condition.inference import read_contract
from serving.disposition import condition_limits, decide, gates
from serving.disposition.gates import GATES, MissingGate
from serving.disposition.next_steps import STEP_FIELDS, STEPS
from serving.disposition.policy import (
    DEFAULT_POLICY,
    POLICY_FOLDER,
    InvalidPolicy,
    open_policy,
)
from serving.pipeline import DecisionRequest
from serving.record.desk.desk_rules import DEFAULT_DESK, read_desk
from serving.record.entry import case_document
from serving.record.photo_store.store_error import UnusablePhotoStore
from serving.release import CHAMPIONS_FILE, MANIFEST_FILE, BrokenRelease, models_root, open_release
from serving.settings import Settings
from serving.startup import check_settings, open_pipeline
from tests.serving.clear_return import clear_case

CONDITION_MANIFEST = open_release("condition").manifest


def settings(folder: Path, models: Path | None = None) -> Settings:
    return Settings(record_url=f"sqlite:///{folder / 'record.sqlite'}", models=models)


def answering_for(*kinds: str) -> dict[str, Any]:
    return {**CONDITION_MANIFEST, "kinds": list(kinds)}


def models_with(folder: Path, manifest: Mapping[str, Any]) -> Path:
    """Make a folder of releases that are the served ones, but for the condition model's manifest."""
    champion = open_release("condition").folder
    changed = folder / "models" / "condition" / champion.name
    changed.mkdir(parents=True)
    for file in champion.iterdir():
        (changed / file.name).symlink_to(file)
    (changed / MANIFEST_FILE).unlink()
    (changed / MANIFEST_FILE).write_text(json.dumps(manifest))
    (folder / "models" / "fraud").symlink_to(models_root() / "fraud")
    shutil.copy(models_root() / CHAMPIONS_FILE, folder / "models")
    return folder / "models"


@pytest.mark.parametrize("forgotten", GateKind)
def test_a_gate_that_nobody_asks_is_told_at_start(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, forgotten: GateKind
) -> None:
    others = {kind: gate for kind, gate in GATES.items() if kind is not forgotten}
    monkeypatch.setattr(gates, "GATES", others)

    with pytest.raises(MissingGate, match=f"lacks {forgotten};"):
        check_settings(settings(tmp_path))


def test_gates_in_another_order_are_told_at_start(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(gates, "GATES", dict(reversed(list(GATES.items()))))

    with pytest.raises(MissingGate, match="asks condition, evidence"):
        check_settings(settings(tmp_path))


@pytest.mark.parametrize("forgotten", DefectKind)
def test_a_kind_of_defect_that_a_release_does_not_answer_for_is_named(forgotten: DefectKind) -> None:
    manifest = answering_for(*(kind for kind in DefectKind if kind is not forgotten))

    with pytest.raises(BrokenRelease, match=f"no answer for {forgotten}: train and release it again"):
        read_contract(manifest)


def test_a_kind_of_defect_that_only_a_release_knows_is_named() -> None:
    with pytest.raises(BrokenRelease, match="answers for rust, which"):
        read_contract(answering_for(*DefectKind, "rust"))


def test_the_released_network_can_name_every_class_of_device() -> None:
    """A class that it never learnt it takes for another one, in every photo."""
    assert set(CONDITION_MANIFEST["classes"]) == {*DeviceClass, "none"}


def test_a_release_that_never_learnt_swelling_is_not_served(tmp_path: Path) -> None:
    manifest = answering_for(*(kind for kind in DefectKind if kind is not DefectKind.SWELLING))

    with pytest.raises(BrokenRelease, match="no answer for swelling"):
        check_settings(settings(tmp_path, models_with(tmp_path, manifest)))


@pytest.mark.parametrize("entry", ["classes", "calibration", "golden_tolerance"])
def test_an_entry_that_a_manifest_lacks_is_told_at_start(tmp_path: Path, entry: str) -> None:
    manifest = {name: value for name, value in CONDITION_MANIFEST.items() if name != entry}
    given = settings(tmp_path, models_with(tmp_path, manifest))

    with pytest.raises(BrokenRelease, match=f"no entry '{entry}'; restore the release"):
        open_pipeline(given, clock=lambda: datetime(2026, 1, 1, tzinfo=UTC), new_id=str)


@pytest.mark.parametrize("value", ["fast", [1], None])
@pytest.mark.parametrize("entry", ["classes", "calibration", "golden_tolerance"])
def test_an_entry_of_another_kind_in_a_manifest_is_told_at_start(
    tmp_path: Path, entry: str, value: object
) -> None:
    given = settings(tmp_path, models_with(tmp_path, {**CONDITION_MANIFEST, entry: value}))

    with pytest.raises(BrokenRelease):
        check_settings(given)


@pytest.mark.parametrize("forgotten", STEPS)
def test_a_step_that_the_policy_has_no_text_for_is_told_when_it_is_read(
    tmp_path: Path, forgotten: str
) -> None:
    document = yaml.safe_load((POLICY_FOLDER / f"{DEFAULT_POLICY}.yaml").read_text())
    del document["next_steps"][forgotten]
    path = tmp_path / "short.yaml"
    path.write_text(yaml.safe_dump(document))

    with pytest.raises(InvalidPolicy, match=f"next_steps lacks {forgotten}:"):
        open_policy(path)


def test_the_steps_that_gates_ask_for_are_those_that_a_policy_must_have() -> None:
    asked = steps_asked_for()

    assert asked.keys() | set(Disposition) == set(STEPS)
    assert asked == {name: STEP_FIELDS.get(name, frozenset()) for name in asked}


def steps_asked_for() -> dict[str, frozenset[str | None]]:
    """Return each step that the code asks for by name, with the fields it fills in."""
    calls = [
        node
        for module in (gates, condition_limits, decide)
        for node in ast.walk(ast.parse(inspect.getsource(module)))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "steps"
    ]
    return {
        str(call.args[0].value): frozenset(keyword.arg for keyword in call.keywords)
        for call in calls
        if isinstance(call.args[0], ast.Constant)
    }


def test_a_service_that_can_not_keep_what_decides_grades_and_decides_nothing(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    blocked = tmp_path / "photos"
    blocked.write_text("no folder")
    given = replace(settings(tmp_path), photos=str(blocked))
    pipeline = open_pipeline(given, clock=lambda: datetime(2026, 3, 9, tzinfo=UTC), new_id=lambda: "dec-1")
    asked = DecisionRequest(clear_case())

    with pytest.raises(UnusablePhotoStore, match="photos can't be kept"):
        pipeline.decide(asked)
    assert pipeline.score([case_document(asked.case)])[0].score is not None
    assert pipeline.record.page(limit=1).rows == ()
    blocked.unlink()
    kept = pipeline.decide(asked).kept

    assert "no decision is taken until what decides can be kept beside the photos" in caplog.text
    assert kept.configuration_sha256 is not None
    pipeline.record.close()


def own_desk(folder: Path, old: str, new: str) -> Path:
    text = DEFAULT_DESK.read_text(encoding="utf-8")
    assert old in text
    path = folder / "desk.yaml"
    path.write_text(text.replace(old, new, 1), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        (
            "amount: 2000, currency: CAD",
            "amount: 2000, currency: XTS",
            "two_people_above: .*has no reference rate",
        ),
        ("  quarantine:", "  cage:", "cage"),
    ],
)
def test_a_desk_file_that_can_not_be_used_is_told_at_start(
    tmp_path: Path, old: str, new: str, says: str
) -> None:
    with pytest.raises(InvalidFile, match=says):
        check_settings(replace(settings(tmp_path), desk=own_desk(tmp_path, old, new)))


def test_workers_read_the_operators_own_desk_file(tmp_path: Path) -> None:
    own = replace(settings(tmp_path), desk=own_desk(tmp_path, "value: 0.02", "value: 0.05"))

    assert Settings.of(own.variables()).desk == own.desk
    assert read_desk(own.desk).audit_share.value == 0.05
