"""Prove that a database keeps what it is given, by one row that counts the proofs and tells nothing else."""

from sqlalchemy import (
    Column,
    Connection,
    Engine,
    Integer,
    MetaData,
    Table,
    exists,
    func,
    insert,
    inspect,
    literal,
    select,
    update,
)
from sqlalchemy.schema import CreateTable

from serving.record.errors import Fault, UnusableRecord

# Apart from the record's own tables, which are only ever added to.
PROBE_METADATA = MetaData()
PROBES = Table(
    "probes",
    PROBE_METADATA,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("proofs", Integer, nullable=False),
)
ONLY_ID = 1
_POSTGRES_LOCK = 0x5265677261646550
MISSING = Fault("its table of proofs is empty", "restore a backup of the record")


def ensure_probe(engine: Engine) -> None:
    """Create the table and its row where they are missing: it holds nothing that a migration could lose."""
    with engine.connect() as connection:
        if inspect(connection).has_table(PROBES.name) and connection.execute(select(PROBES)).first():
            return
    with engine.begin() as connection:
        # Several workers start at once, and PostgreSQL loses that race in spite of IF NOT EXISTS.
        if engine.dialect.name == "postgresql":
            connection.execute(select(func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
        connection.execute(CreateTable(PROBES, if_not_exists=True))
        missing = select(literal(ONLY_ID), literal(0)).where(~exists().select_from(PROBES))
        connection.execute(insert(PROBES).from_select(["id", "proofs"], missing))


def write_probe(connection: Connection) -> int:
    """Count one proof more and return how many there are: a number that only grows needs no clock."""
    connection.execute(update(PROBES).values(proofs=PROBES.c.proofs + 1))
    return read_probe(connection)


def read_probe(connection: Connection) -> int:
    """Return how often the record was proved; raises UnusableRecord where the row is gone."""
    proofs: int | None = connection.execute(select(PROBES.c.proofs)).scalar()
    if proofs is None:
        raise UnusableRecord(f"record: {MISSING.what}; {MISSING.advice}", MISSING)
    return proofs
