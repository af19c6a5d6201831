"""A ticket's life, as a support manager would tell it."""

import msgspec
import pytest

from libs.events.ids import derived_id, digest
from libs.events.published import tickets as t
from libs.events.published.messages import Attachment, MessageFacts
from libs.events.testing import START, given
from services.intake.tickets import TICKET
from tests.support.messages import CUSTOMER, STRANGER, content, mail

OPENED = t.TicketOpened(7, CUSTOMER, "support", mail("question"), digest("question"))
ASSIGNED = t.TicketAssigned(agent_id="anna")
PENDING = t.TicketMarkedPending("open")
SOLVED = t.TicketSolved("workaround", "anna", "open", "router")
CLOSED = t.TicketClosed(START)


def from_customer(name: str, author: str = CUSTOMER, automatic: str = "") -> t.AddCustomerMessage:
    return t.AddCustomerMessage(author, mail(name, automatic=automatic), digest(name), "support")


def added(name: str, automatic: str = "") -> t.CustomerMessageAdded:
    return t.CustomerMessageAdded(CUSTOMER, mail(name, automatic=automatic), digest(name))


class TestOpening:
    def test_a_message_opens_a_ticket_with_the_lanes_next_number(self) -> None:
        (
            given(TICKET)
            .when(t.OpenTicket(CUSTOMER, "support", mail("question"), digest("question")), number=7)
            .then(OPENED)
        )

    def test_the_same_message_opens_nothing_more(self) -> None:
        (
            given(TICKET, OPENED)
            .when(t.OpenTicket(CUSTOMER, "support", mail("question"), digest("question")))
            .then()
        )

    def test_an_agent_cannot_open_it_again(self) -> None:
        said = mail("other", role="agent")
        (
            given(TICKET, OPENED)
            .when(t.OpenTicket(CUSTOMER, "support", said, digest("other")))
            .refused("ticket_exists")
        )

    def test_a_message_that_another_of_its_customer_overtook_is_added(self) -> None:
        (
            given(TICKET, OPENED)
            .when(t.OpenTicket(CUSTOMER, "support", mail("other"), digest("other")))
            .then(t.CustomerMessageAdded(CUSTOMER, mail("other"), digest("other")))
        )

    def test_a_message_that_a_strangers_answer_overtook_gets_a_ticket_of_its_own(self) -> None:
        answer = t.AddCustomerMessage(
            STRANGER, mail("answer"), digest("answer"), "support", own_id="t-own"
        )
        theirs = t.TicketOpened(1, STRANGER, "support", mail("answer"), digest("answer"))
        given(TICKET).when(answer).then(theirs)
        own_id = derived_id("t", "late", digest("question"))
        said = (mail("question"), digest("question"))
        away = t.MessageTurnedAway(CUSTOMER, own_id, "support", *said)
        late = t.OpenTicket(CUSTOMER, "support", mail("question"), digest("question"))
        given(TICKET, theirs).when(late).then(away)

    def test_a_message_that_the_answer_of_somebody_copied_overtook_joins_it(self) -> None:
        answer = t.AddCustomerMessage(
            STRANGER, mail("answer"), digest("answer"), "support", own_id="t-own", invited=True
        )
        theirs = t.TicketOpened(
            1, STRANGER, "support", mail("answer"), digest("answer"), invited=True
        )
        given(TICKET).when(answer).then(theirs)
        late = t.OpenTicket(CUSTOMER, "support", mail("question"), digest("question"))
        said = msgspec.structs.replace(mail("question"), role="third_party")
        both = (
            t.CollaboratorAdded(CUSTOMER),
            t.ParticipantMessageAdded(CUSTOMER, said, digest("question")),
        )
        given(TICKET, theirs).when(late).then(*both)

    def test_a_follow_up_names_the_closed_ticket(self) -> None:
        wanted = t.OpenTicket(CUSTOMER, "support", mail("again"), digest("again"), "t-closed")
        (
            given(TICKET)
            .when(wanted)
            .then(
                t.TicketOpened(1, CUSTOMER, "support", mail("again"), digest("again"), "t-closed")
            )
        )


