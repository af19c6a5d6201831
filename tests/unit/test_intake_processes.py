"""What intake does on its own, told event by event."""

from datetime import timedelta

import msgspec
import pytest

from libs.events.envelope import Recorded
from libs.events.ids import derived_id, digest
from libs.events.personal import Personal
from libs.events.process import Origin
from libs.events.published import contacts as p
from libs.events.published import conversations as c
from libs.events.published import tickets as t
from libs.events.published.senders import TrustSender, sender_id
from libs.events.testing import START, GivenProcess, given_process, recorded
from services.intake.processes import (
    CHILDREN,
    ERASURE,
    LINKING,
    RECEPTION,
    SAME_PERSON,
    SPREADING,
    SURVEYING,
    same_person,
    timers,
)
from services.intake.processes.arrivals import (
    Adopt,
    Discard,
    Park,
    ReceptionState,
    RegisterParked,
    Route,
    Stamp,
    Unpark,
)
from services.intake.processes.erasure import FIRST_LOOK, LAST_PAUSE, CompleteWhenPassed, Erase
from services.intake.processes.spreading import PAUSE, WAVE, SpreadingState, Tell
from services.intake.processes.surveying import Ask, question
from tests.support.messages import ADDRESS, CUSTOMER, STRANGER, TRANSIT, arrival, content, mail

TICKET = "t-00" + "2" * 24
KEYS = (TRANSIT, TRANSIT)
MAIL = Personal[str](CUSTOMER, sealed="bWFpbA")
NAME = Personal[str](CUSTOMER, sealed="bmFtZQ")


def routed(name: str, ticket_id: str = "", released_by: str = "") -> c.MessageRouted:
    goes_to = ticket_id or derived_id("t", digest(name))
    return c.MessageRouted(digest(name), ADDRESS, goes_to, not ticket_id, released_by)


def suspended(name: str) -> c.MessageSuspended:
    return c.MessageSuspended(digest(name), ADDRESS, "automatic", "An automatic message.")


def at_address(event: msgspec.Struct) -> Recorded[object]:
    """News of the address."""
    released = isinstance(event, p.AddressReleased)
    return recorded(event, 2 if released else 1, id=ADDRESS)


def reception(*events: msgspec.Struct | Recorded[object]) -> GivenProcess[ReceptionState]:
    return given_process(RECEPTION, *events)


def arrives(name: str, ticket_id: str = "", automatic: str = "") -> c.MessageReceived:
    return c.MessageReceived(arrival(name, ticket_id=ticket_id, automatic=automatic))


ADOPTED = Adopt(CUSTOMER, ("question",), KEYS)


def opens(name: str) -> t.OpenTicket:
    return t.OpenTicket(CUSTOMER, "support", mail(name), digest(name))


