"""Telling webhooks what is due: each on its own, so that a slow one holds up nobody else.

Within a webhook one event of a ticket is under way at a time, and many tickets' are. Where nothing
succeeds any more, one request at a time asks whether the receiver is back.
"""

import asyncio
import logging
import random
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from aiokafka.errors import KafkaError

from adapters.webhooks.directory import Directory
from adapters.webhooks.queue import Delivery, Queue
from adapters.webhooks.sending import Answer, Sender
from adapters.webhooks.settings import WebhookSettings
from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.kafka import CommandSender, utc_now
from libs.events.published.setup import (
    PAUSED_AS_GONE,
    PAUSED_AS_SILENT,
    PAUSES_ITSELF,
    PauseWebhook,
    Webhook,
)
from libs.mongo import PyMongoError
from libs.telemetry import Progress
from libs.webhooks import CONTENT_TYPE, headers, secret_of

log = logging.getLogger(__name__)

PART = "webhooks-out"
GONE = 410
# After so many failures in a row it is the receiver, not an event.
_DOWN_AFTER = 5
_IDLE_SECONDS = 2.0


class Deliverer:
    """Keeps a worker for every webhook that is told something."""

    def __init__(
        self,
        settings: WebhookSettings,
        *,
        directory: Directory,
        queue: Queue,
        sender: Sender,
        commands: CommandSender,
        root: bytes,
        progress: Progress,
    ) -> None:
        self._settings = settings
        self._directory = directory
        self._queue = queue
        self._sender = sender
        self._commands = commands
        self._root = root
        self._progress = progress
        self._workers: dict[str, Worker] = {}
        progress.expect(PART, has_work=lambda: False)

    def wake(self) -> None:
        """Something new is due."""
        for worker in self._workers.values():
            worker.wake.set()

    async def run(self) -> None:
        """Begin and end workers as webhooks come and go, until cancelled."""
        async with asyncio.TaskGroup() as group:
            tasks: dict[str, asyncio.Task[None]] = {}
            while True:
                self._directory.changed.clear()
                for id, webhook in self._directory.webhooks.items():
                    silent = webhook.retired or bool(webhook.paused)
                    if silent and id in tasks:
                        tasks.pop(id).cancel()
                        self._workers.pop(id)
                    if webhook.retired:
                        with suppress(PyMongoError):  # tried again at the next change
                            await self._queue.forget(id)
                    if not silent and id not in tasks:
                        worker = self._workers[id] = self._worker(id)
                        tasks[id] = group.create_task(worker.run())
                self._progress.ready(PART)
                await self._directory.changed.wait()

    def _worker(self, id: str) -> "Worker":
        return Worker(
            id,
            lambda: self._directory.webhooks[id],
            self._settings,
            queue=self._queue,
            sender=self._sender,
            commands=self._commands,
            root=self._root,
        )


