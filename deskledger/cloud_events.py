"""A stored event as CloudEvents 1.0 structured JSON, as `deskledger log` prints it. Pure.

The log keeps the binary mode of the CloudEvents Kafka binding: every `ce_` header is an attribute.
Personal values stay sealed; an attribute that is empty is left out, as the specification has it.
`position` says where the event stands in the log.
"""

import json

from libs.events.codec import KafkaRecord
from libs.events.envelope import Position

_PREFIX = "ce_"


def cloud_event(record: KafkaRecord, topic: str) -> dict[str, object]:
    """The event in a record of this topic (named without namespace)."""
    attributes = {
        name.removeprefix(_PREFIX): value.decode()
        for name, value in record.headers
        if name.startswith(_PREFIX) and value
    }
    return {
        **attributes,
        "datacontenttype": "application/json",
        "position": str(Position(topic, record.partition, record.offset)),
        "data": json.loads(record.value or b"null"),
    }


def type_name(event_type: str) -> str:
    """`deskledger.TicketSolved.v1` → `TicketSolved`."""
    return event_type.removeprefix("deskledger.").rpartition(".v")[0]
