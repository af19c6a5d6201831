"""Reading your own writes: from a command that was sent to documents that show what it did.

The answer to a command is its last event, or a reply where it made none: a tail of the log sees
either, and where it stands. The stored checkpoint of the build that is going to be read tells when
it is there. A wait ends in an outcome, never in an exception: visible, refused, accepted but not
visible yet, or unanswered.
"""

import asyncio
import base64
import binascii
import contextlib
import logging
import time
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
    """A reply, the topic of its aggregate's events, and where the event stands that is the answer
    (None where the command made none)."""

    reply: Reply
    events: str
    position: Position | None = None


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
        reply, events, position = answer.result()
        if reply.refusal:
            return Outcome("refused", reply)
        try:
            position = position or await self._behind(events, reply.partition)
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

    async def _behind(self, events: str, partition: int) -> Position:
        """A place behind everything that a command can have found which made no event itself."""
        tp = self._cluster.partition(events, partition)
        ends = await end_offsets(self._cluster, [tp], "read_committed")
        return Position(events, partition, ends[tp] - 1)

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
                    for record in records:
                        if self._reply_to in record.headers:
                            self._take(self._answer(self._cluster.plain(tp.topic), record))

    def _answer(self, topic: str, record: KafkaRecord) -> Answer:
        if topic in self._events_of:
            reply = msgspec.json.decode(record.value or b"", type=Reply)
            return Answer(reply, self._events_of[topic])
        headers = dict(record.headers)
        reply = Reply(
            command_id=headers["ce_causationid"].decode(),
            aggregate_id=(record.key or b"").decode(),
            partition=record.partition,
            sequence=int(headers["ce_sequence"]),
        )
        return Answer(reply, topic, Position(topic, record.partition, record.offset))

    def _take(self, answer: Answer) -> None:
        for future in self._expected.get(answer.reply.command_id, ()):
            if not future.done():
                future.set_result(answer)


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
