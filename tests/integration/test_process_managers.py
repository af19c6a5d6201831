"""Process managers on real servers: each event acted on, deadlines kept, nothing twice."""

import asyncio
import contextlib
from collections import Counter as Tally
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
import pytest

from libs.events.codec import decode_command
from libs.events.envelope import Command, Recorded
from libs.events.ids import new_id, partition_of
from libs.events.kafka import Cluster, utc_now
from libs.events.manager import ProcessManagers
from libs.events.process import ProcessManager, Reaction
from libs.mongo import Collection, Document
from libs.settings import Settings
from libs.telemetry import Progress, Telemetry
from tests.support.counter import COUNTERS, Count, Counted
from tests.support.lanes import Bench, deciders_of
from tests.support.reading import until, writer

pytestmark = pytest.mark.integration
SOON = timedelta(seconds=1)


class Watched(msgspec.Struct):
    """How often a counter has gone up, and how often it has been reminded."""

    counts: int = 0
    reminders: int = 0


class Notice(msgspec.Struct, frozen=True):
    """Effect: note that a counter has gone up."""

    id: str
    counts: int


def react(state: Watched, recorded: Recorded[object]) -> Reaction:
    """Notice each count and ask for one more of the first; remind of the number 7."""
    assert isinstance(recorded.data, Counted)
    state.counts += 1
    reaction = Reaction(effects=[Notice(recorded.aggregate_id, state.counts)])
    if state.counts == 1:
        reaction.commands.append(_count(recorded.aggregate_id, "first", 0))
    if recorded.data.number == 7:
        reaction.wake(recorded.recorded_at + SOON)
    return reaction


def on_due(state: Watched, id: str, due: object) -> Reaction:
    state.reminders += 1
    return Reaction([_count(id, str(due), 0)])


def _count(id: str, why: str, by: int) -> Command[object]:
    command_id = WATCHING.command_id(id, why)
    return Command(data=Count(by), aggregate_id=id, actor="service:test", command_id=command_id)


WATCHING = ProcessManager(
    service="intake",
    name="watching",
    sources=("tickets.events", "contacts.events"),
    interests=(Counted,),
    state=Watched,
    key=lambda recorded: recorded.aggregate_id,
    react=react,
    on_due=on_due,
)


@pytest.fixture
async def bench(ledger: Settings) -> AsyncIterator[Bench]:
    async with Bench.on(ledger) as bench:
        yield bench


class Notices:
    """The handler of the effect; it can fail."""

    def __init__(self) -> None:
        self.seen: list[Notice] = []
        self.failures = 0

    async def __call__(self, effects: Sequence[Notice]) -> Sequence[Command[object]]:
        if self.failures:
            self.failures -= 1
            raise ConnectionError("the content store is away")
        self.seen += effects
        return []


@contextlib.asynccontextmanager
async def managing(
    bench: Bench,
    notices: Notices,
    process: ProcessManager[Watched] = WATCHING,
    replica: int = 0,
    replicas: int = 1,
) -> AsyncIterator[ProcessManagers]:
    """A replica of the service, killed at the end of the block; ready at its beginning."""
    settings = bench.settings.model_copy(update={"replica": replica, "replicas": replicas})
    progress = Progress()
    managers = ProcessManagers(
        [(process, {Notice: notices})],
        cluster=Cluster(settings),
        database=bench.mongo.database("intake"),
        ledger=bench.ledger,
        sender=bench.sender,
        telemetry=Telemetry(),
        progress=progress,
    )
    task = asyncio.create_task(managers.run())

    async def ready() -> bool:
        return progress.report()[process.id].ready

    try:
        await until(ready)
        yield managers
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def sent(bench: Bench) -> list[Command[object]]:
    """Every command that was sent, twice if it was sent twice."""
    async with bench.cluster.consumer() as consumer:
        tps = [bench.cluster.partition("tickets.commands", p) for p in range(bench.ledger.lanes)]
        total = sum((await consumer.end_offsets(tps)).values())
    return [decode_command(record) for record in await bench.records("tickets.commands", total)]


