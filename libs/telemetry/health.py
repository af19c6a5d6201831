"""Health over HTTP: `/health/live` for whoever restarts the process, `/health/ready` for who waits.

Answers are JSON; 200 or 503 says the same in one word. Details hold counts and ids only.
"""

import asyncio
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractContextManager, asynccontextmanager, nullcontext

import msgspec
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.telemetry.progress import ComponentReport, Progress

Details = Callable[[], Mapping[str, object]]


class Health(msgspec.Struct):
    """The body of both answers. `status`: ok, starting or stalled."""

    status: str
    components: dict[str, ComponentReport]
    details: Mapping[str, object]


def routes(progress: Progress, details: Details = dict) -> list[Route]:
    """Both routes, for a process that has an HTTP server of its own."""

    async def live(request: Request) -> Response:
        health = _health(progress, details)
        return _response(health, 503 if health.status == "stalled" else 200)

    async def ready(request: Request) -> Response:
        health = _health(progress, details)
        return _response(health, 200 if health.status == "ok" else 503)

    return [Route("/health/live", live), Route("/health/ready", ready)]


@asynccontextmanager
async def serve(
    port: int, progress: Progress, details: Details = dict, host: str = "127.0.0.1"
) -> AsyncIterator[None]:
    """Answer on `port` of the running event loop while the block runs; 0 = not at all.

    Raises OSError when the port is taken.
    """
    if port == 0:
        yield
        return
    listener = socket.create_server((host, port))
    config = uvicorn.Config(
        Starlette(routes=routes(progress, details)),
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    server = _Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    try:
        yield
    finally:
        server.should_exit = True
        await serving


class _Server(uvicorn.Server):
    """Leaves the process's signals alone: they belong to `crash_only`."""

    def capture_signals(self) -> AbstractContextManager[None]:  # type: ignore[override]
        return nullcontext()


def _health(progress: Progress, details: Details) -> Health:
    components = progress.report()
    if any(component.stalled for component in components.values()):
        status = "stalled"
    elif components and all(component.ready for component in components.values()):
        status = "ok"
    else:
        status = "starting"
    return Health(status, components, details())


def _response(health: Health, status_code: int) -> Response:
    return Response(msgspec.json.encode(health), status_code, media_type="application/json")
