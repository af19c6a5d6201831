"""A list of tickets as it was: rows that still stand, and versions that were over later, as one."""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import cast

from typing_extensions import TypedDict

from libs.events.builds import Builds
from libs.events.published.tickets import Status
from libs.mongo import Document
from services.gateway.instants import text
from services.gateway.past.projection import PAST
from services.gateway.past.rows import ALL, LISTS, ROWS, SHOWN, VERSIONS, list_of, listed
from services.gateway.past.stretches import nodes_at
from services.gateway.principal import Principal
from services.gateway.tickets import pages
from services.gateway.tickets.asked import STATUSES, Cursor
from services.gateway.tickets.reading import TicketReader


class PastPage(TypedDict):
    """A ticket in a list as it was. subject, requester: as they are today, with today's redactions
    and erasures; sequence: the ticket's at that instant."""

    id: str
    number: int
    prefix: str
    status: Status
    label: str
    priority: int
    agent_id: str
    team_id: str
    category: str
    created_at: str
    updated_at: str
    sequence: int
    subject: str
    requester: pages.Person
    erased: bool


@dataclass(frozen=True, slots=True)
class PastList:
    """One of the standard lists, as of an instant. name: ``lists_of`` a row."""

    instant: datetime
    name: str = ALL
    statuses: tuple[Status, ...] = ()

    @classmethod
    def by(cls, instant: datetime, field: str, value: object, *statuses: Status) -> "PastList":
        """The list of this field (``team_id``, ...) and value."""
        return cls(instant, list_of(field, value), statuses)

    def standing(self, after: Cursor | None) -> Document:
        """The filter of the rows that have not changed since."""
        wanted: Document = {LISTS: self.name, "status": {"$in": self._statuses}}
        return wanted | self._before(after, "_id")

    def over(self, after: Cursor | None) -> Document:
        """The filter of the versions that were valid then, and were over later."""
        nodes = nodes_at(self.instant)
        names = [listed(node, self.name, status) for node in nodes for status in self._statuses]
        wanted: Document = {LISTS: {"$in": names}, "until": {"$gt": text(self.instant)}}
        return wanted | self._before(after, "ticket_id")

    @property
    def _statuses(self) -> list[Status]:
        return list(dict.fromkeys(self.statuses or STATUSES))

    def _before(self, after: Cursor | None, id: str) -> Document:
        if after is None:
            return {"updated_at": {"$lte": text(self.instant)}}
        return {
            "updated_at": {"$lte": min(after.value, text(self.instant))},
            "$nor": [{"updated_at": after.value, id: {"$gte": after.id}}],
        }


class PastReader:
    """Answers which tickets were in a list at an instant, from the projection ``gateway.past``."""

    def __init__(self, builds: Builds, tickets: TicketReader) -> None:
        self._builds = builds
        self._tickets = tickets

    async def page(
        self, wanted: PastList, after: Cursor | None, limit: int, reader: Principal
    ) -> tuple[Sequence[PastPage], Cursor | None]:
        """One page, what had changed last first, and the cursor of the next page if there is one.

        It is shorter where there is something that this reader does not see today.
        """
        found = await self._rows(wanted, after, limit + 1)
        heads = await self._tickets.heads([row["ticket_id"] for row in found[:limit]], reader)
        items = [
            _page(row, heads[row["ticket_id"]])
            for row in found[:limit]
            if row["ticket_id"] in heads
        ]
        last = found[limit - 1] if len(found) > limit else None
        return items, Cursor(last["updated_at"], last["ticket_id"]) if last else None

    async def _rows(self, wanted: PastList, after: Cursor | None, limit: int) -> Sequence[Document]:
        view = await self._builds.view(PAST)
        # In this order: a row that changes in between has left its version behind by then.
        rows, versions = view.collection(ROWS.name), view.collection(VERSIONS.name)
        found = rows.find(wanted.standing(after)).hint(ROWS.indexes[0].fields)
        found = found.sort([("updated_at", -1), ("_id", -1)]).limit(limit)
        standing = [row | {"ticket_id": row["_id"]} for row in await found.to_list()]
        found = versions.find(wanted.over(after)).hint(VERSIONS.indexes[0].fields)
        found = found.sort([("updated_at", -1), ("ticket_id", -1)]).limit(limit)
        over = await found.to_list()
        both = heapq.merge(standing, over, key=_place, reverse=True)
        return list(islice({_place(row): row for row in both}.values(), limit))


def _page(row: Document, head: pages.Head) -> PastPage:
    shown = {field: row[field] for field in SHOWN}
    return cast(PastPage, {"id": row["ticket_id"], **shown, **head})


def _place(row: Document) -> tuple[str, str]:
    return row["updated_at"], row["ticket_id"]