class TestReception:
    REGISTERED = at_address(p.AddressRegistered(CUSTOMER, "email", MAIL, NAME))
    RELEASED = at_address(p.AddressReleased(CUSTOMER))
    CREATE = p.CreateContact(ADDRESS, "email", MAIL, NAME)

    def test_an_unknown_sender_is_registered_first(self) -> None:
        question = arrival("question")
        contact_id = derived_id("p", ADDRESS, question.digest)
        (
            reception(arrives("question"))
            .when(routed("question"))
            .then(p.RegisterAddress(contact_id, "email", question.address, question.name))
        )

    def test_what_comes_of_history_is_history_of_the_same_instant(self) -> None:
        then = START - timedelta(days=400)
        news = recorded(routed("answer", TICKET), 2, at=START, occurred_at=then, origin="import")
        reacted = reception(self.REGISTERED, arrives("answer", TICKET)).when(news)

        assert {(one.origin, one.occurred_at) for one in reacted.commands} == {("import", then)}

    def test_then_the_contact_is_made_and_the_message_opens_its_ticket(self) -> None:
        (
            reception(arrives("question"), routed("question"))
            .when(self.REGISTERED)
            .then(self.CREATE, effects=[ADOPTED, opens("question")])
        )

    def test_a_known_sender_waits_for_nothing(self) -> None:
        (
            reception(self.REGISTERED, arrives("question"))
            .when(routed("question"))
            .then(effects=[ADOPTED, opens("question")])
        )

    def test_an_answer_goes_to_the_ticket_that_it_answers(self) -> None:
        reacted = reception(self.REGISTERED, arrives("answer", TICKET)).when(
            routed("answer", TICKET)
        )

        reacted.then(
            t.AddCustomerMessage(CUSTOMER, mail("answer"), digest("answer"), "support"),
            effects=[Adopt(CUSTOMER, ("answer",), KEYS)],
        )
        assert reacted.commands[0].aggregate_id == TICKET
        assert reacted.commands[0].actor == f"contact:{CUSTOMER}"

    def test_history_opens_its_ticket_as_history(self) -> None:
        history = msgspec.structs.replace(arrival("question"), origin="import")
        opening = msgspec.structs.replace(opens("question"), origin="import")
        (
            reception(self.REGISTERED, c.MessageReceived(history))
            .when(routed("question"))
            .then(effects=[ADOPTED, opening])
        )

    def test_what_an_agent_answered_once_is_not_sent_again(self) -> None:
        history = msgspec.structs.replace(
            arrival("answer", ticket_id=TICKET), origin="import", agent_id="anna"
        )
        said = (mail("answer"), digest("answer"), "support")
        (
            reception(self.REGISTERED, c.MessageReceived(history))
            .when(routed("answer", TICKET))
            .then(
                t.AddCustomerMessage(CUSTOMER, *said, origin="import"),
                effects=[Adopt(CUSTOMER, ("answer",), KEYS)],
            )
        )

    def test_history_that_a_ticket_turned_away_stays_history(self) -> None:
        own = derived_id("t", digest("in"))
        said = ("support", mail("in"), digest("in"))
        turned = t.MessageTurnedAway(STRANGER, own, *said, origin="import")
        (
            reception()
            .when(recorded(turned, id=TICKET))
            .then(
                t.AddCustomerMessage(STRANGER, *said[1:], "support", origin="import"),
                effects=[t.OpenTicket(STRANGER, *said, origin="import")],
            )
        )

    BOUNCE = msgspec.structs.replace(
        arrival("back", ticket_id=TICKET, automatic="report"), bounce=c.Bounce("5.1.1", True)
    )

    def test_a_bounce_is_told_to_its_ticket_and_to_whose_address_it_is(self) -> None:
        back = mail("back", automatic="report")
        reacted = reception(self.REGISTERED, c.MessageReceived(self.BOUNCE)).when(
            routed("back", TICKET)
        )

        reacted.then(
            t.RecordBouncedMail(CUSTOMER, back, digest("back"), "5.1.1", True),
            p.RecordBounce(ADDRESS, "5.1.1"),
            effects=[Adopt(CUSTOMER, ("back",), KEYS)],
        )
        assert [sent.aggregate_id for sent in reacted.commands] == [TICKET, CUSTOMER]

    def test_a_bounce_that_may_pass_leaves_the_address_as_it_is(self) -> None:
        full = msgspec.structs.replace(self.BOUNCE, bounce=c.Bounce("4.2.2", False))
        back = mail("back", automatic="report")
        (
            reception(self.REGISTERED, c.MessageReceived(full))
            .when(routed("back", TICKET))
            .then(
                t.RecordBouncedMail(CUSTOMER, back, digest("back"), "4.2.2", False),
                effects=[Adopt(CUSTOMER, ("back",), KEYS)],
            )
        )

    def test_a_complaint_is_told_to_its_ticket_whoever_it_names(self) -> None:
        for names, who in ((True, CUSTOMER), (False, "")):
            told = msgspec.structs.replace(
                self.BOUNCE, bounce=None, complaint=c.Complaint("abuse", "event-2", names)
            )
            report = mail("back", automatic="report")
            (
                reception(self.REGISTERED, c.MessageReceived(told))
                .when(routed("back", TICKET))
                .then(t.RecordSpamComplaint(who, report, digest("back"), "abuse", "event-2"))
            )

    def test_who_complained_is_asked_no_more_and_the_report_is_theirs(self) -> None:
        received = t.SpamComplaintReceived(CUSTOMER, mail("back"), digest("back"), "abuse")

        reacted = reception().when(recorded(received, id=TICKET))

        reacted.then(p.TagCustomer(("no_surveys",)), effects=[Adopt(CUSTOMER, ("back",))])
        assert reacted.commands[0].aggregate_id == CUSTOMER

    def test_who_unsubscribes_is_asked_no_more(self) -> None:
        asks = arrival("no", ticket_id=TICKET, automatic="unsubscribe")

        def commands(said: c.Arrival) -> list[type]:
            received = c.MessageReceived(said)
            reacted = reception(self.REGISTERED, received).when(routed("no", TICKET))
            return [type(command.data) for command in reacted.commands]

        assert commands(asks) == [t.AddCustomerMessage, p.TagCustomer]
        for other in (
            msgspec.structs.replace(asks, ticket_id=""),
            msgspec.structs.replace(asks, authentication="failed"),
            arrival("no", ticket_id=TICKET),
        ):
            assert commands(other) == [t.AddCustomerMessage]

    def test_a_bounce_makes_no_contact(self) -> None:
        sentence = "A mail of ours did not arrive at an address that is nobody's (any more)."
        (
            reception(c.MessageReceived(self.BOUNCE))
            .when(routed("back", TICKET))
            .then(c.SuspendMessage(self.BOUNCE, "automatic", sentence))
        )

    def test_what_a_ticket_turned_away_goes_to_its_authors_own(self) -> None:
        own = derived_id("t", digest("in"))
        turned = t.MessageTurnedAway(STRANGER, own, "support", mail("in"), digest("in"))
        reacted = reception().when(recorded(turned, id=TICKET))

        reacted.then(
            t.AddCustomerMessage(STRANGER, mail("in"), digest("in"), "support"),
            effects=[t.OpenTicket(STRANGER, "support", mail("in"), digest("in"))],
        )
        assert reacted.commands[0].aggregate_id == own

    def test_all_that_waited_go_on_together_and_nothing_is_kept(self) -> None:
        waiting = reception(arrives("one"), routed("one"), arrives("two"), routed("two"))
        (
            waiting.when(self.REGISTERED).then(
                self.CREATE,
                effects=[
                    *(Adopt(CUSTOMER, ("one",), KEYS), opens("one")),
                    *(Adopt(CUSTOMER, ("two",), KEYS), opens("two")),
                ],
            )
        )
        state = waiting.instances[ADDRESS].state
        assert (state.contact_id, state.arrived, state.waiting) == (CUSTOMER, {}, {})

    def test_acting_twice_sends_the_same_command_ids(self) -> None:
        def ids() -> list[str]:
            waiting = reception(arrives("question"), routed("question"))
            reacted = waiting.when(self.REGISTERED)
            stamped = [one.command for one in reacted.effects if isinstance(one, Stamp)]
            return [command.command_id for command in (*reacted.commands, *stamped)]

        assert ids() == ids()

    def test_after_an_erasure_the_sender_gets_another_contact(self) -> None:
        erased = reception(
            arrives("one"), routed("one"), self.REGISTERED, self.RELEASED, arrives("two")
        )
        two = arrival("two")
        (
            erased.when(routed("two")).then(
                p.RegisterAddress(
                    derived_id("p", ADDRESS, two.digest), "email", two.address, two.name
                )
            )
        )
        assert derived_id("p", ADDRESS, two.digest) != derived_id("p", ADDRESS, digest("one"))

    def test_a_closed_tickets_message_opens_its_follow_up(self) -> None:
        follow_up = derived_id("t", digest("again"))
        wanted = t.FollowUpRequested(STRANGER, follow_up, "support", mail("again"), digest("again"))
        reacted = reception().when(recorded(wanted, id=TICKET))

        opening = t.OpenTicket(STRANGER, "support", mail("again"), digest("again"), TICKET)
        reacted.then(effects=[opening])
        [stamp] = reacted.effects
        assert isinstance(stamp, Stamp)
        assert stamp.command.aggregate_id == follow_up


