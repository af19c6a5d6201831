"""A service's projections in this process: a projector for every build that is to be fed.

It notices within a second when a build begins or ends, builds its own version when the database
holds only others, and retires builds that nobody reads any more.
"""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from aiokafka.errors import KafkaError

from libs.events.builds import LOOK_SECONDS, Alias, Builds, consumer_of
from libs.events.checkpoints import Checkpoints, Stopped
from libs.events.claim import Claim
from libs.events.kafka import Cluster, Ledger, utc_now
from libs.events.lag import Lag
from libs.events.projection import Projection
from libs.events.projector import Projector
from libs.events.rebuild import Busy, Rebuild
from libs.events.sources import sources_of
from libs.mongo import Database, PyMongoError
from libs.telemetry import Progress, Telemetry

log = logging.getLogger(__name__)


class Projections:
    """Feeds a service's projections. ``checkpoints`` and ``builds`` serve those who read them."""

    def __init__(
        self,
        service: str,
        projections: Sequence[Projection],
        *,
        cluster: Cluster,
        database: Database,
        ledger: Ledger,
        telemetry: Telemetry,
        progress: Progress,
    ) -> None:
        self.checkpoints = Checkpoints(database, ledger.id)
        self.builds = Builds(database, projections, f"{service}-{cluster.settings.replica}")
        self._claim = Claim(database, f"{service}-{cluster.settings.replica}")
        self._projections = {projection.id: projection for projection in projections}
        self._cluster = cluster
        self._database = database
        self._ledger = ledger
        self._telemetry = telemetry
        self._progress = progress
        self._lag = Lag(cluster, self.checkpoints, telemetry)
        self._feeding: dict[str, tuple[Projector, asyncio.Task[None]]] = {}
        self._rebuilding: dict[str, asyncio.Task[None]] = {}
        self._by_projection: dict[str, list[str]] = {id: [] for id in self._projections}
        for id in self._projections:
            progress.expect(id, within_seconds=15, has_work=partial(self._is_stuck, id))

    def details(self) -> Mapping[str, object]:
        """For the health page: how many records each build is behind, or why it has stopped."""
        return self._lag.report()

    async def run(self) -> None:
        """Feed every build of this version of the code until cancelled."""
        await self._claim.take()
        for projection in self._projections.values():
            await self.builds.begin(projection, self._ledger.lanes, self.checkpoints)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._lag.run())
            while True:
                try:
                    await self._look_after(group, await self.builds.refresh(), utc_now())
                except (PyMongoError, KafkaError) as error:
                    log.warning("cannot look after the projections: %r", error)
                await asyncio.sleep(LOOK_SECONDS)

    async def _look_after(
        self, group: asyncio.TaskGroup, aliases: Mapping[str, Alias], now: datetime
    ) -> None:
        for id, alias in aliases.items():
            projection = self._projections[id]
            fed = {consumer_of(projection, name): name for name in alias.fed_by(projection.version)}
            for consumer in self._by_projection[id]:
                if consumer not in fed:
                    self._feeding.pop(consumer)[1].cancel()
                    self._lag.forget(consumer)
            for consumer, build in fed.items():
                if consumer not in self._feeding:
                    projector = self._projector(projection, build)
                    feeding = group.create_task(self._feed(projector))
                    self._feeding[consumer] = projector, feeding
            self._by_projection[id] = list(fed)
            await self._let_lead(projection, alias)
            for build in alias.retirable(now):
                await self.builds.drop(projection, build, self._cluster, self.checkpoints)
            if alias.builds[alias.for_version(projection.version)].version != projection.version:
                self._build_own_version(group, projection)
            read = consumer_of(projection, alias.for_version(projection.version))
            if read in fed and self._lag.caught_up(read):
                self._progress.ready(id)

    async def _let_lead(self, projection: Projection, alias: Alias) -> None:
        """No build that is on its way out may show more than the active one: whoever reads it
        still is to find no less when it changes over."""
        leader = consumer_of(projection, alias.active)
        retiring = [name for name, build in alias.builds.items() if build.state == "retiring"]
        ours = (self._feeding.get(consumer_of(projection, name)) for name in retiring)
        followed = [it[1].done() or it[0].follow(leader) for it in ours if it is not None]
        if all(followed):
            await self.builds.let_lead(projection, alias.active)

    def _projector(self, projection: Projection, build: str) -> Projector:
        return Projector(
            projection,
            build,
            cluster=self._cluster,
            database=self._database,
            checkpoints=self.checkpoints,
            telemetry=self._telemetry,
            claim=self._claim,
        )

    async def _feed(self, projector: Projector) -> None:
        consumer = projector.consumer
        sources = sources_of(projector.projection.sources, self._ledger.lanes)
        self._lag.watch(consumer, sources, lambda: projector.sources)
        try:
            await projector.run()
        except Stopped as why:
            log.error("%s has stopped: %s", consumer, why)
            self._lag.stopped(consumer, str(why))
        except Exception as error:
            log.exception("%s has stopped: no server's fault, maybe its fold's", consumer)
            self._lag.stopped(consumer, f"failed with {type(error).__name__}: {error}")

    def _build_own_version(self, group: asyncio.TaskGroup, projection: Projection) -> None:
        """The database holds builds of other versions of the code only: make one of ours."""
        if projection.id in self._rebuilding and not self._rebuilding[projection.id].done():
            return
        rebuild = Rebuild(
            projection,
            f"{self._claim.name}-builder",
            cluster=self._cluster,
            database=self._database,
            ledger=self._ledger,
            telemetry=self._telemetry,
        )
        self._rebuilding[projection.id] = group.create_task(self._rebuild(projection.id, rebuild))

    async def _rebuild(self, id: str, rebuild: Rebuild) -> None:
        """A failure is tried again; what was done so far is taken up."""
        try:
            await rebuild.run()
        except Busy as busy:
            log.info("%s", busy)
            await asyncio.sleep(5)
        except Exception:
            log.exception("the rebuild of %s failed and is tried again", id)
            await asyncio.sleep(5)

    def _is_stuck(self, id: str) -> bool:
        return any(self._lag.stuck(consumer) for consumer in self._by_projection[id])
