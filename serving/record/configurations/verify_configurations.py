"""Look whether everything that kept decisions were taken with is kept whole."""

from sqlalchemy import Connection, Engine, select

from serving.record.chain.finding import FindingKind, Verification
from serving.record.configurations.configuration import (
    Configuration,
    UnreadableConfiguration,
    document_sha256,
)
from serving.record.configurations.kept_files import DamagedFile, KeptFiles, MissingFile
from serving.record.tables import CONFIGURATIONS, DECISIONS


def verify_configurations(engine: Engine, found: Verification, files: KeptFiles | None = None) -> int:
    """Note what is wrong with any configuration, and return how many of their files were read.

    Without `files` none is. Raises UnusablePhotoStore.
    """
    with engine.connect() as connection:
        documents = _documents(connection)
        for sha256 in _named(connection) - documents.keys():
            found.note(FindingKind.MISSING_CONFIGURATION, sha256, "decisions name it, and it is gone")
    parts: dict[str, str] = {}
    for sha256, document in documents.items():
        parts |= _parts(sha256, document, found)
    if files is None:
        return 0
    for sha256, part in parts.items():
        _read(files, sha256, part, found)
    return len(parts)


def _documents(connection: Connection) -> dict[str, str]:
    query = select(CONFIGURATIONS.c.sha256, CONFIGURATIONS.c.document)
    return {row.sha256: row.document for row in connection.execute(query)}


def _named(connection: Connection) -> set[str]:
    named = select(DECISIONS.c.configuration_sha256).distinct()
    return {sha256 for sha256 in connection.execute(named).scalars() if sha256 is not None}


def _parts(sha256: str, document: str, found: Verification) -> dict[str, str]:
    """Return the hash of each file that a document names, with the part that it plays."""
    try:
        if document_sha256(document) != sha256:
            raise UnreadableConfiguration("its hash is another one")
        return {of: part for part, of in Configuration.read(document).files.items()}
    except UnreadableConfiguration as error:
        found.note(FindingKind.CHANGED_CONFIGURATION, sha256, str(error))
        return {}


def _read(files: KeptFiles, sha256: str, part: str, found: Verification) -> None:
    try:
        files.read(sha256)
    except MissingFile as error:
        found.note(FindingKind.MISSING_FILE, part, str(error))
    except DamagedFile as error:
        found.note(FindingKind.CHANGED_FILE, part, str(error))
