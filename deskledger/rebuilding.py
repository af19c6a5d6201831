"""`deskledger rebuild`: read models made anew from the log, while the old ones are being read."""

import asyncio
from typing import Annotated

import typer

from deploy.local import Problem
from deskledger.services import PROJECTIONS, able_to_write, opened
from deskledger.shell import OnProgress, progress, say
from libs.events.ids import event_id
from libs.events.projection import Projection
from libs.events.rebuild import Outcome, Rebuild, Step
from libs.events.resources import Resources
from libs.settings import Settings

app = typer.Typer()


@app.command("rebuild")
def command(
    service: Annotated[str, typer.Argument(help="whose read models, such as gateway")],
    projection: Annotated[str, typer.Argument(help="one of them, such as tickets")] = "",
) -> None:
    """Make a service's read models anew from the log, and change over when they have caught up.

    Ctrl-C drops what was made so far; a rebuild that was killed goes on when it is started again.
    """
    wanted = [p for p in PROJECTIONS if p.service == service and projection in ("", p.name)]
    if not wanted:
        known = ", ".join(f"{p.service} {p.name}" for p in PROJECTIONS)
        raise Problem(f"There is no read model {service} {projection}; there are {known}.")
    asyncio.run(_rebuild_all(wanted))


async def _rebuild_all(projections: list[Projection]) -> None:
    async with opened(Settings()) as resources:
        for projection in projections:
            with progress(f"Rebuilding {projection.id}", "records") as on_progress:
                outcome = await rebuild(resources, projection, on_progress)
            say(summary(projection, outcome))


async def rebuild(resources: Resources, projection: Projection, on_progress: OnProgress) -> Outcome:
    """One rebuild from the beginning to the change-over. Cancelled, it leaves nothing behind."""

    def report(step: Step) -> None:
        on_progress(step.done, step.total, f"{projection.id}: {step.phase}")

    work = Rebuild(
        able_to_write(projection, resources),
        f"cli-{event_id()}",
        cluster=resources.cluster,
        database=resources.mongo.database(projection.service),
        ledger=resources.ledger,
        telemetry=resources.telemetry,
    )
    try:
        return await work.run(report)
    except asyncio.CancelledError:
        await work.abandon()
        say(f"{projection.id}: cancelled; readers go on with the build that they had.")
        raise


def summary(projection: Projection, outcome: Outcome) -> str:
    """One line for a person."""
    rate = outcome.events / outcome.seconds
    return (
        f"{projection.id}: {outcome.events:,} events in {outcome.seconds:.1f} s ({rate:,.0f}/s); "
        f"{outcome.build} is read now, {outcome.previous} is dropped once nobody reads it"
    )
