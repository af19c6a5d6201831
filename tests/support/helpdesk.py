"""A whole helpdesk for mail: an SMTP server in front, intake, and a smarthost behind."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as CRLF

import msgspec

from adapters.email.app import mail_in, mail_out
from adapters.email.settings import EmailSettings
from deploy.local.ports import spare
from libs.contents import RENDITION_TYPE, ContentStore, NewContent, Rendition
from libs.events.envelope import Command, Recorded
from libs.events.published.tickets import ReplyToCustomer, TicketOpened
from libs.events.resources import Resources
from libs.telemetry import Progress
from tests.conftest import discarded, new_ledger
from tests.support.desk import Desk
from tests.support.mail import Post, post_office, send

Answer = Callable[[EmailMessage], Awaitable[None]]


@dataclass
class Helpdesk:
    """A whole helpdesk for mail: what comes in, and the smarthost that takes what goes out."""

    address: str
    port: int
    desk: Desk
    out: Post
    answer: Answer | None = None
    seen: int = field(default=0)

    async def write(
        self, message: EmailMessage, to: str = "", sender: str = "ana@example.org"
    ) -> None:
        """Somebody's mail comes in. to, sender: of its envelope; the desk's address where "" is
        the first."""
        raw = message.as_bytes(policy=CRLF)
        code, said = await send(self.port, raw, [to or self.address], sender)
        assert code == 250, said

    async def tell(self, aggregate_id: str, *data: msgspec.Struct) -> None:
        """An agent's commands to a ticket."""
        await self.desk.sender.send(
            [
                Command[object](data=one, aggregate_id=aggregate_id, actor="agent:g-1")
                for one in data
            ]
        )

    async def reply(self, opened: Recorded[TicketOpened], text: str) -> None:
        """An agent's public answer to a ticket's customer."""
        owner = opened.data.requester_id
        await self.desk.keyring.load([owner])
        contents = ContentStore(self.desk.mongo, self.desk.keyring)
        words = Rendition(text=text).encode()
        [ref] = await contents.put([NewContent(owner, words, RENDITION_TYPE)])
        await self.tell(opened.aggregate_id, ReplyToCustomer(ref))

    async def pass_on(self) -> bool:
        """Hand what has gone out to whoever answers; whether there was anything."""
        fresh = self.out.taken[self.seen :]
        self.seen += len(fresh)
        for mail in fresh:
            if self.answer is not None:
                await self.answer(mail)
        return bool(fresh)


@asynccontextmanager
async def helpdesk(address: str, **more: object) -> AsyncIterator[Helpdesk]:
    """Intake and the mail adapter on a ledger of their own, as their processes run them. more:
    settings of the adapter."""
    async with AsyncExitStack() as stack:
        ledger = new_ledger()
        stack.push_async_callback(discarded, ledger)
        desk = await stack.enter_async_context(Desk.on(ledger))
        await stack.enter_async_context(desk.intake())
        out = await stack.enter_async_context(post_office())
        settings = EmailSettings.model_validate(
            desk.settings.model_dump()
            | {
                "support_address": address,
                "smtp_port": spare(),
                "smarthost": f"127.0.0.1:{out.port}",
                "acknowledge_after_seconds": 0.1,
            }
            | more
        )
        on = await stack.enter_async_context(Resources.open(settings, "email"))
        working = asyncio.gather(mail_in(settings, on), mail_out(settings, on))
        try:
            async with asyncio.timeout(30):
                while not is_up(on.progress):
                    await asyncio.wait([working], timeout=0.1)
            yield Helpdesk(address, settings.smtp_port, desk, out)
        finally:
            working.cancel()
            await asyncio.gather(working, return_exceptions=True)


def is_up(progress: Progress) -> bool:
    """Whether the adapter takes mail, follows the log and sends."""
    parts = progress.report()
    return "mail-in" in parts and len(parts) > 2 and all(one.ready for one in parts.values())
