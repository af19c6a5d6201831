"""A file on its way in: passed on piece by piece, hashed, its beginning looked at. Pure.

Digests are those of RFC 9530, of which a sender may give any; the ones that we know are compared.
"""

import hashlib
import re
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping

_LOOKED_AT_BYTES = 4_096
# A dictionary of byte sequences (RFC 9651).
_MEMBER = re.compile(r"([a-z][a-z0-9_.*-]{0,31})=:([A-Za-z0-9+/]{0,200}={0,2}):")
_KNOWN = {"sha-256": hashlib.sha256, "sha-512": hashlib.sha512}


class Corrupted(Exception):
    """What came is not what its sender has hashed."""


class Incoming:
    """The pieces of one file. Iterating raises Corrupted at their end where a digest differs, so
    that whoever stores them stores nothing."""

    def __init__(self, pieces: AsyncIterator[bytes], digests: Mapping[str, bytes]) -> None:
        self._pieces = pieces
        self._expected = digests
        self._sha256 = hashlib.sha256()
        self.size = 0
        self.beginning = b""

    async def __aiter__(self) -> AsyncIterator[bytes]:
        compared = {name: _KNOWN[name]() for name in self._expected}
        async for piece in self._pieces:
            if len(self.beginning) < _LOOKED_AT_BYTES:
                self.beginning += piece[: _LOOKED_AT_BYTES - len(self.beginning)]
            self.size += len(piece)
            self._sha256.update(piece)
            for one in compared.values():
                one.update(piece)
            yield piece
        if any(one.digest() != self._expected[name] for name, one in compared.items()):
            raise Corrupted

    @property
    def sha256(self) -> str:
        """Of what came so far, in hex."""
        return self._sha256.hexdigest()


def digests(header: str) -> Mapping[str, bytes]:
    """What ``Content-Digest`` or ``Repr-Digest`` says, by algorithm; those that we do not know are
    left out. Raises ValueError for what is no such header."""
    found: dict[str, bytes] = {}
    for member in filter(None, (one.strip() for one in header.split(","))):
        named = _MEMBER.fullmatch(member)
        if named is None:
            raise ValueError(f"{member!r} is not of the shape sha-256=:…:")
        digest = b64decode(named[2], validate=True)
        if named[1] in _KNOWN:
            found[named[1]] = digest
    return found
