"""What a desk writes on a ticket: checked against its own definitions, and due at the instant."""

from datetime import timedelta

import msgspec
import pytest

from libs.events.personal import Personal
from libs.events.published import tickets as t
from libs.events.published.setup import FieldDefinition, Setup
from libs.events.testing import given
from services.intake.tickets import TICKET
from services.intake.tickets.fields import RULES
from tests.support.messages import CUSTOMER, TRANSIT, content
from tests.support.tickets import CLOSED, EVENING, NOON, OPENED, SOLVED, TEN, named

DESK = Setup(
    4,
    categories=("hardware", "hardware.printer"),
    fields={
        "comment": FieldDefinition("text"),
        "seats": FieldDefinition("number"),
        "colour": FieldDefinition("choice", choices=("red", "blue")),
        "rooms": FieldDefinition("multi_choice", choices=("a1", "a2", "b1")),
        "bought": FieldDefinition("date"),
        "insured": FieldDefinition("boolean"),
        "serial": FieldDefinition("pattern", pattern="[A-Z]{2}-[0-9]+"),
        "birthday": FieldDefinition("date", personal=True),
    },
)
SEALED = Personal[str](TRANSIT, sealed="MjAwMC0wMS0wMQ")
UNDER_CUSTOMER = SEALED.under(CUSTOMER)
REMINDER = t.ReminderSet("r1", NOON, "ben")
PROMISE = t.PromiseMade("w1", "anna", NOON)


def filled(field: str, value: t.FieldValue | None) -> t.FieldsChanged:
    return t.FieldsChanged((t.FieldChange(field, value, setup_version=4),))


def fill(field: str, value: t.FieldValue | None) -> t.SetFields:
    return t.SetFields((t.FieldChange(field, value),))


