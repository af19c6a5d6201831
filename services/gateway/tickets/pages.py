"""A ticket, its conversation and its history as an answer shows them, by role. Pure.

These types are the contract of the HTTP interface; its description is made from them.
"""

from collections.abc import Mapping
from typing import Literal

from typing_extensions import TypedDict

from libs.contents import Rendition
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.published.messages import Attachment, MessageFacts
from libs.keyring import ERASED, Erased
from services.gateway.instants import text
from services.gateway.tickets.sentences import Name, sentence
from services.gateway.tickets.view import LastMessage, TicketView

Words = Mapping[str, Rendition | Erased]

# The events that hold a message, and what became of a reply.
PUBLIC_MESSAGES = (t.TicketOpened, t.CustomerMessageAdded, t.AgentReplied)
MESSAGES = (*PUBLIC_MESSAGES, t.ForeignMessageAdded, t.NoteAdded)
DELIVERIES = (t.ReplyDelivered, t.ReplyDelayed, t.ReplyFailed)


class Person(TypedDict):
    """Somebody. id: of a contact or an agent; name: "(erased)" after an erasure."""

    id: str
    name: str


class MessageCounts(TypedDict):
    """How many messages a ticket has, by who wrote them."""

    customer: int
    replies: int
    foreign: int
    notes: int


class TicketPage(TypedDict):
    """A ticket for agents. erased: whether its customer was, and all words with them."""

    id: str
    number: int
    status: t.Status
    subject: str
    requester: Person
    account: str
    channel: str
    agent_id: str
    team_id: str
    created_at: str
    updated_at: str
    solved_at: str | None
    closed_at: str | None
    solved_by: str
    resolution_code: str
    cause: str
    waiting_reason: str
    reopenings: int
    rating: int | None
    messages: MessageCounts
    last_message: LastMessage
    undelivered_replies: list[int]
    follow_up_of: str
    follow_ups: list[str]
    sequence: int
    erased: bool


class CustomerTicketPage(TypedDict):
    """A ticket for the customer whose it is: nothing of how it is worked on."""

    id: str
    number: int
    status: t.Status
    subject: str
    channel: str
    created_at: str
    solved_at: str | None
    closed_at: str | None
    rating: int | None
    erased: bool


class AttachmentPage(TypedDict):
    """A file of a message; its bytes are at ``/v1/tickets/<ticket>/contents/<id>``."""

    id: str
    name: str
    size: int
    media_type: str
    inline: bool


class DeliveryPage(TypedDict):
    """What became of a reply. error: the channel's answer."""

    state: Literal["delivered", "delayed", "failed"]
    attempts: int
    error: str


class MessagePage(TypedDict):
    """One message. at: when our side accepted it; delivery: of a reply, once something is known."""

    sequence: int
    at: str
    author: Person
    role: str
    visibility: str
    direction: str
    channel: str
    language: str
    automatic: str
    subject: str
    text: str
    html: str | None
    attachments: list[AttachmentPage]
    delivery: DeliveryPage | None


class HistoryPage(TypedDict):
    """One step of a ticket's history. sentence: who did what, and why."""

    sequence: int
    at: str
    recorded_at: str
    type: str
    actor: Person
    sentence: str
    command_id: str


def ticket_page(id: str, view: TicketView, words: Words, name: Name) -> TicketPage:
    """For agents."""
    requester = _person(f"contact:{view['requester_id']}", name)
    return TicketPage(
        id=id,
        number=view["number"],
        status=view["status"],
        subject=_words(words, view["subject"]).subject,
        requester=requester,
        account=view["account"],
        channel=view["channel"],
        agent_id=view["agent_id"],
        team_id=view["team_id"],
        created_at=view["created_at"],
        updated_at=view["updated_at"],
        solved_at=view["solved_at"],
        closed_at=view["closed_at"],
        solved_by=view["solved_by"],
        resolution_code=view["resolution_code"],
        cause=view["cause"],
        waiting_reason=view["waiting_reason"],
        reopenings=view["reopenings"],
        rating=view["rating"],
        messages=MessageCounts(
            customer=view["customer_messages"],
            replies=view["replies"],
            foreign=view["foreign_messages"],
            notes=view["notes"],
        ),
        last_message=view["last_message"],
        undelivered_replies=view["undelivered"],
        follow_up_of=view["follow_up_of"],
        follow_ups=view["follow_ups"],
        sequence=view["sequence"],
        erased=requester["name"] == str(ERASED) or isinstance(words[view["subject"]], Erased),
    )


