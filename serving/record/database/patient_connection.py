"""Wait for PostgreSQL no longer than the caller does, also for a server that has stopped answering at all.

A server that stands still heeds none of its own time-outs, and its machine still takes what it is sent.
Imported only where psycopg is the driver.
"""

from collections.abc import Generator
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

from serving.record.database.deadline import is_over
from serving.record.database.faults import NO_ANSWER

Result = TypeVar("Result")


class PatientConnection(psycopg.Connection[Any]):
    """A connection that is closed when the time of whoever uses it is over."""

    def wait(self, gen: PQGen[Result], *arguments: Any, **options: Any) -> Result:
        """Wait for an answer; raises OperationalError when the time is over, and is closed then."""
        return super().wait(self._in_time(gen), *arguments, **options)

    def _in_time(self, work: PQGen[Result]) -> Generator[Any, Any, Result]:
        # psycopg asks again every tenth of a second, also when nothing has come.
        try:
            wanted = next(work)
            while True:
                ready = yield wanted
                if not ready and is_over():
                    self.pgconn.finish()
                    raise psycopg.OperationalError(NO_ANSWER)
                wanted = work.send(ready)
        except StopIteration as done:
            result: Result = done.value
            return result
