"""What a reader asks of tickets: which list, in which order, from where; as of when. Pure.

A list goes on after the last row that was seen, by (sort value, id), so it stays put while tickets
come and go. Nothing of a request reaches MongoDB but strings compared for equality.
"""

import base64
import binascii
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import get_args

import msgspec

from libs.events.published.tickets import Status
from libs.mongo import Document
from services.gateway import instants
from services.gateway.sight import Sight
from services.gateway.tickets.view import (
    ALL,
    CUSTOMERS,
    FACETS,
    ORDERS,
    OWNERS,
    Order,
    Sort,
    TicketView,
    both,
    facet,
    index_of,
    place_of,
)

STATUSES: tuple[Status, ...] = get_args(Status)
_LAST_SEQUENCE = 99_999_999
# An id that nobody has: of a list for any of no one.
NOBODY = "-"


class Unreadable(ValueError):
    """A cursor or an instant that is none; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Bound:
    """A point in a ticket's life: after this sequence, or as the log stood at this instant."""

    sequence: int = _LAST_SEQUENCE
    instant: str = ""

    def holds(self, sequence: int, instant: str) -> bool:
        """Whether what was recorded as this, and then, lies before it."""
        return sequence <= self.sequence and (not self.instant or instant <= self.instant)


def bound(as_of: str | None) -> Bound:
    """``17``, or an instant (RFC 3339); None is now. Raises Unreadable."""
    if as_of is None:
        return Bound()
    if as_of.isascii() and as_of.isdigit() and 0 < len(as_of) <= len(str(_LAST_SEQUENCE)):
        return Bound(sequence=int(as_of))
    try:
        return Bound(instant=instants.text(instants.parse(as_of)))
    except (ValueError, OverflowError) as error:
        sentence = "as_of takes a sequence, or an instant with its offset (RFC 3339)"
        raise Unreadable(sentence) from error


def is_ahead(asked: Bound, sequence: int) -> bool:
    """Whether a ticket that stands at this sequence has not come there yet."""
    return sequence < asked.sequence != _LAST_SEQUENCE


class Cursor(msgspec.Struct, array_like=True, frozen=True):
    """The last row that was seen: its sort value and id."""

    value: str
    id: str

    def encode(self) -> str:
        """Opaque text for the address of the next page."""
        return base64.urlsafe_b64encode(msgspec.json.encode(self)).decode().rstrip("=")


def cursor(written: str | None) -> Cursor | None:
    """The cursor that ``encode`` wrote. Raises Unreadable."""
    if written is None:
        return None
    try:
        padded = written.encode() + b"=" * (-len(written) % 4)
        return msgspec.json.decode(base64.urlsafe_b64decode(padded), type=Cursor)
    except (ValueError, binascii.Error, msgspec.DecodeError) as error:
        raise Unreadable("this cursor is none of ours: start at the first page") from error


# The facets that a list can be narrowed down to, those first that fewest tickets have: where an
# index takes only one, it is the first of these.
_KINDS = (
    "mentioned",
    "follower",
    "requester",
    "organisation",
    "tag",
    "field",
    "agent",
    "label",
    "category",
    "team",
    "tier",
    "priority",
    "type",
    "brand",
    "channel",
    "snoozed",
)


