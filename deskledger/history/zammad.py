"""Zammad's export, understood: tickets with their articles, users, organizations, groups, history.

The shapes are those of its REST API (docs.zammad.org), plain or with ``expand=true``, which gives
names beside ids. Without the tickets' history a ticket is what it is at its end.
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import TypeVar

import msgspec

from deskledger.history.model import (
    Became,
    Entry,
    Field,
    File,
    Link,
    NotTaken,
    Person,
    Said,
    Ticket,
    Value,
)
from deskledger.history.staging import Staging
from libs.events.published.tickets import Relation

SOURCE = "zammad"
ONLY = "tickets"
KINDS: Mapping[str, str] = {
    "tickets": "tickets",
    "ticket": "tickets",
    "ticket_articles": "articles",
    "articles": "articles",
    "users": "users",
    "organizations": "organizations",
    "groups": "groups",
    "ticket_states": "states",
    "states": "states",
    "ticket_priorities": "priorities",
    "priorities": "priorities",
    "ticket_history": "history",
    "history": "history",
    "histories": "history",
}

Id = int | str
T = TypeVar("T")
# As every Zammad is installed; the lists of an export say otherwise where it was changed.
_STATES = {
    "1": "new",
    "2": "open",
    "3": "pending reminder",
    "4": "closed",
    "5": "merged",
    "6": "removed",
    "7": "pending close",
}
_PRIORITIES = {"1": "1 low", "2": "2 normal", "3": "3 high"}
_SENDERS = {"1": "Agent", "2": "Customer", "3": "System"}
_TYPES = {"1": "email", "2": "sms", "3": "chat", "5": "phone", "10": "note", "11": "web"}
# A closed ticket can be reopened there: only at its end it is closed for good.
_BECOMES = {
    "new": "new",
    "open": "open",
    "pending reminder": "pending",
    "pending close": "pending",
    "closed": "solved",
}
# Only where a time stands beside these is it one until which a ticket waits.
_WAITS = ("pending reminder", "pending close")
_RELATIONS: Mapping[str, Relation] = {"normal": "related", "parent": "parent", "child": "child"}
_AGENTS = {"1": "Admin", "2": "Agent"}
# Who does what nobody did, and has what nobody has.
_ITSELF = "1"
_FIELDS: dict[str, Field] = {
    "state": "status",
    "priority": "priority",
    "owner": "agent",
    "group": "team",
}


class User(msgspec.Struct):
    id: Id
    firstname: str | None = None
    lastname: str | None = None
    email: str | None = None
    phone: str | None = None
    mobile: str | None = None
    organization_id: Id | None = None
    role_ids: tuple[Id, ...] = ()
    roles: tuple[str, ...] = ()
    note: str | None = None
    login: str | None = None


class Named(msgspec.Struct):
    """An organisation, group, state or priority."""

    id: Id
    name: str = ""
    domain: str | None = None


class Attachment(msgspec.Struct):
    id: Id
    filename: str = ""
    preferences: dict[str, object] = {}


class Article(msgspec.Struct):
    id: Id
    created_at: datetime
    body: str | None = None
    content_type: str | None = None
    internal: bool = False
    sender: str | None = None
    sender_id: Id | None = None
    type: str | None = None
    type_id: Id | None = None
    created_by_id: Id | None = None
    origin_by_id: Id | None = None
    attachments: tuple[Attachment, ...] = ()


class Step(msgspec.Struct):
    """An entry of a ticket's history."""

    id: Id
    created_at: datetime
    object: str = "Ticket"
    attribute: str | None = None
    value_to: str | None = None
    id_to: Id | None = None
    created_by_id: Id | None = None


class Linked(msgspec.Struct):
    """What the other ticket is to the one that has this."""

    link_object_value: Id
    link_type: str = ""
    link_object: str = "Ticket"


