"""What became of a command that was answered with 202: ``/v1/commands/<id>``."""

from typing import Annotated, Literal

from fastapi import APIRouter, Depends
from starlette.responses import Response
from typing_extensions import TypedDict

from libs.tokens import Tokens
from services.gateway.availability import needing
from services.gateway.commanding.requests import Requests
from services.gateway.http.caller import Allowing
from services.gateway.http.outcomes import json
from services.gateway.http.problems import not_found
from services.gateway.principal import EVERYBODY, Principal
from services.gateway.tickets.reading import TicketReader


class CommandPage(TypedDict):
    """A command. sequence: its aggregate's after it; code, detail: of a refusal."""

    id: str
    state: Literal["underway", "carried_out", "refused"]
    aggregate_id: str
    sequence: int
    code: str
    detail: str


def request_routes(requests: Requests, tickets: TicketReader, tokens: Tokens) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1/commands", tags=["commands"])

    @router.get("/{command}", responses={200: {"model": CommandPage}})
    async def read_command(
        command: str, caller: Annotated[Principal, Depends(Allowing(tokens, EVERYBODY))]
    ) -> Response:
        """One of the caller's own commands."""
        async with needing("MongoDB"):
            known = await requests.find(command, caller.actor)
            if known is None:
                raise not_found("command")
            # The replica that waited for the outcome may be gone; the history tells it, too.
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
