"""Pulling events: ``/v1/events``, for those who cannot receive webhooks."""

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.webhooks import PublicEvent
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.http.caller import Allowing
from services.gateway.http.headers import wait_seconds
from services.gateway.http.outcomes import json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import bad_parameter
from services.gateway.principal import INSIDERS, Principal
from services.gateway.pulling.reading import Puller, UnknownCursor

# A page may have to step over thousands of events that are not the caller's.
_PATIENCE_SECONDS = 5.0


class EventPage(TypedDict):
    """Events as webhooks tell them, those of a ticket in its order. next: the cursor behind them;
    there may be more even where this page has none."""

    items: list[PublicEvent]
    next: str


def event_routes(puller: Puller, callers: Callers, fresh: Fresh) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1/events", tags=["webhooks"], dependencies=[Depends(fresh)])
    Reader = Annotated[Principal, Depends(Allowing(callers, INSIDERS))]

    @router.get("", responses={200: {"model": EventPage}})
    async def pull_events(
        request: Request,
        caller: Reader,
        after: Annotated[
            str,
            Query(
                max_length=4_000,
                description="the cursor of the page before; none: from the beginning; `now`: what "
                "happens from now on",
            ),
        ] = "",
        types: Annotated[
            list[str],
            Query(max_length=200, description="names of events, such as TicketSolved; none: all"),
        ] = [],  # noqa: B006
        limit: Annotated[int, Query(ge=1, le=500, description="how many events at most")] = 100,
    ) -> Response:
        """What happened to tickets that the caller sees, from a cursor on. `Prefer: wait=20` waits
        so many seconds for the next event where there is none."""
        prefer = request.headers.get("prefer")
        seconds = wait_seconds(prefer) if prefer else 0.0
        try:
            async with needing("Kafka", seconds + _PATIENCE_SECONDS):
                page = await puller.page(after, frozenset(types), limit, caller, seconds)
        except UnknownCursor as error:
            sentence = "Take the cursor that a page gave, or begin anew without one."
            raise bad_parameter("after", sentence) from error
        return json({"items": page.items, "next": page.cursor})

    return router
