"""How a ticket ends: solved as the desk demands, closed, cancelled, spam, or no spam after all."""

import msgspec
import pytest

from libs.events.ids import derived_id, digest
from libs.events.published import tickets as t
from libs.events.published.setup import (
    DEFAULT,
    EVERY_BRAND,
    Brand,
    Correspondence,
    FieldDefinition,
    Setup,
    SolveRule,
)
from libs.events.testing import given
from services.intake.tickets import TICKET
from services.intake.tickets.life import RULES
from tests.support.messages import CUSTOMER, content, mail
from tests.support.tickets import ASSIGNED, CLOSED, NOON, OPENED, SOLVED, named

CANCELLED = t.TicketCancelled("open", "withdrawn")
SPAM = t.TicketMarkedSpam("open")
PENDING = t.TicketMarkedPending("open", label="wait_user", until=NOON)
STRICT = Setup(
    2,
    fields={"serial": FieldDefinition("text"), "insured": FieldDefinition("boolean")},
    solve_rules=(
        SolveRule("category"),
        SolveRule("cause", exempt=()),
        SolveRule("serial", exempt=("mass",)),
        SolveRule("insured"),
        SolveRule("priority"),
        SolveRule("type"),
    ),
)
FILLED = [
    t.TicketCategorized("hardware"),
    t.FieldsChanged((t.FieldChange("serial", "AB-1"), t.FieldChange("insured", False))),
    t.PriorityChanged(3, "matrix"),
    t.TicketClassified("incident"),
]

# What has happened, the command, and what comes of it.
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct]]] = [
    (
        [],
        t.SolveTicket("known_error", "firmware", "mass", "resolved"),
        [t.TicketSolved("known_error", "anna", "open", "firmware", "mass", "resolved")],
    ),
    ([], t.CancelTicket("withdrawn"), [CANCELLED]),
    ([PENDING], t.CancelTicket(), [t.TicketCancelled("pending")]),
    ([], t.MarkSpam(), [SPAM]),
    ([SOLVED], t.MarkSpam("links", 3), [t.TicketMarkedSpam("solved", "links", 3)]),
    ([SPAM], t.MarkNotSpam(), [t.TicketMarkedNotSpam("open")]),
]
NOTHING_TO_DO: list[tuple[list[msgspec.Struct], msgspec.Struct]] = [
    ([], t.MarkNotSpam()),
    ([SOLVED, CLOSED], t.MarkNotSpam()),
    ([CANCELLED], t.CloseTicket()),
    ([SPAM], t.CloseTicket(7)),
]
REFUSED: list[tuple[list[msgspec.Struct], msgspec.Struct, str, str]] = [
    ([], t.SolveTicket("magic"), "unknown_resolution_code", "/resolution_code"),
    ([], t.SolveTicket("workaround", label="wait_user"), "unknown_label", "/label"),
    ([SOLVED], t.SolveTicket("workaround", "router"), "already_solved", ""),
    ([SOLVED], t.CancelTicket(), "ticket_solved", ""),
    ([SOLVED, CLOSED], t.CancelTicket(), "ticket_closed", ""),
    ([SOLVED, CLOSED], t.MarkSpam(), "ticket_closed", ""),
    ([SPAM], t.CancelTicket(), "ticket_closed", ""),
    ([CANCELLED], t.MarkSpam(), "ticket_closed", ""),
    ([CANCELLED], t.ReopenTicket(), "ticket_closed", ""),
]


@pytest.mark.parametrize(("before", "wanted", "facts"), FACTS, ids=named)
def test_how_it_ends_becomes_a_fact_once(
    before: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct]
) -> None:
    given(TICKET, OPENED, ASSIGNED, *before).when(wanted).then(*facts)
    given(TICKET, OPENED, ASSIGNED, *before, *facts).when(wanted).then()


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


@pytest.mark.parametrize(
    "wanted",
    [command() for command in (t.CancelTicket, t.MarkSpam, t.MarkNotSpam, t.EndSnooze)],
    ids=named,
)
def test_what_never_was_does_not_end(wanted: msgspec.Struct) -> None:
    given(TICKET).when(wanted).refused("no_such_ticket")


