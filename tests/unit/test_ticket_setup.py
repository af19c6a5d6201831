"""How what a desk has set up has a say in its tickets, and is named by the events."""

from datetime import timedelta

import pytest

from libs.events.aggregate import Moment
from libs.events.envelope import Command
from libs.events.ids import digest
from libs.events.published import tickets as t
from libs.events.published.setup import Brand, Condition, FieldDefinition, Matrix, Setup, SolveRule
from libs.events.testing import SOME_ID, START, given
from services.intake.tickets import TICKET
from tests.support.messages import CUSTOMER, content, mail
from tests.support.tickets import ASSIGNED, OPENED, SOLVED, TEN, public

IF_INCIDENT = (Condition("type", ("incident",)),)
DESK = Setup(
    9,
    fields={
        "cause_code": FieldDefinition("text", visible_when=IF_INCIDENT),
        "rooms": FieldDefinition("multi_choice", choices=("a", "b")),
        "insured": FieldDefinition("boolean"),
        "key": FieldDefinition("text", visible_when=(Condition("rooms", ("b",)),)),
    },
    solve_rules=(
        SolveRule("cause_code"),
        SolveRule("category", when=(Condition("insured", ("true",)),)),
    ),
    brands={"north": Brand("Nordwind", "NW-", ("support",))},
    undo_send=30,
    close_after=3_600,
)
INCIDENT = t.TicketClassified("incident")
INSURED = t.FieldsChanged((t.FieldChange("insured", True),))


def fill(field: str, value: t.FieldValue | None) -> t.SetFields:
    return t.SetFields((t.FieldChange(field, value),))


def test_a_ticket_that_nobody_gave_a_setup_is_not_decided_on() -> None:
    command: Command[object] = Command(data=t.CloseTicket(), aggregate_id=SOME_ID, actor="agent:a")

    with pytest.raises(TypeError, match="need the desk's Setup, not None"):
        TICKET.decide(TICKET.state(), command, Moment(START, 1))


class TestABrand:
    def test_is_that_of_the_account_where_the_message_came_in(self) -> None:
        opening = t.OpenTicket(CUSTOMER, "support", mail("question"), digest("question"))
        [opened] = given(TICKET).when(opening, setup=DESK).events
        assert isinstance(opened, t.TicketOpened)
        assert (opened.brand, opened.prefix) == ("north", "NW-")

    def test_is_so_where_the_message_opens_the_ticket_by_itself(self) -> None:
        message = t.AddCustomerMessage(CUSTOMER, mail("question"), digest("question"), "support")
        [opened] = given(TICKET).when(message, setup=DESK).events
        assert isinstance(opened, t.TicketOpened)
        assert (opened.brand, opened.prefix) == ("north", "NW-")

    def test_that_is_named_counts_before_it(self) -> None:
        opening = t.OpenTicket(
            CUSTOMER, "support", mail("question"), digest("question"), brand="south"
        )
        [opened] = given(TICKET).when(opening, setup=DESK).events
        assert isinstance(opened, t.TicketOpened)
        assert (opened.brand, opened.prefix) == ("south", "")


class TestUndoSend:
    def test_lets_an_agents_answer_wait_for_the_delay(self) -> None:
        message = public("words")
        scheduled = t.ReplyScheduled(
            "anna", CUSTOMER, "support", message, TEN + timedelta(seconds=30), (), 30, 9
        )
        (
            given(TICKET, OPENED)
            .when(t.ReplyToCustomer(content("words")), setup=DESK)
            .then(scheduled)
        )
        given(TICKET, OPENED, scheduled).when(t.WithdrawReply(2)).then(t.ReplyWithdrawn(2))

    def test_leaves_an_instant_that_was_named(self) -> None:
        [event] = (
            given(TICKET, OPENED)
            .when(t.ReplyToCustomer(content("words"), send_at=TEN + timedelta(hours=1)), setup=DESK)
            .events
        )
        assert isinstance(event, t.ReplyScheduled)
        assert (event.undo_seconds, event.send_at) == (0, TEN + timedelta(hours=1))

    def test_is_for_people_and_not_for_services(self) -> None:
        [event] = (
            given(TICKET, OPENED)
            .when(t.ReplyToCustomer(content("words")), setup=DESK, actor="service:intake")
            .events
        )
        assert isinstance(event, t.AgentReplied)


