"""Which tickets exist for somebody: one value, from which both a predicate and a filter come. Pure.

A department is private by the desk's setting: its tickets, told by the team that has them now,
exist for its own teams and for administrators. A partner sees what their teams have, and nothing
else; a customer what they asked for or take part in, and of what colleagues share nothing that a
private department has.
"""

from collections.abc import Collection
from dataclasses import dataclass

from libs.events.published.setup import Setup
from libs.mongo import Document
from libs.tokens import Role
from services.gateway.tickets.view import CUSTOMERS, TicketView


@dataclass(frozen=True, slots=True)
class Sight:
    """What somebody sees. customer_id: only what this contact asked for or takes part in ("": of
    everybody), whoever has it; requesters: only what these contacts asked for (None: anybody);
    teams: only what these have (None: any); hidden: nothing of what these have."""

    customer_id: str = ""
    requesters: frozenset[str] | None = None
    teams: frozenset[str] | None = None
    hidden: frozenset[str] = frozenset()

    @property
    def is_whole(self) -> bool:
        """Whether every ticket can be seen."""
        return self == WHOLE

    def admits(self, ticket: TicketView) -> bool:
        """Whether this ticket exists."""
        if self.customer_id:
            return self.customer_id in (ticket["requester_id"], *ticket["collaborators"])
        if self.requesters is not None:
            return ticket["requester_id"] in self.requesters and not self.hides(ticket)
        if self.teams is not None and ticket["team_id"] not in self.teams:
            return False
        return not self.hides(ticket)

    def hides(self, ticket: TicketView) -> bool:
        """Whether a private department has it that is none of theirs."""
        return ticket["team_id"] in self.hidden

    def filter(self) -> Document:
        """The same as a MongoDB filter; ``team_id`` stands in every index of lists."""
        if self.customer_id:
            return {CUSTOMERS: self.customer_id}
        if self.requesters is not None:
            return {"requester_id": {"$in": sorted(self.requesters)}, **self._not_hidden}
        if self.teams is not None:
            return {"team_id": {"$in": sorted(self.teams - self.hidden)}}
        return self._not_hidden

    @property
    def _not_hidden(self) -> Document:
        return {"team_id": {"$nin": sorted(self.hidden)}} if self.hidden else {}


WHOLE = Sight()


def sight_of(role: Role, subject: str, teams: Collection[str], setup: Setup) -> Sight:
    """What somebody in this role, and of these teams, sees of a desk that is set up like this."""
    if role == "admin":
        return WHOLE
    own = frozenset(teams) if role != "customer" else frozenset()
    private = (one.teams for one in setup.departments.values() if one.private)
    hidden = frozenset(team for theirs in private if own.isdisjoint(theirs) for team in theirs)
    if role == "customer":
        return Sight(customer_id=subject, hidden=hidden)
    return Sight(teams=own if role == "partner" else None, hidden=hidden)
