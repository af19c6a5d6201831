"""What happens on one ticket, told to whoever may see it: to staff in the sentences of its history,
to customers that there is something new for them to read.
"""

import asyncio
from collections import OrderedDict
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager

from typing_extensions import TypedDict

from libs.contents import Rendition
from libs.events.published import tickets as t
from services.gateway.live.frames import Frame, reset, stood
from services.gateway.live.happening import Happening
from services.gateway.live.hub import Hub, Stream, ticket
from services.gateway.live.presence import Crowd, Person
from services.gateway.live.telling import NoMore
from services.gateway.principal import Principal
from services.gateway.sight import Sight
from services.gateway.tickets import pages
from services.gateway.tickets.asked import Bound
from services.gateway.tickets.reading import TicketReader
from services.gateway.tickets.view import TicketView

# Who has missed more fetches the ticket anew.
MOST_MISSED = 200
# Steps that are kept while others are told of them, too.
_MOST_SHARED = 1_000


class Changed(TypedDict):
    """Something is new on a customer's ticket: they find it when they read it."""

    ticket_id: str
    sequence: int


class TicketStreams:
    """Streams of single tickets. What one reader is told is made once for all who see as much."""

    def __init__(self, hub: Hub, tickets: TicketReader) -> None:
        self._hub = hub
        self.tickets = tickets
        self._shared: OrderedDict[tuple[int, Sight], asyncio.Task[bytes]] = OrderedDict()

    def following(self, id: str) -> AbstractContextManager[Stream]:
        """A stream of this ticket, while the block runs."""
        return self._hub.following(ticket(id))

    async def step(self, happening: Happening, reader: Principal) -> bytes:
        """What has happened, as this reader's history would show it."""
        key = (happening.number, reader.sight)
        if key not in self._shared:
            self._shared[key] = asyncio.create_task(self._step(happening, reader))
            if len(self._shared) > _MOST_SHARED:
                self._shared.popitem(last=False)
        return await asyncio.shield(self._shared[key])

    async def _step(self, happening: Happening, reader: Principal) -> bytes:
        shown, _ = await self.tickets.masked(await self.tickets.told([happening.recorded]), reader)
        return _frame(shown[0])


class TicketTelling:
    """What one reader of one ticket is told. sequence: up to where they know it."""

    def __init__(self, streams: TicketStreams, id: str, sequence: int, reader: Principal) -> None:
        self._streams = streams
        self._id = id
        self._reader = reader
        self._present: list[Person] = []
        self.sequence = sequence

    async def first(self, now: TicketView) -> AsyncIterator[bytes]:
        """What they missed of a ticket that is now like this."""
        if now["sequence"] <= self.sequence:
            yield stood(str(self.sequence))
            return
        if self._reader.is_customer:
            yield self._changed(now["sequence"])
        else:
            tickets = self._streams.tickets
            done, more = await tickets.history(self._id, self.sequence, MOST_MISSED, Bound())
            shown, _ = await tickets.masked(done, self._reader)
            if more is None:
                yield b"".join(map(_frame, shown))
                self.sequence = max(self.sequence, shown[-1]["sequence"])
                return
            yield reset("More has happened than is told at once.") + stood(str(now["sequence"]))
        self.sequence = now["sequence"]

    async def tell(self, item: object) -> bytes:
        """What they are told of what has happened. Raises NoMore when they do not see it now."""
        if isinstance(item, Crowd):
            return self._here(item)
        if not isinstance(item, Happening) or item.recorded.sequence <= self.sequence:
            return b""
        if not await self._streams.tickets.sees(self._reader, item.after):
            raise NoMore
        self.sequence = item.recorded.sequence
        if not self._reader.is_customer:
            return await self._streams.step(item, self._reader)
        public = is_public(item, self._reader.subject)
        return self._changed(self.sequence) if public else b""

    def _here(self, crowd: Crowd) -> bytes:
        shown = crowd.shown(self._reader)
        if shown == self._present:
            return b""
        self._present = shown
        return Frame("presence", {"items": shown}).encode()

    def _changed(self, sequence: int) -> bytes:
        return Frame(
            "changed", Changed(ticket_id=self._id, sequence=sequence), str(sequence)
        ).encode()


def is_public(happening: Happening, customer_id: str) -> bool:
    """Whether a customer finds anything new when they read their ticket."""
    event = happening.recorded.data
    if isinstance(event, pages.PUBLIC_MESSAGES):
        merged = isinstance(event, t.ParticipantMessageAdded) and event.merged_from
        return event.message.visibility == "public" and (
            not merged or pages.author_of(event) == f"contact:{customer_id}"
        )
    before, after = happening.before, happening.after
    return (
        isinstance(event, t.MessageRedacted)
        or before is None
        or before["subject"] != after["subject"]
        or _shown(happening, before) != _shown(happening, after)
    )


def _shown(happening: Happening, view: TicketView) -> pages.CustomerTicketPage:
    """Their page of it, without its words."""
    words = {view["subject"]: Rendition()}
    return pages.customer_ticket_page(happening.ticket_id, view, words)


def _frame(step: pages.HistoryPage) -> bytes:
    return Frame("step", step, str(step["sequence"])).encode()
