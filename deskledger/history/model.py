"""What every export comes down to: people, tickets, what was said, what changed. Pure."""

from datetime import datetime
from typing import Literal

import msgspec

from libs.events.published.tickets import Relation, Status

Field = Literal["status", "priority", "type", "agent", "team", "tags"]
Value = str | int | tuple[str, ...]
FieldValue = str | float | bool | tuple[str, ...]


class NotTaken(msgspec.Struct, frozen=True, omit_defaults=True):
    """What could not be taken, by the source's own ids, and why. No words of anybody's.

    kind, id: of the ticket or person (or the file of the export); what: the part of it, "" for all.
    """

    kind: str
    id: str
    what: str
    reason: str


class Person(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody of the other helpdesk. agent: works there."""

    id: str
    name: str = ""
    emails: tuple[str, ...] = ()
    phone: str = ""
    agent: bool = False
    organisation: str = ""
    domain: str = ""
    language: str = ""
    time_zone: str = ""
    tags: tuple[str, ...] = ()
    notes: str = ""


class File(msgspec.Struct, frozen=True, omit_defaults=True):
    """A file of a message, as the export names it."""

    id: str
    name: str
    media_type: str = ""
    inline: bool = False


class Said(msgspec.Struct, frozen=True, omit_defaults=True):
    """A message. author: a person's id, "" for the helpdesk itself; by_agent: None where that is as
    their person says; html: as the source has it, unsafe."""

    id: str
    at: datetime
    author: str
    text: str
    html: str = ""
    public: bool = True
    by_agent: bool | None = None
    channel: str = ""
    files: tuple[File, ...] = ()


class Became(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something of a ticket became this. author: "" where nobody is named; ``agent`` is a person's
    id, "" for nobody; ``team`` a name, ``tags`` all of them from then on. until: of a status that
    waits, at most so long."""

    id: str
    at: datetime
    author: str
    field: Field
    value: Value
    until: datetime | None = None


class Rated(msgspec.Struct, frozen=True, omit_defaults=True):
    """How content its customer was, 1 (bad) to 5 (good). author: "" for the customer."""

    id: str
    at: datetime
    author: str
    score: int
    comment: str = ""


class Link(msgspec.Struct, frozen=True, omit_defaults=True):
    """What another ticket is to this one. other: its id there; at: since when, as far as that is
    known."""

    other: str
    relation: Relation
    at: datetime
    author: str = ""


Entry = Said | Became | Rated


class Ticket(msgspec.Struct, frozen=True, omit_defaults=True):
    """A ticket with its history. entries: in their order; stands: what it is at the end, each with
    the instant from which that is known; fields: custom ones, by code, None for what has no value
    any more."""

    id: str
    subject: str
    requester: str
    opened_at: datetime
    entries: tuple[Entry, ...]
    stands: tuple[Became, ...] = ()
    channel: str = ""
    copied: tuple[str, ...] = ()
    fields: dict[str, FieldValue | None] = {}
    fields_at: datetime | None = None
    links: tuple[Link, ...] = ()
    not_taken: tuple[NotTaken, ...] = ()


STATUSES: dict[str, Status] = {
    "new": "new",
    "open": "open",
    "pending": "pending",
    "hold": "on_hold",
    "on_hold": "on_hold",
    "on-hold": "on_hold",
    "solved": "solved",
    "closed": "closed",
}
