"""An address belongs to one contact at a time; releasing it lets its next message start anew."""

from collections.abc import Sequence

import msgspec

from libs.events.aggregate import Moment, Refusal
from libs.events.envelope import Command, Recorded
from libs.events.published import contacts as c


class AddressState(msgspec.Struct, omit_defaults=True):
    """contact_id: whose it is, "" for nobody's."""

    contact_id: str = ""


def decide(
    state: AddressState, command: Command[object], moment: Moment
) -> Sequence[msgspec.Struct]:
    """The events that a command adds; none if it is so already. Raises Refusal."""
    match command.data:
        case c.RegisterAddress() as wanted:
            if state.contact_id:
                return []
            key = wanted.contact_id
            return [
                c.AddressRegistered(
                    key, wanted.channel, wanted.address.under(key), wanted.name.under(key)
                )
            ]
        case c.ReleaseAddress() as wanted:
            owned = state.contact_id == wanted.contact_id
            return [c.AddressReleased(wanted.contact_id)] if owned else []
        case other:
            raise Refusal("unknown_command", f"An address knows no {type(other).__name__}.")


def evolve(state: AddressState, recorded: Recorded[object]) -> AddressState:
    """The state after this event, changed in place."""
    match recorded.data:
        case c.AddressRegistered() as event:
            state.contact_id = event.contact_id
        case c.AddressReleased():
            state.contact_id = ""
    return state
