"""One page of a list as agents are shown it: a view's, a contact's, an organisation's."""

from starlette.responses import Response

from services.gateway.availability import needing
from services.gateway.http.lists import Paging, sparse
from services.gateway.http.outcomes import json
from services.gateway.principal import Principal
from services.gateway.tickets.asked import TicketList
from services.gateway.tickets.pages import TicketPage
from services.gateway.tickets.reading import TicketReader


class AgentLists:
    """Answers with pages of lists, as far as a reader sees them."""

    def __init__(self, tickets: TicketReader) -> None:
        self._tickets = tickets

    async def answer(
        self, wanted: TicketList, caller: Principal, part: Paging, fields: str | None = None
    ) -> Response:
        """The page. fields: of its tickets, unless others are asked for. Raises Problem."""
        start = part.after()
        async with needing("MongoDB"):
            rows, more = await self._tickets.lists.page(wanted, caller.sight, start, part.limit)
            whole, _ = await self._tickets.masked(await self._tickets.agent_pages(rows), caller)
        items = sparse(whole, part.fields if part.fields is not None else fields, TicketPage)
        return json({"items": items, "next": more.encode() if more else None})
