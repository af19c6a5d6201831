"""The instances of a process manager: their states and deadlines, in MongoDB and in memory.

One document an instance: the state as JSON, its lane, when it is due, and the positions of what it
has folded in. It is written on condition of the positions that were read, like a projection's, and
a deadline that fired counts as a position of its own. Events that leave everything as it was are
not worth a write: after a crash they are folded in once more, to the same effect.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Generic, TypeVar

import msgspec

from libs.events.catalogue import decode_personal
from libs.events.envelope import Recorded
from libs.events.folding import POSITION
from libs.events.guarded import Cache, Write, write
from libs.events.ids import partition_of
from libs.events.personal import Personal
from libs.events.process import ProcessManager, Reaction
from libs.events.sources import source_key
from libs.mongo import Collection, Document

S = TypeVar("S", bound=msgspec.Struct)

# The position that says which deadline fired last (microseconds since 1970, as all of ``due``:
# BSON's own dates end at milliseconds, and the true instant is part of command ids).
FIRED = "fired"
CACHE_BYTES = 4 * 1024 * 1024
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class Instance(Generic[S]):
    """One instance in memory.

    lane: whose replica runs it; due: its next deadline; positions, stored: as in ``folding.Held``;
    body: what of it was stored, positions aside; parked: the bug that keeps it from going on (""
    for none); missed: the events since, by position, to be folded in when it is released.
    """

    __slots__ = ("body", "due", "id", "lane", "missed", "parked", "positions", "state", "stored")

    def __init__(self, id: str, lane: int, state: S, body: Mapping[str, Any] = {}) -> None:
        self.id = id
        self.lane = lane
        self.state = state
        self.due: datetime | None = None
        self.positions: dict[str, int] = {}
        self.stored: Mapping[str, int] | None = None
        self.body = body
        self.parked = ""
        self.missed: list[str] = []

    def react(self, process: ProcessManager[S], recorded: Recorded[object]) -> list[Reaction]:
        """Fold an event in, unless it is in; deadlines that passed before it come first.

        Returns what is to be done, in order.
        """
        at = recorded.position
        key = source_key(at.topic, at.partition)
        if at.offset <= self.positions.get(key, -1):
            return []
        self.positions[key] = at.offset
        if self.parked:
            self.missed.append(str(at))
            return []
        return self.fold(process, recorded)

    def fold(self, process: ProcessManager[S], recorded: Recorded[object]) -> list[Reaction]:
        """Fold an event in, whatever its position."""
        reactions = []
        while (fired := self.fire(process, recorded.recorded_at)) is not None:
            reactions.append(fired)
        reaction = process.react(self.state, recorded)
        if not reaction.keep_due:
            self.due = reaction.due
        return [*reactions, reaction]

    def fire(self, process: ProcessManager[S], now: datetime) -> Reaction | None:
        """Let the deadline pass if it lies before this instant. It fires as of its own instant."""
        due = self.due
        if process.on_due is None or due is None or due >= now:
            return None
        reaction = process.on_due(self.state, self.id, due)
        self.positions[FIRED] = microseconds(due)
        self.due = None if reaction.keep_due else reaction.due
        if self.due is not None and self.due <= due:
            raise ValueError(f"{process.id}: after {due} it wants to be called at {self.due}")
        return reaction


class Instances(Generic[S]):
    """The instances of one process manager, the recently used ones in memory.

    Not for two tasks at once. After an exception make a new one: what is in memory may be ahead of
    the database.
    """

    def __init__(
        self,
        process: ProcessManager[S],
        collection: Collection,
        lanes: int,
        cache_bytes: int = CACHE_BYTES,
    ) -> None:
        self._process = process
        self._collection = collection
        self._lanes = lanes
        self._cache: Cache[Instance[S]] = Cache(cache_bytes)
        self._decode = msgspec.json.Decoder(process.state, dec_hook=decode_personal).decode
        self._encode = msgspec.json.Encoder(enc_hook=_sealed).encode
        self._nothing = {"state": self._encode(process.state()).decode()}

    async def load(self, ids: Iterable[str]) -> Mapping[str, Instance[S]]:
        """These instances; one that was never written is in its first state."""
        loaded: dict[str, Instance[S]] = {}
        missing = []
        for id in ids:
            held = self._cache.get(id)
            if held is None:
                missing.append(id)
                held = self._new(id)
            loaded[id] = held
        if missing:
            for document in await self._collection.find({"_id": {"$in": missing}}).to_list():
                loaded[document["_id"]] = self._revive(document)
        return loaded

    async def write(self, changed: Sequence[Instance[S]]) -> set[str]:
        """Write these. Returns the ids of those that somebody else has written meanwhile."""
        bodies = {held.id: self._body(held) for held in changed}
        moved = [held for held in changed if bodies[held.id] != held.body]
        writes = [Write(_document(held, bodies[held.id]), held.stored) for held in moved]
        lost = await write(self._collection, writes) if writes else set()
        for held in moved:
            held.stored, held.body = dict(held.positions), bodies[held.id]
        for held in changed:
            if held.id in lost:
                self._cache.drop(held.id)
            else:
                self._cache.put(held.id, held, len(held.body["state"]) + 200)
        return lost

    async def due(self, lanes: Sequence[int], now: datetime, most: int) -> Sequence[Instance[S]]:
        """Instances of these lanes whose deadline lies before now, the longest due first."""
        query = {**_of(lanes), "due": {"$lt": microseconds(now)}}
        cursor = self._collection.find(query, {"_id": 1}).sort("due").limit(most)
        ids = [document["_id"] for document in await cursor.to_list()]
        return list((await self.load(ids)).values())

    async def next_due(self, lanes: Sequence[int]) -> datetime | None:
        """When the next instance of these lanes is due."""
        query = {**_of(lanes), "due": {"$gte": 0}}
        document = await self._collection.find_one(query, {"due": 1}, sort=[("due", 1)])
        return _EPOCH + document["due"] * _MICROSECOND if document else None

    async def parked(self, lanes: Sequence[int]) -> Mapping[str, Instance[S]]:
        """The instances of these lanes that a bug keeps from going on."""
        query = {"lane": {"$in": list(lanes)}, "parked": {"$exists": True}}
        found = await self._collection.find(query, {"_id": 1}).to_list()
        return await self.load([document["_id"] for document in found])

    def forget(self, ids: Iterable[str]) -> None:
        """Read these again when they are next asked for."""
        for id in ids:
            self._cache.drop(id)

    def _revive(self, document: Document) -> Instance[S]:
        held = self._new(document["_id"])
        held.state = self._decode(document["state"])
        held.positions = document[POSITION]
        held.stored = dict(held.positions)
        if "due" in document:
            held.due = _EPOCH + document["due"] * _MICROSECOND
        held.parked = document.get("parked", "")
        held.missed = document.get("missed", [])
        held.body = self._body(held)
        return held

    def _new(self, id: str) -> Instance[S]:
        lane = partition_of(id, self._lanes)
        return Instance(id, lane, self._process.state(), self._nothing)

    def _body(self, held: Instance[S]) -> Document:
        """What of an instance is worth a write."""
        body: Document = {"state": self._encode(held.state).decode()}
        if held.due is not None:
            body["due"] = microseconds(held.due)
        if FIRED in held.positions:
            body[FIRED] = held.positions[FIRED]
        if held.parked:
            body |= {"parked": held.parked, "missed": held.missed}
        return body


async def make_indexes(collection: Collection) -> None:
    """By which deadlines and parked instances are found."""
    await collection.create_index([("lane", 1), ("due", 1)], partial={"due": {"$exists": True}})
    await collection.create_index([("lane", 1)], partial={"parked": {"$exists": True}})


def microseconds(instant: datetime) -> int:
    """Since 1970, exactly."""
    return (instant - _EPOCH) // _MICROSECOND


def _document(held: Instance[S], body: Document) -> Document:
    """FIRED stands among the positions."""
    beside = {name: value for name, value in body.items() if name != FIRED}
    return {"_id": held.id, POSITION: held.positions, "lane": held.lane, **beside}


def _of(lanes: Sequence[int]) -> Document:
    """Instances of these lanes that may be called."""
    return {"lane": {"$in": list(lanes)}, "parked": {"$exists": False}}


def _sealed(value: object) -> object:
    """Personal values stay as they came: sealed."""
    if isinstance(value, Personal) and value.sealed is not None:
        return {"key": value.key, "sealed": value.sealed}
    raise NotImplementedError(f"{type(value).__name__} cannot stand in a state")
