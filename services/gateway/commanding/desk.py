"""The desk that carries commands out: words first, then the command, then what became of it."""

import asyncio
import contextlib
import logging
from datetime import timedelta

import msgspec

from libs.batching import Batches
from libs.contents import RENDITION_TYPE, ContentRef, ContentStore, NewContent, Rendition
from libs.events.builds import Builds
from libs.events.envelope import Command
from libs.events.kafka import CommandSender, utc_now
from libs.events.personal import Personal
from libs.events.waiting import Answer, Outcome, Waiter
from libs.keyring import Keyring
from libs.mongo import PyMongoError
from services.gateway.availability import needing
from services.gateway.commanding.draft import Draft
from services.gateway.commanding.requests import Requests

log = logging.getLogger(__name__)

# A reply may come this long after the last moment at which the command may be decided.
AFTERMATH_SECONDS = 10.0

# Words that come together are stored together: a write waits for the journal, whatever its size.
MOST = 100
WORKERS = 2


class CommandDesk:
    """Sends commands to their owners, for callers who wait and for callers who look later."""

    def __init__(
        self,
        *,
        sender: CommandSender,
        waiter: Waiter,
        builds: Builds,
        contents: ContentStore,
        keyring: Keyring,
        requests: Requests,
        command_seconds: float,
    ) -> None:
        self._sender = sender
        self._waiter = waiter
        self._builds = builds
        self._keeping = Batches(contents.put, MOST, WORKERS)
        self._keyring = keyring
        self._requests = requests
        self._command_seconds = command_seconds
        self._late: set[asyncio.Task[None]] = set()

    async def keep(self, draft: Draft, words: Rendition) -> ContentRef:
        """Store a command's words before the command that names them (claim check)."""
        new = NewContent(draft.owner, words.encode(), RENDITION_TYPE, draft.content_id)
        async with needing("MongoDB"):
            return await self._keeping.do(new)

    async def seal(self, text: str, about: str) -> Personal[str]:
        """Personal data as it travels to its owner. about: the contact, or address, whose erasure
        destroys it on its way."""
        async with needing("MongoDB"):
            return Personal.of(text, await self._keyring.transit_key(utc_now(), about))

    async def carry_out(self, draft: Draft, data: msgspec.Struct) -> Outcome:
        """Send the command and wait for its outcome as long as the caller wants to.

        Raises KeyReused; Unavailable when Kafka or MongoDB does not answer: the command may then
        still be carried out, but not later than ``command_seconds`` from now.
        """
        command: Command[object] = Command(
            data=data,
            aggregate_id=draft.aggregate_id,
            actor=draft.caller.actor,
            command_id=draft.command_id,
            expected_sequence=draft.expected_sequence,
            not_after=utc_now() + timedelta(seconds=self._command_seconds),
            reply_to=self._waiter.name,
            traceparent=draft.traceparent,
        )
        remembered = draft.keyed or draft.wait_seconds == 0
        async with needing("MongoDB"):
            view = await self._builds.view(draft.projection)
        async with contextlib.AsyncExitStack() as stack:
            if draft.keyed:
                await self._remember(draft)
            answer = await stack.enter_async_context(self._waiter.expecting(draft.command_id))
            if remembered and not draft.keyed:
                await asyncio.gather(self._send(command), self._remember(draft))
            else:
                await self._send(command)
            outcome = await self._waiter.outcome(answer, view, draft.wait_seconds)
            if outcome.kind == "unanswered":
                if not remembered:
                    await self._remember(draft)
                self._follow_later(draft, answer, stack.pop_all())
            return outcome

    async def _send(self, command: Command[object]) -> None:
        async with needing("Kafka"):
            await self._sender.send([command])

    async def _remember(self, draft: Draft) -> None:
        """So that its outcome can be asked for, and its key stands for nothing else."""
        async with needing("MongoDB"):
            await self._requests.admit(
                draft.command_id, draft.caller.actor, draft.fingerprint, draft.aggregate_id
            )

    def _follow_later(
        self, draft: Draft, answer: "asyncio.Future[Answer]", stack: contextlib.AsyncExitStack
    ) -> None:
        """Note what becomes of a command after its caller was told to look later."""

        async def follow() -> None:
            async with stack:
                await asyncio.wait([answer], timeout=self._command_seconds + AFTERMATH_SECONDS)
                if not answer.done():
                    return
                try:
                    await self._requests.decided(draft.command_id, answer.result().reply)
                except PyMongoError as error:
                    log.warning("an outcome could not be noted: %s", type(error).__name__)

        task = asyncio.create_task(follow())
        self._late.add(task)
        task.add_done_callback(self._late.discard)