class TestMessagesFromOutside:
    def test_a_customers_further_message_is_added(self) -> None:
        given(TICKET, OPENED, ASSIGNED).when(from_customer("more")).then(added("more"))

    def test_delivered_twice_it_is_added_once(self) -> None:
        (given(TICKET, OPENED, ASSIGNED, added("more")).when(from_customer("more")).then())

    def test_it_wakes_a_ticket_that_waits_for_the_customer(self) -> None:
        (
            given(TICKET, OPENED, ASSIGNED, PENDING)
            .when(from_customer("more"))
            .then(added("more"), t.TicketWoken("customer_reply", "pending"))
        )

    def test_it_reopens_a_solved_ticket_and_says_who_had_solved_it_as_what(self) -> None:
        (
            given(TICKET, OPENED, ASSIGNED, SOLVED)
            .when(from_customer("more"))
            .then(added("more"), t.TicketReopened("customer_reply", "solved", "anna", "workaround"))
        )

    def test_on_a_closed_ticket_it_asks_for_a_follow_up(self) -> None:
        (
            given(TICKET, OPENED, ASSIGNED, SOLVED, CLOSED)
            .when(from_customer("more"))
            .then(
                t.FollowUpRequested(
                    CUSTOMER,
                    derived_id("t", digest("more")),
                    "support",
                    mail("more"),
                    digest("more"),
                )
            )
        )

    def test_which_is_asked_for_once(self) -> None:
        requested = t.FollowUpRequested(
            CUSTOMER, derived_id("t", digest("more")), "support", mail("more"), digest("more")
        )
        (
            given(TICKET, OPENED, ASSIGNED, SOLVED, CLOSED, requested)
            .when(from_customer("more"))
            .then()
        )

    @pytest.mark.parametrize("before", [[ASSIGNED], [PENDING], [SOLVED], [SOLVED, CLOSED]])
    def test_an_automatic_answer_is_kept_but_wakes_nobody(
        self, before: list[msgspec.Struct]
    ) -> None:
        (
            given(TICKET, OPENED, *before)
            .when(from_customer("away", automatic="auto-replied"))
            .then(added("away", automatic="auto-replied"))
        )

    def test_a_strangers_message_is_internal_and_flagged_and_wakes_the_ticket(self) -> None:
        hidden = mail("psst", role="third_party", visibility="internal")
        (
            given(TICKET, OPENED, ASSIGNED, PENDING)
            .when(from_customer("psst", author=STRANGER))
            .then(
                t.ForeignMessageAdded(STRANGER, hidden, digest("psst")),
                t.TicketWoken("foreign_message", "pending"),
            )
        )

    def test_a_stranger_who_writes_to_a_closed_ticket_gets_a_ticket_of_their_own(self) -> None:
        (
            given(TICKET, OPENED, SOLVED, CLOSED)
            .when(from_customer("psst", author=STRANGER))
            .then(
                t.FollowUpRequested(
                    STRANGER,
                    derived_id("t", digest("psst")),
                    "support",
                    mail("psst"),
                    digest("psst"),
                )
            )
        )

    def test_a_message_for_a_ticket_that_the_log_has_lost_opens_it(self) -> None:
        (
            given(TICKET)
            .when(from_customer("more"), number=9)
            .then(t.TicketOpened(9, CUSTOMER, "support", mail("more"), digest("more")))
        )

    def test_unless_nobody_says_for_which_account_it_came(self) -> None:
        (
            given(TICKET)
            .when(t.AddCustomerMessage(CUSTOMER, mail("more"), digest("more")))
            .refused("no_such_ticket")
        )


class TestAgentsAnswers:
    WANTED = t.ReplyToCustomer(content("answer"), 40, "en", (content("manual"),))

    def test_a_reply_goes_to_the_requester_through_the_tickets_channel(self) -> None:
        message = MessageFacts(
            channel="email",
            direction="out",
            role="agent",
            visibility="public",
            rendition=content("answer"),
            received_at=START.replace(hour=10),
            length=40,
            language="en",
            attachments=(Attachment(content("manual")),),
        )
        (
            given(TICKET, OPENED)
            .when(self.WANTED)
            .then(t.AgentReplied("anna", CUSTOMER, "support", message))
        )

    def test_a_note_is_for_agents_alone(self) -> None:
        message = MessageFacts(
            channel="desk",
            direction="in",
            role="agent",
            visibility="internal",
            rendition=content("hint"),
            received_at=START.replace(hour=10),
            length=4,
        )
        (
            given(TICKET, OPENED)
            .when(t.AddNote(content("hint"), 4))
            .then(t.NoteAdded("anna", message))
        )

    def test_what_a_program_writes_is_no_agents_work(self) -> None:
        when = given(TICKET, OPENED).when(self.WANTED, actor="service:macros")

        [replied] = when.events
        assert isinstance(replied, t.AgentReplied)
        assert (replied.agent_id, replied.message.role) == ("", "system")


