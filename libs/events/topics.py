"""Every topic of the ledger: its name, partitions and settings stand here and nowhere else.

``<aggregate>.<commands|events|replies>``. Events are kept for ever and never compacted; commands,
replies and what comes in are kept for days. ``LANES`` partitions means: as many as the ledger was
provisioned with; all aggregates of a service share that count, because partition p of all of them
is its lane p.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

DAY_MS = 86_400_000
MAX_RECORD_BYTES = 1_000_000
LEDGER = "ledger"
INBOUND = "channels.inbound"


@dataclass(frozen=True)
class Topic:
    """One topic. partitions 0 means: the ledger's lane count."""

    name: str
    retention_ms: int
    partitions: int = 0
    settings: Mapping[str, str] = field(default_factory=dict)

    def configuration(self, single_broker: bool) -> dict[str, str]:
        """The broker's settings for this topic, as Kafka spells them."""
        flush = {"flush.messages": "1"} if single_broker and self.name == INBOUND else {}
        return {
            "cleanup.policy": "delete",
            "retention.ms": str(self.retention_ms),
            "max.message.bytes": str(MAX_RECORD_BYTES + 100_000),
            "message.timestamp.type": "CreateTime",
            **flush,
            **self.settings,
        }


def _aggregate(name: str) -> Iterable[Topic]:
    yield Topic(f"{name}.events", retention_ms=-1)
    yield Topic(f"{name}.commands", retention_ms=7 * DAY_MS)
    yield Topic(f"{name}.replies", retention_ms=7 * DAY_MS)


TOPICS: tuple[Topic, ...] = (
    Topic(LEDGER, retention_ms=-1, partitions=1),
    Topic(INBOUND, retention_ms=7 * DAY_MS),
    *_aggregate("conversations"),
    *_aggregate("tickets"),
    *_aggregate("contacts"),
    *_aggregate("setup"),
    *_aggregate("senders"),
    Topic("intake.dead-letters", retention_ms=90 * DAY_MS),
)


def events(aggregate: str) -> str:
    """The name of an aggregate's event topic."""
    return f"{aggregate}.events"


def commands(aggregate: str) -> str:
    """The name of an aggregate's command topic."""
    return f"{aggregate}.commands"


def replies(aggregate: str) -> str:
    """The name of an aggregate's reply topic."""
    return f"{aggregate}.replies"


def dead_letters(service: str) -> str:
    """The name of a service's dead-letter topic."""
    return f"{service}.dead-letters"
