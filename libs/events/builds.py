"""Builds: several sets of documents of one projection, of which readers see exactly one.

A build is made once, from offset 0, and fed until nobody reads it any more. Which one is active
stands in one alias document a projection, so changing over is one conditional write:

    building → catching_up → active → retiring → dropping

A process feeds and reads builds of its own version of the code; while there is none yet, it reads
the active one. So old and new code run side by side during a deployment, each on documents that
its own fold made.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import msgspec

from libs.events.checkpoints import Checkpoints, next_offsets
from libs.events.groups import delete_group
from libs.events.kafka import Cluster, utc_now
from libs.events.projection import Projection
from libs.events.sources import beginning
from libs.mongo import Collection, Database, Document, DuplicateKeyError, PyMongoError

log = logging.getLogger(__name__)

LOOK_SECONDS = 0.5
# A request that finds the alias unconfirmed for so long reads it again before it goes on.
STALE_SECONDS = 2.0
CONFIRM_SECONDS = 4.0
# A reader or builder that was not seen for so long is gone.
GONE = timedelta(seconds=20)
# A build is fed for so long after the flip, whatever its readers say.
GRACE = timedelta(seconds=10)

State = Literal["building", "catching_up", "active", "retiring", "dropping"]
FED: Sequence[State] = ("catching_up", "active", "retiring")


class Build(msgspec.Struct):
    """One build: the version of the code that folds it, its state since when, and who builds it."""

    version: int
    state: State
    since: datetime
    builder: str = ""


class Alias(msgspec.Struct):
    """What is true of a projection's builds.

    revision: raised by every change, the condition of the next one; serial: of the newest build;
    seen: when each reader and builder last said that it lives; reads: which build a reader reads;
    lets_lead: the active build that a reader's process keeps its other builds behind.
    """

    revision: int
    serial: int
    active: str
    builds: dict[str, Build]
    seen: dict[str, datetime] = {}
    reads: dict[str, str] = {}
    lets_lead: dict[str, str] = {}

    def lives(self, name: str, now: datetime) -> bool:
        """Whether this reader or builder was seen lately."""
        return name in self.seen and now - self.seen[name] < GONE

    def for_version(self, version: int) -> str:
        """The build that code of this version reads: one of its own, or the active one."""
        if self.builds[self.active].version == version:
            return self.active
        own = [n for n, b in self.builds.items() if b.version == version and b.state == "retiring"]
        return max(own, key=lambda name: self.builds[name].since, default=self.active)

    def leads(self, now: datetime) -> bool:
        """Whether no living process writes to another build what the active one does not hold."""
        living = [name for name in self.reads if self.lives(name, now)]
        return all(self.lets_lead.get(name) == self.active for name in living)

    def fed_by(self, version: int) -> list[str]:
        """The builds that code of this version keeps up to date."""
        return [n for n, b in self.builds.items() if b.version == version and b.state in FED]

    def retirable(self, now: datetime) -> list[str]:
        """Builds that nobody reads any more, their grace over."""
        read = {self.reads[name] for name in self.reads if self.lives(name, now)}
        return [
            name
            for name, build in self.builds.items()
            if build.state == "dropping"
            or (build.state == "retiring" and now - build.since > GRACE and name not in read)
        ]


@dataclass(frozen=True)
class View:
    """One build as one request reads it, from its first read to its last.

    consumer: whose checkpoint says how far it is (``Checkpoints.passed``).
    """

    projection: Projection
    build: str
    consumer: str
    database: Database

    def collection(self, table: str) -> Collection:
        """The documents of one of the projection's tables."""
        return self.database[collection_of(self.projection, table, self.build)]


