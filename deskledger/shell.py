"""What the commands share: where they write, and how they reach Kafka.

Results go to standard output, everything else to standard error. On a terminal there is colour
and a moving progress bar; in a pipe there are plain, whole lines.
"""

import asyncio
import getpass
import json
import re
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Annotated, Protocol

import typer
from rich import box
from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table
from rich.text import Text

from deploy.local import Problem
from deskledger.errors import silent_kafka
from libs.events.kafka import Cluster, Ledger
from libs.settings import Settings

AsJson = Annotated[bool, typer.Option("--json", help="one JSON object a line, for programs")]
KAFKA_SECONDS = 5.0
PIPE_COLUMNS = 10_000  # a line in a pipe is never wrapped
DRAW_SECONDS = 0.1
PIPE_SECONDS = 5.0  # between two lines of progress in a pipe


class OnProgress(Protocol):
    """Told how much of how much is done, and what is being done if that has changed."""

    def __call__(self, done: int, total: int, doing: str = "") -> None: ...


@asynccontextmanager
async def reach_ledger(settings: Settings) -> AsyncIterator[tuple[Cluster, Ledger]]:
    """Kafka, known to answer and to hold a ledger. Raises Problem, NotProvisioned, KafkaError."""
    cluster = Cluster(settings)
    try:
        ledger = await asyncio.wait_for(cluster.ledger(), KAFKA_SECONDS)
    except TimeoutError:
        raise Problem(silent_kafka(settings)) from None
    yield cluster, ledger


def console(*, stderr: bool = False) -> Console:
    """Standard output (or error), as a person or a program wants to read it."""
    stream = sys.stderr if stderr else sys.stdout
    width = None if stream.isatty() else PIPE_COLUMNS
    return Console(stderr=stderr, width=width, highlight=False)


def say(text: str) -> None:
    """A line for the person who waits, not part of the result."""
    console(stderr=True).print(Text(text))


def print_json(record: Mapping[str, object]) -> None:
    """One object on one line."""
    print(json.dumps(record, ensure_ascii=False))


def show_table(columns: Sequence[str], rows: Iterable[Sequence[str]], *, empty: str) -> None:
    """Rows under a heading; the last column may wrap. empty: what to say when there are none."""
    table = Table(box=box.SIMPLE_HEAD if sys.stdout.isatty() else None, pad_edge=False)
    for column in columns:
        table.add_column(column, no_wrap=column != columns[-1], overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    if table.row_count:
        console().print(table)
    else:
        say(empty)


def show_facts(facts: Iterable[tuple[str, str]]) -> None:
    """Names and values, one a line."""
    table = Table.grid(padding=(0, 2))
    for name, value in facts:
        table.add_row(Text(name, style="dim"), Text(value))
    console().print(table)


def operator() -> str:
    """Who sits here, as events name them: the system's user, as far as an id can carry the name."""
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container without a user
        return "operator"
    return re.sub(r"[^A-Za-z0-9_.-]|^[^A-Za-z0-9]", "", name)[:64] or "operator"


@contextmanager
def progress(doing: str, unit: str) -> Iterator[OnProgress]:
    """Shows how far something is: a bar with rate and time left, or a line now and then."""
    terminal = console(stderr=True)
    if not terminal.is_terminal:
        yield _Lines(doing, unit).on_progress
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        TextColumn(f"{{task.fields[rate]}} {unit}/s"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=terminal, transient=True) as bar:
        task = bar.add_task(doing, total=None, rate="…")
        drawn = 0.0

        def on_progress(done: int, total: int, doing: str = "") -> None:
            nonlocal drawn
            if time.monotonic() - drawn < DRAW_SECONDS:
                return
            drawn = time.monotonic()
            speed = bar.tasks[0].speed
            rate = f"{speed:,.0f}" if speed else "…"
            bar.update(task, completed=done, total=total or None, rate=rate)
            if doing:
                bar.update(task, description=doing)

        yield on_progress


class _Lines:
    """Progress for a log file: a whole line every few seconds."""

    def __init__(self, doing: str, unit: str) -> None:
        self._doing = doing
        self._unit = unit
        self._began = self._said = time.monotonic()

    def on_progress(self, done: int, total: int, doing: str = "") -> None:
        self._doing = doing or self._doing
        now = time.monotonic()
        if now - self._said < PIPE_SECONDS:
            return
        self._said = now
        if not total:
            say(self._doing)
            return
        rate = done / (now - self._began)
        left = (total - done) / rate if rate else 0
        say(f"{self._doing}: {done:,} of {total:,} {self._unit}, {rate:,.0f}/s, {left:,.0f} s left")
