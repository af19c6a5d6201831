"""What others say of a ticket: clocks, distribution, suggestions. Late words change nothing."""

from datetime import timedelta

import msgspec
import pytest

from libs.events.published import tickets as t
from libs.events.testing import START, given
from services.intake.tickets import TICKET
from services.intake.tickets.reports import RULES
from tests.support.tickets import (
    ASSIGNED,
    BY_RULE,
    CLOSED,
    EVENING,
    NOON,
    OPENED,
    SOLVED,
    TEN,
    named,
)

TERMS = t.SlaTerms("first_reply", "gold", 2, "office", 1, 7200, NOON)
LATER = t.SlaTerms("first_reply", "silver", 1, "office", 1, 28800, EVENING)
STARTED = t.SlaClockStarted("k1", TERMS, 1)
RETARGETED = t.SlaClockRetargeted("k1", LATER, "plan_changed", NOON)
WARNED = t.SlaClockWarned("k1", NOON, 80)
BREACHED = t.SlaClockBreached("k1", NOON)
MET = t.SlaClockMet("k1", 5, 3000)
CANCELLED = t.SlaClockCancelled("k1", "spam")
QUEUED = t.TicketQueued("network", BY_RULE)
SKIPPED = (t.Skipped("anna", "no_capacity"),)
OFFERED = t.TicketOffered("f1", "ben", NOON, BY_RULE)
DECLINED = t.TicketOfferAnswered("f1", "ben", "declined", "busy")
EXPIRED = t.TicketOfferExpired("f1", "ben")
ARTICLES = (t.SuggestedArticle("reset", 3), t.SuggestedArticle("vpn", 1))
SUGGESTED = t.ArticlesSuggested("g1", ARTICLES, "agent", "bm25")

