"""A ticket that waits, sleeps or is named more closely, and what brings it back."""

from datetime import timedelta

import msgspec
import pytest

from libs.events.ids import digest
from libs.events.published import tickets as t
from libs.events.published.setup import Setup
from libs.events.testing import START, given
from services.intake.tickets import TICKET
from services.intake.tickets.state import Waiting
from tests.support.messages import CUSTOMER, STRANGER, content, mail
from tests.support.tickets import (
    ASSIGNED,
    CLOSED,
    EVENING,
    NOON,
    OPENED,
    SOLVED,
    TEN,
    named,
    public,
)

# As event 3, after OPENED and ASSIGNED.
PENDING = t.TicketMarkedPending("open", "needs_serial_number", "wait_user", NOON)
ON_HOLD = t.TicketPutOnHold("open", "vendor", until=NOON)
SNOOZED = t.TicketSnoozed(NOON)
THANKS = t.CustomerMessageAdded(CUSTOMER, mail("thanks"), digest("thanks"))
MORE = t.CustomerMessageAdded(CUSTOMER, mail("but"), digest("but"))
AWAY = t.CustomerMessageAdded(CUSTOMER, mail("away", automatic="auto-replied"), digest("away"))
REPLIED = t.AgentReplied("anna", CUSTOMER, "support", public("answer"))

# What has happened, the command, and what comes of it.
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct]]] = [
    (
        [],
        t.PutOnHold("vendor", "spare_part", "wait_vendor", NOON, "PO-4711"),
        [t.TicketPutOnHold("open", "vendor", "spare_part", "wait_vendor", NOON, "PO-4711")],
    ),
    ([PENDING], t.PutOnHold("vendor"), [t.TicketPutOnHold("pending", "vendor")]),
    ([ON_HOLD], t.MarkPending(), [t.TicketMarkedPending("on_hold")]),
    ([PENDING], t.EndWaiting(3, NOON), [t.TicketWoken("until_passed", "pending")]),
    ([ON_HOLD], t.EndWaiting(3, NOON), [t.TicketWoken("until_passed", "on_hold")]),
    ([ON_HOLD], t.ReopenTicket(), [t.TicketWoken("agent", "on_hold")]),
    ([], t.SnoozeTicket(NOON, "parts_on_order"), [t.TicketSnoozed(NOON, "parts_on_order")]),
    ([SNOOZED], t.SnoozeTicket(EVENING), [t.TicketSnoozed(EVENING)]),
    ([SNOOZED], t.EndSnooze(), [t.SnoozeEnded("agent")]),
    ([SNOOZED], t.EndSnooze(NOON), [t.SnoozeEnded("until_passed")]),
    ([SNOOZED], t.ReopenTicket(), [t.SnoozeEnded("agent")]),
    ([], t.LabelStatus("in_progress"), [t.StatusLabelled("open", "in_progress")]),
    (
        [t.StatusLabelled("open", "in_progress")],
        t.LabelStatus(""),
        [t.StatusLabelled("open", "", "in_progress")],
    ),
    (
        [PENDING],
        t.LabelStatus("wait_customer"),
        [t.StatusLabelled("pending", "wait_customer", "wait_user")],
    ),
]
# It is so already, or what was to happen at an instant is over.
NOTHING_TO_DO: list[tuple[list[msgspec.Struct], msgspec.Struct]] = [
    ([PENDING], t.MarkPending()),
    ([], t.EndWaiting(3, NOON)),
    ([PENDING], t.EndWaiting(3, EVENING)),
    ([PENDING, t.TicketMarkedPending("pending", until=NOON)], t.EndWaiting(3, NOON)),
    ([PENDING, t.TicketWoken("agent", "pending")], t.EndWaiting(3, NOON)),
    ([PENDING, SOLVED], t.EndWaiting(3, NOON)),
    ([PENDING, t.TicketCancelled("pending")], t.EndWaiting(3, NOON)),
    ([SNOOZED], t.SnoozeTicket(NOON)),
    ([], t.EndSnooze()),
    ([SNOOZED, t.SnoozeEnded("agent")], t.EndSnooze(NOON)),
    ([SNOOZED, t.TicketSnoozed(EVENING)], t.EndSnooze(NOON)),
    ([SNOOZED, SOLVED], t.EndSnooze(NOON)),
    ([SNOOZED, t.TicketMarkedSpam("open")], t.EndSnooze(NOON)),
    ([t.StatusLabelled("open", "in_progress")], t.LabelStatus("in_progress")),
    ([], t.LabelStatus("")),
]
REFUSED: list[tuple[list[msgspec.Struct], msgspec.Struct, str, str]] = [
    ([], t.MarkPending(until=TEN), "instant_over", "/until"),
    ([], t.MarkPending(label="wait_vendor"), "unknown_label", "/label"),
    ([], t.PutOnHold(""), "party_missing", "/party"),
    ([], t.PutOnHold("vendor", until=START), "instant_over", "/until"),
    ([], t.PutOnHold("vendor", label="wait_user"), "unknown_label", "/label"),
    ([SOLVED], t.PutOnHold("vendor"), "ticket_solved", ""),
    ([SOLVED], t.SnoozeTicket(NOON), "ticket_solved", ""),
    ([], t.SnoozeTicket(TEN), "instant_over", "/until"),
    ([], t.LabelStatus("wait_user"), "unknown_label", "/label"),
    ([THANKS], t.MarkNeedsNoReply(2), "no_such_message", "/message_sequence"),
    ([REPLIED], t.MarkNeedsNoReply(3), "no_such_message", "/message_sequence"),
    (
        [t.ForeignMessageAdded(STRANGER, mail("psst"), digest("psst"))],
        t.MarkNeedsNoReply(3),
        "no_such_message",
        "/message_sequence",
    ),
]
ONLY_WHILE_IT_LIVES: list[msgspec.Struct] = [
    t.LabelStatus("in_progress"),
    t.MarkPending(),
    t.PutOnHold("vendor"),
    t.SnoozeTicket(NOON),
    t.ReopenTicket(),
    t.MarkNeedsNoReply(1),
]


