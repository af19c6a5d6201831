"""Running process managers: events in, effects and commands out, deadlines at their instant.

Every replica reads all partitions and runs the instances of its own lanes. A batch goes through
five steps: fold, effects, commands, documents, checkpoint; so a crash anywhere repeats actions that
are idempotent, and loses none. Deadlines wait until the log has been caught up with: what it says
already comes before what time says.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import partial
from typing import Any, Generic, TypeVar

import msgspec

from libs.events.acting import Actor, Event, Handlers
from libs.events.catalogue import CATALOGUE
from libs.events.checkpoints import Checkpoints, Stopped, check_ends
from libs.events.codec import KafkaRecord
from libs.events.envelope import Position, Recorded
from libs.events.ids import partition_of
from libs.events.instances import Instances, make_indexes
from libs.events.kafka import Cluster, CommandSender, Ledger, end_offsets, utc_now
from libs.events.lag import Lag
from libs.events.lane import own_lanes
from libs.events.process import ProcessManager
from libs.events.projector import read
from libs.events.sources import Offsets, Source, sources_of
from libs.events.tracing import tracing
from libs.events.window import MOST_IN_A_POLL, Reader, Window
from libs.mongo import Collection, Database
from libs.telemetry import Progress, Telemetry

log = logging.getLogger(__name__)

S = TypeVar("S", bound=msgspec.Struct)

IDLE_SECONDS = 0.2
# Documents know what they hold, so a checkpoint that is a little old costs only folding again.
STORE_SECONDS = 0.25


class ProcessManagers:
    """The process managers of one service in this process, each with its effects' handlers."""

    def __init__(
        self,
        processes: Sequence[tuple[ProcessManager[Any], Handlers]],
        *,
        cluster: Cluster,
        database: Database,
        ledger: Ledger,
        sender: CommandSender,
        telemetry: Telemetry,
        progress: Progress,
    ) -> None:
        checkpoints = Checkpoints(database, ledger.id)
        settings = cluster.settings
        mine = own_lanes(ledger.lanes, settings.replica, settings.replicas)
        self._lag = Lag(cluster, checkpoints, telemetry)
        self._window = Window(cluster)
        self._runners = [
            Runner(
                process,
                handlers,
                mine,
                cluster=cluster,
                window=self._window,
                database=database,
                checkpoints=checkpoints,
                lanes=ledger.lanes,
                sender=sender,
                telemetry=telemetry,
            )
            for process, handlers in processes
        ]
        self._progress = progress
        for runner in self._runners:
            progress.expect(runner.id, within_seconds=15, has_work=partial(self._is_stuck, runner))

    def details(self) -> Mapping[str, object]:
        """For the health page: how many records each lane is behind, or why it has stopped; and
        which instances a bug has parked."""
        parked = {runner.id: dict(runner.parked) for runner in self._runners if runner.parked}
        return {**self._lag.report(), **({"parked": parked} if parked else {})}

    async def run(self) -> None:
        """Run them until cancelled."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._lag.run())
            group.create_task(self._window.run())
            await self._window.standing()
            for runner in self._runners:
                group.create_task(self._run(runner))

    async def _run(self, runner: "Runner[Any]") -> None:
        for consumer in runner.consumers:
            self._lag.watch(consumer, runner.sources, lambda: None)
        try:
            await runner.run(on_caught_up=partial(self._progress.ready, runner.id))
        except Stopped as why:
            log.error("%s has stopped: %s", runner.id, why)
            for consumer in runner.consumers:
                self._lag.stopped(consumer, str(why))

    def _is_stuck(self, runner: "Runner[Any]") -> bool:
        return any(self._lag.stuck(consumer) for consumer in runner.consumers)


class Runner(Generic[S]):
    """One process manager on the lanes of this replica. ``consumers`` names their checkpoints."""

    def __init__(
        self,
        process: ProcessManager[S],
        handlers: Handlers,
        mine: Sequence[int],
        *,
        cluster: Cluster,
        window: Window,
        database: Database,
        checkpoints: Checkpoints,
        lanes: int,
        sender: CommandSender,
        telemetry: Telemetry,
    ) -> None:
        self.id = process.id
        self.mine = mine
        self.sources = sources_of(process.sources, lanes)
        self._process = process
        self._handlers = handlers
        self._cluster = cluster
        self._window = window
        self._database = database
        self._checkpoints = checkpoints
        self._lanes = lanes
        self._sender = sender
        self._telemetry = telemetry
        self._interests = Interests(process)
        self.parked: Mapping[str, str] = {}
        window.include(self.sources)

    @property
    def consumers(self) -> list[str]:
        """Their names, one a lane."""
        return [self.consumer(lane) for lane in self.mine]

    def consumer(self, lane: int, version: int | None = None) -> str:
        """Names the checkpoint of a lane."""
        return self._process.consumer(lane, version)

    async def run(self, on_caught_up: Callable[[], None]) -> None:
        """Follow the sources until cancelled; begin again when something fails.

        Raises Stopped when going on would harm.
        """
        if not self.mine:
            on_caught_up()
            await asyncio.get_running_loop().create_future()
        pause = 0.1
        while True:
            started = time.monotonic()
            try:
                await self._follow(on_caught_up)
            except Stopped:
                raise
            except Exception:
                if time.monotonic() - started > 30:
                    pause = 0.1
                log.exception("%s begins again in %.1f s", self.id, pause)
                await asyncio.sleep(pause)
                pause = min(5.0, pause * 2)

    def concerns(
        self, source: Source, record: KafkaRecord
    ) -> tuple[str, int, Recorded[object]] | None:
        """The instance that a record concerns, its lane, and the event; None for most records."""
        if not self._interests.include(record):
            return None
        recorded = read(record, source.topic, self.id)
        instance = self._process.key(recorded)
        return (instance, partition_of(instance, self._lanes), recorded) if instance else None

    async def store(self, moved: Offsets) -> None:
        """Move the checkpoints of all lanes of ours."""
        await self._checkpoints.store(dict.fromkeys(self.consumers, moved))

    async def _follow(self, on_caught_up: Callable[[], None]) -> None:
        ledger = await self._cluster.ledger()
        if ledger.id != self._checkpoints.ledger_id:
            raise Stopped(f"{self.id}: this Kafka now holds another ledger, {ledger.id}")
        collection = self._database[self._process.collection]
        await self._begin(collection)
        marks = await self._marks()
        start = {s: min(mark.folded[s] for mark in marks.values()) for s in self.sources}
        await check_ends(self._cluster, self.id, start)
        instances = Instances(self._process, collection, self._lanes)
        actor = Actor(self._process, instances, self._handlers, self._sender)
        self.parked = actor.parked
        await actor.release(self.mine, self._read_back)
        ends = await self._ends()
        async with self._window.reader(start) as reader:
            running = Running(self, reader, actor, marks, self._telemetry)
            while not running.caught_up(ends):
                await running.step(IDLE_SECONDS)
            on_caught_up()
            await running.find_next_due()
            while True:
                await running.step(running.patience(utc_now()))
                await running.fire(utc_now())

    async def _ends(self) -> Offsets:
        partitions = {self._cluster.partition(*source): source for source in self.sources}
        ends = await end_offsets(self._cluster, partitions, "read_committed")
        return {partitions[tp]: end for tp, end in ends.items()}

    async def _read_back(self, positions: Sequence[str]) -> Sequence[Recorded[object]]:
        """Events at these positions, in their order."""
        found = []
        async with self._cluster.consumer() as kafka:
            for at in map(Position.parse, positions):
                tp = self._cluster.partition(at.topic, at.partition)
                kafka.assign([tp])
                kafka.seek(tp, at.offset)
                found.append(read(await kafka.getone(tp), at.topic, self.id))
        return found

    async def _begin(self, collection: Collection) -> None:
        """See that every lane has a checkpoint; states that are gone are folded anew, silently."""
        lost = collection.name not in await self._database.list_collection_names()
        for lane in self.mine:
            consumer = self.consumer(lane)
            acted = await self._checkpoints.next_offsets(consumer)
            if acted is not None and not lost:
                continue
            if acted is not None:
                log.warning("the states of %s are gone: they are folded anew", consumer)
                await self._checkpoints.drop(consumer)
                await self._checkpoints.drop(f"{consumer}.acted")
            for version in range(self._process.version - 1, 0, -1):
                acted = acted or await self._checkpoints.next_offsets(self.consumer(lane, version))
            acted = acted or {}
            await self._checkpoints.begin(
                f"{consumer}.acted", {s: acted.get(s.key, 0) for s in self.sources}
            )
            await self._checkpoints.begin(consumer, dict.fromkeys(self.sources, 0))
        await make_indexes(collection)

    async def _marks(self) -> Mapping[int, "Mark"]:
        marks = {}
        for lane in self.mine:
            consumer = self.consumer(lane)
            marks[lane] = Mark(
                folded=await self._checkpoints.load(consumer, self.sources),
                acted=await self._checkpoints.load(f"{consumer}.acted", self.sources),
            )
        return marks


class Mark(msgspec.Struct):
    """Next offsets of one lane. folded: what its states hold; acted: what need not be acted on."""

    folded: dict[Source, int]
    acted: dict[Source, int]


class Running(Generic[S]):
    """A process manager that reads its sources, until something fails."""

    def __init__(
        self,
        runner: Runner[S],
        reader: Reader,
        actor: Actor[S],
        marks: Mapping[int, Mark],
        telemetry: Telemetry,
    ) -> None:
        self._runner = runner
        self._reader = reader
        self._actor = actor
        self._marks = marks
        self._telemetry = telemetry
        self._stored: dict[Source, int] = {}
        self._stored_at = time.monotonic()
        self._due: datetime | None = None

    def caught_up(self, ends: Offsets) -> bool:
        """Whether everything before these offsets is done."""
        return all(self._reader.next[source] >= end for source, end in ends.items())

    def patience(self, now: datetime) -> float:
        """How long (s) to wait for events before there is something else to do."""
        if self._due is None:
            return IDLE_SECONDS
        return min(IDLE_SECONDS, max(0.0, (self._due - now).total_seconds()))

    async def step(self, seconds: float) -> None:
        """Wait so long for events and act on them; now and then store how far we are."""
        batches = await self._reader.poll(seconds)
        events: list[Event] = []
        for source, records in batches.items():
            events += self._wanted(source, records)
        if events:
            with tracing(self._telemetry, "process", self._runner.id, [e.recorded for e in events]):
                self._expect(await self._actor.react(events))
            self._telemetry.metrics.batch_size.record(len(events), consumer=self._runner.id)
        if not batches or time.monotonic() - self._stored_at > STORE_SECONDS:
            await self._store()

    async def fire(self, now: datetime) -> None:
        """Fire what is due."""
        if self._due is not None and self._due < now:
            self._due = await self._actor.fire(self._runner.mine, now, MOST_IN_A_POLL)

    async def find_next_due(self) -> None:
        """Look which deadline comes next."""
        self._due = await self._actor.next_due(self._runner.mine)

    def _expect(self, due: datetime | None) -> None:
        if due is not None and (self._due is None or due < self._due):
            self._due = due

    def _wanted(self, source: Source, records: Sequence[KafkaRecord]) -> Iterator[Event]:
        """The events among these that concern instances of ours, and are not folded in yet."""
        runner = self._runner
        for record in records:
            found = runner.concerns(source, record)
            if found is None:
                continue
            instance, lane, recorded = found
            mark = self._marks.get(lane)
            if mark is not None and record.offset >= mark.folded[source]:
                yield Event(instance, recorded, silent=record.offset < mark.acted[source])

    async def _store(self) -> None:
        """Every lane has come to where the reader is; also past what carries no event."""
        now = self._reader.next
        moved = {s: offset for s, offset in now.items() if offset != self._stored.get(s)}
        if moved:
            await self._runner.store(moved)
            self._stored = self._stored | moved
        self._stored_at = time.monotonic()


class Interests:
    """Which records to decode, told by their type's header alone."""

    def __init__(self, process: ProcessManager[Any]) -> None:
        self._id = process.id
        self._entries = [CATALOGUE.entry(cls) for cls in process.interests]
        self._known: dict[bytes, bool] = {}

    def include(self, record: KafkaRecord) -> bool:
        """Whether it is of interest. Raises Stopped for a version newer than this program's."""
        header = next((value for name, value in record.headers if name == "ce_type"), b"")
        known = self._known.get(header)
        if known is None:
            known = self._known[header] = self._look_up(header)
        return known

    def _look_up(self, header: bytes) -> bool:
        name = header.decode(errors="replace").removeprefix("deskledger.").rpartition(".v")[0]
        wanted = any(entry.name == name for entry in self._entries)
        if wanted and not CATALOGUE.knows(header):
            raise Stopped(f"{self._id} does not know {header.decode()}: deploy readers first")
        return wanted
