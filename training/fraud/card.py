"""Write the card that travels with a fraud model."""

from training.fraud.measure import Figures
from training.fraud.metrics import Figure
from training.fraud.parity import Parity
from training.fraud.settings import FraudSettings

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
    return "\n".join(
        [
            f"# Fraud model {version}",
            "",
            "**Trained and measured on a simulated world.** No public set of labelled return fraud exists, so people,",
            "parcels, benches and reviewers are drawn (data/world). These figures compare models with each other in",
            "that world. They are not field performance: published models on real payments reach AP 0.10 where their",
            "simulated twin gives 0.65. Train it again on your own outcomes before it decides anything that hurts.",
            "",
            "## What it answers",
            "A calibrated probability that a return is abused, at T0 (authorised), T1 (arrived) or T2 (verified), from",
            "what was known by `as_of`. It does not see names, languages or places of birth; it sees addresses and",
            "payments only as same or not the same. Photos count through our own condition findings, simulated here.",
            "",
            "## How it was made",
            f"- LightGBM, {rounds} rounds, on {rows:,} rows of reviewed returns out of {settings.returns:,} simulated",
            f"  ones (seed {settings.world_seed}, true rate {settings.prevalence:.1%}); labels are what simulated",
            "  reviewers said, late and not always right, weighted by the chance a return had of being reviewed.",
            f"- Split by time: fitted on requests before day {settings.split.stop_until:g} of the year with verdicts",
            f"  known by then, calibrated until day {settings.split.calibrate_until:g}, measured after it on truth.",
            f"- Calibration is in the graph, one slope and offset a moment, fitted with {settings.labels.confirmed:.1%}",
            "  of reviewed fraud confirmed; an operator learns that share by auditing closed cases twice.",
            f"- Parity of the exported graph with the trees on {parity.rows:,} training rows and {parity.edge_rows:,}",
            f"  rows at, just under and just over every threshold, NaN and infinities: raw {parity.raw_difference:.2g},",
            f"  probability {parity.probability_difference:.2g}.",
            "",
            "## What it reaches in the simulated world (against truth, 95 % bootstrap intervals)",
            "| moment | n | fraud | AUC | AP | ECE, 20 bins | recall in the top 5 % |",
            "| --- | --- | --- | --- | --- | --- | --- |",
            *(_row(moment, figures) for moment, figures in served.items()),
            "",
            "## Side by side at T2",
            "| scored by | n | AUC | AP |",
            "| --- | --- | --- | --- |",
            f"| this model | {served['T2']['auc'].n:,} | {served['T2']['auc']} | {served['T2']['average_precision']} |",
            *(
                f"| {TITLES.get(name, name)} | {row['auc'].n:,} | {row['auc']} | {row['average_precision']} |"
                for name, row in others.items()
            ),
            "",
        ]
    )


def _row(moment: str, figures: dict[str, Figure]) -> str:
    n, fraud = figures["auc"].n, figures["auc"].positives
    names = ("auc", "average_precision", "calibration_error", "recall_at_5_percent")
    return f"| {moment} | {n:,} | {fraud:,} | " + " | ".join(str(figures[name]) for name in names) + " |"