@pytest.mark.parametrize(("before", "wanted", "facts"), FACTS, ids=named)
def test_what_is_waited_for_is_in_the_history(
    before: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct]
) -> None:
    given(TICKET, OPENED, ASSIGNED, *before).when(wanted).then(*facts)


@pytest.mark.parametrize(("before", "wanted"), NOTHING_TO_DO, ids=named)
def test_what_is_so_already_or_comes_too_late_changes_nothing(
    before: list[msgspec.Struct], wanted: msgspec.Struct
) -> None:
    given(TICKET, OPENED, ASSIGNED, *before).when(wanted).then()


@pytest.mark.parametrize(("before", "wanted", "code", "field"), REFUSED, ids=named)
def test_what_makes_no_sense_is_refused_where_it_is_wrong(
    before: list[msgspec.Struct], wanted: msgspec.Struct, code: str, field: str
) -> None:
    assert given(TICKET, OPENED, ASSIGNED, *before).when(wanted).refused(code).field == field


@pytest.mark.parametrize("wanted", ONLY_WHILE_IT_LIVES, ids=named)
def test_a_ticket_that_has_ended_or_never_was_waits_for_nobody(wanted: msgspec.Struct) -> None:
    given(TICKET).when(wanted).refused("no_such_ticket")
    given(TICKET, OPENED, SOLVED, CLOSED).when(wanted).refused("ticket_closed")


def test_waiting_is_known_by_the_event_that_began_it() -> None:
    assert given(TICKET, OPENED, ASSIGNED, PENDING).state.waiting == Waiting(3, NOON)


