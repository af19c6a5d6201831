"""What each event leaves behind in a conversation's state."""

from libs.events.envelope import Recorded
from libs.events.published import conversations as c
from services.intake.conversations.state import ConversationState
from services.intake.digests import remember


def evolve(state: ConversationState, recorded: Recorded[object]) -> ConversationState:
    """The state after this event, changed in place."""
    match recorded.data:
        case c.MessageRouted() as event:
            remember(state.seen, event.digest, "")
        case c.MessageSuspended() as event:
            remember(state.seen, event.digest, event.address_id)
    return state