class TestASolution:
    def test_says_when_it_is_to_be_closed_and_in_which_version(self) -> None:
        (
            given(TICKET, OPENED, ASSIGNED)
            .when(t.SolveTicket("workaround"), setup=DESK)
            .then(t.TicketSolved("workaround", "anna", "open", close_after=3_600, setup_version=9))
        )

    def test_wants_a_field_only_where_it_can_be_seen(self) -> None:
        refusal = (
            given(TICKET, OPENED, INCIDENT)
            .when(t.SolveTicket("workaround"), setup=DESK)
            .refused("field_missing")
        )
        assert refusal.field == "/cause_code"

    def test_wants_a_field_only_where_its_rule_says_so(self) -> None:
        insured = given(TICKET, OPENED, INSURED)

        refusal = insured.when(t.SolveTicket("workaround"), setup=DESK).refused("field_missing")
        assert refusal.field == "/category"
        no = t.FieldsChanged((t.FieldChange("insured", False),))
        assert given(TICKET, OPENED, no).when(t.SolveTicket("workaround"), setup=DESK).events


class TestAFieldThatIsNotVisible:
    def test_cannot_be_filled_but_emptied(self) -> None:
        refusal = (
            given(TICKET, OPENED)
            .when(fill("cause_code", "x"), setup=DESK)
            .refused("field_not_visible")
        )
        assert refusal.sentence == "cause_code is only asked for when type is incident."
        filled = t.FieldsChanged((t.FieldChange("cause_code", "x"),))
        assert given(TICKET, OPENED, filled).when(fill("cause_code", None), setup=DESK).events

    def test_can_be_filled_once_the_ticket_is_such_a_one(self) -> None:
        assert given(TICKET, OPENED, INCIDENT).when(fill("cause_code", "x"), setup=DESK).events

    def test_can_be_filled_together_with_what_makes_it_visible(self) -> None:
        key = t.FieldChange("key", "4711")
        both = t.SetFields((key, t.FieldChange("rooms", ("a", "b"))))

        given(TICKET, OPENED).when(t.SetFields((key,)), setup=DESK).refused("field_not_visible")
        assert given(TICKET, OPENED).when(both, setup=DESK).events

    def test_is_that_of_a_category_with_all_beneath_it(self) -> None:
        desk = Setup(fields={"page": FieldDefinition("number", visible_when=(_about("hardware"),))})
        printer = t.TicketCategorized("hardware.printer")
        other = t.TicketCategorized("hardwareless")

        assert given(TICKET, OPENED, printer).when(fill("page", 7), setup=desk).events
        given(TICKET, OPENED, other).when(fill("page", 7), setup=desk).refused("field_not_visible")


class TestAChangedSetup:
    def test_leaves_a_label_that_is_gone_until_the_next_change(self) -> None:
        gone = Setup(2, labels={"open": ("on_it",)})
        labelled = given(TICKET, OPENED, t.StatusLabelled("open", "in_progress"))

        assert labelled.state.label == "in_progress"
        labelled.when(t.LabelStatus("in_progress"), setup=gone).refused("unknown_label")
        labelled.when(t.LabelStatus("on_it"), setup=gone).then(
            t.StatusLabelled("open", "on_it", "in_progress", 2)
        )

    def test_wants_a_level_that_is_gone_to_be_assessed_anew(self) -> None:
        other = Setup(2, matrix=Matrix(("all", "one"), ("high",), ((1,), (2,))))
        by_hand = t.PriorityChanged(4, "hand", 1, reason="vip")
        assessed = given(TICKET, OPENED, t.TicketAssessed("high", "high"), by_hand)

        refusal = assessed.when(t.ReleasePriority(), setup=other).refused("unknown_level")
        assert refusal.field == "/impact"
        assessed.when(t.AssessTicket("one"), setup=other).then(
            t.TicketAssessed("one", "high", "high", "high", 2)
        )

    def test_solves_nothing_that_is_solved(self) -> None:
        strict = Setup(2, resolution_codes=("done",))

        given(TICKET, OPENED, SOLVED).when(t.SolveTicket("workaround"), setup=strict).then()


def _about(category: str) -> Condition:
    return Condition("category", (category,))
