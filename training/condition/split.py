"""Split the photos of a set into those a run learns from and those it is measured on."""

from collections.abc import Sequence

from data.labelled.photo_set import LabelledPhoto, validation_part
from training.condition.settings import ConditionSettings


def validation_photos(photos: Sequence[LabelledPhoto], settings: ConditionSettings) -> list[LabelledPhoto]:
    """Return the photos that no training run with these settings uses."""
    used = [photo for photo in photos if settings.rule(photo.folder, photo.source)]
    return [photo for photo in used if is_held_out(photo, settings)]


def is_held_out(photo: LabelledPhoto, settings: ConditionSettings) -> bool:
    """Return whether a photo validates: by its group, or because its whole source is held out."""
    if photo.source in settings.held_out_sources:
        return True
    return validation_part(photo.group, seed=settings.split_seed, share=settings.validation_share)
