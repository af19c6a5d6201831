"""Addresses and contacts: who writes to us, and what is left of them after an erasure.

An address's id is an HMAC of the normalised address, so the same address always finds the same
aggregate; it alone makes a contact's random id. Erasing releases the address: the next message
from it starts a new contact. A contact's id is also the id of its key in the keyring.
"""

import msgspec

from libs.events.catalogue import command, event
from libs.events.personal import Personal
from libs.events.published.messages import Code


@command("contacts")
class RegisterAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Make this address known, as a new contact's unless it belongs to one already.

    contact_id: the random id that the contact gets if it is new.
    """

    contact_id: str
    channel: str
    address: Personal[str]
    name: Personal[str]


@command("contacts")
class ReleaseAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Forget whose address this is (part of an erasure)."""

    contact_id: str


@command("contacts")
class CreateContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """Start the contact that an address was registered for."""

    address_id: str
    channel: str
    address: Personal[str]
    name: Personal[str]


@command("contacts")
class EraseContact(msgspec.Struct, frozen=True, omit_defaults=True):
    """Erase a person (GDPR article 17): names, addresses and everything that they wrote."""

    reason: Code


@command("contacts")
class CompleteErasure(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything of this person is gone (sent by the erasure process manager alone)."""

    contents_deleted: int


@event("contacts")
class AddressRegistered(msgspec.Struct, frozen=True, omit_defaults=True):
    """An address belongs to a contact from now on. Sealed under the contact's key."""

    contact_id: str
    channel: str
    address: Personal[str]
    name: Personal[str]


@event("contacts")
class AddressReleased(msgspec.Struct, frozen=True, omit_defaults=True):
    """An address belongs to nobody any more."""

    contact_id: str


@event("contacts")
class ContactCreated(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person (or a mailbox) that writes to us. Sealed under the contact's own key."""

    address_id: str
    channel: str
    address: Personal[str]
    name: Personal[str]


@event("contacts")
class ErasureRequested(msgspec.Struct, frozen=True, omit_defaults=True):
    """A person is to be erased; from here on nothing of them is shown.

    address_ids: the addresses to release.
    """

    reason: Code
    address_ids: tuple[str, ...]


@event("contacts")
class ErasureCompleted(msgspec.Struct, frozen=True, omit_defaults=True):
    """Key and contents are gone, and every projection has passed the moment of erasure."""

    contents_deleted: int