class TestSuspendedMessages:
    AWAY = arrives("away", automatic="auto-replied")
    RELEASED = routed("away", released_by="agent:anna")
    ROUTE = Route(
        digest("away"),
        derived_id("t", digest("away")),
        False,
        Origin("event-3", "correlation"),
        may_open=True,
    )

    def test_are_parked_and_leave_nothing_in_the_instance(self) -> None:
        instance = reception(self.AWAY)

        instance.when(suspended("away")).then(effects=[Park(self.AWAY.arrival, START)])
        assert instance.instances[ADDRESS].state == ReceptionState()

    def test_released_by_a_known_sender_go_to_their_ticket(self) -> None:
        (
            reception(TestReception.REGISTERED, self.AWAY, suspended("away"))
            .when(recorded(self.RELEASED, 3, offset=9))
            .then(effects=[Unpark(CUSTOMER, self.ROUTE)])
        )

    def test_released_by_an_unknown_sender_wait_for_the_registration(self) -> None:
        (
            reception(self.AWAY, suspended("away"))
            .when(self.RELEASED)
            .then(effects=[RegisterParked(digest("away"), self.ROUTE.origin)])
        )
        (
            reception(self.AWAY, suspended("away"), self.RELEASED)
            .when(TestReception.REGISTERED)
            .then(TestReception.CREATE, effects=[Unpark(CUSTOMER, self.ROUTE)])
        )

    def test_rejected_are_discarded(self) -> None:
        rejected = c.MessageRejected(digest("away"), ADDRESS)

        reception(self.AWAY, suspended("away")).when(rejected).then(
            effects=[Discard(digest("away"))]
        )

    def test_the_sender_of_one_that_was_released_in_trust_is_trusted(self) -> None:
        trusting = msgspec.structs.replace(self.RELEASED, trust="automatic")
        known = reception(TestReception.REGISTERED, self.AWAY, suspended("away"))
        reacted = known.when(recorded(trusting, 3, offset=9))

        reacted.then(TrustSender("automatic"), effects=[Unpark(CUSTOMER, self.ROUTE)])
        assert reacted.commands[0].aggregate_id == sender_id(ADDRESS)
        assert reacted.commands[0].actor == "agent:anna"


