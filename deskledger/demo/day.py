"""What the steps of the demo share: who acts, and what they talk to."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from deskledger.demo.postbox import Postbox
from deskledger.demo.telling import Teller
from deskledger.gateway_client import gateway_client
from deskledger.services import opened
from deskledger_client import Client
from libs.events.resources import Resources
from libs.settings import Settings

AGENT = "Mara"


@dataclass(frozen=True)
class Day:
    """One day at the desk: Mara works, an admin may erase, and a postbox is everybody else.

    began: what happened before is another day's.
    """

    settings: Settings
    teller: Teller
    postbox: Postbox
    resources: Resources
    agent: Client
    admin: Client
    began: datetime = field(default_factory=lambda: datetime.now(UTC))

    @classmethod
    @asynccontextmanager
    async def at(cls, settings: Settings, teller: Teller) -> AsyncIterator["Day"]:
        """Connect to the running stack."""
        async with AsyncExitStack() as stack:
            yield cls(
                settings,
                teller,
                Postbox(settings),
                await stack.enter_async_context(opened(settings)),
                await stack.enter_async_context(gateway_client(settings, AGENT, "agent")),
                await stack.enter_async_context(gateway_client(settings, "Theo", "admin")),
            )
