"""Tickets that change together and at instants, on real servers; killed in between, too."""

from collections.abc import AsyncIterator
from datetime import timedelta

import msgspec
import pytest

from libs.contents import RENDITION_TYPE, Content, NewContent, Rendition
from libs.events.envelope import Command
from libs.events.ids import new_id
from libs.events.kafka import utc_now
from libs.events.published import contacts as p
from libs.events.published import tickets as t
from libs.keyring import ERASED, Erased
from libs.settings import Settings
from tests.support.desk import Desk
from tests.support.messages import content, mail
from tests.support.reading import until

pytestmark = pytest.mark.integration


@pytest.fixture
async def desk(ledger: Settings) -> AsyncIterator[Desk]:
    async with Desk.on(ledger) as desk:
        yield desk


async def tell(desk: Desk, ticket_id: str, *data: msgspec.Struct) -> None:
    """An agent's commands to a ticket, or a contact."""
    await desk.sender.send(
        [Command[object](data=one, aggregate_id=ticket_id, actor="agent:anna") for one in data]
    )


async def test_two_tickets_become_one_and_two_again(desk: Desk) -> None:
    async with desk.intake():
        # given two tickets of one customer
        await desk.publish(id="m-1")
        await desk.until(t.TicketOpened)
        await desk.publish(id="m-2")
        one, two = (opened.aggregate_id for opened in await desk.until(t.TicketOpened, 2))
        # when one is to take the other in
        await tell(desk, one, t.AbsorbTicket(two, "same_matter"))
        [merged] = await desk.until(t.TicketMerged)
        [absorbed] = await desk.until(t.TicketAbsorbed)
    # then the other has gone into it, with its messages
    assert (merged.aggregate_id, merged.data.target_id) == (two, one)
    assert (absorbed.aggregate_id, absorbed.data.messages) == (one, (1,))
    async with desk.intake():
        # and what the customer writes to the one that is gone arrives at the one that is there
        await tell(desk, two, _message(merged.data.requester_id))
        [passed] = await desk.until(t.MessagePassedOn)
        [added] = await desk.until(t.CustomerMessageAdded)
        assert (added.aggregate_id, added.data.digest) == (one, passed.data.digest)
        # when it is undone
        await tell(desk, two, t.UnmergeTicket())
        [surrendered] = await desk.until(t.TicketSurrendered)
        # then both stand on their own
        assert (surrendered.aggregate_id, surrendered.data.source_id) == (one, two)
        await tell(desk, two, t.AddNote(content("alive")))
        [noted] = await desk.until(t.NoteAdded)
        assert noted.aggregate_id == two


async def test_a_merge_that_was_cut_short_goes_on(desk: Desk) -> None:
    async with desk.intake():
        await desk.publish(id="m-1")
        await desk.until(t.TicketOpened)
        await desk.publish(id="m-2")
        one, two = (opened.aggregate_id for opened in await desk.until(t.TicketOpened, 2))
        # given a target that has prepared when everything dies
        await tell(desk, one, t.AbsorbTicket(two))
        await desk.until(t.AbsorptionPrepared)
    # when intake runs again
    async with desk.intake():
        [absorbed] = await desk.until(t.TicketAbsorbed)
    assert absorbed.data.source_id == two


