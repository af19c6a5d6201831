"""Links to other tickets and trackers; a parent waits for its children, if it is to."""

import msgspec
import pytest

from libs.events.published import tickets as t
from libs.events.testing import SOME_ID, given
from services.intake.tickets import TICKET
from services.intake.tickets.links import RULES
from tests.support.messages import content
from tests.support.tickets import (
    ASSIGNED,
    CLOSED,
    OPENED,
    OTHER_TICKET,
    SOLVED,
    THIRD_TICKET,
    named,
)

CHILD = t.TicketLinked(OTHER_TICKET, "child")
SECOND_CHILD = t.TicketLinked(THIRD_TICKET, "child")
SETTLED = t.ChildSettled(OTHER_TICKET, True)
AWAITED = t.ChildrenAwaited(True)
ON_HOLD = t.TicketPutOnHold("open", "children")
EXTERNAL = t.TicketLinkedExternally("github", "desk/ledger#7")

# What has happened, the command, and what comes of it.
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct]]] = [
    ([], t.LinkTicket(OTHER_TICKET, "related"), [t.TicketLinked(OTHER_TICKET, "related")]),
    ([], t.LinkTicket(OTHER_TICKET, "original"), [t.TicketLinked(OTHER_TICKET, "original")]),
    ([CHILD], t.LinkTicket(THIRD_TICKET, "child"), [SECOND_CHILD]),
    ([CHILD], t.UnlinkTicket(OTHER_TICKET, "child"), [t.TicketUnlinked(OTHER_TICKET, "child")]),
    ([], t.AwaitChildren(True), [AWAITED]),
    ([AWAITED], t.AwaitChildren(False), [t.ChildrenAwaited(False)]),
    ([CHILD], t.SettleChild(OTHER_TICKET, True), [SETTLED]),
    (
        [CHILD, SECOND_CHILD],
        t.SettleChild(OTHER_TICKET, True),
        [t.ChildSettled(OTHER_TICKET, True, 1)],
    ),
    (
        [CHILD, SETTLED],
        t.SettleChild(OTHER_TICKET, False),
        [t.ChildSettled(OTHER_TICKET, False, 1)],
    ),
    ([], t.MirrorLink(OTHER_TICKET, "child"), [CHILD]),
    ([], t.LinkExternal("github", "desk/ledger#7"), [EXTERNAL]),
    (
        [EXTERNAL],
        t.UnlinkExternal("github", "desk/ledger#7"),
        [t.TicketUnlinkedExternally("github", "desk/ledger#7")],
    ),
]
NOTHING_TO_DO: list[tuple[list[msgspec.Struct], msgspec.Struct]] = [
    ([], t.UnlinkTicket(OTHER_TICKET, "child")),
    ([CHILD], t.UnlinkTicket(OTHER_TICKET, "related")),
    ([], t.AwaitChildren(False)),
    ([CHILD], t.SettleChild(OTHER_TICKET, False)),
    ([], t.SettleChild(OTHER_TICKET, True)),
    (
        [CHILD, t.TicketUnlinked(OTHER_TICKET, "child")],
        t.SettleChild(OTHER_TICKET, True),
    ),
    ([t.TicketLinked(OTHER_TICKET, "related")], t.SettleChild(OTHER_TICKET, True)),
    ([EXTERNAL], t.UnlinkExternal("github", "desk/ledger#8")),
]
REFUSED: list[tuple[list[msgspec.Struct], msgspec.Struct, str, str]] = [
    ([], t.LinkTicket("", "related"), "nobody_named", "/other_id"),
    ([], t.LinkTicket(SOME_ID, "related"), "same_ticket", "/other_id"),
    ([CHILD], t.LinkTicket(OTHER_TICKET, "parent"), "linked_the_other_way", "/relation"),
    (
        [t.TicketLinked(OTHER_TICKET, "parent")],
        t.LinkTicket(OTHER_TICKET, "child"),
        "linked_the_other_way",
        "/relation",
    ),
    (
        [t.TicketLinked(OTHER_TICKET, "problem")],
        t.LinkTicket(OTHER_TICKET, "incident"),
        "linked_the_other_way",
        "/relation",
    ),
    (
        [t.TicketLinked(OTHER_TICKET, "incident")],
        t.LinkTicket(OTHER_TICKET, "problem"),
        "linked_the_other_way",
        "/relation",
    ),
    ([], t.LinkExternal("", "desk/ledger#7"), "reference_missing", "/reference"),
    ([], t.LinkExternal("github", ""), "reference_missing", "/reference"),
]
# Links are put in order also after the end.
ON_A_CLOSED_TICKET_STILL: list[msgspec.Struct] = [
    t.LinkTicket(THIRD_TICKET, "duplicate"),
    t.UnlinkTicket(OTHER_TICKET, "child"),
    t.SettleChild(OTHER_TICKET, True),
    t.LinkExternal("github", "desk/ledger#8"),
    t.UnlinkExternal("github", "desk/ledger#7"),
]


