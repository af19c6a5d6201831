"""The table of tickets, and the indexes that every list of them is read from.

A list is asked for as (what?, status in …, by a value, id): MongoDB merges the statuses of one
facet in the order of the value, so every first page is the head of an index.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from operator import itemgetter
from typing import Literal, cast

from libs.events.envelope import Recorded
from libs.events.projection import Index, Table
from libs.mongo import Document
from services.gateway.tickets.view.fold import ticket_at
from services.gateway.tickets.view.shape import FieldView, TicketView

# All that a list can be narrowed down to, in one field: one index a sort serves all of them, and a
# ticket costs no more entries than it has facets.
FACETS = "_facets"
# The customers in whose lists it stands: who asks, and who takes part.
CUSTOMERS = "_customers"
# The more it matters the earlier; then the older.
URGENCY = "_urgency"
_LEAST = 9
ALL = ""
# What is said of an owner and something else at once stands as one facet, for tickets that are not
# closed: there desks narrow lists down, and few tickets are not closed.
OWNERS = ("agent", "team")
# A longer text in a field is no value that one lists tickets by.
LONGEST_VALUE = 100

Sort = Literal["updated", "created", "priority", "due", "waiting"]


@dataclass(frozen=True, slots=True)
class Order:
    """How a list is sorted: by this field of the document, as text; direction: 1 ascending, -1
    descending. some: only tickets that have it stand in the list."""

    field: str
    direction: int
    some: bool = False


ORDERS: dict[Sort, Order] = {
    "updated": Order("updated_at", -1),
    "created": Order("created_at", -1),
    "priority": Order(URGENCY, 1),
    "due": Order("due", 1, some=True),
    "waiting": Order("unanswered_since", 1, some=True),
}


def facet(kind: str, value: object) -> str:
    """``priority:1``: one thing that tickets have in common."""
    return f"{kind}:{value}"


def both(owner: str, other: str) -> str:
    """``team:it&tag:outage``: an owner's facet and another one, as one."""
    return f"{owner}&{other}"


def field_facet(field: str, value: bool | float | str) -> str:
    """``field.room:3.14``; numbers and booleans as JSON writes them."""
    if isinstance(value, bool):
        written = "true" if value else "false"
    elif isinstance(value, float) and value.is_integer():
        written = str(int(value))
    else:
        written = str(value)
    return facet(f"field.{field}", written)


def facets_of(view: TicketView) -> list[str]:
    """What this ticket can be found by, and with an owner at once while it is not closed."""
    single = list(dict.fromkeys(_single(view)))
    if view["status"] == "closed":
        return [ALL, *single]
    owners = [one for one in single if one.partition(":")[0] in OWNERS]
    pairs = (
        both(owner, other)
        for place, owner in enumerate(owners)
        for other in single
        if other not in owners[: place + 1]
    )
    return [ALL, *single, *pairs]


def _single(view: TicketView) -> Iterator[str]:
    yield facet("agent", view["agent_id"])
    yield facet("team", view["team_id"])
    yield facet("requester", view["requester_id"])
    yield facet("tier", view["tier"])
    yield facet("channel", view["channel"])
    yield facet("snoozed", "no" if view["snoozed_until"] is None else "yes")
    maybe = {
        "label": view["label"],
        "priority": view["priority"],
        "type": view["type"],
        "brand": view["brand"],
        "organisation": view["organisation_id"],
    }
    yield from (facet(kind, value) for kind, value in maybe.items() if value)
    yield from (facet("tag", tag) for tag in view["tags"])
    yield from (facet("follower", agent) for agent in view["followers"])
    yield from (facet("mentioned", agent) for agent in view["mentioned"])
    for field, known in view["fields"].items():
        yield from (field_facet(field, value) for value in _values(known))
    # A category also by those that it lies under.
    category = view["category"]
    while category:
        yield facet("category", category)
        category = category.rpartition(".")[0]


def _values(field: FieldView) -> Sequence[bool | float | str]:
    """What stands in it in clear, short enough to be looked up."""
    value = field["value"]
    if value is None or field["sealed"] is not None:
        return []
    values: Sequence[bool | float | str] = value if isinstance(value, list) else [value]
    return [one for one in values if len(str(one)) <= LONGEST_VALUE]


def index_of(lead: str, order: Order) -> Sequence[tuple[str, int]]:
    """The index of the lists by this field in this order. It ends in the team, by which a reader's
    sight narrows any list: what they may not see is passed over in the index and never read."""
    way = order.direction
    return [(lead, 1), ("status", 1), (order.field, way), ("_id", way), ("team_id", 1)]


def _index(lead: str, order: Order) -> Index:
    return Index(index_of(lead, order), {order.field: {"$gte": ""}} if order.some else None)


# What facets are made of. Most events change none of it, and a rebuild folds millions.
_TOLD_BY = itemgetter(
    "status",
    "agent_id",
    "team_id",
    "requester_id",
    "tier",
    "channel",
    "snoozed_until",
    "label",
    "priority",
    "type",
    "brand",
    "organisation_id",
    "tags",
    "followers",
    "mentioned",
    "fields",
    "category",
)


def _key(recorded: Recorded[object]) -> str:
    return recorded.aggregate_id


def _fold(document: Document | None, recorded: Recorded[object]) -> Document:
    view = ticket_at(cast(TicketView | None, document), recorded)
    after = cast(Document, view)
    same = document is not None and _TOLD_BY(document) == _TOLD_BY(view)
    after[FACETS] = document[FACETS] if document is not None and same else facets_of(view)
    after[CUSTOMERS] = [view["requester_id"], *view["collaborators"]]
    after[URGENCY] = _urgency(view)
    return after


def _urgency(view: TicketView) -> str:
    return f"{view['priority'] or _LEAST} {view['created_at']}"


def place_of(view: TicketView, order: Order) -> str | None:
    """By what it stands where it does in a list of this order; None where it does not stand."""
    if order.field == URGENCY:
        return _urgency(view)
    return cast(str | None, cast(Document, view)[order.field])


TABLE = Table(
    name="tickets",
    key=_key,
    fold=_fold,
    indexes=(
        Index([("number", 1)]),
        _index(CUSTOMERS, ORDERS["created"]),
        *(_index(FACETS, order) for order in ORDERS.values()),
    ),
)
