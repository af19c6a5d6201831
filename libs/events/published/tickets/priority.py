"""How much a ticket matters, what kind it is and what it is about.

Priority is a number, 1 (first) to 5. It comes from impact × urgency by the desk's matrix, or was
set by hand, and then stands until it is released.
"""

from typing import Literal

import msgspec

from libs.events.catalogue import command, event, unchanged
from libs.events.published.messages import Code, Reference
from libs.events.published.tickets.life import TicketType

__all__ = [
    "AffectedItemSet",
    "AssessTicket",
    "ClassifyTicket",
    "DeclareMajorIncident",
    "EndMajorIncident",
    "MajorIncidentDeclared",
    "MajorIncidentEnded",
    "MajorUpdateGiven",
    "MajorUpdateMissed",
    "MissMajorUpdate",
    "PriorityChanged",
    "PrioritySource",
    "ReleasePriority",
    "SetAffectedItem",
    "SetPriority",
    "TicketAssessed",
    "TicketClassified",
]

PrioritySource = Literal["matrix", "hand"]


@command("tickets")
class AssessTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Say how many it hits (impact) and how long it can wait (urgency); "" leaves one as it is."""

    impact: Code = ""
    urgency: Code = ""


@command("tickets")
class SetPriority(msgspec.Struct, frozen=True, omit_defaults=True):
    """Set the priority by hand, whatever the matrix says."""

    priority: int
    reason: Code


@command("tickets")
class ReleasePriority(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let the matrix decide again."""


@command("tickets")
class ClassifyTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Say of which type it is."""

    type: TicketType


@command("tickets")
class SetAffectedItem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which service, product or asset it is about, by the desk's own ids; "" for none."""

    service: Code = ""
    product: Code = ""
    asset: Reference = ""


@command("tickets")
class DeclareMajorIncident(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everybody looks here now. update_every: seconds from one public word to the next."""

    update_every: int
    reason: Code = ""


@command("tickets")
class EndMajorIncident(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is an ordinary ticket again."""

    reason: Code = ""


@command("tickets")
class MissMajorUpdate(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nothing public was said in time (sent at that instant). since: sequence of the last word."""

    since: int


@event("tickets", version=2, upcasters={1: unchanged})
class TicketAssessed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Impact and urgency as they are now, and as they were. setup_version: of the matrix that has
    these levels."""

    impact: Code = ""
    urgency: Code = ""
    from_impact: Code = ""
    from_urgency: Code = ""
    setup_version: int = 0


@event("tickets")
class PriorityChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """The priority, or what decides it, changed. 0: none.

    source: who decides from now on; setup_version: the matrix's, if it is the matrix.
    """

    priority: int
    source: PrioritySource
    from_priority: int = 0
    setup_version: int = 0
    reason: Code = ""


@event("tickets")
class TicketClassified(msgspec.Struct, frozen=True, omit_defaults=True):
    """Its type changed."""

    type: TicketType
    from_type: TicketType = ""


@event("tickets")
class AffectedItemSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """What it is about, as a whole: what is left out here is none."""

    service: Code = ""
    product: Code = ""
    asset: Reference = ""


@event("tickets")
class MajorIncidentDeclared(msgspec.Struct, frozen=True, omit_defaults=True):
    """A major incident, with a promise of a public word every so many seconds."""

    update_every: int
    reason: Code = ""


@event("tickets")
class MajorUpdateGiven(msgspec.Struct, frozen=True, omit_defaults=True):
    """The event before this one was a public word; the next is due in update_every seconds."""

    update_every: int


@event("tickets")
class MajorUpdateMissed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nothing public was said in time; the next word is due in update_every seconds.

    since: sequence of the event from which the time ran.
    """

    since: int
    update_every: int


@event("tickets")
class MajorIncidentEnded(msgspec.Struct, frozen=True, omit_defaults=True):
    """No major incident any more."""

    reason: Code = ""
