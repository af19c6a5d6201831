"""What became of a mail of ours: it came back, or somebody complained of it, or wants no more of
its kind. Its ticket hears of it, and the contact whom it concerns."""

from collections.abc import Iterator
from typing import NamedTuple

import msgspec

from libs.events.published.contacts import NO_SURVEYS, RecordBounce, TagCustomer
from libs.events.published.conversations import Arrival, Bounce, Complaint
from libs.events.published.tickets import RecordBouncedMail, RecordSpamComplaint

# As channel adapters name a mail that asks for no more of a kind (RFC 2369, 3.2).
UNSUBSCRIBE = "unsubscribe"


class Word(NamedTuple):
    """What is told to whom. cause: tells it from what else the same message causes."""

    to: str
    cause: str
    data: msgspec.Struct


def bounced(arrival: Arrival, bounce: Bounce, contact_id: str, ticket_id: str) -> Iterator[Word]:
    """What a report of a failed delivery says. contact_id: whom the mail did not reach."""
    said = (arrival.message, arrival.digest, bounce.status, bounce.permanent, bounce.event_id)
    yield Word(ticket_id, "message", RecordBouncedMail(contact_id, *said))
    if bounce.permanent:
        yield Word(contact_id, "bounce", RecordBounce(arrival.address_id, bounce.status))


def complained(arrival: Arrival, complaint: Complaint, contact_id: str, ticket_id: str) -> Word:
    """What a complaint says; the ticket knows whose it is where the report names nobody."""
    who = contact_id if complaint.names else ""
    said = (arrival.message, arrival.digest, complaint.kind, complaint.event_id)
    return Word(ticket_id, "message", RecordSpamComplaint(who, *said))


def asked_no_more(contact_id: str) -> Word:
    """They get no questions any more, as after a click on the link (`List-Unsubscribe`)."""
    return Word(contact_id, "no more questions", TagCustomer((NO_SURVEYS,)))


def wants_no_more(arrival: Arrival) -> bool:
    """Whether it asks for no more questions, in an answer to one: our signed reference is in it."""
    doubted = arrival.authentication == "failed" or arrival.origin == "import"
    return bool(arrival.ticket_id) and arrival.message.automatic == UNSUBSCRIBE and not doubted
