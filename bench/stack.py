"""A local stack for one benchmark: in a folder of its own, on free ports, gone afterwards."""

import contextlib
import os
import shutil
import tempfile
from collections.abc import Collection, Iterator

import psutil

from deploy.local import Narrator, stack
from libs.settings import Settings

SERVERS = ("kafka", "mongod")
# What a benchmark sends is a flood, and is to become tickets all the same.
NO_LIMITS = {
    f"DESKLEDGER_FLOOD_{kind}": "1000000000" for kind in ("OPENING", "ANSWERING", "DOMAIN")
} | {"DESKLEDGER_GATEWAY_REQUESTS_A_MINUTE": "0"}


class Silent(Narrator):
    """Says nothing: a benchmark's own progress is what should be seen."""

    def happened(self, text: str) -> None:
        pass


@contextlib.contextmanager
def running(only: Collection[str] = ()) -> Iterator[Settings]:
    """Start these processes (all of them by default), with empty data, while the block runs.

    It ends with this process, however that ends.
    """
    for name in [name for name in os.environ if name.startswith("DESKLEDGER_")]:
        del os.environ[name]
    folder = tempfile.mkdtemp(prefix="deskledger-bench-")
    os.environ["DESKLEDGER_HOME"] = folder
    os.environ.update(NO_LIMITS)
    try:
        stack.up(Silent(), only=only, owner=os.getpid())
        yield Settings()
    finally:
        stack.down()
        shutil.rmtree(folder, ignore_errors=True)
        for name in ("DESKLEDGER_HOME", *NO_LIMITS):
            del os.environ[name]


def process(name: str) -> psutil.Process:
    """A process of the running stack, to look at its memory and processor time."""
    pid = stack.state().processes[name].pid
    if pid is None:
        raise LookupError(f"{name} does not run")
    return psutil.Process(pid)
