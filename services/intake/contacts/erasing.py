"""A person is erased once and for good, with everybody who is the same person."""

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import contacts as c
from libs.events.rules import Events, Folds, Rules
from services.intake.contacts.asked import Asked
from services.intake.contacts.state import ContactState


def _erase(state: ContactState, wanted: c.EraseContact, asked: Asked) -> Events:
    if state.standing == "absent":
        raise Refusal(
            "no_such_contact", "There is no contact with this id; nothing is to be erased."
        )
    return [] if state.standing == "erased" else [_requested(state, wanted.reason)]


def _erase_too(state: ContactState, wanted: c.EraseSamePerson, asked: Asked) -> Events:
    """Only while it still is the same person: a merge may have been undone meanwhile."""
    same = wanted.contact_id in (state.merged_into, *state.prepared, *state.absorbed)
    alive = state.standing in ("known", "merged")
    return [_requested(state, wanted.reason)] if same and alive else []


def _complete(state: ContactState, wanted: c.CompleteErasure, asked: Asked) -> Events:
    if state.standing != "erased":
        raise Refusal("no_erasure", "Nobody asked for this contact's erasure; send EraseContact.")
    return [c.ErasureCompleted(wanted.contents_deleted)] if state.life == "erasing" else []


def _requested(state: ContactState, reason: str) -> c.ErasureRequested:
    """While it is merged its addresses are the target's, who lets them go."""
    addresses = () if state.merged_into else tuple(state.addresses)
    same_person = (state.merged_into, *state.absorbed) if state.merged_into else state.absorbed
    return c.ErasureRequested(reason, addresses, same_person)


def _erasing(state: ContactState, event: c.ErasureRequested, _: Recorded[object]) -> None:
    """What was known in clear is of no use to anybody any more."""
    state.life = "erasing"
    state.fields, state.tags, state.systems, state.notes = {}, (), (), ()


def _erased(state: ContactState, event: c.ErasureCompleted, _: Recorded[object]) -> None:
    state.life = "erased"


STEPS: Rules = {
    c.EraseContact: _erase,
    c.EraseSamePerson: _erase_too,
    c.CompleteErasure: _complete,
}
FOLDS: Folds = {c.ErasureRequested: _erasing, c.ErasureCompleted: _erased}
