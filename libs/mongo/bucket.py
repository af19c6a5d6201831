"""GridFS: bytes that are too large for a document, written and read as a stream of chunks."""

from collections.abc import AsyncIterator

from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import CorruptGridFile, NoFile
from motor.motor_asyncio import AsyncIOMotorDatabase, AsyncIOMotorGridFSBucket
from pymongo.asynchronous.database import AsyncDatabase

from libs.mongo.collection import Document


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

    async def upload(self, file_id: str, chunks: AsyncIterator[bytes], chunk_bytes: int) -> None:
        """Store the chunks as one file; an error or a cancellation leaves nothing behind."""
        stream = self._driver.open_upload_stream_with_id(
            file_id, file_id, chunk_size_bytes=chunk_bytes
        )
        try:
            async for chunk in chunks:
                await stream.write(chunk)
        except BaseException:
            await stream.abort()
            raise
        await stream.close()

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