class TestErasure:
    REQUESTED = recorded(p.ErasureRequested("asked_for_it", (ADDRESS,)), 2, id=CUSTOMER)
    ERASE = Erase(CUSTOMER, (ADDRESS,), START)

    def test_key_and_contents_go_at_once_and_the_addresses_are_released(self) -> None:
        reacted = given_process(ERASURE).when(self.REQUESTED)

        reacted.then(p.ReleaseAddress(CUSTOMER), effects=[self.ERASE], due=START + FIRST_LOOK)
        assert reacted.commands[0].aggregate_id == ADDRESS

    def test_then_it_is_looked_at_again_and_again_at_growing_distances(self) -> None:
        erasing = given_process(ERASURE, self.REQUESTED)
        due, pauses = START + FIRST_LOOK, []
        for _ in range(10):
            reacted = erasing.when_due(due)
            [look] = reacted.effects
            assert isinstance(look, CompleteWhenPassed)
            assert look.erase == self.ERASE
            assert reacted.due is not None
            pauses.append(reacted.due - due)
            due = reacted.due

        assert pauses == sorted(pauses)
        assert pauses[-1] == LAST_PAUSE

    def test_until_it_is_complete(self) -> None:
        completed = recorded(p.ErasureCompleted(3), 3, id=CUSTOMER)

        given_process(ERASURE, self.REQUESTED).when(completed).then(due=None)


