"""Tell whoever starts a model what makes its answers stricter than they could be, and the way out."""

import logging
from collections.abc import Iterable

LOGGER = logging.getLogger("regrade")


def warn(notes: Iterable[str]) -> None:
    """Log each note as a warning; without a logging set-up Python writes them to stderr."""
    for note in notes:
        LOGGER.warning("regrade: warning: %s", note)
