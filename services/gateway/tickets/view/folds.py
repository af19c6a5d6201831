"""How one event changes a ticket's document: the shape of every fold, and what folds share."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from libs.events.envelope import Recorded
from services.gateway.instants import text
from services.gateway.tickets.view.shape import TicketView

V = TypeVar("V")

# By the class of the event. The view is a copy, but not what stands in it: a fold puts another
# value in the place of a list or a dictionary.
Fold = Callable[[TicketView, Any, Recorded[object]], None]
Folds = Mapping[type, Fold]


def instant(at: datetime | None) -> str | None:
    """As text."""
    return text(at) if at is not None else None


def without(items: Mapping[str, V], id: str) -> dict[str, V]:
    """All but this one."""
    return {known: item for known, item in items.items() if known != id}
