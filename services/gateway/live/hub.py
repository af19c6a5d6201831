"""Who follows what, in memory: what happens is handed to those who asked for it, and to no others.

A stream that does not take what it is handed is ended when so much waits for it, so that a slow
reader costs the others nothing; it comes back with the id of what it was last told.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from services.gateway.live.happening import Happening

MOST_WAITING = 256
# What a stream that comes back may have missed, of each partition.
REMEMBERED = 2_000


class Stream:
    """What waits to be told to one reader. ended: why nothing more comes ("": more comes)."""

    __slots__ = ("_news", "_waiting", "ended")

    def __init__(self) -> None:
        self._waiting: list[object] = []
        self._news = asyncio.Event()
        self.ended = ""

    def offer(self, item: object) -> None:
        """One more thing to be told."""
        if self.ended:
            return
        if len(self._waiting) >= MOST_WAITING:
            self.end("too slow")
            return
        self._waiting.append(item)
        self._news.set()

    def end(self, why: str) -> None:
        """Nothing more comes, and what waits is not told."""
        self.ended = self.ended or why
        self._waiting.clear()
        self._news.set()

    async def take(self, seconds: float) -> Sequence[object]:
        """What waits, as soon as something does; nothing after so many seconds, or at the end."""
        try:
            async with asyncio.timeout(seconds):
                await self._news.wait()
        except TimeoutError:
            return ()
        taken, self._waiting = self._waiting, []
        if not self.ended:
            self._news.clear()
        return taken


class Hub:
    """Hands out what happens. vector: the next offset of each partition that is to be told."""

    def __init__(self) -> None:
        self.vector: tuple[int, ...] = ()
        self._streams: set[Stream] = set()
        self._of: dict[str, set[Stream]] = defaultdict(set)
        self._lately: dict[int, deque[Happening]] = {}
        self._since: tuple[int, ...] = ()
        self._closed = False

    def __len__(self) -> int:
        return len(self._streams)

    def begin(self, vector: tuple[int, ...]) -> None:
        """What happens from these offsets on is going to be told."""
        self.vector = vector
        self._lately = {place: deque(maxlen=REMEMBERED) for place in range(len(vector))}
        self._since = vector

    @contextmanager
    def following(self, *keys: str) -> Iterator[Stream]:
        """A stream of what concerns any of these keys, while the block runs."""
        stream = Stream()
        if self._closed:
            stream.end("closing")
        self._streams.add(stream)
        for key in keys:
            self._of[key].add(stream)
        try:
            yield stream
        finally:
            self._streams.discard(stream)
            for key in keys:
                self._of[key].discard(stream)
                if not self._of[key]:
                    del self._of[key]

    def close(self) -> None:
        """End every stream: the process stops."""
        self._closed = True
        for stream in list(self._streams):
            stream.end("closing")

    def publish(self, happening: Happening) -> None:
        """Tell what has happened."""
        self.vector = happening.vector
        self._lately[happening.recorded.position.partition].append(happening)
        self.tell(ticket(happening.ticket_id), happening)

    def tell(self, key: str, item: object) -> None:
        """Tell everybody who follows this key."""
        for stream in self._of.get(key, ()):
            stream.offer(item)


def ticket(id: str) -> str:
    """The key of what happens to a ticket."""
    return f"ticket/{id}"
