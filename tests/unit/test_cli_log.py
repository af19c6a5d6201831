"""`deskledger log` hands out events that a stranger's CloudEvents library reads."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from cloudevents.core.formats.json import JSONFormat

from deploy.local import Problem
from deskledger.cloud_events import cloud_event, type_name
from deskledger.log import Wanted
from libs.events.catalogue import CATALOGUE
from libs.events.codec import encode_event, encoder
from libs.events.envelope import Position, Recorded
from libs.events.published.tickets import TicketAssigned, TicketSolved
from libs.keyring import Keyring
from libs.mongo import connect
from libs.settings import Settings

TICKET = "t-3f" + "0" * 24
AT = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=UTC)


@dataclass
class Stored:
    """A record as a consumer hands it over."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    partition: int = 1
    offset: int = 12
    timestamp: int = 0


def stored(data: object, sequence: int = 1, previous: str = "") -> Stored:
    recorded: Recorded[object] = Recorded(
        data=data,
        event_id="01890a5d-ac96-774b-bcce-b302099a8057",
        type="",
        version=0,
        aggregate_id=TICKET,
        sequence=sequence,
        occurred_at=AT,
        recorded_at=AT,
        actor="agent:anna",
        correlation_id="c",
        causation_id="d",
        input="tickets.commands/1/3",
        aggregate_prev=previous,
        partition_prev=previous,
        position=Position("tickets.events", 1, 12),
    )
    settings = Settings(master_key="A" * 43 + "=")
    record = encode_event(recorded, encoder(Keyring(connect(settings), settings)))
    return Stored("tickets.events", record.key, record.value, record.headers)


def test_the_official_library_reads_an_exported_event() -> None:
    record = stored(TicketSolved("workaround", "anna", "open"), sequence=7, previous="ab")

    line = json.dumps(cloud_event(record, "tickets.events"))

    read = JSONFormat().read(None, line)
    assert read.get_specversion() == "1.0"
    header = CATALOGUE.entry(TicketSolved).header.decode()
    assert read.get_type() == header
    assert read.get_source() == "/tickets"
    assert read.get_subject() == TICKET
    assert read.get_time() == AT
    assert read.get_extension("sequence") == "7"
    assert read.get_extension("position") == "tickets.events/1/12"
    assert read.get_data() == {
        "resolution_code": "workaround",
        "agent_id": "anna",
        "from_status": "open",
    }


def test_attributes_without_a_value_are_left_out() -> None:
    event = cloud_event(stored(TicketAssigned("anna"), previous=""), "tickets.events")

    assert "aggregateprev" not in event
    assert "partitionprev" not in event


def test_a_type_is_named_without_its_version() -> None:
    assert type_name("deskledger.TicketSolved.v12") == "TicketSolved"


@pytest.mark.parametrize(
    ("wanted", "matches"),
    [
        (Wanted(), True),
        (Wanted(types=["TicketSolved"]), True),
        (Wanted(types=["TicketOpened", "TicketSolved"]), True),
        (Wanted(types=["TicketOpened"]), False),
        (Wanted(types=["Ticket"]), False),
        (Wanted(aggregate=TICKET), True),
        (Wanted(aggregate="t-3f" + "1" * 24), False),
        (Wanted(aggregate=TICKET, types=["TicketOpened"]), False),
    ],
)
def test_filters(wanted: Wanted, matches: bool) -> None:
    assert wanted.matches(stored(TicketSolved("workaround", "anna", "open"))) is matches


def test_a_topic_without_events_is_named_with_those_that_have_some() -> None:
    with pytest.raises(Problem, match=r"tickets\.commands; there are in .*tickets\.events"):
        Wanted(topics=["tickets.commands"])
