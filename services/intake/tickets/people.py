"""Whose ticket it is, and who has it: requester, agent, team, tier, followers, collaborators."""

from itertools import pairwise

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.rules import Events, Folds, Rules
from services.intake.tickets.asked import Asked, not_closed, opened
from services.intake.tickets.state import TicketState


def assign(state: TicketState, wanted: t.AssignTicket, asked: Asked) -> Events:
    not_closed(state)
    if not wanted.agent_id and not wanted.team_id:
        raise Refusal("nobody_to_assign", "Name an agent, a team or both.", "/agent_id")
    if wanted.if_unassigned and state.agent_id:
        return []
    team_id = wanted.team_id or state.team_id
    kept = state.agent_id if team_id == state.team_id else ""
    agent_id = wanted.agent_id or kept
    if (agent_id, team_id) == (state.agent_id, state.team_id):
        return []
    source = wanted.source or ("pull" if agent_id == asked.agent_id != "" else "")
    return [_hands(state, agent_id, team_id, wanted.reason, source, wanted.why)]


def unassign(state: TicketState, wanted: t.UnassignTicket, asked: Asked) -> Events:
    not_closed(state)
    if not state.agent_id:
        return []
    return [_hands(state, "", state.team_id, wanted.reason, wanted.source)]


def give_back(state: TicketState, wanted: t.ReturnTicket, asked: Asked) -> Events:
    not_closed(state)
    agent_id, team_id = state.before
    if (agent_id, team_id) in (("", ""), (state.agent_id, state.team_id)):
        raise Refusal("nobody_before", "Nobody had this ticket before; assign it to somebody.")
    return [_hands(state, agent_id, team_id, wanted.reason, "return")]


def set_tier(state: TicketState, wanted: t.SetTier, asked: Asked) -> Events:
    not_closed(state)
    if not 0 <= wanted.tier <= asked.setup.tiers:
        raise Refusal("no_such_tier", f"Tiers go from 0 to {asked.setup.tiers}.", "/tier")
    changed: Events = []
    if wanted.tier != state.tier:
        tiers = (wanted.tier, state.tier)
        changed = [
            t.TierChanged(*tiers, wanted.kind, wanted.reason, wanted.why, asked.setup.version)
        ]
    if not wanted.agent_id and not wanted.team_id:
        return changed
    given = t.AssignTicket(wanted.agent_id, wanted.team_id, wanted.reason, why=wanted.why)
    return [*changed, *assign(state, given, asked)]


def change_requester(state: TicketState, wanted: t.ChangeRequester, asked: Asked) -> Events:
    not_closed(state)
    if not wanted.contact_id:
        raise Refusal("nobody_named", "Name the contact whose request it is.", "/contact_id")
    if wanted.contact_id == state.requester_id:
        return []
    return [
        t.RequesterChanged(
            wanted.contact_id,
            state.requester_id,
            wanted.reason,
            wanted.organisation_id,
            wanted.plan,
            wanted.vip,
        )
    ]


def follow_contact(state: TicketState, wanted: t.FollowContact, asked: Asked) -> Events:
    """Also when it is closed: whose request it was does not depend on that. An undoing may overtake
    that of a later merge, so it takes the ticket back from wherever it has come to since."""
    opened(state)
    way = (*state.followed, state.requester_id)
    if wanted.undone:
        goes = (wanted.to_id, wanted.from_id) in pairwise(way)
    else:
        goes = state.requester_id == wanted.from_id
    if not goes or wanted.to_id == state.requester_id:
        return []
    return [t.TicketFollowedContact(wanted.to_id, state.requester_id, wanted.undone)]


def set_affected(state: TicketState, wanted: t.SetAffectedUser, asked: Asked) -> Events:
    not_closed(state)
    contact_id = "" if wanted.contact_id == state.requester_id else wanted.contact_id
    if contact_id == state.affected_id:
        return []
    return [t.AffectedUserSet(contact_id, state.affected_id)]


def add_follower(state: TicketState, wanted: t.AddFollower, asked: Asked) -> Events:
    not_closed(state)
    if not wanted.agent_id:
        raise Refusal("nobody_named", "Name the agent who follows.", "/agent_id")
    return [] if wanted.agent_id in state.followers else [t.FollowerAdded(wanted.agent_id)]


