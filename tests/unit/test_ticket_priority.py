"""How much a ticket matters: by the matrix, or by hand for as long as a person says so."""

import msgspec
import pytest

from libs.events.published import tickets as t
from libs.events.published.setup import ITIL, Matrix, Setup
from libs.events.testing import given
from services.intake.tickets import TICKET
from services.intake.tickets.priority import RULES
from tests.support.messages import CUSTOMER, content
from tests.support.tickets import ASSIGNED, CLOSED, OPENED, SOLVED, named, public

HIGH = t.TicketAssessed("high", "high")
BY_HAND = t.PriorityChanged(4, "hand", reason="board_is_watching")
INCIDENT = t.TicketClassified("incident")
MAJOR = t.MajorIncidentDeclared(1800)
# Another desk's: two levels, and everything urgent comes first. Its third version.
CALM = Setup(3, matrix=Matrix(("all", "one"), ("now", "later"), ((1, 2), (1, 5))))

# What has happened, the command, and what comes of it.
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, list[msgspec.Struct]]] = [
    ([], t.AssessTicket(impact="high"), [t.TicketAssessed("high")]),
    (
        [t.TicketAssessed("high")],
        t.AssessTicket(urgency="low"),
        [t.TicketAssessed("high", "low", "high"), t.PriorityChanged(3, "matrix")],
    ),
    (
        [HIGH, t.PriorityChanged(1, "matrix")],
        t.AssessTicket("low", "medium"),
        [t.TicketAssessed("low", "medium", "high", "high"), t.PriorityChanged(4, "matrix", 1)],
    ),
    (
        [t.TicketAssessed("high", "medium"), t.PriorityChanged(2, "matrix")],
        t.AssessTicket("medium", "high"),
        [t.TicketAssessed("medium", "high", "high", "medium")],
    ),
    ([], t.SetPriority(4, "board_is_watching"), [BY_HAND]),
    (
        [t.PriorityChanged(3, "matrix")],
        t.SetPriority(3, "it_stays"),
        [t.PriorityChanged(3, "hand", 3, reason="it_stays")],
    ),
    ([BY_HAND], t.AssessTicket("high", "high"), [HIGH]),
    ([HIGH, BY_HAND], t.ReleasePriority(), [t.PriorityChanged(1, "matrix", 4)]),
    ([BY_HAND], t.ReleasePriority(), [t.PriorityChanged(0, "matrix", 4)]),
    ([], t.ClassifyTicket("incident"), [INCIDENT]),
    ([INCIDENT], t.ClassifyTicket("task"), [t.TicketClassified("task", "incident")]),
    (
        [],
        t.SetAffectedItem("mail", "outlook", "PC-4711"),
        [t.AffectedItemSet("mail", "outlook", "PC-4711")],
    ),
    ([t.AffectedItemSet("mail")], t.SetAffectedItem(), [t.AffectedItemSet()]),
    ([INCIDENT], t.DeclareMajorIncident(1800, "outage"), [t.MajorIncidentDeclared(1800, "outage")]),
    ([INCIDENT, MAJOR], t.DeclareMajorIncident(600), [t.MajorIncidentDeclared(600)]),
    ([INCIDENT, MAJOR], t.EndMajorIncident("over"), [t.MajorIncidentEnded("over")]),
    ([INCIDENT, MAJOR], t.MissMajorUpdate(3), [t.MajorUpdateMissed(3, 1800)]),
    (
        [INCIDENT, MAJOR, t.MajorUpdateMissed(3, 1800)],
        t.MissMajorUpdate(4),
        [t.MajorUpdateMissed(4, 1800)],
    ),
    ([INCIDENT, MAJOR], t.ClassifyTicket("problem"), [t.TicketClassified("problem", "incident")]),
]
NOTHING_TO_DO: list[tuple[list[msgspec.Struct], msgspec.Struct]] = [
    ([], t.AssessTicket()),
    ([HIGH], t.AssessTicket("high", "high")),
    ([BY_HAND], t.SetPriority(4, "another_reason")),
    ([t.PriorityChanged(3, "matrix")], t.ReleasePriority()),
    ([INCIDENT], t.ClassifyTicket("incident")),
    ([t.AffectedItemSet("mail")], t.SetAffectedItem("mail")),
    ([INCIDENT, MAJOR], t.DeclareMajorIncident(1800)),
    ([], t.EndMajorIncident()),
]
REFUSED: list[tuple[list[msgspec.Struct], msgspec.Struct, str, str]] = [
    ([], t.AssessTicket("huge", "high"), "unknown_level", "/impact"),
    ([], t.AssessTicket("high", "yesterday"), "unknown_level", "/urgency"),
    ([], t.SetPriority(0, "why_not"), "unknown_priority", "/priority"),
    ([], t.SetPriority(6, "why_not"), "unknown_priority", "/priority"),
    ([], t.SetPriority(1, ""), "reason_missing", "/reason"),
    ([INCIDENT], t.DeclareMajorIncident(0), "no_rhythm", "/update_every"),
    ([], t.DeclareMajorIncident(1800), "not_an_incident", ""),
    ([t.TicketClassified("question")], t.DeclareMajorIncident(1800), "not_an_incident", ""),
    ([INCIDENT, MAJOR], t.ClassifyTicket("question"), "major_incident", ""),
    ([INCIDENT, SOLVED], t.DeclareMajorIncident(1800), "ticket_solved", ""),
]
# On a ticket that has ended, or never was.
ONLY_WHILE_IT_LIVES: list[msgspec.Struct] = [
    t.AssessTicket("high"),
    t.SetPriority(1, "why_not"),
    t.ReleasePriority(),
    t.ClassifyTicket("task"),
    t.SetAffectedItem("mail"),
    t.DeclareMajorIncident(1800),
    t.EndMajorIncident(),
]


