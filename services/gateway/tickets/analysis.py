"""Tickets for analysts: the same rows and steps as everybody's, without anybody in them."""

from collections.abc import Callable, Sequence

from libs.events.published.setup import Setup
from services.gateway.tickets.asked import Bound
from services.gateway.tickets.pages import (
    AnalystStepPage,
    AnalystTicketPage,
    Pseudonyms,
    analyst_step_page,
    analyst_ticket_page,
)
from services.gateway.tickets.reading import TicketReader
from services.gateway.tickets.view import TicketView


class Analysis:
    """Answers analysts. setup: the desk as it stands at this moment."""

    def __init__(
        self, reader: TicketReader, setup: Callable[[], Setup], pseudonyms: Pseudonyms
    ) -> None:
        self._reader = reader
        self._setup = setup
        self._pseudonyms = pseudonyms

    def tickets(self, rows: Sequence[tuple[str, TicketView]]) -> Sequence[AnalystTicketPage]:
        """The pages of these tickets."""
        fields = self._setup().fields
        return [analyst_ticket_page(*row, fields, self._pseudonyms) for row in rows]

    async def history(
        self, id: str, after: int, limit: int, bound: Bound
    ) -> tuple[Sequence[AnalystStepPage], int | None]:
        """Steps in their order from after this sequence, and where the next page begins."""
        done, more = await self._reader.steps(id, after, limit, bound)
        return [analyst_step_page(one, self._pseudonyms) for one in done], more
