"""Ports of the local stack: the usual ones if free, others if not, the same ones next time."""

import json
import random
import socket
from collections.abc import Collection, Mapping
from pathlib import Path

from deploy.local import Problem

USUAL = {
    "kafka": 9092,
    "controller": 9093,
    "mongod": 27017,
    "http": 8080,
    "issuer": 8090,
    "smtp": 2525,
    "mailbox": 2526,
}
# Below the range from which the kernel takes ports for outgoing connections, which could
# otherwise be holding ours when a server restarts.
SPARE = range(20000, 32768)


def is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def spare(taken: Collection[int] = ()) -> int:
    """A port that nobody listens on right now. Raises Problem."""
    for port in random.sample(SPARE, len(SPARE)):
        if port not in taken and is_free(port):
            return port
    raise Problem("No port between 20000 and 32767 is free on this machine.")


class Ports:
    """Hands out one port a name and remembers it in `path`.

    asked: ports that somebody insists on; one that is taken is a Problem. running: the stack is
    up, so that its own ports being taken is no surprise. scratch: none of the usual ones, so that a
    stack for tests never meets somebody's own.
    """

    def __init__(
        self, path: Path, asked: Mapping[str, int], running: bool, scratch: bool = False
    ) -> None:
        self._path = path
        self._asked = asked
        self._running = running
        self._scratch = scratch
        self._given: set[str] = set()
        self._known: dict[str, int] = json.loads(path.read_text()) if path.exists() else {}

    def get(self, name: str) -> int:
        known = self._known.get(name)
        if name in self._given:
            return self._known[name]
        self._given.add(name)
        if name in self._asked:
            chosen = self._asked[name]
            if not (self._running and chosen == known) and not is_free(chosen):
                raise self._in_use(name)
        elif known and (self._running or is_free(known)):
            return known
        else:
            chosen = self._choose(name)
        self._known[name] = chosen
        self._path.write_text(json.dumps(self._known, indent=2) + "\n")
        return chosen

    def lose(self, port: int) -> None:
        """Somebody else was quicker: the next to ask gets another. Raises Problem if asked for."""
        name = next(name for name, known in self._known.items() if known == port)
        if name in self._asked:
            raise self._in_use(name)
        del self._known[name]
        self._given.discard(name)

    def _choose(self, name: str) -> int:
        usual = None if self._scratch else USUAL.get(name)
        if usual and is_free(usual):
            return usual
        return spare(taken=self._known.values())

    def _in_use(self, name: str) -> Problem:
        return Problem(
            f"Port {self._asked[name]}, asked for as {name}, is in use by another process. "
            f"End that process, or ask for another port."
        )
