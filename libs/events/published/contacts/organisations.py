"""Organisations: whom contacts belong to, and the mail domains by which they are found.

An organisation is no person: its name and domains stand in clear. A domain is an aggregate of its
own, since organisations live in different partitions and only one place can say whose it is; it is
claimed there first, as an address is, and then reaches the organisation.
"""

import msgspec

from libs.events.catalogue import command, event
from libs.events.ids import derived_id
from libs.events.published.messages import Code


def domain_id(domain: str) -> str:
    """The aggregate of a mail domain, written in any case."""
    return derived_id("d", domain.casefold())


@command("contacts")
class ClaimDomain(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the domain: mail from here is this organisation's; refused if it is another's.

    domain: in lower case, ASCII (IDNA); public mail providers are nobody's.
    """

    organisation_id: str
    domain: str


@command("contacts")
class ReleaseDomain(msgspec.Struct, frozen=True, omit_defaults=True):
    """To the domain: the organisation lets it go."""

    organisation_id: str


@command("contacts")
class CreateOrganisation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Make an organisation known under this name."""

    name: str


@command("contacts")
class RenameOrganisation(msgspec.Struct, frozen=True, omit_defaults=True):
    """Call it so from now on."""

    name: str


@command("contacts")
class AddDomain(msgspec.Struct, frozen=True, omit_defaults=True):
    """Take in a domain that was registered for this organisation."""

    domain_id: str
    domain: str


@command("contacts")
class RemoveDomain(msgspec.Struct, frozen=True, omit_defaults=True):
    """Mail from this domain says nothing about the organisation any more."""

    domain: str


@command("contacts")
class ShareTickets(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let its contacts see one another's tickets."""


@command("contacts")
class UnshareTickets(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let its contacts see their own tickets alone."""


@command("contacts")
class SetParentOrganisation(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is a part of another one; "" for none.

    ancestor_ids: the parent's own ancestors as the sender saw them. The organisation refuses to be
    its own ancestor on this word; two changes at the same moment could still close a circle, so
    whoever climbs the hierarchy stops where they have been.
    """

    parent_id: str
    ancestor_ids: tuple[str, ...] = ()


@event("contacts")
class DomainRegistered(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mail domain belongs to an organisation from now on."""

    organisation_id: str
    domain: str


@event("contacts")
class DomainReleased(msgspec.Struct, frozen=True, omit_defaults=True):
    """A mail domain belongs to nobody any more."""

    organisation_id: str


@event("contacts")
class OrganisationCreated(msgspec.Struct, frozen=True, omit_defaults=True):
    """An organisation became known."""

    name: str


@event("contacts")
class OrganisationRenamed(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is called so from now on, and was called so before."""

    name: str
    from_name: str


@event("contacts")
class DomainAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """Contacts who write from this domain belong to the organisation."""

    domain_id: str
    domain: str


@event("contacts")
class DomainRemoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """The organisation let a domain go; it is released next."""

    domain_id: str
    domain: str


@event("contacts")
class DomainDeclined(msgspec.Struct, frozen=True, omit_defaults=True):
    """A domain came to an organisation that is not there; it is released next."""

    domain_id: str
    reason: Code


@event("contacts")
class TicketSharingStarted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Its contacts see one another's tickets from now on."""


@event("contacts")
class TicketSharingStopped(msgspec.Struct, frozen=True, omit_defaults=True):
    """Its contacts see their own tickets alone from now on."""


@event("contacts")
class ParentOrganisationChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Of which organisation it is a part, and was before; "" is none."""

    parent_id: str = ""
    from_parent_id: str = ""