class Builds:
    """The aliases of one service's projections as this process knows them.

    instance: this process's name (``gateway-0``, no dots) if it reads; what it reads is fed until
    it says that it reads another build. ``run`` keeps the aliases fresh; without it a ``view``
    asks the database every STALE_SECONDS.
    """

    def __init__(
        self, database: Database, projections: Sequence[Projection], instance: str | None = None
    ) -> None:
        self._database = database
        self._collection = database["builds"]
        self._projections = {projection.id: projection for projection in projections}
        self._instance = instance
        self._aliases: Mapping[str, Alias] = {}
        self._reading: dict[str, str] = {}
        self._lets_lead: dict[str, str] = {}
        self._looked_at = -STALE_SECONDS
        self._confirmed_at = 0.0

    async def run(self) -> None:
        """Look for changes, and tell which builds this process reads, until cancelled."""
        while True:
            try:
                await self.refresh()
            except PyMongoError as error:
                log.warning("cannot read which builds are active: %s", error)
            await asyncio.sleep(LOOK_SECONDS)

    async def refresh(self) -> Mapping[str, Alias]:
        """The aliases as they are now, by projection id; also confirms what this process reads."""
        reading = dict(self._reading)
        asked_at = time.monotonic()
        found = await self._collection.find({"_id": {"$in": list(self._projections)}}).to_list()
        self._aliases = {document["_id"]: _alias(document) for document in found}
        for id, alias in self._aliases.items():
            self._reading[id] = await self._choose(id, alias)
        self._looked_at = asked_at
        changed = reading != self._reading
        if self._instance and (changed or asked_at - self._confirmed_at > CONFIRM_SECONDS):
            for id in self._aliases:
                await self._tell(id)
            self._confirmed_at = asked_at
        return self._aliases

    async def view(self, projection: Projection) -> View:
        """The build that a request should read. Raises LookupError before there is one."""
        if time.monotonic() - self._looked_at > STALE_SECONDS:
            await self.refresh()
        build = self._reading.get(projection.id)
        if build is None:
            raise LookupError(f"{projection.id} has no build yet: its service has never started")
        return View(projection, build, consumer_of(projection, build), self._database)

    async def let_lead(self, projection: Projection, build: str) -> None:
        """This process keeps what it writes to the projection's other builds behind this one."""
        if self._lets_lead.get(projection.id) != build:
            self._lets_lead[projection.id] = build
            await self._tell(projection.id)

    async def begin(self, projection: Projection, lanes: int, checkpoints: Checkpoints) -> Alias:
        """The alias; in an empty database with a first build that is active at once."""
        name = f"v{projection.version}-1"
        first = Alias(
            revision=1,
            serial=1,
            active=name,
            builds={name: Build(projection.version, "active", utc_now())},
        )
        if await self._collection.find_one({"_id": projection.id}) is None:
            await make_indexes(self._database, projection, name)
            await checkpoints.begin(
                consumer_of(projection, name), beginning(projection.sources, lanes)
            )
            try:
                await self._collection.insert_one({"_id": projection.id, **_document(first)})
                log.info("%s begins with the build %s", projection.id, name)
            except DuplicateKeyError:
                log.debug("another replica began %s", projection.id)
        return (await self.refresh())[projection.id]

    async def change(self, projection_id: str, what: Callable[[Alias], None]) -> Alias:
        """Change an alias; ``what`` is called again when somebody else was faster."""
        while True:
            found = await self._collection.find_one({"_id": projection_id})
            if found is None:
                raise LookupError(f"{projection_id} has no build yet")
            alias = _alias(found)
            what(alias)
            changes = {k: _document(alias)[k] for k in ("serial", "active", "builds")}
            written = await self._collection.update_one(
                {"_id": projection_id, "revision": alias.revision},
                {"$set": changes, "$inc": {"revision": 1}},
            )
            if written.matched_count:
                await self.refresh()
                return alias

    async def beat(self, projection_id: str, name: str) -> None:
        """A builder says that it lives."""
        await self._collection.update_one(
            {"_id": projection_id}, {"$set": {f"seen.{name}": utc_now()}}
        )

    async def leave(self, projection_id: str, name: str) -> None:
        """A builder is done."""
        await self._collection.update_one({"_id": projection_id}, {"$unset": {f"seen.{name}": 1}})

    async def drop(
        self, projection: Projection, build: str, cluster: Cluster, checkpoints: Checkpoints
    ) -> bool:
        """Delete a build that nobody reads any more. False if some projector has not left it yet:
        then it is to be tried again."""

        def stop_feeding(alias: Alias) -> None:
            alias.builds[build].state = "dropping"

        def forget(alias: Alias) -> None:
            alias.builds.pop(build, None)

        if self._aliases[projection.id].builds[build].state != "dropping":
            await self.change(projection.id, stop_feeding)
        if not await delete_group(cluster, consumer_of(projection, build)):
            return False
        for table in projection.collections:
            await self._database[collection_of(projection, table.name, build)].drop()
        await checkpoints.drop(consumer_of(projection, build))
        await self.change(projection.id, forget)
        log.info("%s: the build %s is gone", projection.id, build)
        return True

    async def _choose(self, id: str, alias: Alias) -> str:
        """The build to read from now on: what this process has shown once it shows again, so it
        changes over only when the next build holds all that the one before holds, and stays so."""
        before, build = self._reading.get(id), alias.for_version(self._projections[id].version)
        if before is None or before == build or before not in alias.builds:
            return build
        if not alias.leads(utc_now()):
            return before
        consumers = [consumer_of(self._projections[id], name) for name in (before, build)]
        held, offered = [await next_offsets(self._database, name) for name in consumers]
        return build if covers(offered, held) else before

    async def _tell(self, id: str) -> None:
        """Others are to know that this process lives, what it reads and which build may lead."""
        if self._instance:
            says = {
                f"seen.{self._instance}": utc_now(),
                f"reads.{self._instance}": self._reading[id],
                f"lets_lead.{self._instance}": self._lets_lead.get(id, ""),
            }
            await self._collection.update_one({"_id": id}, {"$set": says})


def flip(alias: Alias, build: str, now: datetime) -> None:
    """Make this build the active one; the one before is fed on until nobody reads it."""
    alias.builds[alias.active].state = "retiring"
    alias.builds[alias.active].since = now
    alias.builds[build].state = "active"
    alias.builds[build].since = now
    alias.active = build


def covers(new: Mapping[str, int] | None, old: Mapping[str, int] | None) -> bool:
    """Whether a checkpoint is at or beyond another one in all sources that both have."""
    if new is None or old is None:
        return new is not None
    return all(new[key] >= offset for key, offset in old.items() if key in new)


async def make_indexes(database: Database, projection: Projection, build: str) -> None:
    """The indexes that the projection's tables ask for."""
    for table in projection.collections:
        collection = database[collection_of(projection, table.name, build)]
        for index in table.indexes:
            await collection.create_index(list(index.fields), partial=index.partial)


def consumer_of(projection: Projection, build: str) -> str:
    """Names a build's consumer group and checkpoint: ``gateway.tickets.v1-1``."""
    return f"{projection.id}.{build}"


def collection_of(projection: Projection, table: str, build: str) -> str:
    """The collection of a build's table: ``tickets.history.v1-1``."""
    return f"{projection.name}.{table}.{build}"


def _alias(document: Document) -> Alias:
    return msgspec.convert(document, Alias)


def _document(alias: Alias) -> Document:
    fields: Document = msgspec.to_builtins(alias, builtin_types=(datetime,))
    return fields
