"""What became of an answer on its way to the customer."""

import msgspec

from libs.events.catalogue import command, event

__all__ = ["RecordDelivery", "ReplyDelayed", "ReplyDelivered", "ReplyFailed"]


@command("tickets")
class RecordDelivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """A channel adapter says what became of a reply.

    reply_sequence: the sequence of its AgentReplied;
    error: "" for delivered, else the channel's answer without addresses in it; final: whether the
    adapter gave up.
    """

    reply_sequence: int
    attempts: int
    error: str = ""
    final: bool = True


@event("tickets")
class ReplyDelivered(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reply reached the next mail server or channel. reply_sequence: its AgentReplied."""

    reply_sequence: int
    attempts: int


@event("tickets")
class ReplyDelayed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reply could not be delivered yet and is tried again."""

    reply_sequence: int
    attempts: int
    error: str


@event("tickets")
class ReplyFailed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A reply could not be delivered and nobody tries again: an agent has to look."""

    reply_sequence: int
    attempts: int
    error: str
