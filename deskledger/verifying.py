"""`deskledger verify`: check the whole log against itself, its deciders and its inputs."""

import asyncio
import time

import msgspec
import typer

from deskledger.services import WIRED
from deskledger.shell import AsJson, print_json, progress, reach_ledger, show_table
from libs.events.verify import Report, verify
from libs.settings import Settings

app = typer.Typer()


@app.command("verify")
def command(as_json: AsJson = False) -> None:
    """Check every hash, sequence and outcome; the exit code is 1 when something is wrong."""
    began = time.monotonic()
    report = asyncio.run(checked(Settings()))
    if as_json:
        print_json({**msgspec.to_builtins(report), "whole": report.whole})
    else:
        rows = [(finding.kind, finding.where, finding.sentence) for finding in report.findings]
        if rows:
            show_table(("kind", "where", "finding"), rows, empty="")
        print(summary(report, time.monotonic() - began))
    if not report.whole:
        raise typer.Exit(1)


async def checked(settings: Settings) -> Report:
    async with reach_ledger(settings):
        with progress("Verifying", "events") as on_progress:
            return await verify(settings, WIRED, on_progress)


def summary(report: Report, seconds: float) -> str:
    """One line for a person."""
    outcome = f"{len(report.findings)} findings" if report.findings else "whole"
    pending = f", {report.open_promises} still on their way" if report.open_promises else ""
    pending += f", {report.unsettled} newer than the stored states" if report.unsettled else ""
    return (
        f"ledger {report.ledger_id} is {outcome}: {report.events:,} events of "
        f"{report.aggregates:,} aggregates, {report.inputs:,} inputs{pending} "
        f"(checked in {seconds:.1f} s)"
    )
