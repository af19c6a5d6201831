"""What a desk writes on a ticket, folded: category, tags, fields, dates, reminders, promises."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.published.messages import ContentRef
from services.gateway.contacts.view import SealedValue
from services.gateway.instants import text
from services.gateway.tickets.view.folds import Folds, instant, without
from services.gateway.tickets.view.shape import FieldView, PromiseView, ReminderView, TicketView


def _categorized(view: TicketView, event: t.TicketCategorized, _: Recorded[object]) -> None:
    view["category"] = event.category


def _tagged(view: TicketView, event: t.TagsChanged, _: Recorded[object]) -> None:
    view["tags"] = [tag for tag in view["tags"] if tag not in event.removed] + list(event.added)


def _filled(view: TicketView, event: t.FieldsChanged, _: Recorded[object]) -> None:
    fields = dict(view["fields"])
    for change in event.changes:
        if change.personal is None and change.value is None:
            fields.pop(change.field, None)
        else:
            fields[change.field] = _value(change)
    view["fields"] = fields


def _value(change: t.FieldChange) -> FieldView:
    value = list(change.value) if isinstance(change.value, tuple) else change.value
    personal = change.personal
    sealed = SealedValue(key=personal.key, sealed=personal.sealed or "") if personal else None
    return FieldView(value=value, sealed=sealed)


def _due_set(view: TicketView, event: t.DueDateSet, _: Recorded[object]) -> None:
    view["due"] = instant(event.due)


def _estimated(view: TicketView, event: t.EstimateSet, _: Recorded[object]) -> None:
    view["estimate_seconds"] = event.seconds


def _reminder_set(view: TicketView, event: t.ReminderSet, _: Recorded[object]) -> None:
    reminder = ReminderView(
        id=event.reminder_id,
        due=text(event.due),
        agent_id=event.agent_id,
        words=_content(event.words),
    )
    view["reminders"] = view["reminders"] | {event.reminder_id: reminder}


def _reminder_over(
    view: TicketView, event: t.ReminderCancelled | t.ReminderFired, _: Recorded[object]
) -> None:
    view["reminders"] = without(view["reminders"], event.reminder_id)


def _promised(view: TicketView, event: t.PromiseMade, _: Recorded[object]) -> None:
    promise = PromiseView(
        id=event.promise_id,
        due=text(event.due),
        agent_id=event.agent_id,
        broken=False,
        words=_content(event.words),
    )
    view["promises"] = view["promises"] | {event.promise_id: promise}


def _broken(view: TicketView, event: t.PromiseBroken, _: Recorded[object]) -> None:
    broken: PromiseView = {**view["promises"][event.promise_id], "broken": True}
    view["promises"] = view["promises"] | {event.promise_id: broken}


def _promise_over(
    view: TicketView, event: t.PromiseKept | t.PromiseWithdrawn, _: Recorded[object]
) -> None:
    view["promises"] = without(view["promises"], event.promise_id)


def _content(words: ContentRef | None) -> str:
    return words.id if words is not None else ""


FOLDS: Folds = {
    t.TicketCategorized: _categorized,
    t.TagsChanged: _tagged,
    t.FieldsChanged: _filled,
    t.DueDateSet: _due_set,
    t.EstimateSet: _estimated,
    t.ReminderSet: _reminder_set,
    t.ReminderCancelled: _reminder_over,
    t.ReminderFired: _reminder_over,
    t.PromiseMade: _promised,
    t.PromiseBroken: _broken,
    t.PromiseKept: _promise_over,
    t.PromiseWithdrawn: _promise_over,
}
