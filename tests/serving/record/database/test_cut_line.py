"""A line that is cut in the middle of writing leaves a whole decision or none, and its key decides once."""

from collections.abc import Iterator

import pytest
from sqlalchemy import make_url

from serving.record.errors import UnusableRecord
from serving.record.memory.trait_keys import ensure_keys
from serving.record.record import Record
from tests.postgres import PostgresServer
from tests.serving.record.database.cutting_proxy import CuttingProxy, cutting_proxy
from tests.serving.record.entries import choice, entry, numbered


@pytest.fixture
def proxy(postgres: PostgresServer) -> Iterator[CuttingProxy]:
    with cutting_proxy(postgres.port) as proxy:
        yield proxy


@pytest.fixture
def record(postgres_url: str, proxy: CuttingProxy) -> Iterator[Record]:
    through = make_url(postgres_url).set(port=proxy.port).render_as_string(hide_password=False)
    opened = Record.open(through, numbered("evt"))
    # Connected, so that what is cut is what a test asks and not the greeting.
    opened.page(limit=1)
    # Drawn in a transaction of its own before the first decision: that one is not what is to be cut.
    ensure_keys(opened.database)
    yield opened
    opened.close()


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("word", ["INSERT INTO decisions", "INSERT INTO events", "COMMIT"])
def test_a_decision_is_kept_whole_or_not_at_all_and_once(
    record: Record, proxy: CuttingProxy, word: str, after: bool
) -> None:
    proxy.cut_at(word, after=after)

    with pytest.raises(UnusableRecord):
        record.append(entry("dec-1", key="k"))
    kept = record.find("k", entry().fingerprint)
    again = record.append(entry("dec-2", key="k"))

    assert proxy.cuts == 1
    is_committed = word == "COMMIT" and after
    assert (kept is not None) == is_committed
    assert again.decision.decision_id == ("dec-1" if is_committed else "dec-2")
    assert len(record.page(limit=9).rows) == len(record.events(limit=9).rows) == 1


@pytest.mark.parametrize("word", ["INSERT INTO overrides", "INSERT INTO events"])
def test_an_override_is_told_of_or_not_there(record: Record, proxy: CuttingProxy, word: str) -> None:
    record.append(entry("dec-1"))
    proxy.cut_at(word, after=True)

    with pytest.raises(UnusableRecord):
        record.override("dec-1", choice())

    assert record.get("dec-1").overrides == ()
    assert [event["type"] for event in record.events(limit=9).rows] == ["decision.made"]
    assert len(record.override("dec-1", choice()).overrides) == 1


def test_a_reading_whose_line_is_cut_is_told_and_works_the_next_time(
    record: Record, proxy: CuttingProxy
) -> None:
    record.append(entry("dec-1"))
    proxy.cut_at("FROM decisions", after=True)

    with pytest.raises(UnusableRecord):
        record.get("dec-1")

    assert record.get("dec-1").decision == entry("dec-1").decision
