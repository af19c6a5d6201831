"""Killed at any step, and started again: the documents are those of a fold that never died."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from libs.events.documents import Documents
from libs.events.envelope import Recorded
from libs.events.folding import POSITION, by_document, fold_all
from libs.events.projection import Leaving
from libs.events.testing import recorded
from libs.mongo import Database, Document, Mongo, connect
from libs.settings import Settings
from tests.support.counter import Counted
from tests.support.tally import HISTORY, TOTALS

pytestmark = pytest.mark.integration

# A batch: its size; which counters' documents are written before a kill (None: no kill, the
# checkpoint follows).
batches = st.tuples(st.integers(1, 8), st.none() | st.sets(st.integers(0, 3)))


def _total_before(before: Document, recorded: Recorded[object]) -> Document:
    return {"_id": f"{recorded.aggregate_id}/{recorded.sequence}", "total": before["total"]}


LEAVING = replace(TOTALS, name="leaving", leaving=Leaving("left", _total_before))


def leaving(database: Database, cache_bytes: int) -> Documents:
    """Totals that leave behind what they were."""
    return Documents(LEAVING, database["leaving"], cache_bytes, database["left"])


async def left(database: Database) -> Mapping[str, int]:
    """What they have left behind."""
    return {one["_id"]: one["total"] for one in await database["left"].find().to_list()}


def totals_before(log: Sequence[Recorded[object]]) -> Mapping[str, int]:
    """The same, counted here."""
    totals: dict[str, int] = {}
    found = {}
    for one in log:
        assert isinstance(one.data, Counted)
        if one.aggregate_id in totals:
            found[f"{one.aggregate_id}/{one.sequence}"] = totals[one.aggregate_id]
        totals[one.aggregate_id] = totals.get(one.aggregate_id, 0) + one.data.by
    return found


@pytest.fixture
async def mongo(ledger: Settings) -> Mongo:
    return connect(ledger)


@settings(
    max_examples=30,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    counters=st.lists(st.integers(0, 3), min_size=1, max_size=25),
    cache_bytes=st.sampled_from([0, 200, 1_000_000]),
    fates=st.lists(batches, max_size=12),
)
async def test_killed_at_any_step_and_started_again_counts_everything_once(
    mongo: Mongo,
    counters: Sequence[int],
    cache_bytes: int,
    fates: list[tuple[int, set[int] | None]],
) -> None:
    # given a log of some counters, and a projector that is killed now and then
    log: list[Recorded[object]] = [
        recorded(Counted(n + 1, n), n + 1, id=f"x-{counter}", offset=n)
        for n, counter in enumerate(counters)
    ]
    database = mongo.database(f"d{uuid.uuid4().hex[:8]}")
    alive: list[Documents] = []
    checkpoint = 0
    while checkpoint < len(log):
        if not alive:
            alive = [Documents(t, database[t.name], cache_bytes) for t in (TOTALS, HISTORY)]
            alive.append(leaving(database, cache_bytes))
        size, written = fates.pop() if fates else (8, None)
        batch = log[checkpoint : checkpoint + size]
        if written is not None:
            batch = [one for one in batch if int(one.aggregate_id[2:]) in written]
        for documents in alive:
            await documents.apply(batch)
        if written is None:
            checkpoint += size
        else:
            alive = []
    # then
    found = {document["_id"]: document for document in await database["totals"].find().to_list()}
    for id, document in found.items():
        del document["_id"]
        assert document.pop(POSITION) == {
            "tickets-events/0": max(n for n, c in enumerate(counters) if f"x-{c}" == id)
        }
    grouped = by_document(TOTALS.key, log)
    assert found == {id: fold_all(TOTALS.fold, events) for id, events in grouped.items()}
    assert await database["history"].count_documents({}) == len(log)
    assert await left(database) == totals_before(log)
    await mongo.drop_database(database.name.removeprefix(mongo.database("").name))


async def test_killed_after_what_was_left_and_before_the_documents_nothing_is_lost_or_doubled(
    mongo: Mongo,
) -> None:
    # given a log of one counter
    log: list[Recorded[object]] = [
        recorded(Counted(n + 1, n), n + 1, id="x-0", offset=n) for n in range(6)
    ]
    database = mongo.database(f"d{uuid.uuid4().hex[:8]}")
    # when its rows were stored, and a kill came before its document
    await leaving(database, 0).apply(log)
    await database["leaving"].delete_many({})
    assert await left(database) == totals_before(log)
    # then whoever folds it again leaves the same rows
    await leaving(database, 0).apply(log[:4])
    await leaving(database, 0).apply(log)
    assert await left(database) == totals_before(log)
    await mongo.drop_database(database.name.removeprefix(mongo.database("").name))
