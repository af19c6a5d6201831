"""What happens, while it happens: ``/v1/tickets/<id>/stream``, ``/v1/stream``."""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.responses import Response, StreamingResponse

from services.gateway.availability import needing
from services.gateway.callers import Callers
from services.gateway.http.caller import Allowing
from services.gateway.http.description import header
from services.gateway.http.event_stream import MEDIA_TYPE, EventStream
from services.gateway.http.lists import Filter
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import bad_header, bad_parameter, not_found
from services.gateway.http.tickets import visible
from services.gateway.http.views import list_of
from services.gateway.live.hub import Stream
from services.gateway.live.lists import ListStreams
from services.gateway.live.mine import AgentStreams
from services.gateway.live.telling import STILL_HERE, Reader, Tell, telling
from services.gateway.live.tickets import TicketStreams, TicketTelling
from services.gateway.principal import INSIDERS, TRUSTED, Principal
from services.gateway.tickets.asked import TicketList
from services.gateway.views.reading import ViewReader

LAST = "Last-Event-ID"
_LONGEST_ID = 4_000
_SEQUENCE = re.compile(r"\d{1,8}", re.ASCII)
# A process that has just begun reads the end of the log first.
STANDING_SECONDS = 5.0
_RESUMING = {
    "parameters": [header(LAST, "the id of the last event that you have: go on behind it")]
}
_STREAM: dict[int | str, dict[str, object]] = {
    200: {
        "description": "Server-sent events, for as long as the reader stays",
        "content": {MEDIA_TYPE: {"schema": {"type": "string"}}},
    }
}


class Following(Filter):
    """Which list is followed."""

    view: str | None = Field(None, max_length=100, description="a view, instead of a filter")
    tz: str = Field("UTC", max_length=64, description="where `today` ends")


@dataclass(frozen=True, slots=True)
class Streams:
    """What can be followed. standing: waits until the log's end is told, for who begins there."""

    tickets: TicketStreams
    lists: ListStreams
    agents: AgentStreams
    standing: Callable[[], Awaitable[None]]


def live_routes(
    streams: Streams, views: ViewReader, callers: Callers, fresh: Fresh, fresh_setup: Fresh
) -> APIRouter:
    """The routes. A stream tells what reading would show, to whoever may read it."""
    router = APIRouter(prefix="/v1", tags=["live"], dependencies=[Depends(fresh)])
    Trusted = Annotated[Principal, Depends(Allowing(callers, TRUSTED))]
    Insider = Annotated[Principal, Depends(Allowing(callers, INSIDERS))]
    tickets = streams.tickets

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
                id, _ = await visible(tickets.tickets, ticket, caller)
                # Followed first, then read: what happens between the two is told.
                stream = opening.enter_context(tickets.following(id))
                id, view = await visible(tickets.tickets, id, caller)
            known = view["sequence"] if last is None else min(last, view["sequence"])
            mine = TicketTelling(tickets, id, known, caller)
            return answer(request, caller, stream, opening, mine.first(view), mine.tell)

    @router.get(
        "/stream",
        response_class=StreamingResponse,
        responses=_STREAM,
        openapi_extra=_RESUMING,
        dependencies=[Depends(fresh_setup)],
    )
    async def stream_list(
        caller: Insider, request: Request, query: Annotated[Following, Query()]
    ) -> Response:
        """Which tickets come into a list (`entered`), change in it (`changed`) and go (`left`): a
        view, or what is asked as of `GET /v1/tickets`. What only time brings about, such as being
        overdue, is not told."""
        wanted = await asked_for(query, caller)
        await begun()
        with ExitStack() as opening:
            following = streams.lists.following(wanted, caller.sight, _last(request))
            stream, along = opening.enter_context(following)
            return answer(request, caller, stream, opening, along.first(), along.tell, along.idle)

    @router.get(
        "/stream/me",
        response_class=StreamingResponse,
        responses=_STREAM,
        openapi_extra=_RESUMING,
    )
    async def stream_mine(caller: Insider, request: Request) -> Response:
        """What concerns the caller on any ticket: `assigned` to them, `unassigned` from them,
        `mentioned` in a note, `replied` by a customer on what they have or follow."""
        await begun()
        with ExitStack() as opening:
            stream, along = opening.enter_context(streams.agents.following(caller, _last(request)))
            return answer(request, caller, stream, opening, along.first(), along.tell, along.idle)

    async def asked_for(query: Following, caller: Principal) -> TicketList:
        if query.q is not None:
            raise bad_parameter("q", "A stream does not look for words: filter by what it offers.")
        if query.view is None:
            return query.asked(caller, query.tz)
        if query.model_fields_set - {"view", "tz"}:
            raise bad_parameter("view", "Follow a view, or filter: not both.")
        async with needing("MongoDB"):
            view = await views.find(query.view, caller)
        if view is None:
            raise not_found("view")
        return list_of(view, caller, query.tz)

    async def begun() -> None:
        async with needing("Kafka", STANDING_SECONDS):
            await streams.standing()

    def answer(
        request: Request,
        caller: Principal,
        stream: Stream,
        opening: ExitStack,
        first: AsyncIterator[bytes],
        tell: Tell,
        idle: Callable[[], bytes] = STILL_HERE,
    ) -> Response:
        """The stream itself, which ends what was opened for it."""
        token = request.headers["authorization"].partition(" ")[2].strip()
        reader = Reader(caller, lambda: callers.known(token), callers.setup)
        parts = telling(stream, reader, first, tell, idle)
        return EventStream(parts, opening.pop_all(), lambda: stream.end("left"))

    return router


def _last(request: Request) -> str:
    return request.headers.get(LAST, "")[:_LONGEST_ID]


def _sequence(request: Request) -> int | None:
    given = request.headers.get(LAST)
    if not given:
        return None
    if _SEQUENCE.fullmatch(given) is None:
        raise bad_header(LAST, f"{LAST} takes the id of an event of this stream.")
    return int(given)
