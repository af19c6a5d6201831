"""The documents of one table of one build: folded in memory, written once a batch.

A write that finds other positions than were read does not happen; the document is read again and
folded again. So any number of projectors may work on the same documents by mistake, for ever, and
the documents stay right.
"""

from collections.abc import Collection as Ids
from collections.abc import Iterable, Mapping, Sequence

from libs.events.envelope import Recorded
from libs.events.folding import Held, by_document
from libs.events.guarded import Cache, Write, write
from libs.events.projection import Table
from libs.mongo import BulkWriteError, Collection, Document, duplicates_only, encoded_size

CACHE_BYTES = 4 * 1024 * 1024


class Documents:
    """A table's documents, the recently used ones in memory. left: where they leave rows behind.

    Not for two tasks at once. After an exception in the middle make a new one: what is in memory
    may be ahead of the database.
    """

    def __init__(
        self,
        table: Table,
        collection: Collection,
        cache_bytes: int = CACHE_BYTES,
        left: Collection | None = None,
    ) -> None:
        self._table = table
        self._collection = collection
        self._left = left
        self._cache: Cache[Held] = Cache(cache_bytes)

    async def apply(self, events: Sequence[Recorded[object]]) -> None:
        """Fold these events in and return when the documents are stored."""
        grouped: Mapping[str, Sequence[Recorded[object]]] = by_document(self._table.key, events)
        if self._table.append:
            await self._append(grouped)
            return
        new = {id for id, some in grouped.items() if _begins(id, some[0])}
        while grouped:
            lost = await self._fold_and_write(grouped, new)
            grouped, new = {id: grouped[id] for id in lost}, set()

    async def _append(self, grouped: Mapping[str, Sequence[Recorded[object]]]) -> None:
        documents: list[Document] = [
            {"_id": id, **self._table.fold(None, recorded)}
            for id, events in grouped.items()
            for recorded in events
        ]
        await insert_new(self._collection, documents)

    async def _fold_and_write(
        self, grouped: Mapping[str, Sequence[Recorded[object]]], new: Ids[str]
    ) -> set[str]:
        """Returns the ids of the documents that somebody else has written meanwhile. new: those
        that are taken not to exist yet."""
        held = await self._load(grouped, new)
        left: list[Document] = []
        fold = self._table.fold_into(left)
        changed = [id for id, events in grouped.items() if held[id].fold(fold, events)]
        if not changed:
            return set()
        if self._left is not None:
            await insert_new(self._left, left)
        writes = [Write(held[id].to_store(id), held[id].stored) for id in changed]
        lost = await write(self._collection, writes)
        for id, (document, _) in zip(changed, writes, strict=True):
            if id in lost:
                self._cache.drop(id)
            else:
                held[id].stored = dict(held[id].positions)
                self._cache.put(id, held[id], encoded_size(document))
        return lost

    async def _load(self, ids: Iterable[str], new: Ids[str]) -> Mapping[str, Held]:
        loaded = {}
        missing = []
        for id in ids:
            held = self._cache.get(id)
            if held is None:
                held = Held()
                if id not in new:
                    missing.append(id)
            loaded[id] = held
        if missing:
            for stored in await self._collection.find({"_id": {"$in": missing}}).to_list():
                id = stored["_id"]
                loaded[id] = Held.of(stored)
        return loaded


async def insert_new(collection: Collection, documents: Sequence[Document]) -> None:
    """Insert those that are not there yet."""
    if documents:
        try:
            await collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            duplicates_only(error)


def _begins(id: str, first: Recorded[object]) -> bool:
    """Whether this event is the first of the aggregate that the document is about: then there
    should be no document yet, and none is read. If there is one, the write says so."""
    return first.sequence == 1 and first.aggregate_id == id
