"""Intake on real servers: from a message in ``channels.inbound`` to its ticket, and to erasure."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import msgspec
import pytest
from aiokafka.structs import OffsetAndMetadata

from libs.contents import RENDITION_TYPE, Content, NewContent, Rendition
from libs.events.dead_letters import parse
from libs.events.envelope import Command
from libs.events.kafka import utc_now
from libs.events.published import contacts as p
from libs.events.published import conversations as c
from libs.events.published import tickets as t
from libs.events.resources import Resources
from libs.events.topics import INBOUND, dead_letters
from libs.keyring import ERASED
from libs.references import References
from libs.settings import Settings
from services.intake.suspended import key_of
from tests.support.desk import ANNA, Desk

pytestmark = pytest.mark.integration
AUTOMATIC = "auto-replied"
TRACE = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
async def desk(ledger: Settings) -> AsyncIterator[Desk]:
    async with Desk.on(ledger) as desk:
        yield desk


async def words(on: Resources, content_id: str) -> str:
    """The text of a message as a reader of today gets it."""
    content = (await on.contents.get([content_id]))[content_id]
    return Rendition.decode(content.data).text if isinstance(content, Content) else str(content)


async def owner(on: Resources, content_id: str) -> str:
    """The key under which a content stands."""
    document = await on.mongo.database("contents")["contents"].find_one({"_id": content_id})
    return str(document["owner"]) if document else ""


async def sent(desk: Desk, *commands: Command[object]) -> None:
    await desk.sender.send(commands)


async def test_a_message_becomes_a_ticket_of_a_new_contact(desk: Desk) -> None:
    async with desk.intake() as on:
        await desk.publish(traceparent=TRACE)
        [opened] = await desk.until(t.TicketOpened)
        [created] = await desk.until(p.ContactCreated)
        [registered] = await desk.until(p.AddressRegistered)

        contact_id = opened.data.requester_id
        assert created.aggregate_id == registered.data.contact_id == contact_id
        assert opened.actor == f"contact:{contact_id}"
        await on.keyring.load([contact_id])
        assert created.data.address.reveal(on.keyring) == ANNA
        assert created.data.name.reveal(on.keyring) == "Anna Ruiz"
        rendition = opened.data.message.rendition.id
        assert await words(on, rendition) == "It is on fire."
        assert await owner(on, rendition) == contact_id
        # and it is all one story
        [received] = await desk.until(c.MessageReceived)
        for event in (received, opened, created, registered):
            assert event.correlation_id == received.causation_id
            assert event.traceparent == TRACE


async def test_an_adapter_may_seal_the_sender_and_store_the_words_itself(desk: Desk) -> None:
    async with desk.intake() as on:
        transit = await on.keyring.transit_key(utc_now())
        words_of = NewContent(transit, Rendition("Printer", "Sealed.").encode(), RENDITION_TYPE)
        [stored] = await on.contents.put([words_of])
        sealed = {"key": transit, "sealed": on.keyring.seal(transit, ANNA.encode())}
        message = {"text": None, "rendition": msgspec.to_builtins(stored)}

        await desk.publish(sender={"address": sealed, "name": ""}, digest="a" * 64, **message)
        await desk.publish()
        # a sender that cannot be read is put aside, and the next one goes on
        forged = {"key": transit, "sealed": sealed["sealed"][:-2] + "zz"}
        await desk.publish(sender={"address": forged, "name": ""}, digest="b" * 64, **message)
        await desk.publish(text="And another.")

        opened = await desk.until(t.TicketOpened, 3)
        assert len({event.data.requester_id for event in opened}) == 1
        first = next(event for event in opened if event.data.digest == "a" * 64)
        assert await words(on, first.data.message.rendition.id) == "Sealed."
        [dead] = await desk.records(dead_letters("intake"), 1)
        assert "sender cannot be read" in parse(dead, dead_letters("intake")).sentence


async def test_delivered_again_or_to_the_wrong_partition_it_is_one_ticket(desk: Desk) -> None:
    async with desk.intake():
        await desk.publish(id="chat-1")
        await desk.publish(id="chat-1")
        await desk.publish(id="chat-1", wrong_partition=True)
        await desk.publish(id="chat-2", text="And now the curtains.")

        await desk.until(t.TicketOpened, 2)
        await desk.until(c.MessageReceived, 2)
        await desk.until(p.AddressRegistered, 1)


async def test_a_malformed_message_is_put_aside_with_a_sentence(desk: Desk) -> None:
    async with desk.intake():
        await desk.send_raw(INBOUND, 0, key=b"", value=b"MAIL FROM:<anna@example.org>")
        await desk.publish(channel="E-Mail!")
        await desk.publish()

        await desk.until(t.TicketOpened)
        found = await desk.records(dead_letters("intake"), 2)
    sentences = [parse(record, dead_letters("intake")).sentence for record in found]
    assert sorted(sentence.partition(":")[2][:9] for sentence in sentences) == [
        " channel:",
        " the mess",
    ]


async def test_only_our_signed_reference_joins_a_ticket(desk: Desk) -> None:
    async with desk.intake() as on:
        await desk.publish(id="root")
        [opened] = await desk.until(t.TicketOpened)
        reference = References(await on.keyring.secret("references")).sign(opened.aggregate_id)

        await desk.publish(thread="root", references=[f"support+{reference}@desk.example"])
        [added] = await desk.until(t.CustomerMessageAdded)
        await desk.publish(sender={"address": "eve@example.org"}, references=[reference])
        [foreign] = await desk.until(t.ForeignMessageAdded)
        await desk.publish(references=["<root@desk.example>", opened.aggregate_id])
        await desk.until(t.TicketOpened, 2)

    assert added.aggregate_id == foreign.aggregate_id == opened.aggregate_id
    assert foreign.data.message.visibility == "internal"


async def test_a_mail_that_came_back_is_told_and_marks_the_address(desk: Desk) -> None:
    async with desk.intake() as on:
        await desk.publish(id="root")
        [opened] = await desk.until(t.TicketOpened)
        reference = References(await on.keyring.secret("references")).sign(opened.aggregate_id)
        postmaster = {"address": "MAILER-DAEMON@relay.example", "name": ""}
        bounce = {"recipient": ANNA, "status": "5.1.1", "permanent": True}
        report: dict[str, Any] = {"sender": postmaster, "automatic": "report", "bounce": bounce}

        await desk.publish(**report, text="No such user.", references=[f"support+{reference}@x"])
        await desk.publish(**report, text="No such user, and none of our mails.")
        [told] = await desk.until(t.MailBounced)
        [marked] = await desk.until(p.AddressBounced)
        [aside] = await desk.until(c.MessageSuspended)

        customer = opened.data.requester_id
        assert (told.aggregate_id, told.data.contact_id) == (opened.aggregate_id, customer)
        assert (marked.aggregate_id, marked.data.status) == (customer, "5.1.1")
        assert await words(on, told.data.message.rendition.id) == "No such user."
        assert await owner(on, told.data.message.rendition.id) == customer
        assert aside.data.reason == "automatic"
        assert len(await desk.until(p.ContactCreated)) == 1


async def test_a_closed_tickets_customer_gets_a_follow_up(desk: Desk) -> None:
    async with desk.intake(close_after=timedelta(milliseconds=200)) as on:
        await desk.publish(id="root")
        [opened] = await desk.until(t.TicketOpened)
        reference = References(await on.keyring.secret("references")).sign(opened.aggregate_id)
        await sent(
            desk,
            Command(
                data=t.SolveTicket("workaround"),
                aggregate_id=opened.aggregate_id,
                actor="agent:anna",
            ),
        )
        [closed] = await desk.until(t.TicketClosed)
        [solved] = await desk.until(t.TicketSolved)
        await desk.publish(thread="root", text="It burns again.", references=[reference])
        _, follow_up = sorted(
            await desk.until(t.TicketOpened, 2), key=lambda event: event.recorded_at
        )

    assert closed.data.solved_at == solved.occurred_at
    assert closed.recorded_at >= solved.recorded_at + timedelta(milliseconds=200)
    assert follow_up.data.follow_up_of == opened.aggregate_id
    assert follow_up.data.requester_id == opened.data.requester_id


async def test_a_suspended_message_waits_under_its_own_key_and_can_be_released(desk: Desk) -> None:
    async with desk.intake() as on:
        conversation = await desk.publish(automatic=AUTOMATIC, text="I am away.")
        [suspended] = await desk.until(c.MessageSuspended)
        [received] = await desk.until(c.MessageReceived)
        rendition = received.data.arrival.message.rendition.id
        key = key_of(suspended.data.digest)
        async with asyncio.timeout(60):
            while await owner(on, rendition) != key:
                await asyncio.sleep(0.05)

        release = c.ReleaseMessage(suspended.data.digest)
        await sent(desk, Command(data=release, aggregate_id=conversation, actor="agent:anna"))
        [opened] = await desk.until(t.TicketOpened)
        [created] = await desk.until(p.ContactCreated)

        await on.keyring.load([created.aggregate_id])
        assert created.data.address.reveal(on.keyring) == ANNA
        assert await words(on, opened.data.message.rendition.id) == "I am away."
        assert await owner(on, rendition) == created.aggregate_id


async def test_an_erased_person_is_gone_and_starts_anew(desk: Desk) -> None:
    async with desk.intake() as on:
        # given a customer with a ticket and a suspended message, and a slow projection
        await desk.publish()
        [opened] = await desk.until(t.TicketOpened)
        contact_id, rendition = opened.data.requester_id, opened.data.message.rendition.id
        await desk.publish(automatic=AUTOMATIC, text="I am away.")
        [received] = [
            event
            for event in await desk.until(c.MessageReceived, 2)
            if event.data.arrival.message.automatic
        ]
        away = received.data.arrival.message.rendition.id
        parked = key_of(received.data.arrival.digest)
        async with asyncio.timeout(60):
            while await owner(on, away) != parked:
                await asyncio.sleep(0.05)
        slow = [desk.cluster.partition("tickets.events", n) for n in range(desk.ledger.lanes)]
        group = "slow.tickets.v1-1"
        async with desk.cluster.consumer(group=group) as consumer:
            consumer.assign(slow)
            await consumer.commit({tp: OffsetAndMetadata(0, "") for tp in slow})

            # when the contact is erased
            await sent(
                desk,
                Command(
                    data=p.EraseContact("asked_for_it"), aggregate_id=contact_id, actor="agent:anna"
                ),
            )
            await desk.until(p.AddressReleased)

            # then key and words are gone at once
            await on.keyring.load([contact_id, parked])
            assert on.keyring.unseal(contact_id, "") is ERASED
            assert await words(on, rendition) == "(erased)"
            assert await words(on, away) == "(erased)"
            [registered] = await desk.until(p.AddressRegistered)
            assert registered.data.address.reveal(on.keyring) is ERASED

            # and a new message starts a new contact
            await desk.publish(text="Me again.")
            _, second = sorted(
                await desk.until(t.TicketOpened, 2), key=lambda event: event.recorded_at
            )
            assert second.data.requester_id != contact_id
            assert await words(on, second.data.message.rendition.id) == "Me again."

            # and it is complete when the slow projection has passed, not before
            await asyncio.sleep(9)
            assert not await desk.so_far(p.ErasureCompleted)
            ends = await consumer.end_offsets(slow)
            # (it stands behind the last event and before the marker of its transaction)
            passed = {tp: OffsetAndMetadata(max(0, n - 1), "") for tp, n in ends.items()}
            await consumer.commit(passed)
        [completed] = await desk.until(p.ErasureCompleted)

        assert completed.aggregate_id == contact_id
        assert completed.data.contents_deleted == 2
        await on.keyring.load([second.data.requester_id])
        assert await words(on, second.data.message.rendition.id) == "Me again."


async def test_intake_killed_again_and_again_loses_and_doubles_nothing(desk: Desk) -> None:
    count = 60
    for number in range(count):
        await desk.publish(
            id=f"chat-{number}",
            sender={"address": f"customer-{number % 7}"},
            automatic=AUTOMATIC if number % 10 == 9 else "",
        )
        if number % 10 == 9:
            async with desk.intake():
                await asyncio.sleep(0.1 + number / 40)
    async with desk.intake():
        opened = await desk.until(t.TicketOpened, count - count // 10)
        suspended = await desk.until(c.MessageSuspended, count // 10)
        registered = await desk.until(p.AddressRegistered, 7)
        created = await desk.until(p.ContactCreated, 7)

    assert len({event.aggregate_id for event in opened}) == len(opened)
    assert len({event.data.digest for event in suspended}) == count // 10
    assert {event.data.contact_id for event in registered} == {
        event.aggregate_id for event in created
    }
    assert len({event.data.number for event in opened}) == len(opened)


async def test_an_erasure_goes_on_where_a_crash_left_it(desk: Desk) -> None:
    async with desk.intake() as on:
        await desk.publish()
        [opened] = await desk.until(t.TicketOpened)
        contact_id = opened.data.requester_id
        await desk.until(p.ContactCreated)
        erase = p.EraseContact("asked_for_it")
        await sent(desk, Command(data=erase, aggregate_id=contact_id, actor="agent:anna"))
        await desk.until(p.ErasureRequested)
    for _ in range(4):
        async with desk.intake():
            await asyncio.sleep(0.5)
    async with desk.intake() as on:
        [completed] = await desk.until(p.ErasureCompleted)
        assert await words(on, opened.data.message.rendition.id) == "(erased)"
    assert completed.aggregate_id == contact_id
