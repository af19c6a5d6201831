"""Conversations: what came in, and where it went. The memory of deduplication and of threads."""

from typing import Literal

import msgspec

from libs.events.catalogue import command, event
from libs.events.personal import Personal
from libs.events.published.messages import MessageFacts

Suspicion = Literal["automatic", "blocked", "unknown_reference", "unreadable"]


class Arrival(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message as it arrived.

    digest: of account and content (hex SHA-256), by which a repeated delivery is recognised;
    address_id: the sender's address aggregate; address, name: the sender, under the transit key;
    ticket_id: the ticket of our signed reference in it, if there was a valid one.
    """

    digest: str
    account: str
    address_id: str
    address: Personal[str]
    name: Personal[str]
    message: MessageFacts
    ticket_id: str = ""


@command("conversations")
class ReceiveMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message arrived (made by reception from a record of ``channels.inbound``)."""

    arrival: Arrival


@command("conversations")
class ReleaseMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person looked at a suspended message and lets it become a ticket."""

    digest: str


@event("conversations")
class MessageReceived(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message is ours now, whatever becomes of it."""

    arrival: Arrival


@event("conversations")
class MessageRouted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a received message goes: to a ticket of its own, or to the ticket that it answers.

    released_by: the actor who let a suspended message through ("" when nobody had to).
    """

    digest: str
    address_id: str
    ticket_id: str
    opens: bool
    released_by: str = ""


@event("conversations")
class MessageSuspended(msgspec.Struct, frozen=True, omit_defaults=True):
    """A received message that does not become a ticket unless a person releases it."""

    digest: str
    address_id: str
    reason: Suspicion
    sentence: str
