"""Every answer that is not a success: problem+json (RFC 9457) with a stable code and a sentence."""

import logging
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import NotRequired, cast

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.routing import Match, Route
from typing_extensions import TypedDict

from services.gateway.availability import Unavailable
from services.gateway.commanding.requests import KeyReused

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
_CODES = {
    400: "malformed",
    401: "unauthenticated",
    403: "forbidden",
    404: "not_found",
    405: "method_not_allowed",
    408: "too_slow",
    413: "too_large",
    415: "unsupported_media_type",
}


class Fault(TypedDict):
    """One thing that is wrong with a request, and where: a JSON pointer into the body, or the name
    of a parameter or header."""

    detail: str
    pointer: NotRequired[str]
    parameter: NotRequired[str]
    header: NotRequired[str]


class ProblemBody(TypedDict):
    """The body of every answer from 400 on."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    request_id: str
    errors: NotRequired[list[Fault]]


class Problem(Exception):
    """An answer that is not a success, raised from wherever it becomes clear. known_as: to the
    audit log, where that may know more than the caller."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        errors: Sequence[Fault] = (),
        headers: Mapping[str, str] | None = None,
        known_as: str = "",
    ) -> None:
        super().__init__(f"{status} {code}: {detail}")
        self.status = status
        self.code = code
        self.detail = detail
        self.errors = errors
        self.headers = dict(headers or {})
        self.known_as = known_as or code


def not_found(what: str, out_of_sight: bool = False) -> Problem:
    """There is none, or none for this caller: the two look the same from outside."""
    detail = f"There is no such {what}, or it is not yours to see."
    return Problem(404, "not_found", detail, known_as="out_of_sight" if out_of_sight else "")


def bad_header(name: str, detail: str) -> Problem:
    """A header that cannot be understood."""
    return Problem(400, "bad_header", detail, errors=[Fault(detail=detail, header=name)])


def bad_parameter(name: str, detail: str) -> Problem:
    """A query parameter that cannot be understood."""
    return Problem(422, "invalid", detail, errors=[Fault(detail=detail, parameter=name)])


def wrong(pointer: str, detail: str) -> Problem:
    """A part of the body that will not do."""
    return Problem(422, "invalid", detail, errors=[Fault(detail=detail, pointer=pointer)])


def response(problem: Problem, request_id: str) -> Response:
    """The problem as an answer."""
    body = ProblemBody(
        type=f"urn:deskledger:problem:{problem.code}",
        title=HTTPStatus(problem.status).phrase,
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        request_id=request_id,
    )
    if problem.errors:
        body["errors"] = list(problem.errors)
    return Response(msgspec.json.encode(body), problem.status, problem.headers, MEDIA_TYPE)


def install(app: FastAPI) -> None:
    """Turn everything that can be raised into a problem, the framework's own errors too."""

    @app.exception_handler(Problem)
    async def known(request: Request, problem: Problem) -> Response:
        return _answer(request, problem)

    @app.exception_handler(Unavailable)
    async def unavailable(request: Request, error: Unavailable) -> Response:
        return _answer(
            request, Problem(503, "unavailable", str(error), headers={"Retry-After": "1"})
        )

    @app.exception_handler(KeyReused)
    async def reused(request: Request, error: KeyReused) -> Response:
        detail = "This Idempotency-Key stood for another request; take a new one."
        return _answer(request, Problem(422, "idempotency_key_reused", detail))

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        return _answer(request, _invalid(error))

    @app.exception_handler(HTTPException)
    async def framework(request: Request, error: HTTPException) -> Response:
        code = _CODES.get(error.status_code, "refused")
        problem = Problem(error.status_code, code, str(error.detail), headers=error.headers)
        if problem.status == 405:
            problem.headers["Allow"] = ", ".join(_allowed(app, request))
        return _answer(request, problem)

    @app.exception_handler(Exception)
    async def unexpected(request: Request, error: Exception) -> Response:
        return _answer(
            request,
            Problem(500, "internal", "Something is wrong on our side; the log has the request id."),
        )


def _allowed(app: FastAPI, request: Request) -> Sequence[str]:
    """The methods of an address, which may have a route for each (RFC 9110, 10.2.1)."""
    there = [
        route
        for route in app.router.routes
        if isinstance(route, Route) and route.matches(request.scope)[0] is not Match.NONE
    ]
    # `/senders/block` is no `/senders/{id}`: the address that says most counts.
    path = min((route.path for route in there), key=lambda path: path.count("{"))
    return sorted({each for route in there if route.path == path for each in route.methods or ()})


def _answer(request: Request, problem: Problem) -> Response:
    request.state.refusal = problem.known_as
    return response(problem, cast(str, request.state.request_id))


def _invalid(error: RequestValidationError) -> Problem:
    faults = [_fault(one) for one in error.errors()]
    if any(one["type"] == "json_invalid" for one in error.errors()):
        return Problem(400, "malformed", "The body is not JSON.", errors=faults)
    where = faults[0].get("pointer") or faults[0].get("parameter") or faults[0].get("header")
    return Problem(422, "invalid", f"{where}: {faults[0]['detail']}", errors=faults)


def _fault(error: Mapping[str, object]) -> Fault:
    place, *path = cast(Sequence[str | int], error["loc"])
    detail = str(error["msg"])
    if place == "body":
        return Fault(detail=detail, pointer="".join(f"/{_escaped(str(part))}" for part in path))
    if place == "header":
        return Fault(detail=detail, header=str(path[0]))
    return Fault(detail=detail, parameter=str(path[0]))


def _escaped(part: str) -> str:
    """RFC 6901."""
    return part.replace("~", "~0").replace("/", "~1")
