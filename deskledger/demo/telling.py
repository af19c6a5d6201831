"""How the demo talks: numbered steps, facts below them, and never a silence without its reason."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from deploy.local import Narrator, Problem
from deskledger.shell import OnProgress, progress

T = TypeVar("T")

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.05
INDENT = "    "


class Teller:
    """Tells the story on standard output; what is being waited for shows on a terminal only."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps = 0
        self._title = ""
        self._began = time.monotonic()

    @property
    def place(self) -> str:
        """Where in the story we are."""
        return f"step {self._steps} ({self._title})"

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    def step(self, title: str) -> None:
        """A new chapter."""
        self._steps += 1
        self._title = title
        number, clock = f"{self._steps:>2}  ", f"  ({self.seconds:.0f} s)"
        self._console.print()
        self._console.print(Text.assemble((number + title, "bold"), (clock, "dim")))

    def say(self, text: str, style: str = "") -> None:
        """A line that belongs to the step."""
        self.lines([Text(text, style)])

    def lines(self, lines: Iterable[Text]) -> None:
        """Lines that know their own look."""
        for line in lines:
            self._console.print(Padding(line, (0, 0, 0, len(INDENT)), expand=False))

    def quote(self, lines: Iterable[str]) -> None:
        """What somebody wrote, or what to type."""
        self.lines(Text.assemble(("│ ", "dim"), (line, "cyan")) for line in lines)

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Rows under a heading."""
        table = Table(box=None, pad_edge=False, header_style="dim", padding=(0, 2, 0, 0))
        table.add_column("", width=len(INDENT) - 2)
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row("", *map(Text, row))
        self._console.print(table)

    def check(self, fact: bool, otherwise: str) -> None:
        """Raises Problem when the story is not true."""
        if not fact:
            raise Problem(f"This is not as it should be: {otherwise}.")

    @contextmanager
    def waiting(self, what: str) -> Iterator[Callable[[str], None]]:
        """Say what is being waited for, while the block runs; it may say that it is something else
        by now."""

        def line(what: str) -> Text:
            return Text(f"waiting for {what}", style="dim")

        with self._console.status(line(what)) as status:
            yield lambda now: status.update(line(now))

    @contextmanager
    def progress(self, doing: str, unit: str) -> Iterator[OnProgress]:
        """Show how far something is, while the block runs."""
        with progress(INDENT + doing, unit) as on_progress:
            yield on_progress

    async def until(
        self, what: str, look: Callable[[], Awaitable[T | None]], seconds: float = PATIENCE_SECONDS
    ) -> T:
        """What `look` returns once it is not None. Raises Problem after a time."""
        deadline = time.monotonic() + seconds
        with self.waiting(what):
            while True:
                found = await look()
                if found is not None:
                    return found
                if time.monotonic() > deadline:
                    raise Problem(f"Waited {seconds:.0f} s for {what}, in vain.")
                await asyncio.sleep(LOOK_SECONDS)


class Aside(Narrator):
    """The stack's own words as it starts, below the step."""

    def __init__(self, teller: Teller, waiting_for: Callable[[str], None]) -> None:
        self._teller = teller
        self._waiting_for = waiting_for

    def happened(self, text: str) -> None:
        self._teller.say(text, "dim")

    def waiting(self, text: str) -> None:
        self._waiting_for(text)
