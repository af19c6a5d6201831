"""Starts, stops and looks at the local stack: what the command line and the tests call."""

import asyncio
import contextlib
import fcntl
import hashlib
import json
import os
import select
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local import Narrator, Problem, plan, probe, process
from deploy.local.ports import Ports, is_free
from deploy.local.process import Process
from deploy.local.supervisor import Status
from libs.settings import CHECKOUT, home

NEEDED_DISK_BYTES = 2_000_000_000
START_SECONDS = 300.0
STOP_SECONDS = 60.0
FAILURES_SHOWN = 3  # restarts before `up` says that something is wrong
WIPED = ("kafka", "mongod", "mailbox", "keys", "logs", "run", "env", "ports.json")


@dataclass(frozen=True)
class State:
    """What the supervisor last wrote; plan: the digest of the plan that it follows."""

    supervisor: int
    plan: str
    processes: dict[str, Status]


class PortTaken(Exception):
    """Somebody else listens on a port that a process of ours was given."""

    def __init__(self, port: int) -> None:
        self.port = port


@dataclass(frozen=True)
class Row:
    """One line of `status`; healthy is asked now, the rest is what the supervisor knows."""

    process: Process
    status: Status
    healthy: bool


def up(
    narrator: Narrator,
    *,
    only: Collection[str] = (),
    asked_ports: Mapping[str, int] | None = None,
    replicas: Mapping[str, int] | None = None,
    owner: int | None = None,
) -> None:
    """Start what does not run yet and return when all of it is healthy.

    only: these processes, and those that run already. asked_ports: ports to insist on. replicas:
    of a service, where it is not one. owner: a process with which everything ends. Raises Problem.
    """
    with turn():
        running = is_running()
        check_machine()
        asked = insisted() | dict(asked_ports or {})
        ports = Ports(home() / "ports.json", asked, running, scratch=owner is not None)
        path = home() / "run" / "plan.json"
        while True:
            wanted = plan.processes(ports, replicas or {}, only, narrator)
            if only and running:
                names = {entry.name for entry in wanted}
                wanted += [entry for entry in process.read(path) if entry.name not in names]
            plan.write_environment(ports, any(entry.name == "issuer" for entry in wanted))
            process.write(path, wanted)
            if is_running():
                os.kill(state().supervisor, signal.SIGHUP)
            else:
                start_supervisor(owner)
            try:
                follow(hashlib.sha256(path.read_bytes()).hexdigest(), wanted, narrator)
            except PortTaken as taken:
                ports.lose(taken.port)
            else:
                return


def down(*, wipe: bool = False) -> bool:
    """Stop everything, gently and then firmly; wipe: delete all data, too. False: nothing ran."""
    with turn():
        running = is_running()
        if running:
            end(state().supervisor)
        if wipe:
            delete()
    return running


def status() -> list[Row]:
    """Every process, each asked for its health now. Raises Problem when nothing runs."""
    if not is_running():
        raise Problem("The stack is not running. Start it: deskledger up")

    known = state().processes
    planned = process.read(home() / "run" / "plan.json")

    async def row(entry: Process) -> Row:
        return Row(entry, known[entry.name], await probe.healthy(entry))

    async def look() -> list[Row]:
        return await asyncio.gather(*(row(entry) for entry in planned if entry.name in known))

    return asyncio.run(look())


def is_running() -> bool:
    """Whether a supervisor holds this home's lock."""
    with contextlib.suppress(FileNotFoundError), lock_path().open() as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)  # others may be looking, too
        except BlockingIOError:
            return True
    return False


def lock_path() -> Path:
    return home() / "run" / "lock"


def state() -> State:
    """What the supervisor last wrote; one that has just been started needs a moment."""
    path = home() / "run" / "state.json"
    while not path.exists():
        time.sleep(0.02)
        if not is_running():
            raise Problem(f"The supervisor did not start; see {home()}/logs/supervisor.log")
    raw = json.loads(path.read_text())
    statuses = [Status(**entry) for entry in raw["processes"]]
    return State(raw["supervisor"], raw["plan"], {entry.name: entry for entry in statuses})


