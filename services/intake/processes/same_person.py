"""A merged contact's tickets go to whoever stands for it, and come back when the merge is undone.

One instance a contact. It knows every ticket that ever was the contact's (ids alone) and asks each
of them, some at a time; the ticket itself knows whether it still is theirs, so asking too many does
no harm. What a crash interrupts goes on where it was, under the same command ids.
"""

from datetime import datetime, timedelta

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.process import Origin, ProcessManager, Reaction
from libs.events.published import contacts as c
from libs.events.published import tickets as t

# So many tickets at once, and so long until the next: 200 a second.
WAVE, PAUSE = 50, timedelta(seconds=0.25)


class Change(msgspec.Struct, frozen=True, omit_defaults=True):
    """The last merge of the contact, or its undoing (origin). with_id: the contact who stands, or
    stood, for this one; undone: the tickets come back."""

    origin: Origin
    with_id: str
    undone: bool = False


class SamePersonState(msgspec.Struct, omit_defaults=True):
    """tickets: that are or were this contact's; left: those that have still to be asked."""

    tickets: dict[str, None] = {}
    left: list[str] = []
    change: Change | None = None


def key(recorded: Recorded[object]) -> str | None:
    """The contact whose tickets an event is about."""
    match recorded.data:
        case t.TicketOpened(requester_id=requester_id):
            return requester_id
        case (
            t.RequesterChanged(contact_id=contact_id)
            | t.TicketFollowedContact(contact_id=contact_id)
        ):
            return contact_id
        case c.ContactAbsorbed(source_id=source_id) | c.ContactReturned(source_id=source_id):
            return source_id
        case _:
            return None


def react(state: SamePersonState, recorded: Recorded[object]) -> Reaction:
    """Know the tickets; one that comes to a merged contact goes on at once."""
    match recorded.data:
        case c.ContactAbsorbed() | c.ContactReturned() as event:
            undone = isinstance(event, c.ContactReturned)
            state.change = Change(Origin.of(recorded), recorded.aggregate_id, undone)
            state.left = list(state.tickets)
            return Reaction().wake(recorded.recorded_at if state.left else None)
        case _:
            ticket_id = recorded.aggregate_id
            state.tickets[ticket_id] = None
            change, own = state.change, key(recorded)
            if change is None or change.undone or own is None:
                return Reaction()
            return Reaction([_command(change, own, ticket_id, recorded.event_id)])


def on_due(state: SamePersonState, contact_id: str, due: datetime) -> Reaction:
    """The next ones."""
    change = state.change
    wave, state.left = state.left[:WAVE], state.left[WAVE:]
    if change is None:
        return Reaction().wake(None)
    commands = [_command(change, contact_id, ticket_id) for ticket_id in wave]
    return Reaction(commands).wake(due + PAUSE if state.left else None)


def _command(change: Change, own: str, ticket_id: str, *again: str) -> Command[object]:
    """again: the event by which the ticket came to the merged contact once more."""
    to_id, from_id = (own, change.with_id) if change.undone else (change.with_id, own)
    follow = t.FollowContact(to_id, from_id, change.undone)
    command_id = SAME_PERSON.command_id(own, ticket_id, change.origin.event_id, *again)
    return SAME_PERSON.follows(change.origin, ticket_id, follow, command_id)


SAME_PERSON = ProcessManager(
    service="intake",
    name="same-person",
    version=2,
    sources=("tickets.events", "contacts.events"),
    interests=(
        t.TicketOpened,
        t.RequesterChanged,
        t.TicketFollowedContact,
        c.ContactAbsorbed,
        c.ContactReturned,
    ),
    state=SamePersonState,
    key=key,
    react=react,
    on_due=on_due,
)