class TestLabels:
    def test_one_of_open_opens_a_new_ticket(self) -> None:
        ticket = given(TICKET, OPENED)

        ticket.when(t.LabelStatus("in_progress")).then(t.StatusLabelled("open", "in_progress"))
        ticket.when(t.LabelStatus("awaiting_assignment")).then(
            t.StatusLabelled("new", "awaiting_assignment")
        )
        assert given(TICKET, OPENED, t.StatusLabelled("open", "in_progress")).state.status == "open"

    def test_leave_with_their_status(self) -> None:
        labelled = t.StatusLabelled("open", "in_progress")

        assert given(TICKET, OPENED, labelled).state.label == "in_progress"
        assert given(TICKET, OPENED, labelled, PENDING).state.label == "wait_user"
        assert given(TICKET, OPENED, labelled, SOLVED).state.label == ""

    def test_are_the_desks_own(self) -> None:
        desk = Setup(1, labels={"open": ("on_it",)})
        ticket = given(TICKET, OPENED, ASSIGNED)

        ticket.when(t.LabelStatus("on_it"), setup=desk).then(
            t.StatusLabelled("open", "on_it", setup_version=1)
        )
        refusal = ticket.when(t.MarkPending(label="wait_user"), setup=desk).refused("unknown_label")
        assert "has none" in refusal.sentence


