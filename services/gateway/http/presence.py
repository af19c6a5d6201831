"""Who is on a ticket: ``/v1/tickets/<id>/presence``."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.telemetry import Telemetry
from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.http.bodies import Body
from services.gateway.http.caller import Allowing
from services.gateway.http.drafting import Asked, Asking
from services.gateway.http.outcomes import json
from services.gateway.http.positions import Fresh
from services.gateway.http.tickets import visible
from services.gateway.live.presence import Doing, Person, Presence
from services.gateway.principal import TRUSTED, Principal
from services.gateway.tickets.reading import TicketReader


class Being(Body):
    """What the caller does on a ticket. `gone`: nothing any more."""

    doing: Doing | Literal["gone"]


class PresencePage(TypedDict):
    """The others on a ticket."""

    items: list[Person]


def presence_routes(
    presence: Presence,
    tickets: TicketReader,
    callers: Callers,
    telemetry: Telemetry,
    fresh: Fresh,
) -> APIRouter:
    """The routes. Who may read a ticket may be on it, and know who else is."""
    router = APIRouter(prefix="/v1/tickets", tags=["live"], dependencies=[Depends(fresh)])

    @router.get("/{ticket}/presence", responses={200: {"model": PresencePage}})
    async def read_presence(
        ticket: str, caller: Annotated[Principal, Depends(Allowing(callers, TRUSTED))]
    ) -> Response:
        """Who else looks at a ticket, or types. Customers are told only that an answer is being
        typed."""
        async with needing("MongoDB"):
            id, _ = await visible(tickets, ticket, caller)
            return json({"items": (await presence.on(id)).shown(caller)})

    @router.put("/{ticket}/presence", responses={200: {"model": PresencePage}})
    async def tell_presence(
        ticket: str,
        body: Being,
        asked: Annotated[Asked, Depends(Asking(callers, telemetry, TRUSTED))],
    ) -> Response:
        """Say that one looks at a ticket, or types: for 30 seconds, so say it again each 10. The
        answer tells who else is there."""
        async with needing("MongoDB"):
            id, _ = await visible(tickets, ticket, asked.caller)
            await presence.tell(id, asked.caller, body.doing)
            return json({"items": (await presence.on(id)).shown(asked.caller)})

    return router