@dataclass(frozen=True, slots=True)
class TicketList:
    """One list of tickets. None: whoever, whatever; "" for agent or team: nobody.

    category: with those below it; tags, fields (name, value): all of them; team_id, requester_id:
    several for any of them; customer_id: who asks, or takes part as a collaborator; by when they
    were created, always; due_before: an instant, in the order in which they are due; words:
    that stand in one of its messages, the latest first.
    """

    statuses: tuple[Status, ...] = ()
    agent_id: str | None = None
    team_id: str | Sequence[str] | None = None
    requester_id: str | Sequence[str] | None = None
    customer_id: str | None = None
    label: str | None = None
    priority: int | None = None
    type: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    tier: int | None = None
    organisation_id: str | None = None
    follower_id: str | None = None
    mentioned_id: str | None = None
    channel: str | None = None
    brand: str | None = None
    fields: tuple[tuple[str, str], ...] = ()
    snoozed: bool | None = None
    due_before: str | None = None
    words: str | None = None
    sort: Sort = "updated"

    @property
    def sorted_by(self) -> Order:
        """A customer is not to see when their ticket was worked on."""
        return ORDERS["created" if self.customer_id is not None else self.sort]

    @property
    def order(self) -> list[tuple[str, int]]:
        """Its order, the id where two are alike."""
        by = self.sorted_by
        return [(by.field, by.direction), ("_id", by.direction)]

    @property
    def index(self) -> Sequence[tuple[str, int]]:
        """The index whose head it is. MongoDB is told: left to choose, it sorts what is small."""
        return index_of(FACETS if self.customer_id is None else CUSTOMERS, self.sorted_by)

    @property
    def is_picked(self) -> bool:
        """Whether the index narrows it down to more than belongs in it."""
        return len(self._facets) > len(self._narrowed)

    def picks(self, facets: Collection[str]) -> bool:
        """Whether a ticket with these facets, of the part of the index that is read, is in it."""
        known = set(facets)
        return all(not known.isdisjoint(some) for some in self._facets)

    def place(self, view: TicketView, facets: Collection[str]) -> str | None:
        """The sort value with which a ticket with these facets stands in it; None where it does
        not. Words are not looked for."""
        value = place_of(view, self.sorted_by)
        late = self.due_before is not None and not (value or "") < self.due_before
        if value is None or late or (self.statuses and view["status"] not in self.statuses):
            return None
        return value if self.picks(facets) else None

    @property
    def found_by(self) -> Sequence[str]:
        """Facets of which each of its tickets has one."""
        return (self._facets or [[ALL]])[0]

    def within(self, sight: Sight) -> "TicketList":
        """The list that whoever has this sight reads instead: of few teams, their part of the
        index. What it holds must still be narrowed by the sight's own filter."""
        if sight.teams is None or self.team_id in sight.teams:
            return self
        return replace(self, team_id=sorted(sight.teams) if self.team_id is None else [])

    def holds(self, ticket: Document) -> bool:
        """Whether a ticket, however it was found, is in it."""
        if ticket["status"] not in (self.statuses or STATUSES):
            return False
        due = self.due_before is None or "" < (ticket["due"] or "") < self.due_before
        return due and self.picks(ticket[FACETS])

    def filter(self, after: Cursor | None) -> Document:
        """The MongoDB filter of the part of the index that is read; what is picked of that is not
        in it. The statuses always stand in it: the indexes begin with them."""
        wanted: Document = {"status": {"$in": list(dict.fromkeys(self.statuses or STATUSES))}}
        wanted |= {FACETS: self._entry} if self.customer_id is None else {}
        wanted |= {CUSTOMERS: self.customer_id} if self.customer_id is not None else {}
        by = self.sorted_by
        bounds: Document = {"$gte": ""} if by.some else {}
        if self.due_before is not None:
            bounds["$lt"] = self.due_before
        if after is not None:
            bounds["$gte" if by.direction > 0 else "$lte"] = after.value
            # Not as $or (beyond, or as far with another id), which would split the index.
            seen = "$lte" if by.direction > 0 else "$gte"
            wanted["$nor"] = [{by.field: after.value, "_id": {seen: after.id}}]
        return wanted | ({by.field: bounds} if bounds else {})

    @property
    def _entry(self) -> str | Document:
        """The facet, or what two make, that it is read by."""
        narrowed = self._narrowed
        if not narrowed:
            return ALL
        entries = narrowed[0]
        for other in narrowed[1:]:
            entries = [both(owner, one) for owner in entries for one in other]
        return entries[0] if len(entries) == 1 else {"$in": entries}

    @property
    def _narrowed(self) -> Sequence[Sequence[str]]:
        """The facets that its part of the index is known by: an owner and another one where both
        may stand in it, else the one that fewest tickets have."""
        facets = self._facets
        owners = [some for some in facets if _kind(some) in OWNERS]
        owners.sort(key=lambda some: OWNERS.index(_kind(some)))
        if owners and len(facets) > 1 and self.statuses and "closed" not in self.statuses:
            others = [some for some in facets if some != owners[0]]
            return [owners[0], others[0]]
        return facets[:1]

    @property
    def _facets(self) -> Sequence[Sequence[str]]:
        """Facets of which a ticket must have one of each."""
        snoozed = None if self.snoozed is None else "yes" if self.snoozed else "no"
        wanted: dict[str, Sequence[str | int | None]] = {
            "mentioned": [self.mentioned_id],
            "follower": [self.follower_id],
            "organisation": [self.organisation_id],
            "tag": self.tags,
            "agent": [self.agent_id],
            "label": [self.label],
            "category": [self.category],
            "tier": [self.tier],
            "priority": [self.priority],
            "type": [self.type],
            "brand": [self.brand],
            "channel": [self.channel],
            "snoozed": [snoozed],
        }
        found = [
            [facet(kind, one)] for kind, some in wanted.items() for one in some if one is not None
        ]
        found += [[facet(f"field.{field}", value)] for field, value in self.fields]
        for kind, ids in (("requester", self.requester_id), ("team", self.team_id)):
            if ids is not None:
                several = [ids] if isinstance(ids, str) else ids
                found.append([facet(kind, id) for id in several] or [facet(kind, NOBODY)])
        return sorted(found, key=lambda some: _KINDS.index(_kind(some)))


def _kind(some: Sequence[str]) -> str:
    return some[0].partition(":")[0].partition(".")[0]
