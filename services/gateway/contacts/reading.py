"""Contacts and organisations out of their read models."""

from collections.abc import Collection, Mapping, Sequence
from typing import cast

from libs.contents import Rendition
from libs.events.builds import Builds
from libs.events.published.contacts import Standing
from libs.keyring import Erased
from services.gateway.contacts import pages
from services.gateway.contacts.customer import NoteView
from services.gateway.contacts.organisation_view import OrganisationView
from services.gateway.contacts.sharing import is_proven
from services.gateway.contacts.view import CONTACTS, ContactView
from services.gateway.revealing import Revealer

# Nobody has as many levels; whoever has them in a circle is not climbed for ever.
MOST_LEVELS = 50
# Nor was anybody so many others before.
MOST_MERGES = 50
# A list of the tickets of more people than this is a report, not a page.
MOST_COLLEAGUES = 1_000


class ContactReader:
    """Answers questions about contacts from the projection ``gateway.contacts``."""

    def __init__(self, builds: Builds, revealer: Revealer) -> None:
        self._builds = builds
        self._revealer = revealer

    async def find(self, id: str) -> ContactView | None:
        """The contact as it is now."""
        contacts = (await self._builds.view(CONTACTS)).collection("contacts")
        return cast(ContactView | None, await contacts.find_one({"_id": id}))

    async def successors(self, id: str) -> Mapping[str, ContactView]:
        """The contact and, in their order, those that it went into by merging; none where one of
        them is not known, or is erased."""
        found: dict[str, ContactView] = {}
        while id and id not in found:
            view = await self.find(id)
            if view is None or view["erasure_requested_at"] or len(found) == MOST_MERGES:
                return {}
            found[id], id = view, view["merged_into"]
        return found

    async def known_by(self, address_id: str) -> str:
        """The contact whose address this is, and who can be let in by it: "" for nobody's, and for
        one who was erased or is blocked."""
        addresses = (await self._builds.view(CONTACTS)).collection("addresses")
        whose = await addresses.find_one({"_id": address_id})
        return await self.let_in(whose["contact_id"]) if whose else ""

    async def let_in(self, id: str) -> str:
        """The contact whom somebody who was this one is let in as: the one that they were merged
        into, or themselves; "" for one who was erased or is blocked, and for nobody's id."""
        people = await self.successors(id)
        if not people or any(view["blocked_for"] for view in people.values()):
            return ""
        *_, contact = people
        return contact

    async def standing(self, view: ContactView) -> Standing:
        """What the contact is to the desk, their organisation's plan and rank included."""
        firm = await self.organisation(view["organisation_id"])
        return Standing(
            organisation_id=view["organisation_id"],
            plan=view["plan"] or (firm["plan"] if firm else ""),
            vip=view["vip"] or (firm["vip"] if firm else False),
        )

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

    async def shares(self, reader_id: str, owner_id: str) -> bool:
        """Whether this contact sees the tickets of that one: both are of an organisation that
        shares them, or the reader is of one further up and all in between share, too."""
        owner = await self.find(owner_id)
        if owner is None or owner["erasure_requested_at"]:
            return False
        home = await self._home(reader_id)
        return home != "" and home in await self._sharing(owner["organisation_id"])

    async def colleagues(self, reader_id: str) -> list[str]:
        """The contacts whose tickets this one sees beside their own; of very many the first."""
        home = await self._home(reader_id)
        level, seen = [home] if home else [], set[str]()
        organisations = (await self._builds.view(CONTACTS)).collection("organisations")
        while level and len(seen) < MOST_LEVELS:
            found = organisations.find({"_id": {"$in": level}, "shares_tickets": True})
            sharing = [one["_id"] for one in await found.to_list() if one["_id"] not in seen]
            seen |= set(sharing)
            below = organisations.find({"parent_id": {"$in": sharing}})
            level = [one["_id"] for one in await below.limit(MOST_LEVELS).to_list()]
        contacts = (await self._builds.view(CONTACTS)).collection("contacts")
        wanted = {"organisation_id": {"$in": sorted(seen)}, "merged_into": ""}
        found = contacts.find(wanted | {"erasure_requested_at": ""}, ("_id",)).sort("_id")
        ids = [document["_id"] for document in await found.limit(MOST_COLLEAGUES).to_list()]
        return [id for id in ids if id != reader_id]

    async def _home(self, reader_id: str) -> str:
        """The organisation that a reader is a proven member of; "" for none."""
        reader = await self.find(reader_id)
        if reader is None or reader["erasure_requested_at"] or reader["merged_into"]:
            return ""
        organisation = await self.organisation(reader["organisation_id"])
        if organisation is None:
            return ""
        addresses = (await self.page(reader_id, reader))["addresses"]
        proven = is_proven(reader, addresses, organisation)
        return reader["organisation_id"] if proven else ""

    async def _sharing(self, id: str) -> Sequence[str]:
        """This organisation and those above it, as far up as all of them share their tickets."""
        found: list[str] = []
        while id and id not in found and len(found) < MOST_LEVELS:
            view = await self.organisation(id)
            if view is None or not view["shares_tickets"]:
                break
            found.append(id)
            id = view["parent_id"]
        return found

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
