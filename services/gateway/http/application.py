"""The gateway's HTTP application, put together from its rooms."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from libs.telemetry import Telemetry
from services.gateway.http import problems
from services.gateway.http.envelope import Envelope

_DESCRIPTION = "Tickets, contacts and what may be done to them."
_PROBLEMS: dict[int | str, dict[str, object]] = {
    status: {"model": problems.ProblemBody, "description": meaning}
    for status, meaning in {
        400: "A body or a header that cannot be understood",
        401: "No token, or one that does not count",
        403: "Not for this role",
        404: "There is none, or none for this caller",
        409: "Refused: the state does not allow it",
        412: "Refused: it changed since the ETag of If-Match",
        413: "The body is too large",
        422: "Refused: the content will not do",
        503: "Kafka or MongoDB does not answer; try again",
    }.items()
}


def application(
    routers: Sequence[APIRouter],
    health: Sequence[BaseRoute],
    telemetry: Telemetry,
    max_body_bytes: int,
) -> ASGIApp:
    """The application, every answer a problem where it is not a success."""
    app = FastAPI(
        title="Deskledger",
        version="1",
        description=_DESCRIPTION,
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        responses=_PROBLEMS,
    )
    problems.install(app)
    for router in routers:
        app.include_router(router)
    app.router.routes.extend(health)
    return Envelope(app, telemetry, max_body_bytes)
