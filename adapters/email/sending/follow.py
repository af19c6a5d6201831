"""Following the log: a reply by mail goes into the outbox, then the checkpoint moves.

FastStream holds the subscription: this process's lanes as fixed partitions, in batches. What it
does of its own accord is kept away from the data: a failed batch would be skipped (so a failure
never comes back to it: it ends the process), bodies would be decoded as JSON (so they are left as
they are), and where to begin is not Kafka's say (so its offsets are set from the checkpoint
before, and follow it after).
"""

import asyncio
import contextlib
import logging
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import timedelta
from ssl import SSLContext
from typing import NamedTuple

from aiokafka.errors import KafkaError
from aiokafka.structs import OffsetAndMetadata
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage, TopicPartition
from faststream.security import (
    BaseSecurity,
    SASLPlaintext,
    SASLScram256,
    SASLScram512,
)

from adapters.email.sending.outbox import Entry, Kind, News, Outbox, caused_by
from libs.events.catalogue import CATALOGUE
from libs.events.checkpoints import Checkpoints, check_ends
from libs.events.codec import KafkaRecord
from libs.events.envelope import Recorded
from libs.events.kafka import Cluster, end_offsets
from libs.events.projector import read
from libs.events.published.messages import MessageFacts
from libs.events.published.tickets import (
    AgentReplied,
    CustomerMessageAdded,
    MailBounced,
    MailFailed,
    NoteAdded,
    ParticipantMessageAdded,
    ReplyFailed,
    SatisfactionAsked,
    SideConversationOpened,
    SideMessageAdded,
    SlaClockBreached,
    TicketAssigned,
    TicketOpened,
)
from libs.events.sources import Source
from libs.events.topics import events
from libs.mongo import PyMongoError
from libs.settings import Settings, kafka_client_options

log = logging.getLogger(__name__)

CONSUMER = "email.out"
_TICKETS = events("tickets")
_MAILING = (
    TicketOpened,
    AgentReplied,
    SideConversationOpened,
    SideMessageAdded,
    SatisfactionAsked,
    TicketAssigned,
    NoteAdded,
    CustomerMessageAdded,
    ParticipantMessageAdded,
    SlaClockBreached,
    ReplyFailed,
    MailFailed,
    MailBounced,
)
# A request through a form is answered by mail, too: nobody looks at a page all day.
_MAILED = ("email", "web")
_MOST_RECORDS = 500
_PACE_SECONDS = 0.1  # from batch to batch: a mail is not in a hurry
_MECHANISMS: Mapping[str, type[SASLPlaintext | SASLScram256 | SASLScram512]] = {
    "PLAIN": SASLPlaintext,
    "SCRAM-SHA-256": SASLScram256,
    "SCRAM-SHA-512": SASLScram512,
}
_STOP_SECONDS = 3
_AGAIN_SECONDS = 1.0


class Followed(NamedTuple):
    """What is followed: as which consumer, in which topic, which events, and the mails that one of
    these causes by itself."""

    consumer: str
    topic: str
    mailing: Collection[type]
    entries: Callable[[Recorded[object]], Sequence[Entry]]


async def begin(cluster: Cluster, checkpoints: Checkpoints, lanes: int, followed: Followed) -> None:
    """At the adapter's first start ever: the log as it ends now is history, and is not sent.

    That instant is the adapter's birth, for all lanes and replicas; it is recorded once.
    """
    topic = followed.topic
    sources = {cluster.partition(topic, lane): Source(topic, lane) for lane in range(lanes)}
    ends = await end_offsets(cluster, sources, "read_committed")
    await checkpoints.begin(followed.consumer, {sources[tp]: offset for tp, offset in ends.items()})


class Pauses(NamedTuple):
    """How long what the desk says of its own accord waits for what else there may be to say.

    notice: None where no agent has an address.
    """

    acknowledgement: timedelta
    notice: timedelta | None


def tickets(pauses: Pauses) -> Followed:
    """Tickets, and what about them is mailed."""
    return Followed(CONSUMER, _TICKETS, _MAILING, lambda recorded: entries_of(recorded, pauses))


