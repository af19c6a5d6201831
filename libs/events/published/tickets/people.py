"""Whose ticket it is, and who has it: requester, agent, team, tier, followers, collaborators."""

from typing import Literal

import msgspec

from libs.events.catalogue import command, event, unchanged
from libs.events.published.messages import Code

__all__ = [
    "AddCollaborator",
    "AddFollower",
    "AffectedUserSet",
    "AssignTicket",
    "AssignmentSource",
    "ChangeRequester",
    "CollaboratorAdded",
    "CollaboratorRemoved",
    "EscalationKind",
    "FollowContact",
    "FollowerAdded",
    "FollowerRemoved",
    "LinksRevoked",
    "RemoveCollaborator",
    "RemoveFollower",
    "RequesterChanged",
    "ReturnTicket",
    "RevokeLinks",
    "SetAffectedUser",
    "SetTier",
    "TicketAssigned",
    "TicketFollowedContact",
    "TierChanged",
    "UnassignTicket",
    "Why",
]

AssignmentSource = Literal["", "pull", "push", "lead", "rule", "return"]
EscalationKind = Literal["", "functional", "hierarchical"]


class Why(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a rule chose as it did.

    rule, version: which one; candidates: the best, in their order; because: what told (codes such
    as ``skill.network``, ``least_load``).
    """

    rule: Code
    version: int
    candidates: tuple[str, ...] = ()
    because: tuple[Code, ...] = ()


@command("tickets")
class AssignTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Give the ticket to an agent, a team, or both.

    An agent alone keeps the ticket in its team; another team alone takes it from its agent.
    source: pull (the agent took it), push (given by whoever acts), lead, rule (then ``why``);
    if_unassigned: nothing happens if an agent has it by now.
    """

    agent_id: str = ""
    team_id: str = ""
    reason: Code = ""
    source: AssignmentSource = ""
    why: Why | None = None
    if_unassigned: bool = False


@command("tickets")
class UnassignTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Take it from its agent; it stays in its team."""

    reason: Code = ""
    source: AssignmentSource = ""


@command("tickets")
class ReturnTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """Give it back to who had it before."""

    reason: Code = ""


@command("tickets")
class SetTier(msgspec.Struct, frozen=True, omit_defaults=True):
    """Hand it up or down the support tiers (0, 1, 2 …), to a team or an agent if one is named.

    kind: functional (more knowledge is needed) or hierarchical (more authority is).
    """

    tier: int
    reason: Code = ""
    kind: EscalationKind = ""
    agent_id: str = ""
    team_id: str = ""
    why: Why | None = None


@command("tickets")
class ChangeRequester(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is another contact's request. organisation_id, plan, vip: of that contact, now."""

    contact_id: str
    reason: Code = ""
    organisation_id: str = ""
    plan: Code = ""
    vip: bool = False


@command("tickets")
class FollowContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """The requester was merged into another contact (sent by a process manager): go there, if it
    still is the request of ``from_id``. undone: the merge was, so come back, unless it was given to
    somebody else since."""

    to_id: str
    from_id: str
    undone: bool = False


@command("tickets")
class SetAffectedUser(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who has the trouble, if it is not the requester; "" for the requester."""

    contact_id: str


@command("tickets")
class AddFollower(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent wants to hear of everything that happens here."""

    agent_id: str


@command("tickets")
class RemoveFollower(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent does not want to any more."""

    agent_id: str


@command("tickets")
class AddCollaborator(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contact takes part: gets the answers in copy and may write."""

    contact_id: str


@command("tickets")
class RemoveCollaborator(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contact takes part no more."""

    contact_id: str


@event("tickets")
class TicketAssigned(msgspec.Struct, frozen=True, omit_defaults=True):
    """The ticket changed hands: who has it now, and (from_*) who had it; "" is nobody."""

    agent_id: str = ""
    team_id: str = ""
    from_agent_id: str = ""
    from_team_id: str = ""
    reason: Code = ""
    source: AssignmentSource = ""
    why: Why | None = None


@event("tickets", version=2, upcasters={1: unchanged})
class TierChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Escalated (up) or de-escalated (down). A change of hands is an event of its own.

    setup_version: of the desk that has these tiers.
    """

    tier: int
    from_tier: int = 0
    kind: EscalationKind = ""
    reason: Code = ""
    why: Why | None = None
    setup_version: int = 0


@event("tickets")
class RequesterChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Another contact's request now; organisation_id, plan, vip: of that contact at this moment."""

    contact_id: str
    from_contact_id: str
    reason: Code = ""
    organisation_id: str = ""
    plan: Code = ""
    vip: bool = False


@event("tickets")
class TicketFollowedContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """Its requester is the same person under another id, by a merge of contacts or its undoing:
    what was recorded of their organisation, plan and standing stays."""

    contact_id: str
    from_contact_id: str
    undone: bool = False


@event("tickets")
class AffectedUserSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who has the trouble; "" for the requester."""

    contact_id: str = ""
    from_contact_id: str = ""


@event("tickets")
class FollowerAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent follows it."""

    agent_id: str


@event("tickets")
class FollowerRemoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent follows it no more."""

    agent_id: str


@event("tickets")
class CollaboratorAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contact takes part."""

    contact_id: str


@event("tickets")
class CollaboratorRemoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """A contact takes part no more."""

    contact_id: str


@command("tickets")
class RevokeLinks(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let the tracking links that were sent until now open nothing any more; contact_id: those of
    this contact alone, "" for everybody's."""

    contact_id: str = ""


@event("tickets")
class LinksRevoked(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tracking links from before this event open nothing any more. contact_id: whose, "" for
    everybody's."""

    contact_id: str = ""
