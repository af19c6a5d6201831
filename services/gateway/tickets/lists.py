"""Lists of tickets, and how many are in them: heads of indexes, as far as a reader sees them."""

from collections.abc import Sequence
from typing import cast

from libs.events.builds import Builds
from libs.mongo import Collection, Document
from services.gateway.sight import Sight
from services.gateway.tickets.asked import Cursor, TicketList
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.view import FACETS, TicketView
from services.gateway.words.reading import WordReader

# Of so many tickets at a time is picked what no index narrows down.
PICKED_OF = 1_000
# Mostly a page is full long before: first so many times its size are looked through.
_FIRST_LOOK = 4


class ListReader:
    """Answers which tickets are in a list."""

    def __init__(self, builds: Builds, words: WordReader) -> None:
        self._builds = builds
        self._words = words

    async def page(
        self, wanted: TicketList, sight: Sight, after: Cursor | None, limit: int
    ) -> tuple[Sequence[tuple[str, TicketView]], Cursor | None]:
        """One page of a list in its order, as far as a reader sees it, and the cursor of the next
        page if there is one.

        What has to be picked is picked of so many tickets at a time: then the page may be shorter.
        """
        wanted = wanted.within(sight)
        if wanted.words is not None or wanted.is_picked:
            among = min(_FIRST_LOOK * limit, PICKED_OF)
            fit, behind = await self._fitting(wanted, sight, after, among)
            if len(fit) <= limit and behind is not None and among < PICKED_OF:
                more, behind = await self._fitting(wanted, sight, behind, PICKED_OF - among)
                fit = [*fit, *more]
            if len(fit) > limit:
                fit, behind = fit[:limit], fit[limit - 1][1]
            return await self._rows([id for id, _ in fit]), behind
        found = await self._head(wanted, sight, after, limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return [_row(one) for one in found[:limit]], _behind(wanted, last)

    async def _fitting(
        self, wanted: TicketList, sight: Sight, after: Cursor | None, among: int
    ) -> tuple[Sequence[tuple[str, Cursor]], Cursor | None]:
        """What fits among so many tickets of the list, each with its place, and where to look
        further; None at the end."""
        if wanted.words is not None:
            return await self._said(wanted, wanted.words, sight, after, among)
        by = wanted.sorted_by.field
        seen = await self._head(wanted, sight, after, among + 1, (by, FACETS))
        places = [(one["_id"], Cursor(one[by], one["_id"])) for one in seen[:among]]
        fit = [place for place, one in zip(places, seen, strict=False) if wanted.picks(one[FACETS])]
        return fit, places[-1][1] if len(seen) > among else None

    async def count(self, wanted: TicketList, sight: Sight, most: int) -> tuple[int, bool]:
        """How many tickets of a list a reader sees, counted up to so many; whether that is all."""
        wanted = wanted.within(sight)
        if wanted.words is not None:
            places, further = await self._said(wanted, wanted.words, sight, None, PICKED_OF)
            return min(len(places), most), further is None and len(places) <= most
        if wanted.is_picked:
            seen = await self._head(wanted, sight, None, most + 1, (FACETS,))
            fit = sum(wanted.picks(one[FACETS]) for one in seen[:most])
            return fit, len(seen) <= most
        tickets = await self._tickets()
        seen_by = {"$and": [wanted.filter(None), sight.filter()]}
        count = await tickets.count_documents(seen_by, most + 1, wanted.index)
        return min(count, most), count <= most

    async def _said(
        self, wanted: TicketList, words: str, sight: Sight, after: Cursor | None, among: int
    ) -> tuple[Sequence[tuple[str, Cursor]], Cursor | None]:
        """Tickets by the words of their messages, among so many matches, each with the place of its
        latest, and where to look further."""
        matches, further = await self._words.matches(words, after, among)
        places: dict[str, Cursor] = {}
        for one in matches:
            places.setdefault(one["ticket_id"], Cursor(one["at"], one["_id"]))
        if after is not None and places:
            for id in await self._words.shown_before(words, list(places), after):
                del places[id]
        tickets = await self._tickets()
        seen = {"$and": [{"_id": {"$in": list(places)}}, sight.filter()]}
        known = await tickets.find(seen, ("status", "due", FACETS)).to_list()
        fit = {one["_id"] for one in known if wanted.holds(one)}
        return [(id, place) for id, place in places.items() if id in fit], further

    async def _rows(self, ids: Sequence[str]) -> Sequence[tuple[str, TicketView]]:
        """These tickets in this order, those that there are."""
        tickets = await self._tickets()
        found = await tickets.find({"_id": {"$in": list(ids)}}).to_list()
        whole = {one["_id"]: _row(one) for one in found}
        return [whole[id] for id in ids if id in whole]

    async def _head(
        self,
        wanted: TicketList,
        sight: Sight,
        after: Cursor | None,
        limit: int,
        fields: Sequence[str] | None = None,
    ) -> Sequence[Document]:
        """So many documents of the part of an index that this list is read from."""
        tickets = await self._tickets()
        seen = {"$and": [wanted.filter(after), sight.filter()]}
        found = tickets.find(seen, fields).sort(wanted.order).hint(wanted.index)
        return await found.limit(limit).to_list()

    async def _tickets(self) -> Collection:
        return (await self._builds.view(TICKETS)).collection("tickets")


def _behind(wanted: TicketList, last: Document | None) -> Cursor | None:
    return Cursor(last[wanted.sorted_by.field], last["_id"]) if last else None


def _row(document: Document) -> tuple[str, TicketView]:
    return document["_id"], cast(TicketView, document)
