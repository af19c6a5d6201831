"""What a mail about a ticket needs to know of it: the projection ``email.threads``, with the people
whom mail goes to, the desk's setup and its webhooks. Pure; addresses stay sealed."""

import msgspec

from adapters.email.sending.people import PEOPLE
from adapters.email.sending.webhooks import WEBHOOKS
from libs.events.envelope import Recorded
from libs.events.projection import Projection, Table
from libs.events.published.setup import DEFAULT, DESK_ID, Setup, setup_after
from libs.events.published.tickets import (
    AgentReplied,
    CollaboratorAdded,
    CollaboratorRemoved,
    CustomerMessageAdded,
    FollowerAdded,
    FollowerRemoved,
    MailBounced,
    MailFailed,
    MajorIncidentDeclared,
    MajorIncidentEnded,
    MessageRedacted,
    NoteAdded,
    ParticipantMessageAdded,
    ReplyFailed,
    RequesterChanged,
    SatisfactionAsked,
    SideConversationOpened,
    SideMessageAdded,
    SlaClockBreached,
    SlaClockRetargeted,
    SlaClockStarted,
    TicketAssigned,
    TicketCancelled,
    TicketClassified,
    TicketFollowedContact,
    TicketMarkedNotSpam,
    TicketMarkedSpam,
    TicketMerged,
    TicketOpened,
    TicketUnmerged,
)
from libs.mongo import Document

# A thread's header names its beginning and its latest messages (RFC 5322, 3.6.4, sets no limit;
# mail programs need no more, and some cut longer ones in the wrong place).
MOST_MESSAGES = 20
_MESSAGES = (TicketOpened, CustomerMessageAdded, ParticipantMessageAdded, AgentReplied)
_SIDE = (SideConversationOpened, SideMessageAdded)
# What agents are told of, beside what is said.
_NEWS = (NoteAdded, SlaClockBreached, ReplyFailed, MailFailed, MailBounced)
_FACTS = (
    RequesterChanged,
    TicketFollowedContact,
    CollaboratorAdded,
    CollaboratorRemoved,
    FollowerAdded,
    FollowerRemoved,
    MessageRedacted,
    SatisfactionAsked,
    TicketAssigned,
    TicketClassified,
    MajorIncidentDeclared,
    MajorIncidentEnded,
    SlaClockStarted,
    SlaClockRetargeted,
    TicketMarkedSpam,
    TicketMarkedNotSpam,
    TicketCancelled,
    TicketMerged,
    TicketUnmerged,
)
_KNOWN = _MESSAGES + _SIDE + _FACTS + _NEWS