@pytest.mark.parametrize(("before", "wanted", "facts"), FACTS, ids=named)
def test_what_is_decided_becomes_a_fact_once(
    before: list[msgspec.Struct], wanted: msgspec.Struct, facts: list[msgspec.Struct]
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then(*facts)
    given(TICKET, OPENED, *before, *facts).when(wanted).then()


@pytest.mark.parametrize(("before", "wanted"), NOTHING_TO_DO, ids=named)
def test_what_is_so_already_changes_nothing(
    before: list[msgspec.Struct], wanted: msgspec.Struct
) -> None:
    given(TICKET, OPENED, *before).when(wanted).then()


@pytest.mark.parametrize(("before", "wanted", "code", "field"), REFUSED, ids=named)
def test_what_makes_no_sense_is_refused_where_it_is_wrong(
    before: list[msgspec.Struct], wanted: msgspec.Struct, code: str, field: str
) -> None:
    assert given(TICKET, OPENED, *before).when(wanted).refused(code).field == field


@pytest.mark.parametrize("wanted", ONLY_WHILE_IT_LIVES, ids=named)
def test_a_ticket_that_has_ended_or_never_was_matters_to_nobody(wanted: msgspec.Struct) -> None:
    given(TICKET).when(wanted).refused("no_such_ticket")
    given(TICKET, OPENED, SOLVED, CLOSED).when(wanted).refused("ticket_closed")


def test_every_rule_of_the_room_is_tested() -> None:
    tested = {type(wanted) for _, wanted, _ in FACTS}

    assert tested == set(RULES)


class TestTheDesksOwnMatrix:
    def test_decides_and_the_event_says_in_which_version(self) -> None:
        (
            given(TICKET, OPENED)
            .when(t.AssessTicket("one", "later"), setup=CALM)
            .then(
                t.TicketAssessed("one", "later", setup_version=3),
                t.PriorityChanged(5, "matrix", 0, 3),
            )
        )
        (
            given(TICKET, OPENED, t.TicketAssessed("all", "now"), BY_HAND)
            .when(t.ReleasePriority(), setup=CALM)
            .then(t.PriorityChanged(1, "matrix", 4, 3))
        )

    def test_knows_no_levels_but_its_own(self) -> None:
        refusal = (
            given(TICKET, OPENED).when(t.AssessTicket("high"), setup=CALM).refused("unknown_level")
        )

        assert refusal.sentence == "high is no level: choose one of all, one."

    @pytest.mark.parametrize(
        ("impact", "priorities"), [("high", (1, 2, 3)), ("medium", (2, 3, 4)), ("low", (3, 4, 5))]
    )
    def test_is_itils_by_default(self, impact: str, priorities: tuple[int, ...]) -> None:
        matrix = ITIL

        assert tuple(matrix.priority(impact, urgency) for urgency in matrix.urgencies) == priorities


class TestAMajorIncident:
    def test_owes_a_public_word_and_an_answer_is_one(self) -> None:
        replied = t.AgentReplied("anna", CUSTOMER, "support", public("we are on it"))
        (
            given(TICKET, OPENED, ASSIGNED, INCIDENT, MAJOR)
            .when(t.ReplyToCustomer(content("we are on it")))
            .then(replied, t.MajorUpdateGiven(1800))
        )

    def test_after_a_word_the_time_runs_from_there(self) -> None:
        replied = t.AgentReplied("anna", CUSTOMER, "support", public("we are on it"))
        told = given(TICKET, OPENED, INCIDENT, MAJOR, replied, t.MajorUpdateGiven(1800))
        told.when(t.MissMajorUpdate(3)).then()
        told.when(t.MissMajorUpdate(5)).then(t.MajorUpdateMissed(5, 1800))

    @pytest.mark.parametrize(
        "since_then", [[t.MajorIncidentEnded()], [SOLVED, CLOSED]], ids=["ended", "closed"]
    )
    def test_that_is_over_owes_nothing(self, since_then: list[msgspec.Struct]) -> None:
        given(TICKET, OPENED, INCIDENT, MAJOR, *since_then).when(t.MissMajorUpdate(3)).then()

    def test_ends_with_its_solution(self) -> None:
        (
            given(TICKET, OPENED, ASSIGNED, INCIDENT, MAJOR)
            .when(t.SolveTicket("workaround"))
            .then(t.MajorIncidentEnded("solved"), SOLVED)
        )
