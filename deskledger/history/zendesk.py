"""Zendesk's export, understood: tickets with comments or audits, users, organizations, groups.

The shapes are those of its Support API, whether exported as JSON lines or saved page by page
(developer.zendesk.com: Tickets, Ticket Comments, Ticket Audits, Users, Organizations). With audits
every change has its instant and its author; without them a ticket is what it is at its end.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import TypeVar

import msgspec

from deskledger.history.model import (
    STATUSES,
    Became,
    Entry,
    Field,
    FieldValue,
    File,
    NotTaken,
    Person,
    Said,
    Ticket,
    Value,
)
from deskledger.history.staging import Staging
from deskledger.history.zendesk_beside import links, ratings
from deskledger.history.zendesk_shapes import (
    Attachment,
    Audit,
    Comment,
    Exported,
    Group,
    Happened,
    Id,
    Metrics,
    Organization,
    TicketField,
    User,
    Via,
    author_of,
)
from libs.events.published.tickets import TicketType

SOURCE = "zendesk"
ONLY = "tickets"
KINDS: Mapping[str, str] = {
    "tickets": "tickets",
    "ticket": "tickets",
    "users": "users",
    "organizations": "organizations",
    "groups": "groups",
    "ticket_fields": "ticket_fields",
    "comments": "comments",
    "ticket_comments": "comments",
    "audits": "audits",
    "ticket_audits": "audits",
    "satisfaction_ratings": "ratings",
    "ratings": "ratings",
}

T = TypeVar("T")
PRIORITIES = {"urgent": 1, "high": 2, "normal": 3, "low": 4}
_TYPES: dict[str, TicketType] = {
    "question": "question",
    "incident": "incident",
    "problem": "problem",
    "task": "task",
}


def people(staging: Staging) -> Iterator[Person | NotTaken]:
    """The users, and then those who stand in tickets alone."""
    for id, body in staging.all("users"):
        try:
            yield _person(msgspec.json.decode(body, type=User), staging)
        except msgspec.ValidationError as error:
            yield NotTaken("person", id, "", f"It has not the shape of a user: {error}.")
    seen: set[str] = set()
    for _, body in staging.all("tickets"):
        try:
            ticket = msgspec.json.decode(body, type=Exported)
        except msgspec.ValidationError:
            continue  # told where tickets are
        for user in (ticket.requester, ticket.submitter, ticket.assignee):
            if user is None or str(user.id) in seen:
                continue
            seen.add(str(user.id))
            if staging.get("users", str(user.id)) is None:
                yield _person(user, staging)


def _person(user: User, staging: Staging) -> Person:
    body = staging.get("organizations", str(user.organization_id))
    try:
        firm = msgspec.json.decode(body, type=Organization) if body else None
    except msgspec.ValidationError:
        firm = None
    return Person(
        id=str(user.id),
        name=user.name,
        emails=(user.email,) if user.email else (),
        phone=user.phone or "",
        agent=user.role in ("agent", "admin"),
        organisation=firm.name if firm else "",
        domain=firm.domain_names[0] if firm and firm.domain_names else "",
        language=user.locale or "",
        time_zone=user.iana_time_zone or "",
        tags=user.tags,
        notes=user.notes or "",
    )


def tickets(staging: Staging) -> Iterator[Ticket | NotTaken]:
    """The tickets, each whole."""
    titles = {
        id: field.raw_title or field.title
        for id, body in staging.all("ticket_fields")
        if (field := _decoded(body, TicketField)) is not None
    }
    for id, body in staging.all("tickets"):
        try:
            exported = msgspec.json.decode(body, type=Exported)
            comments = exported.comments or tuple(
                msgspec.json.decode(one, type=Comment) for one in staging.of("comments", id)
            )
            audits = exported.audits or tuple(
                msgspec.json.decode(one, type=Audit) for one in staging.of("audits", id)
            )
        except msgspec.ValidationError as error:
            yield NotTaken("ticket", id, "", f"It has not the shape of a ticket: {error}.")
            continue
        if exported.status not in STATUSES:
            yield NotTaken("ticket", id, "", f"It is {exported.status}.")
            continue
        yield _ticket(exported, comments, audits, titles, staging)


def _ticket(
    one: Exported,
    comments: tuple[Comment, ...],
    audits: tuple[Audit, ...],
    titles: Mapping[str, str],
    staging: Staging,
) -> Ticket:
    groups = {} if one.group is None else {str(one.group.id): one.group.name}
    said = [_said(comment, one) for comment in comments]
    known = {each.id for each in said}
    became: list[Became] = []
    for audit in audits:
        for event in audit.events:
            if event.type == "Comment" and str(event.id) not in known:
                said.append(_said_in(event, audit))
            elif event.type in ("Create", "Change"):
                became += _became(event, audit, groups, staging)
    if not said:
        author = _id(one.submitter_id, one.submitter) or _id(one.requester_id, one.requester)
        first = Said(f"{one.id}-description", one.created_at, author, one.description or "")
        said.append(first)
    # What is said at the instant of a change was said first.
    rated, not_rated = ratings(one, audits, staging)
    all: list[Entry] = [*said, *became, *rated]
    entries = sorted(all, key=lambda each: (each.at, not isinstance(each, Said)))
    return Ticket(
        id=str(one.id),
        subject=one.subject or "",
        requester=_id(one.requester_id, one.requester),
        opened_at=one.created_at,
        entries=tuple(entries),
        stands=tuple(_stands(one, groups, staging)),
        channel=_channel(one.via),
        copied=tuple(str(id) for id in dict.fromkeys(one.collaborator_ids + one.email_cc_ids)),
        fields={
            titles.get(str(field.id)) or str(field.id): _field_value(field.value)
            for field in one.custom_fields
        },
        fields_at=one.updated_at or one.created_at,
        links=tuple(links(one, audits)),
        not_taken=tuple(not_rated),
    )


def _said(comment: Comment, ticket: Exported) -> Said:
    return Said(
        id=str(comment.id),
        at=comment.created_at or ticket.created_at,
        author=author_of(comment.author_id),
        text=comment.plain_body or comment.body or "",
        html=comment.html_body or "",
        public=comment.public,
        channel=_channel(comment.via),
        files=_files(comment.attachments),
    )


def _said_in(event: Happened, audit: Audit) -> Said:
    return Said(
        id=str(event.id),
        at=audit.created_at,
        author=author_of(audit.author_id if event.author_id is None else event.author_id),
        text=event.plain_body or event.body or "",
        html=event.html_body or "",
        public=event.public,
        channel=_channel(event.via or audit.via),
        files=_files(event.attachments),
    )


def _files(attachments: tuple[Attachment, ...]) -> tuple[File, ...]:
    return tuple(
        File(str(one.id), one.file_name, one.content_type or "", one.inline) for one in attachments
    )


_CHANGES: dict[str, Field] = {
    "status": "status",
    "priority": "priority",
    "type": "type",
    "assignee_id": "agent",
    "group_id": "team",
    "tags": "tags",
}


def _became(
    event: Happened, audit: Audit, groups: Mapping[str, str], staging: Staging
) -> Iterator[Became]:
    field = _CHANGES.get(event.field_name or "")
    # Nobody is written as nothing.
    raw = "" if field == "agent" and event.value is None else event.value
    if field is not None and (value := _value(field, raw, groups, staging)) is not None:
        author = author_of(audit.author_id)
        yield Became(f"{audit.id}-{event.id}", audit.created_at, author, field, value)


def _stands(one: Exported, groups: Mapping[str, str], staging: Staging) -> Iterator[Became]:
    """What it is at the end, by the fields of the ticket itself."""
    last, metrics = one.updated_at or one.created_at, one.metric_set or Metrics()
    assigned_at = metrics.assigned_at or one.created_at
    solved_at = metrics.solved_at if one.status == "solved" else None
    if one.status == "closed" and metrics.solved_at is not None:
        yield Became("solved", metrics.solved_at, "", "status", "solved")
    found: list[tuple[Field, object, datetime]] = [
        ("team", _id(one.group_id, one.group) or None, assigned_at),
        ("agent", _assignee(one), assigned_at),
        ("type", one.type, last),
        ("priority", one.priority, last),
        ("tags", one.tags, last),
        ("status", one.status, solved_at or last),
    ]
    for field, raw, at in found:
        if (value := _value(field, raw, groups, staging)) is not None:
            yield Became(f"{field}-{int(last.timestamp())}", at, "", field, value)


def _assignee(one: Exported) -> str | None:
    """Who has it, "" for nobody; None where the export does not say."""
    if one.assignee_id is msgspec.UNSET:
        return str(one.assignee.id) if one.assignee is not None else None
    return _id(one.assignee_id, one.assignee)


def _value(field: Field, raw: object, groups: Mapping[str, str], staging: Staging) -> Value | None:
    """In our own terms; None for what says nothing."""
    match field, raw:
        case "status", str(status):
            return STATUSES.get(status)
        case "priority", str(priority):
            return PRIORITIES.get(priority)
        case "type", str(type):
            return _TYPES.get(type)
        case "agent", int() | str() as id:
            return author_of(id)
        case "team", int() | str() as id if str(id):
            known = groups.get(str(id)) or _group_name(staging, str(id))
            return known or str(id)
        case "tags", str(tags):
            return tuple(tags.split())
        case "tags", list(tags) | tuple(tags):
            return tuple(map(str, tags))
    return None


def _group_name(staging: Staging, id: str) -> str:
    body = staging.get("groups", id)
    group = _decoded(body, Group) if body else None
    return group.name if group else ""


def _decoded(body: bytes, shape: type[T]) -> T | None:
    try:
        return msgspec.json.decode(body, type=shape)
    except msgspec.ValidationError:
        return None


def _field_value(raw: object) -> FieldValue | None:
    match raw:
        case bool() | int() | float():
            return raw
        case str() if raw:
            return raw
        case list() if raw:
            return tuple(map(str, raw))
    return None


def _channel(via: Via | None) -> str:
    channel = "" if via is None else str(via.channel or "")
    return {"4": "email", "0": "web"}.get(channel, channel)


def _id(id: Id | None, whole: User | Group | None) -> str:
    if id is not None:
        return str(id)
    return str(whole.id) if whole is not None else ""