class TestTimers:
    PROCESS = timers(timedelta(days=4))
    SOLVED = recorded(t.TicketSolved("workaround", "anna", "open"), 5, id=TICKET)
    DUE = START + timedelta(days=4)
    SOON = START + timedelta(hours=1)

    def test_a_solved_ticket_is_closed_after_a_time(self) -> None:
        solved = given_process(self.PROCESS, self.SOLVED)

        solved.when_due(self.DUE - timedelta(seconds=1)).then(due=self.DUE)
        solved.when_due(self.DUE).then(t.CloseTicket(5), due=None)

    def test_a_solved_ticket_is_closed_when_its_desk_says_so(self) -> None:
        solved = t.TicketSolved("workaround", "anna", "open", close_after=3_600)
        given_process(self.PROCESS, recorded(solved, 5, id=TICKET)).when_due(self.SOON).then(
            t.CloseTicket(5), due=None
        )

    def test_a_reopened_one_is_not(self) -> None:
        reopened = recorded(t.TicketReopened("agent", "solved"), 6, id=TICKET)

        given_process(self.PROCESS, self.SOLVED).when(reopened).then(due=None)
        given_process(self.PROCESS, self.SOLVED, reopened).when_due(self.DUE).then(due=None)

    def test_solved_anew_it_has_its_time_anew(self) -> None:
        later = START + timedelta(days=1)
        reopened = recorded(t.TicketReopened("agent", "solved"), 6, id=TICKET, at=later)
        again = recorded(t.TicketSolved("workaround", "anna", "open"), 7, id=TICKET, at=later)
        solved = given_process(self.PROCESS, self.SOLVED, reopened, again)

        solved.when_due(self.DUE).then(due=later + timedelta(days=4))
        solved.when_due(later + timedelta(days=4)).then(t.CloseTicket(7), due=None)

    def test_a_reopening_that_is_undone_gives_the_time_back_that_there_was(self) -> None:
        reopened = recorded(t.TicketReopened("customer_reply", "solved"), 7, id=TICKET)
        undone = recorded(t.ReopeningUndone(7, "solved"), 9, id=TICKET)

        given_process(self.PROCESS, self.SOLVED, reopened, undone).when_due(self.DUE).then(
            t.CloseTicket(5), due=None
        )

    @pytest.mark.parametrize(
        ("away", "back"),
        [
            (t.TicketMarkedSpam("solved"), t.TicketMarkedNotSpam("solved")),
            (
                t.TicketMerged("t-00" + "3" * 24, CUSTOMER, "solved", 2),
                t.TicketUnmerged("t-00" + "3" * 24, "solved"),
            ),
        ],
    )
    def test_back_from_spam_or_another_ticket_it_has_its_time_anew(
        self, away: msgspec.Struct, back: msgspec.Struct
    ) -> None:
        later = START + timedelta(days=30)
        gone = (self.SOLVED, recorded(away, 6, id=TICKET))
        returned = given_process(self.PROCESS, *gone, recorded(back, 7, id=TICKET, at=later))

        given_process(self.PROCESS, *gone).when_due(self.DUE).then(due=None)
        returned.when_due(later + timedelta(days=4)).then(t.CloseTicket(5), due=None)

    def test_back_from_spam_it_waits_as_before(self) -> None:
        waits = recorded(t.TicketMarkedPending("open", until=self.SOON), 5, id=TICKET)
        spam = recorded(t.TicketMarkedSpam("pending"), 6, id=TICKET)
        back = recorded(t.TicketMarkedNotSpam("pending"), 7, id=TICKET)

        given_process(self.PROCESS, waits, spam, back).when_due(self.SOON).then(
            t.EndWaiting(5, self.SOON), due=None
        )

    @pytest.mark.parametrize(
        "event",
        [
            SOLVED.data,
            t.TicketMarkedPending("open", until=SOON),
            t.TicketPutOnHold("open", "vendor", until=SOON),
            t.TicketSnoozed(SOON),
        ],
        ids=lambda event: type(event).__name__,
    )
    def test_imported_history_makes_no_timers(self, event: msgspec.Struct) -> None:
        history = recorded(event, 5, id=TICKET)
        history = msgspec.structs.replace(history, origin="import")

        given_process(self.PROCESS, history).when_due(self.DUE).then(due=None)

    def test_what_is_live_on_an_imported_ticket_has_its_timers(self) -> None:
        history = msgspec.structs.replace(self.SOLVED, origin="import")
        reopened = recorded(t.TicketReopened("agent", "solved"), 6, id=TICKET)
        waits = recorded(t.ReplyScheduled("anna", CUSTOMER, "support", mail("a"), self.SOON), 7)
        waits = msgspec.structs.replace(waits, aggregate_id=TICKET)

        given_process(self.PROCESS, history, reopened, waits).when_due(self.SOON).then(
            t.SendScheduledReply(7), due=None
        )

    @pytest.mark.parametrize(
        ("event", "command"),
        [
            (t.TicketMarkedPending("open", until=SOON), t.EndWaiting(5, SOON)),
            (t.TicketPutOnHold("open", "vendor", until=SOON), t.EndWaiting(5, SOON)),
            (t.TicketSnoozed(SOON), t.EndSnooze(SOON)),
            (t.ReminderSet("r", SOON, "anna"), t.FireReminder("r", SOON)),
            (t.PromiseMade("p", "anna", SOON), t.BreakPromise("p", SOON)),
            (t.MajorIncidentDeclared(3600), t.MissMajorUpdate(5)),
            (t.MajorUpdateGiven(3600), t.MissMajorUpdate(5)),
            (t.MajorUpdateMissed(3, 3600), t.MissMajorUpdate(5)),
            (
                t.ReplyScheduled("anna", CUSTOMER, "support", mail("answer"), SOON),
                t.SendScheduledReply(5),
            ),
        ],
    )
    def test_what_is_set_happens_at_its_instant_once(
        self, event: msgspec.Struct, command: msgspec.Struct
    ) -> None:
        given_set = given_process(self.PROCESS, recorded(event, 5, id=TICKET))

        given_set.when_due(self.SOON - timedelta(seconds=1)).then(due=self.SOON)
        given_set.when_due(self.SOON).then(command, due=None)

    @pytest.mark.parametrize(
        ("event", "ends"),
        [
            (t.TicketMarkedPending("open", until=SOON), t.TicketWoken("agent", "pending")),
            (t.TicketMarkedPending("open", until=SOON), t.TicketMarkedPending("pending")),
            (t.TicketSnoozed(SOON), t.SnoozeEnded("customer_reply")),
            (t.TicketSnoozed(SOON), t.TicketCancelled("open")),
            (t.ReminderSet("r", SOON, "anna"), t.ReminderCancelled("r")),
            (t.PromiseMade("p", "anna", SOON), t.PromiseKept("p", "anna", SOON)),
            (t.PromiseMade("p", "anna", SOON), t.PromiseWithdrawn("p")),
            (t.MajorIncidentDeclared(3600), t.MajorIncidentEnded()),
            (
                t.ReplyScheduled("anna", CUSTOMER, "support", mail("answer"), SOON),
                t.ReplyWithdrawn(5),
            ),
        ],
    )
    def test_what_was_ended_before_does_not(
        self, event: msgspec.Struct, ends: msgspec.Struct
    ) -> None:
        ended = given_process(
            self.PROCESS, recorded(event, 5, id=TICKET), recorded(ends, 6, id=TICKET)
        )

        ended.when_due(self.SOON).then(due=None)

    def test_what_was_missed_is_made_up_for_the_longest_due_first(self) -> None:
        later = self.SOON + timedelta(hours=1)
        first = recorded(t.ReminderSet("one", later, "anna"), 5, id=TICKET)
        second = recorded(t.ReminderSet("two", self.SOON, "ben"), 6, id=TICKET)

        given_process(self.PROCESS, first, second).when_due(later + timedelta(days=1)).then(
            t.FireReminder("two", self.SOON), due=later
        )


