"""A conversation may stand on several tickets: what was merged in, what was split off. Pure.

Messages stay where they were written and are read where they are wanted, each by whoever may read
it where it stands. So a merge shows nobody a message that they could not see before.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from libs.events.envelope import Recorded
from libs.mongo import Document
from services.gateway.principal import Principal
from services.gateway.tickets import pages
from services.gateway.tickets.asked import Unreadable
from services.gateway.tickets.view import TicketView

_PLACE = re.compile(r"\d{1,8}(,t-[0-9a-f]{26}-\d{1,8})*", re.ASCII)


@dataclass(frozen=True, slots=True)
class Part:
    """The messages of one ticket that are read in a conversation.

    customer_id: of a customer who reads ("": somebody of the staff does); sequences: these alone
    (None: all); author_id: only what this contact wrote ("": everybody's).
    """

    ticket_id: str
    customer_id: str
    sequences: tuple[int, ...] | None = None
    author_id: str = ""

    @property
    def types(self) -> Sequence[type]:
        """The events that hold such messages."""
        return pages.PUBLIC_MESSAGES if self.customer_id else pages.MESSAGES

    @property
    def where(self) -> Document:
        """What must hold of the events beside their type, as a MongoDB filter."""
        found: Document = {}
        if self.customer_id:
            found["data.message.visibility"] = "public"
            # Who wrote to a ticket that was merged into this one shares it with the agents alone.
            here, theirs = {"data.merged_from": {"$exists": False}}, self.customer_id
            found["$or"] = [here, {"data.author_id": theirs}]
        if self.sequences is not None:
            found["sequence"] = {"$in": list(self.sequences)}
        if self.author_id:
            found["data.author_id"] = self.author_id
        return found


def own(id: str, reader: Principal) -> Part:
    """What was written to the ticket itself."""
    return Part(id, reader.subject if reader.is_customer else "")


def split_off(
    from_id: str, before: TicketView, sequences: tuple[int, ...], reader: Principal
) -> Part:
    """The messages that a ticket was made of; of another one's ticket its author sees their own."""
    author = "" if reader.sees(before) else reader.subject
    return replace(own(from_id, reader), sequences=sequences, author_id=author)


@dataclass(frozen=True, slots=True)
class Place:
    """How far a conversation was read: on its own ticket, and on the others."""

    here: int = 0
    elsewhere: Mapping[str, int] | None = None

    def after(self, part: Part, id: str) -> int:
        """The sequence after which this part of the conversation of ticket ``id`` goes on."""
        return self.here if part.ticket_id == id else (self.elsewhere or {}).get(part.ticket_id, 0)

    def beyond(self, id: str, said: Iterable[Recorded[object]]) -> "Place":
        """The place after these messages of the conversation of ticket ``id``."""
        last = {**(self.elsewhere or {}), id: self.here}
        last |= {one.aggregate_id: one.sequence for one in said}
        return Place(last.pop(id), last)

    def encode(self) -> str:
        """Text for the address of the next page: ``12``, or ``12,t-…-5``."""
        others = (f",{id}-{sequence}" for id, sequence in (self.elsewhere or {}).items())
        return f"{self.here}{''.join(others)}"


def place(written: str | None) -> Place:
    """The place that ``encode`` wrote. Raises Unreadable."""
    if written is None:
        return Place()
    if _PLACE.fullmatch(written) is None:
        raise Unreadable("after takes the `next` of the page before")
    here, *others = written.split(",")
    found = (other.rpartition("-") for other in others)
    return Place(int(here), {id: int(sequence) for id, _, sequence in found})
