"""Contacts and organisations out of their read models."""

from collections.abc import Collection, Sequence
from typing import cast

from libs.contents import Rendition
from libs.events.builds import Builds
from libs.keyring import Erased
from services.gateway.contacts import pages
from services.gateway.contacts.customer import NoteView
from services.gateway.contacts.organisation_view import OrganisationView
from services.gateway.contacts.view import CONTACTS, ContactView
from services.gateway.revealing import Revealer

# Nobody has as many levels; whoever has them in a circle is not climbed for ever.
MOST_LEVELS = 50


class ContactReader:
    """Answers questions about contacts from the projection ``gateway.contacts``."""

    def __init__(self, builds: Builds, revealer: Revealer) -> None:
        self._builds = builds
        self._revealer = revealer

    async def find(self, id: str) -> ContactView | None:
        """The contact as it is now."""
        contacts = (await self._builds.view(CONTACTS)).collection("contacts")
        return cast(ContactView | None, await contacts.find_one({"_id": id}))

    async def page(self, id: str, view: ContactView) -> pages.ContactPage:
        """The contact's page as they see it themselves, names and addresses revealed."""
        merged = await self._merged(view)
        sealed = list(pages.sealed_values(view, merged))
        return pages.contact_page(id, view, merged, await self._revealer.values(sealed))

    async def staff_page(self, id: str, view: ContactView) -> pages.StaffContactPage:
        """The contact's page as agents see it."""
        return pages.staff_page(
            await self.page(id, view),
            view,
            await self._revealer.values(list(view["external_ids"].values())),
            await self._revealer.values(list(view["personal_fields"].values())),
            await self._notes(view["notes"]),
        )

    async def names(self, ids: Collection[str]) -> dict[str, str]:
        """How to call these contacts. Those that are not known (yet) are missing."""
        return await self._revealer.names(await self._find(set(ids)))

    async def organisation(self, id: str) -> OrganisationView | None:
        """The organisation as it is now; None also for one that only declined something."""
        organisations = (await self._builds.view(CONTACTS)).collection("organisations")
        found = await organisations.find_one({"_id": id, "created_at": {"$ne": ""}})
        return cast(OrganisationView | None, found)

    async def organisation_page(self, id: str, view: OrganisationView) -> pages.OrganisationPage:
        """The organisation's page."""
        return pages.organisation_page(id, view, await self._notes(view["notes"]))

    async def ancestors(self, id: str) -> Sequence[str]:
        """The organisations that this one is a part of, nearest first."""
        found: list[str] = []
        while len(found) < MOST_LEVELS:
            view = await self.organisation(id)
            if view is None or not view["parent_id"] or view["parent_id"] in found:
                break
            id = view["parent_id"]
            found.append(id)
        return found

    async def members(self, organisation: str, after: str, limit: int) -> pages.MembersPage:
        """Contacts of an organisation, by id; merged ones are where they were merged into."""
        contacts = (await self._builds.view(CONTACTS)).collection("contacts")
        wanted = {"organisation_id": organisation, "_id": {"$gt": after}, "merged_into": ""}
        found = await contacts.find(wanted).sort("_id").limit(limit + 1).to_list()
        shown = {document["_id"]: cast(ContactView, document) for document in found[:limit]}
        names = await self._revealer.names(shown)
        items = [pages.MemberPage(id=id, name=names[id]) for id in shown]
        return pages.MembersPage(items=items, next=items[-1]["id"] if len(found) > limit else "")

    async def _find(self, ids: Collection[str]) -> dict[str, ContactView]:
        if not ids:
            return {}
        contacts = (await self._builds.view(CONTACTS)).collection("contacts")
        found = await contacts.find({"_id": {"$in": list(ids)}}).to_list()
        return {document["_id"]: cast(ContactView, document) for document in found}

    async def _merged(self, view: ContactView) -> dict[str, ContactView]:
        """The contacts that were merged into it, and into those."""
        found: dict[str, ContactView] = {}
        wanted = set(view["merged"])
        while wanted:
            more = await self._find(wanted)
            found |= more
            wanted = {id for one in more.values() for id in one["merged"]} - found.keys()
        return found

    async def _notes(self, notes: Sequence[NoteView]) -> list[pages.NotePage]:
        words = await self._revealer.renditions([note["content"] for note in notes])
        return [pages.note_page(note, _text(words[note["content"]])) for note in notes]


def _text(words: Rendition | Erased) -> str:
    return words.text if isinstance(words, Rendition) else str(words)
