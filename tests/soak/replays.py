"""Let the real service take many drawn decisions, and replay every one from what it kept.

    python -m tests.soak.replays --decisions 1000 --seed 7

The cases come from the simulated world, at all three moments; each has no to three photos, in every format
that is read, turned by EXIF or not, with views or without, some of them sent ahead.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from importlib.metadata import version
from pathlib import Path
from random import Random
from typing import Any

import httpx
from PIL import Image

from data.device import View
from data.world import WorldSettings, write_world
from serving.demo.returns import shipped_returns
from serving.demo.running_service import running_service
from serving.version import installed_version
from tests.features.photo.test_bare_photo import telling_exif
from tests.fuzz.heic_file import grid_heic, rotations

FORMATS = ("JPEG", "PNG", "WEBP", "HEIC")
MOMENTS = ("T0", "T1", "T2")
SIDES_PX = (600, 900, 1280)
# How many photos a return has, each as often as it stands here.
PHOTOS = (0, 1, 1, 1, 2, 3)
DECIDED = 200


@dataclass
class Drawn:
    """What was sent: how many of each kind, and what the service said where it took no decision."""

    decided: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    took_s: float = 0.0


@dataclass(frozen=True)
class DrawnPhoto:
    """One photo: its name, its bytes, what it is said to show, and whether it is sent ahead."""

    name: str
    body: bytes
    view: View | None
    is_ahead: bool


def main() -> int:
    """Decide, replay, print the figures; return 1 unless every decision came out equal."""
    options = _options()
    with tempfile.TemporaryDirectory(prefix="regrade-replays-") as name:
        folder = Path(name)
        record = options.record or f"sqlite:///{folder / 'record.sqlite'}"
        with running_service(record=record, log=folder / "service.log", workers=options.workers) as address:
            drawn = decide_many(address, folder, options.decisions, options.seed)
        started = time.monotonic()
        results = replay_all(record)
        took_s = time.monotonic() - started
    sys.stdout.writelines(f"{line}\n" for line in told(drawn, results, took_s, options.seed))
    return 0 if _is_whole(drawn, results, options.decisions) else 1


def decide_many(address: str, folder: Path, count: int, seed: int) -> Drawn:
    """Send drawn returns until so many were decided."""
    random, drawn, started = Random(seed), Drawn(), time.monotonic()
    with httpx.Client(base_url=address, timeout=120, trust_env=False) as http:
        for case in _cases(folder, count + count // 4 + 8, random):
            if len(drawn.decided) == count:
                break
            _decide(http, case, random, drawn)
    drawn.took_s = time.monotonic() - started
    return drawn


def replay_all(record: str) -> list[dict[str, Any]]:
    """Replay every decision of a record by the command line, as an operator does."""
    command = [sys.executable, "-P", "-m", "regrade", "replay", "--all", "--json", "--record", record]
    ran = subprocess.run(command, capture_output=True, text=True, check=False)
    if ran.returncode not in {0, 1, 3}:
        raise RuntimeError(f"regrade replay ended with {ran.returncode}: {ran.stderr}")
    return [json.loads(line) for line in ran.stdout.splitlines()]


def told(drawn: Drawn, results: Sequence[dict[str, Any]], took_s: float, seed: int) -> Iterator[str]:
    """Yield lines that say what was tried and how it came out."""
    libraries = " ".join(f"{name} {version(name)}" for name in ("numpy", "onnxruntime", "pillow"))
    yield f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC, regrade {installed_version()}, {libraries}, seed {seed}"
    decided = len(drawn.decided)
    yield f"decided: {decided} by the service over HTTP, in {drawn.took_s:.0f} s"
    yield "  " + ", ".join(f"{kind} {count}" for kind, count in sorted(drawn.kinds.items()))
    if drawn.refused:
        yield "  refused: " + ", ".join(f"{why} {count}" for why, count in drawn.refused.most_common())
    outcomes = Counter(one["result"] for one in results)
    came_out = ", ".join(f"{outcome} {count}" for outcome, count in sorted(outcomes.items()))
    yield f"replayed: {len(results)} by `regrade replay --all`, in {took_s:.0f} s: {came_out}"
    for one in results:
        if one["result"] != "equal":
            yield f"  {json.dumps(one)[:2_000]}"


def _is_whole(drawn: Drawn, results: Sequence[dict[str, Any]], count: int) -> bool:
    """Return whether as many were decided as asked for, and exactly these came out equal."""
    equal = sorted(one["decision_id"] for one in results if one["result"] == "equal")
    return len(drawn.decided) == count and equal == sorted(drawn.decided) and len(results) == count


def _decide(http: httpx.Client, case: dict[str, Any], random: Random, drawn: Drawn) -> None:
    photos = [_photo(random) for _ in range(random.choice(PHOTOS))]
    here, ahead = ([one for one in photos if one.is_ahead is is_ahead] for is_ahead in (False, True))
    form: list[tuple[str, Any]] = [("case", (None, json.dumps(case)))]
    form += [("photos", (photo.name, photo.body)) for photo in here]
    form += [("photo_ids", (None, _send_ahead(http, photo))) for photo in ahead]
    if photos and random.random() < 0.5:
        form += [("views", (None, (photo.view or View.UNKNOWN).value)) for photo in [*here, *ahead]]
    answer = http.post("/v1/decide", files=form)
    if answer.status_code != DECIDED:
        drawn.refused[f"{answer.status_code} {answer.json().get('title', '')}"] += 1
        return
    decision = answer.json()
    drawn.decided.append(decision["decision_id"])
    drawn.kinds.update([f"moment {decision['fraud']['moment']}", f"photos {len(photos)}"])
    drawn.kinds.update(photo.name.rpartition(".")[2] for photo in photos)
    drawn.kinds.update(["sent ahead"] * len(ahead))
    drawn.kinds[f"way {decision['disposition']}"] += 1


def _send_ahead(http: httpx.Client, photo: DrawnPhoto) -> str:
    told = {"view": photo.view.value} if photo.view else {}
    answer = http.post("/v1/photos", data=told, files={"photo": (photo.name, photo.body)})
    answer.raise_for_status()
    return str(answer.json()["photo_id"])


def _photo(random: Random) -> DrawnPhoto:
    form = random.choice(FORMATS)
    shown = random.choice([photo for one in shipped_returns()[:-1] for photo in one.photos])
    body = _heic(random) if form == "HEIC" else _saved(shown.path, form, random)
    view = shown.view if random.random() < 0.7 else None
    return DrawnPhoto(f"{random.randrange(10**6)}.{form.lower()}", body, view, random.random() < 0.4)


def _saved(path: Path, form: str, random: Random) -> bytes:
    """Return a photo in a format, cut a little and made smaller, turned by its EXIF or without any."""
    with Image.open(path) as image:
        cut = random.randrange(0, 24)
        part = image.crop((cut, cut // 2, image.width, image.height))
        side_px = random.choice(SIDES_PX)
        part.thumbnail((side_px, side_px))
        turned = {"exif": telling_exif(random.randint(1, 8))} if random.random() < 0.7 else {}
        body = io.BytesIO()
        part.save(body, form, **turned, **({} if form == "PNG" else {"quality": random.randint(60, 97)}))
        return body.getvalue()


def _heic(random: Random) -> bytes:
    columns, rows = random.randint(4, 10), random.randint(4, 10)
    return grid_heic(columns, rows, turns=rotations(random.randint(0, 3)))


def _cases(folder: Path, count: int, random: Random) -> Iterator[dict[str, Any]]:
    """Yield simulated cases, each as it was known at one of the moments."""
    write_world(WorldSettings(returns=count, seed=random.randrange(10**6)), folder / "world")
    with (folder / "world" / "cases.jsonl").open(encoding="utf-8") as lines:
        for number, line in enumerate(lines):
            yield _known_at(json.loads(line), MOMENTS[number % len(MOMENTS)])


def _known_at(case: dict[str, Any], moment: str) -> dict[str, Any]:
    if moment == "T2":
        return case
    case["verification"] = None
    if moment == "T0":
        requested = datetime.fromisoformat(case["rma"]["requested_at"])
        case["scans"], case["as_of"] = [], (requested + timedelta(minutes=5)).isoformat()
    return case


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=str(__doc__).partition("\n")[0])
    parser.add_argument("--decisions", type=int, default=1000, help="So many are taken and replayed.")
    parser.add_argument("--seed", type=int, default=7, help="Another seed draws other returns.")
    parser.add_argument("--workers", type=int, default=1, help="The service has so many workers.")
    parser.add_argument("--record", help="Decisions are kept in this database (default: a new file).")
    return parser.parse_args()


if __name__ == "__main__":
    sys.exit(main())