# What has happened, the command, and what comes of it.
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct]]] = [
    ([], t.CategorizeTicket("hardware"), [t.TicketCategorized("hardware", setup_version=4)]),
    (
        [t.TicketCategorized("hardware")],
        t.CategorizeTicket("hardware.printer"),
        [t.TicketCategorized("hardware.printer", "hardware", 4)],
    ),
    (
        [t.TicketCategorized("hardware")],
        t.CategorizeTicket(""),
        [t.TicketCategorized("", "hardware", 4)],
    ),
    ([], t.ChangeTags(("b", "a", "b")), [t.TagsChanged(("b", "a"))]),
    (
        [t.TagsChanged(("a", "b"))],
        t.ChangeTags(("b", "c"), ("a", "x")),
        [t.TagsChanged(("c",), ("a",))],
    ),
    ([], fill("comment", "fragile"), [filled("comment", "fragile")]),
    ([filled("comment", "fragile")], fill("comment", None), [filled("comment", None)]),
    (
        [filled("comment", "fragile")],
        t.SetFields((t.FieldChange("comment", "fragile"), t.FieldChange("seats", 2))),
        [filled("seats", 2)],
    ),
    ([], t.SetDueDate(NOON), [t.DueDateSet(NOON)]),
    ([t.DueDateSet(NOON)], t.SetDueDate(EVENING), [t.DueDateSet(EVENING, NOON)]),
    ([t.DueDateSet(NOON)], t.SetDueDate(), [t.DueDateSet(None, NOON)]),
    ([], t.SetEstimate(600), [t.EstimateSet(600)]),
    ([t.EstimateSet(600)], t.SetEstimate(0), [t.EstimateSet(0, 600)]),
    ([], t.SetReminder("r1", NOON, "ben"), [REMINDER]),
    (
        [REMINDER],
        t.SetReminder("r1", EVENING, "ben", content("call")),
        [t.ReminderSet("r1", EVENING, "ben", content("call"))],
    ),
    ([REMINDER], t.CancelReminder("r1"), [t.ReminderCancelled("r1")]),
    ([REMINDER], t.FireReminder("r1", NOON), [t.ReminderFired("r1", "ben", NOON)]),
    ([], t.MakePromise("w1", NOON), [PROMISE]),
    (
        [],
        t.MakePromise("w1", NOON, content("a call")),
        [t.PromiseMade("w1", "anna", NOON, content("a call"))],
    ),
    ([PROMISE], t.BreakPromise("w1", NOON), [t.PromiseBroken("w1", "anna", NOON)]),
]
# What ends something that is then gone: again, there is nothing to end.
ENDINGS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct]]] = [
    ([PROMISE], t.KeepPromise("w1"), [t.PromiseKept("w1", "anna", NOON)]),
    ([PROMISE], t.WithdrawPromise("w1"), [t.PromiseWithdrawn("w1")]),
]
# It is so already, or what was to happen at an instant is over.
NOTHING_TO_DO: list[tuple[list[msgspec.Struct], msgspec.Struct]] = [
    ([], t.ChangeTags()),
    ([], t.ChangeTags(remove=("a",))),
    ([], t.SetFields(())),
    ([], fill("comment", None)),
    ([], t.CancelReminder("r1")),
    ([], t.FireReminder("r1", NOON)),
    ([REMINDER, t.ReminderCancelled("r1")], t.FireReminder("r1", NOON)),
    ([REMINDER, t.ReminderFired("r1", "ben", NOON)], t.FireReminder("r1", NOON)),
    ([REMINDER, t.ReminderSet("r1", EVENING, "ben")], t.FireReminder("r1", NOON)),
    ([PROMISE], t.MakePromise("w1", EVENING)),
    ([], t.BreakPromise("w1", NOON)),
    ([PROMISE, t.PromiseKept("w1", "anna", NOON)], t.BreakPromise("w1", NOON)),
    ([PROMISE, t.PromiseWithdrawn("w1")], t.BreakPromise("w1", NOON)),
    ([PROMISE], t.BreakPromise("w1", EVENING)),
]
REFUSED: list[tuple[list[msgspec.Struct], msgspec.Struct, str, str]] = [
    ([], t.CategorizeTicket("software"), "unknown_category", "/category"),
    ([], t.ChangeTags(("a", "b"), ("b",)), "tag_twice", "/remove"),
    ([], fill("shoe_size", 42), "unknown_field", "/changes/0"),
    ([], fill("birthday", "2000-01-01"), "personal_field", "/changes/0"),
    (
        [],
        t.SetFields((t.FieldChange("seats", 2), t.FieldChange("comment", personal=SEALED))),
        "not_personal",
        "/changes/1",
    ),
    (
        [],
        t.SetFields((t.FieldChange("seats", 2), t.FieldChange("seats", 3))),
        "field_twice",
        "/changes",
    ),
    ([], t.SetEstimate(-1), "negative_time", "/seconds"),
    ([], t.SetReminder("r1", NOON, ""), "nobody_to_remind", "/agent_id"),
    ([], t.SetReminder("r1", TEN, "ben"), "instant_over", "/due"),
    ([], t.MakePromise("w1", TEN), "instant_over", "/due"),
    ([], t.KeepPromise("w1"), "no_such_promise", "/promise_id"),
    ([], t.WithdrawPromise("w1"), "no_such_promise", "/promise_id"),
    (
        [PROMISE, t.PromiseWithdrawn("w1")],
        t.KeepPromise("w1"),
        "no_such_promise",
        "/promise_id",
    ),
]
ONLY_WHILE_IT_LIVES: list[msgspec.Struct] = [
    t.CategorizeTicket("hardware"),
    t.ChangeTags(("a",)),
    fill("seats", 2),
    t.SetDueDate(NOON),
    t.SetEstimate(600),
    t.SetReminder("r1", NOON, "ben"),
    t.MakePromise("w1", NOON),
]
ON_A_CLOSED_TICKET_STILL: list[tuple[msgspec.Struct, msgspec.Struct]] = [
    (REMINDER, t.CancelReminder("r1")),
    (REMINDER, t.FireReminder("r1", NOON)),
    (PROMISE, t.KeepPromise("w1")),
    (PROMISE, t.BreakPromise("w1", NOON)),
    (PROMISE, t.WithdrawPromise("w1")),
]


@pytest.mark.parametrize(("before", "wanted", "facts"), FACTS, ids=named)
def test_what_is_written_on_it_becomes_a_fact_once(
    before: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct]
) -> None:
    given(TICKET, OPENED, *before).when(wanted, setup=DESK).then(*facts)
    given(TICKET, OPENED, *before, *facts).when(wanted, setup=DESK).then()


@pytest.mark.parametrize(("before", "wanted", "facts"), ENDINGS, ids=named)
def test_a_promise_ends_once(
    before: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct]
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then(*facts)
    given(TICKET, OPENED, *before, *facts).when(wanted).refused("no_such_promise")


@pytest.mark.parametrize(("before", "wanted"), NOTHING_TO_DO, ids=named)
def test_what_is_so_already_or_comes_too_late_changes_nothing(
    before: list[msgspec.Struct], wanted: msgspec.Struct
) -> None:
    given(TICKET, OPENED, *before).when(wanted, setup=DESK).then()


@pytest.mark.parametrize(("before", "wanted", "code", "field"), REFUSED, ids=named)
def test_what_makes_no_sense_is_refused_where_it_is_wrong(
    before: list[msgspec.Struct], wanted: msgspec.Struct, code: str, field: str
) -> None:
    refusal = given(TICKET, OPENED, *before).when(wanted, setup=DESK).refused(code)

    assert refusal.field == field