class TestThanks:
    """A message that wants nothing undoes what it set going."""

    BEFORE = (OPENED, ASSIGNED, t.TicketSolved("workaround", "anna", "open", label="resolved"))
    # As events 5 and 6, after the message that is event 4.
    REOPENED = t.TicketReopened("customer_reply", "solved", "anna", "workaround")
    UNDONE = (t.MessageNeedsNoReply(4), t.ReopeningUndone(5, "solved"))

    def test_take_a_reopening_back(self) -> None:
        (
            given(TICKET, *self.BEFORE, THANKS, self.REOPENED)
            .when(t.MarkNeedsNoReply(4))
            .then(*self.UNDONE)
        )

    def test_leave_all_as_it_stood(self) -> None:
        rated = t.TicketRated(5, "anna", team_id="network")
        before = given(TICKET, *self.BEFORE, rated).state
        [message, reopened] = (
            given(TICKET, *self.BEFORE, rated)
            .when(t.AddCustomerMessage(CUSTOMER, mail("thanks"), digest("thanks")))
            .events
        )
        undone = [t.MessageNeedsNoReply(5), t.ReopeningUndone(6, "solved")]
        after = given(TICKET, *self.BEFORE, rated, message, reopened, *undone).state

        assert (after.status, after.label) == ("solved", "resolved")
        assert after.solution == before.solution is not None
        assert (after.rating, after.cycles) == (before.rating, 1)
        assert after.revival is None

    def test_take_a_waking_back_and_the_ticket_waits_as_before(self) -> None:
        woken = t.TicketWoken("customer_reply", "pending")
        undone = [t.MessageNeedsNoReply(4), t.ReopeningUndone(5, "pending")]
        ticket = given(TICKET, OPENED, ASSIGNED, PENDING, THANKS, woken)
        ticket.when(t.MarkNeedsNoReply(4)).then(*undone)
        again = given(TICKET, OPENED, ASSIGNED, PENDING, THANKS, woken, *undone)

        assert (again.state.status, again.state.label) == ("pending", "wait_user")
        again.when(t.EndWaiting(3, NOON)).then(t.TicketWoken("until_passed", "pending"))

    def test_are_marked_once(self) -> None:
        (
            given(TICKET, *self.BEFORE, THANKS, self.REOPENED, *self.UNDONE)
            .when(t.MarkNeedsNoReply(4))
            .then()
        )

    def test_of_an_open_ticket_change_nothing_else(self) -> None:
        (
            given(TICKET, OPENED, ASSIGNED, THANKS)
            .when(t.MarkNeedsNoReply(3))
            .then(t.MessageNeedsNoReply(3))
        )

    @pytest.mark.parametrize(
        "since",
        [
            REPLIED,
            t.TicketMarkedPending("open"),
            SNOOZED,
            t.TicketSolved("duplicate", "anna", "open"),
            MORE,
            t.ForeignMessageAdded(STRANGER, mail("psst"), digest("psst")),
        ],
        ids=named,
    )
    def test_take_nothing_back_after_more_has_happened(self, since: msgspec.Struct) -> None:
        (
            given(TICKET, *self.BEFORE, THANKS, self.REOPENED, since)
            .when(t.MarkNeedsNoReply(4))
            .then(t.MessageNeedsNoReply(4))
        )

    @pytest.mark.parametrize(
        "since", [AWAY, t.TicketAssigned("ben"), t.NoteAdded("anna", mail("hm"))]
    )
    def test_take_it_back_after_what_wants_nothing_either(self, since: msgspec.Struct) -> None:
        (
            given(TICKET, *self.BEFORE, THANKS, self.REOPENED, since)
            .when(t.MarkNeedsNoReply(4))
            .then(*self.UNDONE)
        )

    def test_in_two_messages_take_it_back_with_the_second(self) -> None:
        twice = [THANKS, self.REOPENED, MORE, t.MessageNeedsNoReply(4)]
        (
            given(TICKET, *self.BEFORE, *twice)
            .when(t.MarkNeedsNoReply(6))
            .then(t.MessageNeedsNoReply(6), t.ReopeningUndone(5, "solved"))
        )

    def test_let_a_snoozed_ticket_sleep_on(self) -> None:
        disturbed = [THANKS, t.SnoozeEnded("customer_reply")]
        (
            given(TICKET, OPENED, ASSIGNED, SNOOZED, *disturbed)
            .when(t.MarkNeedsNoReply(4))
            .then(t.MessageNeedsNoReply(4), SNOOZED)
        )

    def test_let_one_that_waited_as_well_wait_and_sleep_on(self) -> None:
        woken = [t.SnoozeEnded("customer_reply"), t.TicketWoken("customer_reply", "pending")]
        (
            given(TICKET, OPENED, ASSIGNED, PENDING, SNOOZED, THANKS, *woken)
            .when(t.MarkNeedsNoReply(5))
            .then(t.MessageNeedsNoReply(5), t.ReopeningUndone(7, "pending"), SNOOZED)
        )

    @pytest.mark.parametrize(
        "since",
        [MORE, REPLIED, t.TicketMarkedPending("open"), t.TicketSnoozed(NOON + timedelta(hours=1))],
    )
    def test_wake_it_for_good_when_more_has_happened(self, since: msgspec.Struct) -> None:
        disturbed = [THANKS, t.SnoozeEnded("customer_reply"), since]
        (
            given(TICKET, OPENED, ASSIGNED, SNOOZED, *disturbed)
            .when(t.MarkNeedsNoReply(4))
            .then(t.MessageNeedsNoReply(4))
        )

    @pytest.mark.parametrize("cause", ["agent", "until_passed"])
    def test_do_not_put_to_sleep_what_was_awake_before(self, cause: t.WakingCause) -> None:
        (
            given(TICKET, OPENED, ASSIGNED, SNOOZED, t.SnoozeEnded(cause), THANKS)
            .when(t.MarkNeedsNoReply(5))
            .then(t.MessageNeedsNoReply(5))
        )

    def test_let_nobody_sleep_longer_than_was_asked_for(self) -> None:
        disturbed = [THANKS, t.SnoozeEnded("customer_reply")]
        (
            given(TICKET, OPENED, ASSIGNED, SNOOZED, *disturbed)
            .when(t.MarkNeedsNoReply(4), at=NOON)
            .then(t.MessageNeedsNoReply(4))
        )

    def test_do_not_take_back_what_an_agent_reopened(self) -> None:
        by_agent = t.TicketReopened("agent", "solved", "anna", "workaround")
        (
            given(TICKET, OPENED, THANKS, SOLVED, by_agent)
            .when(t.MarkNeedsNoReply(2))
            .then(t.MessageNeedsNoReply(2))
        )

    def test_the_ticket_is_closed_in_time_all_the_same(self) -> None:
        (
            given(TICKET, *self.BEFORE, THANKS, self.REOPENED, *self.UNDONE)
            .when(t.CloseTicket(3))
            .then(CLOSED)
        )


def test_an_answer_to_a_waiting_ticket_leaves_it_waiting() -> None:
    ticket = given(TICKET, OPENED, ASSIGNED, PENDING)
    [replied] = ticket.when(t.ReplyToCustomer(content("answer"))).events

    assert given(TICKET, OPENED, ASSIGNED, PENDING, replied).state.status == "pending"
