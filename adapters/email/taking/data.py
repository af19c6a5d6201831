"""What comes after DATA: kept as it comes, in memory or on disk, up to the one true end.

The end is CR LF dot CR LF and nothing else. What other servers might take for an end (a dot between
bare CRs or LFs) is how one mail is smuggled as two (CVE-2023-51764 and its kin); no honest sender
writes it, so such a mail is refused rather than passed on to be read in two ways.
"""

import asyncio
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from tempfile import SpooledTemporaryFile

from adapters.email.taking.limits import LARGE_BYTES, Budget

TOO_LARGE = "552 5.3.4 The mail is larger than {} bytes"
NO_ROOM = "452 4.3.1 There is no room for the mail at the moment; please send it again later"
SMUGGLED = "550 5.6.0 A dot between bare CR or LF: lines end in CR LF"
_END = b"\r\n.\r\n"
_LOOKS_LIKE_AN_END = re.compile(rb"(?:\A|[\r\n])\0*\.\0*[\r\n]")


class Incoming:
    """One mail on its way in. refusal: why it is not kept, "" while it is."""

    def __init__(self, largest: int, budget: Budget) -> None:
        self._largest = largest
        self._budget = budget
        self._file = SpooledTemporaryFile[bytes](max_size=LARGE_BYTES)
        self._taken = 0
        self.size = 0
        self.refusal = ""

    @classmethod
    @contextmanager
    def opened(cls, largest: int, budget: Budget) -> Iterator["Incoming"]:
        """A mail of up to so many bytes, for which the budget has to have room, in a block."""
        incoming = cls(largest, budget)
        try:
            yield incoming
        finally:
            incoming.drop()

    async def read_from(self, reader: asyncio.StreamReader) -> None:
        """Read up to the end, also what is not kept. The reader must be empty: whoever begins
        before it was asked to has been turned away."""
        reader.feed_data(b"\r\n")  # so that a dot in the first line is one at a line's start, too
        while True:
            try:
                last = await reader.readuntil(_END)
            except asyncio.LimitOverrunError as more:
                self._keep(await reader.read(more.consumed))
            else:
                self._keep(last[:-3])
                break

    def content(self) -> bytes | None:
        """The mail without what DATA added to it; None when it may be two. For any thread."""
        self._file.seek(2)
        wire = self._file.read()
        if _LOOKS_LIKE_AN_END.search(wire):
            return None
        mail = wire.replace(b"\r\n.", b"\r\n")
        return mail[1:] if mail.startswith(b".") else mail

    def drop(self) -> None:
        """Keep nothing of it any longer."""
        with suppress(OSError):
            self._file.close()
        self._budget.give(self._taken)
        self._taken = 0

    def _keep(self, piece: bytes) -> None:
        self.size += len(piece)
        if self.refusal:
            return
        if self.size > self._largest + 2:
            self.refusal = TOO_LARGE.format(self._largest)
        elif not self._budget.take(len(piece)):
            self.refusal = NO_ROOM
        else:
            self._taken += len(piece)
            try:
                self._file.write(piece)
            except OSError:  # no space left on the disk
                self.refusal = NO_ROOM
        if self.refusal:
            self.drop()
