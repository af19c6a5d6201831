"""How content the customer is: asked, delivered, answered, or why not."""

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.rules import Events, Folds, Rules
from services.intake.tickets.asked import Asked, opened
from services.intake.tickets.life import expect_solved
from services.intake.tickets.state import Rating, Survey, TicketState

# The scores of each scale, the worst and the best.
SCORES = {
    "stars5": (1, 5),
    "smile3": (1, 3),
    "thumb2": (0, 1),
    "csat5": (1, 5),
    "ces7": (1, 7),
    "nps11": (0, 10),
}


def ask(state: TicketState, wanted: t.AskSatisfaction, asked: Asked) -> Events:
    """Once a solution."""
    opened(state)
    solution = expect_solved(state, "asked about")
    if state.survey is not None and state.survey.sequence > solution.sequence:
        return []
    credited = (solution.agent_id, solution.team_id)
    question = (wanted.survey, wanted.version, wanted.scale)
    return [t.SatisfactionAsked(*question, state.cycles, *credited)]


def delivered(state: TicketState, wanted: t.RecordSurveyDelivery, asked: Asked) -> Events:
    survey = _survey(state, wanted.asked_sequence)
    if survey is None or survey.delivered or survey.expired:
        return []
    return [t.SurveyDelivered(survey.sequence)]


def expire(state: TicketState, wanted: t.ExpireSurvey, asked: Asked) -> Events:
    """An answer that came in time stays."""
    survey = _survey(state, wanted.asked_sequence)
    return [] if survey is None or survey.expired else [t.SurveyExpired(survey.sequence)]


def skip(state: TicketState, wanted: t.SkipSurvey, asked: Asked) -> Events:
    opened(state)
    expect_solved(state, "asked about")
    return [t.SurveySkipped(wanted.survey, wanted.reason)]


def rate(state: TicketState, wanted: t.RateTicket, asked: Asked) -> Events:
    """What was rated elsewhere was solved there, even where it is not solved here; and it answers
    no question of ours."""
    opened(state)
    elsewhere = asked.origin == "import" and not state.ended_as
    solution = state.solution if elsewhere else expect_solved(state, "rated")
    survey = None if elsewhere else state.survey
    if survey is not None and solution is not None and survey.sequence < solution.sequence:
        survey = None
    if survey is not None and survey.expired:
        raise Refusal("survey_over", "The time to answer this survey, or to change it, is over.")
    worst, best = SCORES[survey.scale if survey else "stars5"]
    if not worst <= wanted.score <= best:
        raise Refusal(
            "score_out_of_range", f"Give a score from {worst} (bad) to {best} (good).", "/score"
        )
    before = state.rating
    credited = survey or solution or state
    comment_id = wanted.comment.id if wanted.comment else ""
    if before is not None and (before.score, before.comment_id) == (wanted.score, comment_id):
        return []
    return [
        t.TicketRated(
            wanted.score,
            credited.agent_id,
            wanted.comment,
            before.score if before else 0,
            survey.sequence if survey else 0,
            credited.team_id,
        )
    ]


def _survey(state: TicketState, asked_sequence: int) -> Survey | None:
    opened(state)
    survey = state.survey
    return survey if survey is not None and survey.sequence == asked_sequence else None


def _asked(state: TicketState, event: t.SatisfactionAsked, recorded: Recorded[object]) -> None:
    state.survey = Survey(recorded.sequence, event.scale, event.agent_id, event.team_id)


def _delivered(state: TicketState, event: t.SurveyDelivered, _: Recorded[object]) -> None:
    if state.survey is not None:
        state.survey = msgspec.structs.replace(state.survey, delivered=True)


def _expired(state: TicketState, event: t.SurveyExpired, _: Recorded[object]) -> None:
    if state.survey is not None:
        state.survey = msgspec.structs.replace(state.survey, expired=True)


def _rated(state: TicketState, event: t.TicketRated, _: Recorded[object]) -> None:
    state.rating = Rating(event.score, event.comment.id if event.comment else "")


RULES: Rules = {
    t.AskSatisfaction: ask,
    t.RecordSurveyDelivery: delivered,
    t.ExpireSurvey: expire,
    t.SkipSurvey: skip,
    t.RateTicket: rate,
}
FOLDS: Folds = {
    t.SatisfactionAsked: _asked,
    t.SurveyDelivered: _delivered,
    t.SurveyExpired: _expired,
    t.TicketRated: _rated,
}
