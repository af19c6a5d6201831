"""From a mail that comes in to a person who is forgotten: one stack, every part in its own process.

Told on both MongoDB clients, because what one seam hides has to be the same behind it.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import TypeVar

import httpx
import pytest

from deploy.local import Narrator, stack
from deskledger.demo import mails
from deskledger.demo.digests import fingerprints
from deskledger.demo.postbox import Postbox
from deskledger.gateway_client import gateway_client, whole
from deskledger.rebuilding import rebuild
from deskledger.services import PROJECTIONS, WIRED, opened
from deskledger.suspended import Readable, readable, suspended_messages
from deskledger_client import Client, Problem
from deskledger_client.models import TicketPage
from libs.events.verify import verify
from libs.settings import Settings
from libs.tokens import local_issuer
from tests.support.cli import run_cli

# One group: two workers would start a whole stack each, on the same two cores.
pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), pytest.mark.xdist_group("stack")]

T = TypeVar("T")
PATIENCE_SECONDS = 40.0
MAYA, JUERGEN, SAM, PRIZES = "Maya Okafor", "Jürgen Weiß", "Sam Lee", "Prize Office"


@pytest.fixture
def desk(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Settings]:
    """A whole stack in a folder of its own, on free ports, with the MongoDB client of the test."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("DESKLEDGER_HOME", str(tmp_path))
        environment.setenv("DESKLEDGER_MONGO_DRIVER", request.param)
        environment.setenv("DESKLEDGER_ACKNOWLEDGE_AFTER_SECONDS", "0")
        stack.up(Narrator(), owner=int(os.environ["PYTEST_OWNER"]))
        try:
            yield Settings()
        finally:
            stack.down(wipe=True)


async def until(what: str, look: Callable[[], Awaitable[T | None]]) -> T:
    """What is looked for, once it is there."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        if (found := await look()) is not None:
            return found
        await asyncio.sleep(0.1)
    raise AssertionError(f"waited {PATIENCE_SECONDS:.0f} s for {what}")


@dataclass
class Story:
    """What the chapters share: who acts, and Maya's question."""

    settings: Settings
    postbox: Postbox
    agent: Client
    admin: Client
    question: EmailMessage


@pytest.mark.parametrize("desk", ["pymongo"], indirect=True)
async def test_the_story(desk: Settings) -> None:
    async with (
        gateway_client(desk, "mara", "agent") as agent,
        gateway_client(desk, "theo", "admin") as admin,
    ):
        question = mails.printer(desk.support_address)
        story = Story(desk, Postbox(desk), agent, admin, question)
        tickets = await mails_become_tickets(story)
        ticket = tickets[MAYA]
        await requests_are_acknowledged(story, ticket)
        await strangers_are_harmless(story, tickets)
        answer = await an_agent_answers(story, ticket)
        await the_customer_writes_back(story, ticket, answer)
        await it_is_solved_and_rated(story, ticket)
        await every_step_can_be_seen_again(story, ticket)
        await read_models_are_made_anew(story)
        await the_customer_is_forgotten(story, ticket)
        await she_may_come_back(story, ticket)


async def mails_become_tickets(story: Story) -> dict[str, TicketPage]:
    # when five strangers write, one mail comes twice, and one is from a robot
    to = story.settings.support_address
    twice = mails.vpn(to)
    for mail in (
        story.question,
        mails.invoice(to),
        twice,
        mails.delivered_again(twice),
        mails.hostile(to),
        mails.out_of_office(to),
    ):
        assert "2.0.0" in await story.postbox.send(mail)

    async def by_name() -> dict[str, TicketPage] | None:
        found = {t["requester"]["name"]: t for t in await whole(story.agent.tickets.list_all(), 10)}
        return found if found.keys() >= {MAYA, JUERGEN, SAM, PRIZES} else None

    # then there are four tickets with a number each, and the robot's mail is suspended
    tickets = await until("everybody's tickets", by_name)
    assert len(await whole(story.agent.tickets.list_all(), 10)) == 4
    assert len({ticket["number"] for ticket in tickets.values()}) == 4
    assert {ticket["status"] for ticket in tickets.values()} == {"new"}
    async with opened(story.settings) as resources:

        async def aside() -> list[Readable] | None:
            return await readable(resources, await suspended_messages(resources)) or None

        [robot] = await until("the robot's mail to be put aside", aside)
    assert (robot.reason, robot.sender) == ("automatic", "priya@harbour.example")
    return tickets


