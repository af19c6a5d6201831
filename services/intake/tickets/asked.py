"""A rule of a ticket: what is wanted, by whom and when → events, or a refusal."""

from dataclasses import dataclass
from datetime import datetime

from libs.events.aggregate import Moment, Refusal
from libs.events.envelope import Command, Origin
from libs.events.published import tickets as t
from libs.events.published.setup import Setup
from libs.events.rules import agent_of
from services.intake.tickets.state import TicketState


@dataclass(frozen=True, slots=True)
class Asked:
    """What a rule may look at beside the ticket.

    ticket_id: its own; actor: as ``kind:id``; happened_at: in the world, which is now unless the
    command says otherwise; number: the lane's next free ticket number; setup: the desk's; origin:
    ``import`` for history, of which nothing is to come.
    """

    ticket_id: str
    actor: str
    now: datetime
    happened_at: datetime
    number: int
    setup: Setup
    origin: Origin = "live"

    @classmethod
    def of(cls, command: Command[object], moment: Moment) -> "Asked":
        """The circumstances of a command. Raises TypeError where deciders were given no setup."""
        setup = moment.setup
        if not isinstance(setup, Setup):
            raise TypeError(f"a ticket's rules need the desk's Setup, not {setup!r:.80}")
        happened_at = command.occurred_at or moment.now
        return cls(
            command.aggregate_id,
            command.actor,
            moment.now,
            happened_at,
            moment.number,
            setup,
            command.origin,
        )

    @property
    def agent_id(self) -> str:
        """The agent who acts; "" when it is not one."""
        return agent_of(self.actor)


def opened(state: TicketState) -> t.Status:
    """Its status. Raises Refusal before there is one."""
    if state.status is None:
        raise no_such_ticket()
    return state.status


def not_closed(state: TicketState) -> t.Status:
    """Its status. Raises Refusal for a ticket that has ended."""
    status = opened(state)
    if state.merged_into:
        raise Refusal(
            "ticket_merged", f"This ticket is merged into {state.merged_into}; act on that one."
        )
    if status == "closed":
        raise Refusal(
            "ticket_closed",
            "A closed ticket stays as it is; the customer's next message opens a follow-up.",
        )
    return status


def acting_agent(asked: Asked) -> str:
    """The agent who acts. Raises Refusal for anybody else."""
    if not asked.agent_id:
        raise Refusal("agents_only", f"Only an agent can do this, and {asked.actor} is none.")
    return asked.agent_id


def in_future(instant: datetime, asked: Asked, field: str) -> datetime:
    """The instant. Raises Refusal for one that is over."""
    if instant <= asked.happened_at:
        raise Refusal("instant_over", "Name an instant that is still to come.", field)
    return instant


def no_such_ticket() -> Refusal:
    """The answer about a ticket that was never opened."""
    return Refusal("no_such_ticket", "There is no ticket with this id; open one with OpenTicket.")
