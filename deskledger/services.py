"""Which services decide, by the module that wires each: for verify and dead letters."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from deskledger.shell import reach_ledger
from libs.events.lane import Deciders
from libs.events.resources import Resources
from libs.events.verify import wiring
from libs.settings import Settings

WIRED = ("services.intake.wiring",)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Resources]:
    """Kafka, MongoDB and the keyring of this installation, for a command."""
    async with reach_ledger(settings), Resources.open(settings, "cli") as resources:
        yield resources


async def deciding(resources: Resources) -> dict[str, Deciders]:
    """The deciders of every service, by its name."""
    found = [await wiring(module)(resources) for module in WIRED]
    return {deciders.service: deciders for deciders in found}
