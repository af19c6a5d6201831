"""One message of a ticket as an answer shows it, with what became of it since.

A message is one event; later ones amend it: a note is rewritten, a part of it is redacted, a reply
is delivered. They are its amendments, in their order.
"""

from collections.abc import Iterator, Sequence
from typing import Literal

from typing_extensions import TypedDict

from libs.contents import Rendition
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.published.messages import Attachment, MessageFacts
from libs.keyring import ERASED, Erased
from services.gateway.instants import text
from services.gateway.tickets.pages.words import (
    REDACTED,
    Person,
    Words,
    contact,
    person,
    words_of,
)
from services.gateway.tickets.sentences import Name

# The events that hold a message.
PUBLIC_MESSAGES = (
    t.TicketOpened,
    t.CustomerMessageAdded,
    t.ParticipantMessageAdded,
    t.AgentReplied,
)
MESSAGES = (
    *PUBLIC_MESSAGES,
    t.ForeignMessageAdded,
    t.NoteAdded,
    t.ReplyScheduled,
    t.SideConversationOpened,
    t.SideMessageAdded,
    t.ConsultationAsked,
    t.ConsultationAnswered,
    t.MailBounced,
    t.SpamComplaintReceived,
)
_DELIVERIES = (t.ReplyDelivered, t.ReplyDelayed, t.ReplyFailed)
# The events that say something of an earlier message, by the field that names its sequence.
AMENDMENTS = {
    "note_sequence": (t.NoteEdited,),
    "message_sequence": (t.MessageRedacted, t.MessageNeedsNoReply),
    "reply_sequence": _DELIVERIES,
    "about": (t.MailBounced,),
    "scheduled_sequence": (t.AgentReplied, t.ReplyWithdrawn),
}

Amendments = Sequence[Recorded[object]]
Kind = Literal["message", "foreign", "reply", "scheduled", "note", "side", "consultation", "bounce"]
State = Literal["delivered", "delayed", "failed", "bounced"]


class AttachmentPage(TypedDict):
    """A file of a message; its bytes are at ``/v1/tickets/<ticket>/contents/<id>``. redacted: they
    are gone for good. inline: the HTML shows it, as ``cid:`` and its content_id; really: its type
    where it says that it is something else, else ""."""

    id: str
    name: str
    size: int
    media_type: str
    really: str
    inline: bool
    content_id: str
    redacted: bool


class PassagePage(TypedDict):
    """Characters [start, end) of the text that a reader may fold (Unicode code points)."""

    start: int
    end: int
    kind: Literal["quote", "signature", "disclaimer"]


class DeliveryPage(TypedDict):
    """What became of a reply. error: the channel's answer; bounced: it came back after it was
    delivered to the next server (error is its status by RFC 3463)."""

    state: State
    attempts: int
    error: str


class VersionPage(TypedDict):
    """The words of a note before it was rewritten."""

    at: str
    text: str


class RedactionPage(TypedDict):
    """Somebody took the message, or a part of it, away for good. whole: nothing was left."""

    at: str
    by: Person
    reason: str
    whole: bool


class SchedulePage(TypedDict):
    """A reply that leaves later, or (withdrawn) never."""

    send_at: str
    withdrawn: bool


class MessagePage(TypedDict):
    """One message. ticket, sequence: where it was written: here, on a ticket that is merged into
    this one, or on the one that this was split from; at: when our side accepted it; thread: the
    side conversation or consultation that it belongs to, "" for the ticket itself; delivery: of a
    reply, once something is known; earlier: what a note said before; reply_wanted: false once an
    agent said that it needs none; folded: quoted history, signatures and disclaimers in the text;
    visible: the text without them; away_until: the day that an automatic answer names for the
    return of whom it stands for; authentication: whether the channel vouches for the author
    (failed: somebody else wrote in their name); protection: how it came, unverified, "" without
    any; original: the id of the content with its bytes as they came, for agents."""

    ticket: str
    sequence: int
    at: str
    kind: Kind
    thread: str
    author: Person
    cc: list[Person]
    mentions: list[str]
    role: str
    visibility: str
    direction: str
    channel: str
    language: str
    automatic: str
    authentication: Literal["unknown", "passed", "failed"]
    away_until: str | None
    subject: str
    text: str
    folded: list[PassagePage]
    visible: str
    html: str | None
    protection: Literal["", "signed", "encrypted"]
    attachments: list[AttachmentPage]
    original: str | None
    delivery: DeliveryPage | None
    schedule: SchedulePage | None
    earlier: list[VersionPage]
    redactions: list[RedactionPage]
    reply_wanted: bool


