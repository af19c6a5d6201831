"""An organisation: its name, its domains, its place among others, shared tickets."""

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.ids import is_id
from libs.events.published import contacts as c
from libs.events.rules import Events, Folds, Rules
from services.intake.contacts import customer
from services.intake.contacts.asked import Asked
from services.intake.contacts.customer import MOST_CHARACTERS, CustomerState


class OrganisationState(CustomerState, omit_defaults=True):
    """name: "" before the first event; domains: by the id of their aggregate."""

    name: str = ""
    domains: dict[str, str] = msgspec.field(default_factory=dict)
    shares_tickets: bool = False
    parent_id: str = ""


def _create(state: OrganisationState, wanted: c.CreateOrganisation, asked: Asked) -> Events:
    if state.name:
        raise Refusal("exists", "This organisation is there already; rename it instead.")
    return [c.OrganisationCreated(_readable(wanted.name))]


def _rename(state: OrganisationState, wanted: c.RenameOrganisation, asked: Asked) -> Events:
    name = _readable(wanted.name)
    return [] if name == state.name else [c.OrganisationRenamed(name, state.name)]


def _add_domain(state: OrganisationState, wanted: c.AddDomain, asked: Asked) -> Events:
    if not state.name:
        return [c.DomainDeclined(wanted.domain_id, "no_such_organisation")]
    if wanted.domain_id in state.domains:
        return []
    return [c.DomainAdded(wanted.domain_id, wanted.domain)]


def _remove_domain(state: OrganisationState, wanted: c.RemoveDomain, asked: Asked) -> Events:
    id = c.domain_id(wanted.domain)
    if id not in state.domains:
        raise Refusal(
            "no_such_domain",
            "The organisation has no such domain; look at it for those that it has.",
            "/domain",
        )
    return [c.DomainRemoved(id, state.domains[id])]


def _share(state: OrganisationState, wanted: c.ShareTickets, asked: Asked) -> Events:
    return [] if state.shares_tickets else [c.TicketSharingStarted()]


def _unshare(state: OrganisationState, wanted: c.UnshareTickets, asked: Asked) -> Events:
    return [c.TicketSharingStopped()] if state.shares_tickets else []


def _set_parent(state: OrganisationState, wanted: c.SetParentOrganisation, asked: Asked) -> Events:
    parent = wanted.parent_id
    if parent and not is_id(parent, "o"):
        raise Refusal("not_an_organisation", "Name an organisation's id.", "/parent_id")
    if asked.id in (parent, *wanted.ancestor_ids):
        raise Refusal(
            "own_ancestor",
            "An organisation cannot be a part of itself, nor of one of its parts; take it out of "
            "there first.",
            "/parent_id",
        )
    same = parent == state.parent_id
    return [] if same else [c.ParentOrganisationChanged(parent, state.parent_id)]


def _readable(name: str) -> str:
    """A name as it will stand. Raises Refusal."""
    name = " ".join(name.split())
    if not name or len(name) > MOST_CHARACTERS:
        sentence = f"A name has between 1 and {MOST_CHARACTERS} characters."
        raise Refusal("unusable_name", sentence, "/name")
    return name


def _named(
    state: OrganisationState,
    event: c.OrganisationCreated | c.OrganisationRenamed,
    _: Recorded[object],
) -> None:
    state.name = event.name


def _has_domain(state: OrganisationState, event: c.DomainAdded, _: Recorded[object]) -> None:
    state.domains = {**state.domains, event.domain_id: event.domain}


def _lost_domain(state: OrganisationState, event: c.DomainRemoved, _: Recorded[object]) -> None:
    state.domains = {id: d for id, d in state.domains.items() if id != event.domain_id}


def _shares(state: OrganisationState, event: c.TicketSharingStarted, _: Recorded[object]) -> None:
    state.shares_tickets = True


def _shares_not(
    state: OrganisationState, event: c.TicketSharingStopped, _: Recorded[object]
) -> None:
    state.shares_tickets = False


def _part_of(
    state: OrganisationState, event: c.ParentOrganisationChanged, _: Recorded[object]
) -> None:
    state.parent_id = event.parent_id


OF_THE_KNOWN: Rules = {
    **customer.RULES,
    c.RenameOrganisation: _rename,
    c.RemoveDomain: _remove_domain,
    c.ShareTickets: _share,
    c.UnshareTickets: _unshare,
    c.SetParentOrganisation: _set_parent,
}


def _if_known(state: OrganisationState, wanted: object, asked: Asked) -> Events:
    if not state.name:
        raise Refusal(
            "no_such_organisation",
            "There is no organisation with this id; create it first.",
        )
    return OF_THE_KNOWN[type(wanted)](state, wanted, asked)


RULES: Rules = {
    **dict.fromkeys(OF_THE_KNOWN, _if_known),
    c.CreateOrganisation: _create,
    c.AddDomain: _add_domain,
}
FOLDS: Folds = {
    **customer.FOLDS,
    c.OrganisationCreated: _named,
    c.OrganisationRenamed: _named,
    c.DomainAdded: _has_domain,
    c.DomainRemoved: _lost_domain,
    c.TicketSharingStarted: _shares,
    c.TicketSharingStopped: _shares_not,
    c.ParentOrganisationChanged: _part_of,
}
