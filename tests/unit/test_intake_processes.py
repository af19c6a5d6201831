"""What intake does on its own, told event by event."""

from datetime import timedelta

import msgspec

from libs.events.envelope import Command
from libs.events.ids import derived_id, digest
from libs.events.personal import Personal
from libs.events.process import Reaction
from libs.events.published import contacts as p
from libs.events.published import conversations as c
from libs.events.published import tickets as t
from services.intake.processes import ERASURE, RECEPTION, closing
from services.intake.processes.erasure import CompleteWhenPassed, Erase, ErasureState
from services.intake.processes.reception import (
    Adopt,
    Origin,
    Park,
    ReceptionState,
    RegisterParked,
    Route,
    Unpark,
)
from tests.support.given import START, recorded
from tests.support.messages import ADDRESS, CUSTOMER, STRANGER, arrival, mail

CONVERSATION = "c-00" + "1" * 24
TICKET = "t-00" + "2" * 24
MAIL = Personal[str](CUSTOMER, sealed="bWFpbA")
NAME = Personal[str](CUSTOMER, sealed="bmFtZQ")
REGISTERED = p.AddressRegistered(CUSTOMER, "email", MAIL, NAME)


def routed(name: str, ticket_id: str = "", released_by: str = "") -> c.MessageRouted:
    goes_to = ticket_id or derived_id("t", digest(name))
    return c.MessageRouted(digest(name), ADDRESS, goes_to, not ticket_id, released_by)


def suspended(name: str) -> c.MessageSuspended:
    return c.MessageSuspended(digest(name), ADDRESS, "automatic", "An automatic message.")


def asked(reaction: Reaction) -> list[object]:
    """What the commands say."""
    return [command.data for command in reaction.commands]


class Reception:
    """One address's instance."""

    def __init__(self, *events: msgspec.Struct) -> None:
        self.state = ReceptionState()
        self.sequence = 0
        self.last = Reaction()
        for event in events:
            self.after(event)

    def after(self, event: msgspec.Struct) -> Reaction:
        self.sequence += 1
        about = {p.AddressRegistered: ADDRESS, p.AddressReleased: ADDRESS}
        happened = recorded(event, self.sequence, id=about.get(type(event), CONVERSATION))
        expected = event.ticket_id if isinstance(event, t.FollowUpRequested) else ADDRESS
        assert RECEPTION.key(happened) == expected
        assert type(event) in RECEPTION.interests
        self.last = RECEPTION.react(self.state, happened)
        return self.last


class TestReception:
    def test_an_unknown_sender_is_registered_first(self) -> None:
        question = arrival("question")
        reaction = Reception(c.MessageReceived(question)).after(routed("question"))

        [command] = reaction.commands
        assert command.aggregate_id == ADDRESS
        assert command.data == p.RegisterAddress(
            derived_id("p", ADDRESS, question.digest), "email", question.address, question.name
        )
        assert not reaction.effects

    def test_once_registered_the_contact_is_made_and_the_message_opens_its_ticket(self) -> None:
        question = arrival("question")
        reaction = Reception(c.MessageReceived(question), routed("question")).after(REGISTERED)

        create, opened = reaction.commands
        assert (create.aggregate_id, create.data) == (
            CUSTOMER,
            p.CreateContact(ADDRESS, "email", MAIL, NAME),
        )
        assert opened.aggregate_id == derived_id("t", question.digest)
        assert opened.actor == f"contact:{CUSTOMER}"
        assert opened.data == t.OpenTicket(CUSTOMER, "support", mail("question"), question.digest)
        assert reaction.effects == [Adopt(CUSTOMER, ("question",))]

    def test_a_known_sender_waits_for_nothing(self) -> None:
        known = Reception(REGISTERED, c.MessageReceived(arrival("question")))
        reaction = known.after(routed("question"))

        assert asked(reaction) == [
            t.OpenTicket(CUSTOMER, "support", mail("question"), digest("question"))
        ]
        assert reaction.effects == [Adopt(CUSTOMER, ("question",))]

    def test_an_answer_goes_to_the_ticket_that_it_answers(self) -> None:
        known = Reception(REGISTERED, c.MessageReceived(arrival("answer", ticket_id=TICKET)))
        reaction = known.after(routed("answer", TICKET))

        [command] = reaction.commands
        assert command.aggregate_id == TICKET
        assert command.data == t.AddCustomerMessage(
            CUSTOMER, mail("answer"), digest("answer"), "support"
        )

    def test_all_that_waited_go_on_together(self) -> None:
        waiting = Reception(
            c.MessageReceived(arrival("one")),
            routed("one"),
            c.MessageReceived(arrival("two")),
            routed("two"),
        )
        reaction = waiting.after(REGISTERED)

        assert [type(data) for data in asked(reaction)] == [
            p.CreateContact,
            t.OpenTicket,
            t.OpenTicket,
        ]
        assert waiting.state == ReceptionState(contact_id=CUSTOMER)

    def test_acting_twice_sends_the_same_command_ids(self) -> None:
        def ids() -> list[str]:
            known = Reception(REGISTERED, c.MessageReceived(arrival("question")))
            return [command.command_id for command in known.after(routed("question")).commands]

        assert ids() == ids()

    def test_after_an_erasure_the_sender_gets_another_contact(self) -> None:
        erased = Reception(
            c.MessageReceived(arrival("one")),
            routed("one"),
            REGISTERED,
            p.AddressReleased(CUSTOMER),
        )
        erased.after(c.MessageReceived(arrival("two")))
        [register] = asked(erased.after(routed("two")))

        assert isinstance(register, p.RegisterAddress)
        assert register.contact_id != derived_id("p", ADDRESS, digest("one"))

    def test_a_closed_tickets_message_opens_its_follow_up(self) -> None:
        follow_up = derived_id("t", digest("again"))
        event = t.FollowUpRequested(STRANGER, follow_up, "support", mail("again"), digest("again"))
        reaction = RECEPTION.react(ReceptionState(), recorded(event, 9, id=TICKET))

        [command] = reaction.commands
        assert command.aggregate_id == follow_up
        assert command.data == t.OpenTicket(
            STRANGER, "support", mail("again"), digest("again"), follow_up_of=TICKET
        )