class TestWhatTheDeskDemands:
    def test_of_a_solution_is_there(self) -> None:
        (
            given(TICKET, OPENED, ASSIGNED, *FILLED)
            .when(t.SolveTicket("workaround", "firmware"), setup=STRICT)
            .then(t.TicketSolved("workaround", "anna", "open", "firmware", setup_version=2))
        )

    @pytest.mark.parametrize("missing", range(len(FILLED)))
    def test_is_refused_without(self, missing: int) -> None:
        filled = [fact for place, fact in enumerate(FILLED) if place != missing]
        field = ["/category", "/serial", "/priority", "/type"][missing]
        refusal = (
            given(TICKET, OPENED, ASSIGNED, *filled)
            .when(t.SolveTicket("workaround", "firmware"), setup=STRICT)
            .refused("field_missing")
        )

        assert refusal.field == field

    @pytest.mark.parametrize("via", ["problem", "timeout"])
    def test_is_not_demanded_of_who_is_exempt_and_the_event_says_so(self, via: t.Via) -> None:
        serial = t.FieldsChanged((t.FieldChange("serial", "AB-1"),))
        wanted = t.SolveTicket("known_error", "firmware", via)
        exempt = ("category", "insured", "priority", "type")
        (
            given(TICKET, OPENED, ASSIGNED, serial)
            .when(wanted, setup=STRICT)
            .then(
                t.TicketSolved(
                    "known_error",
                    "anna",
                    "open",
                    "firmware",
                    via,
                    exempt=exempt,
                    setup_version=2,
                )
            )
        )

    def test_an_exemption_is_of_its_own_field_alone(self) -> None:
        wanted = t.SolveTicket("known_error", "firmware", "timeout")
        refusal = given(TICKET, OPENED).when(wanted, setup=STRICT).refused("field_missing")

        assert refusal.field == "/serial"

    def test_from_an_exempt_solution_that_lacks_nothing_nothing_is_said(self) -> None:
        [solved] = (
            given(TICKET, OPENED, *FILLED)
            .when(t.SolveTicket("known_error", "firmware", "mass"), setup=STRICT)
            .events
        )
        assert isinstance(solved, t.TicketSolved)
        assert solved.exempt == ()


class TestAnEnd:
    @pytest.mark.parametrize("end", [CLOSED, CANCELLED, SPAM], ids=named)
    def test_a_customers_next_message_asks_for_a_follow_up(self, end: msgspec.Struct) -> None:
        (
            given(TICKET, OPENED, end)
            .when(t.AddCustomerMessage(CUSTOMER, mail("more"), digest("more")))
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

    @pytest.mark.parametrize("end", [CANCELLED, SPAM], ids=named)
    def test_that_is_no_solution_is_not_rated(self, end: msgspec.Struct) -> None:
        given(TICKET, OPENED, end).when(t.RateTicket(5)).refused("not_solved")

    def test_several_solutions_are_counted(self) -> None:
        reopened = t.TicketReopened("agent", "solved")

        assert given(TICKET, OPENED, SOLVED, reopened, SOLVED).state.cycles == 2


class TestSpamAfterAllNot:
    @pytest.mark.parametrize(
        ("before", "status", "label"),
        [([], "open", ""), ([PENDING], "pending", "wait_user"), ([SOLVED], "solved", "")],
    )
    def test_goes_on_where_it_stood(
        self, before: list[msgspec.Struct], status: t.Status, label: str
    ) -> None:
        spam, regretted = t.TicketMarkedSpam(status), t.TicketMarkedNotSpam(status)
        stood = given(TICKET, OPENED, ASSIGNED, *before).state
        ticket = given(TICKET, OPENED, ASSIGNED, *before, spam, regretted)

        assert (ticket.state.status, ticket.state.label) == (status, label)
        assert ticket.state.solution == stood.solution
        assert ticket.state.waiting == stood.waiting

    def test_is_worked_on_again(self) -> None:
        ticket = given(TICKET, OPENED, ASSIGNED, SPAM, t.TicketMarkedNotSpam("open"))

        assert ticket.when(t.ReplyToCustomer(content("sorry"))).events
        ticket.when(t.MarkSpam()).then(SPAM)


class TestOpening:
    def test_keeps_who_sent_it_in_and_what_the_customer_was_then(self) -> None:
        wanted = t.OpenTicket(
            CUSTOMER,
            "support",
            mail("question"),
            digest("question"),
            submitter_id="p-2",
            affected_id="p-3",
            type="incident",
            brand="north",
            session="s-1",
            organisation_id="o-1",
            plan="gold",
            vip=True,
            origin="import",
            split_from="t-9",
            split_messages=(3, 5),
        )
        facts = msgspec.structs.asdict(wanted)
        (
            given(TICKET)
            .when(wanted, number=12, setup=Setup(4, brands={"north": Brand("North", "N-")}))
            .then(t.TicketOpened(number=12, prefix="N-", setup_version=4, **facts))
        )

    def test_a_brand_without_a_prefix_has_none(self) -> None:
        [opened] = (
            given(TICKET)
            .when(
                t.OpenTicket(
                    CUSTOMER, "support", mail("question"), digest("question"), brand="south"
                ),
                setup=Setup(brands={"north": Brand("North", "N-")}),
            )
            .events
        )
        assert isinstance(opened, t.TicketOpened)
        assert opened.prefix == ""


def test_only_history_is_solved_as_imported_and_asks_nobody() -> None:
    asked = msgspec.structs.replace(
        DEFAULT, correspondence={EVERY_BRAND: Correspondence(survey_after=60)}
    )
    live = given(TICKET, OPENED).when(t.SolveTicket(t.IMPORTED), setup=asked)
    live.refused("unknown_resolution_code")
    history = given(TICKET, OPENED).when(t.SolveTicket(t.IMPORTED), setup=asked, origin="import")
    [solved] = history.events
    assert isinstance(solved, t.TicketSolved)
    assert solved.ask_after == 0


def test_what_no_rule_knows_is_refused() -> None:
    assert t.TicketSolved not in RULES
    given(TICKET, OPENED).when(SOLVED).refused("unknown_command")