# What has happened, the command, and what comes of it.
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct]]] = [
    ([], t.StartSlaClock("k1", TERMS, 1), [STARTED]),
    ([STARTED], t.RetargetSlaClock("k1", LATER, "plan_changed"), [RETARGETED]),
    ([STARTED], t.BreachSlaClock("k1", NOON), [BREACHED]),
    (
        [ASSIGNED, STARTED],
        t.BreachSlaClock("k1", NOON),
        [t.SlaClockBreached("k1", NOON, "anna", "network")],
    ),
    ([STARTED, RETARGETED], t.BreachSlaClock("k1", EVENING), [t.SlaClockBreached("k1", EVENING)]),
    ([STARTED], t.MeetSlaClock("k1", 5, 3000), [MET]),
    ([STARTED, BREACHED], t.MeetSlaClock("k1", 5, 9000), [t.SlaClockMet("k1", 5, 9000, late=True)]),
    ([STARTED], t.CancelSlaClock("k1", "spam"), [CANCELLED]),
    (
        [STARTED, BREACHED],
        t.ExplainSlaBreach("k1", "power_cut", excluded=True),
        [t.SlaBreachExplained("k1", "power_cut", excluded=True)],
    ),
    (
        [STARTED, BREACHED, t.SlaBreachExplained("k1", "power_cut", excluded=True)],
        t.ExplainSlaBreach("k1", "our_fault"),
        [t.SlaBreachExplained("k1", "our_fault")],
    ),
    ([], t.QueueTicket("network", BY_RULE), [QUEUED]),
    ([QUEUED], t.QueueTicket("billing", BY_RULE), [t.TicketQueued("billing", BY_RULE, "network")]),
    ([], t.OfferTicket("f1", "ben", NOON, BY_RULE), [OFFERED]),
    ([OFFERED], t.ExpireOffer("f1"), [EXPIRED]),
    ([], t.SuggestArticles("g1", ARTICLES, "agent", "bm25"), [SUGGESTED]),
]
# What can be answered once: after it, there is nothing to answer.
ANSWERS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct], str]] = [
    ([OFFERED], t.AnswerOffer("f1", "declined", "busy"), [DECLINED], "offer_over"),
    (
        [OFFERED],
        t.AnswerOffer("f1", "accepted"),
        [
            t.TicketOfferAnswered("f1", "ben", "accepted"),
            t.TicketAssigned("ben", source="rule"),
        ],
        "offer_over",
    ),
    ([SUGGESTED], t.UseArticle("g1", "reset"), [t.ArticleUsed("g1", "reset", 3)], "not_suggested"),
    (
        [SUGGESTED],
        t.RejectArticle("g1", "vpn", "outdated"),
        [t.ArticleRejected("g1", "vpn", 1, "outdated")],
        "not_suggested",
    ),
]
# It is so already, or comes too late.
NOTHING_TO_DO: list[tuple[list[msgspec.Struct], msgspec.Struct]] = [
    ([STARTED], t.StartSlaClock("k1", LATER, 1)),
    ([STARTED], t.RetargetSlaClock("k1", TERMS, "plan_changed")),
    ([STARTED, MET], t.RetargetSlaClock("k1", LATER, "plan_changed")),
    ([STARTED, MET], t.WarnSlaClock("k1", NOON, 80)),
    ([STARTED, BREACHED], t.WarnSlaClock("k1", NOON, 80)),
    ([STARTED, RETARGETED], t.WarnSlaClock("k1", NOON, 80)),
    ([STARTED, MET], t.BreachSlaClock("k1", NOON)),
    ([STARTED, CANCELLED], t.BreachSlaClock("k1", NOON)),
    ([STARTED, RETARGETED], t.BreachSlaClock("k1", NOON)),
    ([STARTED, CANCELLED], t.MeetSlaClock("k1", 5, 3000)),
    ([STARTED, MET], t.CancelSlaClock("k1", "spam")),
    ([ASSIGNED], t.QueueTicket("network", BY_RULE)),
    ([], t.SkipAgents(())),
    ([ASSIGNED], t.OfferTicket("f1", "anna", NOON, BY_RULE)),
    ([], t.ExpireOffer("f1")),
    ([OFFERED, DECLINED], t.ExpireOffer("f1")),
    ([], t.SuggestArticles("g1", (), "agent")),
    ([SUGGESTED], t.SuggestArticles("g1", ARTICLES[:1], "customer")),
]
REFUSED: list[tuple[list[msgspec.Struct], msgspec.Struct, str, str]] = [
    ([], t.RetargetSlaClock("k1", LATER, "plan_changed"), "no_such_clock", "/clock_id"),
    ([], t.WarnSlaClock("k1", NOON), "no_such_clock", "/clock_id"),
    ([], t.BreachSlaClock("k1", NOON), "no_such_clock", "/clock_id"),
    ([], t.MeetSlaClock("k1", 5, 3000), "no_such_clock", "/clock_id"),
    ([], t.CancelSlaClock("k1", "spam"), "no_such_clock", "/clock_id"),
    ([], t.ExplainSlaBreach("k1", "our_fault"), "no_such_clock", "/clock_id"),
    ([STARTED], t.ExplainSlaBreach("k1", "our_fault"), "not_breached", ""),
    ([STARTED, MET], t.ExplainSlaBreach("k1", "our_fault"), "not_breached", ""),
    ([], t.OfferTicket("f1", "ben", TEN, BY_RULE), "instant_over", "/until"),
    ([], t.AnswerOffer("f1", "accepted"), "offer_over", "/offer_id"),
    ([OFFERED, EXPIRED], t.AnswerOffer("f1", "accepted"), "offer_over", "/offer_id"),
    ([], t.UseArticle("g1", "reset"), "not_suggested", "/article_id"),
    ([SUGGESTED], t.UseArticle("g1", "printer"), "not_suggested", "/article_id"),
    ([SUGGESTED], t.RejectArticle("g2", "reset"), "not_suggested", "/article_id"),
]
ONLY_WHILE_IT_LIVES: list[msgspec.Struct] = [
    t.QueueTicket("network", BY_RULE),
    t.OfferTicket("f1", "ben", NOON, BY_RULE),
    t.AnswerOffer("f1", "accepted"),
]
ON_A_CLOSED_TICKET_STILL: list[msgspec.Struct] = [
    t.StartSlaClock("k2", TERMS, 1),
    t.RetargetSlaClock("k1", LATER, "plan_changed"),
    t.WarnSlaClock("k1", NOON),
    t.BreachSlaClock("k1", NOON),
    t.MeetSlaClock("k1", 5, 3000),
    t.CancelSlaClock("k1", "spam"),
    t.SkipAgents(SKIPPED),
    t.SuggestArticles("g2", ARTICLES, "agent"),
    t.UseArticle("g1", "reset"),
    t.RejectArticle("g1", "reset"),
]


@pytest.mark.parametrize(("before", "wanted", "facts"), FACTS, ids=named)
def test_what_others_report_becomes_a_fact_once(
    before: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct]
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then(*facts)
    given(TICKET, OPENED, *before, *facts).when(wanted).then()


