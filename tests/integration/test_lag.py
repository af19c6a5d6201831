"""How far a consumer is behind, and whether it is stuck, seen from outside of it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Collection

import pytest

from libs.events import lag
from libs.events.checkpoints import Checkpoints
from libs.events.ids import partition_of
from libs.events.lag import Lag
from libs.events.sources import Source, beginning, sources_of
from libs.settings import Settings
from libs.telemetry import Telemetry
from tests.support.counter import Counted
from tests.support.lanes import Bench, in_lane
from tests.support.reading import writer

pytestmark = pytest.mark.integration
CONSUMER = "gateway.tally.v1-1"
TOPICS = ("tickets.events",)
FIRST, SECOND = Source("tickets.events", 0), Source("tickets.events", 1)


@pytest.fixture
async def bench(ledger: Settings) -> AsyncIterator[Bench]:
    async with Bench.on(ledger) as bench:
        yield bench


class Outside:
    """Somebody who measures a consumer, of which these sources are ours."""

    def __init__(self, bench: Bench, mine: Collection[Source] | None) -> None:
        self.checkpoints = Checkpoints(bench.mongo.database("gateway"), bench.ledger.id)
        self.lag = Lag(bench.cluster, self.checkpoints, Telemetry())
        self.lag.watch(CONSUMER, sources_of(TOPICS, bench.ledger.lanes), lambda: mine)
        self._bench = bench

    async def look(self, meanwhile: Callable[[], None] = lambda: None) -> object:
        """Measure, and report how far it is behind. meanwhile: happens while Kafka is asked."""
        async with contextlib.AsyncExitStack() as stack:
            stable, newest = [
                await stack.enter_async_context(self._bench.cluster.consumer(isolation=isolation))
                for isolation in ("read_committed", "read_uncommitted")
            ]
            measuring = asyncio.create_task(self.lag.measure(stable, newest))
            await asyncio.sleep(0)
            assert not measuring.done()
            meanwhile()
            await measuring
        return self.lag.report()[CONSUMER]


@contextlib.asynccontextmanager
async def behind(bench: Bench, mine: Collection[Source] | None = None) -> AsyncIterator[Outside]:
    """A consumer that has four events to read in the first partition and two in the second."""
    outside = Outside(bench, mine)
    await outside.checkpoints.begin(CONSUMER, beginning(TOPICS, bench.ledger.lanes))
    async with writer(bench) as log:
        for lane, events in ((0, 4), (1, 2)):
            id = in_lane("x", lane, bench.ledger.lanes)
            assert partition_of(id, bench.ledger.lanes) == lane
            await log.append(id, *[Counted(1, n) for n in range(events)])
    yield outside


async def test_records_that_are_left_are_counted(bench: Bench) -> None:
    async with behind(bench) as outside:
        assert await outside.look() == 6
        await outside.checkpoints.store({CONSUMER: {FIRST: 3}})
        assert await outside.look() == 3


async def test_one_that_begins_while_others_are_measured_is_measured_next(bench: Bench) -> None:
    async with behind(bench) as outside:
        # when another consumer, of another topic, begins while Kafka is asked
        others = sources_of(("contacts.events",), bench.ledger.lanes)
        await outside.look(meanwhile=lambda: outside.lag.watch("other", others, lambda: None))
        # then it is not measured yet, and the next time it is
        assert not outside.lag.caught_up("other")
        await outside.look()
        assert outside.lag.caught_up("other")


async def test_a_replica_answers_for_its_own_partitions(bench: Bench) -> None:
    async with behind(bench, mine=[SECOND]) as outside:
        assert await outside.look() == 2


async def test_caught_up_means_where_the_log_ended_when_we_first_looked(bench: Bench) -> None:
    async with behind(bench) as outside:
        await outside.look()
        assert not outside.lag.caught_up(CONSUMER)
        # when what was there is done, while more has come in
        async with writer(bench) as log:
            await log.append(in_lane("x", 0, bench.ledger.lanes), Counted(1, 9))
        await outside.checkpoints.store({CONSUMER: {FIRST: 4, SECOND: 2}})
        # then it has caught up, though something is left
        assert await outside.look() == 1
        assert outside.lag.caught_up(CONSUMER)


async def test_work_that_does_not_move_is_stuck_and_work_that_moves_is_not(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with behind(bench) as outside:
        await outside.look()
        assert not outside.lag.stuck(CONSUMER)
        # when the time is over in which something should have been stored
        monkeypatch.setattr(lag, "STUCK_SECONDS", 0.0)
        await outside.look()
        assert outside.lag.stuck(CONSUMER)
        # and when it is done
        monkeypatch.undo()
        await outside.checkpoints.store({CONSUMER: {FIRST: 4, SECOND: 2}})
        assert await outside.look() == 0
        monkeypatch.setattr(lag, "STUCK_SECONDS", 0.0)
        assert not outside.lag.stuck(CONSUMER)


async def test_one_that_stopped_is_stuck_and_says_why(bench: Bench) -> None:
    async with behind(bench) as outside:
        outside.lag.stopped(CONSUMER, "the checkpoint is missing")
        assert outside.lag.stuck(CONSUMER)
        assert await outside.look() == "the checkpoint is missing"
