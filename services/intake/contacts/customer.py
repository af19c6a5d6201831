"""What holds for contacts and organisations alike: plan, VIP, tags, notes, custom fields."""

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import contacts as c
from libs.events.rules import Events, Folds, Rules, agent_of
from services.intake.contacts.asked import Asked

MOST_CHARACTERS = 500


class CustomerState(msgspec.Struct, omit_defaults=True):
    """fields: values by field; of a personal one only that it is filled in ("")."""

    plan: str = ""
    channels: tuple[str, ...] = ()
    vip: bool = False
    tags: tuple[str, ...] = ()
    fields: dict[str, str] = {}
    notes: tuple[str, ...] = ()


def _set_plan(state: CustomerState, wanted: c.SetCustomerPlan, asked: Asked) -> Events:
    channels = tuple(sorted(set(wanted.channels)))
    if (wanted.plan, channels) == (state.plan, state.channels):
        return []
    if channels and not wanted.plan:
        raise Refusal("no_plan", "Name the plan that entitles to these channels.", "/plan")
    return [c.CustomerPlanChanged(wanted.plan, channels, state.plan)]


def _mark_vip(state: CustomerState, wanted: c.MarkCustomerVip, asked: Asked) -> Events:
    return [] if state.vip else [c.CustomerMarkedVip(wanted.reason)]


def _unmark_vip(state: CustomerState, wanted: c.UnmarkCustomerVip, asked: Asked) -> Events:
    return [c.CustomerUnmarkedVip(wanted.reason)] if state.vip else []


def _tag(state: CustomerState, wanted: c.TagCustomer, asked: Asked) -> Events:
    if "" in wanted.tags:
        raise Refusal("empty_tag", "A tag has at least one character.", "/tags")
    new = tuple(sorted(set(wanted.tags) - set(state.tags)))
    return [c.CustomerTagged(new)] if new else []


def _untag(state: CustomerState, wanted: c.UntagCustomer, asked: Asked) -> Events:
    gone = tuple(sorted(set(wanted.tags) & set(state.tags)))
    return [c.CustomerUntagged(gone)] if gone else []


def _note(state: CustomerState, wanted: c.AddCustomerNote, asked: Asked) -> Events:
    return [c.CustomerNoteAdded(wanted.note, agent_of(asked.actor), wanted.length)]


def _remove_note(state: CustomerState, wanted: c.RemoveCustomerNote, asked: Asked) -> Events:
    if wanted.note_id not in state.notes:
        raise Refusal("no_such_note", "There is no such note about them (any more).")
    return [c.CustomerNoteRemoved(wanted.note_id)]


def _set_field(state: CustomerState, wanted: c.SetCustomerField, asked: Asked) -> Events:
    named(wanted.field)
    if len(wanted.value) > MOST_CHARACTERS:
        sentence = f"A field takes at most {MOST_CHARACTERS} characters; write a note instead."
        raise Refusal("too_long", sentence, "/value")
    if not wanted.value:
        raise Refusal("empty_field", "Clear the field instead of filling in nothing.", "/value")
    same = state.fields.get(wanted.field) == wanted.value
    return [] if same else [c.CustomerFieldSet(wanted.field, wanted.value)]


def _clear_field(state: CustomerState, wanted: c.ClearCustomerField, asked: Asked) -> Events:
    return [c.CustomerFieldCleared(wanted.field)] if wanted.field in state.fields else []


def named(code: str, pointer: str = "/field") -> None:
    """Refuse a field, or a system, without a name."""
    if not code:
        raise Refusal("no_name", "Name it with a code, such as customer_number.", pointer)


def _has_plan(state: CustomerState, event: c.CustomerPlanChanged, _: Recorded[object]) -> None:
    state.plan, state.channels = event.plan, event.channels


def _is_vip(state: CustomerState, event: c.CustomerMarkedVip, _: Recorded[object]) -> None:
    state.vip = True


def _is_no_vip(state: CustomerState, event: c.CustomerUnmarkedVip, _: Recorded[object]) -> None:
    state.vip = False


def _tagged(state: CustomerState, event: c.CustomerTagged, _: Recorded[object]) -> None:
    state.tags = tuple(sorted({*state.tags, *event.tags}))


def _untagged(state: CustomerState, event: c.CustomerUntagged, _: Recorded[object]) -> None:
    state.tags = tuple(tag for tag in state.tags if tag not in event.tags)


def _noted(state: CustomerState, event: c.CustomerNoteAdded, _: Recorded[object]) -> None:
    state.notes = (*state.notes, event.note.id)


def _note_gone(state: CustomerState, event: c.CustomerNoteRemoved, _: Recorded[object]) -> None:
    state.notes = tuple(id for id in state.notes if id != event.note_id)


def _filled_in(state: CustomerState, event: c.CustomerFieldSet, _: Recorded[object]) -> None:
    state.fields = {**state.fields, event.field: event.value}


def _emptied(state: CustomerState, event: c.CustomerFieldCleared, _: Recorded[object]) -> None:
    state.fields = {name: value for name, value in state.fields.items() if name != event.field}


RULES: Rules = {
    c.SetCustomerPlan: _set_plan,
    c.MarkCustomerVip: _mark_vip,
    c.UnmarkCustomerVip: _unmark_vip,
    c.TagCustomer: _tag,
    c.UntagCustomer: _untag,
    c.AddCustomerNote: _note,
    c.RemoveCustomerNote: _remove_note,
    c.SetCustomerField: _set_field,
    c.ClearCustomerField: _clear_field,
}
FOLDS: Folds = {
    c.CustomerPlanChanged: _has_plan,
    c.CustomerMarkedVip: _is_vip,
    c.CustomerUnmarkedVip: _is_no_vip,
    c.CustomerTagged: _tagged,
    c.CustomerUntagged: _untagged,
    c.CustomerNoteAdded: _noted,
    c.CustomerNoteRemoved: _note_gone,
    c.CustomerFieldSet: _filled_in,
    c.CustomerFieldCleared: _emptied,
}