class Exported(msgspec.Struct):
    """A ticket."""

    id: Id
    created_at: datetime
    title: str | None = None
    customer_id: Id | None = None
    owner_id: Id | None = None
    group_id: Id | None = None
    state_id: Id | None = None
    priority_id: Id | None = None
    state: str | None = None
    priority: str | None = None
    group: str | None = None
    updated_at: datetime | None = None
    close_at: datetime | None = None
    last_close_at: datetime | None = None
    pending_time: datetime | None = None
    links: tuple[Linked, ...] = ()
    tags: tuple[str, ...] = ()
    articles: tuple[Article, ...] = ()


def people(staging: Staging) -> Iterator[Person | NotTaken]:
    """The users but for the system's own."""
    for id, body in staging.all("users"):
        if id == _ITSELF:
            continue
        try:
            yield _person(msgspec.json.decode(body, type=User), staging)
        except msgspec.ValidationError as error:
            yield NotTaken("person", id, "", f"It has not the shape of a user: {error}.")


def _person(user: User, staging: Staging) -> Person:
    body = staging.get("organizations", str(user.organization_id))
    firm = _decoded(body, Named) if body else None
    roles = {*user.roles, *(_AGENTS.get(str(id), "") for id in user.role_ids)}
    return Person(
        id=str(user.id),
        name=" ".join(filter(None, (user.firstname, user.lastname))),
        emails=(user.email,) if user.email else (),
        phone=user.phone or user.mobile or "",
        agent=not roles.isdisjoint(_AGENTS.values()),
        organisation=firm.name if firm else "",
        domain=(firm.domain or "") if firm else "",
        notes=user.note or "",
    )


def tickets(staging: Staging) -> Iterator[Ticket | NotTaken]:
    """The tickets, each whole."""
    names = _Names(staging)
    for id, body in staging.all("tickets"):
        try:
            exported = msgspec.json.decode(body, type=Exported)
            articles = exported.articles or tuple(
                msgspec.json.decode(one, type=Article) for one in staging.of("articles", id)
            )
            steps = [msgspec.json.decode(one, type=Step) for one in staging.of("history", id)]
        except msgspec.ValidationError as error:
            yield NotTaken("ticket", id, "", f"It has not the shape of a ticket: {error}.")
            continue
        state = names.state(exported)
        if state not in _BECOMES:
            yield NotTaken("ticket", id, "", f"It is {state or 'in no state'}.")
            continue
        yield _ticket(exported, articles, steps, names)


class _Names:
    """What ids stand for."""

    def __init__(self, staging: Staging) -> None:
        self._staging = staging

    def state(self, ticket: Exported) -> str:
        return ticket.state or self.of("states", ticket.state_id, _STATES)

    def priority(self, ticket: Exported) -> str:
        return ticket.priority or self.of("priorities", ticket.priority_id, _PRIORITIES)

    def group(self, ticket: Exported) -> str:
        return ticket.group or self.of("groups", ticket.group_id, {})

    def of(self, kind: str, id: Id | None, installed: Mapping[str, str]) -> str:
        """The name of this id, or the id itself where nobody says; "" for none."""
        if id is None:
            return ""
        body = self._staging.get(kind, str(id))
        known = _decoded(body, Named) if body else None
        return known.name if known else installed.get(str(id), str(id))


def _ticket(
    one: Exported, articles: tuple[Article, ...], steps: list[Step], names: _Names
) -> Ticket:
    said = [_said(article) for article in articles]
    if not said:
        said.append(Said(f"{one.id}-title", one.created_at, _by(one.customer_id), one.title or ""))
    all: list[Entry] = [*said, *_became(steps)]
    return Ticket(
        id=str(one.id),
        subject=one.title or "",
        requester=_by(one.customer_id),
        opened_at=one.created_at,
        entries=tuple(sorted(all, key=lambda each: (each.at, isinstance(each, Became)))),
        stands=tuple(_stands(one, names)),
        channel=said[0].channel,
        links=tuple(
            Link(str(link.link_object_value), relation, one.updated_at or one.created_at)
            for link in one.links
            if link.link_object == "Ticket" and (relation := _RELATIONS.get(link.link_type))
        ),
    )


