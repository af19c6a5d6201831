"""The content store in MongoDB: small contents are documents, large ones GridFS files.

The document is the content: a file without one was never finished. A file is noted before its first
chunk is written, until its document is there, so that what a crash leaves behind is found and swept
up. A deleted content leaves a tombstone with its reference, so that a writer who repeats itself
cannot bring it back.
"""

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime

from libs.contents.chunks import CHUNK_BYTES, in_chunks, rechunk
from libs.contents.documents import REF_FIELDS, ContentReader, ContentWriter, content_ref
from libs.contents.model import Content, ContentDamaged, ContentRef, NewContent
from libs.keyring import ERASED, TRANSIT_PREFIX, Erased, Keyring
from libs.mongo import BulkWriteError, Document, Mongo, UpdateOne, WriteOperation, duplicates_only

_SWEPT_AT_ONCE = 100
# Whose contents may change hands: what is in transit, and a suspended message (its own key, s-…).
ADOPTABLE = (TRANSIT_PREFIX, "s-")


class ContentStore:
    """Contents of this installation, each under its owner's key. Share one in a process.

    Every method loads the keys it needs. A write has returned when a majority of MongoDB's
    replica set has it in its journal, so an event that names the content may follow.
    """

    def __init__(self, mongo: Mongo, keyring: Keyring) -> None:
        database = mongo.database("contents")
        self._contents = database["contents"]
        self._files = database.bucket("files")
        self._begun = database["begun"]
        self._keyring = keyring
        self._indexed = False
        self._noted = False

    async def put(self, items: Sequence[NewContent]) -> list[ContentRef]:
        """Store contents in one write; their references, in order.

        An id that is there already keeps its first content, whose reference is returned. Under an
        erased owner a content is stored, but nobody can read it. Raises KeyAbsent for an owner
        without a key, PyMongoError; after an error any of them may be there: put them all again.
        """
        if not items:
            return []
        await self._keyring.load({item.owner for item in items})
        # All data keys are wrapped before the first upload: it may outlast the keyring's cache.
        writers = [
            ContentWriter(self._keyring, item.owner, item.media_type, item.id) for item in items
        ]
        return await self._insert(
            [
                writer.inline(item.data)
                if len(item.data) <= CHUNK_BYTES
                else await writer.upload(self._files, in_chunks(item.data), self._begin)
                for writer, item in zip(writers, items, strict=True)
            ]
        )

    async def put_stream(
        self, owner: str, media_type: str, pieces: AsyncIterator[bytes], id: str | None = None
    ) -> ContentRef:
        """As `put`, for one content of any size that is never whole in memory."""
        if id is not None and (known := await self._contents.find_one({"_id": id}, REF_FIELDS)):
            return content_ref(known)
        await self._keyring.load([owner])
        writer = ContentWriter(self._keyring, owner, media_type, id)
        [ref] = await self._insert([await writer.upload(self._files, rechunk(pieces), self._begin)])
        return ref

    async def get(self, ids: Iterable[str]) -> dict[str, Content | Erased]:
        """Contents by id, whole; ERASED for one that is deleted or whose owner's key is gone.

        Raises ContentDamaged, PyMongoError.
        """
        found: dict[str, Content | Erased] = dict.fromkeys(ids, ERASED)
        for reader in await self._readers(found.keys()):
            ref = content_ref(reader.document)
            try:
                data = b"".join([chunk async for chunk in reader.chunks(self._files)])
            except ContentDamaged:
                if await self._is_there(ref.id):
                    raise
            else:
                found[ref.id] = Content(ref, data)
        return found

    async def open(self, id: str) -> AsyncIterator[bytes] | Erased:
        """A content as a stream of chunks of at most 256 KiB, or ERASED.

        The stream raises ContentDamaged, also when the content is deleted while it is read.
        """
        for reader in await self._readers({id}):
            return reader.chunks(self._files)
        return ERASED

    async def adopt(self, owners: Mapping[str, str]) -> None:
        """Give contents (by id) to new owners (key ids): from a transit key to a person's.

        Only the data keys are wrapped anew. What is deleted or already unreadable stays so, and
        what a person owns stays theirs: an adapter that names another's content gets nothing.
        Repeating it changes nothing. Raises KeyAbsent for a new owner without a key.
        """
        documents = await self._contents.find_by_id(owners.keys(), ("owner", "key", "deleted_at"))
        moving = [
            document
            for id, document in documents.items()
            if "deleted_at" not in document and document["owner"].startswith(ADOPTABLE)
        ]
        await self._keyring.load(
            {document["owner"] for document in moving} | {owners[d["_id"]] for d in moving}
        )
        operations: list[WriteOperation] = []
        for document in moving:
            id, new = document["_id"], owners[document["_id"]]
            data_key = self._keyring.unwrap(document["owner"], document["key"])
            if not isinstance(data_key, Erased):
                fields = {"owner": new, "key": self._keyring.wrap(new, data_key)}
                operations.append(UpdateOne({"_id": id, "deleted_at": None}, {"$set": fields}))
        if operations:
            await self._contents.bulk_write(operations, ordered=False)

    async def owners(self, ids: Iterable[str]) -> dict[str, str]:
        """Under whose key (id) contents are, by id; those that are deleted are missing."""
        found = await self._contents.find_by_id(set(ids), ("owner", "deleted_at"))
        living = (document for document in found.values() if "deleted_at" not in document)
        return {document["_id"]: document["owner"] for document in living}

    async def delete(self, ids: Iterable[str]) -> None:
        """Delete contents for good; readers get ERASED. Repeat it after an error."""
        named = {"_id": {"$in": list(ids)}}
        await self._contents.update_many(
            named | {"deleted_at": {"$exists": False}},
            {"$set": {"deleted_at": datetime.now(UTC)}, "$unset": {"key": "", "body": ""}},
        )
        # Owner and file stay in the tombstone until the file is gone: who repeats this finds it.
        filed = named | {"file": {"$exists": True}}
        async for document in self._contents.find(filed, ("file",)):
            await self._files.delete(document["file"])
        await self._contents.update_many(named, {"$unset": {"owner": "", "file": ""}})

    async def delete_owned(self, owner: str) -> int:
        """Delete all contents of a key id; how many there were. Repeat it after an error."""
        await self._index()
        deleted = 0
        while batch := await self._contents.find({"owner": owner}, ("_id",)).limit(1_000).to_list():
            await self.delete([document["_id"] for document in batch])
            deleted += len(batch)
        return deleted

    async def sweep(self, before: datetime) -> int:
        """Delete some of the files that were begun before then and never finished; how many of
        those that were begun by then were looked at."""
        noted = await self._begun.find({"at": {"$lt": before}}).limit(_SWEPT_AT_ONCE).to_list()
        contents = await self._contents.find_by_id({one["content"] for one in noted}, ("file",))
        for one in noted:
            if contents.get(one["content"], {}).get("file") != one["_id"]:
                await self._files.delete(one["_id"])
        await self._finished([one["_id"] for one in noted])
        return len(noted)

    async def _begin(self, id: str, file_id: str) -> None:
        if not self._noted:
            await self._begun.create_index("at")
            self._noted = True
        await self._begun.insert_one({"_id": file_id, "content": id, "at": datetime.now(UTC)})

    async def _finished(self, files: Sequence[str]) -> None:
        if files:
            await self._begun.delete_many({"_id": {"$in": files}})

    async def _readers(self, ids: AbstractSet[str]) -> list[ContentReader]:
        """Of those that can be read."""
        documents = await self._contents.find_by_id(ids)
        living = [document for document in documents.values() if "deleted_at" not in document]
        await self._keyring.load({document["owner"] for document in living})
        readers = []
        for document in living:
            data_key = self._keyring.unwrap(document["owner"], document["key"])
            if not isinstance(data_key, Erased):
                readers.append(ContentReader(document, data_key))
        return readers

    async def _is_there(self, id: str) -> bool:
        living = {"_id": id, "deleted_at": {"$exists": False}}
        return await self._contents.find_one(living, ("_id",)) is not None

    async def _insert(self, documents: Sequence[Document]) -> list[ContentRef]:
        """Insert those that are not there yet; the references of what is there then."""
        await self._index()
        try:
            await self._contents.insert_many(documents, ordered=False)
        except BulkWriteError as error:
            late = [documents[position] for position in duplicates_only(error)]
            for document in late:
                if "file" in document:
                    await self._files.delete(document["file"])
            first = await self._contents.find_by_id({d["_id"] for d in late}, REF_FIELDS)
            chosen = [first.get(document["_id"], document) for document in documents]
        else:
            chosen = [*documents]
        await self._finished([one["file"] for one in documents if "file" in one])
        return [content_ref(document) for document in chosen]

    async def _index(self) -> None:
        """For `delete_owned`. Made with the first content, when it costs nothing."""
        if not self._indexed:
            await self._contents.create_index("owner")
            self._indexed = True
