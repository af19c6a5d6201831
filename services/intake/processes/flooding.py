"""Too many messages of one mail domain: further ones are held back for a while.

Its messages are of many senders and many threads, so no single place sees each of them before it
is a ticket: what comes in within the moment that holding back takes goes through.
"""

from functools import partial

import msgspec

from libs.events.envelope import Recorded
from libs.events.process import ProcessManager, Reaction
from libs.events.published.conversations import MessageReceived
from libs.events.published.senders import HoldSenderBack, sender_id
from services.intake.flood import Limit, Recent


class FloodingState(msgspec.Struct, omit_defaults=True):
    """What came from a domain lately, and into which part of the window it was held back."""

    recent: Recent = msgspec.field(default_factory=Recent)
    held_in: int = 0


def key(recorded: Recorded[object]) -> str | None:
    """The domain of a message that asks for a ticket; automatic ones get none anyway, and an
    agent's is no part of a flood."""
    match recorded.data:
        case MessageReceived(arrival=arrival):
            asks = not arrival.ticket_id and not arrival.message.automatic
            return (arrival.domain_id or None) if asks and not arrival.agent_id else None
        case _:
            return None


def react(limit: Limit, state: FloodingState, recorded: Recorded[object]) -> Reaction:
    """Count, and hold back; while they go on coming, again for each part of the window."""
    assert isinstance(recorded.data, MessageReceived)
    at, domain_id = recorded.recorded_at, recorded.data.arrival.domain_id
    if not state.recent.is_one_too_many(at, limit):
        return Reaction()
    part = max(state.recent.counts)
    if part == state.held_in:
        return Reaction()
    state.held_in = part
    process = flooding(limit)
    hold = HoldSenderBack(at + limit.within, state.recent.seen)
    command_id = process.command_id(domain_id, "hold", recorded.event_id)
    return Reaction([process.follows(recorded, sender_id(domain_id), hold, command_id)])


def flooding(limit: Limit) -> ProcessManager[FloodingState]:
    """The process manager; limit: of the messages of one domain."""
    return ProcessManager(
        service="intake",
        name="flooding",
        sources=("conversations.events",),
        interests=(MessageReceived,),
        state=FloodingState,
        key=key,
        react=partial(react, limit),
    )
