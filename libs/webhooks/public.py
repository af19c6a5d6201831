"""A ticket's event as others see it: a CloudEvent that says what happened to which ticket.

No words and no personal data: whoever may read more does so at ``data.ticket.url``. Fields are
added, never changed or taken away, as long as ``data.version`` is the same.
"""

from datetime import UTC, datetime
from typing import Literal

import msgspec
from typing_extensions import TypedDict

from libs.events.envelope import TYPE_PREFIX, Recorded

CONTENT_TYPE = "application/cloudevents+json"
VERSION = 1


class PublicTicket(TypedDict):
    """number: 0 where it is not known; url: where the API tells more."""

    id: str
    number: int
    url: str


class PublicData(TypedDict):
    """sequence: 1, 2, 3 … within the ticket, without gaps in its log; recorded_at: when the log
    took it; actor: ``agent:<id>``, ``service:<name>``, ``adapter:<name>`` or plain ``contact``;
    replay: whether it is told again by request."""

    version: int
    ticket: PublicTicket
    sequence: int
    recorded_at: str
    actor: str
    replay: bool


class PublicEvent(TypedDict):
    """CloudEvents 1.0 in JSON. id: the same however often it is told; time: when it happened."""

    specversion: Literal["1.0"]
    id: str
    source: str
    type: str
    subject: str
    time: str
    datacontenttype: Literal["application/json"]
    data: PublicData


def public(
    recorded: Recorded[object], number: int, public_url: str, replay: bool = False
) -> PublicEvent:
    """What others are told of this event. public_url: of the gateway, "" where nobody has said."""
    ticket_id = recorded.aggregate_id
    return PublicEvent(
        specversion="1.0",
        id=recorded.event_id,
        source=f"{public_url}/v1/tickets",
        type=TYPE_PREFIX + recorded.type,
        subject=ticket_id,
        time=_text(recorded.occurred_at),
        datacontenttype="application/json",
        data=PublicData(
            version=VERSION,
            ticket=PublicTicket(
                id=ticket_id, number=number, url=f"{public_url}/v1/tickets/{ticket_id}"
            ),
            sequence=recorded.sequence,
            recorded_at=_text(recorded.recorded_at),
            actor=_unnamed(recorded.actor),
            replay=replay,
        ),
    )


def body_of(event: PublicEvent) -> bytes:
    """The bytes that are sent, and signed."""
    return msgspec.json.encode(event)


def _unnamed(actor: str) -> str:
    """Customers have no id here: it would tell who wrote which tickets."""
    return "contact" if actor.startswith("contact:") else actor


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
