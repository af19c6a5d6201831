"""A contact and an organisation as answers show them. Pure; part of the HTTP contract."""

from collections.abc import Iterator, Mapping, Sequence

from typing_extensions import TypedDict

from services.gateway.contacts.customer import NoteView
from services.gateway.contacts.organisation_view import OrganisationView
from services.gateway.contacts.view import ContactView, SealedValue


class AddressPage(TypedDict):
    """One address of a contact. address: "(erased)" after an erasure; bounced: why mail to it fails
    for good, "" if it does not; came_from: the merged contact that had it."""

    id: str
    channel: str
    address: str
    registered_at: str
    released: bool
    verified: bool
    bounced: str
    came_from: str


class ContactPage(TypedDict):
    """A contact, as they see themselves. Empty instants: not yet, or never."""

    id: str
    name: str
    addresses: list[AddressPage]
    language: str
    time_zone: str
    created_at: str
    erasure_requested_at: str
    erased_at: str
    sequence: int


class NotePage(TypedDict):
    """A note about a customer. id: by which it is removed."""

    id: str
    text: str
    agent_id: str
    at: str


class StaffContactPage(ContactPage):
    """A contact, as agents see them. blocked_for: why, "" if not; merged_into: who stands for it;
    merged: whom it stands for; merging: who is about to be."""

    plan: str
    channels: list[str]
    vip: bool
    tags: list[str]
    notes: list[NotePage]
    fields: dict[str, str]
    personal_fields: dict[str, str]
    external_ids: dict[str, str]
    blocked_for: str
    organisation_id: str
    merged_into: str
    merged: list[str]
    merging: list[str]


class OrganisationPage(TypedDict):
    """An organisation. shares_tickets: whether its contacts see one another's tickets."""

    id: str
    name: str
    domains: list[str]
    plan: str
    channels: list[str]
    vip: bool
    tags: list[str]
    notes: list[NotePage]
    fields: dict[str, str]
    shares_tickets: bool
    parent_id: str
    created_at: str
    sequence: int


class MemberPage(TypedDict):
    """A contact of an organisation."""

    id: str
    name: str


class MembersPage(TypedDict):
    """Contacts of an organisation. next: for ``after``, "" at the end."""

    items: list[MemberPage]
    next: str


# The document of a contact, and those of the contacts that were merged into it.
Merged = Mapping[str, ContactView]


def sealed_values(view: ContactView, merged: Merged) -> Iterator[SealedValue | None]:
    """What has to be revealed for its page, in the order in which ``contact_page`` takes it."""
    yield view["name"]
    for id in _shown(view):
        yield _written(id, view, merged)


def contact_page(id: str, view: ContactView, merged: Merged, clear: Sequence[str]) -> ContactPage:
    """The page of a contact whose ``sealed_values`` were revealed."""
    name, *addresses = clear
    return ContactPage(
        id=id,
        name=name,
        addresses=[
            _address(address_id, address, view, merged)
            for address_id, address in zip(_shown(view), addresses, strict=True)
        ],
        language=view["language"],
        time_zone=view["time_zone"],
        created_at=view["created_at"],
        erasure_requested_at=view["erasure_requested_at"],
        erased_at=view["erased_at"],
        sequence=view["sequence"],
    )


def staff_page(
    page: ContactPage,
    view: ContactView,
    external_ids: Sequence[str],
    personal_fields: Sequence[str],
    notes: list[NotePage],
) -> StaffContactPage:
    """The same with what only agents see, external ids and personal fields revealed."""
    return StaffContactPage(
        **page,
        plan=view["plan"],
        channels=view["channels"],
        vip=view["vip"],
        tags=view["tags"],
        notes=notes,
        fields=view["fields"],
        personal_fields=dict(zip(view["personal_fields"], personal_fields, strict=True)),
        external_ids=dict(zip(view["external_ids"], external_ids, strict=True)),
        blocked_for=view["blocked_for"],
        organisation_id=view["organisation_id"],
        merged_into=view["merged_into"],
        merged=view["merged"],
        merging=view["merging"],
    )


def note_page(note: NoteView, words: str) -> NotePage:
    """A note with its words."""
    return NotePage(id=note["content"], text=words, agent_id=note["agent_id"], at=note["at"])


def organisation_page(id: str, view: OrganisationView, notes: list[NotePage]) -> OrganisationPage:
    """The page of an organisation."""
    return OrganisationPage(
        id=id,
        name=view["name"],
        domains=sorted(view["domains"].values()),
        plan=view["plan"],
        channels=view["channels"],
        vip=view["vip"],
        tags=view["tags"],
        notes=notes,
        fields=view["fields"],
        shares_tickets=view["shares_tickets"],
        parent_id=view["parent_id"],
        created_at=view["created_at"],
        sequence=view["sequence"],
    )


def _shown(view: ContactView) -> list[str]:
    """The addresses that the contact has; of an erased one, or one whose own events have not come
    yet, those that were registered for it."""
    if view["erasure_requested_at"] or not view["created_at"]:
        return list(view["addresses"])
    return list(view["held"])


def _written(id: str, view: ContactView, merged: Merged) -> SealedValue | None:
    for known in (view, *merged.values()):
        if id in known["addresses"] and known["addresses"][id]["address"] is not None:
            return known["addresses"][id]["address"]
    return None


def _address(id: str, address: str, view: ContactView, merged: Merged) -> AddressPage:
    held = view["held"].get(id)
    documents = (view, *merged.values())
    known = next((one["addresses"][id] for one in documents if id in one["addresses"]), None)
    return AddressPage(
        id=id,
        channel=held["channel"] if held else known["channel"] if known else "",
        address=address,
        registered_at=known["registered_at"] if known else "",
        released=known["released"] if known else False,
        verified=held["verified"] if held else False,
        bounced=held["bounced"] if held else "",
        came_from=held["came_from"] if held else "",
    )
