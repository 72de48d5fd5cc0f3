"""Write the card that travels with a fraud model."""

import string
from pathlib import Path

from features.case.contract import case_contract
from training.fraud.fraud_measures import MEASURES
from training.fraud.settings import FraudSettings
from training.fraud.trees.parity import Parity
from training.fraud.world.side_by_side import Measures
from training.metrics.figure import Figure

TEMPLATE = Path(__file__).parent / "card.template.md"
TITLES = {
    "points_rule": "points rule (training/fraud/points-1.yaml)",
    "four_heaviest_points": "its four heaviest rules",
    "linear": "linear model on the same rows",
}


def write_card(
    settings: FraudSettings,
    *,
    version: str,
    rounds: int,
    rows: int,
    parity: Parity,
    kind_rows: int,
    measures: Measures,
) -> str:
    """Return the card in Markdown; every figure comes from the run that made the model."""
    compared = {"this model": measures.served["T2"], **measures.others}
    return string.Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        version=version,
        rounds=rounds,
        rows=f"{rows:,}",
        returns=f"{settings.returns:,}",
        seed=settings.world_seed,
        prevalence=f"{settings.prevalence:.1%}",
        fit_until=f"{settings.split.fit_until:g}",
        stop_until=f"{settings.split.stop_until:g}",
        calibrate_until=f"{settings.split.calibrate_until:g}",
        confirmed=_confirmed(settings),
        senders=_senders(settings),
        used=len(case_contract().names) - len(settings.boosting.unused),
        directed=len(settings.boosting.monotone),
        kind_rows=f"{kind_rows:,}",
        right=str(measures.kinds["likeliest"]),
        among_two=str(measures.kinds["among_likeliest_two"]),
        kind_n=f"{measures.kinds['likeliest'].n:,}",
        kinds="\n".join(_kind(name, measures) for name in measures.withheld),
        withheld_returns=f"{settings.withheld_returns:,}",
        parity_rows=f"{parity.rows:,}",
        edge_rows=f"{parity.edge_rows:,}",
        raw_difference=f"{parity.raw_difference:.2g}",
        probability_difference=f"{parity.probability_difference:.2g}",
        served="\n".join(_moment(moment, figures) for moment, figures in measures.served.items()),
        others="\n".join(_rival(name, figures) for name, figures in compared.items()),
    )


def _senders(settings: FraudSettings) -> str:
    """Return in words who sends how much."""
    shares = settings.unsent.senders.items()
    return ", ".join(f"{name.replace('_', ' ')} {sender.share:.0%}" for name, sender in shares)


def _confirmed(settings: FraudSettings) -> str:
    """Return in words how much of the reviewed fraud is confirmed, by kind where it differs."""
    others = [
        f", but {share:.0%} of {kind.replace('_', ' ')}"
        for kind, share in settings.labels.confirmed_of.items()
    ]
    return f"{settings.labels.confirmed:.0%}{''.join(others)}"


def _kind(name: str, measures: Measures) -> str:
    unseen = measures.withheld[name]
    cells = [name.replace("_", " "), f"{unseen.alone.n:,}", str(measures.kinds[name])]
    cells += [str(figure) for figure in (unseen.alone, unseen.with_surprise, unseen.gain)]
    return f"| {' | '.join(cells)} |"


def _moment(moment: str, figures: dict[str, Figure]) -> str:
    first = figures["auc"]
    cells = [moment, f"{first.n:,}", f"{first.positives:,}", *(str(figures[name]) for name in MEASURES)]
    return f"| {' | '.join(cells)} |"


def _rival(name: str, figures: dict[str, Figure]) -> str:
    cells = [
        TITLES.get(name, name),
        f"{figures['auc'].n:,}",
        *(str(figures[key]) for key in ("auc", "average_precision")),
    ]
    return f"| {' | '.join(cells)} |"
