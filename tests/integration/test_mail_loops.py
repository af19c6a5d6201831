"""Automata that answer one another fall silent: whoever answers, and whatever they leave out."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.policy import SMTP as CRLF

import pytest

from adapters.email.app import mail_in, mail_out
from adapters.email.settings import EmailSettings
from deploy.local.ports import spare
from libs.events.resources import Resources
from libs.telemetry import Progress
from tests.conftest import new_ledger
from tests.support.desk import Desk
from tests.support.mail import Post, body_of, post_office, send

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("servers")]
QUIET_SECONDS = 4.0
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

    async def write(self, message: EmailMessage) -> None:
        """Somebody's mail comes in."""
        code, said = await send(self.port, message.as_bytes(policy=CRLF), [self.address])
        assert code == 250, said

    async def pass_on(self) -> bool:
        """Hand what has gone out to whoever answers; whether there was anything."""
        fresh = self.out.taken[self.seen :]
        self.seen += len(fresh)
        for mail in fresh:
            if self.answer is not None:
                await self.answer(mail)
        return bool(fresh)


@asynccontextmanager
async def helpdesk(address: str) -> AsyncIterator[Helpdesk]:
    """Intake and the mail adapter on a ledger of their own, as their processes run them."""
    async with AsyncExitStack() as stack:
        desk = await stack.enter_async_context(Desk.on(new_ledger()))
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


async def silence(*desks: Helpdesk) -> int:
    """Let them write until nothing more comes; how many mails that took."""
    quiet = 0.0
    async with asyncio.timeout(60):
        while quiet < QUIET_SECONDS:
            quiet = 0.0 if any([await desk.pass_on() for desk in desks]) else quiet + 0.1
            await asyncio.sleep(0.1)
    return sum(len(desk.out.taken) for desk in desks)


def mail(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = f"<{abs(hash((sender, subject, text)))}@elsewhere.example>"
    message.set_content(text)
    return message


def bare(message: EmailMessage) -> EmailMessage:
    """What is left when a station strips all that says who wrote it, and what it answers."""
    stripped = EmailMessage()
    for name in ("From", "To", "Subject"):
        stripped[name] = str(message[name])
    stripped.set_content(body_of(message))
    return stripped


@pytest.mark.parametrize(("strip", "most"), [(False, 1), (True, 4)], ids=["as sent", "stripped"])
async def test_two_helpdesks_that_answer_each_other(strip: bool, most: int) -> None:
    async with helpdesk("help@one.example") as one, helpdesk("help@two.example") as two:

        async def to(other: Helpdesk, message: EmailMessage) -> None:
            await other.write(bare(message) if strip else message)

        one.answer = lambda message: to(two, message)
        two.answer = lambda message: to(one, message)
        # given a mail to one desk in the name of the other
        await one.write(mail(two.address, one.address, "Printer", "It burns."))
        # then one answers, and the other sees what that is; else it ends within two rounds
        assert 1 <= await silence(one, two) <= most


@pytest.mark.parametrize("headers", [True, False], ids=["that says so", "that strips everything"])
async def test_an_answerer_that_answers_each_mail(headers: bool) -> None:
    async with helpdesk("help@one.example") as one:
        rounds = 0

        async def away(message: EmailMessage) -> None:
            nonlocal rounds
            rounds += 1
            answer = mail("bo@away.example", one.address, f"Away {rounds}", "I am not here.")
            if headers:
                answer["Auto-Submitted"] = "auto-replied"
                answer["In-Reply-To"] = str(message["Message-ID"])
            await one.write(answer)

        one.answer = away
        # given somebody who asks, and whose machine answers whatever comes
        await one.write(mail("bo@away.example", one.address, "Printer", "It burns."))
        # then it ends within two rounds
        sent = await silence(one)
        assert 1 <= sent <= 2
        assert rounds == sent
