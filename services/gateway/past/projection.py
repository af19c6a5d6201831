"""The projection ``gateway.past``: apart from the tickets, which nobody is to wait for longer."""

from libs.events.projection import Projection
from libs.events.topics import events
from services.gateway.past.rows import ROWS, VERSIONS

PAST = Projection(
    service="gateway",
    name="past",
    version=1,
    sources=[events("tickets")],
    tables=[ROWS, VERSIONS],
    pace=0.1,
)
