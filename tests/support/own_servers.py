"""A Kafka and a MongoDB that one test may stop, without hurting the others."""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil

from libs.settings import Settings


@dataclass(frozen=True)
class OwnServers:
    """Servers in a folder of their own. settings: of an empty ledger on them."""

    settings: Settings
    kafka: psutil.Process
    mongod: psutil.Process


@contextlib.contextmanager
def own_servers(home: Path) -> Iterator[OwnServers]:
    """Start both; they end with the block, or with this process."""
    start = (
        "import os; from deploy.local import Narrator, stack;"
        "stack.up(Narrator(), only=['kafka', 'mongod'], owner=os.getppid())"
    )
    env = os.environ | {"DESKLEDGER_HOME": str(home)}
    subprocess.run([sys.executable, "-c", start], env=env, check=True)
    try:
        yield OwnServers(_settings_of(home), _process("java", home), _process("mongod", home))
    finally:
        down = [sys.executable, "-m", "deskledger", "down", "--wipe"]
        subprocess.run(down, env=env, check=True, capture_output=True)


@contextlib.contextmanager
def hanging(server: psutil.Process) -> Iterator[None]:
    """The worst kind of outage: connections stay open, and nothing answers."""
    server.send_signal(signal.SIGSTOP)
    # On a busy machine its threads go on until the first of them has seen the signal.
    while server.status() != psutil.STATUS_STOPPED:
        time.sleep(0.001)
    try:
        yield
    finally:
        server.send_signal(signal.SIGCONT)


def _settings_of(home: Path) -> Settings:
    here = os.environ["DESKLEDGER_HOME"]
    os.environ["DESKLEDGER_HOME"] = str(home)
    try:
        return Settings(namespace="own-", lanes=2)
    finally:
        os.environ["DESKLEDGER_HOME"] = here


def _process(name: str, home: Path) -> psutil.Process:
    """The server itself, not who watches over it."""
    [found] = [
        process
        for process in psutil.process_iter(["cmdline", "name"])
        if process.info["name"] == name and str(home) in " ".join(process.info["cmdline"] or [])
    ]
    return found
