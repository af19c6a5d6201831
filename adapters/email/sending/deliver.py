"""Sending what is due in the outbox, and telling each ticket what became of its reply.

Unlike the receiving side this one holds a full keyring: to deliver a reply, its words and the
address that it goes to have to be read. The two sides share no keyring and no content store.
"""

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import groupby

import msgspec
from aiokafka.errors import KafkaError

from adapters.email.sending.compose import (
    Enclosure,
    Letter,
    Mail,
    Undeliverable,
    answering,
    compose,
)
from adapters.email.sending.outbox import Entry, Outbox, Report
from adapters.email.sending.smarthost import Refused, Smarthost
from adapters.email.sending.threads import THREADS, address_of
from adapters.email.settings import EmailSettings
from libs.contents import Content, ContentDamaged, ContentStore, Rendition
from libs.events.builds import Builds
from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.kafka import CommandSender, utc_now
from libs.events.personal import Personal
from libs.events.published.tickets import RecordDelivery
from libs.keyring import Keyring, KeyringError
from libs.mongo import Document, PyMongoError
from libs.references import References
from libs.telemetry import Progress, Telemetry

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 8
_SWEEP = 100
_IDLE_SECONDS = 2.0
_REPORTED_WITHIN_SECONDS = 10.0
# A reply can be in the outbox before our own projection has read what it answers.
_UNREADY = timedelta(seconds=0.2)
# A lease is so much longer than the smarthost's time: it must not end while its holder still sends.
_LEASE_FACTOR = 1.5
_ERASED = "the addressee was erased"


class NotReady(Exception):
    """The projection has not read yet what this reply needs."""


class Desk:
    """Where a reply finds what it needs: words, thread, address."""

    def __init__(
        self,
        settings: EmailSettings,
        builds: Builds,
        keyring: Keyring,
        contents: ContentStore,
        references: References,
    ) -> None:
        self._settings = settings
        self._builds = builds
        self._keyring = keyring
        self._contents = contents
        self._references = references

    async def letter(self, entry: Entry) -> Letter:
        """The reply as a letter. Raises NotReady, Undeliverable, PyMongoError."""
        view = await self._builds.view(THREADS)
        thread = await view.collection("threads").find_one({"_id": entry.ticket_id})
        person = await view.collection("people").find_one({"_id": entry.to_id})
        if thread is None or thread["sequence"] < entry.sequence or person is None:
            raise NotReady
        address, name = await self._addressee(person)
        before = [m for m in thread["messages"] if m["sequence"] < entry.sequence]
        ids = [
            entry.rendition,
            thread["subject"],
            *(m["content"] for m in before if "content" in m),
        ]
        contents = await self._contents.get(filter(None, [*ids, *entry.attachments]))
        words = {
            id: Rendition.decode(content.data)
            for id in ids
            if isinstance(content := contents.get(id), Content)
        }
        rendition = words.get(entry.rendition)
        if rendition is None:
            raise Undeliverable("its text was deleted before it could be sent")
        opening = words.get(thread["subject"], Rendition())
        return Letter(
            message_id=self._message_id(entry.id, entry.ticket_id),
            written_at=entry.written_at,
            sender=self._settings.support_address,
            reply_to=self._references.reply_address(
                self._settings.support_address, entry.ticket_id
            ),
            address=address,
            name=name,
            subject=rendition.subject or answering(opening.subject),
            text=rendition.text,
            html=rendition.html,
            thread=[id for m in before if (id := self._id_of(m, entry.ticket_id, words))],
            enclosures=[
                Enclosure(file_name, content.ref.media_type, content.data)
                for id, file_name in zip(entry.attachments, _names(entry, rendition), strict=True)
                if isinstance(content := contents[id], Content)
            ],
        )

    async def _addressee(self, person: Document) -> tuple[str, str]:
        if person.get("erased"):
            raise Undeliverable(_ERASED)
        sealed = address_of(person)
        if sealed is None:
            bounces = "mail to the contact's address fails for good"
            none = "the contact has no mail address any more"
            raise Undeliverable(bounces if person["addresses"] else none)
        await self._keyring.load([person["key"]])
        address = Personal[str](person["key"], sealed=sealed).reveal(self._keyring)
        name = Personal[str](person["key"], sealed=person["name"]).reveal(self._keyring)
        if not isinstance(address, str):
            raise Undeliverable(_ERASED)
        return address, name if isinstance(name, str) else ""

    def _id_of(self, message: Document, ticket_id: str, words: dict[str, Rendition]) -> str:
        if "event" in message:
            return self._message_id(message["event"], ticket_id)
        return words.get(message["content"], Rendition()).message_id

    def _message_id(self, event_id: str, ticket_id: str) -> str:
        return self._references.message_id(event_id, ticket_id, self._settings.mail_domain)


