"""Write the card of a release that was fitted on an operator's own returns; it names no return."""

from collections.abc import Iterator
from dataclasses import dataclass

from training.fraud.own.adapt import Adapted, Start
from training.fraud.own.own_figures import OwnFigures
from training.fraud.own.settings import OwnSettings
from training.fraud.trees.parity import Parity
from training.metrics.figure import Figure


@dataclass(frozen=True)
class OwnRelease:
    """What is released: the adapted model, the share of fraud it is calibrated for, and its figures."""

    adapted: Adapted
    base_rate: Figure | None
    parity: Parity
    figures: OwnFigures | None


def write_own_card(
    version: str, start: Start, made: OwnRelease, requested: tuple[str, str], settings: OwnSettings
) -> str:
    """Return the card in Markdown; every figure comes from the run that made the model."""
    return "\n".join(_lines(version, start, made, requested, settings)) + "\n"


def _lines(
    version: str, start: Start, made: OwnRelease, requested: tuple[str, str], settings: OwnSettings
) -> Iterator[str]:
    yield f"# Fraud model {version}, fitted on own returns"
    yield ""
    yield (
        f"It starts from fraud {start.release.version} ({start.model.identity.sha256[:12]}), whose card says "
        "what that learnt from. What became known of the operator's own returns moved it; no return is in "
        "this folder."
    )
    yield ""
    yield f"- returns asked for from {requested[0]} to {requested[1]}"
    for line in made.adapted.lines(settings):
        yield f"- {line}"
    yield f"- {_rate(made.base_rate)}"
    shares = f"{settings.labels.confirmed:.0%} of the reviewed fraud confirmed"
    others = "".join(f", {share:.0%} of {kind}" for kind, share in settings.labels.confirmed_of.items())
    yield (
        f"- assumed: {shares}{others}, {settings.labels.confirmed_falsely:.1%} of the honest confirmed "
        "falsely; an operator learns these by auditing closed cases twice"
    )
    parity = made.parity
    yield (
        f"- graph and trees: raw scores differ by at most {parity.raw_difference:.2g}, probabilities by "
        f"{parity.probability_difference:.2g}, on {parity.rows:,} rows and {parity.edge_rows:,} at every "
        "threshold"
    )
    yield "- kinds of abuse, surprise and the linear model beside it are those of the release it starts from"
    yield ""
    yield "## Figures"
    yield ""
    yield from _figures(made.figures)


def _rate(rate: Figure | None) -> str:
    if rate is None:
        return "calibrated for the share of fraud of the release it starts from"
    return f"calibrated for a share of fraud of {rate.value:.2%} [{rate.low:.2%}, {rate.high:.2%}]"


def _figures(figures: OwnFigures | None) -> Iterator[str]:
    if figures is None:
        yield "None: too few later outcomes to measure on."
        return
    yield (
        "Fitted on the earlier outcomes and measured on the latest, of other customers, as reviews told "
        "them; each counts for as many returns as it stands for. What is released has learnt from all. "
        "95 % intervals by customers."
    )
    yield ""
    yield "| moment | outcomes | fraud | measure | as released | fitted |"
    yield "|---|---|---|---|---|---|"
    for moment, row in figures.after.items():
        for name, figure in row.items():
            before = figures.before[moment][name]
            cells = [moment, f"{figure.n:,}", f"{figure.positives:,}", name.replace("_", " ")]
            yield f"| {' | '.join([*cells, str(before), str(figure)])} |"
    for moment, gain in figures.gain.items():
        yield ""
        yield (
            f"Gain in average precision at {moment}, on the same draws: {gain.value:+.3f} "
            f"[{gain.low:+.3f}, {gain.high:+.3f}]."
        )
