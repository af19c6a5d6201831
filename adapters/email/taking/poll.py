"""A mailbox is followed: what comes in is taken, and only then marked, and only then passed.

Exactly one ticket: a crash between any two steps repeats a few messages, whose digests intake
knows. A message that cannot be taken is passed over and left where it is; it never stops the box.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import ParamSpec, TypeVar

from aiokafka.errors import KafkaError

from adapters.email.taking.delivered import return_path
from adapters.email.taking.imap import (
    Broken,
    Connection,
    Declined,
    Listed,
    Refused,
    Secret,
    Standing,
)
from adapters.email.taking.mailboxes import Mailbox
from adapters.email.taking.positions import Position, Positions, begun, renumbered
from adapters.email.taking.receive import Arrival, Reception
from adapters.email.taking.secrets import Secrets
from libs.events.kafka import utc_now
from libs.keyring import KeyringError
from libs.mongo import Collection, PyMongoError
from libs.telemetry import Progress, Telemetry

log = logging.getLogger(__name__)

P = ParamSpec("P")
T = TypeVar("T")

LISTED_AT_ONCE = 1_000
TAKEN_AT_ONCE = 50
HEAVIEST_BATCH_BYTES = 5_000_000
# How far apart the clocks of a mailbox before and after its renumbering may be.
_OVERLAP = timedelta(days=2)
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 300.0
# Whoever is told that a password is wrong again and again locks the account.
_REFUSED_PAUSE_SECONDS, _LONGEST_REFUSED_PAUSE_SECONDS = 30.0, 3_600.0
# How often a password that was good is tried again soon.
_TRUSTED_TRIES = 3
_BEAT_SECONDS = 20.0
_ALIVE_WITHIN_SECONDS = 1_800.0
# A message during which the process ended this often goes alone; this often, it is passed over.
_ALONE_AFTER, _PASSED_AFTER = 2, 10
# A message that cannot be read is tried so often, one at which the connection breaks more often.
_TRIES, _BROKEN_TRIES = 3, 10
_OUTAGES = (PyMongoError, KafkaError, KeyringError, TimeoutError)


class Poller:
    """Follows one mailbox.

    name: in logs and health; trouble: why it does not work just now, in a sentence, "" while it
    does; attempts: connections so far; passed_over: messages that stayed where they are.
    """

    def __init__(
        self,
        mailbox: Mailbox,
        *,
        reception: Reception,
        collection: Collection,
        secrets: Secrets,
        progress: Progress,
        telemetry: Telemetry,
        largest_bytes: int,
    ) -> None:
        self._mailbox = mailbox
        self._reception = reception
        self._positions = Positions(collection, mailbox.name)
        self._secrets = secrets
        self._progress = progress
        self._fetched = telemetry.metrics.mails_fetched
        self._largest = largest_bytes
        self.name = f"mailbox-{mailbox.name}"
        self._failures: dict[tuple[int, int], int] = {}
        self._in_vain = 0
        self._trusted = 0
        self.trouble = ""
        self.attempts = 0
        self.passed_over = 0
        progress.expect(self.name, _ALIVE_WITHIN_SECONDS)

    async def run(self) -> None:
        """Follow until cancelled."""
        # A mailbox that is down must not keep the rest of the process from being ready.
        self._progress.ready(self.name)
        while True:
            try:
                await self._visit()
            except Refused as error:
                self._secrets.forget()
                # What was good a moment ago is so again: a server that starts knows nobody yet.
                first = _FIRST_PAUSE_SECONDS if self._trusted else _REFUSED_PAUSE_SECONDS
                if self._trusted == _TRUSTED_TRIES:
                    self._in_vain = 0
                self._trusted = max(0, self._trusted - 1)
                await self._pause(error, first, _LONGEST_REFUSED_PAUSE_SECONDS)
            except (Broken, *_OUTAGES) as error:
                await self._pause(error, _FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS)

    async def _visit(self) -> None:
        """One connection, until it breaks. Raises Refused, Broken and what outages raise."""
        self.attempts += 1
        secret = await self._secrets.current()
        visit = Visit(self.name)
        try:
            connection = await visit.open(self._mailbox, secret)
            self._trusted = _TRUSTED_TRIES
            position = await self._begin(await visit.ask(connection.standing))
            while True:
                self._progress.beat(self.name)
                standing = await visit.ask(connection.standing)
                if standing.validity != position.validity:
                    return  # a new connection finds out
                while position.next_uid < standing.next_uid:
                    position = await self._take_some(visit, connection, position, standing.next_uid)
                    self._progress.beat(self.name)
                    self._in_vain = 0
                self.trouble, self._in_vain = "", 0
                if connection.has_news:
                    await visit.ask(connection.wait, self._mailbox.poll_seconds)
                else:
                    await asyncio.sleep(self._mailbox.poll_seconds)
        finally:
            visit.leave()

    async def _begin(self, standing: Standing) -> Position:
        position = await self._positions.load()
        if position is None:
            existing = self._mailbox.take_existing
            return await self._positions.save(begun(standing, existing, utc_now()))
        if position.validity != standing.validity:
            log.warning("%s has new UIDs; what is new in it is looked for", self.name)
            since = position.newest - _OVERLAP
            return await self._positions.save(renumbered(position, standing, since))
        return position

    async def _take_some(
        self, visit: "Visit", connection: Connection, position: Position, end: int
    ) -> Position:
        """Take the next messages, or pass over UIDs that nothing has; the new position."""
        last = min(position.next_uid + LISTED_AT_ONCE, end) - 1
        listed = await visit.ask(connection.listed, position.next_uid, last)
        wanted = [one for one in listed if one.mail and one.arrived_at >= position.not_before]
        batch = self._batch(wanted, position)
        if not batch:
            return await self._positions.save(replace(position, next_uid=last + 1, attempts=0))
        position = await self._positions.save(
            replace(position, next_uid=batch[0].uid, attempts=position.attempts + 1)
        )
        taken: list[Listed] = []
        failure: BaseException | None = None
        whole = len(batch) == len(wanted)
        then = last + 1 if whole else batch[-1].uid + 1
        # The connection hands them out one after the other; they are stored together.
        outcomes = await asyncio.gather(
            *(
                self._take(visit, connection, replace(position, next_uid=one.uid), one)
                for one in batch
            ),
            return_exceptions=True,
        )
        for one, outcome in zip(batch, outcomes, strict=True):
            if outcome is True:
                taken.append(one)
            elif isinstance(outcome, BaseException):
                failure, then = outcome, one.uid
                break
        try:
            await self._finish(visit, connection, [one.uid for one in taken])
        except Broken:  # what is taken and not marked comes again; the process has not ended
            await self._positions.save(replace(position, attempts=0))
            raise
        self._failures = {
            which: count for which, count in self._failures.items() if which[1] >= then
        }
        newest = max([position.newest, *(one.arrived_at for one in taken)])
        position = replace(position, next_uid=then, newest=newest, attempts=0)
        await self._positions.save(position)
        if taken:
            self._fetched.add(len(taken), outcome="taken")
        if failure is not None:
            raise failure
        return position

    def _batch(self, wanted: Sequence[Listed], position: Position) -> Sequence[Listed]:
        """As many as go together; one alone where the process has ended before."""
        batch: list[Listed] = []
        most = 1 if position.attempts >= _ALONE_AFTER else TAKEN_AT_ONCE
        weight = 0
        for one in wanted[:most]:
            weight += one.size
            if batch and weight > HEAVIEST_BATCH_BYTES:
                break
            batch.append(one)
        return batch

    async def _take(
        self, visit: "Visit", connection: Connection, position: Position, one: Listed
    ) -> bool:
        """Take one message; False when it is passed over. Raises Broken and what outages raise."""
        if one.size > self._largest:
            return await self._pass_over(position, f"larger than {self._largest} bytes")
        if position.attempts > _PASSED_AFTER:
            return await self._pass_over(position, "the process ended again and again meanwhile")
        try:
            async with self._reception.turns.of(one.size, _ALIVE_WITHIN_SECONDS):
                raw = await visit.ask(connection.fetch, one.uid, self._largest + 1)
                if not raw:
                    return False  # somebody else has removed it
                if len(raw) > self._largest:
                    return await self._pass_over(position, f"larger than {self._largest} bytes")
                await self._reception.take(raw, self._arrival(raw, one))
        except _OUTAGES:
            raise
        except Exception as error:
            return await self._failed(position, error)
        return True

    async def _failed(self, position: Position, error: Exception) -> bool:
        """It may be this message's own fault: try it a few times, then pass it over."""
        which = (position.validity, position.next_uid)
        self._failures[which] = self._failures.get(which, 0) + 1
        if self._failures[which] < (_BROKEN_TRIES if isinstance(error, Broken) else _TRIES):
            raise Broken(
                f"{self.name}: a message could not be taken: {type(error).__name__}"
            ) from error
        del self._failures[which]
        ours = not isinstance(error, Broken | Declined)
        said = type(error).__name__ if ours else "the server does not hand it out"
        return await self._pass_over(position, said)

    async def _pass_over(self, position: Position, reason: str) -> bool:
        self.passed_over += 1
        self._fetched.add(outcome="passed over")
        log.error("%s: message %d stays there: %s", self.name, position.next_uid, reason)
        await self._positions.passed_over(position, reason, utc_now())
        return False

    async def _finish(self, visit: "Visit", connection: Connection, uids: Sequence[int]) -> None:
        """Mark what is taken. A mailbox that does not let us still gives its messages."""
        try:
            await visit.ask(connection.finish, uids)
        except Declined as error:
            log.warning("%s: messages that are taken could not be marked: %s", self.name, error)

    def _arrival(self, raw: bytes, one: Listed) -> Arrival:
        address = self._mailbox.address
        arrived_at = min(one.arrived_at, utc_now())
        return Arrival((self._mailbox.account,), return_path(raw), (address,), arrived_at)

    async def _pause(self, error: Exception, first: float, longest: float) -> None:
        """Wait before the next attempt, twice as long each time, never quite the same."""
        self.trouble = str(error) or type(error).__name__
        log.warning("%s is not followed at the moment: %s", self.name, self.trouble)
        seconds = min(longest, first * 2.0 ** min(self._in_vain, 20)) * random.uniform(0.75, 1.25)
        self._in_vain += 1
        while seconds > 0:
            self._progress.beat(self.name)
            await asyncio.sleep(min(seconds, _BEAT_SECONDS))
            seconds -= _BEAT_SECONDS


class Visit:
    """Asks a blocking connection, in the one thread that it belongs to."""

    def __init__(self, name: str) -> None:
        self._thread = ThreadPoolExecutor(1, name)
        self._connection: Connection | None = None

    async def open(self, mailbox: Mailbox, secret: Secret) -> Connection:
        """Raises Refused or Broken."""
        self._connection = await self.ask(Connection.open, mailbox, secret)
        return self._connection

    async def ask(self, question: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The answer. Raises what the question raises."""
        asked = partial(question, *args, **kwargs)
        return await asyncio.get_running_loop().run_in_executor(self._thread, asked)

    def leave(self) -> None:
        """End the connection, whatever it is waiting for; nobody waits for the thread."""
        if self._connection is not None:
            self._connection.cut()
            self._thread.submit(self._connection.drop)
        self._thread.shutdown(wait=False)
