"""Keeps the processes of run/plan.json running until it is told to stop.

A process that ends is started again, after 0.5 s and then ever later up to 10 s, for ever: the
services are crash-only. Every child dies with the supervisor (die_with_parent). SIGHUP: read the
plan again, stop what left it or changed, start what is new. SIGTERM: stop everything, in the
opposite order of starting. What it knows stands in run/state.json.

Why none of the kept supervisors: supervisord looks once a second, waits in whole seconds and
gives up or hammers; honcho ends everything when one process ends; circus has no backoff.
"""

import argparse
import asyncio
import contextlib
import hashlib
import json
import os
import signal
import sys
import time
from asyncio.subprocess import Process as Child
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

from deploy.local import process
from deploy.local.probe import healthy, listens
from deploy.local.process import Process
from libs.settings import CHECKOUT, home

FIRST_DELAY_SECONDS, LAST_DELAY_SECONDS = 0.5, 10.0
STEADY_SECONDS = 10.0  # lived so long: its next end counts as the first again
GRACE_SECONDS = 15.0  # between SIGTERM and SIGKILL
PROBE_SECONDS = 0.1
KEEP_LOG_BYTES = 20_000_000

# The plan says what a process is told; what this process was told when it started may be old.
INHERITED = {k: v for k, v in os.environ.items() if not k.startswith("DESKLEDGER_")}

State = Literal["waiting", "starting", "running", "backoff", "done", "stopped"]


@dataclass
class Status:
    """What the supervisor knows of one process; since: seconds since the epoch."""

    name: str
    state: State
    pid: int | None
    since: float
    restarts: int


class Keeper:
    """Starts one process, and again whenever it ends."""

    def __init__(self, process: Process, logs: Path, publish: Callable[[], None]) -> None:
        self.process = process
        self.status = Status(process.name, "waiting", None, time.time(), 0)
        self.up = asyncio.Event()
        self._log = logs / f"{process.name}.log"
        self._publish = publish
        self._child: Child | None = None
        self._task: asyncio.Task[None] | None = None

    def start(self, after: list[asyncio.Event]) -> None:
        self._task = asyncio.create_task(self._keep(after))

    async def stop(self, grace_seconds: float) -> None:
        if self._task:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task
        if self._child and self._child.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                self._child.terminate()
            try:
                await asyncio.wait_for(self._child.wait(), grace_seconds)
            except TimeoutError:
                self._child.kill()
                await self._child.wait()
            self._note(f"stopped, {self._child.returncode}")
        self._show("stopped", None)

    async def _keep(self, after: list[asyncio.Event]) -> None:
        for event in after:
            await event.wait()
        delay = FIRST_DELAY_SECONDS
        while True:
            began = time.monotonic()
            self._child = await self._spawn()
            self._show("starting", self._child.pid)
            watch = asyncio.create_task(self._watch(self._child.pid))
            try:
                code = await self._child.wait()
            finally:
                watch.cancel()
            self._note(f"ended with {code}")
            if code == 0 and self.process.probe == "done":
                self._show("done", None)
                self.up.set()
                return
            if time.monotonic() - began > STEADY_SECONDS:
                delay = FIRST_DELAY_SECONDS
            self._show("backoff", None)
            await asyncio.sleep(delay)
            delay = min(delay * 2, LAST_DELAY_SECONDS)
            self.status.restarts += 1

    async def _spawn(self) -> Child:
        if self._log.exists() and self._log.stat().st_size > KEEP_LOG_BYTES:
            self._log.replace(self._log.with_suffix(".log.1"))
        wrapper = [str(Path(__file__).with_name("die_with_parent.py")), str(os.getpid())]
        with self._log.open("ab") as log:
            child = await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", *wrapper, *self.process.command),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=CHECKOUT,
                env={**INHERITED, **self.process.environment},
                start_new_session=True,  # a terminal's Ctrl-C is for the supervisor
            )
        self._note(f"started, pid {child.pid}")
        return child

    async def _watch(self, pid: int) -> None:
        while not (await healthy(self.process) and listens(pid, self.process.port)):
            await asyncio.sleep(PROBE_SECONDS)
        self._show("running", pid)
        self.up.set()

    def _note(self, text: str) -> None:
        with self._log.open("a") as log:
            log.write(f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S} supervisor: {text}\n")

    def _show(self, state: State, pid: int | None) -> None:
        self.status.state, self.status.pid, self.status.since = state, pid, time.time()
        self._publish()


class Supervisor:
    """All the keepers of one stack."""

    def __init__(self, folder: Path) -> None:
        self._run, self._logs = folder / "run", folder / "logs"
        self._keepers: dict[str, Keeper] = {}
        self._plan = ""

    async def follow_plan(self) -> None:
        path = self._run / "plan.json"
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        wanted = {entry.name: entry for entry in process.read(path)}
        gone = [  # or has not begun, and may be waiting for one that has gone
            keeper
            for name, keeper in self._keepers.items()
            if keeper.process != wanted.get(name) or keeper.status.state == "waiting"
        ]
        await self._stop(gone, GRACE_SECONDS)
        for keeper in gone:
            del self._keepers[keeper.process.name]
        new = [
            Keeper(entry, self._logs, self.publish)
            for name, entry in wanted.items()
            if name not in self._keepers
        ]
        self._keepers.update((keeper.process.name, keeper) for keeper in new)
        for keeper in new:
            keeper.start(
                [
                    other.up
                    for other in self._keepers.values()
                    if other.process.stage < keeper.process.stage
                ]
            )
        self._plan = digest
        self.publish()

    async def stop(self, grace_seconds: float) -> None:
        await self._stop(self._keepers.values(), grace_seconds)

    async def _stop(self, keepers: Iterable[Keeper], grace_seconds: float) -> None:
        by_stage: dict[int, list[Keeper]] = {}
        for keeper in keepers:
            by_stage.setdefault(keeper.process.stage, []).append(keeper)
        for stage in sorted(by_stage, reverse=True):
            await asyncio.gather(*(keeper.stop(grace_seconds) for keeper in by_stage[stage]))

    def publish(self) -> None:
        """Write run/state.json whole, so that a reader never sees half of it."""
        state = {
            "supervisor": os.getpid(),
            "plan": self._plan,
            "processes": [asdict(keeper.status) for keeper in self._keepers.values()],
        }
        fresh = self._run / "state.json.new"
        fresh.write_text(json.dumps(state, indent=2) + "\n")
        fresh.replace(self._run / "state.json")


async def supervise(folder: Path, owner: int | None) -> None:
    """Run until SIGTERM, or until `owner` ends; what has an owner is scratch and killed at once."""
    loop = asyncio.get_running_loop()
    stop, look = asyncio.Event(), asyncio.Event()
    supervisor = Supervisor(folder)

    def end() -> None:
        stop.set()
        look.set()

    loop.add_signal_handler(signal.SIGTERM, end)
    loop.add_signal_handler(signal.SIGINT, end)
    loop.add_signal_handler(signal.SIGHUP, look.set)
    if owner:
        try:
            loop.add_reader(os.pidfd_open(owner), end)
        except ProcessLookupError:
            end()
    while not stop.is_set():
        await supervisor.follow_plan()
        await look.wait()
        look.clear()
    await supervisor.stop(0 if owner else GRACE_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--owner", type=int, help="process to end with")
    owner: int | None = parser.parse_args().owner
    asyncio.run(supervise(home(), owner))


if __name__ == "__main__":
    main()
