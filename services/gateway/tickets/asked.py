"""What a reader asks of tickets: which list, in which order, from where; as of when. Pure.

A list goes on after the last row that was seen, by (sort value, id), so it stays put while tickets
come and go. Nothing of a request reaches MongoDB but strings compared for equality.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import msgspec

from libs.events.published.tickets import Status
from libs.mongo import Document
from services.gateway import instants
from services.gateway.tickets.view import CUSTOMERS, FACETS, facet, index_of

Sort = Literal["updated", "created"]
STATUSES: tuple[Status, ...] = get_args(Status)
_LAST_SEQUENCE = 99_999_999


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


@dataclass(frozen=True, slots=True)
class TicketList:
    """One list of tickets. None: whoever, whatever; "" for agent or team: nobody.

    category: with those below it; tags: all of them; requester_id: several for any of them;
    customer_id: who asks, or takes part as a collaborator; by when they were created, always.
    """

    statuses: tuple[Status, ...] = ()
    agent_id: str | None = None
    team_id: str | None = None
    requester_id: str | Sequence[str] | None = None
    customer_id: str | None = None
    label: str | None = None
    priority: int | None = None
    type: str | None = None
    category: str | None = None
    tags: tuple[str, ...] = ()
    tier: int | None = None
    sort: Sort = "updated"

    @property
    def field(self) -> str:
        """The field that it is sorted by, newest first. A customer is not to see when their ticket
        was worked on."""
        return f"{self.sort if self.customer_id is None else 'created'}_at"

    @property
    def order(self) -> list[tuple[str, int]]:
        """Its order: newest first, the id where two are as new."""
        return [(self.field, -1), ("_id", -1)]

    @property
    def index(self) -> Sequence[tuple[str, int]]:
        """The index whose head it is. MongoDB is told: left to choose, it sorts what is small."""
        owned = next(iter(self._owners), None)
        return index_of(owned or (FACETS if self._facets else None), self.field)

    @property
    def _owners(self) -> dict[str, str | Document]:
        requester = self.requester_id
        owners: dict[str, str | Document | None] = {
            "agent_id": self.agent_id,
            "team_id": self.team_id,
            "requester_id": requester
            if requester is None or isinstance(requester, str)
            else {"$in": list(requester)},
            CUSTOMERS: self.customer_id,
        }
        return {field: owner for field, owner in owners.items() if owner is not None}

    @property
    def _facets(self) -> list[str]:
        plain: dict[str, str | int | None] = {
            "category": self.category,
            "label": self.label,
            "priority": self.priority,
            "type": self.type,
            "tier": self.tier,
        }
        tags = [facet("tag", tag) for tag in self.tags]
        return tags + [facet(kind, value) for kind, value in plain.items() if value is not None]

    def filter(self, after: Cursor | None) -> Document:
        """The MongoDB filter. The statuses always stand in it: the indexes begin with them."""
        wanted: Document = {"status": {"$in": list(self.statuses or STATUSES)}, **self._owners}
        if self._facets:
            wanted[FACETS] = {"$all": self._facets}
        if after is not None:
            wanted[self.field] = {"$lte": after.value}
            # Not as $or (earlier, or as early with a smaller id), which would split the index.
            wanted["$nor"] = [{self.field: after.value, "_id": {"$gte": after.id}}]
        return wanted
