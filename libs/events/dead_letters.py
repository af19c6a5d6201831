"""Dead letters: what could not be handled is kept, with the reason, until a person has decided.

One topic a service (``intake.dead-letters``), its partition p written by lane p alone. A record is
the original one (key, headers, value) with headers of ours in front: what it is (``dead``: nothing
can be done with it; ``parked``: its aggregate is quarantined; ``released``: the end of a
quarantine), why, and where the original stood.
"""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from libs.events.codec import KafkaRecord, Outgoing
from libs.events.envelope import Headers, Position, instant, moment
from libs.events.kafka import Cluster, end_offsets
from libs.events.topics import MAX_RECORD_BYTES, dead_letters

Kind = Literal["dead", "parked", "released"]
RELEASE = b"deskledger.control.ReleaseQuarantine.v1"
_OURS = "dl_"
_LARGEST_KEPT = MAX_RECORD_BYTES - 20_000


class Letter(msgspec.Struct):
    """One entry of a service's dead letters.

    position: its own; source: where the original stood; key, value, headers: the original's;
    truncated: the original was too large to be kept here and lies only at its source.
    """

    position: Position
    kind: Kind
    sentence: str
    source: Position
    aggregate_id: str
    at: datetime
    key: bytes
    value: bytes
    headers: Headers
    truncated: bool = False


class _Original(msgspec.Struct):
    """A parked record as a consumer would have handed it over."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


def compose(
    kind: Kind, record: KafkaRecord, source: Position, sentence: str, at: datetime
) -> Outgoing:
    """The record that goes to the dead letters for this original."""
    value = record.value or b""
    truncated = len(value) > _LARGEST_KEPT
    headers: Headers = [
        ("dl_kind", kind.encode()),
        ("dl_error", sentence.encode()[:2_000]),
        ("dl_source", str(source).encode()),
        ("dl_at", instant(at)),
        *([("dl_truncated", b"1")] if truncated else []),
        *((name, bytes(text)) for name, text in record.headers if not name.startswith(_OURS)),
    ]
    return Outgoing(record.key or b"", b"" if truncated else value, headers)


def parse(record: KafkaRecord, topic: str) -> Letter:
    """The entry in a record of a dead-letter topic."""
    headers = dict(record.headers)
    kind = headers["dl_kind"].decode()
    if kind not in ("dead", "parked", "released"):
        raise ValueError(f"no such kind of dead letter: {kind}")
    key = record.key or b""
    return Letter(
        position=Position(topic, record.partition, record.offset),
        kind=kind,  # type: ignore[arg-type]
        sentence=headers["dl_error"].decode(errors="replace"),
        source=Position.parse(headers["dl_source"].decode()),
        aggregate_id=key.decode(errors="replace"),
        at=moment(headers["dl_at"]),
        key=key,
        value=record.value or b"",
        headers=[(name, text) for name, text in record.headers if not name.startswith(_OURS)],
        truncated="dl_truncated" in headers,
    )


def original(letter: Letter) -> KafkaRecord:
    """The record that was put aside, at its own position."""
    source = letter.source
    return _Original(
        source.topic,
        source.partition,
        source.offset,
        int(letter.at.timestamp() * 1000),
        letter.key,
        letter.value,
        letter.headers,
    )


async def read(
    cluster: Cluster, service: str, partitions: Sequence[int], start: int = 0
) -> AsyncIterator[Letter]:
    """A service's dead letters in the order of each partition, from an offset to the end."""
    name = dead_letters(service)
    wanted = [cluster.partition(name, p) for p in partitions]
    ends = await end_offsets(cluster, wanted, "read_committed")
    async with cluster.consumer(fetch_max_wait_ms=50) as consumer:
        consumer.assign(wanted)
        for tp in wanted:
            consumer.seek(tp, start)
        open_partitions = {tp for tp in wanted if ends[tp] > start}
        while open_partitions:
            for batch in (await consumer.getmany(timeout_ms=500)).values():
                for record in batch:
                    yield parse(record, name)
            for tp in list(open_partitions):
                if await consumer.position(tp) >= ends[tp]:
                    open_partitions.discard(tp)
