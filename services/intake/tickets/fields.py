"""What a desk writes on a ticket: category, tags, fields of its own, dates, reminders, promises."""

from collections.abc import Sequence

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.published.setup import Setup
from libs.events.rules import Events, Folds, Rules
from services.intake.setup.values import Values, told, wrong
from services.intake.tickets.asked import Asked, acting_agent, in_future, not_closed, opened
from services.intake.tickets.conditions import is_visible, values_of
from services.intake.tickets.state import Promise, Reminder, TicketState


def categorize(state: TicketState, wanted: t.CategorizeTicket, asked: Asked) -> Events:
    not_closed(state)
    known = asked.setup.categories
    if wanted.category and known and wanted.category not in known:
        raise Refusal("unknown_category", "This desk has no such category.", "/category")
    if wanted.category == state.category:
        return []
    return [t.TicketCategorized(wanted.category, state.category, asked.setup.version)]


def change_tags(state: TicketState, wanted: t.ChangeTags, asked: Asked) -> Events:
    not_closed(state)
    if set(wanted.add) & set(wanted.remove):
        raise Refusal("tag_twice", "A tag cannot be put on and taken off at once.", "/remove")
    added = tuple(tag for tag in dict.fromkeys(wanted.add) if tag not in state.tags)
    removed = tuple(tag for tag in dict.fromkeys(wanted.remove) if tag in state.tags)
    return [t.TagsChanged(added, removed)] if added or removed else []


def set_fields(state: TicketState, wanted: t.SetFields, asked: Asked) -> Events:
    """All of them or none; what is so already is left out."""
    not_closed(state)
    if len({change.field for change in wanted.changes}) < len(wanted.changes):
        raise Refusal("field_twice", "Give each field one value.", "/changes")
    values = _values_after(state, wanted.changes)
    changes = [
        _checked(state, change, asked.setup, values, f"/changes/{place}")
        for place, change in enumerate(wanted.changes)
    ]
    news = tuple(c for c in changes if c.personal or c.value != state.fields.get(c.field))
    return [t.FieldsChanged(news)] if news else []


def _checked(
    state: TicketState, change: t.FieldChange, setup: Setup, values: Values, where: str
) -> t.FieldChange:
    definition = setup.fields.get(change.field)
    if definition is None:
        raise Refusal("unknown_field", f"This desk has no field {change.field!r}.", where)
    if definition.personal and change.value is not None:
        raise Refusal("personal_field", f"{change.field} is personal: send it sealed.", where)
    if not definition.personal and change.personal is not None:
        raise Refusal("not_personal", f"{change.field} is not personal: send it in clear.", where)
    if change.value is not None and (why := wrong(definition, change.value)):
        raise Refusal("wrong_value", f"{change.field}: {why}.", where)
    filled = change.value is not None or change.personal is not None
    if filled and not is_visible(change.field, setup, values):
        raise Refusal(
            "field_not_visible",
            f"{change.field} is only asked for when {told(definition.visible_when)}.",
            where,
        )
    personal = change.personal.under(state.requester_id) if change.personal else None
    return t.FieldChange(change.field, change.value, personal, setup.version)


def _values_after(state: TicketState, changes: Sequence[t.FieldChange]) -> Values:
    """What conditions are asked of: the ticket as it will be."""
    values = {**values_of(state)}
    for change in changes:
        values.pop(change.field, None)
        if change.value is not None:
            values[change.field] = change.value
    return values


def set_due(state: TicketState, wanted: t.SetDueDate, asked: Asked) -> Events:
    not_closed(state)
    return [] if wanted.due == state.due else [t.DueDateSet(wanted.due, state.due)]


def set_estimate(state: TicketState, wanted: t.SetEstimate, asked: Asked) -> Events:
    not_closed(state)
    if wanted.seconds < 0:
        raise Refusal("negative_time", "An estimate is zero seconds or more.", "/seconds")
    if wanted.seconds == state.estimate:
        return []
    return [t.EstimateSet(wanted.seconds, state.estimate)]


def set_reminder(state: TicketState, wanted: t.SetReminder, asked: Asked) -> Events:
    not_closed(state)
    if not wanted.agent_id:
        raise Refusal("nobody_to_remind", "Name the agent to remind.", "/agent_id")
    if state.reminders.get(wanted.reminder_id) == Reminder(wanted.agent_id, wanted.due):
        return []
    due = in_future(wanted.due, asked, "/due")
    return [t.ReminderSet(wanted.reminder_id, due, wanted.agent_id, wanted.words)]


