"""The ticket: one request and everything that happens to it, in one order."""

from libs.events.aggregate import Aggregate
from libs.events.published.setup import DEFAULT
from libs.events.published.tickets import TicketOpened
from services.intake.tickets.decide import decide
from services.intake.tickets.evolve import evolve
from services.intake.tickets.state import TicketState

__all__ = ["TICKET", "TicketState"]

TICKET = Aggregate(
    "tickets", "t", TicketState, decide, evolve, numbered=TicketOpened, setup=DEFAULT
)