class TestLinking:
    OTHER = "t-00" + "3" * 24
    SERVICE = "service:intake"

    @pytest.mark.parametrize(
        ("relation", "turned"),
        [("parent", "child"), ("incident", "problem"), ("original", "duplicate")],
    )
    def test_the_other_ticket_hears_of_a_link_from_its_own_side(
        self, relation: t.Relation, turned: t.Relation
    ) -> None:
        linked = recorded(t.TicketLinked(self.OTHER, relation), 2, id=TICKET)
        mirrored = recorded(
            t.TicketLinked(TICKET, turned), 2, id=self.OTHER, actor=self.SERVICE, offset=3
        )
        unlinked = recorded(t.TicketUnlinked(self.OTHER, relation), 4, id=TICKET)

        given_process(LINKING).when(linked).then(t.MirrorLink(TICKET, turned))
        given_process(LINKING, linked).when(mirrored).then()
        given_process(LINKING, linked, mirrored).when(unlinked).then(t.UnlinkTicket(TICKET, turned))

    def test_the_other_side_of_history_is_history(self) -> None:
        linked = recorded(t.TicketLinked(self.OTHER, "problem"), 2, id=TICKET)
        linked = msgspec.structs.replace(linked, origin="import")

        [told] = given_process(LINKING).when(linked).commands
        assert told.data == t.MirrorLink(TICKET, "incident")
        assert (told.origin, told.occurred_at) == ("import", linked.occurred_at)

    def test_an_echo_of_a_link_that_is_gone_again_is_taken_back_and_nothing_more(self) -> None:
        """Linked and unlinked before the other ticket heard of it."""
        linked = recorded(t.TicketLinked(self.OTHER, "child"), 2, id=TICKET)
        unlinked = recorded(t.TicketUnlinked(self.OTHER, "child"), 3, id=TICKET)
        echo = recorded(
            t.TicketLinked(TICKET, "parent"), 2, id=self.OTHER, actor=self.SERVICE, offset=4
        )
        gone = recorded(
            t.TicketUnlinked(TICKET, "parent"), 3, id=self.OTHER, actor=self.SERVICE, offset=5
        )

        given_process(LINKING, linked).when(unlinked).then()
        given_process(LINKING, linked, unlinked).when(echo).then(t.UnlinkTicket(TICKET, "parent"))
        given_process(LINKING, linked, unlinked, echo).when(gone).then()

    def test_what_the_other_cannot_agree_to_is_taken_back(self) -> None:
        linked = recorded(t.TicketLinked(self.OTHER, "child"), 2, id=TICKET)
        declined = t.LinkDeclined(TICKET, "parent", "linked_already")

        told = given_process(LINKING, linked).when(
            recorded(declined, 2, id=self.OTHER, actor=self.SERVICE, offset=3)
        )
        told.then(t.UnlinkTicket(self.OTHER, "child"))


