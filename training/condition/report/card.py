"""Write the condition model's card: what it learnt from, what it reaches, what it can't do."""

import string
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Self

from pydantic import model_validator

from data.strict import Frozen
from data.versioned_file import read_yaml
from training.condition.report.html_tables import format_figure, format_share
from training.condition.settings import ConditionSettings

_HEAD = "| photos | defect | AUC | recall at 5 % false alarms | false alarms at threshold |"
_TEMPLATE = Path(__file__).parent / "card.md"
_DESIGNS = Path(__file__).parent / "designs.yaml"


class Designs(Frozen):
    """The entries of designs.yaml, explained there."""

    columns: dict[str, str]
    measured_as: dict[str, str]
    designs: tuple[dict[str, Any], ...]

    @model_validator(mode="after")
    def _columns_are_known(self) -> Self:
        named = {name for row in [self.measured_as, *self.designs] for name in row}
        unknown = named - self.columns.keys() - {"design"}
        if unknown:
            raise ValueError(f"{', '.join(sorted(unknown))}: no such column; add it to columns")
        return self


def write_card(
    settings: ConditionSettings,
    report: Mapping[str, Any],
    facts: Mapping[str, Any],
    audit: Mapping[str, Any] | None,
) -> str:
    """Return the card's Markdown; `audit` is the report of a run that held whole sources out."""
    data = facts["training_data"]
    return string.Template(_TEMPLATE.read_text(encoding="utf-8")).substitute(
        version=settings.version,
        seed=settings.seed,
        epochs=settings.epochs,
        ended=f" (ended after {settings.most_steps} steps)" if settings.most_steps else "",
        start=data["started_from"],
        mixed=f", of which the released weights are {100 * settings.start_share:.0f} %"
        if settings.start_share
        else "",
        lineage=f"- **Lineage**: {settings.lineage}\n" if settings.lineage else "",
        side_px=settings.side_px,
        whole_px=settings.whole_px,
        device_px=settings.device_px,
        detail_px=settings.detail_px,
        pooled_cells=settings.pooled_cells,
        drawn=data["drawn_photos"],
        sources="\n".join(_source(name, data) for name in sorted({*data["learnt"], *data["validated"]})),
        parity=f"{facts['proofs']['parity_max_logit']:.2g}",
        real=report["photos"]["real"],
        drawn_validation=report["photos"]["drawn"],
        pasted=report["photos"]["pasted"],
        slices=_table(report),
        heads="\n".join(
            f"| {name} | {_percent(head)} | {head['n']} |" for name, head in report["heads"].items()
        ),
        audit=_audit(audit),
        designs="\n".join(design_table(settings, report)),
    )


def design_table(settings: ConditionSettings, report: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table of all designs that were tried, this release's own figures last."""
    tried = read_yaml(_DESIGNS, Designs)
    columns = tried.columns
    own = {column: _auc_of(report, name) for column, name in tried.measured_as.items()}
    rows = [*tried.designs, {"design": f"this release: model {settings.version}", **own}]
    yield f"| design | {' | '.join(columns.values())} |"
    yield "|---" * (len(columns) + 1) + "|"
    for number, row in enumerate(rows, start=1):
        cells = ["–" if row.get(column) is None else f"{row[column]:.3f}" for column in columns]
        yield f"| {number}. {row['design']} | {' | '.join(cells)} |"


def _source(name: str, data: Mapping[str, Any]) -> str:
    return f"| {name} | {data['learnt'].get(name, 0)} | {data['validated'].get(name, 0)} |"


def _table(report: Mapping[str, Any]) -> str:
    return "\n".join(
        f"| {part['name']} | {part['kind']} | {format_figure(part['auc'])} "
        f"| {format_figure(part['recall_at_5_percent_false_alarms'])} "
        f"| {format_share(part['false_alarms_at_threshold'])} |"
        for part in report["slices"]
    )


def _auc_of(report: Mapping[str, Any], name: str) -> float | None:
    return next((part["auc"]["value"] for part in report["slices"] if part["name"] == name), None)


def _percent(head: Mapping[str, Any]) -> str:
    return "–" if head["share"] is None else f"{100 * head['share']:.1f} %"


def _audit(audit: Mapping[str, Any] | None) -> str:
    if audit is None:
        return "No run with whole sources held out was given to this card."
    real = {"slices": [part for part in audit["slices"] if not part["name"].startswith("drawn")]}
    run = audit["settings"]
    drawn = run["epochs"] * run["drawn_per_epoch"]
    text = (
        f"{run['epochs']} epochs with {drawn} drawn photos; held out: {', '.join(run['held_out_sources'])}."
    )
    return f"{text}\n\n{_HEAD}\n|---|---|---|---|---|\n{_table(real)}"
