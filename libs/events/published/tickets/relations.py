"""Tickets and other tickets: links, parents and children, issues in other trackers.

A link is recorded on both tickets, each from its own side.
"""

from collections.abc import Mapping
from typing import Literal

import msgspec

from libs.events.catalogue import command, event
from libs.events.published.messages import Code, ContentRef, Reference

__all__ = [
    "TURNED",
    "AwaitChildren",
    "ChildSettled",
    "ChildrenAwaited",
    "LinkDeclined",
    "LinkExternal",
    "LinkTicket",
    "MirrorLink",
    "Relation",
    "SettleChild",
    "SolutionSpread",
    "SpreadSolution",
    "TicketLinked",
    "TicketLinkedExternally",
    "TicketUnlinked",
    "TicketUnlinkedExternally",
    "UnlinkExternal",
    "UnlinkTicket",
]

# What the other ticket is to this one.
Relation = Literal["related", "original", "duplicate", "parent", "child", "problem", "incident"]
# What this one is to the other then.
TURNED: Mapping[Relation, Relation] = {
    "related": "related",
    "original": "duplicate",
    "duplicate": "original",
    "parent": "child",
    "child": "parent",
    "problem": "incident",
    "incident": "problem",
}


@command("tickets")
class LinkTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Say what another ticket is to this one. The other side is told by intake."""

    other_id: str
    relation: Relation


@command("tickets")
class MirrorLink(msgspec.Struct, frozen=True, omit_defaults=True):
    """The other side of a link that was made there, by intake alone."""

    other_id: str
    relation: Relation


@command("tickets")
class UnlinkTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Take a link away, on both sides."""

    other_id: str
    relation: Relation


@command("tickets")
class AwaitChildren(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether this ticket cannot be solved while a child of it is not."""

    awaited: bool


@command("tickets")
class SettleChild(msgspec.Struct, frozen=True, omit_defaults=True):
    """A child was solved or closed, or (settled false) reopened; told by intake."""

    child_id: str
    settled: bool


@command("tickets")
class SpreadSolution(msgspec.Struct, frozen=True, omit_defaults=True):
    """Solve all incidents of this problem, some at a time, which is solved itself.

    resolution_code, cause: of the incidents; "" for the problem's own; rendition: what each
    customer is told first, if anything.
    """

    resolution_code: Code = ""
    cause: Code = ""
    rendition: ContentRef | None = None
    length: int = 0
    language: str = ""


@command("tickets")
class LinkExternal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Link to an issue in somebody's tracker."""

    tracker: Code
    reference: Reference


@command("tickets")
class UnlinkExternal(msgspec.Struct, frozen=True, omit_defaults=True):
    """Take that link away."""

    tracker: Code
    reference: Reference


@event("tickets")
class TicketLinked(msgspec.Struct, frozen=True, omit_defaults=True):
    """What another ticket is to this one."""

    other_id: str
    relation: Relation


@event("tickets")
class LinkDeclined(msgspec.Struct, frozen=True, omit_defaults=True):
    """The other side of a link cannot stand here, and why: it is taken back there."""

    other_id: str
    relation: Relation
    code: Code


@event("tickets")
class TicketUnlinked(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is that no more."""

    other_id: str
    relation: Relation


@event("tickets")
class ChildrenAwaited(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whether it waits for its children."""

    awaited: bool


@event("tickets")
class ChildSettled(msgspec.Struct, frozen=True, omit_defaults=True):
    """A child is done, or (settled false) it is not after all. left: how many are not."""

    child_id: str
    settled: bool
    left: int = 0


@event("tickets")
class SolutionSpread(msgspec.Struct, frozen=True, omit_defaults=True):
    """A problem's solution is on its way to its incidents. incidents: how many there are."""

    resolution_code: Code
    incidents: int
    cause: Code = ""
    rendition: ContentRef | None = None
    length: int = 0
    language: str = ""


@event("tickets")
class TicketLinkedExternally(msgspec.Struct, frozen=True, omit_defaults=True):
    """An issue in somebody's tracker belongs to it."""

    tracker: Code
    reference: Reference


@event("tickets")
class TicketUnlinkedExternally(msgspec.Struct, frozen=True, omit_defaults=True):
    """It does not any more."""

    tracker: Code
    reference: Reference
