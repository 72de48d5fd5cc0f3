"""Write a fraud policy whose operating points are those a report measured."""

import string
from collections.abc import Mapping
from importlib.resources import files
from pathlib import Path
from typing import Any

Report = Mapping[str, Any]


def write_policy(report: Report, path: Path) -> Path:
    """Write the policy as YAML, each operating point with what it did at T2, and return its path."""
    template = files("training.fraud.report").joinpath("policy.template.yaml").read_text(encoding="utf-8")
    points = report["operating_points"]["model"]
    text = string.Template(template).substitute(
        release=f"{report['model']['version']} ({report['model']['sha256'][:12]})",
        world=f"seed {report['world']['seed']}, {int(report['world']['returns']):,} returns",
        n=f"{points[0]['n']:,}",
        points="\n".join(_point(name, row, report) for name, row in report["thresholds"].items()),
    )
    path.write_text(text, encoding="utf-8")
    return path


def _point(name: str, thresholds: Mapping[str, float], report: Report) -> str:
    measured = next(one for one in report["operating_points"]["model"] if one["name"] == name)
    row = ", ".join(f"{moment}: {value:.4f}" for moment, value in thresholds.items())
    said = (
        f"precision {measured['precision']:.3f}, recall {measured['recall']:.3f}, "
        f"{measured['prevented_usd']:,} USD prevented, {measured['net_usd']:,} USD after costs"
    )
    return f"  # at T2: {said}\n  {name}: {{{row}}}"
