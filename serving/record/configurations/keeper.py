"""Keep the configuration of a process before its first decision names it."""

import threading
from collections.abc import Callable, Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from serving.record.chain.journal import adding
from serving.record.configurations.configuration import Configuration
from serving.record.configurations.kept_files import KeptFiles
from serving.record.database.database import Database
from serving.record.moment import to_text
from serving.record.photo_store.store_error import UnusablePhotoStore
from serving.record.tables import CONFIGURATIONS

# Whoever asks meanwhile is told in time that nothing can be decided yet.
WAIT_S = 1.0


class ConfigurationKeeper:
    """A configuration with the bytes of its files, which it holds until they are kept.

    As they were read at start: a file that is changed afterwards did not decide.
    """

    def __init__(
        self,
        configuration: Configuration,
        bodies: Mapping[str, bytes],
        files: KeptFiles,
        database: Database,
        clock: Callable[[], datetime],
    ) -> None:
        self._configuration = configuration
        self._bodies = bodies
        self._files = files
        self._database = database
        self._clock = clock
        self._is_kept = False
        self._lock = threading.Lock()

    def keep(self) -> str:
        """Keep the configuration unless that was done, and return its hash.

        Raises UnusablePhotoStore or UnusableRecord; the next call tries again.
        """
        sha256 = self._configuration.sha256
        if self._is_kept:
            return sha256
        if not self._lock.acquire(timeout=WAIT_S):
            raise UnusablePhotoStore("what decisions are taken with is just being kept: ask again")
        try:
            self._keep(sha256)
        finally:
            self._lock.release()
        return sha256

    def _keep(self, sha256: str) -> None:
        if self._is_kept:
            return
        # Files first, then the row that names them, as with photos.
        for body in self._bodies.values():
            self._files.keep(body)
        self._name(sha256)
        self._is_kept, self._bodies = True, {}

    def _name(self, sha256: str) -> None:
        at = to_text(self._clock())
        row = {"sha256": sha256, "kept_at": at, "document": self._configuration.document}
        with self._database.in_time():
            if self._is_named(sha256):
                return
            try:
                with adding(self._database) as addition:
                    addition.add(CONFIGURATIONS, row, at=at)
            except IntegrityError:
                # Another worker was faster with the same one.
                if not self._is_named(sha256):
                    raise

    def _is_named(self, sha256: str) -> bool:
        query = select(CONFIGURATIONS.c.sequence).where(CONFIGURATIONS.c.sha256 == sha256)
        with self._database.connect() as connection:
            return connection.execute(query).first() is not None