async def strangers_are_harmless(story: Story, tickets: dict[str, TicketPage]) -> None:
    # then umlauts and the file came through
    [invoice] = await whole(story.agent.tickets.read_conversation_all(tickets[JUERGEN]["id"]))
    assert invoice["subject"] == "Rechnung doppelt gestellt – bitte prüfen"
    assert invoice["language"] == "de"
    [file] = invoice["attachments"]
    assert file["name"] == "Rechnung März.pdf"
    token = local_issuer(story.settings).issue("mara", ["agent"], timedelta(minutes=5))
    url = f"http://{story.settings.http_host}:{story.settings.http_port}/v1/tickets"
    async with httpx.AsyncClient(headers={"Authorization": f"Bearer {token}"}) as http:
        got = await http.get(f"{url}/{tickets[JUERGEN]['id']}/contents/{file['id']}")
    assert got.content == mails.INVOICE
    assert got.headers["Content-Disposition"].startswith("attachment")
    # and nothing of the hostile mail can run
    [prize] = await whole(story.agent.tickets.read_conversation_all(tickets[PRIZES]["id"]))
    assert "won" in prize["text"]
    for evil in ("script", "onerror", "onload", "javascript:", "<form", "steal"):
        assert evil not in (prize["html"] or "")


async def requests_are_acknowledged(story: Story, ticket: TicketPage) -> None:
    async def told() -> EmailMessage | None:
        steps = [
            step["type"] for step in await whole(story.agent.tickets.read_history_all(ticket["id"]))
        ]
        return story.postbox.acknowledgement_of(story.question) if "MailSent" in steps else None

    # then Maya is told the number of hers, in its thread, and robots are told nothing
    mail = await until("her request to be acknowledged", told)
    words = mail.get_body(("plain",))
    assert words is not None
    assert f"Its number is {ticket['number']}." in words.get_content()
    assert mail["In-Reply-To"] == story.question["Message-ID"]
    asked = {str(one["To"]) for one in story.postbox.caught()}
    assert not any("priya@" in address for address in asked)


def written_by_people(story: Story) -> list[EmailMessage]:
    """What has left the desk, without what it sends of its own accord."""
    return [one for one in story.postbox.caught() if one["Auto-Submitted"] is None]


async def an_agent_answers(story: Story, ticket: TicketPage) -> EmailMessage:
    here = ticket["number"]
    # when an agent takes the ticket, notes, answers (twice under one key) and waits
    await story.agent.tickets.assign(here, agent_id="mara")
    await story.agent.tickets.note(here, text="a bad batch?")
    reply = "Please shake the toner."
    first = await story.agent.given(key="once").tickets.reply(here, text=reply)
    assert await story.agent.given(key="once").tickets.reply(here, text=reply) == first
    await story.agent.tickets.pending(here, reason="toner")
    # then each is seen at once
    now = await story.agent.tickets.read(ticket["id"])
    assert (now["status"], now["agent_id"]) == ("pending", "mara")
    assert now["messages"] == {
        "customer": 1,
        "participants": 0,
        "replies": 1,
        "foreign": 0,
        "held_back": 0,
        "notes": 1,
    }
    # and what makes no sense is refused
    with pytest.raises(Problem, match="You saw version 1") as stale:
        await story.agent.given(if_match='"1.agent"').tickets.pending(here)
    assert (stale.value.status, stale.value.code) == (412, "changed_meanwhile")
    async with gateway_client(story.settings, ticket["requester"]["id"], "customer") as maya:
        with pytest.raises(Problem) as early:
            await maya.tickets.rate(here, score=5)
        said = await whole(maya.tickets.read_conversation_all(ticket["id"]))
    assert early.value.code == "not_solved"
    assert [message["text"] for message in said[1:]] == ["Please shake the toner."]

    # and the answer leaves as one mail that belongs to her thread
    async def sent() -> EmailMessage | None:
        return story.postbox.answer_to(story.question)

    answer = await until("the answer to leave", sent)
    assert answer["In-Reply-To"] == story.question["Message-ID"]
    assert answer["Subject"] == f"Re: {story.question['Subject']}"
    words = answer.get_body(("plain",))
    assert words is not None
    assert "Please shake the toner." in words.get_content()
    assert str(answer["Reply-To"]).startswith("support+")
    assert len(written_by_people(story)) == 1
    return answer


async def the_customer_writes_back(story: Story, ticket: TicketPage, answer: EmailMessage) -> None:
    # when Maya answers to the signed address, and somebody else to a forged one
    await story.postbox.send(mails.answer(answer, "It prints again!"))
    forged = mails.vpn(story.settings.support_address)
    local, at, domain = story.settings.support_address.partition("@")
    forged.replace_header("To", f"{local}+{'a' * 40}{at}{domain}")
    await story.postbox.send(forged)

    async def joined() -> TicketPage | None:
        now = await story.agent.tickets.read(ticket["id"])
        everything = await whole(story.agent.tickets.list_all(), 10)
        return now if now["messages"]["customer"] == 2 and len(everything) == 5 else None

    # then hers joins her ticket and wakes it, and the other becomes a ticket of its own
    now = await until("both mails to arrive", joined)
    assert (now["status"], now["messages"]["foreign"]) == ("open", 0)