async def test_tickets_follow_a_merge_of_contacts_and_come_back(desk: Desk) -> None:
    async with desk.intake():
        # given a ticket each of two contacts, and another that is given away in between
        await desk.publish(id="m-1")
        [first] = await desk.until(t.TicketOpened)
        for number in (2, 3):
            sender = {"address": "@ruiz", "name": "A. Ruiz"}
            await desk.publish(id=f"m-{number}", sender=sender, text=f"Text {number}")
            opened = await desk.until(t.TicketOpened, number)
        ana = first.data.requester_id
        moving, given_away = (o.aggregate_id for o in opened if o.data.requester_id != ana)
        [other] = {o.data.requester_id for o in opened} - {ana}
        # when the two turn out to be one person, and everything dies in between
        merge = Command[object](
            data=p.PrepareContactMerge(other), aggregate_id=ana, actor="agent:a"
        )
        await desk.sender.send([merge])
        await desk.until(p.ContactMerged)
    async with desk.intake():
        # then the tickets follow
        followed = await desk.until(t.TicketFollowedContact, 2)
        assert {one.aggregate_id for one in followed} == {moving, given_away}
        assert {one.data.contact_id for one in followed} == {ana}
        # when one of them becomes somebody else's, and the merge is undone
        await tell(desk, given_away, t.ChangeRequester("p-" + "7" * 26))
        await desk.until(t.RequesterChanged)
        await tell(desk, ana, p.UnmergeContact(other))
        moves = await desk.until(t.TicketFollowedContact, 3)
        [back] = [one for one in moves if one.data.undone]
    # then the other one alone comes back
    assert (back.aggregate_id, back.data.contact_id) == (moving, other)


async def test_a_parent_waits_for_its_child(desk: Desk) -> None:
    async with desk.intake():
        await desk.publish(id="m-1")
        await desk.until(t.TicketOpened)
        await desk.publish(id="m-2")
        parent, child = (opened.aggregate_id for opened in await desk.until(t.TicketOpened, 2))
        # given a ticket that waits for its child
        await tell(desk, parent, t.AwaitChildren(True))
        await tell(desk, child, t.LinkTicket(parent, "parent"))
        links = await desk.until(t.TicketLinked, 2)
        assert {one.aggregate_id: one.data.relation for one in links} == {
            child: "parent",
            parent: "child",
        }
        await tell(desk, parent, t.SolveTicket("workaround"))
        # when the child is solved
        await tell(desk, child, t.SolveTicket("workaround"))
        [settled] = await desk.until(t.ChildSettled)
        assert (settled.aggregate_id, settled.data.left) == (parent, 0)
        # then the parent can be, which it could not before
        await tell(desk, parent, t.SolveTicket("by_request"))
        solved = await desk.until(t.TicketSolved, 2)
    assert {one.aggregate_id: one.data.resolution_code for one in solved} == {
        child: "workaround",
        parent: "by_request",
    }


async def test_a_problem_s_solution_reaches_each_customer_in_words_of_their_own(
    desk: Desk,
) -> None:
    async with desk.intake() as on:
        # given a problem with two incidents, of somebody with a name and of somebody without
        opened: dict[str, t.TicketOpened] = {}
        for number, name in enumerate(("Eve", "Ada King", "")):
            sender = {"address": f"{number}@example.org", "name": name}
            await desk.publish(id=f"m-{number}", sender=sender)
            now = await desk.until(t.TicketOpened, number + 1)
            opened |= {one.aggregate_id: one.data for one in now if one.aggregate_id not in opened}
        problem, *incidents = opened
        await tell(desk, problem, *(t.LinkTicket(id, "incident") for id in incidents))
        await desk.until(t.TicketLinked, 4)
        # when it is solved, and its solution is carried to them
        await tell(desk, problem, t.SolveTicket("known_error", "bad_firmware"))
        text = (
            'Dear {{contact.first_name | "customer"}}, {{ticket.number}} is solved. {{agent.name}}'
        )
        owner = opened[problem].requester_id
        [words] = await on.contents.put(
            [NewContent(owner, Rendition(text=text).encode(), RENDITION_TYPE)]
        )
        await tell(desk, problem, t.SpreadSolution(rendition=words, length=len(text)))
        solved = await desk.until(t.TicketSolved, 3)
        replied = await desk.until(t.AgentReplied, 2)
        said = await on.contents.get(one.data.message.rendition.id for one in replied)
    # then each customer was told and each incident is solved, by its problem
    assert {one.aggregate_id: one.data.via for one in solved} == {
        problem: "agent",
        **dict.fromkeys(incidents, "problem"),
    }
    assert {one.data.cause for one in solved} == {"bad_firmware"}
    found = {
        one.aggregate_id: (_text(said[one.data.message.rendition.id]), one.data.message.length)
        for one in replied
    }
    named, unnamed = (f"{opened[id].number} is solved. anna" for id in incidents)
    texts = (f"Dear Ada, {named}", f"Dear customer, {unnamed}")
    assert found == {id: (text, len(text)) for id, text in zip(incidents, texts, strict=True)}


