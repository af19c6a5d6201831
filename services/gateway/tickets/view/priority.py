"""How much a ticket matters, what kind it is and what it is about, folded."""

from datetime import datetime, timedelta

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.instants import text
from services.gateway.tickets.view.folds import Folds
from services.gateway.tickets.view.shape import AffectedItem, MajorView, TicketView


def _assessed(view: TicketView, event: t.TicketAssessed, _: Recorded[object]) -> None:
    view["impact"], view["urgency"] = event.impact, event.urgency


def _changed(view: TicketView, event: t.PriorityChanged, _: Recorded[object]) -> None:
    view["priority"], view["priority_source"] = event.priority, event.source


def _classified(view: TicketView, event: t.TicketClassified, _: Recorded[object]) -> None:
    view["type"] = event.type


def _item_set(view: TicketView, event: t.AffectedItemSet, _: Recorded[object]) -> None:
    view["affected_item"] = AffectedItem(
        service=event.service, product=event.product, asset=event.asset
    )


def _declared(view: TicketView, event: t.MajorIncidentDeclared, recorded: Recorded[object]) -> None:
    missed = view["major"]["missed"] if view["major"] is not None else 0
    view["major"] = _major(event.update_every, recorded.occurred_at, missed)


def _word(view: TicketView, event: t.MajorUpdateGiven, recorded: Recorded[object]) -> None:
    if (major := view["major"]) is not None:
        view["major"] = _major(event.update_every, recorded.occurred_at, major["missed"])


def _no_word(view: TicketView, event: t.MajorUpdateMissed, recorded: Recorded[object]) -> None:
    if (major := view["major"]) is not None:
        view["major"] = _major(event.update_every, recorded.occurred_at, major["missed"] + 1)


def _over(view: TicketView, event: t.MajorIncidentEnded, _: Recorded[object]) -> None:
    view["major"] = None


def _major(seconds: int, since: datetime, missed: int) -> MajorView:
    due = text(since + timedelta(seconds=seconds))
    return MajorView(update_every_seconds=seconds, update_due=due, missed=missed)


FOLDS: Folds = {
    t.TicketAssessed: _assessed,
    t.PriorityChanged: _changed,
    t.TicketClassified: _classified,
    t.AffectedItemSet: _item_set,
    t.MajorIncidentDeclared: _declared,
    t.MajorUpdateGiven: _word,
    t.MajorUpdateMissed: _no_word,
    t.MajorIncidentEnded: _over,
}
