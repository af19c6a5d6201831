"""How content the customer is: asked once a solution, to the credit of who solved it."""

import msgspec
import pytest

from libs.events.published import tickets as t
from libs.events.testing import given
from services.intake.tickets import TICKET
from services.intake.tickets.satisfaction import RULES, SCORES
from tests.support.messages import content
from tests.support.tickets import ASSIGNED, CLOSED, OPENED, REOPENED, SOLVED, named

# Solved as event 3, asked about as event 4.
BEFORE = [ASSIGNED, SOLVED]
ASKED = t.SatisfactionAsked("after_solve", 2, "nps11", 1, "anna", "network")
DELIVERED, EXPIRED = t.SurveyDelivered(4), t.SurveyExpired(4)
RATED = t.TicketRated(9, "anna", None, 0, 4, "network")
ASK = t.AskSatisfaction("after_solve", 2, "nps11")

# What has happened since the ticket was solved, the command, and what comes of it.
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct]]] = [
    ([], ASK, [ASKED]),
    ([ASKED], t.RecordSurveyDelivery(4), [DELIVERED]),
    ([ASKED], t.ExpireSurvey(4), [EXPIRED]),
    ([ASKED, RATED], t.ExpireSurvey(4), [EXPIRED]),
    ([ASKED], t.RateTicket(9), [RATED]),
    (
        [ASKED, DELIVERED, RATED],
        t.RateTicket(0, content("sorry")),
        [t.TicketRated(0, "anna", content("sorry"), 9, 4, "network")],
    ),
    ([], t.RateTicket(5), [t.TicketRated(5, "anna", team_id="network")]),
    ([CLOSED], ASK, [ASKED]),
]
NOTHING_TO_DO: list[tuple[list[msgspec.Struct], msgspec.Struct]] = [
    ([ASKED], t.AskSatisfaction("another", 1, "thumb2")),
    ([ASKED, EXPIRED], ASK),
    ([], t.RecordSurveyDelivery(4)),
    ([ASKED], t.RecordSurveyDelivery(3)),
    ([ASKED, EXPIRED], t.RecordSurveyDelivery(4)),
    ([], t.ExpireSurvey(4)),
    ([ASKED], t.ExpireSurvey(3)),
    ([ASKED, RATED], t.RateTicket(9)),
]
REFUSED: list[tuple[list[msgspec.Struct], msgspec.Struct, str, str]] = [
    ([REOPENED], ASK, "not_solved", ""),
    ([REOPENED], t.RateTicket(5), "not_solved", ""),
    ([REOPENED], t.SkipSurvey("after_solve", "opted_out"), "not_solved", ""),
    ([t.TicketMarkedSpam("solved")], ASK, "not_solved", ""),
    ([t.TicketMarkedSpam("solved")], t.RateTicket(5), "not_solved", ""),
    ([ASKED], t.RateTicket(11), "score_out_of_range", "/score"),
    ([ASKED, EXPIRED], t.RateTicket(9), "survey_over", ""),
    ([ASKED, RATED, EXPIRED], t.RateTicket(8), "survey_over", ""),
]
ALL: list[msgspec.Struct] = [
    ASK,
    t.RecordSurveyDelivery(4),
    t.ExpireSurvey(4),
    t.SkipSurvey("after_solve", "opted_out"),
    t.RateTicket(5),
]


@pytest.mark.parametrize(("since", "wanted", "facts"), FACTS, ids=named)
def test_what_the_customer_thinks_becomes_a_fact_once(
    since: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct]
) -> None:
    given(TICKET, OPENED, *BEFORE, *since).when(wanted).then(*facts)
    given(TICKET, OPENED, *BEFORE, *since, *facts).when(wanted).then()


@pytest.mark.parametrize(("since", "wanted"), NOTHING_TO_DO, ids=named)
def test_what_is_so_already_or_comes_too_late_changes_nothing(
    since: list[msgspec.Struct], wanted: msgspec.Struct
) -> None:
    given(TICKET, OPENED, *BEFORE, *since).when(wanted).then()


@pytest.mark.parametrize(("since", "wanted", "code", "field"), REFUSED, ids=named)
def test_what_makes_no_sense_is_refused_where_it_is_wrong(
    since: list[msgspec.Struct], wanted: msgspec.Struct, code: str, field: str
) -> None:
    assert given(TICKET, OPENED, *BEFORE, *since).when(wanted).refused(code).field == field


@pytest.mark.parametrize("wanted", ALL, ids=named)
def test_nobody_is_asked_about_a_ticket_that_never_was(wanted: msgspec.Struct) -> None:
    given(TICKET).when(wanted).refused("no_such_ticket")


def test_every_rule_of_the_room_is_tested() -> None:
    assert {type(wanted) for _, wanted, _ in FACTS} | {t.SkipSurvey} == set(RULES)


def test_a_solution_that_is_not_asked_about_and_why() -> None:
    (
        given(TICKET, OPENED, *BEFORE)
        .when(t.SkipSurvey("after_solve", "opted_out"))
        .then(t.SurveySkipped("after_solve", "opted_out"))
    )


