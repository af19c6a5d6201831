"""Who writes to us, and for whom: addresses, contacts, mail domains, organisations."""

from libs.events.aggregate import Aggregate
from libs.events.rules import deciding, evolving
from services.intake.contacts import address, contact, domain, organisation
from services.intake.contacts.address import AddressState
from services.intake.contacts.asked import Asked
from services.intake.contacts.domain import DomainState
from services.intake.contacts.organisation import OrganisationState
from services.intake.contacts.state import ContactState

__all__ = [
    "ADDRESS",
    "CONTACT",
    "DOMAIN",
    "ORGANISATION",
    "AddressState",
    "ContactState",
    "DomainState",
    "OrganisationState",
]

ADDRESS: Aggregate[AddressState] = Aggregate(
    "contacts",
    "a",
    AddressState,
    deciding("An address", address.RULES, Asked.of),
    evolving(address.FOLDS),
)
CONTACT: Aggregate[ContactState] = Aggregate(
    "contacts",
    "p",
    ContactState,
    deciding("A contact", contact.RULES, Asked.of),
    evolving(contact.FOLDS),
)
DOMAIN: Aggregate[DomainState] = Aggregate(
    "contacts",
    "d",
    DomainState,
    deciding("A mail domain", domain.RULES, Asked.of),
    evolving(domain.FOLDS),
)
ORGANISATION: Aggregate[OrganisationState] = Aggregate(
    "contacts",
    "o",
    OrganisationState,
    deciding("An organisation", organisation.RULES, Asked.of),
    evolving(organisation.FOLDS),
)