@pytest.mark.parametrize("wanted", ONLY_WHILE_IT_LIVES, ids=named)
def test_nothing_is_written_on_a_ticket_that_has_ended_or_never_was(
    wanted: msgspec.Struct,
) -> None:
    given(TICKET).when(wanted, setup=DESK).refused("no_such_ticket")
    given(TICKET, OPENED, SOLVED, CLOSED).when(wanted, setup=DESK).refused("ticket_closed")


@pytest.mark.parametrize(("before", "wanted"), ON_A_CLOSED_TICKET_STILL, ids=named)
def test_on_a_closed_ticket_what_was_set_is_ended(
    before: msgspec.Struct, wanted: msgspec.Struct
) -> None:
    assert given(TICKET, OPENED, before, SOLVED, CLOSED).when(wanted).events


def test_every_rule_of_the_room_is_tested() -> None:
    tested = {type(wanted) for _, wanted, _ in [*FACTS, *ENDINGS]}

    assert tested == set(RULES)


class TestFieldsOfTheDesksOwn:
    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("comment", "anything"),
            ("seats", 0),
            ("seats", 2.5),
            ("colour", "red"),
            ("rooms", ("a1", "b1")),
            ("rooms", ()),
            ("bought", "2026-02-28"),
            ("insured", False),
            ("serial", "AB-4711"),
        ],
    )
    def test_take_what_they_are_defined_for(self, field: str, value: t.FieldValue) -> None:
        given(TICKET, OPENED).when(fill(field, value), setup=DESK).then(filled(field, value))

    @pytest.mark.parametrize(
        ("field", "value"),
        [
            ("comment", 7),
            ("seats", "two"),
            ("seats", True),
            ("colour", "green"),
            ("colour", ("red",)),
            ("rooms", "a1"),
            ("rooms", ("a1", "c9")),
            ("bought", "2026-02-30"),
            ("bought", "20260228"),
            ("insured", "yes"),
            ("insured", 1),
            ("serial", "AB-47x"),
            ("serial", "see AB-4711"),
        ],
    )
    def test_refuse_anything_else(self, field: str, value: t.FieldValue) -> None:
        refusal = given(TICKET, OPENED).when(fill(field, value), setup=DESK).refused("wrong_value")

        assert refusal.sentence.startswith(f"{field}: ")
        assert refusal.field == "/changes/0"

    def test_are_filled_all_or_none(self) -> None:
        wanted = t.SetFields((t.FieldChange("seats", 2), t.FieldChange("colour", "green")))

        given(TICKET, OPENED).when(wanted, setup=DESK).refused("wrong_value")

    def test_a_personal_one_is_sealed_under_the_requesters_key(self) -> None:
        sealed = t.FieldChange("birthday", None, UNDER_CUSTOMER, 4)
        (
            given(TICKET, OPENED)
            .when(t.SetFields((t.FieldChange("birthday", personal=SEALED),)), setup=DESK)
            .then(t.FieldsChanged((sealed,)))
        )

    def test_of_a_personal_one_is_remembered_only_that_there_is_one(self) -> None:
        sealed = t.FieldsChanged((t.FieldChange("birthday", None, UNDER_CUSTOMER, 4),))
        ticket = given(TICKET, OPENED, sealed)

        assert ticket.state.fields == {"birthday": True}
        ticket.when(fill("birthday", None), setup=DESK).then(filled("birthday", None))

    def test_a_desk_without_categories_takes_any(self) -> None:
        (
            given(TICKET, OPENED)
            .when(t.CategorizeTicket("garden"))
            .then(t.TicketCategorized("garden"))
        )


class TestPromises:
    def test_is_an_agents_word(self) -> None:
        (
            given(TICKET, OPENED)
            .when(t.MakePromise("w1", NOON), actor="service:bot")
            .refused("agents_only")
        )

    def test_broken_is_broken_once_and_can_be_kept_late(self) -> None:
        broken = given(TICKET, OPENED, PROMISE, t.PromiseBroken("w1", "anna", NOON))

        broken.when(t.BreakPromise("w1", NOON)).then()
        broken.when(t.KeepPromise("w1"), at=EVENING).then(
            t.PromiseKept("w1", "anna", NOON, late=True)
        )

    def test_kept_in_time_but_told_later_was_kept_in_time(self) -> None:
        (
            given(TICKET, OPENED, PROMISE, t.PromiseBroken("w1", "anna", NOON))
            .when(t.KeepPromise("w1"), at=EVENING, occurred_at=NOON - timedelta(minutes=1))
            .then(t.PromiseKept("w1", "anna", NOON))
        )
