"""Whose ticket it is and who has it, folded; and who is asked to take it."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.instants import text
from services.gateway.tickets.view.folds import Folds, without
from services.gateway.tickets.view.shape import EVERYBODYS, OfferView, TicketView


def _assigned(view: TicketView, event: t.TicketAssigned, _: Recorded[object]) -> None:
    view["agent_id"], view["team_id"] = event.agent_id, event.team_id
    view["queue"] = ""


def _tier(view: TicketView, event: t.TierChanged, _: Recorded[object]) -> None:
    view["tier"] = event.tier


def _requester(view: TicketView, event: t.RequesterChanged, _: Recorded[object]) -> None:
    view["organisation_id"] = event.organisation_id
    view["plan"], view["vip"] = event.plan, event.vip
    _is_requester(view, event)


def _followed(view: TicketView, event: t.TicketFollowedContact, _: Recorded[object]) -> None:
    _is_requester(view, event)


def _is_requester(view: TicketView, event: t.RequesterChanged | t.TicketFollowedContact) -> None:
    view["requester_id"] = event.contact_id
    view["collaborators"] = [id for id in view["collaborators"] if id != event.contact_id]
    if view["affected_id"] == event.contact_id:
        view["affected_id"] = ""


def _affected(view: TicketView, event: t.AffectedUserSet, _: Recorded[object]) -> None:
    view["affected_id"] = event.contact_id


def _follower(view: TicketView, event: t.FollowerAdded, _: Recorded[object]) -> None:
    view["followers"] = [*view["followers"], event.agent_id]


def _no_follower(view: TicketView, event: t.FollowerRemoved, _: Recorded[object]) -> None:
    view["followers"] = [id for id in view["followers"] if id != event.agent_id]


def _collaborator(view: TicketView, event: t.CollaboratorAdded, _: Recorded[object]) -> None:
    view["collaborators"] = [*view["collaborators"], event.contact_id]


def _no_collaborator(view: TicketView, event: t.CollaboratorRemoved, _: Recorded[object]) -> None:
    view["collaborators"] = [id for id in view["collaborators"] if id != event.contact_id]


def _revoked(view: TicketView, event: t.LinksRevoked, recorded: Recorded[object]) -> None:
    whose = event.contact_id or EVERYBODYS
    view["links_revoked"] = view.get("links_revoked", {}) | {whose: text(recorded.recorded_at)}


def _queued(view: TicketView, event: t.TicketQueued, _: Recorded[object]) -> None:
    view["queue"] = event.queue


def _offered(view: TicketView, event: t.TicketOffered, _: Recorded[object]) -> None:
    offer = OfferView(id=event.offer_id, agent_id=event.agent_id, until=text(event.until))
    view["offers"] = view["offers"] | {event.offer_id: offer}


def _offer_over(
    view: TicketView, event: t.TicketOfferAnswered | t.TicketOfferExpired, _: Recorded[object]
) -> None:
    view["offers"] = without(view["offers"], event.offer_id)


FOLDS: Folds = {
    t.TicketAssigned: _assigned,
    t.TierChanged: _tier,
    t.RequesterChanged: _requester,
    t.TicketFollowedContact: _followed,
    t.AffectedUserSet: _affected,
    t.FollowerAdded: _follower,
    t.FollowerRemoved: _no_follower,
    t.LinksRevoked: _revoked,
    t.CollaboratorAdded: _collaborator,
    t.CollaboratorRemoved: _no_collaborator,
    t.TicketQueued: _queued,
    t.TicketOffered: _offered,
    t.TicketOfferAnswered: _offer_over,
    t.TicketOfferExpired: _offer_over,
}
