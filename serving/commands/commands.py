"""Answer the command line as the service would: one line a device, a case or a decision."""

import json
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from itertools import islice
from pathlib import Path
from typing import Any

from data.case import InvalidCase, ReturnCase, read_case
from data.device import DeviceClass, View
from features.photo.photo import PhotoError
from serving.commands.photo_folder import photos_in
from serving.condition.overlay.overlay import require_picture_name, write_overlay
from serving.fraud.model import MODEL_NAME, FraudModel
from serving.http.answers import condition_values, decision_values, json_text, score_values
from serving.http.problems import problem_of
from serving.pipeline import DecisionRequest, SentPhoto
from serving.release import open_release
from serving.settings import Settings
from serving.startup import open_grader, open_pipeline

BATCH_CASES = 500


class BadPhoto(ValueError):
    """A photo can't be used; the message names its file."""


def grade_lines(
    paths: Sequence[Path],
    *,
    device_class: DeviceClass | None,
    views: Sequence[View] | None,
    as_json: bool,
    overlay: Path | None = None,
) -> Iterator[str]:
    """Grade devices and yield one line each, as JSON or in words.

    Each folder is one device, and the files given are one device together. `overlay` is where to write a
    picture of the findings, a PNG or JPEG: for the second device with -2 before its suffix, and so on. Raises
    NoPhotos, WrongPhotoCount, BadPhoto and WrongPicture.
    """
    if overlay:
        require_picture_name(overlay)
    model = open_grader(Settings.of())
    for number, photos in enumerate(_devices(paths), start=1):
        bodies = [photo.read_bytes() for photo in photos]
        with _naming(photos):
            examination = model.examine(bodies, device_class=device_class, views=views)
        if overlay:
            write_overlay(examination, overlay if number == 1 else _numbered(overlay, number))
        values = condition_values(examination.condition)
        yield json_text(values) if as_json else _in_words(photos, values)


def score_lines(cases: Iterable[bytes]) -> Iterator[str]:
    """Score cases, one JSON object a line, and yield one JSON line each, in order.

    A wrong case has its problem in its place, as in /v1/fraud/score; empty lines are left out.
    """
    model = FraudModel.open(open_release(MODEL_NAME))
    lines = (line for line in cases if line.strip())
    while batch := list(islice(lines, BATCH_CASES)):
        read = [_read(line) for line in batch]
        scores = iter(model.score([case for case in read if isinstance(case, ReturnCase)]))
        for line, case in zip(batch, read, strict=True):
            score = case if isinstance(case, InvalidCase) else next(scores)
            yield json_text(score_values(_parsed(line), score))


def decide_line(
    case: Path,
    photos: Sequence[Path],
    *,
    views: Sequence[View] | None,
    settings: Settings,
    clock: Callable[[], datetime],
) -> str:
    """Decide what happens to one return, keep the decision in the record, and return it as one JSON line.

    Raises what /v1/decide refuses: InvalidCase, BadPhoto, WrongPhotoCount and UnknownCurrency.
    """
    asked = DecisionRequest(
        read_case(case.read_bytes()),
        tuple(SentPhoto(photo.name, photo.read_bytes()) for photo in photos),
        None if views is None else tuple(views),
    )
    pipeline = open_pipeline(settings, clock=clock, new_id=lambda: uuid.uuid4().hex)
    try:
        with _naming(photos):
            return json_text(decision_values(pipeline.decide(asked).kept.decision))
    finally:
        pipeline.record.close()


@contextmanager
def _naming(photos: Sequence[Path]) -> Iterator[None]:
    try:
        yield
    except PhotoError as error:
        raise BadPhoto(problem_of(error, [str(photo) for photo in photos]).detail) from error


def _read(line: bytes) -> ReturnCase | InvalidCase:
    try:
        return read_case(line)
    except InvalidCase as error:
        return error


def _parsed(line: bytes) -> Any:
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def _devices(paths: Sequence[Path]) -> Iterator[list[Path]]:
    files = [path for path in paths if not path.is_dir()]
    if files:
        yield files
    yield from (photos_in(path) for path in paths if path.is_dir())


def _numbered(path: Path, number: int) -> Path:
    return path.with_name(f"{path.stem}-{number}{path.suffix}")


def _in_words(photos: Sequence[Path], answer: dict[str, Any]) -> str:
    names = ", ".join(photo.name for photo in photos)
    return f"{names}: {'; '.join([_grade(answer), *_defects(answer), *_retakes(photos, answer)])}"


def _grade(answer: dict[str, Any]) -> str:
    grade = answer["grade"]
    if grade is None:
        return f"no grade ({'; '.join(answer['abstain_reasons'])})"
    return f"grade {grade} ({answer['grade_probabilities'][grade]:.0%}), by {answer['deciding_limit']}"


def _defects(answer: dict[str, Any]) -> list[str]:
    return [f"{one['kind']} {one['probability']:.0%} on the {one['surface']}" for one in answer["defects"]]


def _retakes(photos: Sequence[Path], answer: dict[str, Any]) -> list[str]:
    return [
        f"{photos[photo['index']].name}: {instruction}"
        for photo in answer["photos"]
        for instruction in photo["quality"]["instructions"]
    ]
