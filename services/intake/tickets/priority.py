"""How much a ticket matters, what kind it is and what it is about."""

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.published.setup import Matrix, Setup
from libs.events.rules import Events, Folds, Rules
from services.intake.tickets.asked import Asked, not_closed
from services.intake.tickets.state import Major, TicketState

CAN_BE_MAJOR = ("incident", "problem")


def assess(state: TicketState, wanted: t.AssessTicket, asked: Asked) -> Events:
    not_closed(state)
    matrix = asked.setup.matrix
    impact, urgency = wanted.impact or state.impact, wanted.urgency or state.urgency
    _expect_levels(matrix, impact, urgency)
    if (impact, urgency) == (state.impact, state.urgency):
        return []
    assessed = t.TicketAssessed(impact, urgency, state.impact, state.urgency, asked.setup.version)
    if state.priority_by_hand:
        return [assessed]
    return [assessed, *_by_matrix(state, asked.setup, impact, urgency)]


def set_priority(state: TicketState, wanted: t.SetPriority, asked: Asked) -> Events:
    not_closed(state)
    if not 1 <= wanted.priority <= 5:
        raise Refusal("unknown_priority", "Give a priority from 1 (first) to 5.", "/priority")
    if not wanted.reason:
        raise Refusal("reason_missing", "Say why the matrix is not to decide.", "/reason")
    if state.priority_by_hand and state.priority == wanted.priority:
        return []
    return [t.PriorityChanged(wanted.priority, "hand", state.priority, reason=wanted.reason)]


def release_priority(state: TicketState, wanted: t.ReleasePriority, asked: Asked) -> Events:
    not_closed(state)
    if not state.priority_by_hand:
        return []
    _expect_levels(asked.setup.matrix, state.impact, state.urgency)
    priority = asked.setup.matrix.priority(state.impact, state.urgency)
    return [t.PriorityChanged(priority, "matrix", state.priority, asked.setup.version)]


def classify(state: TicketState, wanted: t.ClassifyTicket, asked: Asked) -> Events:
    not_closed(state)
    if state.major is not None and wanted.type not in CAN_BE_MAJOR:
        raise Refusal("major_incident", "A major incident stays one of its type; end it first.")
    return [] if wanted.type == state.type else [t.TicketClassified(wanted.type, state.type)]


def set_affected_item(state: TicketState, wanted: t.SetAffectedItem, asked: Asked) -> Events:
    not_closed(state)
    item = (wanted.service, wanted.product, wanted.asset)
    return [] if item == state.affected_item else [t.AffectedItemSet(*item)]


def declare_major(state: TicketState, wanted: t.DeclareMajorIncident, asked: Asked) -> Events:
    if not_closed(state) == "solved":
        raise Refusal("ticket_solved", "A solved ticket owes nobody news; reopen it first.")
    if wanted.update_every <= 0:
        raise Refusal(
            "no_rhythm", "Say after how many seconds the next word is due.", "/update_every"
        )
    if state.type not in CAN_BE_MAJOR:
        raise Refusal("not_an_incident", "Only an incident or a problem can be major: classify it.")
    if state.major is not None and state.major.update_every == wanted.update_every:
        return []
    return [t.MajorIncidentDeclared(wanted.update_every, wanted.reason)]


def end_major(state: TicketState, wanted: t.EndMajorIncident, asked: Asked) -> Events:
    not_closed(state)
    return [t.MajorIncidentEnded(wanted.reason)] if state.major is not None else []


def miss_major_update(state: TicketState, wanted: t.MissMajorUpdate, asked: Asked) -> Events:
    """A late word of the timer's is no error."""
    major = state.major
    if major is None or major.since != wanted.since or state.status == "closed":
        return []
    return [t.MajorUpdateMissed(wanted.since, major.update_every)]


def _expect_levels(matrix: Matrix, impact: str, urgency: str) -> None:
    """Raises Refusal for a level that the matrix has not, or has not any more."""
    for level, known, field in (
        (impact, matrix.impacts, "/impact"),
        (urgency, matrix.urgencies, "/urgency"),
    ):
        if level and level not in known:
            raise Refusal(
                "unknown_level", f"{level} is no level: choose one of {', '.join(known)}.", field
            )


def _by_matrix(state: TicketState, setup: Setup, impact: str, urgency: str) -> Events:
    priority = setup.matrix.priority(impact, urgency)
    if priority == state.priority:
        return []
    return [t.PriorityChanged(priority, "matrix", state.priority, setup.version)]


def _assessed(state: TicketState, event: t.TicketAssessed, _: Recorded[object]) -> None:
    state.impact, state.urgency = event.impact, event.urgency


def _changed(state: TicketState, event: t.PriorityChanged, _: Recorded[object]) -> None:
    state.priority, state.priority_by_hand = event.priority, event.source == "hand"


def _classified(state: TicketState, event: t.TicketClassified, _: Recorded[object]) -> None:
    state.type = event.type


def _item_set(state: TicketState, event: t.AffectedItemSet, _: Recorded[object]) -> None:
    state.affected_item = (event.service, event.product, event.asset)


def _declared(
    state: TicketState, event: t.MajorIncidentDeclared, recorded: Recorded[object]
) -> None:
    state.major = Major(recorded.sequence, event.update_every)
    state.revival = state.disturbed = None


def _word(
    state: TicketState,
    event: t.MajorUpdateGiven | t.MajorUpdateMissed,
    recorded: Recorded[object],
) -> None:
    state.major = Major(recorded.sequence, event.update_every)


def _ended(state: TicketState, event: t.MajorIncidentEnded, _: Recorded[object]) -> None:
    state.major = None


RULES: Rules = {
    t.AssessTicket: assess,
    t.SetPriority: set_priority,
    t.ReleasePriority: release_priority,
    t.ClassifyTicket: classify,
    t.SetAffectedItem: set_affected_item,
    t.DeclareMajorIncident: declare_major,
    t.EndMajorIncident: end_major,
    t.MissMajorUpdate: miss_major_update,
}
FOLDS: Folds = {
    t.TicketAssessed: _assessed,
    t.PriorityChanged: _changed,
    t.TicketClassified: _classified,
    t.AffectedItemSet: _item_set,
    t.MajorIncidentDeclared: _declared,
    t.MajorUpdateGiven: _word,
    t.MajorUpdateMissed: _word,
    t.MajorIncidentEnded: _ended,
}
