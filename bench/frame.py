"""What every benchmark hands in: figures, each beside its limit from the same run, and its aims.

A benchmark is a module of this package with a function ``chapter(quick: bool) -> Chapter`` and a
line in ``bench/__main__.py``. quick: tiny sizes that only show that it works.
"""

import importlib
import logging
from collections.abc import Sequence
from dataclasses import dataclass

AT_MOST, AT_LEAST = "≤", "≥"


class NotHere(Exception):
    """What a benchmark reads is not on this machine: it is left out, which is no failure."""


@dataclass(frozen=True)
class Aim:
    """What a figure should reach. times: the bound is a multiple of the figure's limit."""

    relation: str
    bound: float
    times: bool = False

    def met(self, figure: "Figure") -> bool:
        """Whether the figure is there. Raises ValueError for a multiple of no limit."""
        found = figure.ratio if self.times else figure.value
        if found is None:
            raise ValueError(f"{figure.name} has no limit to be a multiple of")
        return found <= self.bound if self.relation == AT_MOST else found >= self.bound

    def __str__(self) -> str:
        return f"{self.relation} {shown(self.bound)}{' ×' if self.times else ''}"


def at_most(bound: float) -> Aim:
    """The value itself, in the figure's unit."""
    return Aim(AT_MOST, bound)


def at_least(bound: float) -> Aim:
    """The value itself, in the figure's unit."""
    return Aim(AT_LEAST, bound)


def at_most_times(factor: float) -> Aim:
    """A multiple of the limit."""
    return Aim(AT_MOST, factor, times=True)


def at_least_times(factor: float) -> Aim:
    """A multiple of the limit."""
    return Aim(AT_LEAST, factor, times=True)


@dataclass(frozen=True)
class Figure:
    """One measured value. limit: what bare work of the same kind gave in the same run, same unit;
    limit_name: which work that was."""

    name: str
    value: float
    unit: str
    limit_name: str = ""
    limit: float | None = None
    aims: Sequence[Aim] = ()

    @property
    def ratio(self) -> float | None:
        """The value as a multiple of its limit, where it has one."""
        return self.value / self.limit if self.limit else None

    @property
    def met(self) -> bool | None:
        """Whether every aim is reached; None without aims."""
        return all(aim.met(self) for aim in self.aims) if self.aims else None


@dataclass(frozen=True)
class Chapter:
    """The outcome of one benchmark. remarks: Markdown about how it was measured and what it
    shows."""

    title: str
    figures: Sequence[Figure]
    remarks: str = ""

    @property
    def missed(self) -> bool:
        """Whether an aim was missed."""
        return any(figure.met is False for figure in self.figures)


def run(name: str, quick: bool) -> Chapter:
    """The chapter of the benchmark of this name. (A fresh process can import this, not a
    ``__main__``.)"""
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)  # it tells of every retry
    chapter: Chapter = importlib.import_module(f"bench.{name}").chapter(quick)
    return chapter


def markdown(chapter: Chapter) -> str:
    """The chapter as it stands in RESULTS.md, without its heading; a table that is readable as
    plain text, too."""
    rows: list[tuple[str, ...]] = [
        ("what", "measured", "unit", "beside", "of", "ratio", "aim", "met")
    ]
    for figure in chapter.figures:
        rows.append(
            (
                figure.name,
                shown(figure.value),
                figure.unit,
                "" if figure.limit is None else shown(figure.limit),
                figure.limit_name,
                "" if figure.ratio is None else f"{figure.ratio:.2f} ×",
                " and ".join(map(str, figure.aims)),
                {None: "", True: "yes", False: "**no**"}[figure.met],
            )
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    rows.insert(1, tuple("-" * width for width in widths))
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    ]
    return "\n".join(lines) + (f"\n\n{chapter.remarks.strip()}" if chapter.remarks else "")


def shown(number: float) -> str:
    """Three digits that matter: 0.071, 4.52, 13.4, 3,120."""
    if abs(number) >= 100:
        return f"{number:,.0f}"
    return f"{number:.3g}"


def percentile(sorted_values: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile of values in ascending order. Raises ValueError for none."""
    if not sorted_values:
        raise ValueError("no values")
    rank = max(0, round(percent / 100 * len(sorted_values)) - 1)
    return sorted_values[rank]
