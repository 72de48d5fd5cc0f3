"""Write the card that travels with a fraud model."""

import string
from pathlib import Path

from training.fraud.measure import Figures
from training.fraud.metrics import Figure
from training.fraud.parity import Parity
from training.fraud.settings import FraudSettings

TEMPLATE = Path(__file__).parent / "card.template.md"
TITLES = {
    "points_rule": "points rule (serving/policies/points-1.yaml)",
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
    served: Figures,
    others: Figures,
) -> str:
    """Return the card in Markdown; every figure comes from the run that made the model."""
    compared = {"this model": served["T2"], **others}
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
        confirmed=f"{settings.labels.confirmed:.1%}",
        parity_rows=f"{parity.rows:,}",
        edge_rows=f"{parity.edge_rows:,}",
        raw_difference=f"{parity.raw_difference:.2g}",
        probability_difference=f"{parity.probability_difference:.2g}",
        served="\n".join(_moment(moment, figures) for moment, figures in served.items()),
        others="\n".join(_rival(name, figures) for name, figures in compared.items()),
    )


def _moment(moment: str, figures: dict[str, Figure]) -> str:
    first = figures["auc"]
    names = ("auc", "average_precision", "calibration_error", "recall_at_5_percent")
    cells = [moment, f"{first.n:,}", f"{first.positives:,}", *(str(figures[name]) for name in names)]
    return f"| {' | '.join(cells)} |"


def _rival(name: str, figures: dict[str, Figure]) -> str:
    cells = [
        TITLES.get(name, name),
        f"{figures['auc'].n:,}",
        *(str(figures[key]) for key in ("auc", "average_precision")),
    ]
    return f"| {' | '.join(cells)} |"
