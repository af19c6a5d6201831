"""A content as a MongoDB document: made from clear text, and read back.

Fields: _id, owner (key id), key (the data key under the owner's), size, media_type, sha256,
created_at, and the ciphertext: `body` for one chunk, else `file`, the id of a GridFS file whose
chunks are those of libs/contents/chunks.py. A tombstone has deleted_at and no key.
"""

import os
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import uuid_utils

from libs.contents.chunks import CHUNK_BYTES, TAG_BYTES, ChunkDecryptor, ChunkEncryptor
from libs.contents.model import ContentDamaged, ContentRef
from libs.keyring import Keyring
from libs.mongo import Bucket, Document

# Told of a content and its file (ids) before any of the file is written.
Begin = Callable[[str, str], Awaitable[None]]
REF_FIELDS = ("size", "media_type", "sha256")
_DATA_KEY_BYTES = 32


def content_ref(document: Document) -> ContentRef:
    """The reference that stands in events; a tombstone has it, too."""
    return ContentRef(document["_id"], document["size"], document["media_type"], document["sha256"])


class ContentWriter:
    """Makes one content's document. The owner's key must be loaded when it is constructed."""

    def __init__(self, keyring: Keyring, owner: str, media_type: str, id: str | None) -> None:
        data_key = os.urandom(_DATA_KEY_BYTES)
        self._id = id or uuid_utils.uuid7().hex
        self._encryptor = ChunkEncryptor(data_key, self._id)
        self._head = {
            "_id": self._id,
            "owner": owner,
            "key": keyring.wrap(owner, data_key),
            "media_type": media_type,
            "created_at": datetime.now(UTC),
        }

    def inline(self, data: bytes) -> Document:
        """For at most CHUNK_BYTES."""
        return self._finish({"body": self._encryptor.encrypt(data, last=True)})

    async def upload(
        self, files: Bucket, chunks: AsyncIterator[tuple[bytes, bool]], begin: Begin
    ) -> Document:
        """For chunks as `rechunk` makes them. The file is there before the document is."""
        chunk, last = await anext(chunks)
        if last:
            return self.inline(chunk)
        # A name of its own for each attempt: what a crash left behind is not in the way.
        file_id = uuid_utils.uuid7().hex
        await begin(self._id, file_id)
        first = self._encryptor.encrypt(chunk, last=False)
        await files.upload(file_id, self._encrypted(first, chunks), CHUNK_BYTES + TAG_BYTES)
        return self._finish({"file": file_id})

    async def _encrypted(
        self, first: bytes, rest: AsyncIterator[tuple[bytes, bool]]
    ) -> AsyncIterator[bytes]:
        yield first
        async for chunk, last in rest:
            yield self._encryptor.encrypt(chunk, last)

    def _finish(self, ciphertext: Document) -> Document:
        return {
            **self._head,
            "size": self._encryptor.size,
            "sha256": self._encryptor.sha256,
            **ciphertext,
        }


@dataclass(frozen=True, slots=True)
class ContentReader:
    """One content's document with its data key."""

    document: Document
    data_key: bytes

    async def chunks(self, files: Bucket) -> AsyncIterator[bytes]:
        """The clear text; raises ContentDamaged, also when the file is gone."""
        id: str = self.document["_id"]
        decryptor = ChunkDecryptor(self.data_key, id, self.document["size"])
        if "body" in self.document:
            yield decryptor.decrypt(self.document["body"])
        else:
            try:
                async for sealed in files.download(self.document["file"]):
                    yield decryptor.decrypt(sealed)
            except FileNotFoundError:
                raise ContentDamaged(id) from None
        decryptor.finish()
