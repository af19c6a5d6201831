"""How a ticket was distributed: what was decided and why, to whom it was offered, who was passed
over. Assignments themselves are in ``people``; routing sends those commands, too."""

from datetime import datetime
from typing import Literal

import msgspec

from libs.events.catalogue import command, event
from libs.events.published.messages import Code
from libs.events.published.tickets.people import Why

__all__ = [
    "AgentsSkipped",
    "AnswerOffer",
    "ExpireOffer",
    "OfferAnswer",
    "OfferTicket",
    "QueueTicket",
    "SkipAgents",
    "Skipped",
    "TicketOfferAnswered",
    "TicketOfferExpired",
    "TicketOffered",
    "TicketQueued",
]

OfferAnswer = Literal["accepted", "declined"]


class Skipped(msgspec.Struct, frozen=True):
    """An agent who did not get it, and why (``no_capacity``, ``off_shift``, ``lacks_skill``, …)."""

    agent_id: str
    because: Code


@command("tickets")
class QueueTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """It waits in this queue for somebody to have time."""

    queue: Code
    why: Why


@command("tickets")
class SkipAgents(msgspec.Struct, frozen=True, omit_defaults=True):
    """Agents who were looked at and passed over."""

    skipped: tuple[Skipped, ...]


@command("tickets")
class OfferTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Ask an agent to take it, until an instant. offer_id: made by who offers."""

    offer_id: str
    agent_id: str
    until: datetime
    why: Why


@command("tickets")
class AnswerOffer(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent's answer; accepting assigns the ticket."""

    offer_id: str
    answer: OfferAnswer
    reason: Code = ""


@command("tickets")
class ExpireOffer(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nobody answered in time."""

    offer_id: str


@event("tickets")
class TicketQueued(msgspec.Struct, frozen=True, omit_defaults=True):
    """Which queue it waits in, and why there."""

    queue: Code
    why: Why
    from_queue: Code = ""


@event("tickets")
class AgentsSkipped(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who was passed over, and why."""

    skipped: tuple[Skipped, ...]


@event("tickets")
class TicketOffered(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent is asked to take it."""

    offer_id: str
    agent_id: str
    until: datetime
    why: Why


@event("tickets")
class TicketOfferAnswered(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent took it or did not want it."""

    offer_id: str
    agent_id: str
    answer: OfferAnswer
    reason: Code = ""


@event("tickets")
class TicketOfferExpired(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent did not answer."""

    offer_id: str
    agent_id: str
