"""What happens, while it happens: ``/v1/tickets/<id>/stream``, ``/v1/stream``."""

import re
from collections.abc import AsyncIterator
from contextlib import ExitStack
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response, StreamingResponse

from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.http.caller import Allowing
from services.gateway.http.description import header
from services.gateway.http.event_stream import MEDIA_TYPE, EventStream
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import bad_header
from services.gateway.http.tickets import visible
from services.gateway.live.hub import Stream
from services.gateway.live.telling import Reader, Tell, telling
from services.gateway.live.tickets import TicketStreams, TicketTelling
from services.gateway.principal import TRUSTED, Principal

LAST = "Last-Event-ID"
_SEQUENCE = re.compile(r"\d{1,8}", re.ASCII)
_RESUMING = {
    "parameters": [header(LAST, "the id of the last event that you have: go on behind it")]
}
_STREAM: dict[int | str, dict[str, object]] = {
    200: {
        "description": "Server-sent events, for as long as the reader stays",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


def live_routes(streams: TicketStreams, callers: Callers, fresh: Fresh) -> APIRouter:
    """The routes. A stream tells what reading would show, to whoever may read it."""
    router = APIRouter(prefix="/v1", tags=["live"], dependencies=[Depends(fresh)])
    Trusted = Annotated[Principal, Depends(Allowing(callers, TRUSTED))]  # noqa: N806

    @router.get(
        "/tickets/{ticket}/stream",
        response_class=StreamingResponse,
        responses=_STREAM,
        openapi_extra=_RESUMING,
    )
    async def stream_ticket(ticket: str, caller: Trusted, request: Request) -> Response:
        """What happens on a ticket: each `step` as its history shows it; customers are told when
        there is something new for them (`changed`). Without Last-Event-ID from now on; behind it
        nothing is missing, or a `reset` says that the ticket is to be fetched anew."""
        last = _sequence(request)
        with ExitStack() as opening:
            async with needing("MongoDB"):
                id, _ = await visible(streams.tickets, ticket, caller)
                # Followed first, then read: what happens between the two is told.
                stream = opening.enter_context(streams.following(id))
                id, view = await visible(streams.tickets, id, caller)
            known = view["sequence"] if last is None else min(last, view["sequence"])
            mine = TicketTelling(streams, id, known, caller)
            return answer(request, caller, stream, opening, mine.first(view), mine.tell)

    def answer(
        request: Request,
        caller: Principal,
        stream: Stream,
        opening: ExitStack,
        first: AsyncIterator[bytes],
        tell: Tell,
    ) -> Response:
        """The stream itself, which ends what was opened for it."""
        token = request.headers["authorization"].partition(" ")[2].strip()
        reader = Reader(caller, lambda: callers.known(token), callers.setup)
        parts = telling(stream, reader, first, tell)
        return EventStream(parts, opening.pop_all(), lambda: stream.end("left"))

    return router


def _sequence(request: Request) -> int | None:
    given = request.headers.get(LAST)
    if not given:
        return None
    if _SEQUENCE.fullmatch(given) is None:
        raise bad_header(LAST, f"{LAST} takes the id of an event of this stream.")
    return int(given)
