"""Which organisation is this? Its name, domains, place among others, and what was said of it."""

from typing import cast

from libs.events.envelope import Recorded
from libs.events.projection import Table
from libs.events.published import contacts as c
from libs.mongo import Document
from services.gateway.contacts.customer import CustomerView, plain, say
from services.gateway.instants import text


class OrganisationView(CustomerView):
    """An organisation. domains: names by the id of their aggregate; parent_id: "" for none."""

    name: str
    domains: dict[str, str]
    shares_tickets: bool
    parent_id: str
    created_at: str
    sequence: int


def organisation_of(recorded: Recorded[object]) -> str | None:
    """The organisation that an event is about."""
    return recorded.aggregate_id if recorded.aggregate_id.startswith("o-") else None


def organisation_after(
    view: OrganisationView | None, recorded: Recorded[object]
) -> OrganisationView:
    """The organisation after this event."""
    view = {**view} if view is not None else _unknown()
    say(cast(Document, view), recorded)
    match recorded.data:
        case c.OrganisationCreated(name=name):
            view["name"], view["created_at"] = name, text(recorded.occurred_at)
        case c.OrganisationRenamed(name=name):
            view["name"] = name
        case c.DomainAdded(domain_id=id, domain=domain):
            view["domains"] = view["domains"] | {id: domain}
        case c.DomainRemoved(domain_id=gone):
            view["domains"] = {id: domain for id, domain in view["domains"].items() if id != gone}
        case c.TicketSharingStarted():
            view["shares_tickets"] = True
        case c.TicketSharingStopped():
            view["shares_tickets"] = False
        case c.ParentOrganisationChanged(parent_id=parent_id):
            view["parent_id"] = parent_id
    view["sequence"] = recorded.sequence
    return view


def _unknown() -> OrganisationView:
    return OrganisationView(
        **plain(),
        name="",
        domains={},
        shares_tickets=False,
        parent_id="",
        created_at="",
        sequence=0,
    )


def _fold(document: Document | None, recorded: Recorded[object]) -> Document:
    view = organisation_after(cast(OrganisationView | None, document), recorded)
    return cast(Document, view)


TABLE = Table(name="organisations", key=organisation_of, fold=_fold)
