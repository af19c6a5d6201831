"""Dead letters: what could not be handled is kept, with the reason, until a person has decided.

One topic a service (``intake.dead-letters``), its partition p written by lane p alone. A record is
the original one (key, headers, value) under a key of its own, since nobody knows what stands in it
and an erasure, or a person who has looked, must be able to destroy it; with headers of ours in
clear: what it is (``dead``: nothing can be done with it; ``parked``: its aggregate is quarantined;
``released``: the end of a quarantine), why, and where the original stood.
"""

import re
from collections.abc import AsyncIterator, Iterable, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from libs.events.codec import KafkaRecord, Outgoing
from libs.events.envelope import Headers, Position, instant, moment
from libs.events.kafka import Cluster, end_offsets
from libs.events.topics import MAX_RECORD_BYTES, dead_letters
from libs.keyring import ERASED, Erased, Keyring

Kind = Literal["dead", "parked", "released"]
RELEASE = b"deskledger.control.ReleaseQuarantine.v1"
_LARGEST_KEPT = MAX_RECORD_BYTES - 20_000
_TRANSIT = re.compile(rb'"(transit-[0-9a-z-]+)"')


class Body(msgspec.Struct, array_like=True, frozen=True):
    """A record as it was. truncated: its value was too large to be kept here and lies only at its
    source."""

    key: bytes
    headers: Headers
    value: bytes
    truncated: bool = False


class Aside(msgspec.Struct, frozen=True):
    """A record on its way to the dead letters.

    aggregate_id: whose quarantine it belongs to ("" for a dead one); about: the contact or address
    whose erasure destroys it, as far as anybody knows.
    """

    kind: Kind
    sentence: str
    source: Position
    at: datetime
    body: Body
    aggregate_id: str = ""
    about: str = ""


class Letter(msgspec.Struct):
    """One entry of a service's dead letters.

    position: its own; source: where the original stood; key: of the keyring, for the sealed body.
    """

    position: Position
    kind: Kind
    sentence: str
    source: Position
    aggregate_id: str
    at: datetime
    key: str
    sealed: bytes

    async def body(self, keyring: Keyring) -> Body | Erased:
        """The record as it was, ERASED once its key is gone. Raises KeyringError, PyMongoError."""
        await keyring.load([self.key])
        clear = keyring.unwrap(self.key, self.sealed)
        return ERASED if isinstance(clear, Erased) else msgspec.msgpack.decode(clear, type=Body)


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
    kind: Kind,
    record: KafkaRecord,
    source: Position,
    sentence: str,
    at: datetime,
    *,
    aggregate_id: str = "",
    about: str = "",
) -> Aside:
    """What goes to the dead letters for this original."""
    value = record.value or b""
    truncated = len(value) > _LARGEST_KEPT
    headers = [(name, bytes(text)) for name, text in record.headers]
    body = Body(record.key or b"", headers, b"" if truncated else value, truncated)
    return Aside(kind, sentence, source, at, body, aggregate_id, about)


async def seal(keyring: Keyring, asides: Sequence[Aside], now: datetime) -> list[Outgoing]:
    """Their records, in order. What in them is under transit keys stays as readable as they are.

    Raises KeyringError, PyMongoError.
    """
    keys = await keyring.letter_keys(now, [aside.about for aside in asides])
    inner = {aside.source: transit_keys(aside.body.value) for aside in asides}
    await keyring.keep({key for some in inner.values() for key in some}, now)
    await keyring.tie(
        {key: aside.about for aside in asides if aside.about for key in inner[aside.source]}
    )
    return [_sealed(keyring, key, aside) for key, aside in zip(keys, asides, strict=True)]


def transit_keys(value: bytes) -> set[str]:
    """The transit keys that a record names."""
    return {name.decode() for name in _TRANSIT.findall(value)}


def _sealed(keyring: Keyring, key: str, aside: Aside) -> Outgoing:
    headers: Headers = [
        ("dl_kind", aside.kind.encode()),
        ("dl_error", aside.sentence.encode()[:2_000]),
        ("dl_source", str(aside.source).encode()),
        ("dl_at", instant(aside.at)),
        ("dl_key", key.encode()),
    ]
    sealed = keyring.wrap(key, msgspec.msgpack.encode(aside.body))
    return Outgoing(aside.aggregate_id.encode(), sealed, headers)


def parse(record: KafkaRecord, topic: str) -> Letter:
    """The entry in a record of a dead-letter topic."""
    headers = dict(record.headers)
    kind = headers["dl_kind"].decode()
    if kind not in ("dead", "parked", "released"):
        raise ValueError(f"no such kind of dead letter: {kind}")
    return Letter(
        position=Position(topic, record.partition, record.offset),
        kind=kind,  # type: ignore[arg-type]
        sentence=headers["dl_error"].decode(errors="replace"),
        source=Position.parse(headers["dl_source"].decode()),
        aggregate_id=(record.key or b"").decode(errors="replace"),
        at=moment(headers["dl_at"]),
        key=headers["dl_key"].decode(),
        sealed=record.value or b"",
    )


async def originals(keyring: Keyring, letters: Iterable[Letter]) -> list[KafkaRecord]:
    """The records that were put aside, at their own positions; those of erased persons are gone."""
    found: list[KafkaRecord] = []
    for letter in letters:
        body = await letter.body(keyring)
        if not isinstance(body, Erased):
            source, at = letter.source, int(letter.at.timestamp() * 1000)
            where = (source.topic, source.partition, source.offset)
            found.append(_Original(*where, at, body.key, body.value, body.headers))
    return found


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
