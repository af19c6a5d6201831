"""The messages that a ticket holds, as its state remembers them: by sequence, without words."""

from typing import Literal

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.ids import digest
from libs.events.published.messages import MessageFacts
from services.intake.digests import bounded
from services.intake.tickets.state import Message, TicketState

# Servers try for days (RFC 5321, 4.5.4.1), people complain within weeks.
MOST_WRITTEN = 500

Kind = Literal["customer", "participant", "foreign", "reply", "note", "other"]


def note_message(
    state: TicketState,
    recorded: Recorded[object],
    facts: MessageFacts,
    kind: Kind,
    by: str = "",
) -> None:
    """Remember a message of this event."""
    contents = tuple(map(content_digest, facts.content_ids))
    state.messages[recorded.sequence] = Message(kind, contents, by, not facts.automatic)
    if facts.direction == "out":
        state.written[recorded.event_id] = recorded.sequence
        bounded(state.written, MOST_WRITTEN)


def message_of(state: TicketState, sequence: int, field: str) -> Message:
    """The message of this event. Raises Refusal where there is none; field: of the command."""
    message = state.messages.get(sequence)
    if message is None:
        raise Refusal(
            "no_such_message", f"Event {sequence} of this ticket holds no message.", field
        )
    return message


def content_digest(content_id: str) -> str:
    """What is remembered of a content's id: 64 bits in hex."""
    return digest(content_id)[:16]
