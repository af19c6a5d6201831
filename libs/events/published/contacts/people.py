"""Contacts: the persons and mailboxes that write to us, and what is left after an erasure.

A contact's id is also the id of its key in the keyring; names, external ids and personal fields are
sealed under it. Once a contact is being erased it takes nothing in any more.
"""

from typing import Literal

import msgspec

from libs.events.catalogue import command, event
from libs.events.personal import Personal
from libs.events.published.messages import Code

JoinedBy = Literal["hand", "domain"]


@command("contacts")
class CreateContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """Take in an address that was registered for this contact: its first creates the contact."""

    address_id: str
    channel: str
    address: Personal[str]
    name: Personal[str]


@command("contacts")
class RenameContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """Call the contact so from now on."""

    name: Personal[str]


@command("contacts")
class SetContactLanguage(msgspec.Struct, frozen=True, omit_defaults=True):
    """The language to write in (BCP 47, such as ``de`` or ``pt-BR``); "" forgets it."""

    language: str


@command("contacts")
class SetContactTimeZone(msgspec.Struct, frozen=True, omit_defaults=True):
    """The IANA time zone that the contact lives in, such as ``Europe/Berlin``; "" forgets it."""

    time_zone: str


@command("contacts")
class VerifyAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody has shown that the address is the contact's. method: how, such as ``link``."""

    address_id: str
    method: Code = ""


@command("contacts")
class RemoveAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """The address is not the contact's any more; its next message starts a new contact."""

    address_id: str


@command("contacts")
class KeepAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """An address has come from another contact: keep it, or decline it (a step of a merge)."""

    address_id: str


@command("contacts")
class RecordBounce(msgspec.Struct, frozen=True, omit_defaults=True):
    """Mail to the address failed for good. status: RFC 3463's code, such as ``5.1.1``."""

    address_id: str
    status: Code = ""


@command("contacts")
class RecordRecovery(msgspec.Struct, frozen=True, omit_defaults=True):
    """Mail reaches the address again. cause: how we know, such as ``wrote_again``."""

    address_id: str
    cause: Code = ""


@command("contacts")
class SetExternalId(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who the contact is in another system, such as ``crm``."""

    system: Code
    external_id: Personal[str]


@command("contacts")
class RemoveExternalId(msgspec.Struct, frozen=True, omit_defaults=True):
    """The other system does not know the contact any more."""

    system: Code


@command("contacts")
class SetPersonalField(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fill in a custom field that says something about the person."""

    field: Code
    value: Personal[str]


@command("contacts")
class BlockContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """Take nothing from this contact any more."""

    reason: Code


@command("contacts")
class UnblockContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """Take messages of this contact again."""

    reason: Code = ""


@command("contacts")
class JoinOrganisation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The contact belongs to this organisation. A domain never overrides what a person chose."""

    organisation_id: str
    by: JoinedBy = "hand"


@command("contacts")
class LeaveOrganisation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The contact belongs to no organisation any more."""


@command("contacts")
class EraseContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """Erase a person (GDPR article 17): names, addresses and everything that they wrote."""

    reason: Code


@command("contacts")
class EraseSamePerson(msgspec.Struct, frozen=True, omit_defaults=True):
    """Another contact is being erased; so is this one, if the two are still merged."""

    contact_id: str
    reason: Code


@command("contacts")
class CompleteErasure(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything of this person is gone (sent by the erasure process manager alone)."""

    contents_deleted: int


@event("contacts")
class ContactCreated(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person (or a mailbox) that writes to us. Sealed under the contact's own key."""

    address_id: str
    channel: str
    address: Personal[str]
    name: Personal[str]


@event("contacts")
class ContactRenamed(msgspec.Struct, frozen=True, omit_defaults=True):
    """The contact is called so from now on."""

    name: Personal[str]


@event("contacts")
class ContactLanguageChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """The language to write in, and the one before; "" is none known."""

    language: str = ""
    from_language: str = ""


@event("contacts")
class ContactTimeZoneChanged(msgspec.Struct, frozen=True, omit_defaults=True):
    """The IANA time zone that the contact lives in, and the one before; "" is none known."""

    time_zone: str = ""
    from_time_zone: str = ""


@event("contacts")
class AddressAdded(msgspec.Struct, frozen=True, omit_defaults=True):
    """The contact has a further address. Sealed under the contact's own key."""

    address_id: str
    channel: str
    address: Personal[str]


@event("contacts")
class AddressVerified(msgspec.Struct, frozen=True, omit_defaults=True):
    """The address was shown to be the contact's. method: how."""

    address_id: str
    method: Code = ""


@event("contacts")
class AddressRemoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """The contact let an address go; it is released next."""

    address_id: str


@event("contacts")
class AddressDeclined(msgspec.Struct, frozen=True, omit_defaults=True):
    """An address came to a contact that cannot have it (``erased`` or ``merged``); it is released
    next."""

    address_id: str
    reason: Code


@event("contacts")
class AddressBounced(msgspec.Struct, frozen=True, omit_defaults=True):
    """Mail to the address fails for good until it recovers. status: RFC 3463's code."""

    address_id: str
    status: Code = ""


@event("contacts")
class AddressRecovered(msgspec.Struct, frozen=True, omit_defaults=True):
    """Mail reaches the address again. cause: how we know."""

    address_id: str
    cause: Code = ""


@event("contacts")
class ExternalIdSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """Who the contact is in another system; replaces what was known of that system."""

    system: Code
    external_id: Personal[str]


@event("contacts")
class ExternalIdRemoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """The other system does not know the contact any more."""

    system: Code


@event("contacts")
class PersonalFieldSet(msgspec.Struct, frozen=True, omit_defaults=True):
    """A custom field that says something about the person, under their key."""

    field: Code
    value: Personal[str]


@event("contacts")
class ContactBlocked(msgspec.Struct, frozen=True, omit_defaults=True):
    """Nothing is taken from this contact any more, and why."""

    reason: Code


@event("contacts")
class ContactUnblocked(msgspec.Struct, frozen=True, omit_defaults=True):
    """Messages of this contact are taken again. blocked_for: why they had not been."""

    reason: Code = ""
    blocked_for: Code = ""


@event("contacts")
class ContactJoinedOrganisation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The contact belongs to an organisation; from_organisation_id: to which it had belonged.

    by: a person's choice, or the domain of the contact's mail address.
    """

    organisation_id: str
    by: JoinedBy = "hand"
    from_organisation_id: str = ""


@event("contacts")
class ContactLeftOrganisation(msgspec.Struct, frozen=True, omit_defaults=True):
    """The contact belongs to no organisation any more; to which it had belonged."""

    organisation_id: str


@event("contacts")
class ErasureRequested(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person is to be erased; from here on nothing of them is shown.

    address_ids: the addresses to release; also_ids: contacts who are the same person, merged into
    this one or this one into them, and are erased with it.
    """

    reason: Code
    address_ids: tuple[str, ...]
    also_ids: tuple[str, ...] = ()


@event("contacts")
class ErasureCompleted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Key and contents are gone, and every projection has passed the moment of erasure."""

    contents_deleted: int
