"""The ticket after each of its events: one fold, put together from its topics."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.instants import text
from services.gateway.tickets.view import (
    life,
    links,
    people,
    priority,
    reports,
    talk,
    work,
    written,
)
from services.gateway.tickets.view.folds import Folds
from services.gateway.tickets.view.opening import opened
from services.gateway.tickets.view.shape import TicketView

# Their folds bring the label back together with the status.
_STANDS_AS_BEFORE = (t.ReopeningUndone, t.TicketMarkedNotSpam, t.TicketUnmerged)
_TOPICS = (life, priority, talk, written, people, work, links, reports)
FOLDS: Folds = {event: fold for topic in _TOPICS for event, fold in topic.FOLDS.items()}


def ticket_at(
    view: TicketView | None, recorded: Recorded[object], folds: Folds = FOLDS
) -> TicketView:
    """The ticket after this event. folds: for who keeps no more of it than these change.

    Raises ValueError where a log does not begin with an opening.
    """
    event = recorded.data
    if isinstance(event, t.TicketOpened):
        return opened(recorded, event)
    if view is None:
        raise ValueError(f"{recorded.aggregate_id} begins with {recorded.type}, not TicketOpened")
    before = view["status"]
    view = {
        **view,
        "sequence": recorded.sequence,
        "updated_at": text(recorded.recorded_at),
        "status": t.status_after(before, event) or before,
    }
    fold = folds.get(type(event))
    if fold is not None:
        fold(view, event, recorded)
    # A label goes with its status, unless the event that brings another status names one.
    if view["status"] != before and not isinstance(event, _STANDS_AS_BEFORE):
        view["label"] = getattr(event, "label", "")
    return view
