"""The logs of every process as one stream of lines."""

import json
import time
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from deploy.local import Problem
from libs.settings import home

COLOURS = (
    "cyan",
    "green",
    "yellow",
    "magenta",
    "blue",
    "bright_red",
    "bright_cyan",
    "bright_green",
)
LOOK_SECONDS = 0.2
SEVERITY = {"F": "FATAL", "E": "ERROR", "W": "WARN", "I": "INFO"}


def colour(name: str) -> str:
    """The same process has the same colour each time."""
    return COLOURS[zlib.crc32(name.encode()) % len(COLOURS)]


def read(names: Sequence[str], last: int, follow: bool) -> Iterator[tuple[str, str]]:
    """(process, line): the `last` lines of each, then for ever what is added. Raises Problem."""
    known = paths(())
    for name in names:
        if name not in known:
            raise Problem(f"There is no log of {name}; there are {', '.join(known) or 'none yet'}.")
    ends: dict[str, int] = {}
    for name, path in paths(names).items():
        content = path.read_bytes()
        ends[name] = len(content)
        yield from ((name, readable(line)) for line in content.splitlines()[-last:])
    while follow:
        time.sleep(LOOK_SECONDS)
        for name, path in paths(names).items():
            yield from ((name, readable(line)) for line in added(name, path, ends))


def paths(names: Sequence[str]) -> dict[str, Path]:
    """The logs of these processes, or of all; some appear later."""
    found = sorted((home() / "logs").glob("*.log"))
    return {path.stem: path for path in found if not names or path.stem in names}


def added(name: str, path: Path, ends: dict[str, int]) -> list[bytes]:
    """Whole lines beyond the place that was read before; a fresh file is read from its start."""
    size, end = path.stat().st_size, ends.get(name, 0)
    start = end if size >= end else 0
    with path.open("rb") as file:
        file.seek(start)
        lines, newline, _ = file.read(size - start).rpartition(b"\n")
    ends[name] = start + len(lines) + len(newline)
    return lines.splitlines()


def readable(line: bytes) -> str:
    """A line as a person reads it; mongod writes JSON."""
    text = line.decode(errors="replace")
    if text.startswith('{"t":'):
        try:
            entry = json.loads(text)
            when, severity = entry["t"]["$date"], SEVERITY.get(entry["s"], entry["s"])
            detail = json.dumps(entry["attr"]) if "attr" in entry else ""
            return f"{when} {severity} {entry['c']} {entry['msg']} {detail}"
        except (ValueError, KeyError):
            return text
    return text
