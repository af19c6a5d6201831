"""A customer is asked how content they are, some time after their request was solved, and no answer
counts any more some time after that. One instance a ticket.

Whether they are asked at all is looked up when the instant has come: they may have said that they
want no more questions, or have been asked lately. That they are not is a fact, with its reason.
"""

from datetime import datetime, timedelta

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.process import Origin, ProcessManager, Reaction
from libs.events.published import tickets as t

SURVEY, SURVEY_VERSION = "satisfaction", 1
# Nobody is asked twice within so long.
LATELY = timedelta(days=7)


class Ask(msgspec.Struct, frozen=True):
    """Effect: ask the customer of this ticket about its solution, or say why not.

    at: when it was to be asked.
    """

    ticket_id: str
    solved_sequence: int
    rated: bool
    at: datetime
    origin: Origin


class SurveyingState(msgspec.Struct, omit_defaults=True):
    """solved: sequence of the solution that is to be asked about, 0 for none; asked: of the
    question that can still be answered; open_for: seconds from the one to the other's end; rated:
    its customer has judged it unasked; due: the next instant; resting: the solution that a message
    has undone which may turn out to want nothing."""

    solved: int = 0
    resting: int = 0
    due: datetime | None = None
    asked: int = 0
    open_for: int = 0
    rated: bool = False
    origin: Origin | None = None


def react(state: SurveyingState, recorded: Recorded[object]) -> Reaction:
    """Set the instants, and take them back where there is nothing to ask about any more."""
    match recorded.data:
        case t.TicketSolved(ask_after=after, ask_for=open_for) if after:
            state.solved, state.asked, state.rated = recorded.sequence, 0, False
            state.open_for, state.origin = open_for, Origin.of(recorded)
            return _wake(state, recorded.recorded_at + timedelta(seconds=after))
        case t.SatisfactionAsked() if state.solved:
            state.asked = recorded.sequence
            return _wake(state, recorded.recorded_at + timedelta(seconds=state.open_for))
        case t.TicketRated():
            state.rated = True
            return Reaction()
        case t.TicketReopened() if state.solved:
            state.resting, state.solved = state.solved, 0
            return Reaction().wake(None)
        case t.ReopeningUndone() if state.resting:
            state.solved, state.resting = state.resting, 0
            return Reaction().wake(state.due)
        case t.TicketCancelled() | t.TicketMarkedSpam() | t.TicketMerged():
            state.solved = state.resting = 0
            return Reaction().wake(None)
        case _:
            return Reaction()


def _wake(state: SurveyingState, due: datetime) -> Reaction:
    state.due, state.resting = due, 0
    return Reaction().wake(due)


def on_due(state: SurveyingState, ticket_id: str, due: datetime) -> Reaction:
    """Ask, or end what was asked."""
    if state.origin is None or not state.solved:
        return Reaction().wake(None)
    if not state.asked:
        ask = Ask(ticket_id, state.solved, state.rated, due, state.origin)
        return Reaction(effects=[ask]).wake(None)
    expire, state.solved = state.asked, 0
    ended = SURVEYING.command_id(ticket_id, "expire", str(expire))
    data = t.ExpireSurvey(expire)
    return Reaction([SURVEYING.follows(state.origin, ticket_id, data, ended)]).wake(None)


def question(ask: Ask, reason: str) -> Command[object]:
    """The command that asks or, for a reason, does not."""
    data: t.AskSatisfaction | t.SkipSurvey
    data = t.SkipSurvey(SURVEY, reason) if reason else t.AskSatisfaction(SURVEY, SURVEY_VERSION)
    id = SURVEYING.command_id(ask.ticket_id, "ask", str(ask.solved_sequence))
    return SURVEYING.follows(ask.origin, ask.ticket_id, data, id)


SURVEYING: ProcessManager[SurveyingState] = ProcessManager(
    service="intake",
    name="surveying",
    sources=("tickets.events",),
    interests=(
        t.TicketSolved,
        t.SatisfactionAsked,
        t.TicketRated,
        t.TicketReopened,
        t.ReopeningUndone,
        t.TicketCancelled,
        t.TicketMarkedSpam,
        t.TicketMerged,
    ),
    state=SurveyingState,
    key=lambda recorded: recorded.aggregate_id if recorded.origin == "live" else None,
    react=react,
    on_due=on_due,
)
