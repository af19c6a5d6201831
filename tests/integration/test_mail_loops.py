"""Automata that answer one another fall silent: whoever answers, and whatever they leave out."""

import asyncio
from email.message import EmailMessage

import pytest

from tests.support.helpdesk import Helpdesk, helpdesk
from tests.support.mail import body_of

pytestmark = [pytest.mark.integration, pytest.mark.usefixtures("servers")]
QUIET_SECONDS = 4.0


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
