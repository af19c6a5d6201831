"""Who may see whose tickets in an organisation. Pure.

Belonging is not enough: a mail domain makes a member of whoever writes such an address into From,
which anybody can do. So only proven members see others' tickets: an agent has put them there, or
one of their addresses at a domain of the organisation was verified.
"""

from collections.abc import Collection

from services.gateway.contacts.organisation_view import OrganisationView
from services.gateway.contacts.pages import AddressPage
from services.gateway.contacts.view import ContactView


def is_proven(
    member: ContactView, addresses: Collection[AddressPage], organisation: OrganisationView
) -> bool:
    """Whether the member of this organisation is one beyond doubt. addresses: revealed."""
    if member["joined_by"] == "hand":
        return True
    domains = set(organisation["domains"].values())
    return any(
        held["verified"] and held["channel"] == "email" and domain_of(held["address"]) in domains
        for held in addresses
    )


def domain_of(address: str) -> str:
    """The mail domain of an address, in ASCII and lower case; "" for what is no address."""
    try:
        return address.rpartition("@")[2].strip().encode("idna").decode().lower()
    except UnicodeError:
        return ""
