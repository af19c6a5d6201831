"""A source: one partition that somebody follows, and its name as a field of a document."""

from collections.abc import Iterable, Mapping
from functools import cache
from typing import NamedTuple

from libs.events.envelope import Position


class Source(NamedTuple):
    """topic (without namespace) and partition."""

    topic: str
    partition: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}"

    @property
    def key(self) -> str:
        """Its name in documents: ``tickets-events/3`` (MongoDB takes a dot for a path)."""
        return source_key(self.topic, self.partition)

    @classmethod
    def of(cls, position: Position) -> "Source":
        """The source that a position lies in."""
        return cls(position.topic, position.partition)


# The next offset to read of each source.
Offsets = Mapping[Source, int]


def sources_of(topics: Iterable[str], lanes: int) -> list[Source]:
    """Every partition of these topics."""
    return [Source(topic, partition) for topic in topics for partition in range(lanes)]


def beginning(topics: Iterable[str], lanes: int) -> Offsets:
    """Where everything begins."""
    return dict.fromkeys(sources_of(topics, lanes), 0)


@cache
def source_key(topic: str, partition: int) -> str:
    """``Source.key`` without making a Source."""
    return f"{topic.replace('.', '-')}/{partition}"
