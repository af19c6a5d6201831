"""A gateway that runs in the test's loop, on an empty ledger, with or without the real deciders."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta

import httpx

from libs.events.kafka import Cluster
from libs.events.provisioning import apply
from libs.events.resources import Resources
from libs.settings import Settings
from libs.tokens import Role, Tokens, local_issuer
from services.gateway.app import run
from services.gateway.settings import GatewaySettings


@dataclass
class Gateway:
    """A running gateway, and who may knock at it."""

    resources: Resources
    url: str
    tokens: Tokens

    def client(self, role: Role, subject: str = "anna") -> httpx.AsyncClient:
        """A client with a token of this role; close it with ``async with``."""
        token = self.tokens.issue(subject, [role], timedelta(hours=1))
        return httpx.AsyncClient(
            base_url=self.url, headers={"Authorization": f"Bearer {token}"}, timeout=40
        )


def free_port() -> int:
    """A port that nobody listens on right now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


@contextlib.asynccontextmanager
async def gateway(
    settings: Settings, parts: str = "api,projections", command_seconds: int = 60
) -> AsyncIterator[Gateway]:
    """A gateway on this ledger, ready to answer."""
    await apply(Cluster(settings))
    own = GatewaySettings(
        namespace=settings.namespace,
        http_port=free_port(),
        gateway_parts=parts,
        gateway_command_seconds=command_seconds,
    )
    async with Resources.open(own, "gateway") as resources:
        running = asyncio.create_task(run(own, resources))
        try:
            await asyncio.sleep(0)  # until it has said what to expect
            while not all(report.ready for report in resources.progress.report().values()):
                await asyncio.sleep(0.02)
                if running.done():
                    running.result()
            yield Gateway(resources, f"http://127.0.0.1:{own.http_port}", local_issuer(own))
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@contextlib.asynccontextmanager
async def deciding(resources: Resources) -> AsyncIterator[None]:
    """The real deciders of tickets and contacts, in the same loop."""
    from services.intake.wiring import deciders

    wired = await deciders(resources)
    lanes = [resources.lane(wired, number).run() for number in range(resources.ledger.lanes)]
    tasks = [asyncio.create_task(lane) for lane in lanes]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
