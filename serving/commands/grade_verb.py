"""`regrade grade`: grade devices from their photos."""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from data.device import DeviceClass, View
from serving.commands.options import add_views, file_named, named, views_of
from serving.commands.parser import Told, Verbs, add_verb
from serving.photo_folder import photos_in


def add_to(verbs: Verbs) -> None:
    """Add the verb with its options."""
    verb = add_verb(verbs, "grade", _run, "Grade devices from their photos, one line a device.")
    verb.add_argument(
        "photos",
        nargs="+",
        type=file_named,
        metavar="PHOTO",
        help="The files given are photos of one device; each folder holds those of another.",
    )
    verb.add_argument(
        "--json", action="store_true", help="Each line is JSON: what /v1/grade of the service answers."
    )
    verb.add_argument(
        "--device-class",
        metavar="CLASS",
        help=f"The devices are of this class: {', '.join(DeviceClass)} (default: what the photos show).",
    )
    verb.add_argument(
        "--overlay",
        type=Path,
        metavar="OUT.png",
        help="A picture of the findings is written here; those of further devices get a number.",
    )
    add_views(verb)


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
    from serving.commands.photo_files import naming_files, read_files
    from serving.condition.overlay.overlay import require_picture_name, write_overlay
    from serving.http.answers import condition_values, json_text
    from serving.settings import Settings
    from serving.startup import open_grader

    if overlay:
        require_picture_name(overlay)
    model = open_grader(Settings.of())
    for number, photos in enumerate(_devices(paths), start=1):
        picture = _numbered(overlay, number) if overlay else None
        if picture:
            _require_no_photo(picture, paths)
        bodies = read_files(photos)
        with naming_files(photos):
            examination = model.examine(bodies, device_class=device_class, views=views)
        if picture:
            write_overlay(examination, picture)
        values = condition_values(examination.condition)
        yield json_text(values) if as_json else _in_words(photos, values)


def _run(options: argparse.Namespace) -> Told:
    device_class = named(DeviceClass, options.device_class) if options.device_class else None
    return grade_lines(
        options.photos,
        device_class=device_class,
        views=views_of(options),
        as_json=options.json,
        overlay=options.overlay,
    )


def _devices(paths: Sequence[Path]) -> Iterator[list[Path]]:
    files = [path for path in paths if not path.is_dir()]
    if files:
        yield files
    yield from (photos_in(path) for path in paths if path.is_dir())


def _numbered(path: Path, number: int) -> Path:
    return path if number == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")


def _require_no_photo(picture: Path, paths: Sequence[Path]) -> None:
    """Raise WrongPicture where a picture would take the place of one of the photos."""
    from serving.condition.overlay.overlay import WrongPicture

    given = [path for path in paths if path.exists()]
    if picture.exists() and any(
        place.samefile(path) for place in (picture, picture.parent) for path in given
    ):
        raise WrongPicture(f"{picture} is one of the photos, and would be lost: name another file")


def _in_words(photos: Sequence[Path], answer: dict[str, Any]) -> str:
    names = ", ".join(photo.name for photo in photos)
    said = [_grade(answer), *_seen(answer), *_defects(answer), *_retakes(photos, answer)]
    return f"{names}: {'; '.join(said)}"


def _grade(answer: dict[str, Any]) -> str:
    from serving.wording import say

    grade = answer["grade"]
    if grade is None:
        return f"no grade ({'; '.join(say(reason) for reason in answer['abstain_reasons'])})"
    return f"grade {grade} ({answer['grade_probabilities'][grade]:.0%}), by {answer['deciding_limit']}"


def _seen(answer: dict[str, Any]) -> list[str]:
    """Return what the photos support as far as they show, where no grade is given, and what to take next."""
    from serving.wording import said_as_shown, say

    shown, asked = said_as_shown(answer), answer["next_photo"]
    return [*([shown] if shown else ()), *([f"next photo: {say(asked['view'])}"] if asked else ())]


def _defects(answer: dict[str, Any]) -> list[str]:
    from serving.wording import say

    return [
        f"{say(one['kind'])} {one['probability']:.0%} on the {one['surface']}" for one in answer["defects"]
    ]


def _retakes(photos: Sequence[Path], answer: dict[str, Any]) -> list[str]:
    return [
        f"{photos[photo['index']].name}: {instruction}"
        for photo in answer["photos"]
        for instruction in photo["quality"]["instructions"]
    ]