def author_of(data: object) -> str | None:
    """Who wrote the message of an event, as ``contact:…`` or ``agent:…``; None where the event's
    actor did."""
    match data:
        case t.TicketOpened(requester_id=author, message=MessageFacts(role="customer")):
            return f"contact:{author}"
        case t.CustomerMessageAdded(author_id=author) | t.ForeignMessageAdded(author_id=author):
            return f"contact:{author}"
        case (
            t.ParticipantMessageAdded(author_id=author)
            | t.FollowUpRequested(author_id=author)
            | t.MessageTurnedAway(author_id=author)
        ):
            return f"contact:{author}"
        case t.SideMessageAdded(contact_id=author) if author:
            return f"contact:{author}"
        case t.AgentReplied(agent_id=agent) | t.ReplyScheduled(agent_id=agent):
            return f"agent:{agent}"
        case t.NoteAdded(agent_id=agent) | t.SideConversationOpened(agent_id=agent):
            return f"agent:{agent}"
    return None


def facts_of(data: object) -> MessageFacts:
    """The facts of the message that an event of MESSAGES holds."""
    if not isinstance(data, MESSAGES):
        raise TypeError(f"{type(data).__name__} holds no message")
    return data.message


def amended(data: object) -> int:
    """The sequence of the message that an event of AMENDMENTS speaks of."""
    match data:
        case t.NoteEdited(note_sequence=sequence):
            return sequence
        case t.MessageRedacted(message_sequence=sequence):
            return sequence
        case t.MessageNeedsNoReply(message_sequence=sequence):
            return sequence
        case t.AgentReplied(scheduled_sequence=sequence):
            return sequence
        case t.ReplyWithdrawn(scheduled_sequence=sequence):
            return sequence
        case t.ReplyDelivered() | t.ReplyDelayed() | t.ReplyFailed():
            return data.reply_sequence
        case t.MailBounced(about=about):
            return about
    raise TypeError(f"{type(data).__name__} says nothing of another message")


def is_superseded(amendments: Amendments) -> bool:
    """Whether it was a scheduled reply that has been sent: its words stand in that event now."""
    return any(isinstance(later.data, t.AgentReplied) for later in amendments)


def removed_by(amendments: Amendments) -> frozenset[str]:
    """The contents of a message that nobody is to read any more."""
    return frozenset(
        id
        for later in amendments
        if isinstance(later.data, t.MessageRedacted)
        for id in later.data.removed
    )


def renditions_of(facts: MessageFacts, amendments: Amendments) -> Iterator[str]:
    """The contents of all its versions that are still to be read, the first one first."""
    removed = removed_by(amendments)
    versions = [facts.rendition.id]
    for later in amendments:
        if isinstance(later.data, t.NoteEdited | t.MessageRedacted) and later.data.rendition:
            versions.append(later.data.rendition.id)
    yield from (id for id in versions if id not in removed)


def rendition_of(facts: MessageFacts, amendments: Amendments) -> str | None:
    """The content that holds its words now; None: nothing is left of them."""
    return next(reversed([*renditions_of(facts, amendments)]), None)


def message_page(
    recorded: Recorded[object],
    amendments: Amendments,
    words: Words,
    name: Name,
    *,
    for_agents: bool,
) -> MessagePage:
    """One message of a conversation, once all ``renditions_of`` it were revealed."""
    facts = facts_of(recorded.data)
    rendition = words_of(words, rendition_of(facts, amendments))
    removed = removed_by(amendments)
    kind, thread = _kind(recorded.data)
    original = facts.original
    return MessagePage(
        ticket=recorded.aggregate_id,
        sequence=recorded.sequence,
        at=text(facts.received_at),
        kind=kind,
        thread=thread,
        author=person(author_of(recorded.data) or recorded.actor, name),
        cc=[contact(id, name) for id in _cc(recorded.data)],
        mentions=list(recorded.data.mentions) if isinstance(recorded.data, t.NoteAdded) else [],
        role=facts.role,
        visibility=facts.visibility,
        direction=facts.direction,
        channel=facts.channel,
        language=facts.language,
        automatic=facts.automatic,
        authentication=rendition.authentication,
        away_until=rendition.away_until.isoformat() if rendition.away_until else None,
        subject=rendition.subject,
        text=rendition.text,
        folded=[PassagePage(start=p.start, end=p.end, kind=p.kind) for p in rendition.folded],
        visible=rendition.visible,
        html=rendition.html,
        protection=rendition.protection,
        original=original.id if original and for_agents and original.id not in removed else None,
        attachments=[
            _attachment(attachment, rendition, place, removed)
            for place, attachment in enumerate(facts.attachments)
        ],
        delivery=_delivery(recorded.data, amendments),
        schedule=_schedule(recorded.data, amendments),
        earlier=list(_earlier(recorded, amendments, words)),
        redactions=list(_redactions(amendments, name)),
        reply_wanted=not any(isinstance(one.data, t.MessageNeedsNoReply) for one in amendments),
    )


