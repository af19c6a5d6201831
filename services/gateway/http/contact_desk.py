"""Commands to contacts and organisations on their way to their owner, and what became of them."""

from dataclasses import replace
from typing import Literal

import msgspec
from starlette.responses import Response

from libs.contents import Rendition
from libs.events.ids import is_id
from libs.events.personal import Personal
from libs.events.published import contacts as c
from libs.keyring import Keyring
from services.gateway.availability import needing
from services.gateway.commanding.desk import CommandDesk
from services.gateway.contacts.reading import ContactReader
from services.gateway.contacts.view import CONTACTS
from services.gateway.http.drafting import Asked
from services.gateway.http.outcomes import Underway, answer, json
from services.gateway.http.positions import POSITION
from services.gateway.http.problems import not_found, wrong

Kind = Literal["contacts", "organisations"]
_PREFIX: dict[Kind, str] = {"contacts": "p", "organisations": "o"}


class ContactDesk:
    """Sends commands of this kind of address, in the words of people, to their owner."""

    def __init__(self, desk: CommandDesk, contacts: ContactReader, keyring: Keyring) -> None:
        self._desk = desk
        self._keyring = keyring
        self.contacts = contacts

    async def tell(self, kind: Kind, id: str, asked: Asked, data: msgspec.Struct) -> Response:
        """To the contact or organisation itself, which says if there is none."""
        if not is_id(id, _PREFIX[kind]):
            raise not_found(kind.removesuffix("s"))
        draft = asked.draft(CONTACTS, id)
        return answer(await self._desk.carry_out(draft, data), draft, f"/v1/{kind}/{id}")

    async def claim(
        self, kind: Kind, id: str, owner_id: str, asked: Asked, data: msgspec.Struct
    ) -> Response:
        """To the address or domain, which reaches its contact or organisation next."""
        draft = asked.draft(CONTACTS, id)
        place = f"/v1/{kind}/{owner_id}"
        outcome = await self._desk.carry_out(draft, data)
        if outcome.reply is None:
            return answer(outcome, draft, place)
        answered = answer(outcome, draft, place)  # raises what was refused
        headers = {"Location": place, POSITION: answered.headers[POSITION]}
        detail = f"It is theirs; {place} shows it as soon as it has been taken in."
        underway = Underway(id=owner_id, command_id=draft.command_id, detail=detail)
        return json(underway, 202, headers)

    async def note(self, kind: Kind, id: str, asked: Asked, text: str) -> Response:
        """A note, its words stored under the key of whom it is about."""
        async with needing("MongoDB"):
            if kind == "contacts":
                known = await self.contacts.find(id) is not None
            else:
                known = await self.contacts.organisation(id) is not None
            if not known:
                raise not_found(kind.removesuffix("s"))
            if kind == "organisations":
                await self._keyring.load([id], create=True)
        draft = replace(asked.draft(CONTACTS, id), owner=id)
        words = await self._desk.keep(draft, Rendition(text=text))
        return await self.tell(kind, id, asked, c.AddCustomerNote(words, len(text)))

    async def sealed(self, text: str, about: str) -> Personal[str]:
        """Personal data on its way to the owner. about: the contact, or address, that it is of."""
        return await self._desk.seal(text, about)

    async def address_id(self, channel: str, address: str) -> str:
        """The place that says whose an address is. Raises Problem for what is no address."""
        if channel == "email" and not _is_mail_address(address):
            raise wrong("/address", "Write a mail address, such as ada@example.com.")
        async with needing("MongoDB"):
            secret = await self._keyring.secret("addresses")
        return c.address_id(secret, channel, address)

    async def existing(self, id: str | None, pointer: str) -> None:
        """Raises Problem for an organisation that is not there."""
        async with needing("MongoDB"):
            if id is not None and await self.contacts.organisation(id) is None:
                raise wrong(pointer, "Name an organisation that is known.")


def _is_mail_address(address: str) -> bool:
    local, _, domain = address.strip().rpartition("@")
    return bool(local and domain) and not any(blank in address.strip() for blank in " \t")
