"""A bounded memory of message digests, so that a repeated delivery is recognised for what it is.

A repeat comes within days: a mail server tries again for five (RFC 5321, 4.5.4.1), Kafka keeps
what came in for seven. A thread or a ticket remembers its latest 10,000 messages, more than any
that people write, so a mail loop cannot grow a state without end. Should a message be forgotten
here and come again, the ticket that it opened still knows it: the ticket's id is derived from it.
"""

from typing import TypeVar

REMEMBERED = 10_000

V = TypeVar("V")


def short(digest: str) -> str:
    """What is remembered of a digest: 128 bits in hex, which nobody can aim at."""
    return digest[:32]


def remember(memory: dict[str, V], digest: str, value: V) -> None:
    """Note what became of a message; the oldest one makes room."""
    memory[short(digest)] = value
    bounded(memory, REMEMBERED)


def bounded(memory: dict[str, V], most: int) -> None:
    """Let the oldest go where there are more."""
    while len(memory) > most:
        del memory[next(iter(memory))]
