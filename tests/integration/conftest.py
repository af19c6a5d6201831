"""Who calls the gateway in most of these tests; each module says which ``desk`` they call."""

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.support.gateway import Gateway


@pytest.fixture
async def anna(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """An agent."""
    async with desk.client("agent") as client:
        yield client


@pytest.fixture
async def lea(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A lead."""
    async with desk.client("lead", "lea") as client:
        yield client
