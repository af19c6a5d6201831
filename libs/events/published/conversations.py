"""Conversations: what came in, and where it went. The memory of deduplication and of threads."""

from typing import Literal

import msgspec

from libs.events.catalogue import command, event, unchanged
from libs.events.personal import Personal
from libs.events.published.messages import MessageFacts, Origin

Suspicion = Literal["automatic", "blocked", "flood", "unknown_reference", "unreadable"]
# What the channel itself found out about the sender: failed means that somebody else wrote it.
Authentication = Literal["unknown", "passed", "failed"]


class Standing(msgspec.Struct, frozen=True, omit_defaults=True):
    """What the desk thinks of a sender (the address, or its mail domain) as a message comes in.

    blocked_for: why nothing is taken from them, "" if it is; flooding: so many messages came from
    the domain that further ones are held back; trusted: for these reasons nothing is suspended.
    """

    blocked_for: str = ""
    flooding: bool = False
    trusted: tuple[Suspicion, ...] = ()


class Bounce(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mail of ours did not arrive. status: RFC 3463; permanent: nothing will arrive there;
    event_id: of the event that the mail told of, "" where the report does not say."""

    status: str
    permanent: bool
    event_id: str = ""


class Complaint(msgspec.Struct, frozen=True, omit_defaults=True):
    """A recipient called a mail of ours spam, or worse. kind: RFC 5965's feedback type; event_id:
    of the event that the mail told of; names: the report says who, and they stand as the sender."""

    kind: str
    event_id: str = ""
    names: bool = False


class Arrival(msgspec.Struct, frozen=True, omit_defaults=True):
    """One message as it arrived.

    digest: of account and content (hex SHA-256), by which a repeated delivery is recognised;
    address_id: the sender's address aggregate; address, name: the sender, under the transit key;
    ticket_id: the ticket of our signed reference in it, if there was a valid one;
    copied_ids: address aggregates of others whom it was sent to;
    plain_id: of a plus address (``ada+x@…``), the address aggregate of the one without;
    domain_id: the sender's mail domain as a sender of its own, "" for a public provider's;
    authentication: what the channel found out about the sender;
    standing: what the desk thinks of them;
    agent_id: the agent whose own, authenticated address it came from;
    as_note: the agent asks for it to be a note; forwarded: the agent sent on what the sender, who
    stands here, had written to them;
    bounce: the message reports that a mail of ours did not reach the address that stands here;
    origin: ``import`` for history that is brought in; complaint: the message reports one.
    """

    digest: str
    account: str
    address_id: str
    address: Personal[str]
    name: Personal[str]
    message: MessageFacts
    ticket_id: str = ""
    copied_ids: tuple[str, ...] = ()
    plain_id: str = ""
    domain_id: str = ""
    authentication: Authentication = "unknown"
    standing: Standing = Standing()
    agent_id: str = ""
    as_note: bool = False
    forwarded: bool = False
    bounce: Bounce | None = None
    origin: Origin = "live"
    complaint: Complaint | None = None


@command(
    "conversations",
    version=5,
    upcasters={1: unchanged, 2: unchanged, 3: unchanged, 4: unchanged},
)
class ReceiveMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message arrived (made by reception from a record of ``channels.inbound``)."""

    arrival: Arrival


@command("conversations", version=4, upcasters={1: unchanged, 2: unchanged, 3: unchanged})
class SuspendMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hold back a message that was routed a moment ago: its sender sends too many."""

    arrival: Arrival
    reason: Suspicion
    sentence: str


@command("conversations", version=2, upcasters={1: unchanged})
class ReleaseMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person looked at a suspended message and lets it become a ticket.

    trust: later messages of this sender are not suspended for this reason; "" leaves it as it is.
    """

    digest: str
    trust: Suspicion | Literal[""] = ""


@command("conversations")
class RejectMessage(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person looked at a suspended message: it is nothing for us, and is deleted."""

    digest: str


@event(
    "conversations",
    version=5,
    upcasters={1: unchanged, 2: unchanged, 3: unchanged, 4: unchanged},
)
class MessageReceived(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message is ours now, whatever becomes of it."""

    arrival: Arrival


@event("conversations", version=3, upcasters={1: unchanged, 2: unchanged})
class MessageRouted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Where a received message goes: to a ticket of its own, or to the ticket that it answers.

    released_by: the actor who let a suspended message through ("" when nobody had to), and trust:
    the reason for which its sender is trusted from then on ("" for none);
    own_id: the ticket was found by the thread alone, which anybody can copy; it says the ticket
    that the message goes to if its sender takes no part in the other one;
    invited: whoever opened the ticket has sent the sender a copy of a message of this thread;
    hosts: the sender has opened it.
    """

    digest: str
    address_id: str
    ticket_id: str
    opens: bool
    released_by: str = ""
    trust: Suspicion | Literal[""] = ""
    own_id: str = ""
    invited: bool = False
    hosts: bool = False


@event("conversations", version=2, upcasters={1: unchanged})
class MessageSuspended(msgspec.Struct, frozen=True, omit_defaults=True):
    """A received message that does not become a ticket unless a person releases it.

    address, name: its sender, under a key that is the message's own until it is released;
    account: that it came to; message: its facts; ticket_id: of our signed reference in it.
    """

    digest: str
    address_id: str
    reason: Suspicion
    sentence: str
    account: str = ""
    address: Personal[str] | None = None
    name: Personal[str] | None = None
    message: MessageFacts | None = None
    ticket_id: str = ""


@event("conversations")
class MessageRejected(msgspec.Struct, frozen=True, omit_defaults=True):
    """A suspended message is gone for good: key, words and files."""

    digest: str
    address_id: str
