"""The envelope: what is recorded about every event and command beside what it says.

On the wire it is a set of Kafka headers in the CloudEvents 1.0 Kafka binding (binary mode), each
value UTF-8 text; the record's key is the aggregate's id and its value the JSON of the data alone.
"""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Generic, Literal, TypeVar

import msgspec

from libs.events.ids import event_id

D = TypeVar("D")
Headers = list[tuple[str, bytes]]

TYPE_PREFIX = "deskledger."

# History that is brought in, about which nobody is told and no clock runs, or what happens now.
Origin = Literal["live", "import"]


class Position(msgspec.Struct, frozen=True, order=True):
    """Where a record stands: topic (without namespace), partition, offset."""

    topic: str
    partition: int
    offset: int

    def __str__(self) -> str:
        return f"{self.topic}/{self.partition}/{self.offset}"

    @classmethod
    def parse(cls, text: str) -> "Position":
        topic, partition, offset = text.rsplit("/", 2)
        return cls(topic, int(partition), int(offset))


class Recorded(msgspec.Struct, Generic[D], kw_only=True):
    """One event as the log holds it: the data in its current shape, and its envelope.

    sequence: 1, 2, 3 … within the aggregate, without gaps.
    occurred_at: when it happened in the world (data); recorded_at: when the log took it, never
    going backwards within a partition (this is what ``as_of`` means).
    actor: who, as ``kind:id`` (agent:…, contact:…, adapter:…, service:…).
    correlation_id: what it all began with; causation_id: the command that caused it.
    input: position of that command; aggregate_prev, partition_prev: hashes of the previous event
    of the aggregate and of the partition (hex SHA-256, "" for the first).
    origin: ``import`` for history that was brought in.
    """

    data: D
    event_id: str
    type: str
    version: int
    aggregate_id: str
    sequence: int
    occurred_at: datetime
    recorded_at: datetime
    actor: str
    correlation_id: str
    causation_id: str
    input: str
    aggregate_prev: str
    partition_prev: str
    position: Position
    traceparent: str | None = None
    origin: Origin = "live"

    @property
    def history(self) -> datetime | None:
        """When it happened, where it is history that was brought in; None for what was live."""
        return self.occurred_at if self.origin == "import" else None


class Command(msgspec.Struct, Generic[D], kw_only=True):
    """One command on its way to the owner of an aggregate.

    expected_sequence: refuse unless the aggregate stands exactly there (optimistic concurrency).
    not_after: refuse when decided later than this; a client that was told 503 relies on it.
    reply_to: who waits for the outcome ("" when nobody does: then the outcome is the event).
    occurred_at: when it happened in the world, for imports and offline adapters; else the moment
    of decision.
    origin: ``import`` for history: whatever comes of it is recorded, and neither told nor timed.
    """

    data: D
    aggregate_id: str
    actor: str
    command_id: str = msgspec.field(default_factory=event_id)
    correlation_id: str = ""
    causation_id: str = ""
    expected_sequence: int | None = None
    not_after: datetime | None = None
    occurred_at: datetime | None = None
    reply_to: str = ""
    traceparent: str | None = None
    position: Position | None = None
    origin: Origin = "live"


class Reply(msgspec.Struct, kw_only=True, omit_defaults=True):
    """The outcome of a command, for whoever waits: accepted, up to which sequence, or refused.

    In the replies topic only when the command made no event: else its last event is the answer.

    partition: of the aggregate's events; sequence: the aggregate's last after the command.
    """

    command_id: str
    aggregate_id: str
    partition: int
    sequence: int
    refusal: str = ""
    sentence: str = ""
    field: str = ""


def instant(moment: datetime) -> bytes:
    """RFC 3339 in UTC with microseconds: ``2026-03-01T09:30:00.000000+00:00``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").encode()


def moment(text: bytes) -> datetime:
    """The aware datetime (UTC) that ``instant`` wrote."""
    return datetime.fromisoformat(text.decode())


def header_map(headers: Iterable[tuple[str, bytes]]) -> dict[str, bytes]:
    """Headers by name; where a name stands twice the last one counts."""
    return dict(headers)