class TestSuspendedMessages:
    AWAY = arrival("away", automatic="auto-replied")

    def test_are_parked_and_leave_nothing_in_the_instance(self) -> None:
        instance = Reception(c.MessageReceived(self.AWAY))
        reaction = instance.after(suspended("away"))

        assert reaction.effects == [Park(self.AWAY, START)]
        assert not reaction.commands
        assert instance.state == ReceptionState()

    def test_released_by_a_known_sender_go_to_their_ticket(self) -> None:
        instance = Reception(REGISTERED, c.MessageReceived(self.AWAY), suspended("away"))
        reaction = instance.after(routed("away", released_by="agent:anna"))

        [unpark] = reaction.effects
        assert unpark == Unpark(
            CUSTOMER,
            Route(
                self.AWAY.digest,
                derived_id("t", self.AWAY.digest),
                True,
                Origin("event-4", "correlation"),
            ),
        )

    def test_released_by_an_unknown_sender_wait_for_the_registration(self) -> None:
        instance = Reception(c.MessageReceived(self.AWAY), suspended("away"))
        first = instance.after(routed("away", released_by="agent:anna"))
        second = instance.after(REGISTERED)

        assert [type(effect) for effect in first.effects] == [RegisterParked]
        assert [type(effect) for effect in second.effects] == [Unpark]


def test_what_reception_keeps_can_be_stored_and_read_again() -> None:
    state = Reception(c.MessageReceived(arrival("one")), routed("one")).state
    body = msgspec.json.encode(
        state, enc_hook=lambda value: {"key": value.key, "sealed": value.sealed}
    )

    again = msgspec.json.decode(
        body, type=ReceptionState, dec_hook=lambda _, value: Personal(**value)
    )
    assert again == state


class TestErasure:
    REQUESTED = p.ErasureRequested("asked for it", (ADDRESS,))

    def test_key_and_contents_go_at_once_and_the_addresses_are_released(self) -> None:
        happened = recorded(self.REQUESTED, 2, id=CUSTOMER)
        reaction = ERASURE.react(ErasureState(), happened)

        assert reaction.effects == [Erase(CUSTOMER, (ADDRESS,), START)]
        [release] = reaction.commands
        assert (release.aggregate_id, release.data) == (ADDRESS, p.ReleaseAddress(CUSTOMER))
        assert reaction.due is not None

    def test_then_it_is_looked_at_again_and_again_at_growing_distances(self) -> None:
        state = ErasureState()
        due = ERASURE.react(state, recorded(self.REQUESTED, 2, id=CUSTOMER)).due
        pauses = []
        for _ in range(10):
            assert due is not None
            assert ERASURE.on_due is not None
            reaction = ERASURE.on_due(state, CUSTOMER, due)
            [look] = reaction.effects
            assert isinstance(look, CompleteWhenPassed)
            assert look.erase == Erase(CUSTOMER, (ADDRESS,), START)
            assert reaction.due is not None
            pauses.append(reaction.due - due)
            due = reaction.due

        assert pauses == sorted(pauses)
        assert pauses[-1] == timedelta(minutes=10)

    def test_until_it_is_complete(self) -> None:
        state = ErasureState()
        ERASURE.react(state, recorded(self.REQUESTED, 2, id=CUSTOMER))
        reaction = ERASURE.react(state, recorded(p.ErasureCompleted(3), 3, id=CUSTOMER))

        assert (reaction.due, reaction.keep_due) == (None, False)


class TestClosing:
    PROCESS = closing(timedelta(days=4))
    SOLVED = t.TicketSolved("workaround", "anna", "open")

    def test_a_solved_ticket_is_closed_after_a_time(self) -> None:
        state = self.PROCESS.state()
        reaction = self.PROCESS.react(state, recorded(self.SOLVED, 5, id=TICKET))
        assert reaction.due == START + timedelta(days=4)

        assert self.PROCESS.on_due is not None
        fired = self.PROCESS.on_due(state, TICKET, reaction.due)
        [close] = fired.commands
        assert (close.aggregate_id, close.data) == (TICKET, t.CloseTicket(5))
        assert (fired.due, fired.keep_due) == (None, False)

    def test_a_reopened_one_is_not(self) -> None:
        state = self.PROCESS.state()
        self.PROCESS.react(state, recorded(self.SOLVED, 5, id=TICKET))
        reopened = t.TicketReopened("agent", "solved")
        reaction = self.PROCESS.react(state, recorded(reopened, 6, id=TICKET))

        assert (reaction.due, reaction.keep_due) == (None, False)

    def test_solved_anew_it_has_its_time_anew(self) -> None:
        def close_of(sequence: int) -> Command[object]:
            state = self.PROCESS.state()
            due = self.PROCESS.react(state, recorded(self.SOLVED, sequence, id=TICKET)).due
            assert due is not None
            assert self.PROCESS.on_due is not None
            return self.PROCESS.on_due(state, TICKET, due).commands[0]

        assert close_of(5).command_id != close_of(9).command_id
