"""What is erased or redacted is nowhere any more: a whole stack is searched for planted markers.

The search is made before, too, and has to find each marker where it is expected: else its silence
afterwards would say nothing.
"""

import asyncio
import gzip
import io
import json
import os
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formataddr

import pytest

from deploy.local import Narrator, stack
from deskledger.contacts import archive as archive_of
from deskledger.demo import mails
from deskledger.demo.postbox import Postbox
from deskledger.gateway_client import gateway_client, whole
from deskledger.services import WIRED
from deskledger_client import Client
from deskledger_client.core import Call
from deskledger_client.models import MessagePage, TicketPage
from libs.events.ids import partition_of
from libs.events.kafka import Cluster
from libs.events.published.channels import conversation_id
from libs.events.topics import INBOUND
from libs.events.verify import verify
from libs.settings import Settings, home
from tests.e2e.test_story import until
from tests.support.markers import scan

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240), pytest.mark.xdist_group("stack")]

NAME, ADDRESS = "Xénia Qvarkname", "qvarkaddress@qvark.example"
LARGE = b"qvarkbytes " * 40_000  # more than a document takes: it becomes a GridFS file


@dataclass
class World:
    """A stack, its people, and where to look."""

    settings: Settings
    postbox: Postbox
    agent: Client
    admin: Client

    async def ticket_of(self, subject: str) -> TicketPage:
        """The ticket with this subject, once it is there."""

        async def look() -> TicketPage | None:
            found = await whole(self.agent.tickets.list_all(), 50)
            return next((ticket for ticket in found if ticket["subject"] == subject), None)

        return await until(f"the ticket {subject}", look)

    async def seen(self, *markers: str) -> dict[str, set[str]]:
        """Where these markers are."""
        found = await scan(self.settings, markers, [home() / "logs", home() / "run"])
        for kind in ("channels.inbound", "contacts.events", "contents.contents", "files"):
            assert kind == "channels.inbound" or found.looked_at[kind], f"{kind}: not looked at"
        return {marker: found.places(marker) for marker in markers}

    async def publish(self, message: dict[str, object]) -> None:
        """A record in clear, as somebody else's adapter may write it."""
        cluster = Cluster(self.settings)
        ledger = await cluster.ledger()
        thread = conversation_id(str(message["account"]), str(message["id"]))
        async with cluster.producing() as producer:
            await producer.send_and_wait(
                cluster.topic(INBOUND),
                value=json.dumps(message).encode(),
                partition=partition_of(thread, ledger.lanes),
            )


