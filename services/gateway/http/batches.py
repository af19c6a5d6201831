"""One command to many tickets, each with an outcome of its own.

Each ticket's command goes through the very route that it has alone, so whoever may not do it to one
of them is told so for that one, and there is no second copy of any rule.
"""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Annotated, NotRequired, cast

import msgspec
from fastapi import APIRouter, Depends, Request
from pydantic import Field, StringConstraints
from starlette.responses import Response
from starlette.types import Message
from typing_extensions import TypedDict

from libs.events.ids import digest
from services.gateway.http.bodies import Body
from services.gateway.http.drafting import Asked
from services.gateway.http.outcomes import Done, Underway, json
from services.gateway.http.positions import Fresh
from services.gateway.http.problems import ProblemBody
from services.gateway.http.sending import Sending

MOST = 100
_AT_ONCE = 10
Reference = Annotated[str, StringConstraints(pattern=r"^(t-[0-9a-f]{26}|[0-9]{1,15})$")]


class Batch(Body):
    """What is done to which tickets. action: as in its own address, such as ``assignment`` or
    ``macros/m-…/apply``; body: what that takes; seen: by ticket the ETag that was seen, which
    refuses the command if it has changed."""

    tickets: Annotated[list[Reference], Field(min_length=1, max_length=MOST)]
    action: Annotated[
        str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]*(/[a-z0-9][a-z0-9-]*){0,3}$")
    ]
    body: dict[str, object] | None = None
    seen: dict[Reference, str] = Field(default_factory=dict)


class OneOutcome(TypedDict):
    """What became of it for one ticket. status: as its own request would have had; done or underway
    for a success, problem for a refusal."""

    ticket: str
    status: int
    done: NotRequired[Done]
    underway: NotRequired[Underway]
    problem: NotRequired[ProblemBody]


class BatchOutcome(TypedDict):
    """The outcomes in the order of the tickets, and how many were refused."""

    items: list[OneOutcome]
    refused: int


def batch_routes(on: Sending, fresh: Fresh) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1", tags=["commands"], dependencies=[Depends(fresh)])
    Insider = Annotated[Asked, Depends(on.insiders)]

    @router.post("/tickets/batch", responses={200: {"model": BatchOutcome}})
    async def batch(body: Batch, asked: Insider, request: Request) -> Response:
        """Do the same to up to 100 tickets, each with an outcome of its own; those that are refused
        keep none of the others. An Idempotency-Key holds for each of them."""
        told = msgspec.json.encode(body.body) if body.body is not None else b""
        turns = asyncio.Semaphore(_AT_ONCE)

        async def one(ticket: str) -> OneOutcome:
            path = f"/v1/tickets/{ticket}/{body.action}"
            async with turns:
                return await _alone(request, ticket, path, told, body.seen.get(ticket))

        items = await asyncio.gather(*map(one, dict.fromkeys(body.tickets)))
        refused = sum("problem" in item for item in items)
        return json(BatchOutcome(items=list(items), refused=refused))

    return router


async def _alone(
    request: Request, ticket: str, path: str, body: bytes, seen: str | None
) -> OneOutcome:
    """The request that this ticket's command would have been, and its answer."""
    said = {name: value for name, value in request.headers.items() if name in _PASSED_ON}
    said["content-length"] = str(len(body))
    if body:
        said["content-type"] = "application/json"
    if seen is not None:
        said["if-match"] = seen
    if key := said.get("idempotency-key"):
        said["idempotency-key"] = digest("batch", key, ticket)
    headers = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in said.items()]
    scope = {
        **request.scope,
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "headers": headers,
        "state": dict(request.scope["state"]),
    }
    for of_this_route in ("endpoint", "route", "path_params"):
        scope.pop(of_this_route, None)
    status, pieces = 500, list[bytes]()

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        pieces.append(message.get("body", b""))

    await request.app(scope, receive, send)
    request.state.noted(scope, status)
    return _outcome(ticket, status, msgspec.json.decode(b"".join(pieces)))


_PASSED_ON: Sequence[str] = (
    *("authorization", "cookie", "prefer", "idempotency-key", "traceparent"),
    *("deskledger-position", "x-csrf-token", "origin"),
)


def _outcome(ticket: str, status: int, said: Mapping[str, object]) -> OneOutcome:
    outcome = OneOutcome(ticket=ticket, status=status)
    if status == 200:
        outcome["done"] = cast(Done, said)
    elif status == 202:
        outcome["underway"] = cast(Underway, said)
    else:
        outcome["problem"] = cast(ProblemBody, said)
    return outcome
