"""The table of tickets, and the indexes that every list of them is read from.

A list is asked for as (whose? or what?, status in …, by time, id): MongoDB merges the statuses of
one owner or one facet in the order of time, so every first page is the head of an index.
"""

from collections.abc import Sequence
from typing import cast

from libs.events.envelope import Recorded
from libs.events.projection import Index, Table
from libs.mongo import Document
from services.gateway.tickets.view.fold import ticket_at
from services.gateway.tickets.view.shape import TicketView

# All that a list can be narrowed down to beside its owner, in one field: two indexes serve the
# six of them, and a ticket costs no more entries than it has facets.
FACETS = "_facets"
# The customers in whose lists it stands: who asks, and who takes part.
CUSTOMERS = "_customers"


def facet(kind: str, value: object) -> str:
    """``priority:1``: one thing that tickets have in common."""
    return f"{kind}:{value}"


def facets_of(view: TicketView) -> list[str]:
    """What this ticket can be found by. A category also by those that it lies under."""
    facets = [facet("tier", view["tier"]), *(facet("tag", tag) for tag in view["tags"])]
    if view["label"]:
        facets.append(facet("label", view["label"]))
    if view["priority"]:
        facets.append(facet("priority", view["priority"]))
    if view["type"]:
        facets.append(facet("type", view["type"]))
    category = view["category"]
    while category:
        facets.append(facet("category", category))
        category = category.rpartition(".")[0]
    return facets


def index_of(lead: str | None, time: str) -> Sequence[tuple[str, int]]:
    """The index of the lists by this field (``agent_id`` … or the facets; None: of all) in the
    order of this time."""
    begin = [(lead, 1)] if lead is not None else []
    return [*begin, ("status", 1), (time, -1), ("_id", -1)]


def _key(recorded: Recorded[object]) -> str:
    return recorded.aggregate_id


def _fold(document: Document | None, recorded: Recorded[object]) -> Document:
    view = ticket_at(cast(TicketView | None, document), recorded)
    after = cast(Document, view)
    after[FACETS] = facets_of(view)
    after[CUSTOMERS] = [view["requester_id"], *view["collaborators"]]
    return after


TABLE = Table(
    name="tickets",
    key=_key,
    fold=_fold,
    indexes=(
        Index([("number", 1)]),
        Index(index_of(CUSTOMERS, "created_at")),
        *(
            Index(index_of(lead, time))
            for lead in (None, "agent_id", "team_id", "requester_id", FACETS)
            for time in ("updated_at", "created_at")
        ),
    ),
)