async def test_a_ticket_says_what_its_customer_was_when_it_was_opened(desk: Desk) -> None:
    firm = new_id("o")
    async with desk.intake():
        # given a customer whose organisation has bought a plan, and who is a VIP
        await desk.publish(id="m-1")
        [first] = await desk.until(t.TicketOpened)
        customer = first.data.requester_id
        await tell(desk, firm, p.CreateOrganisation("North"), p.SetCustomerPlan("gold"))
        await tell(desk, customer, p.JoinOrganisation(firm), p.MarkCustomerVip("board"))
        await desk.until(p.CustomerMarkedVip)
        await desk.until(p.ContactJoinedOrganisation)
        await desk.until(p.CustomerPlanChanged)
        await desk.settled("intake")
        # when they write again
        await desk.publish(id="m-2")
        opened = {one.aggregate_id: one.data for one in await desk.until(t.TicketOpened, 2)}
    # then the new ticket says so, and the old one does not
    del opened[first.aggregate_id]
    [new] = opened.values()
    assert (new.requester_id, new.organisation_id, new.plan, new.vip) == (
        customer,
        firm,
        "gold",
        True,
    )
    assert (first.data.organisation_id, first.data.plan, first.data.vip) == ("", "", False)


async def test_what_is_redacted_nobody_can_read_any_more(desk: Desk) -> None:
    async with desk.intake() as on:
        # given a message with a card number in it
        await desk.publish(text="My card is 4111 1111 1111 1111.")
        [opened] = await desk.until(t.TicketOpened)
        written = opened.data.message.content_ids
        assert ERASED not in (await on.contents.get(written)).values()
        # when it is redacted
        await tell(desk, opened.aggregate_id, t.RedactMessage(1, written, "card_number"))
        await desk.until(t.MessageRedacted)

        # then its contents are gone, and the history says so
        async def gone() -> bool:
            return set((await on.contents.get(written)).values()) == {ERASED}

        await until(gone)


async def test_what_is_set_to_an_instant_happens_then_and_once(desk: Desk) -> None:
    async with desk.intake():
        await desk.publish()
        [opened] = await desk.until(t.TicketOpened)
        soon = utc_now() + timedelta(seconds=2)
        # given a reminder, a scheduled answer and one that is withdrawn in time
        await tell(
            desk,
            opened.aggregate_id,
            t.SetReminder("call", soon, "anna"),
            t.ReplyToCustomer(content("answer"), send_at=soon),
            t.ReplyToCustomer(content("regret"), send_at=soon),
        )
        scheduled = await desk.until(t.ReplyScheduled, 2)
        await tell(desk, opened.aggregate_id, t.WithdrawReply(scheduled[1].sequence))
        await desk.until(t.ReplyWithdrawn)
        # when the instant has come, then both happen as of it
        [fired] = await desk.until(t.ReminderFired)
        [replied] = await desk.until(t.AgentReplied)
    assert fired.occurred_at == replied.occurred_at == soon
    assert fired.recorded_at - soon < timedelta(seconds=5)
    assert replied.data.scheduled_sequence == scheduled[0].sequence
    assert replied.data.message.rendition.id == "answer"
    # and not again after a restart
    async with desk.intake():
        await tell(desk, opened.aggregate_id, t.AddNote(content("later")))
        await desk.until(t.NoteAdded)
        assert len(await desk.so_far(t.ReminderFired)) == 1
        assert len(await desk.so_far(t.AgentReplied)) == 1


def _message(author_id: str) -> t.AddCustomerMessage:
    return t.AddCustomerMessage(author_id, mail("more"), new_id("d"), "support")


def _text(content: Content | Erased) -> str:
    assert isinstance(content, Content)
    return Rendition.decode(content.data).text