def _thread_key(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if isinstance(recorded.data, _KNOWN) else None


def _fold_thread(document: Document | None, recorded: Recorded[object]) -> Document:
    """One ticket: the content that holds its subject, its messages in their order, its side
    conversations with theirs, and what letters about it say.

    A message is ``{"sequence", "content"}`` from outside, whose rendition knows its Message-ID, or
    ``{"sequence", "event", "content"}`` of ours, whose Message-ID is made of the event's id.
    collaborators: ``{"id", "since"}``, and ``"until"`` which event; ended: why no mail is to be
    sent on our own account ("" while it is); followers: ids of agents.
    """
    thread: Document = document or {
        "subject": "",
        "messages": [],
        "sides": [],
        "collaborators": [],
        "followers": [],
        "ended": "",
    }
    if isinstance(recorded.data, _MESSAGES):
        thread |= _said(thread, recorded)
    elif isinstance(recorded.data, _SIDE):
        thread |= _said_aside(thread, recorded)
    else:
        thread |= _changed(thread, recorded)
    return thread | {"sequence": recorded.sequence}


def _said(thread: Document, recorded: Recorded[object]) -> Document:
    data = recorded.data
    message: Document = {"sequence": recorded.sequence}
    news: Document = {}
    if isinstance(data, AgentReplied):
        message |= {"event": recorded.event_id, "content": data.message.rendition.id}
    elif isinstance(data, TicketOpened | CustomerMessageAdded | ParticipantMessageAdded):
        message["content"] = data.message.rendition.id
        news["subject"] = thread["subject"] or data.message.rendition.id
    if isinstance(data, TicketOpened):
        news |= {
            "number": f"{data.prefix}{data.number}",
            "requester": data.requester_id,
            "account": data.account,
            "brand": data.brand,
            "type": data.type,
            "language": data.message.language,
        }
    return news | {"messages": _longer(thread["messages"], message)}


def _said_aside(thread: Document, recorded: Recorded[object]) -> Document:
    match recorded.data:
        case SideConversationOpened() as opened:
            side: Document = {"id": opened.side_id, "contact": opened.contact_id, "messages": []}
            ours = True
        case SideMessageAdded() as said:
            side = next(one for one in thread["sides"] if one["id"] == said.side_id)
            ours = not said.contact_id
    assert isinstance(recorded.data, _SIDE)
    message: Document = {"event": recorded.event_id} if ours else {}
    message |= {"sequence": recorded.sequence, "content": recorded.data.message.rendition.id}
    others = [one for one in thread["sides"] if one["id"] != side["id"]]
    return {"sides": [*others, side | {"messages": _longer(side["messages"], message)}]}


def _changed(thread: Document, recorded: Recorded[object]) -> Document:
    match recorded.data:
        case RequesterChanged(contact_id=contact) | TicketFollowedContact(contact_id=contact):
            return {"requester": contact}
        case CollaboratorAdded(contact_id=contact):
            joined = {"id": contact, "since": recorded.sequence}
            return {"collaborators": [*thread["collaborators"], joined]}
        case CollaboratorRemoved(contact_id=contact):
            return {
                "collaborators": [
                    {"until": recorded.sequence} | one if one["id"] == contact else one
                    for one in thread["collaborators"]
                ]
            }
        case FollowerAdded(agent_id=agent):
            return {"followers": [*thread["followers"], agent]}
        case FollowerRemoved(agent_id=agent):
            return {"followers": [one for one in thread["followers"] if one != agent]}
        case MessageRedacted() as redacted:
            left = redacted.rendition.id if redacted.rendition is not None else ""
            was = redacted.message_sequence
            return {
                "messages": [
                    one | {"content": left} if one["sequence"] == was else one
                    for one in thread["messages"]
                ]
            }
        case TicketAssigned(team_id=team, agent_id=agent):
            return {"team": team, "agent": agent}
        case TicketClassified(type=type):
            return {"type": type}
        case MajorIncidentDeclared() | MajorIncidentEnded():
            return {"major": isinstance(recorded.data, MajorIncidentDeclared)}
        case SlaClockStarted(terms=terms) | SlaClockRetargeted(terms=terms):
            return {"promise": terms.due_at} if terms.metric == "first_reply" else {}
        case TicketMarkedSpam():
            return {"ended": "spam"}
        case TicketCancelled():
            return {"ended": "cancelled"}
        case TicketMerged():
            return {"ended": "merged"}
        case TicketMarkedNotSpam() | TicketUnmerged():
            return {"ended": ""}
    return {}


def _longer(messages: list[Document], message: Document) -> list[Document]:
    """With its beginning and its end, where it has become too long."""
    kept = [*messages, message]
    return kept if len(kept) <= MOST_MESSAGES else [kept[0], *kept[2:]]


def copied_to(thread: Document, sequence: int) -> list[str]:
    """The collaborators at the moment of this event."""
    return [
        one["id"]
        for one in thread["collaborators"]
        if one["since"] < sequence < one.get("until", sequence + 1)
    ]


def side_of(thread: Document, id: str) -> Document | None:
    """A side conversation; None for one that is not known."""
    return next((one for one in thread["sides"] if one["id"] == id), None)


def setup_in(document: Document | None) -> Setup:
    """The setup in the desk's document; the default before there is one."""
    return msgspec.json.decode(document["setup"], type=Setup) if document else DEFAULT


def _desk_key(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if recorded.aggregate_id == DESK_ID else None


def _fold_desk(document: Document | None, recorded: Recorded[object]) -> Document:
    """The desk's setup, as JSON, since codes may hold what MongoDB takes for a path."""
    setup = setup_after(setup_in(document), recorded.data, recorded.sequence)
    return {"setup": msgspec.json.encode(setup).decode()}


THREADS = Projection(
    service="email",
    name="threads",
    version=8,
    sources=("tickets.events", "contacts.events", "setup.events"),
    tables=(
        Table("threads", _thread_key, _fold_thread),
        PEOPLE,
        Table("desk", _desk_key, _fold_desk),
        WEBHOOKS,
    ),
    pace=0.1,
)
