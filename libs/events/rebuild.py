"""A rebuild: a new build of a projection from offset 0 beside the one that is read, then the flip.

The bulk of the log is folded in memory; then the projectors feed the new build like any other
until it shows no less than the active one; then one write to the alias makes it active. The one
before is fed until nobody reads it. A rebuild that was killed is taken up again where its
checkpoint stands; one that is cancelled leaves nothing behind.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import AsyncIterator, Callable
from typing import Literal

import msgspec

from libs.events.builds import (
    Alias,
    Build,
    Builds,
    consumer_of,
    covers,
    flip,
    make_indexes,
)
from libs.events.bulk import MEMORY_BYTES, Bulk, Overtaken
from libs.events.checkpoints import Checkpoints
from libs.events.kafka import Cluster, Ledger, utc_now
from libs.events.projection import Projection
from libs.events.projector import Projector
from libs.events.sources import beginning
from libs.mongo import Database
from libs.telemetry import Telemetry

log = logging.getLogger(__name__)

BEAT_SECONDS = 5.0
LOOK_SECONDS = 0.1
# If nobody has fed the new build for so long (no service runs, or only older code), we do.
UNFED_SECONDS = 3.0

Phase = Literal["folding", "indexing", "catching up", "active"]


class Step(msgspec.Struct, frozen=True):
    """How far a rebuild is. done, total: records of the log, markers included; seconds: so far."""

    phase: Phase
    done: int
    total: int
    seconds: float

    @property
    def rate(self) -> float:
        """Records a second."""
        return self.done / self.seconds if self.seconds else 0.0

    @property
    def seconds_left(self) -> float | None:
        """At this rate; None before there is one."""
        return (self.total - self.done) / self.rate if self.rate else None


class Outcome(msgspec.Struct, frozen=True):
    """A rebuild that is over. events: folded in bulk by this process; previous: the build before,
    which is dropped once nobody reads it."""

    build: str
    previous: str
    events: int
    seconds: float


class Busy(Exception):
    """Another process is rebuilding this projection."""


class Rebuild:
    """One rebuild of one projection. name: this process's, unique, without dots.

    Start it with ``run``. Somebody who cancels it and does not mean to go on calls ``abandon``.
    """

    def __init__(
        self,
        projection: Projection,
        name: str,
        *,
        cluster: Cluster,
        database: Database,
        ledger: Ledger,
        telemetry: Telemetry,
        memory_bytes: int = MEMORY_BYTES,
    ) -> None:
        self._projection = projection
        self._name = name
        self._cluster = cluster
        self._database = database
        self._lanes = ledger.lanes
        self._telemetry = telemetry
        self._memory_bytes = memory_bytes
        self._builds = Builds(database, [projection])
        self._checkpoints = Checkpoints(database, ledger.id)
        self._build = ""

    async def run(self, on_progress: Callable[[Step], None] = lambda step: None) -> Outcome:
        """Build, catch up, flip. Raises Busy, Overtaken, Stopped, or what Kafka and MongoDB say;
        the active build is not touched before the flip."""
        started = time.monotonic()

        done = total = 0

        def report(phase: Phase) -> None:
            on_progress(Step(phase, done, total, time.monotonic() - started))

        def folded(so_far: int, in_all: int) -> None:
            nonlocal done, total
            done, total = so_far, in_all
            report("folding")

        await self._builds.begin(self._projection, self._lanes, self._checkpoints)
        self._build, state = await self._claim()
        events = 0
        async with self._beating():
            if state == "building":
                events = await self._bulk().run(folded)
                report("indexing")
                await make_indexes(self._database, self._projection, self._build)
                await self._builds.change(self._projection.id, self._hand_over)
            previous = await self._catch_up(lambda: report("catching up"))
        await self._builds.leave(self._projection.id, self._name)
        report("active")
        seconds = time.monotonic() - started
        log.info("%s: %s is active after %.1f s", self._projection.id, self._build, seconds)
        return Outcome(self._build, previous, events, seconds)

    async def abandon(self) -> None:
        """Drop what this rebuild has made so far. The active build stays as it is."""

        def drop(alias: Alias) -> None:
            build = alias.builds.get(self._build)
            if build is not None and build.state in ("building", "catching_up"):
                build.state = "dropping"

        await self._builds.change(self._projection.id, drop)
        alias = (await self._builds.refresh())[self._projection.id]
        if self._build in alias.builds and alias.builds[self._build].state == "dropping":
            await self._builds.drop(self._projection, self._build, self._cluster, self._checkpoints)

    def _bulk(self) -> Bulk:
        return Bulk(
            self._projection,
            self._build,
            cluster=self._cluster,
            database=self._database,
            checkpoints=self._checkpoints,
            lanes=self._lanes,
            memory_bytes=self._memory_bytes,
        )

    def _projector(self) -> Projector:
        return Projector(
            self._projection,
            self._build,
            cluster=self._cluster,
            database=self._database,
            checkpoints=self._checkpoints,
            telemetry=self._telemetry,
        )

    @contextlib.asynccontextmanager
    async def _beating(self) -> AsyncIterator[None]:
        """Say that the rebuild lives while the block runs."""

        async def beat() -> None:
            while True:
                await asyncio.sleep(BEAT_SECONDS)
                await self._builds.beat(self._projection.id, self._name)

        beating = asyncio.create_task(beat())
        try:
            yield
        finally:
            beating.cancel()
            await asyncio.wait([beating])

    async def _claim(self) -> tuple[str, str]:
        """Take up what was left of this version's rebuild, or begin a new build."""
        claimed = ""

        def claim(alias: Alias) -> None:
            nonlocal claimed
            now = utc_now()
            claimed = unfinished(alias, self._projection.version)
            if claimed:
                builder = alias.builds[claimed].builder
                if builder != self._name and alias.lives(builder, now):
                    raise Busy(f"{builder} is rebuilding {self._projection.id} already")
                alias.builds[claimed].builder = self._name
            else:
                alias.serial += 1
                claimed = f"v{self._projection.version}-{alias.serial}"
                build = Build(self._projection.version, "building", now, self._name)
                alias.builds[claimed] = build

        alias = await self._builds.change(self._projection.id, claim)
        await self._builds.beat(self._projection.id, self._name)
        await self._checkpoints.begin(
            consumer_of(self._projection, claimed), beginning(self._projection.sources, self._lanes)
        )
        log.info("%s: building %s beside %s", self._projection.id, claimed, alias.active)
        return claimed, alias.builds[claimed].state

    def _hand_over(self, alias: Alias) -> None:
        self._own(alias).state = "catching_up"

    def _own(self, alias: Alias) -> Build:
        build = alias.builds.get(self._build)
        if build is None or build.builder != self._name or build.state == "dropping":
            raise Overtaken(f"{self._projection.id}: {self._build} is not ours any more")
        return build

    async def _catch_up(self, report: Callable[[], None]) -> str:
        """Wait until the new build shows no less than the active one, and flip."""
        new = consumer_of(self._projection, self._build)
        fed_at, fed = time.monotonic(), await self._checkpoints.next_offsets(new)
        feeding: asyncio.Task[None] | None = None
        try:
            while True:
                report()
                alias = (await self._builds.refresh())[self._projection.id]
                self._own(alias)
                active = consumer_of(self._projection, alias.active)
                wanted = await self._checkpoints.next_offsets(active)
                now = await self._checkpoints.next_offsets(new)
                if covers(now, wanted):
                    break
                if now != fed:
                    fed_at, fed = time.monotonic(), now
                elif feeding is None and time.monotonic() - fed_at > UNFED_SECONDS:
                    feeding = asyncio.create_task(self._projector().run())
                elif feeding is not None and feeding.done():
                    feeding.result()
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            if feeding is not None:
                feeding.cancel()
                await asyncio.wait([feeding])
        previous = ""

        def make_active(alias: Alias) -> None:
            nonlocal previous
            self._own(alias)
            previous = alias.active
            flip(alias, self._build, utc_now())

        await self._builds.change(self._projection.id, make_active)
        return previous


def unfinished(alias: Alias, version: int) -> str:
    """The build of this version that somebody began and has not made active; "" without one."""
    begun = (
        name
        for name, build in alias.builds.items()
        if build.version == version and build.state in ("building", "catching_up")
    )
    return next(begun, "")
