"""Who asks, in which role, and what each may see. Pure."""

from dataclasses import dataclass
from typing import get_args

from libs.events.published.setup import Setup
from libs.tokens import Claims, Role
from services.gateway.sight import Sight, sight_of
from services.gateway.tickets.view import TicketView

EVERYBODY: tuple[Role, ...] = get_args(Role)
LEADS: tuple[Role, ...] = ("admin", "lead")
STAFF: tuple[Role, ...] = (*LEADS, "agent")
# Who is told everything that agents are told.
INFORMED: tuple[Role, ...] = (*STAFF, "light_agent")
# Who works on tickets: a partner on those of their team.
WORKERS: tuple[Role, ...] = (*STAFF, "partner")
# Who reads and writes among us.
INSIDERS: tuple[Role, ...] = (*INFORMED, "partner")
# Who may know what was said.
TRUSTED: tuple[Role, ...] = (*INSIDERS, "customer")


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody with a valid token, in the highest of their roles.

    subject: an agent's id; for a customer the id of their contact. sight: which tickets exist for
    them. name: how to call an agent, "" where the token does not say. may_answer: whether they
    write to customers, or are one. scopes: of an API key (None: it was no key).
    """

    subject: str
    role: Role
    sight: Sight
    name: str = ""
    may_answer: bool = True
    scopes: frozenset[str] | None = None

    @property
    def is_customer(self) -> bool:
        """Whether only their own tickets, and of these only the public side, may be seen."""
        return self.role == "customer"

    @property
    def leads(self) -> bool:
        """Whether they may do with others' work what is otherwise theirs."""
        return self.role in LEADS

    @property
    def actor(self) -> str:
        """As events name them: ``agent:anna`` or ``contact:p-…``."""
        return f"{'contact' if self.is_customer else 'agent'}:{self.subject}"

    def sees(self, ticket: TicketView) -> bool:
        """Whether this ticket exists for them: customers see their own, and those in which they
        take part as a collaborator."""
        return self.sight.admits(ticket)


def customer(contact_id: str) -> Principal:
    """A customer, by whatever they proved it."""
    return Principal(contact_id, "customer", Sight(customer_id=contact_id))


def principal(claims: Claims, setup: Setup, scopes: frozenset[str] | None = None) -> Principal:
    """The principal of a token, at a desk that is set up like this."""
    role = next(role for role in EVERYBODY if role in claims.roles)
    sight = sight_of(role, claims.subject, claims.teams, setup)
    may_answer = role != "light_agent" or setup.light_replies
    return Principal(claims.subject, role, sight, claims.name, may_answer, scopes)
