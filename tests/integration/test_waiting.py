"""Reading one's own writes: a command's outcome, and documents that show it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from libs.events.builds import Builds, View
from libs.events.checkpoints import Checkpoints
from libs.events.envelope import Command
from libs.events.kafka import utc_now
from libs.events.waiting import Outcome, Waiter
from libs.settings import Settings
from tests.support.counter import COUNTERS, LIMIT, Count
from tests.support.lanes import Bench, command, deciders_of, in_lane
from tests.support.reading import Replica, projecting
from tests.support.tally import TALLY

pytestmark = pytest.mark.integration
DECIDERS = deciders_of(COUNTERS)


@pytest.fixture
async def bench(ledger: Settings) -> AsyncIterator[Bench]:
    async with Bench.on(ledger) as bench:
        yield bench


@contextlib.asynccontextmanager
async def waiting(
    bench: Bench, checkpoints: Checkpoints, name: str = "gateway-0"
) -> AsyncIterator[Waiter]:
    """A waiter whose tails stand."""
    waiter = Waiter(bench.cluster, checkpoints, ["tickets", "contacts"], name)
    task = asyncio.create_task(waiter.run())
    try:
        await asyncio.wait_for(waiter.standing(), 20)
        yield waiter
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


@contextlib.asynccontextmanager
async def desk(bench: Bench) -> AsyncIterator[tuple[Replica, Waiter]]:
    """A gateway: projections, and someone who waits for them, in one process."""
    async with projecting(bench) as replica, waiting(bench, replica.projections.checkpoints) as one:
        yield replica, one


async def carried_out(
    bench: Bench, waiter: Waiter, view: View, some: Command[object], timeout: float = 10
) -> Outcome:
    some.reply_to = waiter.name
    async with waiter.expecting(some.command_id) as answer:
        await bench.sender.send([some])
        return await waiter.outcome(answer, view, timeout)


async def total(view: View, id: str) -> int:
    found = await view.collection("totals").find_one({"_id": id})
    return found["total"] if found else 0


async def test_what_was_decided_is_there_when_the_answer_is(bench: Bench) -> None:
    ids = [in_lane("x", lane, 2) for lane in (0, 1)]
    async with bench.running(DECIDERS, 0, 1), desk(bench) as (replica, waiter):
        view = await replica.projections.builds.view(TALLY)
        for n in range(1, 21):
            for id in ids:
                # when a command is accepted
                outcome = await carried_out(bench, waiter, view, command(id, Count(1, times=2)))
                # then whoever reads sees it
                assert outcome.kind == "visible"
                assert outcome.reply is not None
                assert outcome.reply.sequence == 2 * n
                assert await total(view, id) == 2 * n


async def test_many_who_wait_at_once_each_get_their_own(bench: Bench) -> None:
    ids = [in_lane("x", n % 2, 2) for n in range(50)]
    async with bench.running(DECIDERS, 0, 1), desk(bench) as (replica, waiter):
        view = await replica.projections.builds.view(TALLY)

        async def one(n: int, id: str) -> None:
            outcome = await carried_out(bench, waiter, view, command(id, Count(n + 1)))
            assert outcome.kind == "visible"
            assert await total(view, id) == n + 1

        await asyncio.gather(*(one(n, id) for n, id in enumerate(ids)))


async def test_a_refusal_comes_back_with_its_reason(bench: Bench) -> None:
    async with bench.running(DECIDERS, 0, 1), desk(bench) as (replica, waiter):
        view = await replica.projections.builds.view(TALLY)
        too_much = command(in_lane("x", 0, 2), Count(LIMIT + 1))
        outcome = await carried_out(bench, waiter, view, too_much)
        assert outcome.kind == "refused"
        assert outcome.reply is not None
        assert (outcome.reply.refusal, outcome.reply.field) == ("over_limit", "/by")


async def test_a_command_that_nobody_decides_is_unanswered(bench: Bench) -> None:
    async with desk(bench) as (replica, waiter):
        view = await replica.projections.builds.view(TALLY)
        unheard = command(in_lane("x", 0, 2), Count(1))
        outcome = await carried_out(bench, waiter, view, unheard, timeout=0.3)
        assert outcome == Outcome("unanswered")


async def test_a_command_whose_event_is_not_shown_yet_is_accepted(bench: Bench) -> None:
    id = in_lane("x", 0, 2)
    async with bench.running(DECIDERS, 0, 1), desk(bench) as (replica, waiter):
        # given a projection that does not get on
        view = await replica.projections.builds.view(TALLY)
        await carried_out(bench, waiter, view, command(id, Count(1)))
        await replica.kill()
        # when a command is decided
        outcome = await carried_out(bench, waiter, view, command(id, Count(1)), timeout=1)
        # then it is said so, with a position by which a later read can wait
        assert outcome.kind == "accepted"
        assert outcome.position is not None
        assert not await waiter.shows(view, outcome.position, 0.1)
        async with projecting(bench) as again:
            view = await again.projections.builds.view(TALLY)
            async with waiting(bench, again.projections.checkpoints, "gateway-1") as later:
                assert await later.shows(view, outcome.position, 20)
            assert await total(view, id) == 2


async def test_a_repeated_command_gets_its_answer_without_waiting_for_an_event(
    bench: Bench,
) -> None:
    id = in_lane("x", 0, 2)
    async with bench.running(DECIDERS, 0, 1), projecting(bench) as replica:
        checkpoints = replica.projections.checkpoints
        view = await replica.projections.builds.view(TALLY)
        once = command(id, Count(1))
        async with waiting(bench, checkpoints) as first:
            assert (await carried_out(bench, first, view, once)).kind == "visible"
            # when the same command comes again, to a replica that saw its event
            assert (await carried_out(bench, first, view, once)).kind == "visible"
        # or to one whose tail began after it
        async with waiting(bench, checkpoints, "gateway-1") as second:
            begun = utc_now()
            outcome = await carried_out(bench, second, view, once)
            assert utc_now() - begun < timedelta(seconds=5)
        # then it is answered, and has happened once
        assert outcome.kind == "visible"
        assert await total(view, id) == 1


async def test_a_replica_waits_for_what_another_one_projects(bench: Bench) -> None:
    id = in_lane("x", 1, 2)
    database = bench.mongo.database("gateway")
    async with bench.running(DECIDERS, 0, 1), projecting(bench):
        # given a replica that has no projector of its own
        builds = Builds(database, [TALLY], "gateway-1")
        checkpoints = Checkpoints(database, bench.ledger.id)
        async with waiting(bench, checkpoints, "gateway-1") as waiter:
            view = await builds.view(TALLY)
            for n in range(1, 6):
                outcome = await carried_out(bench, waiter, view, command(id, Count(1)))
                assert outcome.kind == "visible"
                assert await total(view, id) == n


async def test_replies_to_others_are_not_ours(bench: Bench) -> None:
    id = in_lane("x", 0, 2)
    async with bench.running(DECIDERS, 0, 1), desk(bench) as (replica, waiter):
        view = await replica.projections.builds.view(TALLY)
        async with waiting(bench, replica.projections.checkpoints, "gateway-1") as other:
            some = command(id, Count(1))
            async with other.expecting(some.command_id) as not_ours:
                assert (await carried_out(bench, waiter, view, some)).kind == "visible"
                assert (await other.outcome(not_ours, view, 0.3)).kind == "unanswered"
