"""`deskledger contacts import`: contacts from a CSV file, by commands, with a report."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated

import msgspec
import typer

from deskledger.importing.carry import Importer, Line, Outcomes
from deskledger.importing.known import known
from deskledger.importing.rows import Fault, Row, read
from deskledger.services import opened
from deskledger.shell import AsJson, OnProgress, operator, print_json, progress, show_table
from libs.events.kafka import CommandSender
from libs.events.published.contacts import address_id
from libs.settings import Settings

app = typer.Typer(no_args_is_help=True, help="Import contacts.")

BATCH = 200


@app.callback()
def contacts() -> None:
    """Import contacts."""


@app.command("import")
def import_file(
    file: Annotated[Path, typer.Argument(help="a CSV file", exists=True, dir_okay=False)],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="only say what would become of each line")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make contacts known out of a CSV file, or complete those that are. Sends no mail."""
    counts: Counter[str] = Counter()
    faults: list[Fault] = []

    def report(line: Line) -> None:
        counts[line.status] += 1
        faults.extend(line.faults)
        if as_json:
            print_json(msgspec.to_builtins(line))

    with progress("Importing", "lines") as on_progress:
        asyncio.run(_import(file, dry_run, report, on_progress))
    if not as_json:
        cells = ((str(one.line), one.column, one.sentence) for one in faults)
        show_table(("line", "column", "why not"), cells, empty="Every line was understood.")
        would = "would be " if dry_run else ""
        print(
            ", ".join(
                f"{counts[status]:,} {would}{status}"
                for status in ("created", "matched", "changed", "refused")
            )
        )
    raise typer.Exit(1 if counts["refused"] else 0)


async def _import(
    file: Path, dry_run: bool, report: Callable[[Line], None], on_progress: OnProgress
) -> None:
    async with opened(Settings()) as resources:
        secret = await resources.keyring.secret("addresses")

        def place(channel: str, address: str) -> str:
            return address_id(secret, channel, address)

        total, wanted = 0, set[str]()
        for row in read(file):
            total += 1
            if isinstance(row, Row):
                wanted |= {place("email", mail) for mail in row.emails}
                wanted |= {place("phone", row.phone)} if row.phone else set()
        before = await known(resources, wanted)
        outcomes = Outcomes(resources)
        async with resources.cluster.producing() as producer, outcomes.followed():
            sender = CommandSender(
                resources.cluster, producer, resources.keyring, resources.ledger.lanes
            )
            actor = f"agent:{operator()}"
            importer = Importer(
                resources, before, place, sender, actor, None if dry_run else outcomes
            )
            done = 0
            for batch in _batches(read(file)):
                rows = [row for row in batch if isinstance(row, Row)]
                lines = await importer.carry(rows)
                refused = [row for row in batch if isinstance(row, Fault)]
                lines += [Line(one.line, "refused", faults=[one]) for one in refused]
                for line in sorted(lines, key=lambda one: one.line):
                    report(line)
                done += len(batch)
                on_progress(done, total)


def _batches(rows: Iterator[Row | Fault]) -> Iterator[list[Row | Fault]]:
    while batch := list(islice(rows, BATCH)):
        yield batch
