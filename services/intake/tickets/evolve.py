"""What each event leaves behind in a ticket's state."""

from libs.events.aggregate import Evolve
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.rules import Folds, evolving
from services.intake.tickets.rooms import ROOMS
from services.intake.tickets.state import TicketState

# Their folds bring the label back together with the status.
STANDS_AS_BEFORE = (t.ReopeningUndone, t.TicketMarkedNotSpam, t.TicketUnmerged)
FOLDS: Folds = {event: fold for room in ROOMS for event, fold in room.FOLDS.items()}
_fold: Evolve[TicketState] = evolving(FOLDS)


def evolve(state: TicketState, recorded: Recorded[object]) -> TicketState:
    """The state after this event, changed in place."""
    event = recorded.data
    before = state.status
    _fold(state, recorded)
    state.status = t.status_after(before, event)
    if state.status != before and not isinstance(event, STANDS_AS_BEFORE):
        state.label = getattr(event, "label", "")
    return state
