"""`deskledger up | down | status | logs`: the local stack from the command line."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Annotated

import httpx
import typer
from rich.status import Status as Spinner
from rich.text import Text

from deploy.local import Narrator, logs, stack
from deploy.local.stack import Row
from deskledger.shell import AsJson, console, print_json, say, show_table

app = typer.Typer()


class Terminal(Narrator):
    """Says what happened in lines, and what is waited for beside a spinner."""

    def __init__(self, spinner: Spinner) -> None:
        self._spinner = spinner

    def happened(self, text: str) -> None:
        say(text)

    def waiting(self, text: str) -> None:
        self._spinner.update(f"waiting for {text}")


@contextmanager
def narrator() -> Iterator[Narrator]:
    terminal = console(stderr=True)
    if not terminal.is_terminal:
        yield Narrator()
        return
    with terminal.status("starting") as spinner:
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
    say(f"Up after {time.monotonic() - began:.1f} s. Next: deskledger status | logs | down")


@app.command()
def down(
    wipe: Annotated[bool, typer.Option("--wipe", help="also delete all data and keys")] = False,
) -> None:
    """Stop the stack."""
    ran = stack.down(wipe=wipe)
    say("Stopped." if ran else "Nothing was running.")
    if wipe:
        say("All data and keys are deleted.")


@app.command()
def status(as_json: AsJson = False) -> None:
    """Show what runs, where, and how it is; the exit code is 1 when something is not healthy."""
    rows = stack.status()
    details = {row.status.name: told(row) for row in rows}
    wrong = [f"{name}: {what}" for name, detail in details.items() for what in troubles(detail)]
    if as_json:
        for row in rows:
            print_json(record(row) | {"details": details[row.status.name]})
    else:
        columns = ("process", "state", "health", "pid", "port", "uptime", "restarts")
        show_table(columns, map(cells, rows), empty="There are no processes.")
        for sentence in wrong:
            console().print(Text(sentence, style="red"), soft_wrap=True)
    if wrong or not all(row.healthy or row.status.state == "done" for row in rows):
        raise typer.Exit(1)


def told(row: Row) -> dict[str, object]:
    """What a service says of itself; nothing when it does not answer, or has nothing to say."""
    if row.process.probe != "http":
        return {}
    try:
        answer = httpx.get(f"http://127.0.0.1:{row.process.port}/health/live", timeout=2)
        details: dict[str, object] = answer.json()["details"]
    except (httpx.HTTPError, ValueError, KeyError):
        return {}
    return details


def troubles(details: dict[str, object]) -> Iterator[str]:
    """What a person has to look at, in sentences that say where."""
    if quarantined := details.get("quarantined"):
        yield f"{quarantined} in quarantine: deskledger dead-letters list"
    broken = details.get("broken")
    for lane, why in broken.items() if isinstance(broken, dict) else ():
        yield f"lane {lane} has stopped: {why}"
    for consumer, behind in details.items():
        if isinstance(behind, str):
            yield f"{consumer} has stopped: {behind}"


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


def cells(row: Row) -> list[str]:
    uptime = timedelta(seconds=int(time.time() - row.status.since)) if row.status.pid else ""
    health = "healthy" if row.healthy else "" if row.status.state == "done" else "not healthy"
    numbers = (row.status.pid, row.process.port, uptime, row.status.restarts)
    return [row.status.name, row.status.state, health, *(str(each or "") for each in numbers)]


@app.command("logs")
def show_logs(
    service: Annotated[list[str] | None, typer.Argument(help="of these processes only")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="go on as they write")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="how many to start with")] = 20,
) -> None:
    """Show the processes' logs, one colour each."""
    terminal = console()
    for name, line in logs.read(service or [], lines, follow):
        text = Text(f"{name:>10} ", style=logs.colour(name))
        terminal.print(text.append(line, style="default"), soft_wrap=True)
