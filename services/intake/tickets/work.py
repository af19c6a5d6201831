"""Work that was done on a ticket, by whom and for how long."""

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.rules import Events, Folds, Rules
from services.intake.tickets.asked import Asked, acting_agent, not_closed, opened
from services.intake.tickets.state import TicketState, Working


def start(state: TicketState, wanted: t.StartWork, asked: Asked) -> Events:
    """Another activity of the same agent ends the one before."""
    not_closed(state)
    agent_id = acting_agent(asked)
    working = state.working.get(agent_id)
    if working is None:
        return [t.WorkStarted(agent_id, wanted.activity)]
    if working.activity == wanted.activity:
        return []
    return [_stopped(agent_id, working, asked), t.WorkStarted(agent_id, wanted.activity)]


def stop(state: TicketState, wanted: t.StopWork, asked: Asked) -> Events:
    """Also on a ticket that was closed meanwhile."""
    opened(state)
    agent_id = wanted.agent_id or acting_agent(asked)
    working = state.working.get(agent_id)
    return [_stopped(agent_id, working, asked)] if working is not None else []


def log(state: TicketState, wanted: t.LogTime, asked: Asked) -> Events:
    """Also on a closed ticket: time is often written down later."""
    opened(state)
    if wanted.seconds <= 0:
        raise Refusal("no_time", "Log one second or more.", "/seconds")
    agent_id = wanted.agent_id or acting_agent(asked)
    return [t.TimeLogged(agent_id, wanted.seconds, wanted.activity, wanted.started_at)]


def correct(state: TicketState, wanted: t.CorrectTime, asked: Asked) -> Events:
    opened(state)
    seconds = state.logged.get(wanted.logged_sequence)
    if seconds is None:
        raise Refusal(
            "no_such_time",
            f"Event {wanted.logged_sequence} of this ticket logs no time.",
            "/logged_sequence",
        )
    if wanted.seconds < 0:
        raise Refusal("negative_time", "It is zero seconds or more.", "/seconds")
    if wanted.seconds == seconds:
        return []
    return [t.TimeCorrected(wanted.logged_sequence, wanted.seconds, seconds)]


def live_talk(state: TicketState, wanted: t.RecordLiveTalk, asked: Asked) -> Events:
    opened(state)
    if min(wanted.talk_seconds, wanted.hold_seconds, wanted.wrap_up_seconds) < 0:
        raise Refusal("negative_time", "Times are zero seconds or more.", "/talk_seconds")
    return [
        t.LiveTalkRecorded(
            wanted.channel,
            wanted.direction,
            wanted.started_at,
            wanted.talk_seconds,
            wanted.agent_id or asked.agent_id,
            wanted.contact_id,
            wanted.hold_seconds,
            wanted.wrap_up_seconds,
        )
    ]


def _stopped(agent_id: str, working: Working, asked: Asked) -> t.WorkStopped:
    seconds = max(0, round((asked.happened_at - working.since).total_seconds()))
    return t.WorkStopped(agent_id, working.sequence, seconds, working.activity)


def _started(state: TicketState, event: t.WorkStarted, recorded: Recorded[object]) -> None:
    working = Working(recorded.sequence, recorded.occurred_at, event.activity)
    state.working[event.agent_id] = working


def _stops(state: TicketState, event: t.WorkStopped, recorded: Recorded[object]) -> None:
    state.working.pop(event.agent_id, None)
    state.logged[recorded.sequence] = event.seconds


def _logged(state: TicketState, event: t.TimeLogged, recorded: Recorded[object]) -> None:
    state.logged[recorded.sequence] = event.seconds


def _corrected(state: TicketState, event: t.TimeCorrected, _: Recorded[object]) -> None:
    state.logged[event.logged_sequence] = event.seconds


RULES: Rules = {
    t.StartWork: start,
    t.StopWork: stop,
    t.LogTime: log,
    t.CorrectTime: correct,
    t.RecordLiveTalk: live_talk,
}
FOLDS: Folds = {
    t.WorkStarted: _started,
    t.WorkStopped: _stops,
    t.TimeLogged: _logged,
    t.TimeCorrected: _corrected,
}