class TestChildren:
    PARENT = "t-00" + "3" * 24
    SOLVED = recorded(t.TicketSolved("workaround", "anna", "open"), 3, id=TICKET)
    CHILD_OF = recorded(t.TicketLinked(TICKET, "child"), 2, id=PARENT)

    def test_a_parent_hears_when_a_child_is_done_and_when_it_is_not_after_all(self) -> None:
        reopened = recorded(t.TicketReopened("agent", "solved"), 4, id=TICKET)
        undone = recorded(t.ReopeningUndone(4, "solved"), 5, id=TICKET)
        child = (self.CHILD_OF, self.SOLVED)

        given_process(CHILDREN, self.CHILD_OF).when(self.SOLVED).then(t.SettleChild(TICKET, True))
        given_process(CHILDREN, *child).when(reopened).then(t.SettleChild(TICKET, False))
        given_process(CHILDREN, *child, reopened).when(undone).then(t.SettleChild(TICKET, True))

    def test_a_child_that_was_done_before_its_parent_had_it_says_so(self) -> None:
        later = recorded(t.TicketLinked(TICKET, "child"), 4, id=self.PARENT)

        told = given_process(CHILDREN, self.SOLVED).when(later)
        told.then(t.SettleChild(TICKET, True))
        assert told.commands[0].aggregate_id == self.PARENT

    def test_one_that_is_not_done_says_so_to_a_parent_that_has_it_again(self) -> None:
        # What was sent before the two were parted may reach the parent after they are together.
        parted = recorded(t.TicketUnlinked(TICKET, "child"), 3, id=self.PARENT)
        reopened = recorded(t.TicketReopened("agent", "solved"), 4, id=TICKET)
        again = recorded(t.TicketLinked(TICKET, "child"), 5, id=self.PARENT)

        together = given_process(CHILDREN, self.SOLVED, self.CHILD_OF, parted, reopened)
        together.when(again).then(t.SettleChild(TICKET, False))

    def test_nobody_hears_of_a_ticket_without_a_parent(self) -> None:
        parted = recorded(t.TicketUnlinked(TICKET, "child"), 3, id=self.PARENT)
        solved = recorded(t.TicketSolved("workaround", "anna", "open"), 4, id=TICKET)

        given_process(CHILDREN).when(self.SOLVED).then()
        given_process(CHILDREN, self.CHILD_OF, parted).when(solved).then()


class TestSpreading:
    WORDS = content("solution")

    def problem(self, incidents: int, told: bool = False) -> GivenProcess[SpreadingState]:
        links = [
            recorded(t.TicketLinked(f"t-{n}", "incident"), n + 1, id=TICKET)
            for n in range(incidents)
        ]
        words = (self.WORDS, 40, "en") if told else ()
        spread = t.SolutionSpread("known_error", incidents, "router", *words)
        return given_process(SPREADING, *links, recorded(spread, incidents + 1, id=TICKET))

    def test_each_incident_is_solved_as_its_problem_was(self) -> None:
        solve = t.SolveTicket("known_error", "router", via="problem")
        self.problem(2).when_due(START).then(solve, solve, due=None)

    def test_each_customer_is_told_in_words_of_their_own(self) -> None:
        given = self.problem(2, told=True).when_due(START)
        one, two = given.effects
        assert isinstance(one, Tell)
        assert isinstance(two, Tell)
        assert given.commands == []
        assert [one.incident_id, two.incident_id] == ["t-0", "t-1"]
        assert (one.solution.rendition, one.solution.by) == (self.WORDS, "agent:anna")

    def test_many_are_solved_some_at_a_time_and_each_once(self) -> None:
        given = self.problem(2 * WAVE + 1)
        waves = [given.when_due(START + PAUSE * n) for n in range(3)]

        told = [[c.aggregate_id for c in wave.commands] for wave in waves]
        assert [len(ids) for ids in told] == [WAVE, WAVE, 1]
        assert len({id for ids in told for id in ids}) == 2 * WAVE + 1
        assert [wave.due for wave in waves] == [START + PAUSE, START + PAUSE * 2, None]

    def test_what_is_no_incident_any_more_is_left_alone(self) -> None:
        link = recorded(t.TicketLinked("t-1", "incident"), 1, id=TICKET)
        unlink = recorded(t.TicketUnlinked("t-1", "incident"), 2, id=TICKET)
        spread = recorded(t.SolutionSpread("workaround", 1), 3, id=TICKET)

        given_process(SPREADING, link, unlink, spread).when_due(START).then(due=None)


