"""A mail of ours that came back: its ticket hears of it, and of the address whoever else would
write there."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from libs.events.published.contacts import RecordBounce
from libs.events.published.conversations import Arrival, Bounce
from libs.events.published.tickets import RecordBouncedMail


class Word(NamedTuple):
    """What is told to whom. cause: tells it from what else the same message causes."""

    to: str
    cause: str
    data: msgspec.Struct


def bounced(arrival: Arrival, bounce: Bounce, contact_id: str, ticket_id: str) -> Iterator[Word]:
    """What a report of a failed delivery says. contact_id: whom the mail did not reach."""
    said = (arrival.message, arrival.digest, bounce.status, bounce.permanent)
    yield Word(ticket_id, "message", RecordBouncedMail(contact_id, *said))
    if bounce.permanent:
        yield Word(contact_id, "bounce", RecordBounce(arrival.address_id, bounce.status))