class TestStatus:
    """A ticket is new until an agent has it or has written in it."""

    @pytest.mark.parametrize(
        ("event", "status"),
        [
            (ASSIGNED, "open"),
            (t.TicketAssigned(team_id="network"), "new"),
            (t.NoteAdded("anna", mail("hint")), "open"),
            (t.NoteAdded("", mail("hint")), "new"),
            (t.AgentReplied("anna", CUSTOMER, "support", mail("answer")), "open"),
            (added("more"), "new"),
        ],
    )
    def test_of_a_new_ticket_after(self, event: msgspec.Struct, status: t.Status) -> None:
        assert given(TICKET, OPENED, event).state.status == status

    def test_through_a_whole_life(self) -> None:
        woken = t.TicketWoken("customer_reply", "pending")
        reopened = t.TicketReopened("agent", "solved")
        life = [OPENED, ASSIGNED, PENDING, woken, SOLVED, reopened, SOLVED, CLOSED]
        statuses = [given(TICKET, *life[:n]).state.status for n in range(1, len(life) + 1)]

        assert statuses == ["new", "open", "pending", "open", "solved", "open", "solved", "closed"]


class TestMergedContacts:
    def test_a_message_of_the_same_person_under_another_id_is_the_customer_s(self) -> None:
        merged = t.AddCustomerMessage(STRANGER, mail("more"), digest("more"), also_ids=(CUSTOMER,))
        given(TICKET, OPENED).when(merged).then(
            t.CustomerMessageAdded(STRANGER, mail("more"), digest("more"))
        )


class TestAssignment:
    def test_says_who_had_it_before(self) -> None:
        (
            given(TICKET, OPENED, t.TicketAssigned(agent_id="anna", team_id="network"))
            .when(t.AssignTicket("ben", "billing", "an invoice"))
            .then(t.TicketAssigned("ben", "billing", "anna", "network", "an invoice"))
        )

    def test_to_whom_it_belongs_already_changes_nothing(self) -> None:
        given(TICKET, OPENED, ASSIGNED).when(t.AssignTicket("anna")).then()

    def test_to_an_agent_keeps_the_team(self) -> None:
        (
            given(TICKET, OPENED, t.TicketAssigned(team_id="network"))
            .when(t.AssignTicket("anna"))
            .then(t.TicketAssigned("anna", "network", "", "network", source="pull"))
        )

    def test_to_another_team_takes_it_from_the_agent(self) -> None:
        (
            given(TICKET, OPENED, t.TicketAssigned("anna", "network"))
            .when(t.AssignTicket(team_id="billing"))
            .then(t.TicketAssigned("", "billing", "anna", "network"))
        )

    def test_to_nobody_is_refused(self) -> None:
        given(TICKET, OPENED).when(t.AssignTicket()).refused("nobody_to_assign")


