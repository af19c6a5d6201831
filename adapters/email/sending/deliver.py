"""Sending what is due in the outbox, and telling each ticket what became of its mails."""

import asyncio
import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import groupby

import msgspec
from aiokafka.errors import KafkaError

from adapters.email.sending.addressees import NotReady, Unreachable, Unwanted
from adapters.email.sending.compose import Mail, Undeliverable, compose
from adapters.email.sending.letters import Desk
from adapters.email.sending.outbox import UNTOLD, Entry, Outbox, Report, copy_of, notice_to
from adapters.email.sending.smarthost import Refused, Smarthost
from adapters.email.settings import EmailSettings
from libs.contents import ContentDamaged
from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.kafka import CommandSender, utc_now
from libs.events.published.tickets import RecordDelivery, RecordMail, RecordSurveyDelivery
from libs.keyring import KeyringError
from libs.mongo import PyMongoError
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
        due.sort(key=lambda entry: (entry.turn, entry.sequence))
        async with asyncio.TaskGroup() as group:
            for _, entries in groupby(due, key=lambda entry: entry.turn):
                group.create_task(self._in_turn(list(entries)))

    async def _in_turn(self, entries: Sequence[Entry]) -> None:
        async with self._free:
            try:
                for entry in entries:
                    await self._attempt(entry)
            except PyMongoError as error:
                log.warning("mails of %s wait: %r", entries[0].turn, error)

    async def _attempt(self, entry: Entry) -> None:
        also: list[Entry] = []
        try:
            if entry.kind == "notice":
                await self._tell_followers(entry)
            entry = await self._desk.addressed(entry)
            if entry.kind == "notice":
                also = await self._also_told(entry)
            mail = await self._written(entry, also)
            if entry.kind == "reply":
                copies = await self._desk.copied_to(entry)
                await self._outbox.add([copy_of(entry, to_id) for to_id in copies])
        except NotReady:
            await self._outbox.postpone(entry, utc_now() + _UNREADY)
            return
        if mail is None:
            for one in (entry, *also):
                await self._outbox.skip(one, utc_now())
            return
        if entry.state == "sending":
            log.warning("%s was being sent when its process died; it is sent again", entry.id)
        claimed = await self._outbox.claim(entry, utc_now() + self._lease)
        if claimed is not None:
            with self._telemetry.span("mail out", entry.traceparent):
                refused = mail if isinstance(mail, Refused) else await self._smarthost.send(mail)
            await self._settle_for_sure(claimed, refused)
            for one in also if refused is None else ():
                await self._settle_for_sure(one, None)

    async def _tell_followers(self, notice: Entry) -> None:
        """Put in the same news, and what will be told along with it, for who follows the ticket."""
        if notice.to_id:
            return
        waiting = await self._outbox.notices(notice.ticket_id)
        general = [notice, *(one for one in waiting if not one.to_id and one.id != notice.id)]
        await self._outbox.add(
            [
                notice_to(one, follower)
                for one in general
                for follower in await self._desk.followers(one)
            ]
        )

    async def _also_told(self, notice: Entry) -> list[Entry]:
        """What else waits to be told to the same agent about the same ticket."""
        waiting = await self._outbox.notices(notice.ticket_id)
        others = [
            await self._desk.addressed(one)
            for one in waiting
            if one.id != notice.id and one.sequence > notice.sequence
        ]
        return [one for one in others if one.to_id == notice.to_id]

    async def _written(self, entry: Entry, also: Sequence[Entry]) -> Mail | Refused | None:
        """The mail, or why there will be none; None where nobody has to know. also: what else it
        tells.

        Raises NotReady, PyMongoError.
        """
        try:
            return compose(await self._desk.letter(entry, also))
        except Unwanted as why:
            log.info("%s is not sent: %s", entry.id, why)
            return None
        except Unreachable as why:
            return Refused(str(why), final=True) if entry.wanted else None
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
            success = Report(entry.attempts, "", True) if entry.kind not in UNTOLD else None
            await self._outbox.settle(entry, "sent", now, success)
            self._sent.add(outcome="sent")
        elif refused.final or entry.attempts >= self._settings.delivery_attempts:
            log.warning("%s cannot be delivered: %s", entry.id, refused.error)
            # Who is told of failures cannot be told of this one.
            told = entry.kind not in UNTOLD
            failure = Report(entry.attempts, refused.error, True) if told else None
            await self._outbox.settle(entry, "failed", now, failure)
            self._sent.add(outcome="failed")
        else:
            # A ticket hears of the first delay; the agent needs no line for each further one.
            first = entry.kind == "reply" and entry.attempts == 1
            report = Report(1, refused.error, False) if first else None
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
    data: RecordDelivery | RecordSurveyDelivery | RecordMail
    match entry.kind:
        case "reply":
            data = RecordDelivery(entry.sequence, report.attempts, report.error, report.final)
        case "survey" if not report.error:
            data = RecordSurveyDelivery(entry.sequence)
        case "copy" | "side" | "acknowledgement" | "survey" as kind:
            told = (entry.sequence, entry.to_id, report.attempts, report.error)
            data = RecordMail(kind, *told)
        case "notice" | "sign_in" | "webhook_paused":
            raise ValueError(f"no ticket is told of a {entry.kind}")
    return Command(
        data=data,
        aggregate_id=entry.ticket_id,
        actor="adapter:email",
        command_id=digest("email.delivery", entry.id, outcome)[:32],
        correlation_id=entry.correlation_id,
        causation_id=entry.event_id,
        traceparent=entry.traceparent,
    )