def end(supervisor: int) -> None:
    """Return when that process has ended; its children end with it even if it must be killed."""
    watched = os.pidfd_open(supervisor)
    try:
        signal.pidfd_send_signal(watched, signal.SIGTERM)
        if not select.select([watched], [], [], STOP_SECONDS)[0]:
            signal.pidfd_send_signal(watched, signal.SIGKILL)
            select.select([watched], [], [])
    finally:
        os.close(watched)


@contextlib.contextmanager
def turn() -> Iterator[None]:
    """One `up` or `down` at a time; the next one waits."""
    for folder in (home(), home() / "run", home() / "logs"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (home() / "turn").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def check_machine() -> None:
    if sys.platform != "linux":
        raise Problem("The local stack runs on Linux. Elsewhere use Docker: docker compose up")
    free = shutil.disk_usage(home()).free
    if free < NEEDED_DISK_BYTES:
        raise Problem(
            f"{home()} has {free / 1e9:.1f} GB left on its disk, and the stack wants 2 GB. "
            f"Make room, or set DESKLEDGER_HOME to a folder on another disk."
        )


def insisted() -> dict[str, int]:
    """Ports that the environment sets."""
    return {
        name: int(os.environ[f"DESKLEDGER_{name.upper()}_PORT"])
        for name in ("http", "issuer", "smtp")
        if f"DESKLEDGER_{name.upper()}_PORT" in os.environ
    }


def start_supervisor(owner: int | None) -> None:
    """Start it with the lock already held, so that nobody finds it half started."""
    (home() / "run" / "state.json").unlink(missing_ok=True)  # of one that was killed
    arguments = ["--owner", str(owner)] if owner else []
    with lock_path().open("w") as lock, (home() / "logs" / "supervisor.log").open("ab") as log:
        fcntl.flock(lock, fcntl.LOCK_EX)
        subprocess.Popen(
            [sys.executable, "-m", "deploy.local.supervisor", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=CHECKOUT,
            pass_fds=[lock.fileno()],  # held until the supervisor ends
            start_new_session=True,
        )


def follow(digest: str, wanted: list[Process], narrator: Narrator) -> None:
    """Return when the supervisor follows this plan and each process of it is up."""
    began = time.monotonic()
    missing = {entry.name: entry for entry in wanted}
    while missing:
        narrator.waiting(", ".join(missing))
        time.sleep(0.05)
        seconds = time.monotonic() - began
        now = state()
        if not is_running():
            raise Problem(f"The supervisor ended; see {home()}/logs/supervisor.log")
        if now.plan != digest:
            continue
        for entry in list(missing.values()):
            status = now.processes[entry.name]
            if status.state in ("running", "done"):
                at = f", port {entry.port}" if entry.port else ""
                narrator.happened(f"{entry.name} is {status.state} after {seconds:.1f} s{at}")
                del missing[entry.name]
            elif taken := taken_from(entry, status):
                raise PortTaken(taken)
            elif status.restarts >= FAILURES_SHOWN or seconds > START_SECONDS:
                raise Problem(failure(entry.name))


def taken_from(entry: Process, status: Status) -> int | None:
    """A port of a process that does not run now, on which somebody else listens."""
    if status.state != "backoff":
        return None
    taken = next((port for port in entry.ports if not is_free(port)), None)
    return taken if state().processes[entry.name] == status else None  # it did not run meanwhile


def failure(name: str) -> str:
    lines = (home() / "logs" / f"{name}.log").read_text(errors="replace").splitlines()
    tail = "\n".join(f"  {line}" for line in lines[-15:])
    return (
        f"{name} does not come up; the supervisor keeps trying. Its last lines:\n{tail}\n"
        f"More of them: deskledger logs {name}. Stop everything: deskledger down"
    )


def delete() -> None:
    """Delete what the stack made, and nothing else that may stand in that folder."""
    for name in WIPED:
        path = home() / name
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
