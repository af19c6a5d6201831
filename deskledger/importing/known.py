"""What the log knows of the contacts in a file: whose addresses those are, and who that is."""

from collections.abc import Collection

import msgspec

from deskledger.reading import ends_of, records_between
from libs.contents import Content, Rendition
from libs.events.codec import decode_event
from libs.events.ids import derived_id
from libs.events.published import contacts as c
from libs.events.resources import Resources
from services.gateway.contacts.view import ContactView, SealedValue, contact_after, contact_of

EVENTS = "contacts.events"
# Whoever was imported and erased so often is not imported any more.
MOST_LIVES = 8


class Known(msgspec.Struct):
    """owners: contacts by the id of an address; people: by their id; organisations: ids by name."""

    owners: dict[str, str] = {}
    people: dict[str, ContactView] = {}
    organisations: dict[str, str] = {}

    def new_id(self, address_id: str) -> str:
        """The id under which an unknown address is imported: the same at every attempt, another one
        after an erasure."""
        ids = import_ids(address_id)
        return next((id for id in ids if not self._is_erased(id)), ids[-1])

    def _is_erased(self, id: str) -> bool:
        return id in self.people and self.people[id]["erasure_requested_at"] != ""


def import_ids(address_id: str) -> list[str]:
    """The ids that the contact of an address may get by an import, one life after the other."""
    return [derived_id("p", "import", address_id, str(life)) for life in range(MOST_LIVES)]


async def known(resources: Resources, address_ids: Collection[str]) -> Known:
    """Read the log twice: first whose the addresses are, then who that is."""
    found = Known()
    cluster = resources.cluster
    ends = await ends_of(cluster, [EVENTS], list(range(resources.ledger.lanes)))
    starts = dict.fromkeys(ends, 0)
    async for record in records_between(cluster, starts, ends):
        recorded = decode_event(record, EVENTS)
        match recorded.data:
            case c.AddressRegistered(contact_id=owner) | c.AddressMoved(contact_id=owner):
                if recorded.aggregate_id in address_ids:
                    found.owners[recorded.aggregate_id] = owner
            case c.AddressReleased():
                found.owners.pop(recorded.aggregate_id, None)
            case c.OrganisationCreated(name=name) | c.OrganisationRenamed(name=name):
                found.organisations[name.casefold()] = recorded.aggregate_id
    wanted = set(found.owners.values()) | {id for a in address_ids for id in import_ids(a)}
    async for record in records_between(cluster, starts, ends):
        recorded = decode_event(record, EVENTS)
        id = contact_of(recorded)
        if id in wanted:
            found.people[id] = contact_after(found.people.get(id), recorded)
    return found


class Said(msgspec.Struct, frozen=True):
    """What is sealed of a person, in clear."""

    name: str = ""
    external_ids: dict[str, str] = {}
    fields: dict[str, str] = {}
    notes: frozenset[str] = frozenset()


async def revealed(resources: Resources, id: str, view: ContactView) -> Said:
    """The same, opened for comparison."""
    keyring = resources.keyring
    await keyring.load([id])

    def clear(value: SealedValue | None) -> str:
        opened = keyring.unseal(value["key"], value["sealed"]) if value else b""
        return opened.decode() if isinstance(opened, bytes) else ""

    contents = await resources.contents.get([note["content"] for note in view["notes"]])
    notes = [Rendition.decode(n.data).text for n in contents.values() if isinstance(n, Content)]
    return Said(
        clear(view["name"]),
        {system: clear(v) for system, v in view["external_ids"].items()},
        {field: clear(v) for field, v in view["personal_fields"].items()},
        frozenset(notes),
    )
