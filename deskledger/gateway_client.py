"""The Python client on this installation: for the command line, the demo and tests."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import TypeVar

import httpx

from deploy.local import Problem
from deskledger_client import Client
from libs.settings import Settings
from libs.tokens import Role, local_issuer

TIMEOUT_SECONDS = 40.0  # longer than the gateway's longest wait for an outcome
TOKEN_LIFETIME = timedelta(minutes=15)

T = TypeVar("T")


@asynccontextmanager
async def gateway_client(
    settings: Settings, subject: str, role: Role, name: str = ""
) -> AsyncIterator[Client]:
    """A client with a token made here, under the installation's own secret.

    Raises Problem when that secret is not at hand.
    """
    try:
        token = local_issuer(settings).issue(subject, [role], TOKEN_LIFETIME, name)
    except ValueError as error:
        raise Problem(str(error)) from error
    async with httpx.AsyncClient(
        base_url=f"http://{settings.http_host}:{settings.http_port}",
        headers={"Authorization": f"Bearer {token}"},
        timeout=TIMEOUT_SECONDS,
        trust_env=False,
    ) as http:
        yield Client(http=http).given(wait=30)


async def whole(items: AsyncIterator[T], at_most: int | None = None) -> list[T]:
    """What a list has on all its pages, or the first so many."""
    found: list[T] = []
    async for item in items:
        found.append(item)
        if len(found) == at_most:
            break
    return found
