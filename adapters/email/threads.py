"""What a reply by mail needs to know of its ticket and its addressee: the projection
``email.threads``. Pure; addresses stay sealed."""

from libs.events.envelope import Recorded
from libs.events.projection import Projection, Table
from libs.events.published.contacts import AddressRegistered, ErasureRequested
from libs.events.published.tickets import AgentReplied, CustomerMessageAdded, TicketOpened
from libs.mongo import Document

# A thread's header names its beginning and its latest messages (RFC 5322, 3.6.4, sets no limit;
# mail programs need no more, and some cut longer ones in the wrong place).
MOST_MESSAGES = 20


def _thread_key(recorded: Recorded[object]) -> str | None:
    concerns = isinstance(recorded.data, TicketOpened | CustomerMessageAdded | AgentReplied)
    return recorded.aggregate_id if concerns else None


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
    elif isinstance(data, TicketOpened | CustomerMessageAdded):
        message["content"] = data.message.rendition.id
        thread["subject"] = thread["subject"] or data.message.rendition.id
    messages = [*thread["messages"], message]
    if len(messages) > MOST_MESSAGES:
        del messages[1]
    return thread | {"messages": messages, "sequence": recorded.sequence}


def _person_key(recorded: Recorded[object]) -> str | None:
    match recorded.data:
        case AddressRegistered() as registered if registered.channel == "email":
            return registered.contact_id
        case ErasureRequested():
            return recorded.aggregate_id
    return None


def _fold_person(document: Document | None, recorded: Recorded[object]) -> Document:
    """One contact: the mail address registered last, sealed; and whether the person is erased."""
    person: Document = document or {}
    match recorded.data:
        case AddressRegistered() as registered:
            return person | {
                "key": registered.address.key,
                "address": registered.address.sealed,
                "name": registered.name.sealed,
            }
        case ErasureRequested():
            return person | {"erased": True}
    return person


THREADS = Projection(
    service="email",
    name="threads",
    version=1,
    sources=("tickets.events", "contacts.events"),
    tables=(
        Table("threads", _thread_key, _fold_thread),
        Table("people", _person_key, _fold_person),
    ),
    pace=0.1,
)