class TestWaitingAndSolving:
    def test_waiting_for_the_customer(self) -> None:
        (
            given(TICKET, OPENED, ASSIGNED)
            .when(t.MarkPending("needs the serial number"))
            .then(t.TicketMarkedPending("open", "needs the serial number"))
        )

    def test_waiting_twice_is_waiting(self) -> None:
        given(TICKET, OPENED, PENDING).when(t.MarkPending()).then()

    def test_a_solved_ticket_waits_for_nobody(self) -> None:
        given(TICKET, OPENED, SOLVED).when(t.MarkPending()).refused("ticket_solved")

    @pytest.mark.parametrize(
        ("before", "status"), [([], "new"), ([ASSIGNED], "open"), ([ASSIGNED, PENDING], "pending")]
    )
    def test_solving_from_any_working_status(
        self, before: list[msgspec.Struct], status: t.Status
    ) -> None:
        (
            given(TICKET, OPENED, *before)
            .when(t.SolveTicket("workaround", "router"))
            .then(t.TicketSolved("workaround", "anna", status, "router"))
        )

    def test_solved_by_a_program_it_is_the_assigned_agents(self) -> None:
        (
            given(TICKET, OPENED, t.TicketAssigned(agent_id="ben"))
            .when(t.SolveTicket("known_error"), actor="service:problems")
            .then(t.TicketSolved("known_error", "ben", "open"))
        )

    def test_solving_it_the_same_way_again_changes_nothing(self) -> None:
        given(TICKET, OPENED, SOLVED).when(t.SolveTicket("workaround", "router")).then()

    def test_solving_it_differently_is_refused(self) -> None:
        given(TICKET, OPENED, SOLVED).when(t.SolveTicket("duplicate")).refused("already_solved")


class TestGoingOn:
    def test_an_agent_reopens_what_was_solved(self) -> None:
        (
            given(TICKET, OPENED, SOLVED)
            .when(t.ReopenTicket("it broke again"))
            .then(t.TicketReopened("agent", "solved", "anna", "workaround", "it broke again"))
        )

    def test_an_agent_wakes_what_was_waiting(self) -> None:
        (
            given(TICKET, OPENED, PENDING)
            .when(t.ReopenTicket("found it ourselves"))
            .then(t.TicketWoken("agent", "pending", "found it ourselves"))
        )

    def test_what_is_open_cannot_be_reopened(self) -> None:
        given(TICKET, OPENED, ASSIGNED).when(t.ReopenTicket()).refused("not_waiting")


class TestClosing:
    def test_a_solved_ticket_is_closed_with_the_time_of_its_solution(self) -> None:
        given(TICKET, OPENED, SOLVED).when(t.CloseTicket()).then(t.TicketClosed(START))

    def test_closed_is_closed(self) -> None:
        given(TICKET, OPENED, SOLVED, CLOSED).when(t.CloseTicket()).then()

    def test_what_is_not_solved_is_not_closed(self) -> None:
        given(TICKET, OPENED, ASSIGNED).when(t.CloseTicket()).refused("not_solved")

    def test_a_late_automatic_close_leaves_a_reopened_ticket_alone(self) -> None:
        reopened = t.TicketReopened("agent", "solved", "anna", "workaround")
        given(TICKET, OPENED, SOLVED, reopened).when(t.CloseTicket(2)).then()
        given(TICKET, OPENED, SOLVED, reopened, SOLVED).when(t.CloseTicket(2)).then()
        (
            given(TICKET, OPENED, SOLVED, reopened, SOLVED)
            .when(t.CloseTicket(4))
            .then(t.TicketClosed(START))
        )

    @pytest.mark.parametrize(
        "command",
        [
            t.ReplyToCustomer(content("answer")),
            t.AddNote(content("hint")),
            t.AssignTicket("ben"),
            t.MarkPending(),
            t.SolveTicket("duplicate"),
            t.ReopenTicket(),
        ],
    )
    def test_a_closed_ticket_stays_as_it_is(self, command: msgspec.Struct) -> None:
        given(TICKET, OPENED, SOLVED, CLOSED).when(command).refused("ticket_closed")


@pytest.mark.parametrize(
    "command",
    [
        t.ReplyToCustomer(content("answer")),
        t.AddNote(content("hint")),
        t.AssignTicket("ben"),
        t.MarkPending(),
        t.SolveTicket("duplicate"),
        t.ReopenTicket(),
        t.CloseTicket(),
        t.RateTicket(5),
        t.RecordDelivery(1, 1),
    ],
)
def test_nothing_happens_to_a_ticket_that_is_not_there(command: msgspec.Struct) -> None:
    given(TICKET).when(command).refused("no_such_ticket")


def test_a_solution_is_dated_by_when_it_happened() -> None:
    state = given(TICKET, OPENED, SOLVED).state

    assert state.solution is not None
    assert (state.solution.at, state.solution.sequence) == (START, 2)