@pytest.fixture
async def world(tmp_path: object, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    """A whole stack in a folder of its own, on free ports."""
    monkeypatch.setenv("DESKLEDGER_HOME", str(tmp_path))
    await asyncio.to_thread(stack.up, Narrator(), owner=int(os.environ["PYTEST_OWNER"]))
    settings = Settings()
    try:
        async with (
            gateway_client(settings, "mara", "agent") as agent,
            gateway_client(settings, "theo", "admin") as admin,
        ):
            yield World(settings, Postbox(settings), agent, admin)
    finally:
        await asyncio.to_thread(stack.down, wipe=True)


def question(to: str) -> EmailMessage:
    """A mail with a marker in every part."""
    mail = mails.mail("Somebody <qvarkaddress@qvark.example>", to, "About qvarksubject", "")
    mail.replace_header("From", formataddr((NAME, ADDRESS)))
    mail.set_content("Hello,\n\nthis is qvarkbödy, from me.\n", cte="quoted-printable")
    files = {
        "qvarkfile.bin": LARGE,
        "wide.txt": "qvarkwide".encode("utf-16-le"),
        "packed.gz": gzip.compress(b"qvarkpacked"),
    }
    for name, data in files.items():
        mail.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return mail


def chat(id: str, text: str, **sender: str) -> dict[str, object]:
    """The same person on another channel."""
    return {
        "channel": "chat",
        "account": "support",
        "id": id,
        "sender": sender,
        "received_at": "2026-03-02T08:59:00Z",
        "subject": "Chat",
        "text": text,
    }


IN_MAIL = ("qvarksubject", "qvarkbödy", "qvarkfile", "qvarkbytes", "qvarkwide", "qvarkpacked")
BY_AGENTS = ("qvarkquote", "qvarkinside", "qvarkaside", "qvarknote")
ABOUT_THEM = ("Qvarkname", "qvarkaddress", "qvarkfield", "qvarkexternal", "qvarkrenamed")
ELSEWHERE = ("qvarkhandle", "qvarkchat", "qvarksuspended", "qvarkdead")


async def test_an_erased_person_is_nowhere(world: World) -> None:
    # given a person who has left traces everywhere, and somebody else
    settings, agent = world.settings, world.agent
    to = settings.support_address
    mail = question(to)
    await world.postbox.send(mail)
    await world.postbox.send(mails.delivered_again(mail))
    await world.postbox.send(mails.mail("Otto <otto@other.example>", to, "Otterly", "ottertext"))
    ticket, other = await world.ticket_of("About qvarksubject"), await world.ticket_of("Otterly")
    person = ticket["requester"]["id"]
    here = ticket["id"]
    await agent.tickets.reply(here, text="You wrote: qvarkquote")
    await agent.tickets.note(here, text="qvarkinside")
    await agent.tickets.open_side(here, team_id="repair", text="qvarkaside")
    await world.admin.desk.define_field("iban", type="text", personal=True)
    await agent.tickets.set_fields(here, changes=[{"field": "iban", "personal": "qvarkiban"}])
    await agent.contacts.note(person, text="qvarknote")
    await agent.contacts.set_field(person, field="birthday", value="qvarkfield")
    await agent.contacts.set_external_id(person, system="crm", external_id="qvarkexternal")
    away = mails.mail(f"X <{ADDRESS}>", to, "Out of office", "qvarksuspended")
    away["Auto-Submitted"] = "auto-replied"
    await world.postbox.send(away)
    await world.publish(chat("c-1", "qvarkchat", address="@qvarkhandle", name="Qvarkname"))
    dead = chat("c-2", "qvarkdead", address=ADDRESS) | {"channel": "email", "mood": "angry"}
    await world.publish(dead)
    chatting = await world.ticket_of("Chat")
    await world.admin.contacts.merge(person, source_id=chatting["requester"]["id"])

    async def waits() -> bool | None:
        seen = await world.seen(*ELSEWHERE)
        parked = "intake.suspended under s" in str(await world.seen("qvarkaddress"))
        return True if parked and all(seen.values()) else None

    await until("what is suspended and what is dead", waits)
    await agent.contacts.rename(person, name="qvarkrenamed")

    archive = b"".join([piece async for piece in archive_of(world.admin, person)])

    # then what is known of them can be given to them
    with zipfile.ZipFile(io.BytesIO(archive)) as packed:
        told = b"".join(packed.read(name) for name in packed.namelist()).decode(errors="replace")
        names = "".join(packed.namelist())
    for marker in (
        *IN_MAIL[:2],
        "qvarkbytes",
        "qvarkquote",
        "qvarkinside",
        "qvarknote",
        "qvarkchat",
    ):
        assert marker in told, marker
    for marker in ("qvarkaddress", "qvarkfield", "qvarkexternal", "qvarkrenamed", "qvarkiban"):
        assert marker in told, marker
    assert "qvarkfile" in names
    for hidden in ("qvarkaside", "mara", "theo", "Otto", "ottertext"):
        assert hidden not in told.replace('"id": "mara"', "").replace('"name": "mara"', ""), hidden
    # and all of it is found, and where it is expected
    before = await world.seen(*IN_MAIL, *BY_AGENTS, *ABOUT_THEM, *ELSEWHERE, "qvarkiban")
    for marker in (*IN_MAIL, *BY_AGENTS):
        stored = {"contents.contents under p", "contents.files.chunks under p"}
        assert before[marker] & stored, marker
    for marker in ABOUT_THEM:
        assert {"contacts.events under p", "gateway.contacts"} <= _places(before[marker]), marker
    for marker in ("qvarkfield", "qvarkexternal", "qvarkrenamed"):
        assert "contacts.commands under transit" in before[marker]
    assert {"tickets.events under p", "tickets.commands under transit"} <= before["qvarkiban"]
    assert "channels.inbound in clear" in before["qvarkchat"]
    assert "contents.contents under s" in before["qvarksuspended"]
    assert "intake.dead-letters under letter" in before["qvarkdead"]
    assert "contents.files.chunks under p" in before["qvarkbytes"]
    assert "contents.contents under p" in before["qvarknote"] & before["qvarkfield"]
    # and nothing of it stands in clear but where others wrote it so
    clear = {sight for some in before.values() for sight in some if sight.endswith("in clear")}
    assert clear == {"channels.inbound in clear"}

    # when they are erased
    await world.admin.contacts.erase(person, reason="asked_for_it")
    await until("the erasure", lambda: _erased(world, person))
    await until("the other one's", lambda: _erased(world, chatting["requester"]["id"]))

    # then nothing of it is found anywhere
    after = await world.seen(*before)
    assert {marker: places for marker, places in after.items() if places} == {}
    # and everybody else is as they were, and the log is whole
    [said] = await whole(agent.tickets.read_conversation_all(other["id"]))
    assert said["text"].strip() == "ottertext"
    assert (await verify(settings, WIRED)).findings == []


async def test_what_is_redacted_is_nowhere(world: World) -> None:
    # given a ticket with a mail, an answer and a note
    await world.postbox.send(question(world.settings.support_address))
    ticket = await world.ticket_of("About qvarksubject")
    here = ticket["id"]
    await world.agent.tickets.reply(here, text="A passage qvarkpassage, and qvarkstays.")
    await world.agent.tickets.note(here, text="qvarkmessage")
    mail, answer, note = await whole(world.agent.tickets.read_conversation_all(ticket["id"]))
    gone = ("qvarkbytes", "qvarkfile", "qvarkpassage", "qvarkmessage")
    before = await world.seen(*gone)
    assert all(before.values())
    # when a file, a passage and a message are redacted
    await _redact(world, ticket, mail, attachments=[mail["attachments"][0]["id"]])
    await _redact(world, ticket, answer, text="A passage [gone], and qvarkstays.")
    await _redact(world, ticket, note)

    # then they are nowhere in the stack, and the rest is as it was
    async def silence() -> bool | None:
        return None if any((await world.seen(*gone)).values()) else True

    await until("what was redacted to be gone", silence)
    rest = ("qvarksubject", "qvarkbödy", "qvarkwide", "qvarkpacked", "qvarkstays")
    for marker, places in (await world.seen(*rest)).items():
        assert "contents.contents under p" in places, marker


async def _redact(world: World, ticket: TicketPage, message: MessagePage, **what: object) -> None:
    place = f"/v1/tickets/{ticket['id']}/messages/{message['sequence']}/redaction"
    await world.agent.call(Call("POST", place, body={"reason": "asked_for_it", **what}))


async def _erased(world: World, contact: str) -> bool | None:
    return bool((await world.agent.contacts.read(contact))["erased_at"]) or None


def _places(sights: set[str]) -> set[str]:
    """The sights themselves, and the collections among them without their build."""
    return sights | {
        sight.partition(".")[0] + ".contacts" for sight in sights if "contacts" in sight
    }
