"""What a reply by mail needs to know of its ticket and its addressee: the projection
``email.threads``. Pure; addresses stay sealed."""

from libs.events.envelope import Recorded
from libs.events.projection import Projection, Table
from libs.events.published import contacts as c
from libs.events.published.tickets import (
    AgentReplied,
    CustomerMessageAdded,
    ParticipantMessageAdded,
    TicketOpened,
)
from libs.mongo import Document

# A thread's header names its beginning and its latest messages (RFC 5322, 3.6.4, sets no limit;
# mail programs need no more, and some cut longer ones in the wrong place).
MOST_MESSAGES = 20
_MESSAGES = (TicketOpened, CustomerMessageAdded, ParticipantMessageAdded, AgentReplied)


def _thread_key(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if isinstance(recorded.data, _MESSAGES) else None


def _fold_thread(document: Document | None, recorded: Recorded[object]) -> Document:
    """One ticket: the content that holds its subject, and its messages in their order.

    A message is ``{"sequence", "content"}`` from outside, whose rendition knows its Message-ID, or
    ``{"sequence", "event"}`` of ours, whose Message-ID is made of the event's id.
    """
    thread: Document = document or {"subject": "", "messages": []}
    message: Document = {"sequence": recorded.sequence}
    data = recorded.data
    if isinstance(data, AgentReplied):
        message["event"] = recorded.event_id
    elif isinstance(data, TicketOpened | CustomerMessageAdded | ParticipantMessageAdded):
        message["content"] = data.message.rendition.id
        thread["subject"] = thread["subject"] or data.message.rendition.id
    messages = [*thread["messages"], message]
    if len(messages) > MOST_MESSAGES:
        del messages[1]
    return thread | {"messages": messages, "sequence": recorded.sequence}


def _person_key(recorded: Recorded[object]) -> str | None:
    match recorded.data:
        case c.AddressRegistered(channel="email", contact_id=contact_id):
            return contact_id
        case c.AddressReleased(contact_id=contact_id):
            return contact_id
        case (
            c.AddressRemoved()
            | c.AddressBounced()
            | c.AddressRecovered()
            | c.ContactRenamed()
            | c.ErasureRequested()
        ):
            return recorded.aggregate_id
    return None


def _fold_person(document: Document | None, recorded: Recorded[object]) -> Document:
    """One contact: name and mail addresses, sealed, the one known longest first; and whether the
    person is erased. An address is ``{"id", "sealed"}``, and ``"bounced"`` where mail comes back.
    """
    person: Document = document or {"key": "", "name": "", "addresses": []}
    addresses: list[Document] = person["addresses"]
    match recorded.data:
        case c.AddressRegistered() as registered:
            known = [one for one in addresses if one["id"] != recorded.aggregate_id]
            new = {"id": recorded.aggregate_id, "sealed": registered.address.sealed}
            name = person["name"] or registered.name.sealed
            key = registered.address.key
            return person | {"key": key, "name": name, "addresses": [*known, new]}
        case c.AddressReleased():
            return person | {"addresses": _without(addresses, recorded.aggregate_id)}
        case c.AddressRemoved(address_id=id):
            return person | {"addresses": _without(addresses, id)}
        case c.AddressBounced(address_id=id) | c.AddressRecovered(address_id=id) as news:
            bounced = isinstance(news, c.AddressBounced)
            changed = [one | {"bounced": bounced} if one["id"] == id else one for one in addresses]
            return person | {"addresses": changed}
        case c.ContactRenamed(name=name):
            return person | {"key": name.key, "name": name.sealed}
        case c.ErasureRequested():
            return person | {"erased": True}
    return person


def _without(addresses: list[Document], id: str) -> list[Document]:
    return [one for one in addresses if one["id"] != id]


def address_of(person: Document) -> str | None:
    """Where mail to this person goes: the first address that takes mail; sealed, None for none."""
    taking = (one["sealed"] for one in person["addresses"] if not one.get("bounced"))
    return next(taking, None)


THREADS = Projection(
    service="email",
    name="threads",
    version=2,
    sources=("tickets.events", "contacts.events"),
    tables=(
        Table("threads", _thread_key, _fold_thread),
        Table("people", _person_key, _fold_person),
    ),
    pace=0.1,
)
