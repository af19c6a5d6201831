"""The gateway's HTTP application, put together from its rooms."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from libs.telemetry import Telemetry
from services.gateway.http import problems
from services.gateway.http.admission import Admission
from services.gateway.http.description import describe
from services.gateway.http.envelope import Envelope
from services.gateway.http.limits import Limits


def application(
    routers: Sequence[APIRouter],
    unlisted: Sequence[BaseRoute],
    telemetry: Telemetry,
    max_body_bytes: int,
    admission: Admission,
    requests_a_minute: int = 0,
) -> ASGIApp:
    """The application, every answer a problem where it is not a success. unlisted: routes that are
    no part of the HTTP contract; requests_a_minute: of one caller, 0 for as many as they like."""
    app = FastAPI(
        title="Deskledger",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
    )
    problems.install(app)
    operations = [r for router in routers for r in router.routes if isinstance(r, APIRoute)]
    # Not include_router, which matches each request once more for every router.
    app.router.routes += [*operations, *unlisted]
    describe(app, operations)
    return Envelope(Limits(app, admission, requests_a_minute), telemetry, max_body_bytes)
