"""The decider's memory: bounded, written behind, never set back."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from libs.events.deciding import Outcome, Quarantine
from libs.events.states import OVERHEAD, Checkpoint, StateStore
from libs.mongo import Database, connect
from libs.settings import Settings
from tests.support.counter import COUNTERS, Counter
from tests.support.lanes import in_lane

pytestmark = pytest.mark.integration
CHECKPOINT = Checkpoint(ledger_id="l", events={"tickets.events": 5})


@pytest.fixture
async def database(ledger: Settings) -> AsyncIterator[Database]:
    mongo = connect(ledger)
    yield mongo.database("intake")
    await mongo.close()


def store(database: Database, aggregates: int = 1_000) -> StateStore:
    return StateStore(database, "intake-0", {"x": COUNTERS}, aggregates * (OVERHEAD + 20))


async def change(states: StateStore, id: str, total: int) -> None:
    await states.load([id])
    held = states.get(id)
    held.state = Counter(total=total)
    held.sequence = held.changes = total
    held.processed = {"c": Outcome(datetime(2026, 3, 1, tzinfo=UTC), total)}
    states.commit([held])


async def test_states_come_back_as_they_were_written(database: Database) -> None:
    id = in_lane("x", 0, 2)
    states = store(database)
    await change(states, id, 7)
    await states.flush(CHECKPOINT)
    # when somebody else reads them
    other = store(database)
    await other.load([id])
    # then state, place and memory are the same, and so is the checkpoint
    assert other.get(id) == states.get(id)
    assert await other.checkpoint() == CHECKPOINT


async def test_what_is_not_committed_is_not_written(database: Database) -> None:
    id = in_lane("x", 0, 2)
    states = store(database)
    await change(states, id, 1)
    states.get(id).state = Counter(total=99)  # a batch that was never committed
    await states.flush(CHECKPOINT)
    other = store(database)
    await other.load([id])
    assert other.get(id).state == Counter(total=1)


async def test_a_fenced_predecessor_sets_nothing_back(database: Database) -> None:
    # given two owners, the first of whom is behind and does not know it yet
    id = in_lane("x", 0, 2)
    old, new = store(database), store(database)
    await change(old, id, 3)
    await change(new, id, 4)
    await new.flush(CHECKPOINT)
    # when the first writes late
    await old.flush(CHECKPOINT)
    # then the newer state stands
    other = store(database)
    await other.load([id])
    assert other.get(id).state == Counter(total=4)


async def test_a_fenced_predecessor_sets_no_refusal_and_no_quarantine_back(
    database: Database,
) -> None:
    # given an owner that is frozen with an unwritten state, and its successor, which has since
    # refused a command and quarantined the aggregate: neither leaves an event
    id = in_lane("x", 0, 2)
    old, new = store(database), store(database)
    await change(old, id, 1)
    await change(new, id, 1)
    held = new.get(id)
    refusal = Outcome(datetime(2026, 3, 1, tzinfo=UTC), 1, "over_limit", "Take a smaller step.")
    held.processed["refused"] = refusal
    held.quarantine, held.dead_letter = Quarantine(3, "a bug"), 3
    held.changes += 2
    new.commit([held])
    await new.flush(CHECKPOINT)
    # when the first goes on, and writes before it learns that it is fenced
    await old.flush(CHECKPOINT)
    # then both still stand
    other = store(database)
    await other.load([id])
    assert other.get(id).processed["refused"] == refusal
    assert other.get(id).quarantine == Quarantine(3, "a bug")


async def test_memory_is_bounded_and_nothing_unwritten_is_forgotten(database: Database) -> None:
    # given room for ten aggregates
    states = store(database, aggregates=10)
    ids = [in_lane("x", 0, 2) for _ in range(50)]
    for total, id in enumerate(ids, 1):
        await change(states, id, total)
    # then all are held while they are dirty
    assert states.waiting == 50
    await states.flush(CHECKPOINT)
    await states.load(ids[-1:])
    assert states.held <= 10
    # and each can be had again
    for total, id in enumerate(ids, 1):
        await states.load([id])
        assert states.get(id).state == Counter(total=total)