@pytest.mark.parametrize(("before", "wanted", "facts"), FACTS, ids=named)
def test_what_belongs_together_becomes_a_fact_once(
    before: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct]
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then(*facts)
    given(TICKET, OPENED, *before, *facts).when(wanted).then()


@pytest.mark.parametrize(("before", "wanted"), NOTHING_TO_DO, ids=named)
def test_what_is_so_already_or_not_any_more_changes_nothing(
    before: list[msgspec.Struct], wanted: msgspec.Struct
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then()


@pytest.mark.parametrize(("before", "wanted", "code", "field"), REFUSED, ids=named)
def test_what_makes_no_sense_is_refused_where_it_is_wrong(
    before: list[msgspec.Struct], wanted: msgspec.Struct, code: str, field: str
) -> None:
    assert given(TICKET, OPENED, *before).when(wanted).refused(code).field == field


@pytest.mark.parametrize("wanted", ON_A_CLOSED_TICKET_STILL, ids=named)
def test_links_of_a_closed_ticket_are_put_in_order_but_not_of_one_that_never_was(
    wanted: msgspec.Struct,
) -> None:
    given(TICKET).when(wanted).refused("no_such_ticket")
    assert given(TICKET, OPENED, CHILD, EXTERNAL, SOLVED, CLOSED).when(wanted).events


def test_what_is_closed_or_never_was_awaits_nobody() -> None:
    given(TICKET).when(t.AwaitChildren(True)).refused("no_such_ticket")
    given(TICKET, OPENED, SOLVED, CLOSED).when(t.AwaitChildren(True)).refused("ticket_closed")


def test_every_rule_of_the_room_is_tested() -> None:
    tested = {type(wanted) for _, wanted, _ in FACTS} | {t.SpreadSolution}

    assert tested == set(RULES)


@pytest.mark.parametrize("relation", ["parent", "original", "problem"])
def test_a_ticket_has_one(relation: t.Relation) -> None:
    ticket = given(TICKET, OPENED, t.TicketLinked(OTHER_TICKET, relation))
    refusal = ticket.when(t.LinkTicket(THIRD_TICKET, relation)).refused("linked_already")

    assert OTHER_TICKET in refusal.sentence


@pytest.mark.parametrize("relation", ["related", "duplicate", "child", "incident"])
def test_a_ticket_has_many(relation: t.Relation) -> None:
    ticket = given(TICKET, OPENED, t.TicketLinked(OTHER_TICKET, relation))
    ticket.when(t.LinkTicket(THIRD_TICKET, relation)).then(t.TicketLinked(THIRD_TICKET, relation))


class TestAParent:
    def test_that_awaits_its_children_is_not_solved_before_them(self) -> None:
        waiting = given(TICKET, OPENED, ASSIGNED, CHILD, SECOND_CHILD, SETTLED, AWAITED)
        waiting.when(t.SolveTicket("workaround")).refused("children_open")

    @pytest.mark.parametrize(
        "before",
        [
            [CHILD],
            [AWAITED],
            [AWAITED, CHILD, SETTLED],
            [AWAITED, CHILD, t.TicketUnlinked(OTHER_TICKET, "child")],
            [AWAITED, CHILD, t.ChildrenAwaited(False)],
        ],
        ids=["awaits nobody", "has none", "settled", "unlinked", "awaits them no more"],
    )
    def test_is_solved_otherwise(self, before: list[msgspec.Struct]) -> None:
        given(TICKET, OPENED, ASSIGNED, *before).when(t.SolveTicket("workaround")).then(SOLVED)

    def test_on_hold_for_its_children_goes_on_with_the_last_of_them(self) -> None:
        before = [ASSIGNED, CHILD, SECOND_CHILD, AWAITED, ON_HOLD]
        ticket = given(TICKET, OPENED, *before)
        ticket.when(t.SettleChild(THIRD_TICKET, True)).then(t.ChildSettled(THIRD_TICKET, True, 1))
        (
            given(TICKET, OPENED, *before, t.ChildSettled(THIRD_TICKET, True, 1))
            .when(t.SettleChild(OTHER_TICKET, True))
            .then(SETTLED, t.TicketWoken("children_settled", "on_hold"))
        )

    @pytest.mark.parametrize(
        "before",
        [[ON_HOLD], [AWAITED, t.TicketMarkedPending("open")], [SOLVED, AWAITED]],
        ids=["awaits nobody", "waits for the customer", "is solved"],
    )
    def test_is_left_alone_otherwise(self, before: list[msgspec.Struct]) -> None:
        (
            given(TICKET, OPENED, ASSIGNED, CHILD, *before)
            .when(t.SettleChild(OTHER_TICKET, True))
            .then(SETTLED)
        )


class TestTheOtherSide:
    """It waits for an answer, so "no" is an event."""

    @pytest.mark.parametrize(
        ("before", "relation", "code"),
        [
            (t.TicketLinked(THIRD_TICKET, "parent"), "parent", "linked_already"),
            (CHILD, "parent", "linked_the_other_way"),
        ],
    )
    def test_declines_what_it_cannot_be(
        self, before: t.TicketLinked, relation: t.Relation, code: str
    ) -> None:
        (
            given(TICKET, OPENED, before)
            .when(t.MirrorLink(OTHER_TICKET, relation))
            .then(t.LinkDeclined(OTHER_TICKET, relation, code))
        )

    def test_that_never_was_is_refused(self) -> None:
        given(TICKET).when(t.MirrorLink(OTHER_TICKET, "related")).refused("no_such_ticket")


class TestAProblem:
    BEFORE = (
        t.TicketLinked(OTHER_TICKET, "incident"),
        t.TicketLinked(THIRD_TICKET, "incident"),
        t.TicketSolved("known_error", "anna", "open", "firmware"),
    )

    def test_carries_its_solution_to_its_incidents(self) -> None:
        (
            given(TICKET, OPENED, *self.BEFORE)
            .when(t.SpreadSolution())
            .then(t.SolutionSpread("known_error", 2, "firmware"))
        )

    def test_or_another_with_words_to_the_customers(self) -> None:
        (
            given(TICKET, OPENED, *self.BEFORE)
            .when(t.SpreadSolution("workaround", "router", content("restart it"), 10, "en"))
            .then(t.SolutionSpread("workaround", 2, "router", content("restart it"), 10, "en"))
        )

    @pytest.mark.parametrize(
        ("before", "wanted", "code"),
        [
            (BEFORE[:2], t.SpreadSolution("workaround"), "not_solved"),
            ([CHILD, SOLVED], t.SpreadSolution(), "no_incidents"),
            (BEFORE, t.SpreadSolution("magic"), "unknown_resolution_code"),
        ],
        ids=["unsolved", "without incidents", "by magic"],
    )
    def test_carries_nothing(
        self, before: list[msgspec.Struct], wanted: msgspec.Struct, code: str
    ) -> None:
        given(TICKET, OPENED, *before).when(wanted).refused(code)

    def test_that_never_was_has_no_incidents(self) -> None:
        given(TICKET).when(t.SpreadSolution()).refused("no_such_ticket")


def test_a_child_that_was_done_before_it_came_here_wakes_nobody() -> None:
    waiting = given(TICKET, OPENED, AWAITED, CHILD, ON_HOLD)
    [_, woken] = waiting.when(t.SettleChild(OTHER_TICKET, True)).events
    assert isinstance(woken, t.TicketWoken)
    waiting.when(t.SettleChild(OTHER_TICKET, True), origin="import").then(SETTLED)
