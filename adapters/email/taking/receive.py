"""A mail becomes contents and records of ``channels.inbound``; only then is it ours.

This side sees transit keys alone: what it stores it can seal, and nobody's own key opens for it.
A mail that could not be confirmed may still have been taken (Kafka's client goes on trying); the
sender's next attempt carries the same digest, so it is the same message to everybody behind us.
"""

import asyncio
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import ParamSpec, TypeVar

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, KafkaTimeoutError

from adapters.email.accounts import Accounts
from adapters.email.reading.authentication import NOBODY, Vouching
from adapters.email.reading.bounces import Bounce as Told
from adapters.email.reading.parse import MOST_REFERENCES, Mail, digest, parse
from adapters.email.taking.batches import Batches
from adapters.email.taking.checking import Checker, Client
from adapters.email.taking.limits import LARGE_BYTES, Turns
from libs.contents import RENDITION_TYPE, ContentRef, ContentStore, NewContent, Passage, Rendition
from libs.events import ids
from libs.events.kafka import Cluster, utc_now
from libs.events.published.channels import (
    Bounce,
    Complaint,
    Content,
    InboundAttachment,
    InboundMessage,
    Sealed,
    Sender,
)
from libs.events.published.messages import Origin
from libs.events.topics import INBOUND, MAX_RECORD_BYTES
from libs.keyring import Keyring
from libs.references import References

P = ParamSpec("P")
T = TypeVar("T")

CONFIRMED_WITHIN_SECONDS = 5.0
MOST_IN_A_BATCH = 100
HEAVIEST_BATCH_BYTES = 8_000_000
WORKERS = 3
# What MongoDB stores at the least, so that a large mail has its time.
_SLOWEST_BYTES_A_SECOND = 1_000_000
# Who wrote a mail that does not say: a name that can never be delivered to (RFC 2606).
_NOBODY = "unknown@sender.invalid"
_LONGEST_ID = 998


@dataclass(frozen=True, slots=True)
class Arrival:
    """How a mail came: to which accounts, from whom the envelope said (None without an envelope),
    to which of our addresses, when; client: who handed it in, where that may be the sender;
    origin: ``import`` for history."""

    accounts: tuple[str, ...]
    return_path: str | None
    recipients: tuple[str, ...] = ()
    received_at: datetime = field(default_factory=utc_now)
    traceparent: str | None = None
    client: Client | None = None
    origin: Origin = "live"


@dataclass(frozen=True, slots=True)
class Arrived:
    """One mail for one of our accounts. copied: other people whom it was sent to; bounce: what
    it reports, as far as this copy of it is about that."""

    account: str
    digest: str
    raw: bytes
    mail: Mail
    references: tuple[str, ...]
    copied: tuple[str, ...]
    arrival: Arrival
    bounce: Told | None = None

    def contents(self, owner: str) -> list[NewContent]:
        """What goes into the content store: the words, the bytes as they came, the files.

        Their ids come from the digest: a second delivery finds them there.
        """
        mail = self.mail
        words = Rendition(
            mail.subject,
            mail.text,
            mail.html,
            attachments=tuple(file.name for file in mail.files),
            message_id=mail.message_id,
            folded=tuple(Passage(*passage) for passage in mail.folded),
            content_ids=_unless_empty(file.content_id for file in mail.files),
            really=_unless_empty(file.really for file in mail.files),
            protection=mail.protection,
            no_answer=mail.no_answer,
            authentication=mail.authentication,
            away_until=mail.away_until,
        )
        return [
            NewContent(owner, words.encode(), RENDITION_TYPE, self._content_id("rendition")),
            NewContent(owner, self.raw, "message/rfc822", self._content_id("original")),
            *(
                NewContent(owner, file.data, file.media_type, self._content_id("file", str(place)))
                for place, file in enumerate(mail.files)
            ),
        ]

    def message(self, stored: Iterator[ContentRef], seal: "Seal") -> InboundMessage:
        """The record, with what ``contents`` has become."""
        mail = self.mail
        own_id = mail.message_id if 0 < len(mail.message_id) <= _LONGEST_ID else self.digest
        rendition, original = _content(next(stored)), _content(next(stored))
        return InboundMessage(
            channel="email",
            account=self.account,
            id=own_id,
            thread=mail.thread[:_LONGEST_ID] or own_id,
            sender=Sender(address=seal(mail.sender or _NOBODY), name=seal(mail.sender_name)),
            received_at=self.arrival.received_at,
            sent_at=mail.sent_at,
            rendition=rendition,
            original=original,
            attachments=tuple(
                InboundAttachment(content=_content(next(stored)), inline=file.inline)
                for file in mail.files
            ),
            references=self.references,
            copied=tuple(map(seal, self.copied)),
            authentication=mail.authentication,
            forwarded=_first_sender(mail, seal),
            as_note=mail.as_note,
            language=mail.language,
            length=len(mail.text),
            automatic=mail.automatic,
            bounce=_bounce(self.bounce, seal),
            complaint=_complaint(mail, seal),
            origin=self.arrival.origin,
            digest=self.digest,
        )

    def _content_id(self, *what: str) -> str:
        return ids.digest(*what, self.digest)[:32]


