"""A ticket's row in a list, after each of its events; and the version of it that the event ended.

The row now is the document; each change leaves the version before it behind, for ever. A row knows
facts that a desk decides, no words and no people but agents: what there is to erase is read from
today's ticket when the list is shown.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import cast

from libs.events.envelope import Recorded
from libs.events.projection import Index, Leaving, Table
from libs.events.published import tickets as t
from libs.mongo import Document
from services.gateway.instants import text
from services.gateway.past.stretches import nodes_of
from services.gateway.tickets.view import (
    TicketView,
    life,
    people,
    priority,
    ticket_at,
    written,
)
from services.gateway.tickets.view.folds import Folds

LISTS = "_lists"
"""The lists that a row stands in, by name; in a version that is over, with node and status."""

# What a list shows.
SHOWN = (
    "number",
    "prefix",
    "status",
    "label",
    "priority",
    "agent_id",
    "team_id",
    "category",
    "created_at",
    "updated_at",
    "sequence",
)
# What the folds need beside it to know what a ticket goes back to.
_KEPT = (
    "label_before_end",
    "before_revival",
    "waiting",
    "solved_at",
    "solved_by",
    "resolution_code",
    "cause",
    "rating",
    "rating_comment",
    "reopenings",
    "priority_source",
    "queue",
    "follow_ups",
)
_FOLDS: Folds = {
    **life.FOLDS,
    t.TicketAssigned: people.FOLDS[t.TicketAssigned],
    t.PriorityChanged: priority.FOLDS[t.PriorityChanged],
    t.TicketCategorized: written.FOLDS[t.TicketCategorized],
}

ALL = ""
# What lists are told by; most events change none of it.
_TOLD_BY = itemgetter("agent_id", "team_id", "priority", "category")


def list_of(field: str, value: object) -> str:
    """``team_id:it``: the name of a list; of who has nobody ``team_id:``."""
    return f"{field}:{value}"


def lists_of(row: Mapping[str, object]) -> Sequence[str]:
    """The lists that this row stands in."""
    names = [ALL, *(list_of(field, row[field]) for field in ("agent_id", "team_id", "priority"))]
    category = str(row["category"])
    while category:
        names.append(list_of("category", category))
        category = category.rpartition(".")[0]
    return names


def listed(node: str, name: str, status: str) -> str:
    """Where a version that is over stands in the index."""
    return f"{node}|{name}|{status}"


def _key(recorded: Recorded[object]) -> str:
    return recorded.aggregate_id


def _fold(document: Document | None, recorded: Recorded[object]) -> Document:
    view = ticket_at(cast(TicketView | None, document), recorded, _FOLDS)
    row: Document = {field: view[field] for field in (*SHOWN, *_KEPT)}  # type: ignore[literal-required]
    same = document is not None and _TOLD_BY(document) == _TOLD_BY(row)
    row[LISTS] = document[LISTS] if document is not None and same else lists_of(row)
    return row


def _left(before: Document, recorded: Recorded[object]) -> Document | None:
    """The version that this event ended; None where it was never to be seen."""
    until = text(recorded.recorded_at)
    if until <= before["updated_at"]:
        return None
    nodes = nodes_of(datetime.fromisoformat(before["updated_at"]), recorded.recorded_at)
    return {
        "_id": f"{recorded.aggregate_id}/{before['sequence']:08}",
        "ticket_id": recorded.aggregate_id,
        **{field: before[field] for field in SHOWN},
        "until": until,
        LISTS: [listed(node, name, before["status"]) for node in nodes for name in before[LISTS]],
    }


ROWS = Table(
    name="rows",
    key=_key,
    fold=_fold,
    indexes=(Index([(LISTS, 1), ("status", 1), ("updated_at", -1), ("_id", -1)]),),
    leaving=Leaving("versions", _left),
)
VERSIONS = Table(
    name="versions",
    key=lambda recorded: None,
    fold=lambda document, recorded: {},
    append=True,
    indexes=(Index([(LISTS, 1), ("updated_at", -1), ("ticket_id", -1), ("until", 1)]),),
)