def customer_ticket_page(id: str, view: TicketView, words: Words) -> CustomerTicketPage:
    """For the customer whose ticket it is."""
    return CustomerTicketPage(
        id=id,
        number=view["number"],
        status=view["status"],
        subject=_words(words, view["subject"]).subject,
        channel=view["channel"],
        created_at=view["created_at"],
        solved_at=view["solved_at"],
        closed_at=view["closed_at"],
        rating=view["rating"],
        erased=isinstance(words[view["subject"]], Erased),
    )


def author_of(data: object) -> str | None:
    """Who wrote the message of an event, as ``contact:…`` or ``agent:…``; None without one."""
    match data:
        case t.TicketOpened(requester_id=author):
            return f"contact:{author}"
        case t.CustomerMessageAdded(author_id=author) | t.ForeignMessageAdded(author_id=author):
            return f"contact:{author}"
        case t.FollowUpRequested(author_id=author):
            return f"contact:{author}"
        case t.AgentReplied(agent_id=agent) | t.NoteAdded(agent_id=agent):
            return f"agent:{agent}"
    return None


def facts_of(data: object) -> MessageFacts:
    """The facts of the message that an event of MESSAGES holds."""
    if not isinstance(data, MESSAGES):
        raise TypeError(f"{type(data).__name__} holds no message")
    return data.message


def message_page(
    recorded: Recorded[object], words: Words, name: Name, delivery: DeliveryPage | None
) -> MessagePage:
    """One message of a conversation."""
    facts = facts_of(recorded.data)
    rendition = _words(words, facts.rendition.id)
    return MessagePage(
        sequence=recorded.sequence,
        at=text(facts.received_at),
        author=_person(author_of(recorded.data) or recorded.actor, name),
        role=facts.role,
        visibility=facts.visibility,
        direction=facts.direction,
        channel=facts.channel,
        language=facts.language,
        automatic=facts.automatic,
        subject=rendition.subject,
        text=rendition.text,
        html=rendition.html,
        attachments=[
            _attachment(attachment, place, rendition)
            for place, attachment in enumerate(facts.attachments)
        ],
        delivery=delivery,
    )


def file_name(rendition: Rendition | Erased, place: int) -> str:
    """The name of the message's file at this place; "" for one without."""
    if isinstance(rendition, Erased):
        return str(ERASED)
    return rendition.attachments[place] if place < len(rendition.attachments) else ""


def reply_sequence(data: object) -> int:
    """Which reply an event of DELIVERIES is about."""
    if not isinstance(data, DELIVERIES):
        raise TypeError(f"{type(data).__name__} says nothing of a delivery")
    return data.reply_sequence


def delivery_page(data: object) -> DeliveryPage:
    """What an event of DELIVERIES says."""
    match data:
        case t.ReplyDelivered(attempts=attempts):
            return DeliveryPage(state="delivered", attempts=attempts, error="")
        case t.ReplyDelayed(attempts=attempts, error=error):
            return DeliveryPage(state="delayed", attempts=attempts, error=error)
        case t.ReplyFailed(attempts=attempts, error=error):
            return DeliveryPage(state="failed", attempts=attempts, error=error)
    raise TypeError(f"{type(data).__name__} says nothing of a delivery")


def history_page(recorded: Recorded[object], name: Name) -> HistoryPage:
    """One step of a history."""
    return HistoryPage(
        sequence=recorded.sequence,
        at=text(recorded.occurred_at),
        recorded_at=text(recorded.recorded_at),
        type=recorded.type,
        actor=_person(recorded.actor, name),
        sentence=sentence(recorded, name),
        command_id=recorded.causation_id,
    )


def _person(actor: str, name: Name) -> Person:
    return Person(id=actor.partition(":")[2], name=name(actor))


def _words(words: Words, id: str) -> Rendition:
    found = words[id]
    return Rendition(str(ERASED), str(ERASED)) if isinstance(found, Erased) else found


def _attachment(attachment: Attachment, place: int, rendition: Rendition) -> AttachmentPage:
    content = attachment.content
    return AttachmentPage(
        id=content.id,
        name=file_name(rendition, place),
        size=content.size,
        media_type=content.media_type,
        inline=attachment.inline,
    )
