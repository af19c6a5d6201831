"""A content's ciphertext: AES-256-GCM over chunks that cannot be cut, moved or swapped.

Each content has a data key that encrypts this one content once, so the chunk's index serves as the
nonce. Content id, index and whether it is the last are associated data (the STREAM construction,
Hoang, Reyhanitabar, Rogaway, Vizár 2015). The owner is not: it changes when a content is adopted,
and the owner's key binds it already by wrapping the data key.
"""

import hashlib
from collections.abc import AsyncIterator

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from libs.contents.model import ContentDamaged

CHUNK_BYTES = 256 * 1024
TAG_BYTES = 16


def chunk_count(size: int) -> int:
    """Chunks of a clear text of `size` bytes; an empty one has one, so that it cannot be forged."""
    return max(1, -(-size // CHUNK_BYTES))


async def rechunk(pieces: AsyncIterator[bytes]) -> AsyncIterator[tuple[bytes, bool]]:
    """The same bytes in chunks of CHUNK_BYTES, each with whether it is the last."""
    waiting = bytearray()
    async for piece in pieces:
        waiting += piece
        while len(waiting) > CHUNK_BYTES:  # a full one may be the last: wait for what follows
            yield bytes(waiting[:CHUNK_BYTES]), False
            del waiting[:CHUNK_BYTES]
    yield bytes(waiting), True


async def in_chunks(data: bytes) -> AsyncIterator[tuple[bytes, bool]]:
    """The same of what is whole in memory, without a second copy of it."""
    count = chunk_count(len(data))
    for index in range(count):
        yield data[index * CHUNK_BYTES : (index + 1) * CHUNK_BYTES], index == count - 1


class ChunkEncryptor:
    """Encrypts one content's chunks in order, counting and hashing what it makes."""

    def __init__(self, data_key: bytes, content_id: str) -> None:
        self._cipher = AESGCM(data_key)
        self._content_id = content_id
        self._index = 0
        self._hash = hashlib.sha256()
        self.size = 0

    def encrypt(self, chunk: bytes, last: bool) -> bytes:
        sealed = self._cipher.encrypt(
            _nonce(self._index), chunk, _associated(self._content_id, self._index, last)
        )
        self._index += 1
        self._hash.update(sealed)
        self.size += len(chunk)
        return sealed

    @property
    def sha256(self) -> str:
        """Of the ciphertext so far, in hex."""
        return self._hash.hexdigest()


class ChunkDecryptor:
    """Decrypts one content's chunks in order; raises ContentDamaged when any is not the next."""

    def __init__(self, data_key: bytes, content_id: str, size: int) -> None:
        self._cipher = AESGCM(data_key)
        self._content_id = content_id
        self._index = 0
        self._count = chunk_count(size)

    def decrypt(self, sealed: bytes) -> bytes:
        last = self._index == self._count - 1
        try:
            chunk = self._cipher.decrypt(
                _nonce(self._index), sealed, _associated(self._content_id, self._index, last)
            )
        except InvalidTag:
            raise ContentDamaged(self._content_id) from None
        self._index += 1
        return chunk

    def finish(self) -> None:
        """Raises ContentDamaged when chunks are missing at the end."""
        if self._index != self._count:
            raise ContentDamaged(self._content_id)


def _nonce(index: int) -> bytes:
    return index.to_bytes(12, "big")


def _associated(content_id: str, index: int, last: bool) -> bytes:
    return b"content:%b:%d:%d" % (content_id.encode(), index, last)