class Delivery:
    """The sender's loop. wake: set when something new is due."""

    def __init__(
        self,
        settings: EmailSettings,
        *,
        outbox: Outbox,
        desk: Desk,
        smarthost: Smarthost,
        commands: CommandSender,
        wake: asyncio.Event,
        telemetry: Telemetry,
        progress: Progress,
    ) -> None:
        self._settings = settings
        self._outbox = outbox
        self._desk = desk
        self._smarthost = smarthost
        self._commands = commands
        self._wake = wake
        self._telemetry = telemetry
        self._sent = telemetry.metrics.mails_sent
        self._progress = progress
        self._lease = timedelta(seconds=settings.smarthost_seconds) * _LEASE_FACTOR
        self._free = asyncio.Semaphore(_MOST_AT_ONCE)
        progress.expect("mail-out", within_seconds=60 + self._lease.total_seconds())

    async def run(self) -> None:
        """Send what is due until cancelled; without MongoDB or Kafka wait until they are back."""
        while True:
            pause = _IDLE_SECONDS
            try:
                await self._sweep()
                await self._report()
                pause = await self._pause()
                self._progress.ready("mail-out")
            except (PyMongoError, KafkaError, TimeoutError) as error:
                log.warning("mail out waits: %r", error)
            self._progress.beat("mail-out")
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self._wake.wait()
            self._wake.clear()

    async def _pause(self) -> float:
        due = await self._outbox.next_due()
        if due is None:
            return _IDLE_SECONDS
        return min(_IDLE_SECONDS, max(0.0, (due - utc_now()).total_seconds()))

    async def _sweep(self) -> None:
        """Everything that is due, the replies of one ticket one after the other."""
        due = await self._outbox.due(utc_now(), _SWEEP)
        due.sort(key=lambda entry: (entry.ticket_id, entry.sequence))
        async with asyncio.TaskGroup() as group:
            for _, entries in groupby(due, key=lambda entry: entry.ticket_id):
                group.create_task(self._in_turn(list(entries)))

    async def _in_turn(self, entries: Sequence[Entry]) -> None:
        async with self._free:
            try:
                for entry in entries:
                    await self._attempt(entry)
            except PyMongoError as error:
                log.warning("replies of %s wait: %r", entries[0].ticket_id, error)

    async def _attempt(self, entry: Entry) -> None:
        try:
            mail = await self._written(entry)
        except NotReady:
            await self._outbox.postpone(entry, utc_now() + _UNREADY)
            return
        if entry.state == "sending":
            log.warning("%s was being sent when its process died; it is sent again", entry.id)
        claimed = await self._outbox.claim(entry, utc_now() + self._lease)
        if claimed is not None:
            with self._telemetry.span("mail out", entry.traceparent):
                refused = mail if isinstance(mail, Refused) else await self._smarthost.send(mail)
            await self._settle_for_sure(claimed, refused)

    async def _written(self, entry: Entry) -> Mail | Refused:
        """The mail, or why there will be none. Raises NotReady, PyMongoError."""
        try:
            return compose(await self._desk.letter(entry))
        except Undeliverable as why:
            return Refused(str(why), final=True)
        except (ContentDamaged, KeyringError, msgspec.DecodeError, ValueError) as error:
            # One unreadable reply must not stop the others; in the end its agent hears of it.
            log.error("%s cannot be written: %r", entry.id, error)
            return Refused(f"it cannot be read ({type(error).__name__})", final=False)

    async def _settle_for_sure(self, entry: Entry, refused: Refused | None) -> None:
        """Without MongoDB wait with the mark in hand: to forget it would send the mail again."""
        while True:
            try:
                return await self._settle(entry, refused)
            except PyMongoError as error:
                log.warning("the outcome of %s waits: %r", entry.id, error)
            self._progress.beat("mail-out")
            await asyncio.sleep(_IDLE_SECONDS)

    async def _settle(self, entry: Entry, refused: Refused | None) -> None:
        """Write down what became of an attempt."""
        now = utc_now()
        if refused is None:
            await self._outbox.settle(entry, "sent", now, Report(entry.attempts, "", True))
            self._sent.add(outcome="sent")
        elif refused.final or entry.attempts >= self._settings.delivery_attempts:
            log.warning("%s cannot be delivered: %s", entry.id, refused.error)
            failure = Report(entry.attempts, refused.error, True)
            await self._outbox.settle(entry, "failed", now, failure)
            self._sent.add(outcome="failed")
        else:
            # A ticket hears of the first delay; the agent needs no line for each further one.
            report = Report(1, refused.error, False) if entry.attempts == 1 else None
            await self._outbox.delay(entry, now + self._backoff(entry.attempts), report)
            self._sent.add(outcome="delayed")

    def _backoff(self, attempts: int) -> timedelta:
        """Twice as long each time, with jitter, so that what failed together does not come back
        together."""
        longest = self._settings.delivery_retry_most_seconds
        seconds = min(longest, self._settings.delivery_retry_seconds * 2 ** (attempts - 1))
        return timedelta(seconds=seconds * random.uniform(0.75, 1.25))

    async def _report(self) -> None:
        """Tell the tickets, by commands whose ids make a repetition harmless."""
        entries = await self._outbox.unreported(_SWEEP)
        async with asyncio.timeout(_REPORTED_WITHIN_SECONDS):
            await self._commands.send([_command(e, e.report) for e in entries if e.report])
        for entry in entries:
            await self._outbox.reported(entry)


def _command(entry: Entry, report: Report) -> Command[object]:
    outcome = "final" if report.final else "delayed"
    return Command(
        data=RecordDelivery(entry.sequence, report.attempts, report.error, report.final),
        aggregate_id=entry.ticket_id,
        actor="adapter:email",
        command_id=digest("email.delivery", entry.id, outcome)[:32],
        correlation_id=entry.correlation_id,
        causation_id=entry.id,
        traceparent=entry.traceparent,
    )


def _names(entry: Entry, rendition: Rendition) -> list[str]:
    """The attachments' names, one each."""
    missing = len(entry.attachments) - len(rendition.attachments)
    return [*rendition.attachments, *(["attachment"] * missing)][: len(entry.attachments)]
