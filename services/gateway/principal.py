"""Who asks: an agent of some rank, or a customer; and what each may see. Pure."""

from dataclasses import dataclass

from libs.tokens import Claims, Role
from services.gateway.tickets.view import TicketView

STAFF: tuple[Role, ...] = ("admin", "lead", "agent")
EVERYBODY: tuple[Role, ...] = (*STAFF, "customer")


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody with a valid token, in the highest of their roles.

    subject: an agent's id; for a customer the id of their contact. name: how to call an agent, ""
    where the token does not say.
    """

    subject: str
    role: Role
    name: str = ""

    @property
    def is_customer(self) -> bool:
        """Whether only their own tickets, and of these only the public side, may be seen."""
        return self.role == "customer"

    @property
    def actor(self) -> str:
        """As events name them: ``agent:anna`` or ``contact:p-…``."""
        return f"{'contact' if self.is_customer else 'agent'}:{self.subject}"

    def sees(self, ticket: TicketView) -> bool:
        """Whether this ticket exists for them: customers see their own, and those in which they
        take part as a collaborator."""
        if not self.is_customer:
            return True
        return self.subject in (ticket["requester_id"], *ticket["collaborators"])


def principal(claims: Claims) -> Principal:
    """The principal of a token."""
    role = next(role for role in EVERYBODY if role in claims.roles)
    return Principal(claims.subject, role, claims.name)
