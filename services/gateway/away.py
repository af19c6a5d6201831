"""What happened while somebody was away: to their tickets, by others, in sentences."""

import heapq
from collections.abc import Mapping
from datetime import datetime

from typing_extensions import TypedDict

from libs.events.published.tickets import Status
from services.gateway.instants import text
from services.gateway.past.reading import PastList, PastReader
from services.gateway.principal import Principal
from services.gateway.tickets import pages
from services.gateway.tickets.asked import TicketList
from services.gateway.tickets.reading import TicketReader
from services.gateway.tickets.sentences import Language
from services.gateway.tickets.view import TicketView

MOST_TICKETS = 50
MOST_STEPS = 20


class AwayTicket(TypedDict):
    """A ticket to which something happened. mine: whether the reader has it; was_mine: whether they
    had it then; steps: what others did since, in their order, the latest; more: that there were
    others before these."""

    id: str
    number: int
    status: Status
    subject: str
    requester: pages.Person
    mine: bool
    was_mine: bool
    updated_at: str
    steps: list[pages.HistoryPage]
    more: bool


class AwayPage(TypedDict):
    """Tickets to which something happened, the latest first. more: that there are others."""

    since: str
    items: list[AwayTicket]
    more: bool


class AwayReader:
    """Answers what somebody has missed."""

    def __init__(self, tickets: TicketReader, past: PastReader) -> None:
        self._tickets = tickets
        self._past = past

    async def page(self, reader: Principal, since: datetime, language: Language) -> AwayPage:
        """What has changed since then. A ticket that only they worked on is not among it."""
        had, _ = await self._past.page(
            PastList.by(since, "agent_id", reader.subject), None, MOST_TICKETS, reader
        )
        was_mine = {row["id"] for row in had}
        views = {**await self._theirs(reader), **await self._tickets.many(list(was_mine))}
        changed = [
            (view["updated_at"], id)
            for id, view in views.items()
            if view["updated_at"] > text(since) and reader.sees(view)
        ]
        latest = heapq.nlargest(MOST_TICKETS + 1, changed)
        heads = await self._tickets.heads([id for _, id in latest[:MOST_TICKETS]], reader)
        items = []
        for _, id in latest[:MOST_TICKETS]:
            steps, more = await self._tickets.lately(
                id, views[id], text(since), MOST_STEPS, language
            )
            others = [step for step in steps if step["actor"]["id"] != reader.subject]
            if others and id in heads:
                items.append(
                    AwayTicket(
                        id=id,
                        number=views[id]["number"],
                        status=views[id]["status"],
                        subject=heads[id]["subject"],
                        requester=heads[id]["requester"],
                        mine=views[id]["agent_id"] == reader.subject,
                        was_mine=id in was_mine,
                        updated_at=views[id]["updated_at"],
                        steps=others,
                        more=more,
                    )
                )
        return AwayPage(since=text(since), items=items, more=len(latest) > MOST_TICKETS)

    async def _theirs(self, reader: Principal) -> Mapping[str, TicketView]:
        """What they have, follow, or are named in, by the last change of each kind."""
        me = reader.subject
        found: dict[str, TicketView] = {}
        for wanted in (
            TicketList(agent_id=me),
            TicketList(follower_id=me),
            TicketList(mentioned_id=me),
        ):
            rows, _ = await self._tickets.lists.page(wanted, reader.sight, None, MOST_TICKETS + 1)
            found |= dict(rows)
        return found
