"""A real desk's log, replayed as commands: what others computed of it is what our events say."""

from collections.abc import AsyncIterator
from itertools import islice

import pytest

from libs.events.kafka import end_offsets
from libs.events.topics import dead_letters, events, replies
from libs.settings import Settings
from tests.support.bpic import DESK, INCIDENTS, incidents, row_of, ticket_id, truth
from tests.support.lanes import Bench
from tests.support.replay import courses, send

pytestmark = [
    pytest.mark.integration,
    pytest.mark.timeout(300),
    pytest.mark.skipif(not INCIDENTS.exists(), reason="the corpora are not here"),
]


@pytest.fixture
async def bench(ledger: Settings) -> AsyncIterator[Bench]:
    async with Bench.on(ledger) as bench, bench.running(DESK, *range(bench.ledger.lanes)):
        yield bench


async def test_our_events_tell_of_every_incident_what_its_own_log_tells(bench: Bench) -> None:
    # given every incident of the log, sent as commands with its own instants
    await send(bench.sender, incidents())
    await bench.drained(DESK, seconds=240)

    # then no command was refused
    assert await written(bench, replies("tickets"), dead_letters("intake")) == 0
    # and each ticket had the course that others computed from the log
    found = await courses(bench.cluster, bench.ledger.lanes)
    expected = {ticket_id(case): row for case, row in truth().items()}
    assert len(expected) == 7_554
    assert found.keys() == expected.keys()
    told = {id: row_of(course) for id, course in found.items()}
    assert {id: (row, told[id]) for id, row in expected.items() if told[id] != row} == {}
    assert sum(course.happenings for course in found.values()) == 65_533


async def test_an_import_that_is_repeated_imports_nothing_twice(bench: Bench) -> None:
    some = list(islice(incidents(), 100))
    await send(bench.sender, some)
    await bench.drained(DESK)
    before = await written(bench, events("tickets"))

    await send(bench.sender, some)
    await bench.drained(DESK)

    assert await written(bench, events("tickets")) == before > 0


async def written(bench: Bench, *topics: str) -> int:
    """How many records were ever written to these topics, with their transactions' markers."""
    lanes = range(bench.ledger.lanes)
    partitions = [bench.cluster.partition(topic, lane) for topic in topics for lane in lanes]
    return sum((await end_offsets(bench.cluster, partitions, "read_committed")).values())