async def it_is_solved_and_rated(story: Story, ticket: TicketPage) -> None:
    here = ticket["number"]
    # when it is answered, solved and rated
    await story.agent.tickets.reply(here, text="Good luck!")
    await story.agent.tickets.solve(here, resolution_code="workaround", cause="toner")
    async with gateway_client(story.settings, ticket["requester"]["id"], "customer") as maya:
        await maya.tickets.rate(here, score=5, comment="Quick!")

    async def delivered() -> TicketPage | None:
        said = await whole(story.agent.tickets.read_conversation_all(ticket["id"]))
        answers = [m["delivery"] for m in said if m["direction"] == "out" and m["delivery"]]
        if [answer["state"] for answer in answers] != ["delivered"] * 2:
            return None
        return await story.agent.tickets.read(ticket["id"])

    # then it is, and each answer has left once
    now = await until("both answers to be delivered", delivered)
    assert (now["status"], now["rating"], now["resolution_code"]) == ("solved", 5, "workaround")
    assert len(written_by_people(story)) == 2


async def every_step_can_be_seen_again(story: Story, ticket: TicketPage) -> None:
    # then its history has a sentence for every event
    history = await whole(story.agent.tickets.read_history_all(ticket["id"]))
    now = await story.agent.tickets.read(ticket["id"])
    assert [step["sequence"] for step in history] == list(range(1, now["sequence"] + 1))
    assert all(step["sentence"].endswith(".") for step in history)
    # and the ticket can be seen as it was after each of them, by sequence and by instant
    for step in history:
        then = await story.agent.tickets.read(ticket["id"], as_of=str(step["sequence"]))
        assert then["sequence"] == step["sequence"]
        by_instant = await story.agent.tickets.read(ticket["id"], as_of=step["recorded_at"])
        assert by_instant["updated_at"] == step["recorded_at"]
    statuses = {
        step["type"]: (await story.agent.tickets.read(ticket["id"], as_of=str(step["sequence"])))[
            "status"
        ]
        for step in history
    }
    assert statuses["TicketOpened"] == "new"
    assert statuses["TicketAssigned"] == "open"
    assert statuses["TicketMarkedPending"] == "pending"
    assert statuses["TicketWoken"] == "open"
    assert statuses["TicketSolved"] == "solved"
    # and the command line tells the same
    told = await run_cli(story.settings, "ticket", "story", str(ticket["number"]), "--json")
    assert told.lines == history
    assert (await run_cli(story.settings, "status")).code == 0


# There are no organisations in this story, and nobody sets anything up.
NOT_HERE = ("organisations", "senders", "acts", "desk", "webhooks")


async def read_models_are_made_anew(story: Story) -> None:
    # when every read model is made anew from the log
    async with opened(story.settings) as resources:
        for projection in PROJECTIONS:
            before = await fingerprints(resources, projection)
            await rebuild(resources, projection, lambda done, total, doing="": None)
            after = await fingerprints(resources, projection)
            # then every document is the same, in another build
            for old, new in zip(before, after, strict=True):
                assert (old.documents, old.sha256) == (new.documents, new.sha256)
                untold = projection.name == "setup" or old.table in NOT_HERE
                assert old.documents > 0 or untold, f"{projection.id} {old.table}"
                assert old.build != new.build
    # and the log is whole
    report = await verify(story.settings, WIRED)
    assert report.findings == []


async def the_customer_is_forgotten(story: Story, ticket: TicketPage) -> None:
    maya = ticket["requester"]["id"]
    before = await story.agent.tickets.read(ticket["id"])
    said_before = await whole(story.agent.tickets.read_conversation_all(ticket["id"]))
    # when she asks for it
    with pytest.raises(Problem) as forbidden:
        await story.agent.contacts.erase(maya, reason="asked_for_it")
    assert forbidden.value.status == 403
    await story.admin.contacts.erase(maya, reason="asked_for_it")

    async def complete() -> bool | None:
        return bool((await story.agent.contacts.read(maya))["erased_at"]) or None

    await until("the erasure to be complete", complete)
    # then names and words are gone, counts and instants are not
    after = await story.agent.tickets.read(ticket["id"])
    assert (after["subject"], after["requester"]["name"]) == ("(erased)", "(erased)")
    said_after = await whole(story.agent.tickets.read_conversation_all(ticket["id"]))
    assert {message["text"] for message in said_after} == {"(erased)"}
    assert [message["at"] for message in said_after] == [message["at"] for message in said_before]
    kept = ("number", "status", "messages", "rating", "sequence", "created_at", "solved_at")
    assert [after[name] for name in kept] == [before[name] for name in kept]  # type: ignore[literal-required]
    # and the log is whole
    assert (await verify(story.settings, WIRED)).findings == []


async def she_may_come_back(story: Story, ticket: TicketPage) -> None:
    # when she writes again
    await story.postbox.send(mails.printer(story.settings.support_address))

    async def again() -> TicketPage | None:
        found = await whole(story.agent.tickets.list_all(sort="created"), 10)
        return next((t for t in found if t["requester"]["name"] == MAYA), None)

    # then she is somebody new
    new = await until("her new ticket", again)
    assert new["requester"]["id"] != ticket["requester"]["id"]


@pytest.mark.parametrize("desk", ["motor"], indirect=True)
async def test_the_demo_can_be_seen_twice(desk: Settings) -> None:
    for _ in range(2):
        ran = await run_cli(desk, "demo")
        assert ran.code == 0, ran.out + ran.err
        assert "The demo took" in ran.out