def remove_follower(state: TicketState, wanted: t.RemoveFollower, asked: Asked) -> Events:
    opened(state)
    return [t.FollowerRemoved(wanted.agent_id)] if wanted.agent_id in state.followers else []


def add_collaborator(state: TicketState, wanted: t.AddCollaborator, asked: Asked) -> Events:
    not_closed(state)
    if not wanted.contact_id:
        raise Refusal("nobody_named", "Name the contact who takes part.", "/contact_id")
    if wanted.contact_id == state.requester_id or wanted.contact_id in state.collaborators:
        return []
    return [t.CollaboratorAdded(wanted.contact_id)]


def remove_collaborator(state: TicketState, wanted: t.RemoveCollaborator, asked: Asked) -> Events:
    opened(state)
    there = wanted.contact_id in state.collaborators
    return [t.CollaboratorRemoved(wanted.contact_id)] if there else []


def revoke_links(state: TicketState, wanted: t.RevokeLinks, asked: Asked) -> Events:
    """Also on a closed ticket: its page is still there."""
    opened(state)
    return [t.LinksRevoked(wanted.contact_id)]


def _hands(
    state: TicketState,
    agent_id: str,
    team_id: str,
    reason: str,
    source: t.AssignmentSource,
    why: t.Why | None = None,
) -> t.TicketAssigned:
    before = (state.agent_id, state.team_id)
    return t.TicketAssigned(agent_id, team_id, *before, reason, source, why)


def _assigned(state: TicketState, event: t.TicketAssigned, _: Recorded[object]) -> None:
    state.before = (event.from_agent_id, event.from_team_id)
    state.agent_id, state.team_id = event.agent_id, event.team_id
    state.queue = ""


def _tier(state: TicketState, event: t.TierChanged, _: Recorded[object]) -> None:
    state.tier = event.tier


def _requester(state: TicketState, event: t.RequesterChanged, _: Recorded[object]) -> None:
    state.followed = ()
    _is_requester(state, event)


def _followed(state: TicketState, event: t.TicketFollowedContact, _: Recorded[object]) -> None:
    before = state.followed
    if event.undone:
        state.followed = before[: before.index(event.contact_id)]
    else:
        state.followed = (*before, event.from_contact_id)
    _is_requester(state, event)


def _is_requester(state: TicketState, event: t.RequesterChanged | t.TicketFollowedContact) -> None:
    state.requester_id = event.contact_id
    state.collaborators.pop(event.contact_id, None)
    if state.affected_id == event.contact_id:
        state.affected_id = ""


def _affected(state: TicketState, event: t.AffectedUserSet, _: Recorded[object]) -> None:
    state.affected_id = event.contact_id


def _follower(state: TicketState, event: t.FollowerAdded, _: Recorded[object]) -> None:
    state.followers[event.agent_id] = None


def _no_follower(state: TicketState, event: t.FollowerRemoved, _: Recorded[object]) -> None:
    state.followers.pop(event.agent_id, None)


def _collaborator(state: TicketState, event: t.CollaboratorAdded, _: Recorded[object]) -> None:
    state.collaborators[event.contact_id] = None


def _no_collaborator(state: TicketState, event: t.CollaboratorRemoved, _: Recorded[object]) -> None:
    state.collaborators.pop(event.contact_id, None)


RULES: Rules = {
    t.AssignTicket: assign,
    t.UnassignTicket: unassign,
    t.ReturnTicket: give_back,
    t.SetTier: set_tier,
    t.ChangeRequester: change_requester,
    t.FollowContact: follow_contact,
    t.SetAffectedUser: set_affected,
    t.AddFollower: add_follower,
    t.RemoveFollower: remove_follower,
    t.AddCollaborator: add_collaborator,
    t.RemoveCollaborator: remove_collaborator,
    t.RevokeLinks: revoke_links,
}
FOLDS: Folds = {
    t.TicketAssigned: _assigned,
    t.TierChanged: _tier,
    t.RequesterChanged: _requester,
    t.TicketFollowedContact: _followed,
    t.AffectedUserSet: _affected,
    t.FollowerAdded: _follower,
    t.FollowerRemoved: _no_follower,
    t.CollaboratorAdded: _collaborator,
    t.CollaboratorRemoved: _no_collaborator,
}
