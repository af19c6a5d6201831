"""What `deskledger export` has written, understood: for a desk that begins anew with its tickets.

Who said what, when, and what each ticket is at its end. Its history in between is there in
sentences only, so changes of status before the last one are not taken again.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime

import msgspec

from deskledger.history.model import (
    Became,
    Entry,
    Field,
    File,
    Link,
    NotTaken,
    Person,
    Rated,
    Said,
    Ticket,
    Value,
)
from deskledger.history.staging import Staging
from libs.events.ids import is_id
from libs.events.published.tickets import Relation, Status, SurveyScale, TicketType

SOURCE = "deskledger"
ONLY = "tickets"
KINDS: Mapping[str, str] = {
    "tickets": "tickets",
    "contacts": "users",
    "organisations": "organizations",
}
ERASED = "(erased)"
# Of 1 to 5, as is a rating that answers no survey.
_SCALES: tuple[SurveyScale, ...] = ("stars5", "csat5")
# What customers and agents said to one another; what was said beside has other members.
_SAID = ("message", "foreign", "reply", "note")


class Somebody(msgspec.Struct, frozen=True):
    id: str = ""


class Address(msgspec.Struct):
    channel: str
    address: str


class Contact(msgspec.Struct):
    id: str
    name: str = ""
    addresses: tuple[Address, ...] = ()
    language: str = ""
    time_zone: str = ""
    organisation_id: str = ""
    erased_at: str = ""


class Organisation(msgspec.Struct):
    id: str
    name: str = ""
    domains: tuple[str, ...] = ()


class Attachment(msgspec.Struct):
    id: str
    name: str = ""
    media_type: str = ""
    inline: bool = False
    redacted: bool = False


class Message(msgspec.Struct):
    sequence: int
    ticket: str
    at: datetime
    kind: str
    author: Somebody
    visibility: str = "public"
    channel: str = ""
    text: str = ""
    html: str | None = None
    attachments: tuple[Attachment, ...] = ()


class Waiting(msgspec.Struct):
    until: datetime | None = None


class Linked(msgspec.Struct):
    ticket_id: str
    relation: Relation


class Survey(msgspec.Struct):
    scale: SurveyScale
    state: str = ""


class Shown(msgspec.Struct):
    """A ticket as an agent reads it."""

    id: str
    created_at: datetime
    updated_at: datetime
    subject: str
    status: Status
    requester: Somebody
    channel: str = ""
    type: TicketType = ""
    priority: int = 0
    tags: tuple[str, ...] = ()
    agent_id: str = ""
    team_id: str = ""
    solved_at: datetime | None = None
    closed_at: datetime | None = None
    collaborators: tuple[Somebody, ...] = ()
    fields: dict[str, bool | float | str | tuple[str, ...] | None] = {}
    erased: bool = False
    waiting: Waiting | None = None
    snoozed_until: datetime | None = None
    links: tuple[Linked, ...] = ()
    survey: Survey | None = None
    rating: int | None = None
    rating_comment: str = ""


class Happened(msgspec.Struct):
    """A step of its history; what it says are sentences."""

    at: datetime
    type: str = ""
    actor: Somebody = Somebody()


class Exported(msgspec.Struct):
    """A line of ``tickets.jsonl``."""

    id: str
    ticket: Shown
    conversation: tuple[Message, ...] = ()
    history: tuple[Happened, ...] = ()


def agent(id: str) -> str:
    """Agents are called here as they were there; contacts are none."""
    return "" if is_id(id, "p") else id


def people(staging: Staging) -> Iterator[Person | NotTaken]:
    """The contacts who are not erased."""
    for id, body in staging.all("users"):
        try:
            contact = msgspec.json.decode(body, type=Contact)
            firm = staging.get("organizations", contact.organisation_id)
            organisation = msgspec.json.decode(firm, type=Organisation) if firm else None
        except msgspec.ValidationError as error:
            yield NotTaken("person", id, "", f"It has not the shape of a contact: {error}.")
            continue
        if contact.erased_at:
            yield NotTaken("person", id, "", "They were erased.")
            continue
        yield Person(
            id,
            contact.name,
            tuple(one.address for one in contact.addresses if one.channel == "email"),
            next((one.address for one in contact.addresses if one.channel == "phone"), ""),
            organisation=organisation.name if organisation else "",
            domain=next(iter(organisation.domains), "") if organisation else "",
            language=contact.language,
            time_zone=contact.time_zone,
        )


def tickets(staging: Staging) -> Iterator[Ticket | NotTaken]:
    """The tickets, each whole."""
    for id, body in staging.all("tickets"):
        try:
            exported = msgspec.json.decode(body, type=Exported)
        except msgspec.ValidationError as error:
            yield NotTaken("ticket", id, "", f"It has not the shape of a ticket: {error}.")
            continue
        if exported.ticket.erased:
            yield NotTaken("ticket", id, "", "Its customer was erased.")
            continue
        yield _ticket(exported)


def _ticket(exported: Exported) -> Ticket:
    one = exported.ticket
    beside = sorted({each.kind for each in exported.conversation} - {*_SAID})
    said = [_said(each) for each in exported.conversation if each.kind in _SAID]
    if not said:
        said.append(Said(f"{one.id}-subject", one.created_at, one.requester.id, ""))
    left = [
        NotTaken("ticket", one.id, f"{kind} messages", "They are not imported.") for kind in beside
    ]
    if one.snoozed_until is not None:
        until = f"snooze until {one.snoozed_until.isoformat()}"
        left.append(NotTaken("ticket", one.id, until, "An import wakes nobody: snooze it here."))
    rated = _rated(exported)
    if isinstance(rated, NotTaken):
        left.append(rated)
    entries: list[Entry] = [*said, *([rated] if isinstance(rated, Rated) else [])]
    return Ticket(
        id=one.id,
        subject=one.subject,
        requester=one.requester.id,
        opened_at=one.created_at,
        entries=tuple(sorted(entries, key=lambda each: each.at)),
        stands=tuple(_stands(one)),
        channel=one.channel,
        copied=tuple(each.id for each in one.collaborators),
        fields={
            name: value
            for name, value in one.fields.items()
            if value is not None and value != ERASED
        },
        fields_at=one.updated_at,
        links=tuple(_links(exported)),
        not_taken=tuple(left),
    )


def _links(exported: Exported) -> Iterator[Link]:
    """Each since its own instant, as far as the history has but these; else since the last."""
    one = exported.ticket
    linked = [each.at for each in exported.history if each.type == "TicketLinked"]
    last = max(linked, default=one.created_at)
    since = linked if len(linked) == len(one.links) else [last] * len(one.links)
    for each, at in zip(one.links, since, strict=True):
        yield Link(each.ticket_id, each.relation, at)


def _rated(exported: Exported) -> Rated | NotTaken | None:
    """Its last rating, with the instant and the author that its history has for it."""
    one = exported.ticket
    if one.rating is None:
        return None
    answers = one.survey is not None and one.survey.state == "answered"
    scale = one.survey.scale if one.survey is not None and answers else _SCALES[0]
    if scale not in _SCALES:
        return NotTaken("ticket", one.id, "rating", f"It is on the scale {scale}, not of 1 to 5.")
    rated = [each for each in exported.history if each.type == "TicketRated"]
    at, author = (rated[-1].at, rated[-1].actor.id) if rated else (one.updated_at, "")
    comment = "" if one.rating_comment == ERASED else one.rating_comment
    return Rated(f"of {one.id}", at, author, one.rating, comment)


def _said(message: Message) -> Said:
    return Said(
        id=f"{message.ticket}-{message.sequence}",
        at=message.at,
        author=message.author.id,
        text=message.text,
        html=message.html or "",
        public=message.visibility == "public",
        channel="" if message.channel == "desk" else message.channel,
        files=tuple(
            File(file.id, file.name, file.media_type, file.inline)
            for file in message.attachments
            if not file.redacted
        ),
    )


def _stands(one: Shown) -> Iterator[Became]:
    found: list[tuple[Field, Value, datetime]] = [
        ("team", one.team_id, one.created_at),
        ("agent", one.agent_id, one.created_at),
        ("type", one.type, one.updated_at),
        ("priority", one.priority, one.updated_at),
        ("tags", one.tags, one.updated_at),
        ("status", one.status, one.closed_at or one.solved_at or one.updated_at),
    ]
    if one.status == "closed" and one.solved_at is not None:
        yield Became("solved", one.solved_at, "", "status", "solved")
    for field, value, at in found:
        if value:
            until = one.waiting.until if field == "status" and one.waiting is not None else None
            id = f"{field}-{int(one.updated_at.timestamp())}"
            yield Became(id, at, "", field, value, until)
