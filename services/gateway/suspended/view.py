"""Which messages wait for a person, and what does the desk think of their senders?

A message that was released or rejected stays as a document that says so. Sender and words stay
sealed under the message's own key: once that is erased, nobody reads them.
"""

from typing import Literal, cast

from typing_extensions import TypedDict

from libs.events.envelope import Recorded
from libs.events.personal import Personal
from libs.events.projection import Index, Projection, Table
from libs.events.published import conversations as c
from libs.events.published import senders as s
from libs.events.topics import events
from libs.mongo import Document
from services.gateway.contacts.view import SealedValue
from services.gateway.instants import text


class SuspendedView(TypedDict):
    """A message by its digest. since: when it was suspended; order: by which lists go, since and
    digest; files: how many came along; ticket_id: that it answers, and once released the one that
    it went to; decided_by: who released or rejected it."""

    conversation_id: str
    state: Literal["suspended", "released", "rejected"]
    reason: c.Suspicion
    sentence: str
    since: str
    order: str
    sender_id: str
    address: SealedValue | None
    name: SealedValue | None
    channel: str
    account: str
    received_at: str
    rendition: str
    files: int
    ticket_id: str
    decided_by: str
    sequence: int


class SenderView(TypedDict):
    """A sender. blocked_for: why, "" if not; held_back_until: "" for never."""

    blocked_for: str
    trusted: list[str]
    held_back_until: str
    sequence: int


def message_of(recorded: Recorded[object]) -> str | None:
    """The message that an event is about; None where it was never suspended."""
    match recorded.data:
        case c.MessageSuspended(digest=digest) | c.MessageRejected(digest=digest):
            return digest
        case c.MessageRouted(digest=digest, released_by=actor) if actor:
            return digest
        case _:
            return None


def message_after(view: SuspendedView | None, recorded: Recorded[object]) -> SuspendedView:
    """The message after this event."""
    event = recorded.data
    if isinstance(event, c.MessageSuspended):
        return _suspended(recorded, event)
    if view is None:
        raise ValueError(f"{recorded.type} is about a message that was not suspended")
    view = {**view, "decided_by": recorded.actor, "sequence": recorded.sequence}
    if isinstance(event, c.MessageRouted):
        view["state"], view["ticket_id"] = "released", event.ticket_id
    else:
        view["state"] = "rejected"
    return view


def _suspended(recorded: Recorded[object], event: c.MessageSuspended) -> SuspendedView:
    since, message = text(recorded.recorded_at), event.message
    return SuspendedView(
        conversation_id=recorded.aggregate_id,
        state="suspended",
        reason=event.reason,
        sentence=event.sentence,
        since=since,
        order=f"{since} {event.digest}",
        sender_id=s.sender_id(event.address_id),
        address=_sealed(event.address),
        name=_sealed(event.name),
        channel=message.channel if message else "",
        account=event.account,
        received_at=text(message.received_at) if message else "",
        rendition=message.rendition.id if message else "",
        files=len(message.attachments) if message else 0,
        ticket_id=event.ticket_id,
        decided_by="",
        sequence=recorded.sequence,
    )


def _sealed(value: Personal[str] | None) -> SealedValue | None:
    return SealedValue(key=value.key, sealed=value.sealed or "") if value else None


def sender_of(recorded: Recorded[object]) -> str | None:
    """The sender that an event is about."""
    return recorded.aggregate_id if recorded.aggregate_id.startswith("s-") else None


def sender_after(view: SenderView | None, recorded: Recorded[object]) -> SenderView:
    """The sender after this event."""
    known = view or SenderView(blocked_for="", trusted=[], held_back_until="", sequence=0)
    view = {**known, "sequence": recorded.sequence}
    match recorded.data:
        case s.SenderBlocked(reason=reason):
            view["blocked_for"] = reason
        case s.SenderUnblocked():
            view["blocked_for"] = ""
        case s.SenderTrusted(suspicion=suspicion):
            view["trusted"] = [*view["trusted"], suspicion]
        case s.SenderDistrusted(suspicion=suspicion):
            view["trusted"] = [one for one in view["trusted"] if one != suspicion]
        case s.SenderHeldBack(until=until):
            view["held_back_until"] = text(until)
    return view


def _fold_message(document: Document | None, recorded: Recorded[object]) -> Document:
    view = message_after(cast(SuspendedView | None, document), recorded)
    return cast(Document, view)


def _fold_sender(document: Document | None, recorded: Recorded[object]) -> Document:
    return cast(Document, sender_after(cast(SenderView | None, document), recorded))


MESSAGES = Table(
    name="messages",
    key=message_of,
    fold=_fold_message,
    indexes=[
        Index([("state", 1), ("order", -1)]),
        Index([("state", 1), ("reason", 1), ("order", -1)]),
        Index([("sender_id", 1), ("state", 1), ("order", -1)]),
    ],
)
SENDERS = Table(name="senders", key=sender_of, fold=_fold_sender)
SUSPENDED = Projection(
    service="gateway",
    name="suspended",
    version=1,
    sources=[events("conversations"), events("senders")],
    tables=[MESSAGES, SENDERS],
)
