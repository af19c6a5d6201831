"""`deskledger up | down | status | logs`: the local stack from the command line."""

import json
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import typer
from rich.console import Console
from rich.status import Status as Spinner
from rich.table import Table

from deploy.local import Narrator, logs, stack
from deploy.local.stack import Row

app = typer.Typer()
console = Console(highlight=False)


class Terminal(Narrator):
    """Says what happened in lines, and what is waited for beside a spinner."""

    def __init__(self, spinner: Spinner) -> None:
        self._spinner = spinner

    def happened(self, text: str) -> None:
        console.print(text)

    def waiting(self, text: str) -> None:
        self._spinner.update(f"waiting for {text}")


@contextmanager
def narrator() -> Iterator[Narrator]:
    if not console.is_terminal:
        yield Narrator()
        return
    with console.status("starting") as spinner:
        yield Terminal(spinner)


def numbers(pairs: list[str]) -> dict[str, int]:
    """`name=number` options as a mapping."""
    try:
        return {name: int(number) for name, number in (pair.split("=", 1) for pair in pairs)}
    except ValueError as error:
        raise typer.BadParameter("write name=number, such as http=8081") from error


@app.command()
def up(
    only: Annotated[
        str, typer.Option(help="start just these (and keep what runs): kafka,mongod")
    ] = "",
    port: Annotated[
        list[str] | None,
        typer.Option(help="insist on a port: kafka=, mongod=, mailbox=, http=, smtp="),
    ] = None,
    replicas: Annotated[
        list[str] | None, typer.Option(help="run a service more than once: intake=2")
    ] = None,
) -> None:
    """Start Kafka, MongoDB and every service in the background, and wait until they are healthy."""
    began = time.monotonic()
    with narrator() as voice:
        stack.up(
            voice,
            only=[name for name in only.split(",") if name],
            asked_ports=numbers(port or []),
            replicas=numbers(replicas or []),
        )
    console.print(
        f"Up after {time.monotonic() - began:.1f} s. Next: deskledger status | logs | down"
    )


@app.command()
def down(
    wipe: Annotated[bool, typer.Option("--wipe", help="also delete all data and keys")] = False,
) -> None:
    """Stop the stack."""
    ran = stack.down(wipe=wipe)
    console.print("Stopped." if ran else "Nothing was running.", "Data deleted." if wipe else "")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="for programs")] = False,
) -> None:
    """Show what runs, where, and how it is; the exit code is 1 when something is not healthy."""
    rows = stack.status()
    if as_json:
        json.dump([record(row) for row in rows], sys.stdout, indent=2)
        print()
    else:
        console.print(table(rows))
    if not all(row.healthy or row.status.state == "done" for row in rows):
        raise typer.Exit(1)


def record(row: Row) -> dict[str, object]:
    return {
        "name": row.status.name,
        "state": row.status.state,
        "healthy": row.healthy,
        "pid": row.status.pid,
        "port": row.process.port or None,
        "uptime_seconds": round(time.time() - row.status.since, 1) if row.status.pid else None,
        "restarts": row.status.restarts,
    }


def table(rows: list[Row]) -> Table:
    shown = Table("process", "state", "health", "pid", "port", "uptime", "restarts", box=None)
    for row in rows:
        entry = record(row)
        ended = row.status.state == "done"
        health = "" if ended else "[green]healthy[/]" if row.healthy else "[red]not healthy[/]"
        uptime = entry["uptime_seconds"]
        shown.add_row(
            row.status.name,
            row.status.state,
            health,
            str(entry["pid"] or ""),
            str(entry["port"] or ""),
            f"{uptime} s" if uptime is not None else "",
            str(row.status.restarts or ""),
        )
    return shown


@app.command("logs")
def show_logs(
    service: Annotated[list[str] | None, typer.Argument(help="of these processes only")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on as they write")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="how many to start with")] = 20,
) -> None:
    """Show the processes' logs, one colour each."""
    for name, line in logs.read(service or [], lines, follow):
        console.print(f"[{logs.colour(name)}]{name:>10}[/] ", end="")
        console.print(line, markup=False, soft_wrap=True)
