"""One process of the local stack, and the file that lists those that shall run."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Probe = Literal["kafka", "mongod", "http", "tcp", "done"]


@dataclass(frozen=True)
class Process:
    """One process; it starts when every process of a lower stage is healthy.

    probe: how to see that it is: `kafka` and `mongod` ask the server, `http` its
    /health/ready, `tcp` whether the port answers; `done` is for a step that ends by itself.
    port: that the probe asks. ports: all that it listens on. environment: beside what the
    supervisor was given.
    """

    name: str
    stage: int
    command: tuple[str, ...]
    probe: Probe
    port: int
    ports: tuple[int, ...]
    environment: Mapping[str, str]


def write(path: Path, processes: list[Process]) -> None:
    path.touch(mode=0o600)  # the environment may hold passwords
    path.write_text(json.dumps([asdict(process) for process in processes], indent=2) + "\n")


def read(path: Path) -> list[Process]:
    return [
        Process(**{**entry, "command": tuple(entry["command"]), "ports": tuple(entry["ports"])})
        for entry in json.loads(path.read_text())
    ]
