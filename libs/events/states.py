"""The decider's memory: the aggregates of a lane, in MongoDB behind and in a bounded cache before.

States are written a few times a second, after the transaction that made them, and the lane's
checkpoint after them: so the database may be ahead of the checkpoint, never behind it. A state is
only written over one that has seen less of the log, so a predecessor that was fenced cannot set
anything back, neither events nor refusals nor a quarantine.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from libs.events.aggregate import Aggregate, AnyAggregate
from libs.events.deciding import Held, Outcome, Quarantine, aggregate_of
from libs.mongo import BulkWriteError, Collection, Database, Document, UpdateOne, duplicates_only

# What an aggregate in memory costs beside its stored body, by measurement (Python objects, bytes).
OVERHEAD = 2_000
MOST_DIRTY = 20_000


S = TypeVar("S", bound=msgspec.Struct)
Body = tuple[msgspec.Struct, dict[str, Outcome], Quarantine | None, int]


class Checkpoint(msgspec.Struct):
    """Where a lane's catching up starts.

    events: next offset by topic (events, replies and dead letters of this partition); heads: hash
    of the last event by topic; issued: numbers used up by aggregate; recorded_at: of the last
    event; inputs: next offset by input topic, for comparison only.
    """

    ledger_id: str
    events: dict[str, int] = {}
    heads: dict[str, str] = {}
    issued: dict[str, int] = {}
    inputs: dict[str, int] = {}
    recorded_at: datetime | None = None

    def copy(self) -> "Checkpoint":
        """One that can be changed without changing this."""
        return Checkpoint(
            self.ledger_id,
            dict(self.events),
            dict(self.heads),
            dict(self.issued),
            dict(self.inputs),
            self.recorded_at,
        )


class StateStore:
    """The aggregates of one lane.

    Changes become visible to ``flush`` only by ``commit``; a lane that fails throws the whole
    store away and makes a new one, so there is nothing to roll back.
    """

    def __init__(
        self,
        database: Database,
        lane: str,
        aggregates: Mapping[str, AnyAggregate],
        cache_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self._states: Collection = database["states"]
        self._lanes: Collection = database["lanes"]
        self._lane = lane
        self._aggregates = aggregates
        self._decoders: dict[str, msgspec.msgpack.Decoder[Body]] = {
            kind: msgspec.msgpack.Decoder(_body_type(aggregate.state))
            for kind, aggregate in aggregates.items()
        }
        self._encode = msgspec.msgpack.Encoder().encode
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._sizes: dict[str, int] = {}
        self._bytes = 0
        self._cache_bytes = cache_bytes
        self._dirty: dict[str, Document] = {}
        self._flushing: dict[str, Document] = {}

    @property
    def waiting(self) -> int:
        """How many aggregates are still to be written."""
        return len(self._dirty)

    @property
    def held(self) -> int:
        """How many aggregates are in memory."""
        return len(self._held)

    async def load(self, ids: Iterable[str]) -> None:
        """Have these aggregates in memory; one that nobody has seen yet is in its first state."""
        self._evict()
        missing = [id for id in set(ids) if id not in self._held]
        if not missing:
            return
        for document in await self._states.find({"_id": {"$in": missing}}).to_list():
            self._keep(self._revive(document))
        for id in missing:
            if id not in self._held:
                aggregate = self._aggregate(id)
                self._keep(Held(id=id, state=aggregate.state()))

    def get(self, id: str) -> Held:
        """An aggregate that was loaded. It stays in memory until the next ``load``."""
        self._held.move_to_end(id)
        return self._held[id]

    def commit(self, changed: Iterable[Held]) -> None:
        """These are true now, the log has their events: write them with the next flush."""
        for held in changed:
            body = self._encode((held.state, held.processed, held.quarantine, held.dead_letter))
            self._weigh(held.id, len(body))
            self._dirty[held.id] = {
                "_id": held.id,
                "sequence": held.sequence,
                "changes": held.changes,
                "head": held.head,
                "body": body,
                "quarantined": held.quarantine is not None,
            }

    async def flush(self, checkpoint: Checkpoint) -> None:
        """Write what is dirty, then the checkpoint, which must describe at most what was dirty."""
        document = {"_id": self._lane, **msgspec.to_builtins(checkpoint, builtin_types=(datetime,))}
        self._flushing, self._dirty = self._dirty, {}
        new: list[Document] = []
        known: list[Document] = []
        for state in self._flushing.values():
            (known if self._held[state["_id"]].stored else new).append(state)
        if new:
            known += await self._insert(new)
        if known:
            await self._states.bulk_write([_set_forward(state) for state in known], ordered=False)
        for id in self._flushing:
            self._held[id].stored = True
        self._flushing = {}
        await self._lanes.replace_one({"_id": self._lane}, document, upsert=True)

    async def checkpoint(self) -> Checkpoint | None:
        """The stored checkpoint of this lane, if it ever had one."""
        document = await self._lanes.find_one({"_id": self._lane})
        if document is None:
            return None
        document.pop("_id")
        return msgspec.convert(document, Checkpoint)

    async def quarantined(self) -> list[Document]:
        """Ids and errors of the aggregates of the whole service that are quarantined."""
        return await self._states.find({"quarantined": True}, {"body": 0}).to_list()

    async def _insert(self, new: list[Document]) -> list[Document]:
        """Insert states, all at once. Returns those that somebody had stored before."""
        try:
            await self._states.insert_many(new, ordered=False)
        except BulkWriteError as error:
            return [new[position] for position in duplicates_only(error)]
        return []

    def _aggregate(self, id: str) -> AnyAggregate:
        aggregate = aggregate_of(self._aggregates, id)
        if aggregate is None:
            raise KeyError(f"{id} is no aggregate of this lane")
        return aggregate

    def _revive(self, document: Document) -> Held:
        id: str = document["_id"]
        decode = self._decoders[id.partition("-")[0]].decode
        state, processed, quarantine, dead_letter = decode(document["body"])
        self._weigh(id, len(document["body"]))
        return Held(
            id=id,
            state=state,
            sequence=document["sequence"],
            head=document["head"],
            processed=processed,
            quarantine=quarantine,
            dead_letter=dead_letter,
            changes=document["changes"],
            stored=True,
        )

    def _keep(self, held: Held) -> None:
        self._held[held.id] = held

    def _weigh(self, id: str, body_bytes: int) -> None:
        size = body_bytes + OVERHEAD
        self._bytes += size - self._sizes.get(id, 0)
        self._sizes[id] = size

    def _evict(self) -> None:
        """Forget the least recently used beyond the limit, but nothing that is not written yet."""
        if self._bytes <= self._cache_bytes:
            return
        for id in list(self._held):
            if self._bytes <= self._cache_bytes:
                break
            if id not in self._dirty and id not in self._flushing:
                del self._held[id]
                self._bytes -= self._sizes.pop(id, 0)


async def stored_states(
    database: Database, aggregate: Aggregate[S], ids: Iterable[str]
) -> Mapping[str, S]:
    """These aggregates as they were last written: up to some seconds ago, or not yet at all.

    For a service's own processes, where an answer that is a little old will do.
    """
    decode = msgspec.msgpack.Decoder(
        tuple[aggregate.state, msgspec.Raw, msgspec.Raw, int]  # type: ignore[name-defined]
    ).decode
    wanted = {"_id": {"$in": list(set(ids))}}
    found = await database["states"].find(wanted, ("body",)).to_list()
    return {document["_id"]: decode(document["body"])[0] for document in found}


def _body_type(state: type[msgspec.Struct]) -> type[Body]:
    body: type[Body] = tuple[state, dict[str, Outcome], Quarantine | None, int]  # type: ignore[valid-type]
    return body


def _set_forward(state: Document) -> UpdateOne:
    changes = {key: value for key, value in state.items() if key != "_id"}
    return UpdateOne(
        {"_id": state["_id"], "changes": {"$lte": state["changes"]}}, {"$set": changes}
    )
