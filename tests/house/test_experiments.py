"""The page of experiments shows the designs that the released card and its data list, and no others."""

import json
from pathlib import Path

import yaml


def test_the_page_shows_the_table_of_the_released_card(clone: Path) -> None:
    version = json.loads((clone / "models" / "champions.json").read_text())["condition"]
    card = (clone / "models" / "condition" / version / "card.md").read_text(encoding="utf-8")
    page = (clone / "docs" / "experiments" / "condition.md").read_text(encoding="utf-8")

    assert designs_of(page) == designs_of(card)


def test_every_design_that_was_tried_is_on_the_page(clone: Path) -> None:
    data = clone / "training" / "condition" / "report" / "designs.yaml"
    tried = [row["design"] for row in yaml.safe_load(data.read_text(encoding="utf-8"))["designs"]]
    page = (clone / "docs" / "experiments" / "condition.md").read_text(encoding="utf-8")
    shown = [row.split(" | ")[0] for row in designs_of(page)[2:]]

    assert shown[:-1] == [f"| {number}. {design}" for number, design in enumerate(tried, start=1)]


def designs_of(text: str) -> list[str]:
    """Return the lines of the table of designs, its head first."""
    lines = text.partition("\n| design |")
    return f"| design |{lines[2]}".partition("\n\n")[0].splitlines()
