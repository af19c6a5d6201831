"""What a contact is called, for those of intake's processes that write to them. One instance a
contact; the name stays sealed under their key, so an erasure takes it away from here, too."""

import msgspec

from libs.events.envelope import Recorded
from libs.events.personal import Personal
from libs.events.process import ProcessManager, Reaction
from libs.events.published import contacts as c


class PersonState(msgspec.Struct, omit_defaults=True):
    """name: as the contact, or an agent, last gave it."""

    name: Personal[str] | None = None


def react(state: PersonState, recorded: Recorded[object]) -> Reaction:
    """Nothing is to be done; it is for others to read."""
    match recorded.data:
        case c.ContactCreated(name=name) | c.ContactRenamed(name=name):
            state.name = name
    return Reaction()


PEOPLE = ProcessManager(
    service="intake",
    name="people",
    sources=("contacts.events",),
    interests=(c.ContactCreated, c.ContactRenamed),
    state=PersonState,
    key=lambda recorded: recorded.aggregate_id,
    react=react,
)
