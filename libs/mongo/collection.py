"""A collection and its cursor: the calls we use, with one meaning on both drivers.

motor answers with futures that have already started, PyMongo with coroutines that have not; here
every call is a coroutine. Both raise PyMongo's errors.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC
from typing import Any, Self, cast

from bson import decode_all, encode
from bson.codec_options import CodecOptions
from motor.motor_asyncio import AsyncIOMotorCollection, AsyncIOMotorCursor
from pymongo import (
    DeleteMany,
    DeleteOne,
    IndexModel,
    InsertOne,
    ReplaceOne,
    ReturnDocument,
    UpdateMany,
    UpdateOne,
)
from pymongo.asynchronous.collection import AsyncCollection
from pymongo.asynchronous.cursor import AsyncCursor
from pymongo.errors import BulkWriteError
from pymongo.read_concern import ReadConcern
from pymongo.results import (
    BulkWriteResult,
    DeleteResult,
    InsertManyResult,
    InsertOneResult,
    UpdateResult,
)

# What MongoDB hands back is checked by whoever knows the document, hence Any, and only here.
Document = dict[str, Any]
Filter = Mapping[str, object]
Update = Mapping[str, object] | Sequence[Mapping[str, object]]
Projection = Mapping[str, object] | Iterable[str]
Sort = Sequence[tuple[str, int]]
WriteOperation = (
    InsertOne[Document] | ReplaceOne[Document] | UpdateOne | UpdateMany | DeleteOne | DeleteMany
)

# Datetimes come back as aware UTC. BSON keeps milliseconds: a finer instant is cut on the way in.
CODEC: CodecOptions[Document] = CodecOptions(document_class=dict, tz_aware=True, tzinfo=UTC)
_DUPLICATE_KEY = 11000


def decode(batch: bytes) -> list[Document]:
    """The documents of a batch of `Collection.raw_batches`; fit to run in another thread."""
    return decode_all(batch, CODEC)


def encoded_size(document: Document) -> int:
    """How many bytes it takes in the database."""
    return len(encode(document, codec_options=CODEC))


def duplicates_only(error: BulkWriteError) -> list[int]:
    """Positions of the operations that failed because their _id, or unique value, was there.

    For unordered bulks of inserts that are repeated. Raises the error again when it holds any
    other failure.
    """
    failures: list[Document] = error.details["writeErrors"] if error.details else []
    others = [failure for failure in failures if failure["code"] != _DUPLICATE_KEY]
    if others or not failures or error.details.get("writeConcernErrors"):
        raise error
    return [failure["index"] for failure in failures]


class Cursor:
    """The documents of one `find`; sort, limit and skip before the first is read."""

    def __init__(self, driver: "AsyncIOMotorCursor[Document] | AsyncCursor[Document]") -> None:
        self._driver = driver

    def sort(self, key: str | Sort, direction: int = 1) -> Self:
        """Order by one field, or by [(field, ASCENDING or DESCENDING), ...]."""
        self._driver.sort([(key, direction)] if isinstance(key, str) else list(key))
        return self

    def limit(self, documents: int) -> Self:
        self._driver.limit(documents)
        return self

    def skip(self, documents: int) -> Self:
        self._driver.skip(documents)
        return self

    def hint(self, index: Sort) -> Self:
        """Use this index and no other; MongoDB refuses the query where it is missing."""
        self._driver.hint(list(index))
        return self

    def batch_size(self, documents: int) -> Self:
        """How many documents a round trip brings; without it 101, then 16 MiB a batch."""
        self._driver.batch_size(documents)
        return self

    async def to_list(self, length: int | None = None) -> list[Document]:
        """All documents, or the next `length`."""
        return await self._driver.to_list(length)

    def __aiter__(self) -> AsyncIterator[Document]:
        documents: AsyncIterator[Document] = self._driver.__aiter__()
        return documents


class Collection:
    """One collection. Filters, updates and results are those of PyMongo's documentation."""

    def __init__(
        self, driver: "AsyncIOMotorCollection[Document] | AsyncCollection[Document]"
    ) -> None:
        self._driver = driver

    @property
    def name(self) -> str:
        return str(self._driver.name)

    async def find_one(
        self,
        filter: Filter,
        projection: Projection | None = None,
        sort: Sort | None = None,
    ) -> Document | None:
        return await self._driver.find_one(filter, projection, sort=sort)

    async def find_by_id(
        self, ids: AbstractSet[str], projection: Projection | None = None
    ) -> dict[str, Document]:
        """Documents by their _id; one that is missing from the result does not exist.

        After a failover a read may lag behind writes that were acknowledged, so an id that was not
        found is asked for once more, linearizably. Raises PyMongoError when no majority answers.
        """
        if not ids:
            return {}
        cursor = self._driver.find({"_id": {"$in": list(ids)}}, projection)
        found: dict[str, Document] = {
            document["_id"]: document for document in await cursor.to_list(None)
        }
        certain = self._driver.with_options(read_concern=ReadConcern("linearizable"))
        for id in ids:
            if id not in found:
                document = await certain.find_one({"_id": id}, projection, max_time_ms=5_000)
                if document is not None:
                    found[id] = document
        return found

    def find(self, filter: Filter | None = None, projection: Projection | None = None) -> Cursor:
        return Cursor(self._driver.find(filter, projection))

    async def raw_batches(
        self,
        filter: Filter | None = None,
        projection: Projection | None = None,
        sort: Sort | None = None,
    ) -> AsyncIterator[bytes]:
        """Concatenated BSON documents, a network batch at a time, for `decode`."""
        async for batch in self._driver.find_raw_batches(filter, projection, sort=sort):
            yield cast(bytes, batch)  # the drivers type it as a document

    async def aggregate(
        self, pipeline: Sequence[Mapping[str, object]], allow_disk_use: bool = False
    ) -> list[Document]:
        """All result documents; for answers that fit in memory."""
        if isinstance(self._driver, AsyncCollection):
            cursor = await self._driver.aggregate(pipeline, allowDiskUse=allow_disk_use)
            return await cursor.to_list()
        return await self._driver.aggregate(pipeline, allowDiskUse=allow_disk_use).to_list(None)

    async def count_documents(
        self, filter: Filter, limit: int = 0, hint: Sort | None = None
    ) -> int:
        """How many match, counted no further than limit (0: all of them), by this index."""
        options: Document = {"limit": limit or None, "hint": list(hint) if hint else None}
        given = {option: value for option, value in options.items() if value is not None}
        return await self._driver.count_documents(filter, **given)

    async def estimated_document_count(self) -> int:
        return await self._driver.estimated_document_count()

    async def insert_one(self, document: Document) -> InsertOneResult:
        return await self._driver.insert_one(document)

    async def insert_many(
        self, documents: Sequence[Document], ordered: bool = True
    ) -> InsertManyResult:
        """Insert at least one document; raises BulkWriteError, see `duplicates_only`."""
        return await self._driver.insert_many(documents, ordered=ordered)

    async def replace_one(
        self, filter: Filter, replacement: Mapping[str, object], upsert: bool = False
    ) -> UpdateResult:
        return await self._driver.replace_one(filter, replacement, upsert=upsert)

    async def update_one(
        self, filter: Filter, update: Update, upsert: bool = False
    ) -> UpdateResult:
        return await self._driver.update_one(filter, update, upsert=upsert)

    async def update_many(
        self, filter: Filter, update: Update, upsert: bool = False
    ) -> UpdateResult:
        return await self._driver.update_many(filter, update, upsert=upsert)

    async def delete_one(self, filter: Filter) -> DeleteResult:
        return await self._driver.delete_one(filter)

    async def delete_many(self, filter: Filter) -> DeleteResult:
        return await self._driver.delete_many(filter)

    async def bulk_write(
        self, operations: Sequence[WriteOperation], ordered: bool = True
    ) -> BulkWriteResult:
        """At least one operation. Unordered ones go on after a failure and run faster."""
        return await self._driver.bulk_write(operations, ordered=ordered)

    async def find_one_and_update(
        self,
        filter: Filter,
        update: Update,
        upsert: bool = False,
        return_after: bool = False,
        projection: Projection | None = None,
        sort: Sort | None = None,
    ) -> Document | None:
        """Update one document; return it as it was, or as it is with `return_after`."""
        found: Document | None = await self._driver.find_one_and_update(
            filter,
            update,
            projection=projection,
            sort=sort,
            upsert=upsert,
            return_document=ReturnDocument.AFTER if return_after else ReturnDocument.BEFORE,
        )
        return found

    async def create_index(
        self,
        keys: str | Sort,
        *,
        unique: bool = False,
        name: str | None = None,
        partial: Filter | None = None,
        expire_after_seconds: int | None = None,
    ) -> str:
        """Make an index unless it is there; `partial` limits it to documents that match."""
        options: Document = {
            "unique": unique or None,
            "name": name,
            "partialFilterExpression": partial,
            "expireAfterSeconds": expire_after_seconds,
        }
        wanted = {option: value for option, value in options.items() if value is not None}
        return await self._driver.create_index(keys, **wanted)

    async def create_indexes(self, indexes: Sequence[IndexModel]) -> list[str]:
        return await self._driver.create_indexes(indexes)

    async def rename(self, name: str, drop_target: bool = False) -> None:
        """Rename within the database, atomically; `drop_target` replaces what has that name."""
        await self._driver.rename(name, dropTarget=drop_target)

    async def drop(self) -> None:
        await self._driver.drop()
