"""The gateway's HTTP application, put together from its rooms."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from libs.telemetry import Telemetry
from services.gateway.http import problems
from services.gateway.http.description import describe
from services.gateway.http.envelope import Envelope


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
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    for router in routers:
        app.include_router(router)
    app.router.routes.extend(health)
    describe(app)
    return Envelope(app, telemetry, max_body_bytes)