class Follower:
    """Takes the mails out of some lanes of a log. wake: set when one came."""

    def __init__(
        self,
        followed: Followed,
        cluster: Cluster,
        checkpoints: Checkpoints,
        outbox: Outbox,
        lanes: Collection[int],
        wake: asyncio.Event,
    ) -> None:
        self.sources = [Source(followed.topic, lane) for lane in lanes]
        self._followed = followed
        names = (CATALOGUE.entry(cls).name.encode() for cls in followed.mailing)
        self._types = re.compile(rb"deskledger\.(%b)\.v[0-9]+" % b"|".join(names))
        self._wake = wake
        self._cluster = cluster
        self._checkpoints = checkpoints
        self._outbox = outbox

    async def run(self) -> None:
        """Follow until cancelled. Raises whatever keeps a batch from being stored, and Stopped."""
        await self._place()
        settings = self._cluster.settings
        broker = KafkaBroker(
            settings.kafka.split(","),
            security=_security(settings),
            allow_auto_create_topics=False,
            logger=None,
        )
        failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

        @broker.subscriber(
            partitions=[
                TopicPartition(self._cluster.topic(source.topic), source.partition)
                for source in self.sources
            ],
            batch=True,
            group_id=settings.namespace + self._followed.consumer,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            max_records=_MOST_RECORDS,
            batch_timeout_ms=10,
            decoder=_as_they_are,
        )
        async def take(bodies: list[bytes], message: KafkaMessage) -> None:
            try:
                await self._take(message.raw_message)
            except Exception as error:
                failed.set_exception(error)
                await asyncio.Event().wait()  # FastStream would go on with the next batch
            with contextlib.suppress(KafkaError):  # Kafka's copy of the offsets may lag behind
                await message.ack()
            await asyncio.sleep(_PACE_SECONDS)

        await broker.start()
        try:
            await failed
        finally:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(_STOP_SECONDS):
                    await broker.stop()

    async def _place(self) -> None:
        """Let Kafka begin where the checkpoint stands."""
        consumer = self._followed.consumer
        offsets = await self._checkpoints.load(consumer, self.sources)
        await check_ends(self._cluster, consumer, offsets)
        partitions = {self._cluster.partition(*source): n for source, n in offsets.items()}
        async with self._cluster.consumer(group=consumer) as kafka:
            kafka.assign(list(partitions))
            await kafka.commit({tp: OffsetAndMetadata(n, "") for tp, n in partitions.items()})

    async def _take(self, records: Sequence[KafkaRecord]) -> None:
        """Entries first, then the checkpoint: a crash in between adds them again, to no effect."""
        consumer, topic, _, entries_of = self._followed
        entries = [
            entry
            for record in records
            if self._types.fullmatch(dict(record.headers)["ce_type"])
            for entry in entries_of(read(record, topic, consumer))
        ]
        done = {Source(topic, record.partition): record.offset + 1 for record in records}
        while True:
            try:
                await self._outbox.add(entries)
                await self._checkpoints.store({consumer: done})
                break
            except PyMongoError as error:
                log.warning("replies wait for MongoDB: %r", error)
                await asyncio.sleep(_AGAIN_SECONDS)
        if entries:
            self._wake.set()


def entries_of(recorded: Recorded[object], pauses: Pauses) -> Sequence[Entry]:
    """The mails that an event causes by itself; who else gets a copy is known when it is sent.
    History causes none."""
    if recorded.origin == "import":
        return []
    match recorded.data:
        case TicketOpened(message=message) as opened if _is_to_be_acknowledged(recorded, opened):
            entry = _entry(recorded, message, "acknowledgement", opened.requester_id)
            entry.attachments, entry.sizes = [], []
            entry.due_at += pauses.acknowledgement
            return [entry]
        case SatisfactionAsked():
            return [_entry(recorded, None, "survey", "")]
        case AgentReplied(message=message) as replied if message.channel in _MAILED:
            entry = _entry(recorded, message, "reply", replied.to_id)
            entry.cc_ids, entry.wanted = [*replied.cc_ids], message.channel == "email"
            return [entry]
        case SideConversationOpened(message=message) as opened if opened.contact_id:
            side = opened.side_id
            return [_entry(recorded, message, "side", opened.contact_id, side)]
        case SideMessageAdded(message=message) as said if message.direction == "out":
            return [_entry(recorded, message, "side", "", said.side_id)]
    if pauses.notice is None:
        return []
    return [_notice(recorded, *news, pauses.notice) for news in _news(recorded)]


def _news(recorded: Recorded[object]) -> Iterator[tuple[News, str]]:
    """What agents are told, and who is: "" for whoever has the ticket and who follows
    it. Nobody is told what they
    did themselves."""
    who = recorded.actor.removeprefix("agent:")
    match recorded.data:
        case TicketAssigned(agent_id=agent) if agent not in ("", who):
            yield "assigned", agent
        case NoteAdded(mentions=mentions) as note:
            yield from (("mentioned", one) for one in mentions if one != note.agent_id)
        case CustomerMessageAdded() | ParticipantMessageAdded():
            yield "replied", ""
        case SlaClockBreached():
            yield "breached", ""
        case ReplyFailed() | MailFailed() | MailBounced():
            yield "undelivered", ""


def _notice(recorded: Recorded[object], news: News, to_id: str, pause: timedelta) -> Entry:
    entry = _entry(recorded, None, "notice", to_id)
    entry.id, entry.news = f"{recorded.event_id}:{to_id}", news
    entry.due_at += pause
    return entry


def _is_to_be_acknowledged(recorded: Recorded[object], opened: TicketOpened) -> bool:
    """A request of today that a person sent us: no automaton's (RFC 3834), no history, none that an
    agent made or sent on, and none that was split off."""
    message = opened.message
    return (
        message.channel in _MAILED
        and message.role == "customer"
        and not message.automatic
        and opened.origin == "live"
        and not opened.split_from
        and not recorded.actor.startswith("agent:")
    )


def _entry(
    recorded: Recorded[object],
    message: MessageFacts | None,
    kind: Kind,
    to_id: str,
    side_id: str = "",
) -> Entry:
    entry = caused_by(recorded, kind, to_id, recorded.aggregate_id)
    entry.side_id = side_id
    if message is not None:
        entry.rendition = message.rendition.id
        entry.attachments = [file.content.id for file in message.attachments]
        entry.sizes = [file.content.size for file in message.attachments]
    return entry


async def _as_they_are(message: KafkaMessage) -> Sequence[bytes]:
    return message.body if isinstance(message.body, list) else [message.body]


def _security(settings: Settings) -> BaseSecurity | None:
    """TLS and SASL in FastStream's words."""
    context = kafka_client_options(settings).get("ssl_context")
    tls = context if isinstance(context, SSLContext) else None
    if not settings.kafka_security_protocol.startswith("SASL"):
        return BaseSecurity(tls) if tls else None
    password = settings.kafka_sasl_password.get_secret_value()
    return _MECHANISMS[settings.kafka_sasl_mechanism](
        settings.kafka_sasl_username, password, ssl_context=tls, use_ssl=tls is not None
    )
