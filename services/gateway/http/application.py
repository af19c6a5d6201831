"""The gateway's HTTP application, put together from its rooms."""

from collections.abc import Sequence

from fastapi import APIRouter, FastAPI
from fastapi.routing import APIRoute
from starlette.middleware.cors import CORSMiddleware
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from libs.telemetry import Telemetry
from services.gateway.audit.recorder import Recorder
from services.gateway.http import problems
from services.gateway.http.admission import Admission
from services.gateway.http.auditing import Auditing
from services.gateway.http.description import describe
from services.gateway.http.envelope import Envelope
from services.gateway.http.limits import Limits
from services.gateway.http.positions import POSITION

_MAY_BE_SENT = (
    "Authorization",
    "Content-Digest",
    "Content-Type",
    "Idempotency-Key",
    "If-Match",
    "If-None-Match",
    "Last-Event-ID",
    "Prefer",
    "Repr-Digest",
    "traceparent",
    POSITION,
)
_MAY_BE_READ = (
    *("Deprecation", "ETag", "Link", "Location", "Request-Id", "Retry-After", "Sunset"),
    POSITION,
)


def application(
    routers: Sequence[APIRouter],
    unlisted: Sequence[BaseRoute],
    telemetry: Telemetry,
    max_body_bytes: int,
    admission: Admission,
    recorder: Recorder,
    requests_a_minute: int = 0,
    origins: Sequence[str] = (),
    is_secure: bool = False,
    max_upload_bytes: int = 0,
) -> ASGIApp:
    """The application, every answer a problem where it is not a success. unlisted: routes that are
    no part of the HTTP contract; requests_a_minute: of one caller, 0 for as many as they like;
    origins: whose pages may call from a browser; is_secure: whether it is reached by https;
    max_upload_bytes: of a body that is a file."""
    app = FastAPI(
        title="Deskledger",
        version="1",
        openapi_url="/v1/openapi.json",
        docs_url=None,
        redoc_url=None,
        # A redirect would be made of the Host that somebody sent.
        redirect_slashes=False,
    )
    problems.install(app)
    operations = [r for router in routers for r in router.routes if isinstance(r, APIRoute)]
    # Not include_router, which matches each request once more for every router.
    app.router.routes += [*operations, *unlisted]
    describe(app, operations)
    within: ASGIApp = Limits(app, admission, requests_a_minute)
    if origins:
        # No credentials: who calls says so in a header that no browser adds of itself.
        within = CORSMiddleware(
            within,
            allow_origins=origins,
            allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
            allow_headers=_MAY_BE_SENT,
            expose_headers=_MAY_BE_READ,
        )
    within = Auditing(within, recorder)
    return Envelope(within, telemetry, max_body_bytes, is_secure, max_upload_bytes)