def at_least(bench: Bench, commands: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return len(await sent(bench)) >= commands

    return holds


def noticed(notices: Notices, count: int) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return len(notices.seen) >= count

    return holds


async def states(bench: Bench, version: int = 1) -> dict[str, Watched]:
    documents = await bench.mongo.database("intake")[f"watching.v{version}"].find().to_list()
    return {d["_id"]: msgspec.json.decode(d["state"], type=Watched) for d in documents}


async def test_events_lead_to_effects_commands_and_states(bench: Bench) -> None:
    ids = [new_id("x") for _ in range(20)]
    notices = Notices()
    async with writer(bench) as log, managing(bench, notices):
        # when counters go up twice each
        await log.append_all([(id, Counted(1, n)) for n in (1, 2) for id in ids])
        await until(noticed(notices, 40))
        await until(at_least(bench, 20))
    # then each instance noticed both, in order, and asked once
    assert Tally(notices.seen) == Tally(Notice(id, n) for n in (1, 2) for id in ids)
    for id in ids:
        assert [notice.counts for notice in notices.seen if notice.id == id] == [1, 2]
    assert Tally(command.aggregate_id for command in await sent(bench)) == Tally(ids)
    assert await states(bench) == {id: Watched(counts=2) for id in ids}


async def test_a_restart_does_nothing_twice(bench: Bench) -> None:
    ids = [new_id("x") for _ in range(10)]
    notices = Notices()
    async with writer(bench) as log:
        # given some work, done by a process that dies once it is written, without a checkpoint
        for times in (1, 2, 3):
            async with managing(bench, notices):
                await log.append_all([(id, Counted(1, 1)) for id in ids])
                await until(noticed(notices, 10 * times))

                async def written(times: int = times) -> bool:
                    return await states(bench) == {id: Watched(counts=times) for id in ids}

                await until(written)
        # when it starts once more
        async with managing(bench, notices):
            pass
    # then nothing was noticed, asked for or counted twice
    assert Tally(notices.seen) == Tally(Notice(id, n) for n in (1, 2, 3) for id in ids)
    assert len(await sent(bench)) == 10
    assert await states(bench) == {id: Watched(counts=3) for id in ids}


async def test_an_effect_that_fails_is_tried_again_with_the_same_commands(bench: Bench) -> None:
    id = new_id("x")
    notices = Notices()
    notices.failures = 2
    async with (
        writer(bench) as log,
        managing(bench, notices),
        bench.running(deciders_of(COUNTERS), 0, 1),
    ):
        # when the first two tries of an effect fail
        await log.append(id, Counted(1, 1))
        await until(noticed(notices, 1))
        await until(at_least(bench, 1))
    # then the third does it, and it was done as if it were the first
    assert notices.seen == [Notice(id, 1)]
    assert {command.command_id for command in await sent(bench)} == {
        WATCHING.command_id(id, "first")
    }
    assert await states(bench) == {id: Watched(counts=1)}


async def test_a_deadline_fires_at_its_instant_once(bench: Bench) -> None:
    ids = [new_id("x") for _ in range(5)]
    async with writer(bench) as log, managing(bench, Notices()):
        begun = utc_now()
        await log.append_all([(id, Counted(1, 7)) for id in ids], at=begun)
        await until(at_least(bench, 10))
        late = utc_now() - begun - SOON
        await asyncio.sleep(0.5)
    # then not before, hardly after, and for the true instant
    assert timedelta(0) <= late < timedelta(seconds=1)
    reminders = [WATCHING.command_id(id, str(begun + SOON)) for id in ids]
    found = [c.command_id for c in await sent(bench)]
    assert sorted(id for id in found if id in reminders) == sorted(reminders)
    assert await states(bench) == {id: Watched(counts=1, reminders=1) for id in ids}


async def test_a_deadline_missed_in_an_outage_fires_once_as_of_its_own_instant(
    bench: Bench,
) -> None:
    id = new_id("x")
    async with writer(bench) as log:
        async with managing(bench, Notices()):
            # given a deadline
            begun = utc_now()
            await log.append(id, Counted(1, 7), at=begun)
            await until(at_least(bench, 1))

            async def stored() -> bool:
                return len(await states(bench)) == 1

            await until(stored)
        # when nobody is there at its instant
        await asyncio.sleep(1.5)
        async with managing(bench, Notices()):
            await until(at_least(bench, 2))
        # and again after that
        async with managing(bench, Notices()):
            await asyncio.sleep(0.5)
    # then it has fired once, as of then
    found = [c.command_id for c in await sent(bench)]
    assert found == [WATCHING.command_id(id, why) for why in ("first", str(begun + SOON))]


async def test_what_the_log_says_comes_before_what_time_says(bench: Bench) -> None:
    id = new_id("x")
    asked: list[str] = []

    def note(state: Watched, recorded: Recorded[object]) -> Reaction:
        asked.append("event")
        return react(state, recorded)

    def note_due(state: Watched, id: str, due: object) -> Reaction:
        asked.append("deadline")
        return on_due(state, id, due)

    process = replace(WATCHING, react=note, on_due=note_due)
    async with writer(bench) as log:
        # given an outage in which a deadline passed, with events before and after it
        begun = utc_now() - timedelta(hours=1)
        await log.append(id, Counted(1, 7), at=begun)
        await log.append(id, Counted(1, 2), at=begun + SOON / 2)
        await log.append(id, Counted(1, 3), at=begun + 2 * SOON)
        # when the process comes back
        async with managing(bench, Notices(), process):
            pass
    # then everything happens in the order in which it was
    assert asked == ["event", "event", "deadline", "event"]


async def test_replicas_run_the_instances_of_their_own_lanes(bench: Bench) -> None:
    ids = [new_id("x") for _ in range(30)]
    first, second = Notices(), Notices()
    async with writer(bench) as log:
        async with managing(bench, first, replica=0, replicas=2):
            async with managing(bench, second, replica=1, replicas=2):
                await log.append_all([(id, Counted(1, 1)) for id in ids])
                await until(noticed(second, sum(partition_of(id, 2) == 1 for id in ids)))
            await until(noticed(first, sum(partition_of(id, 2) == 0 for id in ids)))
        # when one of them takes over all lanes, then it goes on where each lane was
        async with managing(bench, first, replica=0, replicas=1):
            await log.append_all([(id, Counted(1, 1)) for id in ids])
            await until(noticed(first, len(ids) + sum(partition_of(id, 2) == 0 for id in ids)))
    assert {partition_of(notice.id, 2) for notice in second.seen} == {1}
    assert Tally(first.seen + second.seen) == Tally(Notice(id, n) for n in (1, 2) for id in ids)
    assert await states(bench) == {id: Watched(counts=2) for id in ids}


async def test_a_new_version_folds_from_the_start_and_acts_only_on_what_is_new(
    bench: Bench,
) -> None:
    ids = [new_id("x") for _ in range(10)]
    async with writer(bench) as log:
        # given work done by version 1
        old = Notices()
        async with managing(bench, old):
            await log.append_all([(id, Counted(1, 1)) for id in ids])
            await until(noticed(old, 10))
            await asyncio.sleep(0.5)
        await log.append_all([(id, Counted(1, 1)) for id in ids])
        # when version 2 starts
        new = Notices()
        async with managing(bench, new, replace(WATCHING, version=2)):
            await until(noticed(new, 10))
    # then its states hold everything, but it has acted on the rest alone
    assert await states(bench, 2) == {id: Watched(counts=2) for id in ids}
    assert Tally(new.seen) == Tally(Notice(id, 2) for id in ids)
    assert len(await sent(bench)) == 10


async def test_states_that_are_gone_are_folded_anew_in_silence(bench: Bench) -> None:
    ids = [new_id("x") for _ in range(10)]
    notices = Notices()
    async with writer(bench) as log:
        async with managing(bench, notices):
            await log.append_all([(id, Counted(1, 1)) for id in ids])
            await until(noticed(notices, 10))
            await asyncio.sleep(0.5)
        # when somebody drops the states
        await bench.mongo.database("intake")["watching.v1"].drop()
        async with managing(bench, notices):
            await log.append(ids[0], Counted(1, 1))
            await until(noticed(notices, 11))

            # then they are what they were, and nobody was told again
            async def counted_on() -> bool:
                return (await states(bench))[ids[0]] == Watched(counts=2)

            await until(counted_on)
    assert len(await states(bench)) == 10
    assert len(notices.seen) == 11


async def test_an_event_of_no_interest_is_not_even_decoded(bench: Bench) -> None:
    id = new_id("x")
    notices = Notices()
    async with writer(bench) as log, managing(bench, notices) as managers:
        # given a record of a type that nobody here knows, beside one that matters
        await bench.send_raw(
            "tickets.events",
            partition_of(id, bench.ledger.lanes),
            key=id.encode(),
            headers=[("ce_type", b"deskledger.TicketTeleported.v1")],
        )
        await log.append(id, Counted(1, 1))
        await until(noticed(notices, 1))
        # when one comes in a version of tomorrow that does matter
        await bench.send_raw(
            "tickets.events",
            partition_of(id, bench.ledger.lanes),
            key=id.encode(),
            headers=[("ce_type", b"deskledger.Counted.v2")],
        )

        # then it stops and says why
        async def says_why() -> bool:
            return "does not know deskledger.Counted.v2" in str(managers.details())

        await until(says_why)


async def test_a_bug_parks_its_instance_until_a_mended_program_starts(bench: Bench) -> None:
    good, bad = new_id("x"), new_id("x")
    notices = Notices()

    def buggy(state: Watched, recorded: Recorded[object]) -> Reaction:
        if recorded.aggregate_id == bad and state.counts == 1:
            raise ZeroDivisionError("a bug in react")
        return react(state, recorded)

    async with writer(bench) as log:
        # given a process that fails on one counter's second event
        async with managing(bench, notices, replace(WATCHING, react=buggy)) as managers:
            await log.append_all([(id, Counted(1, 1)) for id in (bad, good)])
            await until(noticed(notices, 2))
            await log.append_all([(id, Counted(1, n)) for n in (2, 3) for id in (bad, good)])
            # then the other counter goes on, and health says which one does not
            await until(noticed(notices, 4), seconds=30)

            async def known() -> bool:
                return managers.details().get("parked") == {WATCHING.id: {bad: "ZeroDivisionError"}}

            await until(known)
            await log.append(bad, Counted(1, 4))
            await log.append(good, Counted(1, 4))
            await until(noticed(notices, 5))

            async def written() -> bool:
                """States follow the effects."""
                return (await states(bench))[good] == Watched(counts=4)

            await until(written)
        assert (await states(bench))[bad] == Watched(counts=1)
        # when the bug is mended and the process starts again
        async with managing(bench, notices) as managers:
            assert "parked" not in managers.details()
    # then what it had missed is made up for, in order
    assert [n.counts for n in notices.seen if n.id == bad] == [1, 2, 3, 4]
    assert await states(bench) == {id: Watched(counts=4) for id in (good, bad)}


async def test_an_event_that_leaves_all_as_it_was_costs_no_write(bench: Bench) -> None:
    # given a process that counts no further than to one
    def once(state: Watched, recorded: Recorded[object]) -> Reaction:
        state.counts = 1
        return Reaction(effects=[Notice(recorded.aggregate_id, 1)])

    id = new_id("x")
    notices = Notices()
    process = replace(WATCHING, react=once)
    collection = bench.mongo.database("intake")["watching.v1"]
    async with writer(bench) as log, managing(bench, notices, process):
        await log.append(id, Counted(1, 1))
        await until(noticed(notices, 1))
        before = await stored(collection, id)
        # when more comes that changes nothing
        await log.append_all([(id, Counted(1, 1))] * 5)
        await until(noticed(notices, 6))
        # then what it asks for is done, and its document is as it was
        assert await stored(collection, id) == before


async def stored(collection: Collection, id: str) -> Document:
    """The document of an instance, once it is there."""

    async def there() -> bool:
        return await collection.find_one({"_id": id}) is not None

    await until(there)
    found = await collection.find_one({"_id": id})
    assert found is not None
    return found
