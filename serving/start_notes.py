"""Warn whoever starts a model of what makes its answers stricter than they could be, and what to do."""

import logging
from collections.abc import Iterable

LOGGER = logging.getLogger("regrade")


def warn(notes: Iterable[str]) -> None:
    """Log each note as a warning, on stderr whatever else is set up: BentoML's workers log to stdout."""
    on_stderr = logging.lastResort
    if on_stderr is not None and on_stderr not in LOGGER.handlers:
        LOGGER.addHandler(on_stderr)
    for note in notes:
        LOGGER.warning("regrade: warning: %s", note)
