"""Writing documents on condition of what was read: nobody ever overwrites what they have not seen.

The condition is the whole position object that was read, or that there was no document. (A filter
like ``$lt`` would not match a missing field, and an upsert filtered on positions raises E11000.)
"""

from collections import OrderedDict
from collections.abc import Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from libs.events.folding import POSITION
from libs.mongo import (
    BulkWriteError,
    Collection,
    Document,
    InsertOne,
    ReplaceOne,
    WriteOperation,
    duplicates_only,
)

T = TypeVar("T")


class Write(NamedTuple):
    """A document as it should be, and the positions that were read of it (None: there was none)."""

    document: Document
    read: Mapping[str, int] | None


async def write(collection: Collection, writes: Sequence[Write]) -> set[str]:
    """Write these. Returns the ids of those that somebody else has written since they were read."""
    operations: list[WriteOperation] = []
    replaced: dict[str, Mapping[str, int]] = {}
    for document, read in writes:
        if read is None:
            operations.append(InsertOne(document))
        else:
            condition = {"_id": document["_id"], POSITION: {"$eq": read}}
            operations.append(ReplaceOne(condition, document))
            replaced[document["_id"]] = document[POSITION]
    lost: set[str] = set()
    try:
        matched = (await collection.bulk_write(operations, ordered=False)).matched_count
    except BulkWriteError as error:
        lost = {writes[place].document["_id"] for place in duplicates_only(error)}
        matched = (error.details or {}).get("nMatched", 0)
    if matched < len(replaced):
        cursor = collection.find({"_id": {"$in": list(replaced)}}, {POSITION: 1})
        found = {document["_id"]: document[POSITION] for document in await cursor.to_list()}
        lost |= {id for id, positions in replaced.items() if found.get(id) != positions}
    return lost


class Cache(Generic[T]):
    """What was used lately, by id, up to a number of bytes (as the database counts them)."""

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._bytes = 0
        self._held: OrderedDict[str, tuple[T, int]] = OrderedDict()

    def get(self, id: str) -> T | None:
        """What is held under this id."""
        found = self._held.get(id)
        if found is None:
            return None
        self._held.move_to_end(id)
        return found[0]

    def put(self, id: str, held: T, size: int) -> None:
        """Hold this, and let go of what was not used for longest."""
        self.drop(id)
        self._held[id] = (held, size)
        self._bytes += size
        while self._bytes > self._limit:
            _, (_, freed) = self._held.popitem(last=False)
            self._bytes -= freed

    def drop(self, id: str) -> None:
        """Let go of this."""
        found = self._held.pop(id, None)
        if found is not None:
            self._bytes -= found[1]
