"""What decides is kept before the first decision, once, and nothing is decided while it can't be."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import select, text

from serving.record.chain.finding import FindingKind, Verification
from serving.record.chain.verify import verify
from serving.record.configurations.configuration import Configuration, UnreadableConfiguration
from serving.record.configurations.keeper import ConfigurationKeeper
from serving.record.configurations.kept_files import FILES, DamagedFile, KeptFiles, MissingFile
from serving.record.configurations.verify_configurations import verify_configurations
from serving.record.photo_store.photo_store import PhotoStore
from serving.record.photo_store.places import open_place
from serving.record.photo_store.store_error import UnusablePhotoStore
from serving.record.record import Record
from serving.record.tables import CONFIGURATIONS
from tests.serving.record.entries import MOMENT, entry, numbered
from tests.serving.record.tampering import without_triggers

BODIES = {"policy": b"name: house", "condition/model.onnx": b"\x00" * 4096, "sizes": b"name: typical"}
COMPUTING = {"code": "ab12", "numpy": "2.4.6", "processor": "x86_64"}
CONFIGURATION = Configuration.of(BODIES, COMPUTING, threads=2)


@pytest.fixture
def record(record_url: str, patient_record: None) -> Iterator[Record]:
    opened = Record.open(record_url, numbered("evt"))
    yield opened
    opened.close()


@pytest.fixture
def files(tmp_path: Path) -> KeptFiles:
    return KeptFiles(open_place(str(tmp_path / "photos")))


def keeper(record: Record, files: KeptFiles) -> ConfigurationKeeper:
    return ConfigurationKeeper(CONFIGURATION, BODIES, files, record.database, lambda: MOMENT)


def kept_documents(record: Record) -> list[str]:
    with record.engine.connect() as connection:
        return list(connection.execute(select(CONFIGURATIONS.c.document)).scalars())


def test_a_configuration_is_kept_once_however_many_workers_start(record: Record, files: KeptFiles) -> None:
    workers = [keeper(record, files) for _ in range(4)]
    threads = [threading.Thread(target=worker.keep) for worker in workers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert {worker.keep() for worker in workers} == {CONFIGURATION.sha256}
    assert kept_documents(record) == [CONFIGURATION.document]
    assert {part: files.read(sha256) for part, sha256 in CONFIGURATION.files.items()} == BODIES
    assert verify(record.engine).findings == []


def test_bytes_that_are_kept_are_not_written_again(record: Record, files: KeptFiles, tmp_path: Path) -> None:
    keeper(record, files).keep()
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "photos" / FILES).rglob("*")}

    keeper(record, files).keep()

    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "photos" / FILES).rglob("*")} == before
    assert len([path for path in before if path.is_file()]) == len(BODIES)


def test_what_could_not_be_kept_at_first_is_kept_when_the_next_one_asks(
    record: Record, files: KeptFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> str:
        raise UnusablePhotoStore("no room")

    late = keeper(record, files)
    with monkeypatch.context() as patched:
        patched.setattr(KeptFiles, "keep", full)
        with pytest.raises(UnusablePhotoStore):
            late.keep()

    assert kept_documents(record) == []
    assert late.keep() == CONFIGURATION.sha256
    assert kept_documents(record) == [CONFIGURATION.document]


def test_a_file_that_was_changed_is_written_anew_and_never_handed_out(
    files: KeptFiles, tmp_path: Path
) -> None:
    sha256 = files.keep(b"name: house")
    [path] = [path for path in (tmp_path / "photos" / FILES).rglob("*") if path.is_file()]
    path.write_bytes(b"name: mouse")

    with pytest.raises(DamagedFile, match=sha256):
        files.read(sha256)
    assert files.keep(b"name: house") == sha256
    assert files.read(sha256) == b"name: house"
    with pytest.raises(MissingFile):
        files.read("0" * 64)


@pytest.mark.parametrize("document", ["", "[]", "{}", '{"format":2,"files":{},"computing":{},"threads":1}'])
def test_a_document_that_names_no_configuration_is_refused(document: str) -> None:
    with pytest.raises(UnreadableConfiguration, match="can't be read"):
        Configuration.read(document)


def test_the_same_files_have_the_same_hash_in_any_order() -> None:
    backwards = Configuration.of(dict(reversed(BODIES.items())), dict(reversed(COMPUTING.items())), threads=2)

    assert backwards.sha256 == CONFIGURATION.sha256
    assert Configuration.of({**BODIES, "sizes": b"x"}, COMPUTING, threads=2).sha256 != CONFIGURATION.sha256
    assert replace(CONFIGURATION, computing={}).sha256 != CONFIGURATION.sha256


def verified(record: Record, files: KeptFiles | None) -> tuple[int, list[FindingKind]]:
    found = Verification()
    read = verify_configurations(record.engine, found, files)
    return read, [finding.kind for finding in found.findings]


def decided(record: Record, files: KeptFiles) -> None:
    sha256 = keeper(record, files).keep()
    record.append(replace(entry("dec-1"), configuration_sha256=sha256))
    record.append(entry("dec-before"))


def test_a_record_whose_configurations_are_whole_is_found_whole(record: Record, files: KeptFiles) -> None:
    decided(record, files)

    assert record.get("dec-1").configuration_sha256 == CONFIGURATION.sha256
    assert record.get("dec-before").configuration_sha256 is None
    assert verified(record, None) == (0, [])
    assert verified(record, files) == (len(BODIES), [])


@pytest.mark.parametrize(
    ("statement", "kinds"),
    [
        ("DELETE FROM configurations", [FindingKind.MISSING_CONFIGURATION]),
        (
            "UPDATE configurations SET document = replace(document, 'numpy', 'scipy')",
            [FindingKind.CHANGED_CONFIGURATION],
        ),
    ],
)
def test_a_configuration_that_is_gone_or_changed_is_found(
    record: Record, files: KeptFiles, statement: str, kinds: list[FindingKind]
) -> None:
    decided(record, files)
    with without_triggers(record.engine) as connection:
        connection.execute(text(statement))

    assert verified(record, None) == (0, kinds)


def flip(path: Path) -> None:
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


@pytest.mark.parametrize(
    ("lose", "kind"), [(flip, FindingKind.CHANGED_FILE), (Path.unlink, FindingKind.MISSING_FILE)]
)
def test_any_kept_file_that_is_changed_or_gone_is_found(
    record: Record, files: KeptFiles, tmp_path: Path, lose: Callable[[Path], None], kind: FindingKind
) -> None:
    decided(record, files)
    for path in [path for path in (tmp_path / "photos" / FILES).rglob("*") if path.is_file()]:
        whole = path.read_bytes()
        lose(path)
        assert verified(record, files) == (len(BODIES), [kind])
        path.write_bytes(whole)


def test_files_that_decide_are_no_photos_to_be_swept(files: KeptFiles, tmp_path: Path) -> None:
    sha256 = files.keep(b"name: house")
    store = PhotoStore.open(str(tmp_path / "photos"))

    assert list(store.waiting(MOMENT.replace(year=2090))) == []
    assert store.forget(sha256)
    assert files.read(sha256) == b"name: house"
