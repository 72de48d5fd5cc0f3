"""Bring the database of a record to the schema of today, however many workers start at once."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine, column, func, inspect, select, table

from serving.record.errors import InvalidRecordUrl, NewerRecord, UnusableRecord
from serving.record.triggers import install_triggers, missing_triggers

# Oldest first: what stands in migrations/versions. Alembic is asked only where a step is missing.
REVISIONS = ("0001", "0002", "0003", "0004", "0005", "0006", "0010")
# A server's database may be shared with a program that keeps its own steps in Alembic's default table.
VERSION_TABLE = "record_version"
SCRIPTS = "serving.record:migrations"
_POSTGRES_LOCK = 0x5265677261646531


def migrate(engine: Engine) -> None:
    """Take every step that the database lacks and put its triggers up; raises NewerRecord."""
    with engine.connect() as connection:
        if _is_ready(connection):
            return
    with _alone(engine) as connection:
        # Whoever was faster has done it.
        if not _is_ready(connection):
            _upgrade(connection)
            install_triggers(connection)


def require_current(engine: Engine, shown: str) -> None:
    """Raise UnusableRecord for a record that lacks steps, InvalidRecordUrl for none, else NewerRecord."""
    with engine.connect() as connection:
        revision = _known(revision_of(connection))
        is_empty = revision is None and not inspect(connection).has_table("decisions")
    if is_empty:
        raise InvalidRecordUrl(f"record {shown} holds no record yet: name one that Regrade has written to")
    if revision != REVISIONS[-1]:
        raise UnusableRecord(
            f"record {shown} is one of an earlier release (its schema is {revision or 'that of 0.1'}, this "
            f"release needs {REVISIONS[-1]}): copy its file or dump it, then open it with `regrade serve`"
        )


def revision_of(connection: Connection) -> str | None:
    """Return the last step that a database has taken; None for an empty one and one of release 0.1."""
    if not inspect(connection).has_table(VERSION_TABLE):
        return None
    versions = table(VERSION_TABLE, column("version_num"))
    return connection.execute(select(versions.c.version_num)).scalar_one_or_none()


def _is_ready(connection: Connection) -> bool:
    revision = _known(revision_of(connection))
    return revision == REVISIONS[-1] and not missing_triggers(connection)


def _known(revision: str | None) -> str | None:
    if revision is not None and revision not in REVISIONS:
        raise NewerRecord(
            f"the record was made by a newer release of Regrade (its schema is {revision}, this release "
            f"knows up to {REVISIONS[-1]}): update Regrade, or give another record"
        )
    return revision


@contextmanager
def _alone(engine: Engine) -> Iterator[Connection]:
    """Yield a transaction that no other worker's migration runs beside."""
    with engine.connect() as connection:
        if engine.dialect.name == "sqlite":
            # Python's driver begins none by itself before CREATE and ALTER.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
        yield connection
        connection.commit()


def _upgrade(connection: Connection) -> None:
    # Late: a record of today needs none of it, and it takes as long to load as SQLAlchemy.
    from alembic.config import Config
    from alembic.runtime.environment import EnvironmentContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", SCRIPTS)
    config.set_main_option("path_separator", "os")
    scripts = ScriptDirectory.from_config(config)
    context = EnvironmentContext(
        config, scripts, fn=lambda revision, _: scripts._upgrade_revs("head", revision)
    )
    context.configure(connection=connection, version_table=VERSION_TABLE, transactional_ddl=True)
    context.run_migrations()
