"""Whom a letter goes to: name and address, revealed at the moment of sending."""

from typing import NamedTuple

from adapters.email.sending.compose import Undeliverable
from adapters.email.sending.people import address_of, known_by
from adapters.email.sending.threads import THREADS
from libs.events.builds import Builds
from libs.events.personal import Personal
from libs.keyring import Keyring
from libs.mongo import Document

_ERASED = "the addressee was erased"


class Person(NamedTuple):
    """Who gets a letter. language, time_zone: "" where it is not known."""

    address: str
    name: str
    language: str
    time_zone: str
    blocked: bool


class NotReady(Exception):
    """The projection has not read yet what this mail needs."""


class Unreachable(Undeliverable):
    """There is no address to send it to."""


class Unwanted(Exception):
    """Nobody is to get it after all, and nobody has to be told; the message says why."""


class Addressees:
    """Contacts out of the projection ``email.threads``."""

    def __init__(self, builds: Builds, keyring: Keyring) -> None:
        self._builds = builds
        self._keyring = keyring

    async def contact(self, id: str) -> Person:
        """A contact, at the first address that takes mail. Raises NotReady, Unreachable."""
        if not id:
            raise Unreachable("a team is no mail address")
        person = await self._person({"_id": id})
        if person.get("erased"):
            raise Unreachable(_ERASED)
        sealed = address_of(person)
        if sealed is None:
            bounces = "mail to the contact's address fails for good"
            none = "the contact has no mail address any more"
            raise Unreachable(bounces if person["addresses"] else none)
        return await self._revealed(person, person, sealed)

    async def address(self, address_id: str, contact_id: str) -> Person:
        """A contact at this address and no other, which may have come along from one who was merged
        into them. Raises NotReady, Unreachable."""
        holder = await self._person({"_id": contact_id})
        known = await self._person({"addresses.id": address_id})
        sealed = known_by(known, address_id)
        if holder.get("erased") or known.get("erased") or sealed is None:
            raise Unreachable(_ERASED)
        return await self._revealed(holder, known, sealed)

    async def _person(self, filter: Document) -> Document:
        view = await self._builds.view(THREADS)
        person = await view.collection("people").find_one(filter)
        if person is None:
            raise NotReady
        return person

    async def _revealed(self, person: Document, registered: Document, sealed: str) -> Person:
        """registered: the contact under whose key the address and its name were written."""
        key = registered["key"]
        await self._keyring.load([key])
        address = Personal[str](key, sealed=sealed).reveal(self._keyring)
        name = Personal[str](key, sealed=registered["name"]).reveal(self._keyring)
        if not isinstance(address, str):
            raise Unreachable(_ERASED)
        return Person(
            address,
            name if isinstance(name, str) else "",
            person.get("language", ""),
            person.get("time_zone", ""),
            person.get("blocked", False),
        )
