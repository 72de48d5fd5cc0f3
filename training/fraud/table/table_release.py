"""Write the model of a table as a release, with a card that says what was found and what is promised."""

from pathlib import Path
from typing import Any

from training.fraud.calibration import ScoreCalibration
from training.fraud.rows import Matrix
from training.fraud.table.csv_table import SourceTable
from training.fraud.table.fitting import FittedTable
from training.fraud.trees.graph import INPUT, ML_OPSET, OPSET, build_graph
from training.fraud.trees.parity import Parity, prove_parity
from training.release import write_release

NAME = "fraud-table"
GOLDEN_ROWS = 64
MOST_EDGES = 1_000  # rows that are made to hit thresholds: all of them would take longer than the fits
CARD = """# A model of {table}

{rows:,} rows, {positives:,} of them positive; target `{target}`. Fitted by the trainer of the fraud model
(LightGBM, a blend of {members}; exact ONNX, calibration inside).

What to expect of later rows, each with an interval: measured on {how}, by trees that had not
seen them{chosen}. AP moves with the share of positives, here {share:.2%} of the rows held out.

{figures}

What was found in the table:

{findings}

Graph and trees, on {parity.rows:,} rows and {parity.edge_rows:,} made to hit thresholds: raw scores
differ by at most {parity.raw_difference:.2g}, probabilities by {parity.probability_difference:.2g}.
"""


def release_table(
    out: Path, version: str, table: Path, source: SourceTable, fitted: FittedTable, rows: Matrix
) -> None:
    """Export the trees with their calibration, prove that both answer alike on `rows`, and write all."""
    (slope,), offsets = fitted.blend.calibration.slopes, fitted.blend.calibration.offsets
    calibration = ScoreCalibration((slope * fitted.divisor,), offsets)
    graph = build_graph(fitted.trees, calibration, features=rows.shape[1], stage_feature=None)
    parity = prove_parity(fitted.trees, graph, calibration, rows, None, most_edges=MOST_EDGES)
    write_release(
        out,
        name=NAME,
        version=version,
        graph=graph.SerializeToString(),
        manifest=_manifest(table, source, fitted, calibration, parity),
        card=_card(table, source, fitted, parity),
        golden_inputs={INPUT: rows[:: max(1, len(rows) // GOLDEN_ROWS)]},
        golden_tolerance=1e-6,
        extra_files={"trees.txt": fitted.trees.model_to_string().encode()},
    )


def _manifest(
    table: Path, source: SourceTable, fitted: FittedTable, calibration: ScoreCalibration, parity: Parity
) -> dict[str, Any]:
    found = source.findings.to_json()
    return {
        "input_contract": {
            "kind": "table",
            "target": source.spec.target,
            "columns": [one.to_json() for one in fitted.encodings],
            "dropped": found.pop("dropped"),
            "misleading": found.pop("misleading"),
            "leaking": found.pop("leaking"),
        },
        "classes": ["0", "1"],
        "opset": {"": OPSET, "ai.onnx.ml": ML_OPSET},
        "calibration": {"slopes": list(calibration.slopes), "offsets": list(calibration.offsets)},
        "training": {
            "table": table.name,
            "rows": len(source),
            "fits": [
                one.to_json() | {"weight": round(float(weight), 5)}
                for one, weight in zip(fitted.members, fitted.blend.weights, strict=True)
            ],
            "tried": fitted.tried,
            **found,
        },
        "parity": vars(parity),
        "metrics": {"held_out": {name: one.to_json() for name, one in fitted.promised.items()}},
    }


def _card(table: Path, source: SourceTable, fitted: FittedTable, parity: Parity) -> str:
    judged = fitted.promised["auc"]
    dropped = ", ".join(source.findings.dropped)
    said = [
        *([f"left out: {dropped}; they never vary, or only name or number the rows"] if dropped else []),
        *source.findings.notes(),
    ]
    return CARD.format(
        table=table.name,
        rows=len(source),
        positives=int(source.target.sum()),
        target=source.spec.target,
        members=", ".join(member.name for member in fitted.members),
        how="rows that were drawn" if source.split.is_drawn else "later rows",
        chosen=", and by which none of the settings tried was chosen" if fitted.tried else "",
        share=judged.positives / max(judged.n, 1),
        figures="\n".join(f"- {name}: {one}, n {one.n:,}" for name, one in fitted.promised.items()),
        findings="\n".join(f"- {one}" for one in said) or "- nothing to tell",
        parity=parity,
    )
