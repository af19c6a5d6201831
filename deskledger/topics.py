"""`deskledger topics apply | check`: make the ledger's topics, or say how they differ."""

import asyncio

import typer

from deploy.local import Problem
from deskledger.errors import silent_kafka
from deskledger.shell import KAFKA_SECONDS, AsJson, print_json, show_table
from libs.events import provisioning
from libs.events.kafka import Cluster, Ledger, NotProvisioned
from libs.events.provisioning import Finding
from libs.events.topics import TOPICS
from libs.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Make and check the ledger's topics.")


@app.command()
def apply() -> None:
    """Make the topics that are missing. Those that exist are never changed."""
    ledger, made = asyncio.run(_apply(Cluster(Settings())))
    for name in made:
        print(f"made {name}")
    print(f"ledger {ledger.id}: {ledger.lanes} lanes, {len(TOPICS)} topics")


@app.command()
def check(as_json: AsJson = False) -> None:
    """Say what differs from what the services expect; the exit code is 1 when something does."""
    findings = asyncio.run(_check(Cluster(Settings())))
    if as_json:
        for finding in findings:
            print_json(
                {"topic": finding.topic, "sentence": finding.sentence, "fatal": finding.fatal}
            )
    else:
        rows = [("fatal" if f.fatal else "differs", f.topic, f.sentence) for f in findings]
        show_table(("", "topic", "finding"), rows, empty="The topics are as they should be.")
    if findings:
        raise typer.Exit(1)


async def _apply(cluster: Cluster) -> tuple[Ledger, list[str]]:
    await _answers(cluster)
    return await provisioning.apply(cluster)


async def _check(cluster: Cluster) -> list[Finding]:
    await _answers(cluster)
    return await provisioning.check(cluster)


async def _answers(cluster: Cluster) -> None:
    """Fail early when nobody is there: the admin client waits for 40 s."""
    try:
        await asyncio.wait_for(cluster.ledger(), KAFKA_SECONDS)
    except NotProvisioned:
        pass
    except TimeoutError:
        raise Problem(silent_kafka(cluster.settings)) from None
