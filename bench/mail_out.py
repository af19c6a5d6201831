"""Mail out: how many replies a second are composed and handed to a smarthost.

From the events of the replies to the last 250: outbox, words and addresses unsealed, templates,
threading, SMTP. Beside it a bare aiosmtplib that hands the same bytes to the same server, as many
at once and with a connection a mail, too.
"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import replace

import aiosmtplib
import uvloop
from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.email.app import mail_out
from adapters.email.sending.compose import Letter, compose
from adapters.email.settings import EmailSettings
from bench.frame import Chapter, Figure
from bench.stack import running
from libs.contents import RENDITION_TYPE, NewContent, Rendition
from libs.events.ids import new_id
from libs.events.kafka import Cluster, utc_now
from libs.events.personal import Personal
from libs.events.provisioning import apply
from libs.events.published.contacts import AddressRegistered
from libs.events.published.messages import MessageFacts
from libs.events.published.tickets import AgentReplied, TicketOpened
from libs.events.resources import Resources
from libs.settings import Settings
from tests.support.writing import Writer

REPLIES, AT_ONCE = 1_000, 8
TEXT = "Hello,\n\nplease hold the green button for five seconds, then try again.\n\n" * 8


class Taking:
    """A smarthost's handler: it keeps what it takes."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, bytes]] = []

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        to = envelope.rcpt_tos[0]
        self.mails.append((envelope.mail_from or "", to, envelope.original_content or b""))
        return "250 OK"


def chapter(quick: bool) -> Chapter:
    replies = 100 if quick else REPLIES
    with running(("kafka", "mongod")) as settings:
        return uvloop.run(measure(settings, replies))


async def measure(settings: Settings, replies: int) -> Chapter:
    taking = Taking()
    server = await asyncio.get_running_loop().create_server(lambda: SMTP(taking), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    await apply(Cluster(settings))
    own = EmailSettings.model_validate(
        settings.model_dump()
        | {"smarthost": f"127.0.0.1:{port}", "acknowledge_after_seconds": 86_400}
    )
    async with Resources.open(own, "email") as on:
        working = asyncio.create_task(mail_out(own, on))
        while len(on.progress.report()) < 3 or not all(
            part.ready for part in on.progress.report().values()
        ):
            await asyncio.wait([working], timeout=0.05)
            if working.done():
                working.result()
        seconds = await answered(on, taking, replies)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
    mails = list(taking.mails)
    bare = await handed_over(port, mails)
    server.close()
    return Chapter(
        "Mail out: replies composed and sent",
        [
            Figure(
                "replies from their events to the smarthost's 250",
                replies / seconds,
                "1/s",
                "aiosmtplib with the same bytes",
                replies / bare,
            ),
            Figure("composing a letter, its words at hand", composed_a_second(replies), "1/s"),
        ],
        f"{replies:,} replies of {len(mails[0][2])} bytes to as many customers, {AT_ONCE} at once, "
        "a connection each; the smarthost (aiosmtpd) runs in the same process as who sends.",
    )


async def answered(on: Resources, taking: Taking, replies: int) -> float:
    """Seconds from the events of these replies until all of them are taken."""
    async with on.cluster.producing() as producer:
        writer = Writer(on.cluster, producer, on.keyring, on.ledger.lanes)
        people = [new_id("p") for _ in range(replies)]
        await on.keyring.load(people, create=True)
        asked = Rendition("Printer", "It burns.", message_id="<m1@example.org>").encode()
        said = Rendition(text=TEXT).encode()
        questions = await on.contents.put([NewContent(p, asked, RENDITION_TYPE) for p in people])
        answers = await on.contents.put([NewContent(p, said, RENDITION_TYPE) for p in people])
        tickets = [new_id("t") for _ in people]
        before = []
        for number, (person, ticket, words) in enumerate(
            zip(people, tickets, questions, strict=True), 1
        ):
            address = Personal[str].of(f"customer{number}@example.org", person)
            name = Personal[str].of("A Customer", person)
            asking = MessageFacts("email", "in", "customer", "public", words, utc_now())
            opened = TicketOpened(number, person, "support", asking, str(number))
            before += [
                (new_id("a"), AddressRegistered(person, "email", address, name)),
                (ticket, opened),
            ]
        await writer.append_all(before)
        await asyncio.sleep(3)  # the projection reads who they are
        began = time.perf_counter()
        await writer.append_all(
            [
                (
                    ticket,
                    AgentReplied(
                        "g-1",
                        person,
                        "support",
                        MessageFacts("email", "out", "agent", "public", words, utc_now()),
                    ),
                )
                for ticket, person, words in zip(tickets, people, answers, strict=True)
            ]
        )
        while len(taking.mails) < replies:
            await asyncio.sleep(0.01)
        return time.perf_counter() - began


async def handed_over(port: int, mails: Sequence[tuple[str, str, bytes]]) -> float:
    """Seconds for the same mails, by nothing but the library."""
    waiting = iter(mails)

    async def one_after_the_other() -> None:
        for sender, to, data in waiting:
            await aiosmtplib.send(
                data, sender=sender, recipients=[to], hostname="127.0.0.1", port=port
            )

    began = time.perf_counter()
    await asyncio.gather(*(one_after_the_other() for _ in range(AT_ONCE)))
    return time.perf_counter() - began


def composed_a_second(count: int) -> float:
    letter = Letter(
        message_id="<event.ref@helpdesk.example>",
        written_at=utc_now(),
        sender="support@helpdesk.example",
        reply_to="support+ref@helpdesk.example",
        address="ana@example.org",
        name="Ana Weber",
        subject="Re: Printer",
        text=TEXT,
        html=None,
        thread=("<root@example.org>", "<last@example.org>"),
    )
    began = time.perf_counter()
    for number in range(count):
        compose(replace(letter, message_id=f"<event{number}.ref@helpdesk.example>"))
    return count / (time.perf_counter() - began)
