"""The seam where bytes become events: what goes in comes out, what is foreign is named."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.events.catalogue import CATALOGUE, Catalogue, Entry, UnknownType
from libs.events.codec import (
    Malformed,
    Outgoing,
    chain_hash,
    decode_command,
    decode_event,
    encode_command,
    encode_event,
)
from libs.events.envelope import Command, Position, Recorded
from libs.events.personal import Personal, personal_values
from libs.events.published import contacts
from tests.support.counter import Count, Counted

NOW = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)
ID = "x-00" + "0" * 24
JSON = msgspec.json.Encoder()


@dataclass(frozen=True)
class Stored:
    """A record as a consumer hands it over."""

    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    topic: str = "tickets.events"
    partition: int = 1
    offset: int = 42
    timestamp: int = 0


def stored(record: Outgoing) -> Stored:
    return Stored(record.key, record.value, record.headers)


def recorded(**more: object) -> Recorded[object]:
    event: Recorded[object] = Recorded(
        data=Counted(by=3, number=9),
        event_id="0190b6a2-0000-7000-8000-000000000000",
        type="Counted",
        version=1,
        aggregate_id=ID,
        sequence=5,
        occurred_at=NOW,
        recorded_at=NOW,
        actor="agent:ann",
        correlation_id="story",
        causation_id="cause",
        input="tickets.commands/1/7",
        aggregate_prev="a" * 64,
        partition_prev="b" * 64,
        position=Position("tickets.events", 1, 42),
        traceparent="00-" + "1" * 32 + "-" + "2" * 16 + "-01",
    )
    return msgspec.structs.replace(event, **more)


def test_an_event_comes_back_as_it_was() -> None:
    assert decode_event(stored(encode_event(recorded(), JSON))) == recorded()


def test_history_says_so_and_what_is_live_has_the_hash_of_before() -> None:
    live, history = encode_event(recorded(), JSON), encode_event(recorded(origin="import"), JSON)

    assert decode_event(stored(history)) == recorded(origin="import")
    assert dict(live.headers).keys() == dict(history.headers).keys() - {"ce_origin"}
    assert chain_hash(*_parts(live)) != chain_hash(*_parts(history))
    foreign = Outgoing(live.key, live.value, [*live.headers, ("ce_origin", b"elsewhere")])
    with pytest.raises(Malformed, match="ce_origin"):
        decode_event(stored(foreign))


def test_an_event_is_a_cloudevent_in_binary_mode() -> None:
    # CloudEvents 1.0, Kafka protocol binding: attributes are headers with the prefix ce_
    headers = dict(encode_event(recorded(), JSON).headers)
    for required in ("ce_id", "ce_source", "ce_specversion", "ce_type"):
        assert headers[required]
    assert headers["content-type"] == b"application/json"
    attributes = [name.removeprefix("ce_") for name in headers if name.startswith("ce_")]
    assert all(name.isalnum() and name.islower() for name in attributes)
    assert datetime.fromisoformat(headers["ce_time"].decode()) == NOW


def test_a_command_comes_back_as_it_was() -> None:
    command: Command[object] = Command(
        data=Count(by=2),
        aggregate_id=ID,
        actor="agent:ann",
        correlation_id="story",
        causation_id="cause",
        expected_sequence=0,
        not_after=NOW,
        occurred_at=NOW,
        reply_to="gateway-0",
        position=Position("tickets.commands", 1, 42),
    )
    record = replace(stored(encode_command(command, JSON)), topic="tickets.commands")
    assert decode_command(record) == command


@pytest.mark.parametrize(
    ("header", "text", "sentence"),
    [
        ("ce_type", b"deskledger.Counted.v2", "newer than the version 1"),
        ("ce_type", b"deskledger.Nonsense.v1", "in no catalogue"),
        ("ce_sequence", b"five", "not an event of its type"),
        ("ce_recordedtime", b"yesterday", "not an event of its type"),
        ("ce_actor", b"\xff", "not an event of its type"),
    ],
)
def test_a_foreign_record_is_named_and_never_guessed(
    header: str, text: bytes, sentence: str
) -> None:
    good = stored(encode_event(recorded(), JSON))
    headers = [(n, text if n == header else t) for n, t in good.headers]
    with pytest.raises((Malformed, UnknownType), match=sentence):
        decode_event(replace(good, headers=headers))


@pytest.mark.parametrize("missing", ["ce_id", "ce_type", "ce_sequence", "ce_input"])
def test_a_missing_header_is_named(missing: str) -> None:
    good = stored(encode_event(recorded(), JSON))
    headers = [(n, t) for n, t in good.headers if n != missing]
    with pytest.raises(Malformed, match=missing):
        decode_event(replace(good, headers=headers))


@given(st.binary(max_size=200))
def test_any_bytes_get_an_answer(value: bytes) -> None:
    good = stored(encode_event(recorded(), JSON))
    try:
        decode_event(replace(good, value=value))
    except Malformed:
        return
    assert isinstance(msgspec.json.decode(value), dict)


HASHED = ["ce_id", "ce_type", "ce_time", "ce_sequence", "ce_actor", "ce_aggregateprev"]


@given(st.sampled_from(["key", "value", *HASHED]), st.binary(min_size=1, max_size=20))
def test_whatever_is_changed_changes_the_hash(part: str, more: bytes) -> None:
    key, value, headers = encode_event(recorded(), JSON)
    before = chain_hash(key, headers, value)
    if part == "key":
        key += more
    elif part == "value":
        value += more
    else:
        headers = [(n, t + more if n == part else t) for n, t in headers]
    assert chain_hash(key, headers, value) != before


def test_moving_bytes_between_fields_changes_the_hash() -> None:
    one = chain_hash(b"a", [("ce_id", b"bc")], b"d")
    assert one != chain_hash(b"ab", [("ce_id", b"c")], b"d")
    assert one != chain_hash(b"a", [("ce_type", b"bc")], b"d")


def test_telemetry_is_not_part_of_the_history() -> None:
    with_trace = encode_event(recorded(), JSON)
    without = encode_event(recorded(traceparent=None), JSON)
    assert chain_hash(*_parts(with_trace)) == chain_hash(*_parts(without))


def _parts(record: Outgoing) -> tuple[bytes, Sequence[tuple[str, bytes]], bytes]:
    return record.key, record.headers, record.value


def test_personal_values_are_found_however_deep() -> None:
    name, address = Personal[str].of("Ada", "p-1"), Personal[str].of("ada@example.org", "p-1")
    event = contacts.AddressRegistered("p-1", "email", address, name)
    assert sorted(map(id, personal_values(event))) == sorted(map(id, (name, address)))


def test_a_type_that_changed_is_read_in_its_new_shape() -> None:
    # given a type whose third version knows old ones
    class Moved(msgspec.Struct, frozen=True):
        to_team: str
        why: str

    catalogue = Catalogue()
    upcasters = {
        1: lambda old: {"team": old["group"]},
        2: lambda old: {"to_team": old["team"], "why": ""},
    }
    catalogue.register(Entry("event", "Moved", 3, "tickets", Moved, upcasters))
    # when records of all versions are read, then all have today's shape
    for version, value in (
        (1, b'{"group":"L2"}'),
        (2, b'{"team":"L2"}'),
        (3, b'{"to_team":"L2","why":""}'),
    ):
        _, data = catalogue.decode(f"deskledger.Moved.v{version}".encode(), value)
        assert data == Moved("L2", "")


def test_a_version_without_a_way_forward_is_refused_at_once() -> None:
    with pytest.raises(ValueError, match=r"no upcaster from version \[2\]"):
        Catalogue().register(Entry("event", "X", 3, "tickets", Counted, {1: dict}))


def test_every_type_has_a_wire_name_of_its_own() -> None:
    headers = [entry.header for entry in CATALOGUE.entries()]
    assert len(set(headers)) == len(headers)
