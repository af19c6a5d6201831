"""Senders: what the desk thinks of whoever writes, an address or a whole mail domain.

A sender's id is made of its address aggregate's, or of a domain's in the same way, so nobody can
tell whose it is without the installation's secret, and it outlives an erasure: who was blocked
before is blocked after. A contact's block reaches all of its addresses.
"""

from datetime import datetime

import msgspec

from libs.events.catalogue import command, event
from libs.events.published.contacts import address_id
from libs.events.published.conversations import Suspicion
from libs.events.published.messages import Code


def sender_id(address: str) -> str:
    """The sender of an address aggregate, or of ``domain_address_id``."""
    return f"s{address[1:]}"


def domain_address_id(secret: bytes, domain: str) -> str:
    """A mail domain in the place of an address (lower case, IDNA)."""
    return address_id(secret, "domain", domain)


@command("senders")
class BlockSender(msgspec.Struct, frozen=True, omit_defaults=True):
    """Suspend whatever comes from there."""

    reason: Code


@command("senders")
class UnblockSender(msgspec.Struct, frozen=True, omit_defaults=True):
    """Take messages from there again; what is suspended stays so until somebody releases it."""

    reason: Code = ""


@command("senders")
class TrustSender(msgspec.Struct, frozen=True, omit_defaults=True):
    """Suspend nothing from there for this reason any more."""

    suspicion: Suspicion


@command("senders")
class DistrustSender(msgspec.Struct, frozen=True, omit_defaults=True):
    """Look at what comes from there as at everybody's."""

    suspicion: Suspicion


@command("senders")
class HoldSenderBack(msgspec.Struct, frozen=True, omit_defaults=True):
    """So many messages come from there that further ones are to be suspended for a while.

    until: at least; seen: how many were counted.
    """

    until: datetime
    seen: int


@event("senders")
class SenderBlocked(msgspec.Struct, frozen=True, omit_defaults=True):
    """Whatever comes from there is suspended from now on."""

    reason: Code


@event("senders")
class SenderUnblocked(msgspec.Struct, frozen=True, omit_defaults=True):
    """Messages from there are taken again."""

    reason: Code = ""


@event("senders")
class SenderTrusted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nothing from there is suspended for this reason any more."""

    suspicion: Suspicion


@event("senders")
class SenderDistrusted(msgspec.Struct, frozen=True, omit_defaults=True):
    """What comes from there is looked at as everybody's."""

    suspicion: Suspicion


@event("senders")
class SenderHeldBack(msgspec.Struct, frozen=True, omit_defaults=True):
    """Too many messages came from there: further ones are suspended until then."""

    until: datetime
    seen: int
