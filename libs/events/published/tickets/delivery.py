"""What became of the mails and other messages that a ticket has caused."""

from typing import Literal

import msgspec

from libs.events.catalogue import command, event, unchanged
from libs.events.published.messages import MessageFacts

__all__ = [
    "MailBounced",
    "MailFailed",
    "MailKind",
    "MailSent",
    "RecordBouncedMail",
    "RecordDelivery",
    "RecordMail",
    "RecordSpamComplaint",
    "ReplyDelayed",
    "ReplyDelivered",
    "ReplyFailed",
    "SpamComplaintReceived",
]

# A copy of a reply for somebody beside its addressee, a message of a side conversation, the
# acknowledgement of a new ticket, the question how content the customer is.
MailKind = Literal["copy", "side", "acknowledgement", "survey"]


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


@command("tickets")
class RecordMail(msgspec.Struct, frozen=True, omit_defaults=True):
    """The mail adapter says what became of a mail other than a reply to its addressee.

    about: the sequence of the event that caused it; contact_id: to whom it went; error: "" for
    sent, else the mail server's answer without addresses in it.
    """

    kind: MailKind
    about: int
    contact_id: str
    attempts: int
    error: str = ""


@command("tickets", version=2, upcasters={1: unchanged})
class RecordBouncedMail(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mail that this ticket has caused came back (from reception, by our signed reference).

    contact_id: whom it did not reach; message: the report; digest: the report's in its
    conversation; status: RFC 3463; permanent: nothing that is sent there will arrive; event_id: of
    the event that the mail told of, "" where the report does not say.
    """

    contact_id: str
    message: MessageFacts
    digest: str
    status: str
    permanent: bool
    event_id: str = ""


@command("tickets")
class RecordSpamComplaint(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody called a mail that this ticket has caused spam, or worse (from reception).

    contact_id: who, "" where the report does not say; message: the report; digest: the report's;
    kind: RFC 5965's feedback type; event_id: as above.
    """

    contact_id: str
    message: MessageFacts
    digest: str
    kind: str
    event_id: str = ""


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


@event("tickets")
class MailSent(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mail other than a reply to its addressee reached the next mail server.

    about: the sequence of the event that caused it; contact_id: to whom it went.
    """

    kind: MailKind
    about: int
    contact_id: str
    attempts: int


@event("tickets")
class MailFailed(msgspec.Struct, frozen=True, omit_defaults=True):
    """Such a mail could not be sent, and nobody tries again: an agent has to look."""

    kind: MailKind
    about: int
    contact_id: str
    attempts: int
    error: str


@event("tickets", version=2, upcasters={1: unchanged})
class MailBounced(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mail of this ticket came back after it was handed over: somebody has not read it.

    contact_id: whom it did not reach; message: the report of the server that gave up or waits;
    status: RFC 3463; permanent: nothing that is sent there will arrive; about: the sequence of the
    message that did not arrive, 0 where the report does not say.
    """

    contact_id: str
    message: MessageFacts
    digest: str
    status: str
    permanent: bool
    about: int = 0


@event("tickets")
class SpamComplaintReceived(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody called a mail of this ticket spam, or worse: they are asked no more questions.

    contact_id: who; its requester where the report does not say; message: the report; kind:
    RFC 5965's feedback type; about: the sequence of the message, 0 where it is none or unknown.
    """

    contact_id: str
    message: MessageFacts
    digest: str
    kind: str
    about: int = 0
