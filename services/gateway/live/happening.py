"""One event of a ticket as streams are told of it, and how far a stream has come. Pure."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from libs.events.envelope import Recorded
from services.gateway.tickets.view import TicketView

_VECTOR = re.compile(r"([0-9a-f]{8})((?:\.\d{1,18}){1,1024})", re.ASCII)
_LEDGER = 8


@dataclass(frozen=True, slots=True, eq=False)
class Happening:
    """An event that the read model shows.

    number: in the order in which this process tells; before, after: the ticket around it (None
    before it was opened); vector: the next offset of every partition, once this has been told.
    """

    number: int
    recorded: Recorded[object]
    before: TicketView | None
    after: TicketView
    vector: tuple[int, ...]

    @property
    def ticket_id(self) -> str:
        """Whose it is."""
        return self.recorded.aggregate_id


def written(ledger_id: str, vector: Sequence[int]) -> str:
    """How far a stream has come, as the id of what it was told: the log's, then the next offset of
    each partition."""
    return ".".join((_mark(ledger_id), *map(str, vector)))


def read(ledger_id: str, id: str, lanes: int) -> tuple[int, ...] | None:
    """What ``written`` wrote; None for another log's, and for what is none of ours."""
    found = _VECTOR.fullmatch(id)
    if found is None or found[1] != _mark(ledger_id):
        return None
    vector = tuple(int(offset) for offset in found[2][1:].split("."))
    return vector if len(vector) == lanes else None


def _mark(ledger_id: str) -> str:
    return ledger_id.replace("-", "")[-_LEDGER:]