@pytest.mark.parametrize("scale", SCORES)
def test_scores_are_those_of_the_scale(scale: t.SurveyScale) -> None:
    worst, best = SCORES[scale]
    asked = t.SatisfactionAsked("after_solve", 2, scale, 1, "anna", "network")
    ticket = given(TICKET, OPENED, *BEFORE, asked)

    for score in (worst, best):
        ticket.when(t.RateTicket(score)).then(t.TicketRated(score, "anna", None, 0, 4, "network"))
    for score in (worst - 1, best + 1):
        ticket.when(t.RateTicket(score)).refused("score_out_of_range")


class TestCredit:
    def test_is_fixed_when_the_customer_is_asked(self) -> None:
        handed_on = t.TicketAssigned("ben", "billing", "anna", "network")
        given(TICKET, OPENED, *BEFORE, handed_on).when(ASK).then(ASKED)
        given(TICKET, OPENED, *BEFORE, ASKED, handed_on).when(t.RateTicket(9)).then(RATED)

    def test_is_the_next_solvers_in_the_next_cycle(self) -> None:
        again = t.TicketSolved("duplicate", "ben", "open")
        ticket = given(TICKET, OPENED, *BEFORE, ASKED, RATED, REOPENED, again)

        ticket.when(ASK).then(t.SatisfactionAsked("after_solve", 2, "nps11", 2, "ben", "network"))
        # when nobody has asked about the new solution, the old survey's scale is not meant
        ticket.when(t.RateTicket(9)).refused("score_out_of_range")
        ticket.when(t.RateTicket(5)).then(t.TicketRated(5, "ben", team_id="network"))

    def test_an_old_survey_that_was_asked_of_an_earlier_solution_ends_quietly(self) -> None:
        again = t.TicketSolved("duplicate", "ben", "open")
        ticket = given(TICKET, OPENED, *BEFORE, ASKED, EXPIRED, REOPENED, again)

        ticket.when(t.RateTicket(5)).then(t.TicketRated(5, "ben", team_id="network"))


class TestRatingWithoutASurvey:
    def test_a_solved_ticket_is_rated_to_the_credit_of_its_solver(self) -> None:
        (
            given(TICKET, OPENED, SOLVED)
            .when(t.RateTicket(5, content("praise")))
            .then(t.TicketRated(5, "anna", content("praise")))
        )

    def test_a_closed_one_can_still_be_rated(self) -> None:
        (given(TICKET, OPENED, SOLVED, CLOSED).when(t.RateTicket(4)).then(t.TicketRated(4, "anna")))

    def test_the_customer_may_think_again(self) -> None:
        (
            given(TICKET, OPENED, SOLVED, t.TicketRated(5, "anna"))
            .when(t.RateTicket(2))
            .then(t.TicketRated(2, "anna", None, 5))
        )

    def test_the_same_rating_again_changes_nothing(self) -> None:
        given(TICKET, OPENED, SOLVED, t.TicketRated(5, "anna")).when(t.RateTicket(5)).then()

    def test_a_new_solution_is_rated_anew(self) -> None:
        again = t.TicketSolved("solved_permanently", "ben", "open")
        (
            given(TICKET, OPENED, SOLVED, t.TicketRated(1, "anna"), REOPENED, again)
            .when(t.RateTicket(5))
            .then(t.TicketRated(5, "ben"))
        )

    def test_what_is_not_solved_cannot_be_rated(self) -> None:
        given(TICKET, OPENED).when(t.RateTicket(5)).refused("not_solved")

    @pytest.mark.parametrize("score", [0, 6, -1])
    def test_scores_go_from_one_to_five(self, score: int) -> None:
        given(TICKET, OPENED, SOLVED).when(t.RateTicket(score)).refused("score_out_of_range")


class TestHistory:
    """What was rated on another helpdesk."""

    def test_is_to_the_credit_of_who_has_the_ticket_where_no_solution_is_told(self) -> None:
        told = t.TicketRated(5, "anna", team_id="network")
        given(TICKET, OPENED, ASSIGNED).when(t.RateTicket(5), origin="import").then(told)
        given(TICKET, OPENED, ASSIGNED, told).when(t.RateTicket(5), origin="import").then()
        given(TICKET, OPENED, ASSIGNED).when(t.RateTicket(5)).refused("not_solved")

    def test_is_of_the_solution_where_one_is_told_closed_or_not(self) -> None:
        handed_on = t.TicketAssigned("ben", "billing", "anna", "network")
        ticket = given(TICKET, OPENED, *BEFORE, handed_on, CLOSED)
        ticket.when(t.RateTicket(1), origin="import").then(
            t.TicketRated(1, "anna", team_id="network")
        )

    def test_answers_no_question_of_ours(self) -> None:
        for since in ([ASKED], [ASKED, EXPIRED]):
            ticket = given(TICKET, OPENED, *BEFORE, *since)
            ticket.when(t.RateTicket(5), origin="import").then(
                t.TicketRated(5, "anna", team_id="network")
            )
            ticket.when(t.RateTicket(0), origin="import").refused("score_out_of_range")

    def test_is_none_of_what_is_no_request(self) -> None:
        spam = given(TICKET, OPENED, t.TicketMarkedSpam("open"))
        spam.when(t.RateTicket(5), origin="import").refused("not_solved")
