"""Reading your own writes: from a command that was sent to documents that show what it did.

The reply says how it was decided and up to which sequence; a tail of the log knows at which offset
that sequence stands; and the stored checkpoint of the build that is going to be read tells when it
is there. A wait ends in an outcome, never in an exception: visible, refused, accepted but not
visible yet, or unanswered.
"""

import asyncio
import base64
import binascii
import contextlib
import logging
import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Sequence
from typing import Literal, NamedTuple

import msgspec
from aiokafka.errors import KafkaError

from libs.events import topics
from libs.events.builds import View
from libs.events.checkpoints import Checkpoints
from libs.events.codec import KafkaRecord
from libs.events.envelope import Position, Reply
from libs.events.kafka import Cluster, end_offsets
from libs.events.sources import sources_of

log = logging.getLogger(__name__)

# The tail remembers where the newest event of so many aggregates stands.
REMEMBERED = 50_000
# A reply to a repeated command, or to one that changed nothing, may speak of an event from before
# the tail's time. After so long (s) the end of its partition serves as well: it stands behind it.
UNSEEN_SECONDS = 0.05


class Outcome(msgspec.Struct, frozen=True):
    """What became of a command within the time given.

    visible: decided, and the view shows it; refused: the reply says why; accepted: decided, but
    not visible yet; unanswered: nobody has decided it yet, and it may still happen.
    position: where what it did stands, for ``token`` (None when that is not known).
    """

    kind: Literal["visible", "refused", "accepted", "unanswered"]
    reply: Reply | None = None
    position: Position | None = None


class Answer(NamedTuple):
    """A reply, and the topic of its aggregate's events."""

    reply: Reply
    events: str


class Waiter:
    """The waiting of one replica. name: what its commands carry as ``reply_to``.

    async with waiter.expecting(command.command_id) as answer:
        await sender.send([command])
        outcome = await waiter.outcome(answer, view, timeout=5)
    """

    def __init__(
        self, cluster: Cluster, checkpoints: Checkpoints, aggregates: Sequence[str], name: str
    ) -> None:
        self.name = name
        self._reply_to = ("ce_replyto", name.encode())
        self._cluster = cluster
        self._checkpoints = checkpoints
        self._events_of = {topics.replies(a): topics.events(a) for a in aggregates}
        self._expected: dict[str, set[asyncio.Future[Answer]]] = {}
        self._heads: OrderedDict[bytes, tuple[int, Position]] = OrderedDict()
        self._awaited: dict[bytes, set[asyncio.Future[None]]] = {}
        self._standing = asyncio.Event()

    async def run(self) -> None:
        """Follow the tails of replies and events until cancelled; begin again when Kafka fails."""
        while True:
            try:
                await self._follow()
            except (KafkaError, OSError) as error:
                log.warning("the tails of replies and events begin again: %r", error)
            self._standing.clear()
            await asyncio.sleep(0.5)

    async def standing(self) -> None:
        """Wait until the tails stand: a reply from before that is not seen."""
        await self._standing.wait()

    @contextlib.asynccontextmanager
    async def expecting(self, command_id: str) -> AsyncIterator["asyncio.Future[Answer]"]:
        """Expect the answer to a command, from before it is sent until the block ends."""
        future: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()
        self._expected.setdefault(command_id, set()).add(future)
        try:
            yield future
        finally:
            others = self._expected[command_id]
            others.discard(future)
            if not others:
                del self._expected[command_id]

    async def outcome(
        self, answer: "asyncio.Future[Answer]", view: View, timeout: float
    ) -> Outcome:
        """What an expected command has become within so many seconds, and whether the view shows
        it."""
        deadline = time.monotonic() + timeout
        await asyncio.wait([answer], timeout=timeout)
        if not answer.done():
            return Outcome("unanswered")
        reply = answer.result().reply
        if reply.refusal:
            return Outcome("refused", reply)
        try:
            position = await self._position(*answer.result())
        except KafkaError as error:
            log.warning("where %s stands cannot be told: %r", reply.aggregate_id, error)
            return Outcome("accepted", reply)
        shown = await self.shows(view, position, deadline - time.monotonic())
        return Outcome("visible" if shown else "accepted", reply, position)

    async def shows(self, view: View, position: Position, timeout: float) -> bool:
        """Whether the view shows what the log holds up to a position, within so many seconds."""
        if position.topic not in view.projection.sources:
            return True
        return await self._checkpoints.passed(view.consumer, position, timeout)

    async def _position(self, reply: Reply, topic: str) -> Position:
        """Where the last event that a reply speaks of stands, or a place behind it."""
        key = reply.aggregate_id.encode()
        give_up = time.monotonic() + UNSEEN_SECONDS
        while (left := give_up - time.monotonic()) > 0:
            sequence, position = self._heads.get(key, (0, None))
            if position is not None and sequence >= reply.sequence:
                return position
            moved: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            awaited = self._awaited.setdefault(key, set())
            awaited.add(moved)
            await asyncio.wait([moved], timeout=left)
            awaited.discard(moved)
            if not awaited:
                self._awaited.pop(key, None)
        tp = self._cluster.partition(topic, reply.partition)
        ends = await end_offsets(self._cluster, [tp], "read_committed")
        return Position(topic, reply.partition, ends[tp] - 1)

    async def _follow(self) -> None:
        lanes = (await self._cluster.ledger()).lanes
        followed = sources_of([*self._events_of, *self._events_of.values()], lanes)
        partitions = [self._cluster.partition(*source) for source in followed]
        async with self._cluster.consumer() as tail:
            ends = await end_offsets(self._cluster, partitions, "read_committed")
            tail.assign(partitions)
            for tp, end in ends.items():
                tail.seek(tp, end)
            self._standing.set()
            while True:
                for tp, records in (await tail.getmany(timeout_ms=1_000)).items():
                    events = self._events_of.get(self._cluster.plain(tp.topic))
                    for record in records:
                        if events is None:
                            self._take_event(self._cluster.plain(tp.topic), record)
                        else:
                            self._take_reply(events, record)

    def _take_reply(self, events: str, record: KafkaRecord) -> None:
        if self._reply_to in record.headers:
            reply = msgspec.json.decode(record.value or b"", type=Reply)
            for future in self._expected.get(reply.command_id, ()):
                if not future.done():
                    future.set_result(Answer(reply, events))

    def _take_event(self, topic: str, record: KafkaRecord) -> None:
        sequence = next((int(value) for name, value in record.headers if name == "ce_sequence"), 0)
        key = record.key or b""
        self._heads[key] = (sequence, Position(topic, record.partition, record.offset))
        self._heads.move_to_end(key)
        if len(self._heads) > REMEMBERED:
            self._heads.popitem(last=False)
        for future in self._awaited.get(key, ()):
            if not future.done():
                future.set_result(None)


def token(position: Position) -> str:
    """A position as an opaque text for a header."""
    return base64.urlsafe_b64encode(str(position).encode()).decode().rstrip("=")


def read_token(text: str) -> Position:
    """The position in a token. Raises ValueError for any other text."""
    try:
        padded = text.encode("ascii") + b"=" * (-len(text) % 4)
        return Position.parse(base64.b64decode(padded, altchars=b"-_", validate=True).decode())
    except (ValueError, binascii.Error) as error:
        raise ValueError(f"{text[:80]!r} is no position token") from error
