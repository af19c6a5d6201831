"""What a stream of many tickets tells its reader: by the log's own positions, so that it can be
gone on with at any replica.
"""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from services.gateway.live.frames import Frame, reset, stood
from services.gateway.live.happening import Happening, read, written
from services.gateway.live.hub import Hub


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """What all are told alike who follow the same. whole: as it is sent to whoever has come no
    further than what has happened."""

    happening: Happening
    name: str
    data: object
    whole: bytes


Pick = Callable[[Happening], Told | None]


class Along:
    """How far one reader has come along the log.

    Made at once with its stream: what it missed until then is looked up here, what comes later is
    in the stream.
    """

    def __init__(self, hub: Hub, ledger_id: str, last_id: str, pick: Pick) -> None:
        self._hub = hub
        self._ledger_id = ledger_id
        self._pick = pick
        start = read(ledger_id, last_id, len(hub.vector)) if last_id else hub.vector
        missed = hub.since(start) if start is not None else None
        self._is_lost = missed is None
        self._missed: Sequence[Told] = [told for one in missed or () if (told := pick(one))]
        self._come = start if start is not None and missed is not None else hub.vector
        self._standing = tuple(map(max, self._come, hub.vector))

    async def first(self) -> AsyncIterator[bytes]:
        """What they missed, or that it is not remembered."""
        if self._is_lost:
            yield reset("What has happened since is not remembered.")
        for told in self._missed:
            yield self._frame(told)
        self._missed = ()
        self._come = self._standing
        yield stood(self._id)

    async def tell(self, item: object) -> bytes:
        """What comes, unless they know it from another replica."""
        if isinstance(item, bytes):  # of the moment, with no place in the log
            return item
        found = self._pick(item) if isinstance(item, Happening) else item
        if not isinstance(found, Told):
            return b""
        at = found.happening.recorded.position
        return b"" if at.offset < self._come[at.partition] else self._frame(found)

    def idle(self) -> bytes:
        """They have come as far as the hub, with nothing to be told on the way."""
        self._come = tuple(map(max, self._come, self._hub.vector))
        return stood(self._id)

    def _frame(self, told: Told) -> bytes:
        self._come = tuple(map(max, self._come, told.happening.vector))
        if self._come == told.happening.vector:
            return told.whole
        return Frame(told.name, told.data, self._id).encode()

    @property
    def _id(self) -> str:
        return written(self._ledger_id, self._come)


def told(ledger_id: str, happening: Happening, name: str, data: object) -> Told:
    """As it is told to all."""
    whole = Frame(name, data, written(ledger_id, happening.vector)).encode()
    return Told(happening, name, data, whole)
