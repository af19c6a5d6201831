"""Which services decide and which project: for verify, dead letters and rebuilds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from adapters.email.sending.threads import THREADS
from deskledger.shell import reach_ledger
from libs.events.lane import Deciders
from libs.events.projection import Projection
from libs.events.resources import Resources
from libs.events.verify import wiring
from libs.settings import Settings
from services.gateway import read_models
from services.gateway.words.indexing import Indexing
from services.gateway.words.projection import WORDS, written_by

# Modules with a function `deciders`, one a service that decides.
WIRED = ("services.intake.wiring",)
PROJECTIONS: tuple[Projection, ...] = (*read_models.PROJECTIONS, THREADS)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[Resources]:
    """Kafka, MongoDB and the keyring of this installation, for a command."""
    async with reach_ledger(settings), Resources.open(settings, "cli") as resources:
        yield resources


def able_to_write(projection: Projection, resources: Resources) -> Projection:
    """The projection with what it is written by, where a fold of events does not do."""
    if projection is WORDS:
        return written_by(Indexing(resources.contents, resources.keyring).write)
    return projection


async def deciding(resources: Resources) -> dict[str, Deciders]:
    """The deciders of every service, by its name."""
    found = [await wiring(module)(resources) for module in WIRED]
    return {deciders.service: deciders for deciders in found}
