"""Two contacts become one and can become two again: target, source, target; and back.

A contact that others may be merged into at this moment declines to be merged itself, so no circle
closes. Of two that are to be merged into each other at once the one with the lower id stays.
"""

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.ids import is_id
from libs.events.published import contacts as c
from libs.events.rules import Events, Folds, Rules
from services.intake.contacts.asked import Asked
from services.intake.contacts.state import ContactState


def _prepare(state: ContactState, wanted: c.PrepareContactMerge, asked: Asked) -> Events:
    if wanted.source_id == asked.id or not is_id(wanted.source_id, "p"):
        raise Refusal("not_another", "Name the id of another contact.", "/source_id")
    if wanted.source_id in (*state.prepared, *state.absorbed):
        return []
    return [c.ContactMergePrepared(wanted.source_id)]


def _merge(state: ContactState, wanted: c.MergeContact, asked: Asked) -> Events:
    into = wanted.into_id
    if state.standing == "absent":
        return [c.ContactMergeDeclined(into, "no_such_contact")]
    if state.standing != "known":
        same = state.standing == "merged" and state.merged_into == into
        return [] if same else [c.ContactMergeDeclined(into, state.standing)]
    merged = c.ContactMerged(into, tuple(state.addresses.values()))
    if not state.prepared and into not in state.absorbed:
        return [merged]
    if state.prepared == (into,) and into < asked.id:
        return [c.ContactMergeCancelled(into, "crossed"), merged]
    return [c.ContactMergeDeclined(into, "absorbing")]


def _complete(state: ContactState, wanted: c.CompleteContactMerge, asked: Asked) -> Events:
    source = wanted.source_id
    if source in state.absorbed:
        return []
    if state.standing == "known" and source in state.prepared:
        return [c.ContactAbsorbed(source, wanted.addresses)]
    reason = state.standing if state.standing != "known" else "not_prepared"
    return [c.ContactAbsorptionDeclined(source, reason, wanted.addresses)]


def _cancel(state: ContactState, wanted: c.CancelContactMerge, asked: Asked) -> Events:
    waits = wanted.source_id in state.prepared
    return [c.ContactMergeCancelled(wanted.source_id, wanted.reason)] if waits else []


def _unmerge(state: ContactState, wanted: c.UnmergeContact, asked: Asked) -> Events:
    if wanted.source_id not in state.absorbed:
        raise Refusal(
            "not_merged_here",
            "No such contact is merged into this one; look at the contact for those that are.",
            "/source_id",
        )
    return [c.ContactReturned(wanted.source_id, _came_with(state, wanted.source_id))]


def _take_back(state: ContactState, wanted: c.TakeBackAddresses, asked: Asked) -> Events:
    """Also when it is being erased: its addresses come back first and are released from here."""
    waits = state.merged_into == wanted.from_id
    return [c.ContactUnmerged(wanted.from_id, wanted.addresses)] if waits else []


def _came_with(state: ContactState, source_id: str) -> tuple[c.HeldAddress, ...]:
    return tuple(
        address for id, address in state.addresses.items() if state.came_from.get(id) == source_id
    )


def _prepared(state: ContactState, event: c.ContactMergePrepared, _: Recorded[object]) -> None:
    state.prepared = (*state.prepared, event.source_id)


def _no_longer_prepared(
    state: ContactState,
    event: c.ContactMergeCancelled | c.ContactAbsorbed | c.ContactAbsorptionDeclined,
    _: Recorded[object],
) -> None:
    state.prepared = tuple(id for id in state.prepared if id != event.source_id)


def _merged(state: ContactState, event: c.ContactMerged, _: Recorded[object]) -> None:
    state.merged_into = event.into_id


def _absorbed(state: ContactState, event: c.ContactAbsorbed, recorded: Recorded[object]) -> None:
    _no_longer_prepared(state, event, recorded)
    state.absorbed = (*state.absorbed, event.source_id)
    came = {address.address_id: address for address in event.addresses}
    state.addresses = {**state.addresses, **came}
    state.came_from = {**state.came_from, **dict.fromkeys(came, event.source_id)}


def _returned(state: ContactState, event: c.ContactReturned, _: Recorded[object]) -> None:
    gone = {address.address_id for address in event.addresses}
    state.absorbed = tuple(id for id in state.absorbed if id != event.source_id)
    state.addresses = {id: known for id, known in state.addresses.items() if id not in gone}
    state.came_from = {id: source for id, source in state.came_from.items() if id not in gone}


def _unmerged(state: ContactState, event: c.ContactUnmerged, _: Recorded[object]) -> None:
    state.merged_into = ""
    state.addresses = {address.address_id: address for address in event.addresses}
    state.came_from = {id: of for id, of in state.came_from.items() if id in state.addresses}


STEPS: Rules = {
    c.MergeContact: _merge,
    c.CompleteContactMerge: _complete,
    c.CancelContactMerge: _cancel,
    c.TakeBackAddresses: _take_back,
}
RULES: Rules = {c.PrepareContactMerge: _prepare, c.UnmergeContact: _unmerge}
FOLDS: Folds = {
    c.ContactMergePrepared: _prepared,
    c.ContactMerged: _merged,
    c.ContactAbsorbed: _absorbed,
    c.ContactAbsorptionDeclined: _no_longer_prepared,
    c.ContactMergeCancelled: _no_longer_prepared,
    c.ContactReturned: _returned,
    c.ContactUnmerged: _unmerged,
}
