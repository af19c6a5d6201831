"""What became of a command that was answered with 202: ``/v1/commands/<id>``."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from starlette.responses import Response
from typing_extensions import TypedDict

from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.commanding.requests import Requests
from services.gateway.http.caller import Allowing
from services.gateway.http.outcomes import json
from services.gateway.http.problems import not_found
from services.gateway.principal import TRUSTED, Principal
from services.gateway.tickets.reading import TicketReader


class CommandPage(TypedDict):
    """A command. sequence: its aggregate's after it; code, detail: of a refusal."""

    id: str
    state: Literal["underway", "carried_out", "refused"]
    aggregate_id: str
    sequence: int
    code: str
    detail: str


def request_routes(requests: Requests, tickets: TicketReader, callers: Callers) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1/commands", tags=["commands"])

    @router.get("/{command}", responses={200: {"model": CommandPage}})
    async def read_command(
        command: str, caller: Annotated[Principal, Depends(Allowing(callers, TRUSTED))]
    ) -> Response:
        """One of the caller's own commands."""
        async with needing("MongoDB"):
            known = await requests.find(command, caller.actor)
            if known is None:
                raise not_found("command")
            # The replica that waited for the outcome may be gone; the history tells it, too.
            about = await tickets.find(known["aggregate_id"])
            if about is not None and not await tickets.sees(caller, about[1]):
                # It is about a ticket that went out of their sight.
                raise not_found("command", out_of_sight=True)
            sequence = known["sequence"] or await tickets.caused_by(known["aggregate_id"], command)
        state: Literal["underway", "carried_out", "refused"] = "underway"
        if known["refusal"]:
            state = "refused"
        elif sequence:
            state = "carried_out"
        return json(
            CommandPage(
                id=command,
                state=state,
                aggregate_id=known["aggregate_id"],
                sequence=sequence or 0,
                code=known["refusal"],
                detail=known["sentence"],
            )
        )

    return router