class Seal:
    """Seals personal values under the transit key of one message."""

    def __init__(self, keyring: Keyring, key: str) -> None:
        self._keyring = keyring
        self._key = key

    def __call__(self, clear: str) -> Sealed:
        return Sealed(key=self._key, sealed=self._keyring.seal(self._key, clear.encode()))


class Reception:
    """Takes mails for our accounts. ``run`` must run beside it.

    vouching: whose word on senders counts; checker: asks the DNS about them where nobody has said;
    work_bytes: of large mails in hand at a time.
    """

    def __init__(
        self,
        accounts: Accounts,
        *,
        keyring: Keyring,
        contents: ContentStore,
        cluster: Cluster,
        producer: AIOKafkaProducer,
        lanes: int,
        vouching: Vouching = NOBODY,
        checker: Checker | None = None,
        work_bytes: int = 30_000_000,
    ) -> None:
        self.accounts = accounts
        self.turns = Turns(work_bytes)
        self._thread = ThreadPoolExecutor(1, "large-mails")
        self._keyring = keyring
        self._contents = contents
        self._topic = cluster.topic(INBOUND)
        self._producer = producer
        self._lanes = lanes
        self._vouching = vouching
        self._checker = checker
        self._domains = accounts.domains
        self._batches: Batches[Sequence[Arrived]] = Batches(
            self._commit,
            weigh=lambda copies: sum(len(copy.raw) for copy in copies),
            most=MOST_IN_A_BATCH,
            heaviest=HEAVIEST_BATCH_BYTES,
            workers=WORKERS,
        )
        self._lost: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def run(self) -> None:
        """Work until cancelled. Raises KafkaError when the producer cannot be used any more."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._batches.run())
            await self._lost

    async def take(self, raw: bytes, arrival: Arrival) -> None:
        """Return when MongoDB and Kafka have the mail, once for each account it came for.

        Raises TimeoutError after 5 s (and one more a megabyte), PyMongoError, KeyringError or
        KafkaError: then the sender has to send it again. Large mails come in turn (``turns``).
        """
        if len(raw) <= LARGE_BYTES:
            copies = self._read(raw, arrival)
        else:
            copies = await self.apart(self._read, raw, arrival)
        copies = await self._for_each_recipient(await self._checked(copies))
        async with asyncio.timeout(CONFIRMED_WITHIN_SECONDS + len(raw) / _SLOWEST_BYTES_A_SECOND):
            await self._batches.do(copies)

    async def apart(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Work on a large mail, while the others go on. In one thread: each keeps some of the
        memory that it has ever used."""
        asked = partial(work, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._thread, asked)

    def _read(self, raw: bytes, arrival: Arrival) -> list[Arrived]:
        """The mail taken apart, for each of its accounts."""
        mail = parse(raw, arrival.return_path, self._vouching, self.accounts.by_address)
        told = mail.complaint or next(iter(mail.bounces), None)
        returned = told.returned if told else ()
        references = self._ours((*arrival.recipients, *mail.references, *returned))
        copied = self._others(mail)
        return [
            Arrived(account, digest(account, raw), raw, mail, references, copied, arrival)
            for account in dict.fromkeys(arrival.accounts)
        ]

    async def _for_each_recipient(self, copies: list[Arrived]) -> list[Arrived]:
        """Of a report that a mail of ours failed, one for each whom it did not reach."""
        bounces = copies[0].mail.bounces
        if not bounces:
            return copies
        references = References(await self._keyring.secret("references"))
        if references.find(copies[0].references) is None:
            return copies  # of somebody else's mail: a message like others
        return [
            replace(copy, digest=_of_recipient(copy.digest, place, told), bounce=told)
            for copy in copies
            for place, told in enumerate(bounces)
        ]

    async def _checked(self, copies: list[Arrived]) -> list[Arrived]:
        """With what the DNS says of the sender, where it is asked."""
        mail, arrival = copies[0].mail, copies[0].arrival
        if self._checker is None or mail.authentication != "unknown" or arrival.origin == "import":
            return copies
        raw = copies[0].raw
        verdict = await self._checker.verdict(raw, arrival.return_path, arrival.client)
        found = replace(mail, authentication=verdict)
        return [replace(copy, mail=found) for copy in copies]

    def _ours(self, candidates: Sequence[str]) -> tuple[str, ...]:
        """Addresses and Message-IDs at our own domains: only they can hold a reference of ours,
        and other people's addresses do not travel in clear."""
        ours = (
            text[:_LONGEST_ID]
            for text in candidates
            if text.rstrip(">").rpartition("@")[2].lower() in self._domains
        )
        return tuple(dict.fromkeys(ours))[:MOST_REFERENCES]

    def _others(self, mail: Mail) -> tuple[str, ...]:
        """Those whom it was sent to beside us and its sender."""
        own = mail.sender.lower()
        return tuple(
            address
            for address in mail.copied
            if address != own and address.rpartition("@")[2] not in self._domains
        )

    async def _commit(self, batch: Sequence[Sequence[Arrived]]) -> None:
        arrived = [copy for copies in batch for copy in copies]
        transit = await self._keyring.transit_keys(utc_now(), [""] * len(arrived))
        keyed = list(zip(arrived, transit, strict=True))
        stored = iter(
            await self._contents.put([new for copy, key in keyed for new in copy.contents(key)])
        )
        try:
            sent = [
                await self._send(
                    copy.message(stored, Seal(self._keyring, key)), copy.arrival.traceparent
                )
                for copy, key in keyed
            ]
            await asyncio.gather(*sent)
        except KafkaError as error:
            # After some errors a producer fails for ever; having no room for 20 s is none of them.
            lost = not error.retriable and not isinstance(error, KafkaTimeoutError)
            if lost and not self._lost.done():
                self._lost.set_exception(error)
            raise

    async def _send(
        self, message: InboundMessage, traceparent: str | None
    ) -> "asyncio.Future[object]":
        conversation = message.conversation_id
        value = message.model_dump_json(exclude_defaults=True).encode()
        if len(value) > MAX_RECORD_BYTES:
            raise ValueError(f"a record of {len(value)} bytes: {MAX_RECORD_BYTES} are the limit")
        sent: asyncio.Future[object] = await self._producer.send(
            self._topic,
            key=conversation.encode(),
            value=value,
            headers=[("ce_traceparent", traceparent.encode())] if traceparent else [],
            partition=ids.partition_of(conversation, self._lanes),
        )
        return sent


def _first_sender(mail: Mail, seal: Seal) -> Sender | None:
    if mail.forwarded is None:
        return None
    address, name = mail.forwarded
    return Sender(address=seal(address), name=seal(name))


def _unless_empty(texts: Iterable[str]) -> tuple[str, ...]:
    found = tuple(texts)
    return found if any(found) else ()


def _of_recipient(digest: str, place: int, told: Told) -> str:
    """A report of several recipients is one message for each: it stands under their keys."""
    return ids.digest("bounce", digest, told.recipient.lower()) if place else digest


def _bounce(told: Told | None, seal: Seal) -> Bounce | None:
    if told is None:
        return None
    return Bounce(recipient=seal(told.recipient), status=told.status, permanent=told.permanent)


def _complaint(mail: Mail, seal: Seal) -> Complaint | None:
    told = mail.complaint
    if told is None:
        return None
    return Complaint(kind=told.kind, recipient=seal(told.recipient) if told.recipient else None)


def _content(ref: ContentRef) -> Content:
    return Content(id=ref.id, size=ref.size, media_type=ref.media_type, sha256=ref.sha256)
