"""Mail out: every reply once, in its thread, and the ticket hears what became of it."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from adapters.email.sending.follow import CONSUMER
from libs.contents import RENDITION_TYPE, ContentRef, ContentStore, NewContent, Rendition
from libs.events.codec import decode_command
from libs.events.ids import new_id
from libs.events.kafka import utc_now
from libs.events.personal import Personal
from libs.events.published.contacts import (
    AddressBounced,
    AddressRegistered,
    ContactBlocked,
    ContactTimeZoneChanged,
    ErasureRequested,
    SignInCodeAsked,
)
from libs.events.published.messages import Attachment, MessageFacts
from libs.events.published.setup import (
    DESK_ID,
    Brand,
    BrandDefined,
    Correspondence,
    CorrespondenceDefined,
)
from libs.events.published.tickets import (
    AgentReplied,
    CollaboratorAdded,
    CollaboratorRemoved,
    CustomerMessageAdded,
    FollowerAdded,
    FollowerRemoved,
    MailBounced,
    NoteAdded,
    RecordDelivery,
    RecordMail,
    SideConversationOpened,
    SideMessageAdded,
    SlaClockStarted,
    SlaTerms,
    TicketAssigned,
    TicketMarkedSpam,
    TicketOpened,
)
from libs.events.sources import sources_of
from libs.settings import Settings
from libs.tokens import Links, SignInCodes
from tests.support.lanes import Bench
from tests.support.mail import SUPPORT, Post, body_of, mailing, post_office, start_adapter
from tests.support.writing import Writer

pytestmark = pytest.mark.integration


@dataclass
class World:
    """A ledger with a writer of events, and a smarthost."""

    bench: Bench
    writer: Writer
    contents: ContentStore
    post: Post
    addresses: dict[str, str] = field(default_factory=dict)

    async def content(self, owner: str, text: str, **more: object) -> ContentRef:
        rendition = Rendition(text=text, **more)  # type: ignore[arg-type]
        [ref] = await self.contents.put([NewContent(owner, rendition.encode(), RENDITION_TYPE)])
        return ref

    async def customer(self, address: str = "ana@example.org") -> str:
        """A contact with a mail address."""
        contact = new_id("p")
        await self.bench.keyring.load([contact], create=True)
        await self.register(contact, address)
        return contact

    async def register(self, contact: str, address: str) -> None:
        self.addresses[contact] = new_id("a")
        await self.writer.append(
            self.addresses[contact],
            AddressRegistered(
                contact,
                "email",
                Personal[str].of(address, contact),
                Personal[str].of("Ana Weber", contact),
            ),
        )

    async def ticket(self, customer: str, account: str = "support", **more: object) -> str:
        """A ticket that a mail to an account has opened. more: of the mail."""
        ticket = new_id("t")
        words = await self.content(
            customer, "It burns.", subject="Printer", message_id="<m1@example.org>", **more
        )
        await self.writer.append(
            ticket, TicketOpened(1, customer, account, facts(words, "in"), "digest")
        )
        return ticket

    async def reply(
        self, ticket: str, customer: str, text: str, *files: Attachment, names: Sequence[str] = ()
    ) -> None:
        words = await self.content(customer, text, attachments=tuple(names))
        await self.writer.append(
            ticket, AgentReplied("g-1", customer, "support", facts(words, "out", *files))
        )

    async def outcomes(self, count: int) -> list[RecordDelivery]:
        """What tickets have been told of replies, once they have been told so often."""
        return [one for one in await self.told(count) if isinstance(one, RecordDelivery)]

    async def told(self, count: int) -> list[object]:
        """What tickets have been told, once it is so much."""
        records = await self.bench.records("tickets.commands", count)
        found = [decode_command(record).data for record in records]
        assert len(found) == count
        return found

    def sending(self, **more: object) -> AbstractAsyncContextManager[None]:
        """The sending side, which tries again soon, while the block runs."""
        soon: dict[str, object] = {"delivery_retry_seconds": 0.1, "public_url": ""}
        return mailing(self.bench.settings, self.post, **(soon | more))


def facts(words: ContentRef, direction: str, *files: Attachment) -> MessageFacts:
    incoming = direction == "in"
    return MessageFacts(
        channel="email",
        direction="in" if incoming else "out",
        role="customer" if incoming else "agent",
        visibility="public",
        rendition=words,
        received_at=utc_now(),
        attachments=files,
    )


@pytest.fixture
async def world(ledger: Settings) -> AsyncIterator[World]:
    async with (
        Bench.on(ledger) as bench,
        bench.cluster.producing() as producer,
        post_office() as post,
    ):
        writer = Writer(bench.cluster, producer, bench.keyring, bench.ledger.lanes)
        writer.actor = "contact:somebody"
        yield World(bench, writer, ContentStore(bench.mongo, bench.keyring), post)


async def test_a_reply_reaches_the_customer_in_the_thread(world: World) -> None:
    async with world.sending():
        # given a ticket that a mail has opened
        customer = await world.customer()
        ticket = await world.ticket(customer)
        # when an agent answers, with a file, and again
        [stored] = await world.contents.put([NewContent(customer, b"\x00png", "image/png")])
        await world.reply(ticket, customer, "Use water.", Attachment(stored), names=["plan.png"])
        await world.reply(ticket, customer, "Or sand.")
        # then both mails come, in whichever order, and stand in the thread of the customer's
        mails = await world.post.wait(2)
        first, second = sorted(mails, key=lambda mail: len(str(mail["References"])))
        assert str(first["To"]) == "Ana Weber <ana@example.org>"
        assert str(first["Subject"]) == "Re: Printer"
        assert first["In-Reply-To"] == "<m1@example.org>"
        assert second["In-Reply-To"] == first["Message-ID"]
        assert second["References"] == f"<m1@example.org> {first['Message-ID']}"
        assert body_of(first) == "Use water.\n\n-- \n1"
        [file] = first.iter_attachments()
        assert (file.get_filename(), file.get_payload(decode=True)) == ("plan.png", b"\x00png")
        # and answers and bounces come to the ticket's signed address
        assert world.post.senders == [str(first["Reply-To"])] * 2
        assert world.post.senders[0].startswith("support+")
        # and the ticket knows
        told = await world.outcomes(2)
        assert sorted(told, key=lambda one: one.reply_sequence) == [
            RecordDelivery(2, 1),
            RecordDelivery(3, 1),
        ]


async def test_a_picture_of_an_answer_is_shown_in_it(world: World) -> None:
    async with world.sending():
        # given an agent's answer by mail, whose words show a picture
        customer = await world.customer()
        ticket = await world.ticket(customer)
        [stored] = await world.contents.put([NewContent(customer, b"\x89PNG", "image/png")])
        words = await world.content(
            customer,
            "See there.",
            html='<p>See <img src="cid:p1@agents.example"></p>',
            attachments=("plan.png",),
            content_ids=("p1@agents.example",),
        )
        said = facts(words, "out", Attachment(stored))
        await world.writer.append(ticket, AgentReplied("g-1", customer, "support", said))
        # then the customer's copy shows it in the same place
        [mail] = await world.post.wait(1)
        related = mail.get_body(("related",))
        assert related is not None
        assert related.get_content_type() == "multipart/related"
        assert "cid:p1@agents.example" in body_of(mail, "html")
        [picture] = related.iter_attachments()
        assert picture["Content-ID"] == "<p1@agents.example>"
        assert picture.get_payload(decode=True) == b"\x89PNG"


async def test_letters_come_from_the_account_that_was_written_to(world: World) -> None:
    async with world.sending(mail_accounts={"sales@shop.example": "shop", "@x.example": "rest"}):
        # given a ticket of a brand's own address, and one of an account that has none
        brand = Brand("Nordwind", accounts=("shop",))
        await world.writer.append(DESK_ID, BrandDefined("nordwind", brand))
        customer = await world.customer()
        shop, rest = await world.ticket(customer, "shop"), await world.ticket(customer, "rest")
        # when they are answered
        await world.reply(shop, customer, "Use water.")
        [sold] = await world.post.wait(1)
        await world.reply(rest, customer, "Or sand.")
        _, other = await world.post.wait(2)
        # then the one comes from there, and its answers and bounces go there
        assert str(sold["From"]) == "Nordwind <sales@shop.example>"
        assert str(sold["Reply-To"]).startswith("sales+")
        assert str(sold["Reply-To"]).endswith("@shop.example")
        assert str(sold["Message-ID"]).endswith("@shop.example>")
        assert world.post.senders[0] == str(sold["Reply-To"])
        # and the other from the support address
        assert str(other["From"]) == "support@helpdesk.example"
        assert str(other["Message-ID"]).endswith("@helpdesk.example>")


async def test_everybody_gets_a_copy_of_their_own(world: World) -> None:
    async with world.sending():
        # given a ticket in which a colleague takes part, and another one who did once
        customer, colleague = await world.customer(), await world.customer("bo@example.org")
        gone, boss = await world.customer("cy@example.org"), await world.customer("di@example.org")
        ticket = await world.ticket(customer)
        took_part = [CollaboratorAdded(colleague), CollaboratorAdded(gone)]
        await world.writer.append(ticket, *took_part, CollaboratorRemoved(gone))
        # when an agent answers, with a copy for the boss, whose server refuses it
        world.post.refused = {"di@example.org": "550 5.1.1 <di@example.org> unknown"}
        words = await world.content(customer, "Use water.")
        await world.writer.append(
            ticket, AgentReplied("g-1", customer, "support", facts(words, "out"), (boss,))
        )
        # then each of them gets a mail that names nobody else
        mails = await world.post.wait(2)
        assert {str(one["To"]) for one in mails} == {
            "Ana Weber <ana@example.org>",
            "Ana Weber <bo@example.org>",
        }
        assert sorted(world.post.recipients) == ["ana@example.org", "bo@example.org"]
        assert all(one["Cc"] is None for one in mails)
        assert len({one["Message-ID"] for one in mails}) == 1
        # and what became of the copies does not pass for what became of the reply
        told = await world.told(3)
        assert RecordDelivery(5, 1) in told
        assert RecordMail("copy", 5, colleague, 1) in told
        assert RecordMail("copy", 5, boss, 1, "550 5.1.1 (address) unknown") in told


async def test_what_is_said_aside_reaches_the_partner_and_tells_nothing(world: World) -> None:
    async with world.sending():
        # given a ticket, and a supplier
        customer, supplier = await world.customer(), await world.customer("sales@example.net")
        ticket = await world.ticket(customer)
        # when an agent asks the supplier beside the ticket, twice
        for sequence, text in enumerate(("Is it in stock?", "And when?")):
            words = await world.content(supplier, text)
            said = facts(words, "out")
            await world.writer.append(
                ticket,
                SideMessageAdded("s1", said, agent_id="g-1")
                if sequence
                else SideConversationOpened("s1", "g-1", said, "", supplier, "support"),
            )
        # then both mails come, in a thread of their own that tells nothing of the customer's
        mails = await world.post.wait(2)
        first, second = sorted(mails, key=lambda mail: len(str(mail["References"] or "")))
        assert world.post.recipients == ["sales@example.net"] * 2
        assert first["References"] is None
        assert second["References"] == first["Message-ID"]
        assert str(second["Subject"]) == "Re: #1"
        assert await world.told(2) == [
            RecordMail("side", 2, supplier, 1),
            RecordMail("side", 3, supplier, 1),
        ]


async def test_to_an_address_that_bounces_for_good_nothing_is_sent(world: World) -> None:
    async with world.sending():
        # given a customer and a colleague, whose mail has come back for good
        customer, colleague = await world.customer(), await world.customer("bo@example.org")
        ticket = await world.ticket(customer)
        await world.writer.append(ticket, CollaboratorAdded(colleague))
        for contact in (customer, colleague):
            await world.writer.append(contact, AddressBounced(world.addresses[contact]))
        # when an agent answers
        await world.reply(ticket, customer, "Use water.")
        # then the ticket hears why nobody gets it, and nothing is sent
        why = "mail to the contact's address fails for good"
        assert await world.told(1) == [RecordDelivery(3, 1, why)]
        assert world.post.recipients == []


async def test_a_request_is_acknowledged_with_what_is_to_be_expected(world: World) -> None:
    public = "https://help.example"
    async with world.sending(acknowledge_after_seconds=0.2, public_url=public):
        # given a desk that writes German, under a brand's name
        await world.writer.append(
            DESK_ID,
            BrandDefined("north", Brand("Nordwind", "NW-", ("support",))),
            CorrespondenceDefined("north", Correspondence(language="de")),
        )
        # when a customer's mail opens a ticket, and a first answer is promised
        customer = await world.customer()
        await world.writer.append(customer, ContactTimeZoneChanged("Europe/Berlin"))
        ticket = await world.ticket(customer)
        due = datetime(2026, 3, 2, 17, 30, tzinfo=UTC)
        terms = SlaTerms("first_reply", "gold", 1, "office", 1, 3_600, due)
        await world.writer.append(ticket, SlaClockStarted("c1", terms, 1))
        # then it is acknowledged in the thread, with number, promise and a link of their own
        [mail] = await world.post.wait(1)
        text = body_of(mail)
        assert str(mail["From"]) == "Nordwind <support@helpdesk.example>"
        assert str(mail["Subject"]) == "Re: Printer"
        assert mail["In-Reply-To"] == "<m1@example.org>"
        assert mail["Auto-Submitted"] == "auto-replied"
        assert mail["X-Auto-Response-Suppress"] == "All"
        assert "Guten Tag Ana Weber" in text
        assert "Nummer 1." in text
        assert "bis 2026-03-02 18:30 Europe/Berlin" in text
        link = Links(await world.bench.keyring.secret("links")).read(
            text.split("/t/")[1].split()[0]
        )
        assert link is not None
        assert (link.ticket_id, link.contact_id) == (ticket, customer)
        assert await world.told(1) == [RecordMail("acknowledgement", 1, customer, 1)]


async def test_an_automaton_that_answers_everything_is_told_no_more(world: World) -> None:
    async with world.sending(acknowledge_after_seconds=0):
        # given somebody whose every mail opens a ticket, as an answer without headers does
        customer, other = await world.customer(), await world.customer("bo@example.org")
        for _ in range(5):
            await world.ticket(customer)
        # when somebody else asks, too
        await world.ticket(other)
        # then both are told, and the first one not more than twice
        await world.post.wait(3)
        await asyncio.sleep(1)
        assert sorted(world.post.recipients) == ["ana@example.org"] * 2 + ["bo@example.org"]
    # and a restart forgets nothing
    async with world.sending(acknowledge_after_seconds=0):
        await world.ticket(customer)
        await world.ticket(other)
        await world.post.wait(4)
        await asyncio.sleep(1)
        assert len(world.post.taken) == 4


async def test_who_is_not_to_be_told_is_not(world: World) -> None:
    async with world.sending(acknowledge_after_seconds=0.3):
        # given a blocked customer, a ticket that turns out to be spam, and a mail that asks for no
        # automatic answers
        blocked, robot = await world.customer(), await world.customer("bo@example.org")
        await world.writer.append(blocked, ContactBlocked("abuse"))
        await world.ticket(blocked)
        await world.writer.append(await world.ticket(robot), TicketMarkedSpam("new"))
        await world.ticket(await world.customer("di@example.org"), no_answer=True)
        # when a third one asks
        await world.ticket(await world.customer("cy@example.org"))
        # then only they are told
        await world.post.wait(1)
        await asyncio.sleep(1)
        assert world.post.recipients == ["cy@example.org"]


async def test_agents_hear_of_their_tickets_in_one_mail(world: World) -> None:
    agents = {"ann@help.example": "ann", "bob@help.example": "bob"}
    declined = {"bob": ["mentioned"]}
    more: dict[str, object] = {"agent_addresses": agents, "notices_declined": declined}
    async with world.sending(notice_after_seconds=1, **more):
        # given a ticket that is given to Ann
        customer = await world.customer()
        ticket = await world.ticket(customer)
        await world.writer.append(ticket, TicketAssigned("ann"))
        # when its customer writes again, and Bob, who does not want to know, is mentioned
        words = await world.content(customer, "It smokes.", message_id="<m2@example.org>")
        await world.writer.append(
            ticket,
            CustomerMessageAdded(customer, facts(words, "in"), "d2"),
            NoteAdded("ann", facts(words, "in"), ("bob",)),
        )
        # then Ann is told of both at once, in a mail that she can answer
        [mail] = await world.post.wait(1)
        await asyncio.sleep(1.5)
        assert world.post.recipients == ["ann@help.example"]
        text = body_of(mail)
        assert "This ticket is yours now." in text
        assert "It smokes." in text
        assert str(mail["Subject"]) == "[1] Printer"
        assert str(mail["Reply-To"]).startswith("support+")
        assert mail["Auto-Submitted"] == "auto-generated"
        # and the ticket hears nothing of it, but of what goes to its customer
        await world.reply(ticket, customer, "Coming.")
        assert await world.told(1) == [RecordDelivery(5, 1)]


async def test_who_follows_a_ticket_hears_of_it_too(world: World) -> None:
    agents = {f"{name}@help.example": name for name in ("ann", "bob", "cem", "dee")}
    declined = {"cem": ["replied", "undelivered"]}
    more: dict[str, object] = {"agent_addresses": agents, "notices_declined": declined}
    async with world.sending(notice_after_seconds=1, **more):
        # given a ticket of Ann's that she, Bob and Cem follow, and Dee no more
        customer = await world.customer()
        ticket = await world.ticket(customer)
        followers = (FollowerAdded(name) for name in ("ann", "bob", "cem", "dee"))
        await world.writer.append(ticket, TicketAssigned("ann"), *followers, FollowerRemoved("dee"))
        [first] = await world.post.wait(1)
        assert str(first["To"]) == "ann@help.example"
        # when its customer writes again, and a mail to them comes back
        words = await world.content(customer, "It smokes.", message_id="<m2@example.org>")
        report = await world.content(customer, "No such user.")
        await world.writer.append(
            ticket,
            CustomerMessageAdded(customer, facts(words, "in"), "d2"),
            MailBounced(customer, facts(report, "in"), "d3", "5.1.1", True),
        )
        # then Ann and Bob hear of both, once, and Cem, who does not want to, of nothing
        _, *mails = await world.post.wait(3)
        await asyncio.sleep(1.5)
        assert sorted(world.post.recipients[1:]) == ["ann@help.example", "bob@help.example"]
        for mail in mails:
            assert "wrote again" in body_of(mail)
            assert "could not be delivered" in body_of(mail)


async def test_what_is_too_large_is_fetched_by_the_link(world: World) -> None:
    async with world.sending(attachments_bytes=1_000, public_url="https://help.example"):
        # given an answer with files of which one is too large, to a customer who is quoted
        customer = await world.customer()
        quoting = CorrespondenceDefined("default", Correspondence(quote=True))
        await world.writer.append(DESK_ID, quoting)
        ticket = await world.ticket(customer)
        new = [NewContent(customer, b"x" * size, "text/plain") for size in (900, 5_000)]
        files = [Attachment(ref) for ref in await world.contents.put(new)]
        names = ["small.txt", "<large>.txt"]
        # when it goes out
        await world.reply(ticket, customer, "See there.", *files, names=names)
        # then the small one goes along, and the other is named with its link
        [mail] = await world.post.wait(1)
        assert [one.get_filename() for one in mail.iter_attachments()] == ["small.txt"]
        text, html = body_of(mail), body_of(mail, "html")
        assert "<large>.txt (5 kB) https://help.example/t/" in text
        assert text.split("/files/")[1].startswith(files[1].content.id)
        assert "&lt;large&gt;.txt" in html
        # and what is answered stands below
        assert "> It burns." in text
        assert "<blockquote" in html


async def test_a_reply_that_is_put_off_is_tried_again(world: World) -> None:
    # given a smarthost that greylists
    world.post.recipient = ["450 4.2.0 ana@example.org: come back later"]
    world.post.data = ["451 4.3.0 out of breath"]
    async with world.sending():
        customer = await world.customer()
        # when a reply goes out
        await world.reply(await world.ticket(customer), customer, "Use water.")
        await world.post.wait(1)
        # then the ticket hears of the delay once, without the address, and of the end
        assert await world.outcomes(2) == [
            RecordDelivery(2, 1, "450 4.2.0 (address) come back later", final=False),
            RecordDelivery(2, 3),
        ]


async def test_a_reply_that_is_refused_has_failed(world: World) -> None:
    # given a smarthost that knows no such address
    world.post.recipient = ["550 5.1.1 <ana@example.org> unknown"]
    async with world.sending():
        customer = await world.customer()
        # when a reply goes out
        await world.reply(await world.ticket(customer), customer, "Use water.")
        # then it is not tried again
        assert await world.outcomes(1) == [RecordDelivery(2, 1, "550 5.1.1 (address) unknown")]
        assert world.post.taken == []


async def test_without_a_smarthost_attempts_come_to_an_end(world: World) -> None:
    # given a smarthost that nobody listens at
    async with world.sending(smarthost="127.0.0.1:1", delivery_attempts=3):
        customer = await world.customer()
        # when a reply goes out
        await world.reply(await world.ticket(customer), customer, "Use water.")
        # then it is tried so often, and then its agent hears of it
        delayed, failed = await world.outcomes(2)
        assert (delayed.attempts, delayed.final) == (1, False)
        assert (failed.attempts, failed.final) == (3, True)
        assert failed.error.startswith("SMTPConnectError")


async def test_history_and_replays_send_nothing(world: World) -> None:
    # given a reply from before the adapter's birth
    customer = await world.customer()
    ticket = await world.ticket(customer)
    await world.reply(ticket, customer, "Long ago.")
    checkpoints = world.bench.mongo.database("email")["checkpoints"]
    async with world.sending():
        birth = await checkpoints.find_one({"_id": CONSUMER})
        assert birth is not None
        # and one after it, which has been sent
        await world.reply(ticket, customer, "Use water.")
        await world.post.wait(1)
        assert len(await world.outcomes(1)) == 1
    # when the log is read again from the birth on
    await checkpoints.replace_one({"_id": CONSUMER}, birth)
    async with world.sending():
        await world.reply(ticket, customer, "Or sand.")
        await world.post.wait(2)
        assert len(await world.outcomes(2)) == 2
    # then each reply since then was sent once
    said = [body_of(message).partition("\n")[0] for message in world.post.taken]
    assert said == ["Use water.", "Or sand."]


async def test_who_was_erased_gets_no_mail(world: World) -> None:
    async with world.sending():
        # given a customer whose erasure was asked for
        customer = await world.customer()
        ticket = await world.ticket(customer)
        await world.writer.append(customer, ErasureRequested("asked", ()))
        await world.bench.keyring.erase(customer)
        # when a reply was written to them all the same
        words = ContentRef("gone", 1, RENDITION_TYPE, "0" * 64)
        await world.writer.append(
            ticket, AgentReplied("g-1", customer, "support", facts(words, "out"))
        )
        # then it fails for that reason
        [outcome] = await world.outcomes(1)
        assert (outcome.error, outcome.final) == ("the addressee was erased", True)


async def test_a_reply_waits_for_the_address_that_it_goes_to(world: World) -> None:
    async with world.sending():
        # given a reply that is known before its addressee's address
        contact = new_id("p")
        await world.bench.keyring.load([contact], create=True)
        ticket = await world.ticket(contact)
        await world.reply(ticket, contact, "Use water.")
        await asyncio.sleep(0.7)
        assert world.post.taken == []
        # when the address is read, too
        await world.register(contact, "ana@example.org")
        # then it goes, at its first attempt
        await world.post.wait(1)
        assert await world.outcomes(1) == [RecordDelivery(2, 1)]


async def test_killed_while_the_smarthost_answers_it_sends_the_same_mail_again(
    world: World,
) -> None:
    """The documented window: the smarthost has the mail, and we do not know."""
    customer = await world.customer()
    ticket = await world.ticket(customer)
    more = {"smarthost": f"127.0.0.1:{world.post.port}", "smarthost_seconds": 2, "smtp_port": 0}
    # given an adapter (born before the reply) whose smarthost takes a mail and is slow to say so
    async with world.sending():
        await asyncio.sleep(0)
    world.post.slow = 1.5
    adapter = start_adapter(world.bench.settings, **more)
    try:
        await world.reply(ticket, customer, "Use water.")
        await world.post.wait(1)
        # when the adapter is killed before the answer, and another one starts
        adapter.kill()
        adapter.wait()
        world.post.slow = 0
        adapter = start_adapter(world.bench.settings, **more)
        # then the mail is sent once more, and mail programs show it once
        first, second = await world.post.wait(2, seconds=40)
        assert first["Message-ID"] == second["Message-ID"]
        assert await world.outcomes(1) == [RecordDelivery(2, 2)]
    finally:
        adapter.kill()
        adapter.wait()


async def test_a_code_is_mailed_once_while_it_counts_whatever_is_read_again(world: World) -> None:
    customer = await world.customer()
    address = world.addresses[customer]
    codes = SignInCodes(await world.bench.keyring.secret("codes"))
    now = utc_now()
    async with world.sending():
        # given a code that counts, and one that did when somebody else was to be told
        await world.writer.append(address, SignInCodeAsked(customer, "late", now))
        soon = now + timedelta(minutes=10)
        await world.writer.append(address, SignInCodeAsked(customer, "one", soon, "", "de"))
        [mail] = await world.post.wait(1)
    # then the one that counts came, in the language of the page, and is about no ticket
    assert codes.code(address, "one") in body_of(mail)
    assert codes.code(address, "late") not in body_of(mail)
    assert "gilt einmal" in body_of(mail)
    assert str(mail["Reply-To"]) == SUPPORT
    # when the adapter has forgotten how far it was, and what it has sent is long forgotten
    database = world.bench.mongo.database("email")
    await database["outbox"].delete_many({})
    sources = {
        source.key: 0 for source in sources_of(["contacts.events"], world.bench.ledger.lanes)
    }
    await database["checkpoints"].update_one({"_id": "email.codes"}, {"$set": {"next": sources}})
    await world.writer.append(
        address, SignInCodeAsked(customer, "two", soon), at=utc_now() + timedelta(seconds=1)
    )
    # then what counts is mailed, what is over is not
    async with world.sending():
        mails = await world.post.wait(3)
    assert not any(codes.code(address, "late") in body_of(one) for one in mails)
    assert await world.bench.records("tickets.commands", 0) == []


async def test_a_code_goes_to_its_own_address_and_not_to_who_is_blocked(world: World) -> None:
    customer, blocked = await world.customer(), await world.customer("eve@example.org")
    first = world.addresses[customer]
    await world.register(customer, "ana@work.example")
    soon = utc_now() + timedelta(minutes=10)
    await world.writer.append(blocked, ContactBlocked("abuse"))
    async with world.sending():
        await world.writer.append(world.addresses[blocked], SignInCodeAsked(blocked, "no", soon))
        await world.writer.append(
            world.addresses[customer], SignInCodeAsked(customer, "work", soon)
        )
        await world.writer.append(first, SignInCodeAsked(customer, "home", soon))
        mails = await world.post.wait(2)
    assert sorted(world.post.recipients) == ["ana@example.org", "ana@work.example"]
    assert len(mails) == 2