def _said(article: Article) -> Said:
    sender = article.sender or _SENDERS.get(str(article.sender_id), "")
    html = (article.content_type or "").startswith("text/html")
    type = article.type or _TYPES.get(str(article.type_id), "")
    return Said(
        id=str(article.id),
        at=article.created_at,
        author="" if sender == "System" else _by(article.origin_by_id or article.created_by_id),
        text="" if html else article.body or "",
        html=(article.body or "") if html else "",
        public=not article.internal,
        by_agent=None if sender == "System" else sender == "Agent",
        channel="" if type == "note" else type,
        files=tuple(_file(one) for one in article.attachments),
    )


def _file(one: Attachment) -> File:
    declared = one.preferences.get("Content-Type") or one.preferences.get("Mime-Type") or ""
    inline = bool(one.preferences.get("Content-ID"))
    return File(str(one.id), one.filename, str(declared).partition(";")[0], inline)


def _became(steps: list[Step]) -> Iterator[Became]:
    """What the history says; a state and the time until which it waits are steps of their own."""
    ours = [step for step in steps if step.object == "Ticket"]
    times = {
        step.created_at: _time(step.value_to) for step in ours if step.attribute == "pending_time"
    }
    moved = {step.created_at for step in ours if step.attribute == "state"}
    state = ""
    for step in sorted(ours, key=lambda step: step.created_at):
        author, at = _by(step.created_by_id), step.created_at
        field = _FIELDS.get(step.attribute or "")
        if field is None:
            waits = step.attribute == "pending_time" and state in _WAITS and at not in moved
            if waits and (until := times[at]) is not None:
                yield Became(str(step.id), at, author, "status", "pending", until)
            continue
        raw = _by(step.id_to) if field == "agent" else step.value_to or ""
        until = None
        if field == "status":
            state, until = raw, times.get(at) if raw in _WAITS else None
        if (value := _value(field, raw)) is not None:
            yield Became(str(step.id), at, author, field, value, until)


def _time(text: str | None) -> datetime | None:
    """An instant as histories write it: ``2022-05-03 08:00:00 UTC``; None for what is none."""
    try:
        at = datetime.fromisoformat((text or "").removesuffix(" UTC"))
    except ValueError:
        return None
    return at if at.tzinfo else at.replace(tzinfo=UTC)


def _stands(one: Exported, names: _Names) -> Iterator[Became]:
    """What it is at the end, by the fields of the ticket itself."""
    last = one.updated_at or one.created_at
    state = names.state(one)
    over = one.last_close_at or one.close_at or last
    owner = None if one.owner_id is None else _by(one.owner_id)
    found: list[tuple[Field, str | None, datetime]] = [
        ("team", names.group(one), one.created_at),
        ("agent", owner, one.created_at),
        ("priority", names.priority(one), last),
        ("status", state, over if state == "closed" else last),
    ]
    for field, raw, at in found:
        if raw is not None and (value := _value(field, raw)) is not None:
            closed = field == "status" and value == "solved"
            stands: Value = "closed" if closed else value
            until = one.pending_time if field == "status" and raw in _WAITS else None
            yield Became(f"{field}-{int(last.timestamp())}", at, "", field, stands, until)
    if one.tags:
        yield Became(f"tags-{int(last.timestamp())}", last, "", "tags", one.tags)


def _value(field: Field, raw: str) -> Value | None:
    """In our own terms; None for what says nothing."""
    match field:
        case "status":
            return _BECOMES.get(raw)
        case "priority":
            return {"1": 4, "2": 3, "3": 2}.get(raw[:1])
        case "agent":
            return raw
    return raw or None


def _by(id: Id | None) -> str:
    """A person's id; "" for the system itself."""
    text = "" if id is None else str(id)
    return "" if text == _ITSELF else text


def _decoded(body: bytes, shape: type[T]) -> T | None:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError:
        return None
