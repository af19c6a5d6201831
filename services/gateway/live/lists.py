"""What happens in lists: which tickets come, change and go. Worked out once for all who ask the
same and see as much, and only where a ticket has the facet that the list is found by.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from typing_extensions import TypedDict

from services.gateway.live.along import Along, Told, told
from services.gateway.live.happening import Happening
from services.gateway.live.hub import Hub, Stream
from services.gateway.sight import Sight
from services.gateway.tickets.asked import TicketList
from services.gateway.tickets.view import TicketView, facets_of


class Row(TypedDict):
    """A ticket that came into a list, changed in it or left it. sequence: of the ticket since then;
    place: the value that the list is sorted by, then by id; null where it has left. Nothing else:
    what has left may not be for the reader any more."""

    ticket_id: str
    number: int
    sequence: int
    place: str | None


Facets = frozenset[str]


@dataclass(slots=True, eq=False)
class Group:
    """Those who follow the same list and see as much of it."""

    wanted: TicketList
    sight: Sight
    streams: set[Stream] = field(default_factory=set)

    def place(self, view: TicketView | None, facets: Facets) -> str | None:
        """Where a ticket with these facets stands in it for them; None where it does not."""
        if view is None or not self.sight.admits(view):
            return None
        return self.wanted.place(view, facets)


class ListStreams:
    """Streams of lists."""

    def __init__(self, hub: Hub, ledger_id: str) -> None:
        self._hub = hub
        self._ledger_id = ledger_id
        self._groups: dict[tuple[TicketList, Sight], Group] = {}
        self._by_facet: dict[str, set[Group]] = defaultdict(set)
        hub.listen(self._tell)

    @contextmanager
    def following(
        self, wanted: TicketList, sight: Sight, last_id: str
    ) -> Iterator[tuple[Stream, Along]]:
        """A stream of this list behind an id ("": from now on), while the block runs."""
        group = self._groups.setdefault((wanted, sight), Group(wanted, sight))
        for facet in wanted.found_by:
            self._by_facet[facet].add(group)
        with self._hub.following() as stream:
            group.streams.add(stream)
            try:
                yield (
                    stream,
                    Along(
                        self._hub,
                        self._ledger_id,
                        last_id,
                        lambda one: self._told(group, one, *_facets(one)),
                    ),
                )
            finally:
                group.streams.discard(stream)
                if not group.streams:
                    self._forget(group)

    def _forget(self, group: Group) -> None:
        self._groups.pop((group.wanted, group.sight), None)
        for facet in group.wanted.found_by:
            self._by_facet[facet].discard(group)
            if not self._by_facet[facet]:
                del self._by_facet[facet]

    def _tell(self, happening: Happening) -> None:
        if not self._groups:
            return
        before, after = _facets(happening)
        groups = {group for facet in before | after for group in self._by_facet.get(facet, ())}
        for group in groups:
            found = self._told(group, happening, before, after)
            if found is not None:
                for stream in group.streams:
                    stream.offer(found)

    def _told(self, group: Group, happening: Happening, had: Facets, has: Facets) -> Told | None:
        before, now = happening.before, happening.after
        was, place = group.place(before, had), group.place(now, has)
        if was is None and place is None:
            return None
        row = Row(
            ticket_id=happening.ticket_id,
            number=now["number"],
            sequence=happening.recorded.sequence,
            place=place,
        )
        name = "entered" if was is None else "left" if place is None else "changed"
        return told(self._ledger_id, happening, name, row)


def _facets(happening: Happening) -> tuple[Facets, Facets]:
    """What the ticket could be found by before, and since."""
    before = happening.before
    return frozenset(facets_of(before) if before else ()), frozenset(facets_of(happening.after))
