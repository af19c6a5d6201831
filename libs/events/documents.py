"""The documents of one table of one build: folded in memory, written on condition of what was read.

Whoever writes a document says which positions it had read; a write that finds others there does
not happen, the document is read again and folded again. So any number of projectors may work on
the same documents by mistake, for ever, and the documents stay right.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence

from libs.events.envelope import Recorded
from libs.events.folding import POSITION, Held, by_document
from libs.events.projection import Table
from libs.mongo import (
    BulkWriteError,
    Collection,
    Document,
    InsertOne,
    ReplaceOne,
    WriteOperation,
    duplicates_only,
    encoded_size,
)

CACHE_BYTES = 16 * 1024 * 1024


class Documents:
    """A table's documents, the recently used ones in memory (bounded by their size in BSON).

    Not for two tasks at once. After an exception in the middle make a new one: what is in memory
    may be ahead of the database.
    """

    def __init__(
        self, table: Table, collection: Collection, cache_bytes: int = CACHE_BYTES
    ) -> None:
        self._table = table
        self._collection = collection
        self._cache_bytes = cache_bytes
        self._held: OrderedDict[str, Held] = OrderedDict()
        self._bytes = 0

    async def apply(self, events: Sequence[Recorded[object]]) -> None:
        """Fold these events in and return when the documents are stored."""
        grouped: Mapping[str, Sequence[Recorded[object]]] = by_document(self._table.key, events)
        if self._table.append:
            await self._append(grouped)
            return
        while grouped:
            await self._load(grouped)
            fold = self._table.fold
            changed = [id for id, some in grouped.items() if self._held[id].fold(fold, some)]
            lost = await self._write(changed) if changed else ()
            for id in lost:
                self._forget(id)
            grouped = {id: grouped[id] for id in lost}
        self._evict()

    async def _append(self, grouped: Mapping[str, Sequence[Recorded[object]]]) -> None:
        documents: list[Document] = [
            {"_id": id, **self._table.fold(None, recorded)}
            for id, events in grouped.items()
            for recorded in events
        ]
        if not documents:
            return
        try:
            await self._collection.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            duplicates_only(error)

    async def _load(self, ids: Iterable[str]) -> None:
        missing = []
        for id in ids:
            if id in self._held:
                self._held.move_to_end(id)
            else:
                self._held[id] = Held()
                missing.append(id)
        if missing:
            for document in await self._collection.find({"_id": {"$in": missing}}).to_list():
                self._held[document["_id"]] = Held.of(document)

    async def _write(self, ids: Sequence[str]) -> Iterable[str]:
        """Write these. Returns those that somebody else has written since they were read."""
        operations: list[WriteOperation] = []
        replaced = []
        for id in ids:
            held = self._held[id]
            document = held.to_store(id)
            self._weigh(held, encoded_size(document))
            if held.stored is None:
                operations.append(InsertOne(document))
            else:
                replaced.append(id)
                condition = {"_id": id, POSITION: {"$eq": held.stored}}
                operations.append(ReplaceOne(condition, document))
        lost: set[str] = set()
        try:
            result = await self._collection.bulk_write(operations, ordered=False)
            matched = result.matched_count
        except BulkWriteError as error:
            lost.update(ids[position] for position in duplicates_only(error))
            matched = (error.details or {}).get("nMatched", 0)
        if matched < len(replaced):
            lost |= await self._overtaken(replaced)
        for id in ids:
            if id not in lost:
                held = self._held[id]
                held.stored = dict(held.positions)
        return lost

    async def _overtaken(self, ids: Sequence[str]) -> set[str]:
        """Which of these the database does not hold as they were just written."""
        cursor = self._collection.find({"_id": {"$in": list(ids)}}, {POSITION: 1})
        found = {document["_id"]: document[POSITION] for document in await cursor.to_list()}
        return {id for id in ids if found.get(id) != self._held[id].positions}

    def _weigh(self, held: Held, size: int) -> None:
        self._bytes += size - held.size
        held.size = size

    def _forget(self, id: str) -> None:
        self._bytes -= self._held.pop(id).size

    def _evict(self) -> None:
        while self._bytes > self._cache_bytes:
            _, held = self._held.popitem(last=False)
            self._bytes -= held.size
