import json
from pathlib import Path

import pytest

from data.fraud import Moment
from data.world import WorldSettings
from data.world.figures import TYPOLOGIES
from serving.fraud.policy import read_fraud_policy
from training.fraud import evaluate_fraud

WORLD = WorldSettings(seed=1_012, returns=5_000)


@pytest.fixture(scope="module")
def out(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("report")
    evaluate_fraud(out=folder, world=WORLD, policy=folder / "policy.yaml", quiet=True)
    return folder


@pytest.fixture(scope="module")
def report(out: Path) -> dict:
    return json.loads((out / "report.json").read_text(encoding="utf-8"))


def test_every_report_sets_the_model_beside_the_rule_and_a_linear_model(report: dict) -> None:
    assert {"linear", "points_rule"} <= set(report["side_by_side_at_T2"])
    for points in report["operating_points"].values():
        assert [point["name"] for point in points] == [
            "capacity_1_percent",
            "capacity_2_percent",
            "capacity_5_percent",
            "best_paying",
        ]


def test_a_capacity_is_used_and_not_exceeded_by_any_of_them(report: dict) -> None:
    for points in report["operating_points"].values():
        for point, share in zip(points, (0.01, 0.02, 0.05), strict=False):
            assert point["reviewed_share"] == pytest.approx(share, abs=0.002)


def test_an_operating_point_is_told_by_kind_channel_and_value(report: dict) -> None:
    point = report["operating_points"]["model"][2]

    kinds = point["recall_by_typology"]
    assert set(kinds) == {typology.value for typology in TYPOLOGIES}
    found = sum(one["positives"] for one in kinds.values())
    assert found == round(point["recall"] * sum(one["n"] for one in kinds.values()))
    for section in ("by_channel", "by_value"):
        assert sum(row["n"] for row in point[section].values()) == point["n"]
        assert sum(row["prevented_usd"] for row in point[section].values()) == pytest.approx(
            point["prevented_usd"], abs=len(point[section])
        )


def test_the_written_policy_is_one_that_serves_and_has_the_measured_thresholds(
    out: Path, report: dict
) -> None:
    policy = read_fraud_policy(out / "policy.yaml")

    assert policy.review[Moment.T2] == report["thresholds"]["capacity_5_percent"]["T2"]
    assert policy.operating_points["best_paying"][Moment.T1] == report["thresholds"]["best_paying"]["T1"]


def test_the_page_carries_its_caveat_and_its_pictures(out: Path) -> None:
    page = (out / "report.html").read_text(encoding="utf-8")

    assert "A simulated world" in page
    assert page.count("data:image/png;base64,") == 4
    assert "$" not in page.replace("data:", "")
