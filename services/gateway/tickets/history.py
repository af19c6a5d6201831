"""What happened to this ticket? Every event as a document of its own, in the ticket's order.

The id ends in the sequence with leading zeros, so a ticket's events are a range of ids and need no
further index; conversation, history and ``as_of`` are all read from here.
"""

from datetime import datetime

import msgspec

from libs.events.catalogue import CATALOGUE, UnknownType
from libs.events.envelope import Position, Recorded
from libs.events.personal import Personal
from libs.events.projection import Table
from libs.mongo import Document
from services.gateway.instants import text


def entry_id(ticket_id: str, sequence: int) -> str:
    """``t-3f…/00000017``."""
    return f"{ticket_id}/{sequence:08}"


def _key(recorded: Recorded[object]) -> str:
    return entry_id(recorded.aggregate_id, recorded.sequence)


def _sealed(value: object) -> object:
    if isinstance(value, Personal):
        return {"key": value.key, "sealed": value.sealed}
    raise NotImplementedError(f"{type(value).__name__} cannot stand in a document")


def _entry(_: Document | None, recorded: Recorded[object]) -> Document:
    return {
        "ticket_id": recorded.aggregate_id,
        "sequence": recorded.sequence,
        "type": recorded.type,
        "version": recorded.version,
        "data": msgspec.to_builtins(recorded.data, enc_hook=_sealed),
        "event_id": recorded.event_id,
        "actor": recorded.actor,
        "occurred_at": text(recorded.occurred_at),
        "recorded_at": text(recorded.recorded_at),
        "command_id": recorded.causation_id,
        "correlation_id": recorded.correlation_id,
        "position": str(recorded.position),
    }


def recorded_from(document: Document) -> Recorded[object]:
    """The event again, in its current shape; its data a plain dict where nobody knows its type.

    What only the chain needs (input, hashes) is not kept and empty.
    """
    header = f"deskledger.{document['type']}.v{document['version']}".encode()
    data: object
    try:
        _, data = CATALOGUE.decode(header, msgspec.json.encode(document["data"]))
    except UnknownType:  # written by a newer gateway beside this one
        data = document["data"]
    return Recorded(
        data=data,
        event_id=document["event_id"],
        type=document["type"],
        version=document["version"],
        aggregate_id=document["ticket_id"],
        sequence=document["sequence"],
        occurred_at=datetime.fromisoformat(document["occurred_at"]),
        recorded_at=datetime.fromisoformat(document["recorded_at"]),
        actor=document["actor"],
        correlation_id=document["correlation_id"],
        causation_id=document["command_id"],
        input="",
        aggregate_prev="",
        partition_prev="",
        position=Position.parse(document["position"]),
    )


TABLE = Table(name="history", key=_key, fold=_entry, append=True)
