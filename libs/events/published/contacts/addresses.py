"""Addresses: the one place that says whose an address is, so that two contacts never hold one.

An address's id is an HMAC of the normalised address, so the same address always finds the same
aggregate. Whoever wants an address for a contact asks here first; what is recorded here then
reaches the contact, which takes it in or declines it, and what was declined is released again.
"""

import hmac
import unicodedata
from datetime import datetime

import msgspec

from libs.events.catalogue import command, event
from libs.events.personal import Personal
from libs.events.published.messages import Code


def address_id(secret: bytes, channel: str, address: str) -> str:
    """The address aggregate of a sender; without the secret nobody can tell whose it is.

    Mail addresses count in any case: RFC 5321 (2.4) would let a host tell cases of the local part
    apart, no host that people use does. Handles of other channels count as they are.
    """
    normal = unicodedata.normalize("NFC", address.strip())
    if channel == "email":
        normal = normal.casefold()
    # The name of a channel has no colon, so no two pairs give the same text.
    hashed = hmac.digest(secret, f"{channel}:{normal}".encode(), "sha256")
    return f"a-{hashed.hex()[:26]}"


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
class ClaimAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Give this address to this contact, known or new; refused if it is another's.

    What a person asks for, where ``RegisterAddress`` is what a message brings with it.
    """

    contact_id: str
    channel: str
    address: Personal[str]
    name: Personal[str]


@command("contacts")
class MoveAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let the address go from one contact to another (part of a merge, or of undoing one).

    Nothing happens if it is not that contact's any more.
    """

    from_id: str
    to_id: str


@command("contacts")
class ReleaseAddress(msgspec.Struct, frozen=True, omit_defaults=True):
    """Forget whose address this is: the contact lets it go, or is erased."""

    contact_id: str


@command("contacts")
class AskSignInCode(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody who says that this address is theirs wants a code to sign in with.

    code_id: from which the code derives, random, and no secret; until: how long the code counts;
    brand: on whose page they asked; language: of that page; "" where it is not known.
    """

    code_id: str
    until: datetime
    brand: Code = ""
    language: str = ""


@event("contacts")
class AddressRegistered(msgspec.Struct, frozen=True, omit_defaults=True):
    """An address belongs to a contact from now on. Sealed under the contact's key."""

    contact_id: str
    channel: str
    address: Personal[str]
    name: Personal[str]


@event("contacts")
class AddressMoved(msgspec.Struct, frozen=True, omit_defaults=True):
    """An address belongs to another contact from now on, who is the same person.

    The address itself stays where it was written, under the first contact's key.
    """

    contact_id: str
    from_contact_id: str


@event("contacts")
class AddressReleased(msgspec.Struct, frozen=True, omit_defaults=True):
    """An address belongs to nobody any more."""

    contact_id: str


@event("contacts")
class SignInCodeAsked(msgspec.Struct, frozen=True, omit_defaults=True):
    """A code to sign in with is to go to this address, of this contact, and counts until then.

    The code is not in it: it derives from the address's id, the code's id and a secret of the
    installation.
    """

    contact_id: str
    code_id: str
    until: datetime
    brand: Code = ""
    language: str = ""