class TestSamePerson:
    OTHER = "p-00" + "9" * 24

    def known(self, tickets: int) -> list[Recorded[object]]:
        changed = t.RequesterChanged(CUSTOMER, STRANGER)
        return [recorded(changed, n + 1, id=f"t-{n}") for n in range(tickets)]

    def merged(self) -> Recorded[object]:
        return recorded(p.ContactAbsorbed(CUSTOMER), 900, id=self.OTHER)

    def test_many_tickets_follow_some_at_a_time_and_each_once(self) -> None:
        given = given_process(SAME_PERSON, *self.known(2 * same_person.WAVE + 1), self.merged())
        waves = [given.when_due(START + same_person.PAUSE * n) for n in range(3)]

        assert [len(wave.commands) for wave in waves] == [same_person.WAVE, same_person.WAVE, 1]
        assert {c.data for wave in waves for c in wave.commands} == {
            t.FollowContact(self.OTHER, CUSTOMER)
        }
        assert (
            len({c.command_id for wave in waves for c in wave.commands}) == 2 * same_person.WAVE + 1
        )

    def test_a_late_ticket_follows_at_once(self) -> None:
        late = t.TicketFollowedContact(CUSTOMER, STRANGER)

        given_process(SAME_PERSON, self.merged()).when(recorded(late, 902, id=TICKET)).then(
            t.FollowContact(self.OTHER, CUSTOMER)
        )

    def test_they_come_back_and_those_after_stay(self) -> None:
        undone = recorded(p.ContactReturned(CUSTOMER), 901, id=self.OTHER)
        back = t.FollowContact(CUSTOMER, self.OTHER, undone=True)
        given = given_process(SAME_PERSON, *self.known(2), self.merged(), undone)

        given.when_due(START).then(back, back, due=None)
        given.when(recorded(t.RequesterChanged(CUSTOMER, STRANGER), 902, id=TICKET)).then()


def test_what_reception_keeps_can_be_stored_and_read_again() -> None:
    state = reception(arrives("one"), routed("one")).instances[ADDRESS].state
    body = msgspec.json.encode(
        state, enc_hook=lambda value: {"key": value.key, "sealed": value.sealed}
    )

    again = msgspec.json.decode(
        body, type=ReceptionState, dec_hook=lambda _, value: Personal(**value)
    )
    assert again == state


class TestSurveying:
    DAY = timedelta(days=1)
    SOLVED = recorded(
        t.TicketSolved("workaround", "anna", "open", ask_after=86_400, ask_for=172_800),
        5,
        id=TICKET,
    )
    ORIGIN = Origin.of(SOLVED)
    ASKED = recorded(
        t.SatisfactionAsked("satisfaction", 1, "stars5", 1), 6, id=TICKET, at=START + DAY
    )

    def test_a_customer_is_asked_a_while_after_the_solution(self) -> None:
        solved = given_process(SURVEYING, self.SOLVED)
        ask = Ask(TICKET, 5, False, START + self.DAY, self.ORIGIN)

        solved.when_due(START + timedelta(hours=23)).then(due=START + self.DAY)
        solved.when_due(START + self.DAY).then(effects=[ask], due=None)
        assert question(ask, "").data == t.AskSatisfaction("satisfaction", 1)
        assert question(ask, "asked_lately").data == t.SkipSurvey("satisfaction", "asked_lately")
        assert question(ask, "").command_id == question(ask, "opted_out").command_id

    def test_and_no_answer_counts_after_a_while(self) -> None:
        asked = given_process(SURVEYING, self.SOLVED, self.ASKED)

        asked.when_due(START + 3 * self.DAY).then(t.ExpireSurvey(6), due=None)

    def test_a_desk_that_does_not_ask_asks_nobody(self) -> None:
        solved = recorded(t.TicketSolved("workaround", "anna", "open"), 5, id=TICKET)
        given_process(SURVEYING).when(solved).then(due=None)

    def test_what_was_reopened_or_ended_otherwise_is_not_asked_about(self) -> None:
        for end in (t.TicketReopened("agent", "solved"), t.TicketMarkedSpam("solved")):
            ended = recorded(end, 6, id=TICKET)
            given_process(SURVEYING, self.SOLVED).when(ended).then(due=None)

    def test_thanks_do_not_spare_them_the_question(self) -> None:
        reopened = recorded(t.TicketReopened("customer_reply", "solved"), 7, id=TICKET)
        undone = recorded(t.ReopeningUndone(7, "solved"), 9, id=TICKET)
        given_process(SURVEYING, self.SOLVED, reopened).when(undone).then(due=START + self.DAY)

    def test_who_has_judged_unasked_is_known(self) -> None:
        rated = recorded(t.TicketRated(5, "anna"), 6, id=TICKET)
        ask = Ask(TICKET, 5, True, START + self.DAY, self.ORIGIN)
        solved = given_process(SURVEYING, self.SOLVED, rated)
        solved.when_due(START + self.DAY).then(effects=[ask], due=None)