class Worker:
    """Tells one webhook. webhook: as it stands at this moment; wake: set when there is news."""

    def __init__(
        self,
        id: str,
        webhook: Callable[[], Webhook],
        settings: WebhookSettings,
        *,
        queue: Queue,
        sender: Sender,
        commands: CommandSender,
        root: bytes,
    ) -> None:
        self.wake = asyncio.Event()
        self._id = id
        self._webhook = webhook
        self._settings = settings
        self._queue = queue
        self._sender = sender
        self._commands = commands
        self._root = root
        self._failures = 0
        self._failing_since: datetime | None = None
        self._not_before = datetime.min.replace(tzinfo=UTC)

    async def run(self) -> None:
        """Send what is due until cancelled; without MongoDB or Kafka wait until they are back."""
        while True:
            pause = _IDLE_SECONDS
            self.wake.clear()
            try:
                await self._sweep()
                pause = await self._pause()
            except (PyMongoError, KafkaError) as error:
                log.warning("the webhook %s waits: %r", self._id, error)
            with suppress(TimeoutError):
                async with asyncio.timeout(pause):
                    await self.wake.wait()
            if utc_now() < self._not_before:
                await asyncio.sleep((self._not_before - utc_now()).total_seconds())

    async def _pause(self) -> float:
        due = await self._queue.next_due(self._id)
        if due is None:
            return _IDLE_SECONDS
        return min(_IDLE_SECONDS, max(0.0, (due - utc_now()).total_seconds()))

    async def _sweep(self) -> None:
        heads = await self._queue.heads(self._id, utc_now())
        if not heads:
            return
        if self._failures >= _DOWN_AFTER:
            await self._tell(heads[0])
            return
        free = asyncio.Semaphore(self._settings.webhook_at_once)

        async def in_turn(head: Delivery) -> None:
            async with free:
                try:
                    one: Delivery | None = head
                    while one and self._failures < _DOWN_AFTER and await self._tell(one):
                        one = await self._queue.first(one)
                except (PyMongoError, KafkaError) as error:
                    log.warning("a ticket's events wait: %r", error)

        async with asyncio.TaskGroup() as group:
            for head in heads:
                group.create_task(in_turn(head))

    async def _tell(self, one: Delivery) -> bool:
        """One attempt; whether it succeeded."""
        webhook, now = self._webhook(), utc_now()
        one.attempts += 1
        one.first_at = one.first_at or now
        answer = await self._sender.post(
            webhook.defined.url, self._headers(webhook, one, now), one.body.encode()
        )
        one.status, one.error = answer.status, answer.error
        if answer.is_success:
            await self._queue.settle(one, "done", utc_now())
            was_down = self._failures >= _DOWN_AFTER
            self._failures, self._failing_since = 0, None
            if was_down:
                await self._queue.hurry(self._id, utc_now())
            return True
        await self._failed(one, answer, utc_now())
        return False

    def _headers(self, webhook: Webhook, one: Delivery, now: datetime) -> dict[str, str]:
        secrets = [secret_of(self._root, self._id, id) for id in webhook.secrets_at(now)]
        signed = headers(one.event_id, now, one.body.encode(), secrets)
        return {"content-type": CONTENT_TYPE, **signed}

    async def _failed(self, one: Delivery, answer: Answer, now: datetime) -> None:
        self._failures += 1
        # Another ticket's success may end it before this failure is written down.
        failing_since = self._failing_since = self._failing_since or now
        log.info("the webhook %s failed: %s", self._id, answer.error)
        assert one.first_at is not None
        # Nobody could take anything while it was paused: then it has its days from the end of that.
        tried_since = max(one.first_at, self._webhook().resumed_at or one.first_at)
        if now - tried_since >= timedelta(hours=self._settings.webhook_hours):
            await self._queue.settle(one, "failed", now)
        else:
            until = now + max(self._backoff(one.attempts), timedelta(seconds=answer.retry_after))
            await self._queue.delay(one, until)
        if self._failures >= _DOWN_AFTER:
            tried = self._failures - _DOWN_AFTER + 1
            self._not_before = now + self._backoff(tried)
        if answer.status == GONE:
            await self._ask_to_pause(one, PAUSED_AS_GONE)
        elif now - failing_since >= timedelta(hours=self._settings.webhook_pause_hours):
            await self._ask_to_pause(one, f"{PAUSED_AS_SILENT} {answer.error}")

    async def _ask_to_pause(self, one: Delivery, reason: str) -> None:
        command: Command[object] = Command(
            data=PauseWebhook(reason),
            aggregate_id=self._id,
            actor=PAUSES_ITSELF,
            command_id=digest("webhooks.pause", one.id, str(one.attempts))[:32],
        )
        await self._commands.send([command])

    def _backoff(self, attempts: int) -> timedelta:
        """Twice as long each time, with jitter, so that what failed together does not come back
        together."""
        longest = self._settings.webhook_retry_most_seconds
        seconds = min(longest, self._settings.webhook_retry_seconds * 2 ** min(attempts - 1, 30))
        return timedelta(seconds=seconds * random.uniform(0.75, 1.25))