def cancel_reminder(state: TicketState, wanted: t.CancelReminder, asked: Asked) -> Events:
    opened(state)
    there = wanted.reminder_id in state.reminders
    return [t.ReminderCancelled(wanted.reminder_id)] if there else []


def fire_reminder(state: TicketState, wanted: t.FireReminder, asked: Asked) -> Events:
    """A late word of the timer's is no error."""
    reminder = state.reminders.get(wanted.reminder_id)
    if reminder is None or reminder.due != wanted.due:
        return []
    return [t.ReminderFired(wanted.reminder_id, reminder.agent_id, reminder.due)]


def make_promise(state: TicketState, wanted: t.MakePromise, asked: Asked) -> Events:
    not_closed(state)
    agent_id = acting_agent(asked)
    if wanted.promise_id in state.promises:
        return []
    due = in_future(wanted.due, asked, "/due")
    return [t.PromiseMade(wanted.promise_id, agent_id, due, wanted.words)]


def keep_promise(state: TicketState, wanted: t.KeepPromise, asked: Asked) -> Events:
    """In time by when it happened in the world, whatever the timer has said since."""
    promise = _promise(state, wanted.promise_id)
    late = asked.happened_at > promise.due
    return [t.PromiseKept(wanted.promise_id, promise.agent_id, promise.due, late)]


def break_promise(state: TicketState, wanted: t.BreakPromise, asked: Asked) -> Events:
    """A late word of the timer's is no error."""
    promise = state.promises.get(wanted.promise_id)
    if promise is None or promise.broken or promise.due != wanted.due:
        return []
    return [t.PromiseBroken(wanted.promise_id, promise.agent_id, promise.due)]


def withdraw_promise(state: TicketState, wanted: t.WithdrawPromise, asked: Asked) -> Events:
    _promise(state, wanted.promise_id)
    return [t.PromiseWithdrawn(wanted.promise_id)]


def _promise(state: TicketState, promise_id: str) -> Promise:
    opened(state)
    found = state.promises.get(promise_id)
    if found is None:
        raise Refusal(
            "no_such_promise", "No such promise is open: it was kept or withdrawn.", "/promise_id"
        )
    return found


def _categorized(state: TicketState, event: t.TicketCategorized, _: Recorded[object]) -> None:
    state.category = event.category


def _tagged(state: TicketState, event: t.TagsChanged, _: Recorded[object]) -> None:
    state.tags |= dict.fromkeys(event.added)
    for tag in event.removed:
        state.tags.pop(tag, None)


def _filled(state: TicketState, event: t.FieldsChanged, _: Recorded[object]) -> None:
    """Of a personal value only that there is one."""
    for change in event.changes:
        value = True if change.personal else change.value
        if value is None:
            state.fields.pop(change.field, None)
        else:
            state.fields[change.field] = value


def _due_set(state: TicketState, event: t.DueDateSet, _: Recorded[object]) -> None:
    state.due = event.due


def _estimated(state: TicketState, event: t.EstimateSet, _: Recorded[object]) -> None:
    state.estimate = event.seconds


def _reminder_set(state: TicketState, event: t.ReminderSet, _: Recorded[object]) -> None:
    state.reminders[event.reminder_id] = Reminder(event.agent_id, event.due)


def _reminder_over(
    state: TicketState, event: t.ReminderCancelled | t.ReminderFired, _: Recorded[object]
) -> None:
    state.reminders.pop(event.reminder_id, None)


def _promised(state: TicketState, event: t.PromiseMade, _: Recorded[object]) -> None:
    state.promises[event.promise_id] = Promise(event.agent_id, event.due)


def _broken(state: TicketState, event: t.PromiseBroken, _: Recorded[object]) -> None:
    promise = state.promises[event.promise_id]
    state.promises[event.promise_id] = msgspec.structs.replace(promise, broken=True)


def _promise_over(
    state: TicketState, event: t.PromiseKept | t.PromiseWithdrawn, _: Recorded[object]
) -> None:
    state.promises.pop(event.promise_id, None)


RULES: Rules = {
    t.CategorizeTicket: categorize,
    t.ChangeTags: change_tags,
    t.SetFields: set_fields,
    t.SetDueDate: set_due,
    t.SetEstimate: set_estimate,
    t.SetReminder: set_reminder,
    t.CancelReminder: cancel_reminder,
    t.FireReminder: fire_reminder,
    t.MakePromise: make_promise,
    t.KeepPromise: keep_promise,
    t.BreakPromise: break_promise,
    t.WithdrawPromise: withdraw_promise,
}
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
    t.PromiseKept: _promise_over,
    t.PromiseBroken: _broken,
    t.PromiseWithdrawn: _promise_over,
}
