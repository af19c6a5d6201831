"""`deskledger rebuild`: done, or interrupted without a trace."""

import asyncio

import pytest

from deskledger.rebuilding import rebuild
from libs.events.builds import Builds
from libs.events.kafka import Cluster
from libs.events.provisioning import apply
from libs.events.resources import Resources
from libs.settings import Settings
from services.gateway.tickets.projection import TICKETS
from tests.support.cli import run_cli

pytestmark = pytest.mark.integration
FIRST, SECOND = f"v{TICKETS.version}-1", f"v{TICKETS.version}-2"


async def builds(resources: Resources) -> tuple[str, dict[str, str]]:
    """The active build of the tickets, and the state of each."""
    database = resources.mongo.database("gateway")
    alias = (await Builds(database, [TICKETS]).refresh())[TICKETS.id]
    return alias.active, {name: build.state for name, build in alias.builds.items()}


async def test_a_rebuild_changes_over_and_says_so(ledger: Settings) -> None:
    # given a ledger
    await apply(Cluster(ledger))
    # when its tickets are made anew, from a script
    ran = await run_cli(ledger, "rebuild", "gateway", "tickets")
    # then the new build is the one that is read
    assert ran.code == 0, ran.err
    assert "gateway.tickets: 0 events" in ran.err
    async with Resources.open(ledger, "test") as resources:
        active, states = await builds(resources)
    assert (active, states) == (SECOND, {FIRST: "retiring", SECOND: "active"})


async def test_an_interrupted_rebuild_leaves_what_was_there(ledger: Settings) -> None:
    await apply(Cluster(ledger))
    async with Resources.open(ledger, "test") as resources:
        # given a rebuild that has begun
        begun = asyncio.Event()

        def on_progress(done: int, total: int, doing: str = "") -> None:
            begun.set()

        work = asyncio.create_task(rebuild(resources, TICKETS, on_progress))
        await begun.wait()
        # when somebody presses Ctrl-C
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
        # then the build that was read is still read, and there is no other
        assert await builds(resources) == (FIRST, {FIRST: "active"})


async def test_what_is_no_read_model_is_named_with_those_that_are(ledger: Settings) -> None:
    ran = await run_cli(ledger, "rebuild", "gateway", "tikets")

    assert ran.code == 1
    assert "There is no read model gateway tikets; there are gateway tickets" in ran.err