def file_name(rendition: Rendition | Erased, place: int) -> str:
    """The name of the message's file at this place; "" for one without."""
    if isinstance(rendition, Erased):
        return str(ERASED)
    return _at(rendition.attachments, place)


def _kind(data: object) -> tuple[Kind, str]:
    """And the side conversation or consultation that it belongs to."""
    match data:
        case t.SideConversationOpened(side_id=thread) | t.SideMessageAdded(side_id=thread):
            return "side", thread
        case t.ConsultationAsked() | t.ConsultationAnswered():
            return "consultation", data.consultation_id
        case t.ForeignMessageAdded():
            return "foreign", ""
        case t.AgentReplied():
            return "reply", ""
        case t.ReplyScheduled():
            return "scheduled", ""
        case t.NoteAdded():
            return "note", ""
        case t.MailBounced() | t.SpamComplaintReceived():
            return "bounce", ""
        case _:
            return "message", ""


def _cc(data: object) -> tuple[str, ...]:
    return data.cc_ids if isinstance(data, t.AgentReplied | t.ReplyScheduled) else ()


def _attachment(
    attachment: Attachment, rendition: Rendition | Erased, place: int, removed: frozenset[str]
) -> AttachmentPage:
    content = attachment.content
    is_gone = content.id in removed
    said = Rendition() if isinstance(rendition, Erased) or is_gone else rendition
    return AttachmentPage(
        id=content.id,
        name=REDACTED if is_gone else file_name(rendition, place),
        size=content.size,
        media_type=content.media_type,
        really=_at(said.really, place),
        inline=attachment.inline,
        content_id=_at(said.content_ids, place),
        redacted=is_gone,
    )


def _at(texts: Sequence[str], place: int) -> str:
    return texts[place] if place < len(texts) else ""


def _delivery(data: object, amendments: Amendments) -> DeliveryPage | None:
    """The last that is known. A copy that came back says nothing of the addressee's mail."""
    page: DeliveryPage | None = None
    for later in amendments:
        match later.data:
            case t.ReplyDelivered(attempts=attempts):
                page = DeliveryPage(state="delivered", attempts=attempts, error="")
            case t.ReplyDelayed(attempts=attempts, error=error):
                page = DeliveryPage(state="delayed", attempts=attempts, error=error)
            case t.ReplyFailed(attempts=attempts, error=error):
                page = DeliveryPage(state="failed", attempts=attempts, error=error)
            case t.MailBounced(contact_id=contact_id, status=status):
                if isinstance(data, t.AgentReplied) and data.to_id == contact_id:
                    state: State = "delayed" if status.startswith("4") else "bounced"
                    page = DeliveryPage(state=state, attempts=1, error=status)
    return page


def _schedule(data: object, amendments: Amendments) -> SchedulePage | None:
    if not isinstance(data, t.ReplyScheduled):
        return None
    withdrawn = any(isinstance(later.data, t.ReplyWithdrawn) for later in amendments)
    return SchedulePage(send_at=text(data.send_at), withdrawn=withdrawn)


def _earlier(
    recorded: Recorded[object], amendments: Amendments, words: Words
) -> Iterator[VersionPage]:
    removed = removed_by(amendments)
    at, id = recorded.occurred_at, facts_of(recorded.data).rendition.id
    for later in amendments:
        if isinstance(later.data, t.NoteEdited):
            said = words_of(words, id if id not in removed else None)
            yield VersionPage(at=text(at), text=said.text)
            at, id = later.occurred_at, later.data.rendition.id


def _redactions(amendments: Amendments, name: Name) -> Iterator[RedactionPage]:
    for later in amendments:
        if isinstance(later.data, t.MessageRedacted):
            yield RedactionPage(
                at=text(later.occurred_at),
                by=person(later.actor, name),
                reason=later.data.reason,
                whole=later.data.rendition is None,
            )
