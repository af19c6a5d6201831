"""Tickets that become one, and one that becomes two; both can be undone.

Merging asks the target first: it prepares (``AbsorptionPrepared``) or refuses; then the source
merges or declines; then the target completes or gives up. Each answer is an event, so that the
next step follows also after a crash. Messages are never copied: they are read where they are
named, each by whoever could read it where it was written.
"""

import msgspec

from libs.events.catalogue import command, event, unchanged
from libs.events.published.messages import Code, ContentRef, MessageFacts, Origin
from libs.events.published.tickets.life import Status

__all__ = [
    "AbsorbTicket",
    "AbsorptionCancelled",
    "AbsorptionPrepared",
    "CancelAbsorption",
    "CompleteAbsorption",
    "MergeDeclined",
    "MergeTicket",
    "MessagePassedOn",
    "SplitTicket",
    "SplitUndone",
    "SurrenderTicket",
    "TicketAbsorbed",
    "TicketMerged",
    "TicketSplit",
    "TicketSurrendered",
    "TicketUnmerged",
    "UndoSplit",
    "UnmergeTicket",
]


@command("tickets")
class AbsorbTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the target: take this other ticket in. reason: why they are one."""

    source_id: str
    reason: Code = ""


@command("tickets")
class MergeTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the source, by intake alone: go into the target. prepared: sequence of the target's
    AbsorptionPrepared."""

    target_id: str
    prepared: int


@command("tickets")
class CompleteAbsorption(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the target, by intake alone: the source has merged. requester_id: whose it was; messages:
    sequences of what it brings."""

    source_id: str
    requester_id: str
    prepared: int
    messages: tuple[int, ...] = ()


@command("tickets")
class CancelAbsorption(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the target, by intake alone: the source does not come, and why."""

    source_id: str
    prepared: int
    code: Code


@command("tickets")
class UnmergeTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the source: stand on its own again."""

    reason: Code = ""


@command("tickets")
class SurrenderTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the target, by intake alone: let go of a ticket that stands on its own again."""

    source_id: str


@command("tickets")
class SplitTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Make a ticket of its own from some of this one's messages.

    new_id: made by who splits; messages: sequences; rendition: the new ticket's subject.
    """

    new_id: str
    messages: tuple[int, ...]
    rendition: ContentRef


@command("tickets")
class UndoSplit(msgspec.Struct, frozen=True, omit_defaults=True):
    """Take the messages back, and the ticket that was made of them in."""

    new_id: str


@event("tickets")
class AbsorptionPrepared(msgspec.Struct, frozen=True, omit_defaults=True):
    """The target waits for the source, and goes nowhere itself until that is over."""

    source_id: str
    reason: Code = ""


@event("tickets")
class AbsorptionCancelled(msgspec.Struct, frozen=True, omit_defaults=True):
    """The source does not come, and why."""

    source_id: str
    code: Code


@event("tickets")
class TicketMerged(msgspec.Struct, frozen=True, omit_defaults=True):
    """The source went into the target: closed, and what is written to it goes there.

    from_status: what it is again when it is unmerged; messages: sequences of those it brings.
    """

    target_id: str
    requester_id: str
    from_status: Status
    prepared: int
    messages: tuple[int, ...] = ()


@event("tickets")
class MergeDeclined(msgspec.Struct, frozen=True, omit_defaults=True):
    """The source does not go into the target, and why."""

    target_id: str
    prepared: int
    code: Code


@event("tickets")
class TicketAbsorbed(msgspec.Struct, frozen=True, omit_defaults=True):
    """The source's messages are read here, too. requester_id: whose ticket the source was."""

    source_id: str
    requester_id: str
    messages: tuple[int, ...] = ()


@event("tickets", version=4, upcasters={1: unchanged, 2: unchanged, 3: unchanged})
class MessagePassedOn(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message reached a ticket that is merged: it goes to the target.

    also_ids, invited, own_id, doubted: as in the command that brought it (``AddCustomerMessage``).
    """

    target_id: str
    author_id: str
    account: str
    message: MessageFacts
    digest: str
    also_ids: tuple[str, ...] = ()
    invited: bool = False
    own_id: str = ""
    doubted: bool = False
    origin: Origin = "live"


@event("tickets")
class TicketUnmerged(msgspec.Struct, frozen=True, omit_defaults=True):
    """The source stands on its own again. status: what it is now."""

    target_id: str
    status: Status
    reason: Code = ""


@event("tickets")
class TicketSurrendered(msgspec.Struct, frozen=True, omit_defaults=True):
    """The target let go of a ticket that it had taken in."""

    source_id: str


@event("tickets")
class TicketSplit(msgspec.Struct, frozen=True, omit_defaults=True):
    """Some of its messages are read on another ticket from now on, which is made for them.

    requester_id, account, channel: of the new one; rendition: its subject.
    """

    new_id: str
    messages: tuple[int, ...]
    rendition: ContentRef
    requester_id: str
    account: str
    channel: str


@event("tickets")
class SplitUndone(msgspec.Struct, frozen=True, omit_defaults=True):
    """They are read here again; the ticket that was made of them is taken in."""

    new_id: str
    messages: tuple[int, ...]
