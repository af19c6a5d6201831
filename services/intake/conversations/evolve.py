"""What each event leaves behind in a conversation's state."""

from libs.events.envelope import Recorded
from libs.events.ids import derived_id
from libs.events.published import conversations as c
from services.intake.conversations.decide import invitation
from services.intake.conversations.state import ConversationState, Suspended
from services.intake.digests import bounded, remember, short

# Nobody writes in one thread with more people.
MOST_PEOPLE = 500


def evolve(state: ConversationState, recorded: Recorded[object]) -> ConversationState:
    """The state after this event, changed in place."""
    match recorded.data:
        case c.MessageReceived(arrival=arrival):
            _invite(state, arrival)
        case c.MessageRouted() as event:
            remember(state.seen, event.digest, "")
            state.suspended.pop(short(event.digest), None)
            _find_ticket(state, event)
        case c.MessageSuspended() as event:
            remember(state.seen, event.digest, event.address_id)
            remember(state.suspended, event.digest, Suspended(event.reason, event.ticket_id))
            _hold_back(state, event)
        case c.MessageRejected(digest=digest):
            remember(state.seen, digest, "")
            state.suspended.pop(short(digest), None)
    return state


def _find_ticket(state: ConversationState, routed: c.MessageRouted) -> None:
    state.ticket_id = state.ticket_id or routed.ticket_id
    if routed.opens:
        state.opened[routed.address_id] = routed.ticket_id
        bounded(state.opened, MOST_PEOPLE)
    elif routed.own_id:
        state.aside[routed.address_id] = routed.own_id
        bounded(state.aside, MOST_PEOPLE)


def _hold_back(state: ConversationState, held: c.MessageSuspended) -> None:
    """A ticket that was to be opened by it is not opened."""
    never = derived_id("t", held.digest)
    if state.opened.get(held.address_id) == never:
        del state.opened[held.address_id]
    if state.ticket_id == never:
        state.ticket_id = ""


def _invite(state: ConversationState, arrival: c.Arrival) -> None:
    for copied_id in filter(None, (*arrival.copied_ids, arrival.plain_id)):
        state.invited[invitation(arrival.address_id, copied_id)] = None
    bounded(state.invited, MOST_PEOPLE)
