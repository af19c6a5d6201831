"""The one seam where bytes become events and commands, and back: decrypt → upcast → validate.

Reading never needs a key: personal values stay sealed until somebody reveals them. Writing seals
them, and asks for the keys that are not loaded yet by raising ``KeyNotLoaded``.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

import msgspec

from libs.events.catalogue import CATALOGUE, UnknownType
from libs.events.envelope import (
    Command,
    Headers,
    Origin,
    Position,
    Recorded,
    instant,
    moment,
)
from libs.events.personal import Personal
from libs.keyring import Keyring

CONTENT_TYPE = ("content-type", b"application/json")
SPEC = ("ce_specversion", b"1.0")
_HASHED = (
    "ce_id",
    "ce_type",
    "ce_time",
    "ce_recordedtime",
    "ce_sequence",
    "ce_actor",
    "ce_correlationid",
    "ce_causationid",
    "ce_input",
    "ce_aggregateprev",
    "ce_partitionprev",
)
# Came later: hashed where it stands, so that the hashes of before stay what they are.
_ORIGIN = "ce_origin"
_FRAME = msgspec.msgpack.Encoder().encode


class Malformed(Exception):
    """A record that is not what its topic carries; the message says what is wrong in a sentence."""


class KafkaRecord(Protocol):
    """What we use of a consumed record (aiokafka's ConsumerRecord). timestamp: ms since 1970."""

    @property
    def topic(self) -> str: ...

    @property
    def partition(self) -> int: ...

    @property
    def offset(self) -> int: ...

    @property
    def timestamp(self) -> int: ...

    @property
    def key(self) -> bytes | None: ...

    @property
    def value(self) -> bytes | None: ...

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Outgoing(NamedTuple):
    """A record ready to be sent: key, value and headers."""

    key: bytes
    value: bytes
    headers: Headers


def encoder(keyring: Keyring) -> msgspec.json.Encoder:
    """A JSON encoder that seals personal values. Encoding may raise ``KeyNotLoaded``."""

    def seal(value: object) -> object:
        if isinstance(value, Personal):
            return {"key": value.key, "sealed": value.seal(keyring)}
        raise NotImplementedError(f"{type(value).__name__} cannot stand in an event")

    return msgspec.json.Encoder(enc_hook=seal)


def encode_event(
    recorded: Recorded[object], json: msgspec.json.Encoder, reply_to: str = ""
) -> Outgoing:
    """The record of an event, its envelope in CloudEvents headers.

    reply_to: who waits for its command; on the command's last event, which is the answer.
    """
    entry = CATALOGUE.entry(type(recorded.data))
    recorded_at = instant(recorded.recorded_at)
    at_once = recorded.occurred_at is recorded.recorded_at
    headers: Headers = [
        SPEC,
        CONTENT_TYPE,
        ("ce_source", f"/{entry.aggregate}".encode()),
        ("ce_subject", recorded.aggregate_id.encode()),
        ("ce_id", recorded.event_id.encode()),
        ("ce_type", entry.header),
        ("ce_time", recorded_at if at_once else instant(recorded.occurred_at)),
        ("ce_recordedtime", recorded_at),
        ("ce_sequence", b"%d" % recorded.sequence),
        ("ce_actor", recorded.actor.encode()),
        ("ce_correlationid", recorded.correlation_id.encode()),
        ("ce_causationid", recorded.causation_id.encode()),
        ("ce_input", recorded.input.encode()),
        ("ce_aggregateprev", recorded.aggregate_prev.encode()),
        ("ce_partitionprev", recorded.partition_prev.encode()),
    ]
    if recorded.origin != "live":
        headers.append((_ORIGIN, recorded.origin.encode()))
    if recorded.traceparent:
        headers.append(("ce_traceparent", recorded.traceparent.encode()))
    if reply_to:
        headers.append(("ce_replyto", reply_to.encode()))
    return Outgoing(recorded.aggregate_id.encode(), json.encode(recorded.data), headers)


def decode_event(record: KafkaRecord, topic: str | None = None) -> Recorded[object]:
    """The event in a record. ``topic``: its name without namespace, when it differs.

    Raises UnknownType for a type or version this program does not know, Malformed otherwise.
    """
    headers = dict(record.headers)
    try:
        entry, data = CATALOGUE.decode(headers["ce_type"], record.value or b"")
        traceparent = headers.get("ce_traceparent")
        return Recorded(
            data=data,
            event_id=headers["ce_id"].decode(),
            type=entry.name,
            version=entry.version,
            aggregate_id=(record.key or b"").decode(),
            sequence=int(headers["ce_sequence"]),
            occurred_at=moment(headers["ce_time"]),
            recorded_at=moment(headers["ce_recordedtime"]),
            actor=headers["ce_actor"].decode(),
            correlation_id=headers["ce_correlationid"].decode(),
            causation_id=headers["ce_causationid"].decode(),
            input=headers["ce_input"].decode(),
            aggregate_prev=headers["ce_aggregateprev"].decode(),
            partition_prev=headers["ce_partitionprev"].decode(),
            position=Position(topic or record.topic, record.partition, record.offset),
            traceparent=traceparent.decode() if traceparent else None,
            origin=_origin(headers),
        )
    except UnknownType:
        raise
    except KeyError as error:
        raise Malformed(f"an event needs the header {error.args[0]}") from error
    except (ValueError, msgspec.DecodeError) as error:
        raise Malformed(f"not an event of its type: {error}") from error


def chain_hash(key: bytes, headers: Sequence[tuple[str, bytes]], value: bytes) -> str:
    """SHA-256 (hex) of a stored event.

    Over the MessagePack array of key, the listed headers in their order (nil where one is absent)
    and value, all as binary, and the origin where it is not ``live``: a framing that no two
    different events share.
    """
    known = dict(headers)
    parts = [key, *map(known.get, _HASHED), value]
    if (origin := known.get(_ORIGIN)) is not None:
        parts.append(origin)
    return hashlib.sha256(_FRAME(parts)).hexdigest()


def encode_command(command: Command[object], json: msgspec.json.Encoder) -> Outgoing:
    """The record of a command."""
    entry = CATALOGUE.entry(type(command.data))
    headers: Headers = [
        SPEC,
        CONTENT_TYPE,
        ("ce_source", f"/{command.actor.partition(':')[0]}".encode()),
        ("ce_id", command.command_id.encode()),
        ("ce_type", entry.header),
        ("ce_actor", command.actor.encode()),
    ]
    optional = {
        "ce_correlationid": command.correlation_id,
        "ce_causationid": command.causation_id,
        "ce_replyto": command.reply_to,
        "ce_traceparent": command.traceparent,
        "ce_expectedsequence": command.expected_sequence,
    }
    headers += [(name, str(v).encode()) for name, v in optional.items() if v not in (None, "")]
    if command.not_after is not None:
        headers.append(("ce_notafter", instant(command.not_after)))
    if command.occurred_at is not None:
        headers.append(("ce_time", instant(command.occurred_at)))
    if command.origin != "live":
        headers.append((_ORIGIN, command.origin.encode()))
    return Outgoing(command.aggregate_id.encode(), json.encode(command.data), headers)


def decode_command(record: KafkaRecord, topic: str | None = None) -> Command[object]:
    """The command in a record. Raises Malformed with a sentence for anything else."""
    headers = dict(record.headers)
    try:
        entry, data = CATALOGUE.decode(headers["ce_type"], record.value or b"")
        if entry.kind != "command":
            raise Malformed(f"{entry.name} is an event; a command topic takes commands")
        expected = headers.get("ce_expectedsequence")
        return Command(
            data=data,
            aggregate_id=(record.key or b"").decode(),
            actor=headers["ce_actor"].decode(),
            command_id=headers["ce_id"].decode(),
            correlation_id=headers.get("ce_correlationid", b"").decode(),
            causation_id=headers.get("ce_causationid", b"").decode(),
            expected_sequence=int(expected) if expected else None,
            not_after=_optional_moment(headers, "ce_notafter"),
            occurred_at=_optional_moment(headers, "ce_time"),
            reply_to=headers.get("ce_replyto", b"").decode(),
            traceparent=headers.get("ce_traceparent", b"").decode() or None,
            position=Position(topic or record.topic, record.partition, record.offset),
            origin=_origin(headers),
        )
    except UnknownType as error:
        raise Malformed(str(error)) from error
    except KeyError as error:
        raise Malformed(f"a command needs the header {error.args[0]}") from error
    except (ValueError, msgspec.DecodeError) as error:
        raise Malformed(f"not a command of its type: {error}") from error


def _optional_moment(headers: dict[str, bytes], name: str) -> datetime | None:
    text = headers.get(name)
    return moment(text) if text else None


def _origin(headers: dict[str, bytes]) -> Origin:
    """Raises ValueError for a word that is none."""
    match headers.get(_ORIGIN):
        case None:
            return "live"
        case b"import":
            return "import"
    raise ValueError(f"{_ORIGIN} says where history came from: import, or nothing")
