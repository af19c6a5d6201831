"""Work on a ticket, folded: who is at it, and the time that went into it."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.instants import text
from services.gateway.tickets.view.folds import Folds, without
from services.gateway.tickets.view.shape import LoggedTime, TalkView, TicketView, WorkView


def _started(view: TicketView, event: t.WorkStarted, recorded: Recorded[object]) -> None:
    work = WorkView(
        agent_id=event.agent_id, since=text(recorded.occurred_at), activity=event.activity
    )
    view["at_work"] = view["at_work"] | {event.agent_id: work}


def _stopped(view: TicketView, event: t.WorkStopped, recorded: Recorded[object]) -> None:
    view["at_work"] = without(view["at_work"], event.agent_id)
    _logged(view, event, recorded)


def _logged(
    view: TicketView, event: t.WorkStopped | t.TimeLogged, recorded: Recorded[object]
) -> None:
    logged = LoggedTime(
        sequence=recorded.sequence,
        agent_id=event.agent_id,
        seconds=event.seconds,
        activity=event.activity,
    )
    view["logged"] = view["logged"] | {str(recorded.sequence): logged}


def _corrected(view: TicketView, event: t.TimeCorrected, _: Recorded[object]) -> None:
    sequence = str(event.logged_sequence)
    corrected: LoggedTime = {**view["logged"][sequence], "seconds": event.seconds}
    view["logged"] = view["logged"] | {sequence: corrected}


def _talked(view: TicketView, event: t.LiveTalkRecorded, _: Recorded[object]) -> None:
    talk = view["talk"]
    view["talk"] = TalkView(
        count=talk["count"] + 1,
        talk_seconds=talk["talk_seconds"] + event.talk_seconds,
        hold_seconds=talk["hold_seconds"] + event.hold_seconds,
        wrap_up_seconds=talk["wrap_up_seconds"] + event.wrap_up_seconds,
    )


FOLDS: Folds = {
    t.WorkStarted: _started,
    t.WorkStopped: _stopped,
    t.TimeLogged: _logged,
    t.TimeCorrected: _corrected,
    t.LiveTalkRecorded: _talked,
}
