"""A contact is created by its first address and can be erased, once and for good."""

from collections.abc import Sequence
from typing import Literal

import msgspec

from libs.events.aggregate import Moment, Refusal
from libs.events.envelope import Command, Recorded
from libs.events.published import contacts as c


class ContactState(msgspec.Struct, omit_defaults=True):
    """life: absent before the first event; address_ids: the addresses that find this contact."""

    life: Literal["absent", "known", "erasing", "erased"] = "absent"
    address_ids: tuple[str, ...] = ()


def decide(
    state: ContactState, command: Command[object], moment: Moment
) -> Sequence[msgspec.Struct]:
    """The events that a command adds; none if it is so already. Raises Refusal."""
    match command.data:
        case c.CreateContact() as wanted:
            return _create(state, wanted, command.aggregate_id)
        case c.EraseContact(reason=reason):
            if state.life == "absent":
                raise Refusal(
                    "no_such_contact", "There is no contact with this id; nothing is to be erased."
                )
            erasable = state.life == "known"
            return [c.ErasureRequested(reason, state.address_ids)] if erasable else []
        case c.CompleteErasure(contents_deleted=deleted):
            if state.life not in ("erasing", "erased"):
                raise Refusal(
                    "no_erasure", "Nobody asked for this contact's erasure; send EraseContact."
                )
            return [c.ErasureCompleted(deleted)] if state.life == "erasing" else []
        case other:
            raise Refusal("unknown_command", f"A contact knows no {type(other).__name__}.")


def evolve(state: ContactState, recorded: Recorded[object]) -> ContactState:
    """The state after this event, changed in place."""
    match recorded.data:
        case c.ContactCreated() as event:
            state.life, state.address_ids = "known", (event.address_id,)
        case c.ErasureRequested():
            state.life = "erasing"
        case c.ErasureCompleted():
            state.life = "erased"
    return state


def _create(
    state: ContactState, wanted: c.CreateContact, contact_id: str
) -> Sequence[msgspec.Struct]:
    if state.life != "absent":
        return []
    return [
        c.ContactCreated(
            wanted.address_id,
            wanted.channel,
            wanted.address.under(contact_id),
            wanted.name.under(contact_id),
        )
    ]
