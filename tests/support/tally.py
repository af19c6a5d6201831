"""A made-up projection with everything that one can have: two sources, a fold, an append table."""

from dataclasses import replace

from libs.events.envelope import Recorded
from libs.events.projection import Index, Projection, Table
from libs.events.published.contacts import AddressReleased
from libs.mongo import Document
from tests.support.counter import Counted


def _counter(recorded: Recorded[object]) -> str | None:
    """A counter's own events, and releases that name it."""
    match recorded.data:
        case Counted():
            return recorded.aggregate_id
        case AddressReleased(contact_id=id):
            return id
        case _:
            return None


def _total(document: Document | None, recorded: Recorded[object]) -> Document:
    document = document or {"total": 0, "counts": 0, "releases": 0, "seen": []}
    match recorded.data:
        case Counted(by=by):
            document["total"] += by
            document["counts"] += 1
            document["seen"].append(recorded.sequence)
        case AddressReleased():
            document["releases"] += 1
    return document


def _entry_id(recorded: Recorded[object]) -> str | None:
    return f"{recorded.aggregate_id}/{recorded.sequence:06}"


def _entry(_: Document | None, recorded: Recorded[object]) -> Document:
    return {"id": recorded.aggregate_id, "sequence": recorded.sequence, "type": recorded.type}


TOTALS = Table("totals", _counter, _total, indexes=[Index([("total", -1)])])
HISTORY = Table("history", _entry_id, _entry, append=True)
TALLY = Projection(
    service="gateway",
    name="tally",
    version=1,
    sources=("tickets.events", "contacts.events"),
    tables=(TOTALS, HISTORY),
)


def tally(version: int) -> Projection:
    """The projection as a newer program has it: every document says which version folded it."""

    def fold(document: Document | None, recorded: Recorded[object]) -> Document:
        return {**_total(document, recorded), "version": version}

    return replace(TALLY, version=version, tables=(replace(TOTALS, fold=fold), HISTORY))
