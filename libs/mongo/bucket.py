"""GridFS: bytes that are too large for a document, written and read as a stream of chunks."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import CorruptGridFile, NoFile
from motor.motor_asyncio import AsyncIOMotorDatabase, AsyncIOMotorGridFSBucket
from pymongo.asynchronous.database import AsyncDatabase

from libs.mongo.collection import Collection, Document

# What is held of a file before it is written.
_AT_ONCE_BYTES = 2_000_000


class Bucket:
    """Files by id. A file is there, whole, once `upload` has returned."""

    def __init__(
        self,
        database: "AsyncIOMotorDatabase[Document] | AsyncDatabase[Document]",
        name: str,
    ) -> None:
        self._driver = (
            AsyncGridFSBucket(database, name)
            if isinstance(database, AsyncDatabase)
            else AsyncIOMotorGridFSBucket(database, name)
        )
        self._files = Collection(database[f"{name}.files"])
        self._chunks = Collection(database[f"{name}.chunks"])
        self._indexed = False

    async def upload(self, file_id: str, chunks: AsyncIterator[bytes], chunk_bytes: int) -> None:
        """Store chunks of this size, the last of at most this size, as one file; an error or a
        cancellation leaves nothing behind.

        Written as GridFS' specification has it, since the driver's own stream holds 48 MB of a
        file before it writes any of it.
        """
        await self._index()
        waiting: list[Document] = []
        number = length = 0
        try:
            async for chunk in chunks:
                waiting.append({"files_id": file_id, "n": number, "data": chunk})
                number, length = number + 1, length + len(chunk)
                if len(waiting) * chunk_bytes >= _AT_ONCE_BYTES:
                    await self._chunks.insert_many(waiting)
                    waiting = []
            if waiting:
                await self._chunks.insert_many(waiting)
            file = {"length": length, "chunkSize": chunk_bytes, "uploadDate": datetime.now(UTC)}
            await self._files.insert_one({"_id": file_id, "filename": file_id, **file})
        except BaseException:
            await self.delete(file_id)
            raise

    async def download(self, file_id: str) -> AsyncIterator[bytes]:
        """Its chunks, of the size they were stored in.

        Raises FileNotFoundError, also when the file is deleted while it is read.
        """
        try:
            stream = await self._driver.open_download_stream(file_id)
            while chunk := await stream.readchunk():
                yield chunk
        except (NoFile, CorruptGridFile):
            raise FileNotFoundError(f"GridFS has no whole file {file_id}") from None

    async def delete(self, file_id: str) -> None:
        """Delete a file; one that is not there is no error."""
        try:
            await self._driver.delete(file_id)
        except NoFile:
            return

    async def _index(self) -> None:
        """As the specification wants it."""
        if not self._indexed:
            await self._files.create_index([("filename", 1), ("uploadDate", 1)])
            await self._chunks.create_index([("files_id", 1), ("n", 1)], unique=True)
            self._indexed = True
