"""What is this ticket now? One fold, for the table of tickets and for a ticket as of an instant.

No words and no names: a subject is the id of a content, a person an id, a personal field sealed.
They are revealed when the view is read, so an erasure needs no new version of it. One module a
topic, as in the published language.
"""

from services.gateway.tickets.view.fold import ticket_at
from services.gateway.tickets.view.shape import EVERYBODYS, LastMessage, TicketView
from services.gateway.tickets.view.table import (
    ALL,
    CUSTOMERS,
    FACETS,
    LONGEST_VALUE,
    ORDERS,
    OWNERS,
    TABLE,
    Order,
    Sort,
    both,
    facet,
    facets_of,
    index_of,
    place_of,
)

__all__ = [
    "ALL",
    "CUSTOMERS",
    "EVERYBODYS",
    "FACETS",
    "LONGEST_VALUE",
    "ORDERS",
    "OWNERS",
    "TABLE",
    "LastMessage",
    "Order",
    "Sort",
    "TicketView",
    "both",
    "facet",
    "facets_of",
    "index_of",
    "place_of",
    "ticket_at",
]
