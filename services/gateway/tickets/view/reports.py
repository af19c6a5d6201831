"""What others report of a ticket, folded: clocks, suggestions, how content its customer is."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.instants import text
from services.gateway.tickets.view.folds import Folds
from services.gateway.tickets.view.shape import ClockView, Suggestions, SurveyView, TicketView


def _started(view: TicketView, event: t.SlaClockStarted, _: Recorded[object]) -> None:
    clock = ClockView(
        id=event.clock_id,
        metric=event.terms.metric,
        policy=event.terms.policy,
        target_seconds=event.terms.target_seconds,
        due_at=text(event.terms.due_at),
        state="running",
        warned_percent=0,
        breached=False,
        took_seconds=None,
        explained="",
        excluded=False,
    )
    view["clocks"] = view["clocks"] | {event.clock_id: clock}


def _retargeted(view: TicketView, event: t.SlaClockRetargeted, _: Recorded[object]) -> None:
    clock: ClockView = {
        **view["clocks"][event.clock_id],
        "policy": event.terms.policy,
        "target_seconds": event.terms.target_seconds,
        "due_at": text(event.terms.due_at),
    }
    view["clocks"] = view["clocks"] | {event.clock_id: clock}


def _warned(view: TicketView, event: t.SlaClockWarned, _: Recorded[object]) -> None:
    clock: ClockView = {**view["clocks"][event.clock_id], "warned_percent": event.percent}
    view["clocks"] = view["clocks"] | {event.clock_id: clock}


def _breached(view: TicketView, event: t.SlaClockBreached, _: Recorded[object]) -> None:
    clock: ClockView = {**view["clocks"][event.clock_id], "breached": True}
    view["clocks"] = view["clocks"] | {event.clock_id: clock}


def _met(view: TicketView, event: t.SlaClockMet, _: Recorded[object]) -> None:
    clock: ClockView = {
        **view["clocks"][event.clock_id],
        "state": "met",
        "took_seconds": event.took_seconds,
    }
    view["clocks"] = view["clocks"] | {event.clock_id: clock}


def _cancelled(view: TicketView, event: t.SlaClockCancelled, _: Recorded[object]) -> None:
    clock: ClockView = {**view["clocks"][event.clock_id], "state": "cancelled"}
    view["clocks"] = view["clocks"] | {event.clock_id: clock}


def _explained(view: TicketView, event: t.SlaBreachExplained, _: Recorded[object]) -> None:
    clock: ClockView = {
        **view["clocks"][event.clock_id],
        "explained": event.reason,
        "excluded": event.excluded,
    }
    view["clocks"] = view["clocks"] | {event.clock_id: clock}


def _suggested(view: TicketView, event: t.ArticlesSuggested, _: Recorded[object]) -> None:
    _count(view, shown=len(event.articles))


def _used(view: TicketView, event: t.ArticleUsed, _: Recorded[object]) -> None:
    _count(view, used=1)


def _rejected(view: TicketView, event: t.ArticleRejected, _: Recorded[object]) -> None:
    _count(view, rejected=1)


def _count(view: TicketView, shown: int = 0, used: int = 0, rejected: int = 0) -> None:
    so_far = view["suggestions"]
    view["suggestions"] = Suggestions(
        shown=so_far["shown"] + shown,
        used=so_far["used"] + used,
        rejected=so_far["rejected"] + rejected,
    )


def _asked(view: TicketView, event: t.SatisfactionAsked, recorded: Recorded[object]) -> None:
    view["survey"] = SurveyView(
        sequence=recorded.sequence,
        survey=event.survey,
        version=event.version,
        scale=event.scale,
        cycle=event.cycle,
        state="asked",
        reason="",
    )


def _delivered(view: TicketView, event: t.SurveyDelivered, _: Recorded[object]) -> None:
    survey = view["survey"]
    if survey is not None and survey["sequence"] == event.asked_sequence:
        view["survey"] = {**survey, "state": "delivered"}


def _expired(view: TicketView, event: t.SurveyExpired, _: Recorded[object]) -> None:
    survey = view["survey"]
    if survey is not None and survey["sequence"] == event.asked_sequence:
        view["survey"] = {**survey, "state": "expired"}


def _skipped(view: TicketView, event: t.SurveySkipped, recorded: Recorded[object]) -> None:
    view["survey"] = SurveyView(
        sequence=recorded.sequence,
        survey=event.survey,
        version=0,
        scale="stars5",
        cycle=0,
        state="skipped",
        reason=event.reason,
    )


def _rated(view: TicketView, event: t.TicketRated, _: Recorded[object]) -> None:
    view["rating"] = event.score
    view["rating_comment"] = event.comment.id if event.comment is not None else ""
    survey = view["survey"]
    if survey is not None and survey["sequence"] == event.asked_sequence:
        view["survey"] = {**survey, "state": "answered"}


FOLDS: Folds = {
    t.SlaClockStarted: _started,
    t.SlaClockRetargeted: _retargeted,
    t.SlaClockWarned: _warned,
    t.SlaClockBreached: _breached,
    t.SlaClockMet: _met,
    t.SlaClockCancelled: _cancelled,
    t.SlaBreachExplained: _explained,
    t.ArticlesSuggested: _suggested,
    t.ArticleUsed: _used,
    t.ArticleRejected: _rejected,
    t.SatisfactionAsked: _asked,
    t.SurveyDelivered: _delivered,
    t.SurveyExpired: _expired,
    t.SurveySkipped: _skipped,
    t.TicketRated: _rated,
}
