"""Receivers of webhooks on loopback, real servers that do as they are told, and the adapter."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field

import msgspec
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from adapters.webhooks.app import run
from adapters.webhooks.settings import WebhookSettings
from deploy.local.ports import spare
from libs.events.checkpoints import Checkpoints
from libs.events.lag import Lag
from libs.events.resources import Resources
from libs.serving import listening
from libs.settings import Settings
from libs.webhooks import PublicEvent

Behaviour = Callable[["Heard"], Awaitable[Response]]


@dataclass(frozen=True)
class Heard:
    """One request that came."""

    headers: Mapping[str, str]
    body: bytes

    @property
    def event(self) -> PublicEvent:
        return msgspec.json.decode(self.body, type=PublicEvent)


async def content(_: Heard) -> Response:
    """204, as a receiver does that has understood."""
    return Response(status_code=204)


@dataclass
class Receiver:
    """A server on a port of its own. heard: whatever came; taken: what it answered with 2xx."""

    port: int = field(default_factory=spare)
    behave: Behaviour = content
    heard: list[Heard] = field(default_factory=list)
    taken: list[Heard] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/hooks"

    @contextlib.asynccontextmanager
    async def serving(self) -> AsyncIterator[None]:
        """It answers while the block runs."""

        async def take(request: Request) -> Response:
            heard = Heard(dict(request.headers), await request.body())
            self.heard.append(heard)
            answer = await self.behave(heard)
            if answer.status_code < 300:
                self.taken.append(heard)
            return answer

        app = Starlette(routes=[Route("/{path:path}", take, methods=["GET", "POST"])])
        async with listening(app, "127.0.0.1", self.port):
            yield

    async def has_taken(self, count: int, seconds: float = 30.0) -> None:
        """Wait until it has taken so many."""
        async with asyncio.timeout(seconds):
            while len(self.taken) < count:
                await asyncio.sleep(0.02)


@contextlib.asynccontextmanager
async def adapter(settings: Settings, **own: object) -> AsyncIterator[Resources]:
    """The webhook adapter on this ledger, allowed to reach loopback, in a hurry."""
    quick: dict[str, object] = {
        "webhook_networks": "127.0.0.0/8",
        "webhook_retry_seconds": 0.2,
        "webhook_retry_most_seconds": 1.0,
        "webhook_seconds": 2.0,
    }
    told = WebhookSettings.model_validate(settings.model_dump() | quick | own)
    async with Resources.open(told, "webhooks") as on:
        checkpoints = Checkpoints(on.mongo.database("webhooks"), on.ledger.id)
        running = asyncio.create_task(run(told, on, Lag(on.cluster, checkpoints, on.telemetry)))
        try:
            await asyncio.sleep(0)
            while not all(report.ready for report in on.progress.report().values()):
                await asyncio.sleep(0.02)
                if running.done():
                    running.result()
            yield on
        finally:
            if running.done():
                running.result()  # what it died of
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
