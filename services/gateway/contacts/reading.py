"""Contacts out of their read model."""

from collections.abc import Collection
from typing import cast

from libs.events.builds import Builds
from services.gateway.contacts.pages import ContactPage, contact_page, sealed_values
from services.gateway.contacts.view import CONTACTS, ContactView
from services.gateway.revealing import Revealer


class ContactReader:
    """Answers questions about contacts from the projection ``gateway.contacts``."""

    def __init__(self, builds: Builds, revealer: Revealer) -> None:
        self._builds = builds
        self._revealer = revealer

    async def find(self, id: str) -> ContactView | None:
        """The contact as it is now."""
        contacts = (await self._builds.view(CONTACTS)).collection("contacts")
        return cast(ContactView | None, await contacts.find_one({"_id": id}))

    async def page(self, id: str, view: ContactView) -> ContactPage:
        """The contact's page, names and addresses revealed."""
        return contact_page(id, view, await self._revealer.values(list(sealed_values(view))))

    async def names(self, ids: Collection[str]) -> dict[str, str]:
        """How to call these contacts. Those that are not known (yet) are missing."""
        if not ids:
            return {}
        contacts = (await self._builds.view(CONTACTS)).collection("contacts")
        found = await contacts.find({"_id": {"$in": list(set(ids))}}).to_list()
        return await self._revealer.names(
            {document["_id"]: cast(ContactView, document) for document in found}
        )
