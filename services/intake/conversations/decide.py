"""Where a message from outside goes: to the ticket that it answers, to one of its own, or aside."""

from collections.abc import Sequence

import msgspec

from libs.events.aggregate import Moment, Refusal
from libs.events.envelope import Command
from libs.events.ids import derived_id
from libs.events.published import conversations as c
from services.intake.conversations.state import ConversationState
from services.intake.digests import short


def decide(
    state: ConversationState, command: Command[object], moment: Moment
) -> Sequence[msgspec.Struct]:
    """The events that a command adds. Receiving is never refused; Refusal for the rest."""
    match command.data:
        case c.ReceiveMessage(arrival=arrival):
            if short(arrival.digest) in state.seen:
                return []
            return [c.MessageReceived(arrival), _outcome(arrival)]
        case c.ReleaseMessage(digest=digest):
            return _release(state, digest, command.actor)
        case other:
            raise Refusal("unknown_command", f"A conversation knows no {type(other).__name__}.")


def _outcome(arrival: c.Arrival) -> msgspec.Struct:
    """Only our signed reference joins a ticket. An automatic message (RFC 3834) that answers
    nothing of ours is not a request: a ticket for each would answer robots, and they answer back.
    """
    digest, address_id = arrival.digest, arrival.address_id
    if arrival.ticket_id:
        return c.MessageRouted(digest, address_id, arrival.ticket_id, opens=False)
    if arrival.message.automatic:
        return c.MessageSuspended(
            digest,
            address_id,
            "automatic",
            f"An automatic message ({arrival.message.automatic}) that answers none of ours.",
        )
    return c.MessageRouted(digest, address_id, derived_id("t", digest), opens=True)


def _release(state: ConversationState, digest: str, actor: str) -> Sequence[msgspec.Struct]:
    address_id = state.seen.get(short(digest))
    if address_id is None:
        raise Refusal(
            "no_such_message",
            "This conversation has no message with this digest; look at the suspended ones.",
            "/digest",
        )
    if not address_id:
        return []
    ticket_id = derived_id("t", digest)
    return [c.MessageRouted(digest, address_id, ticket_id, opens=True, released_by=actor)]
