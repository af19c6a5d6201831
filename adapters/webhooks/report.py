"""What has become of deliveries goes to the log, and requests to try one again come from there.

Noted is what does not go through at once: that it is in trouble, that it has failed, and that it
went through in the end. What an earlier process has not noted yet the next one does.
"""

import asyncio
import logging
from collections.abc import Callable

from aiokafka.errors import KafkaError

from adapters.webhooks.directory import Directory
from adapters.webhooks.queue import Delivery, Queue
from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.kafka import CommandSender, utc_now
from libs.events.published.setup import DeliveryState, NoteWebhookDelivery
from libs.mongo import PyMongoError

log = logging.getLogger(__name__)

_MOST_AT_ONCE = 200
_LOOK_SECONDS = 0.5


class Reporter:
    """Goes between the queue and the log. wake: called when something is due again."""

    def __init__(
        self,
        directory: Directory,
        queue: Queue,
        commands: CommandSender,
        wake: Callable[[], None],
    ) -> None:
        self._directory = directory
        self._queue = queue
        self._commands = commands
        self._wake = wake

    async def run(self) -> None:
        """Note and retry until cancelled; without MongoDB or Kafka wait until they are back."""
        while True:
            try:
                await self._retry()
                await self._note()
            except (PyMongoError, KafkaError) as error:
                log.warning("what has become of deliveries waits: %r", error)
            await asyncio.sleep(_LOOK_SECONDS)

    async def _retry(self) -> None:
        for id, sequence in list(self._directory.retries.items()):
            if await self._queue.retry(id, sequence, utc_now()):
                self._wake()
            if self._directory.retries[id] == sequence:
                del self._directory.retries[id]

    async def _note(self) -> None:
        while found := await self._queue.to_note(_MOST_AT_ONCE):
            await self._commands.send([_note_of(one) for one in found])
            for one in found:
                await self._queue.noted(one)


def _note_of(one: Delivery) -> Command[object]:
    state: DeliveryState = "delivered" if one.state == "done" else one.state
    assert one.first_at is not None
    note = NoteWebhookDelivery(
        webhook_id=one.webhook_id,
        event_id=one.event_id,
        type=one.type,
        ticket_id=one.ticket_id,
        state=state,
        attempts=one.attempts,
        status=one.status,
        error=one.error,
        first_at=one.first_at,
        next_at=one.due_at if state == "waiting" else None,
        replay=one.replay,
    )
    return Command(
        data=note,
        aggregate_id=one.id,
        actor="adapter:webhooks",
        command_id=digest("webhooks.note", one.id, str(one.retried), state, str(one.attempts))[:32],
    )
