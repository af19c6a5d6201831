"""What each event leaves behind in a ticket's state."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.intake.digests import remember
from services.intake.tickets.state import SETTLED, Rating, Solution, TicketState


def evolve(state: TicketState, recorded: Recorded[object]) -> TicketState:
    """The state after this event, changed in place."""
    event = recorded.data
    match event:
        case t.TicketOpened():
            state.requester_id = event.requester_id
            state.account = event.account
            state.channel = event.message.channel
            remember(state.digests, event.digest, None)
        case t.CustomerMessageAdded() | t.ForeignMessageAdded() | t.FollowUpRequested():
            remember(state.digests, event.digest, None)
        case t.AgentReplied():
            state.replies[recorded.sequence] = 0
        case t.TicketAssigned():
            state.agent_id, state.team_id = event.agent_id, event.team_id
        case t.TicketSolved():
            state.solution = Solution(
                recorded.sequence,
                recorded.occurred_at,
                event.agent_id,
                event.resolution_code,
                event.cause,
            )
        case t.TicketReopened():
            state.solution = state.rating = None
        case t.TicketRated():
            state.rating = Rating(event.score, event.comment.id if event.comment else "")
        case t.ReplyDelayed():
            state.replies[event.reply_sequence] = event.attempts
        case t.ReplyDelivered() | t.ReplyFailed():
            state.replies[event.reply_sequence] = SETTLED
    state.status = t.status_after(state.status, event)
    return state