@pytest.mark.parametrize(("before", "wanted", "facts", "code"), ANSWERS, ids=named)
def test_what_is_asked_is_answered_once(
    before: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct], code: str
) -> None:
    ben = "agent:ben"
    given(TICKET, OPENED, *before).when(wanted, actor=ben).then(*facts)
    given(TICKET, OPENED, *before, *facts).when(wanted, actor=ben).refused(code)


@pytest.mark.parametrize(("before", "wanted"), NOTHING_TO_DO, ids=named)
def test_what_is_so_already_or_comes_too_late_changes_nothing(
    before: list[msgspec.Struct], wanted: msgspec.Struct
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then()


@pytest.mark.parametrize(("before", "wanted", "code", "field"), REFUSED, ids=named)
def test_what_makes_no_sense_is_refused_where_it_is_wrong(
    before: list[msgspec.Struct], wanted: msgspec.Struct, code: str, field: str
) -> None:
    assert given(TICKET, OPENED, *before).when(wanted).refused(code).field == field


@pytest.mark.parametrize("wanted", ONLY_WHILE_IT_LIVES, ids=named)
def test_a_ticket_that_has_ended_or_never_was_is_given_to_nobody(wanted: msgspec.Struct) -> None:
    given(TICKET).when(wanted).refused("no_such_ticket")
    given(TICKET, OPENED, OFFERED, SOLVED, CLOSED).when(wanted).refused("ticket_closed")


@pytest.mark.parametrize("wanted", ON_A_CLOSED_TICKET_STILL, ids=named)
def test_facts_are_taken_down_after_the_end_but_never_before_the_beginning(
    wanted: msgspec.Struct,
) -> None:
    given(TICKET).when(wanted).refused("no_such_ticket")
    assert given(TICKET, OPENED, STARTED, SUGGESTED, SOLVED, CLOSED).when(wanted).events


def test_every_rule_of_the_room_is_tested() -> None:
    tested = {type(wanted) for _, wanted, _ in FACTS} | {type(wanted) for _, wanted, *_ in ANSWERS}

    assert tested | {t.WarnSlaClock, t.SkipAgents} == set(RULES)


class TestClocks:
    def test_each_warning_is_told(self) -> None:
        ticket = given(TICKET, OPENED, STARTED, WARNED)
        ticket.when(t.WarnSlaClock("k1", NOON, 95)).then(t.SlaClockWarned("k1", NOON, 95))

    def test_a_breach_is_told_to_whom_it_belonged_to_then(self) -> None:
        handed_on = t.TicketAssigned("ben", "billing", "anna", "network")
        (
            given(TICKET, OPENED, ASSIGNED, STARTED, handed_on)
            .when(t.BreachSlaClock("k1", NOON), at=NOON)
            .then(t.SlaClockBreached("k1", NOON, "ben", "billing"))
        )

    def test_stand_beside_each_other(self) -> None:
        other = t.SlaClockStarted("k2", LATER, 1)
        ticket = given(TICKET, OPENED, STARTED, other, MET)

        ticket.when(t.BreachSlaClock("k1", NOON)).then()
        ticket.when(t.BreachSlaClock("k2", EVENING)).then(t.SlaClockBreached("k2", EVENING))


class TestOffers:
    def test_are_answered_by_who_was_asked(self) -> None:
        ticket = given(TICKET, OPENED, OFFERED)

        ticket.when(t.AnswerOffer("f1", "accepted"), actor="agent:cora").refused("not_your_offer")
        assert ticket.when(t.AnswerOffer("f1", "accepted"), actor="service:routing").events

    def test_who_accepts_too_late_finds_it_taken(self) -> None:
        (
            given(TICKET, OPENED, OFFERED, ASSIGNED)
            .when(t.AnswerOffer("f1", "accepted"), actor="agent:ben")
            .then(t.TicketOfferAnswered("f1", "ben", "accepted"))
        )

    def test_end_at_an_instant_that_is_to_come(self) -> None:
        soon = TEN + timedelta(microseconds=1)
        ticket = given(TICKET, OPENED)

        assert ticket.when(t.OfferTicket("f1", "ben", soon, BY_RULE)).events
        ticket.when(t.OfferTicket("f1", "ben", START, BY_RULE)).refused("instant_over")


def test_whoever_has_a_ticket_takes_it_from_its_queue() -> None:
    ticket = given(TICKET, OPENED, QUEUED, ASSIGNED, t.TicketAssigned("", "network", "anna"))

    ticket.when(t.QueueTicket("network", BY_RULE)).then(QUEUED)


def test_who_was_passed_over_and_why() -> None:
    given(TICKET, OPENED).when(t.SkipAgents(SKIPPED)).then(t.AgentsSkipped(SKIPPED))
