"""The projection ``gateway.tickets``: two tables, one checkpoint that covers both."""

from libs.events.projection import Projection
from libs.events.topics import events
from services.gateway.tickets import history, view

TICKETS = Projection(
    service="gateway",
    name="tickets",
    version=5,
    sources=[events("tickets")],
    tables=[view.TABLE, history.TABLE],
)
