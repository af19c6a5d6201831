"""Who follows what, in memory: what happens is handed to those who asked for it, and to no others.

A stream that does not take what it is handed is ended when so much waits for it, so that a slow
reader costs the others nothing; it comes back with the id of what it was last told.
"""

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from services.gateway.live.happening import Happening

MOST_WAITING = 256
# Streams that are woken in one turn of the event loop: each turn is what a request waits for, some
# ten times.
AT_A_TIME = 4
# What streams that come back may have missed, of all partitions.
REMEMBERED = 4_000


class Stream:
    """What waits to be told to one reader. ended: why nothing more comes ("": more comes)."""

    __slots__ = ("_news", "_waiting", "_wake", "ended")

    def __init__(self, wake: Callable[["Stream"], None]) -> None:
        self._wake = wake
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
        if not self._waiting:
            self._wake(self)
        self._waiting.append(item)

    @property
    def is_quiet(self) -> bool:
        """Whether nothing waits."""
        return not self._waiting

    def wake(self) -> None:
        """Let its reader have what waits."""
        self._news.set()

    def end(self, why: str) -> None:
        """Nothing more comes, and what waits is not told."""
        self.ended = self.ended or why
        self._waiting.clear()
        self._news.set()

    async def take(self, seconds: float) -> Sequence[object]:
        """What waits, as soon as something does; nothing after so many seconds, or at the end."""
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
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
        self._listeners: list[Callable[[Happening], None]] = []
        self._standing = asyncio.Event()
        self._to_wake: deque[Stream] = deque()
        self._closed = False

    def __len__(self) -> int:
        return len(self._streams)

    def begin(self, vector: tuple[int, ...]) -> None:
        """What happens from these offsets on is going to be told."""
        self.vector = vector
        most = remembered(len(vector))
        self._lately = {place: deque(maxlen=most) for place in range(len(vector))}
        self._since = vector

    def _wake(self, stream: Stream) -> None:
        self._to_wake.append(stream)
        if len(self._to_wake) == 1:
            asyncio.get_running_loop().call_soon(self._wake_some)

    def _wake_some(self) -> None:
        """Some at a time, so that requests have their turn while thousands are told."""
        for _ in range(min(AT_A_TIME, len(self._to_wake))):
            self._to_wake.popleft().wake()
        if self._to_wake:
            asyncio.get_running_loop().call_soon(self._wake_some)

    def stand(self) -> None:
        """Everything is told that was in the log when it began."""
        self._standing.set()

    @property
    def stands(self) -> bool:
        """Whether what is told now is new."""
        return self._standing.is_set()

    async def standing(self) -> None:
        """Wait until it stands."""
        await self._standing.wait()

    @contextmanager
    def following(self, *keys: str) -> Iterator[Stream]:
        """A stream of what concerns any of these keys, while the block runs."""
        stream = Stream(self._wake)
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
        for listener in self._listeners:
            listener(happening)

    def listen(self, listener: Callable[[Happening], None]) -> None:
        """Have every happening handed to who knows whom it concerns."""
        self._listeners.append(listener)

    def since(self, vector: Sequence[int]) -> Sequence[Happening] | None:
        """What was told behind these offsets, in its order; None where it is not remembered."""
        missed: list[Happening] = []
        for place, lately in self._lately.items():
            behind = self._since[place]
            if len(lately) == lately.maxlen:
                behind = lately[0].recorded.position.offset
            if vector[place] < behind:
                return None
            for happening in reversed(lately):
                if happening.recorded.position.offset < vector[place]:
                    break
                missed.append(happening)
        return sorted(missed, key=lambda happening: happening.number)

    def tell(self, key: str, item: object) -> None:
        """Tell everybody who follows this key."""
        for stream in self._of.get(key, ()):
            stream.offer(item)


def remembered(lanes: int) -> int:
    """How many events of each partition."""
    return max(1, REMEMBERED // lanes)


def ticket(id: str) -> str:
    """The key of what happens to a ticket."""
    return f"ticket/{id}"
