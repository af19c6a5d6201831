"""The local stack: real Kafka, real MongoDB and every service as processes of this machine."""

import sys


class Problem(Exception):
    """What is missing or in the way, as a sentence that says what to do."""


class Narrator:
    """Hears what goes on; this one writes what happened to standard error, in plain lines."""

    def happened(self, text: str) -> None:
        print(text, file=sys.stderr, flush=True)

    def waiting(self, text: str) -> None:
        """What is being waited for just now; worth showing on a terminal only."""
