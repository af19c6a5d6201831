"""How the demo talks: numbered steps, facts below them, and never a silence without its reason."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from deploy.local import Narrator, Problem

T = TypeVar("T")

PATIENCE_SECONDS = 30.0
LOOK_SECONDS = 0.05
INDENT = "   "
WIDEST = 100


class Teller:
    """Tells the story on standard output; what is being waited for shows on a terminal only."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._steps = 0
        self._began = time.monotonic()

    def step(self, title: str) -> None:
        """A new chapter."""
        self._steps += 1
        self._console.print()
        self._console.print(
            Text.assemble((f"{self._steps:>2}  {title}", "bold"), (f"  {self._clock()}", "dim"))
        )

    def say(self, text: str, style: str = "") -> None:
        """A line that belongs to the step."""
        self._console.print(Text(INDENT + " " + text, style))

    def quote(self, lines: Iterable[str], style: str = "cyan") -> None:
        """What somebody wrote, or a command to type."""
        for line in lines:
            self._console.print(Text.assemble((INDENT + " │ ", "dim"), (line, style)))

    def table(self, columns: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
        """Rows under a heading."""
        table = Table(box=None, pad_edge=False, header_style="dim")
        table.add_column("", width=len(INDENT))
        for column in columns:
            table.add_column(column, overflow="fold")
        for row in rows:
            table.add_row("", *map(Text, row))
        self._console.print(table)

    async def until(
        self, what: str, look: Callable[[], Awaitable[T | None]], seconds: float = PATIENCE_SECONDS
    ) -> T:
        """What `look` returns once it is not None. Raises Problem with `what` after a time."""
        deadline = time.monotonic() + seconds
        with self._console.status(what):
            while True:
                found = await look()
                if found is not None:
                    return found
                if time.monotonic() > deadline:
                    raise Problem(
                        f"Waited {seconds:.0f} s for {what}, and nothing came. What the services "
                        "say: deskledger status, deskledger logs"
                    )
                await asyncio.sleep(LOOK_SECONDS)

    def _clock(self) -> str:
        return f"{time.monotonic() - self._began:.0f} s"


class Aside(Narrator):
    """The stack's own words as it starts, below the step."""

    def __init__(self, teller: Teller) -> None:
        self._teller = teller

    def happened(self, text: str) -> None:
        self._teller.say(text, "dim")

    def waiting(self, text: str) -> None:
        """Nothing: each thing that is ready says so."""
