"""Write the comparison with ten times the model and the returns into the card of a release."""

import json
from pathlib import Path
from string import Template
from typing import Any

from serving.release import MANIFEST_FILE, open_folder, sha256_of
from training.metrics.figure import in_words
from training.release import CARD_FILE

TITLE = "## Against ten times the model and the returns"
TEMPLATE = Path(__file__).parent / "tenfold.template.md"
PAIRS = {
    "": "returns",
    "_rows": "rows",
    "_rounds": "rounds",
    "_most": "most_rounds",
    "_leaves": "leaves_a_tree",
}


class OtherRelease(ValueError):
    """Figures that are about another release than the one whose card is written."""


def write_into_card(found: dict[str, Any], folder: Path) -> None:
    """Write the section at the end of the card, and the figures into the manifest.

    A section of an earlier comparison is replaced.

    found: what Tenfold.to_json returned. Raises BrokenRelease if the folder was no sound release, and
    OtherRelease if another version was measured.
    """
    release = open_folder(folder)
    if found["release"] != release.version:
        raise OtherRelease(
            f"release {found['release']} was compared, and {folder} holds {release.version}: "
            "compare again with --release DIR"
        )
    card, manifest = folder / CARD_FILE, folder / MANIFEST_FILE
    before = card.read_text(encoding="utf-8").partition(TITLE)[0].rstrip("\n")
    body = json.loads(manifest.read_text(encoding="utf-8"))
    card.write_text(f"{before}\n\n{TITLE}\n{section(found, body['training'])}", encoding="utf-8")
    body["metrics"]["tenfold"] = found
    body["files"][CARD_FILE] = sha256_of(card)
    manifest.write_text(json.dumps(body, indent=2) + "\n", encoding="utf-8")


def section(found: dict[str, Any], training: dict[str, Any]) -> str:
    """Return what was found in Markdown, without its title; `training` is that of the release's manifest."""
    own = training["settings"]
    pairs = {
        f"{model}{ending}": f"{found[name][place]:,}"
        for place, model in enumerate(("few", "many"))
        for ending, name in PAIRS.items()
    }
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        pairs,
        n=f"{found['larger']['n']:,}",
        fraud=f"{found['larger']['positives']:,}",
        seed=found["world_seed"],
        times=f"{found['returns'][1] / own['returns']:.2g}",
        own=f"{own['returns']:,}",
        own_rows=f"{training['rows']['fit'] + training['rows']['stop']:,}",
        own_rounds=training["rounds"],
        own_leaves=own["boosting_num_leaves"],
        larger=_figure(found["larger"]),
        **{name: _figure(found[name]["average_precision"]) for name in ("recipe", "released")},
        **{f"{name}_share": _figure(found[name]["share"]) for name in ("recipe", "released")},
    )


def _figure(one: dict[str, Any]) -> str:
    return in_words(one["value"], one["low"], one["high"])
