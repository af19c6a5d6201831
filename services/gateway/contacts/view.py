"""Who is this person? A contact with its addresses, in whatever order their partitions come.

A contact and its addresses live in different partitions, so the events of both may come in either
order: what the contact says and what each address says stand in fields of their own. Names,
addresses and personal fields stay sealed; an erasure takes even the sealed values out and leaves a
tombstone. A merge copies nothing: the target names the addresses that came along, and what they
are stays in the source's document.
"""

from collections.abc import Iterable
from typing import cast

from typing_extensions import TypedDict

from libs.events.envelope import Recorded
from libs.events.personal import Personal
from libs.events.projection import Index, Projection, Table
from libs.events.published import contacts as c
from libs.events.topics import events
from libs.mongo import Document
from services.gateway.contacts import organisation_view
from services.gateway.contacts.customer import CustomerView, plain, say
from services.gateway.instants import text


class SealedValue(TypedDict):
    """A personal value as it is stored: the id of its key, and the token."""

    key: str
    sealed: str


class AddressView(TypedDict):
    """What an address says. address: None once the contact is being erased."""

    channel: str
    address: SealedValue | None
    registered_at: str
    released: bool


class HeldView(TypedDict):
    """What the contact says of an address. bounced: the status of the failure, "" for none;
    came_from: the merged contact that it came along with, "" for its own."""

    channel: str
    verified: bool
    bounced: str
    came_from: str


class ContactView(CustomerView):
    """A contact. Empty instants: not yet, or never.

    name: None until it is known, and again from the erasure on; addresses, held: by address id, as
    the addresses and as the contact tell it; joined_by: how it came to its organisation (``hand``,
    ``domain``), "" without one; merged_into: who stands for it; merged: whom it stands for;
    merging: who is about to be.
    """

    name: SealedValue | None
    addresses: dict[str, AddressView]
    held: dict[str, HeldView]
    language: str
    time_zone: str
    external_ids: dict[str, SealedValue]
    personal_fields: dict[str, SealedValue]
    blocked_for: str
    organisation_id: str
    joined_by: str
    merged_into: str
    merged: list[str]
    merging: list[str]
    created_at: str
    erasure_requested_at: str
    erased_at: str
    sequence: int


def contact_of(recorded: Recorded[object]) -> str | None:
    """The contact that an event of a contact, or of an address, is about."""
    match recorded.data:
        case c.AddressRegistered(contact_id=contact_id) | c.AddressReleased(contact_id=contact_id):
            return contact_id
        case _:
            return recorded.aggregate_id if recorded.aggregate_id.startswith("p-") else None


def contact_after(view: ContactView | None, recorded: Recorded[object]) -> ContactView:
    """The contact after this event."""
    view = {**view} if view is not None else _unknown()
    match recorded.data:
        case c.AddressRegistered() as registered:
            view["addresses"] = view["addresses"] | {
                recorded.aggregate_id: AddressView(
                    channel=registered.channel,
                    address=None if view["erasure_requested_at"] else _sealed(registered.address),
                    registered_at=text(recorded.occurred_at),
                    released=False,
                )
            }
            return view
        case c.AddressReleased():
            _release(view, recorded.aggregate_id)
            return view
        case c.ErasureRequested():
            _forget(view, text(recorded.occurred_at))
        case c.ErasureCompleted():
            view["erased_at"] = text(recorded.occurred_at)
        case _:
            say(cast(Document, view), recorded)
            _say_who(view, recorded)
            _say_held(view, recorded.data)
            _say_merged(view, recorded.data)
    view["sequence"] = recorded.sequence
    return view


def _say_who(view: ContactView, recorded: Recorded[object]) -> None:
    match recorded.data:
        case c.ContactCreated(name=name):
            view["name"], view["created_at"] = _sealed(name), text(recorded.occurred_at)
        case c.ContactRenamed(name=name):
            view["name"] = _sealed(name)
        case c.ContactLanguageChanged(language=language):
            view["language"] = language
        case c.ContactTimeZoneChanged(time_zone=time_zone):
            view["time_zone"] = time_zone
        case c.ExternalIdSet(system=system, external_id=id):
            view["external_ids"] = view["external_ids"] | {system: _sealed(id)}
        case c.ExternalIdRemoved(system=gone):
            view["external_ids"] = {s: id for s, id in view["external_ids"].items() if s != gone}
        case c.PersonalFieldSet(field=field, value=value):
            view["personal_fields"] = view["personal_fields"] | {field: _sealed(value)}
            view["fields"] = {k: v for k, v in view["fields"].items() if k != field}
        case c.CustomerFieldSet(field=field) | c.CustomerFieldCleared(field=field):
            personal = view["personal_fields"].items()
            view["personal_fields"] = {k: v for k, v in personal if k != field}
        case c.ContactBlocked(reason=reason):
            view["blocked_for"] = reason
        case c.ContactUnblocked():
            view["blocked_for"] = ""
        case c.ContactJoinedOrganisation(organisation_id=id, by=by):
            view["organisation_id"], view["joined_by"] = id, by
        case c.ContactLeftOrganisation():
            view["organisation_id"] = view["joined_by"] = ""


def _say_held(view: ContactView, event: object) -> None:
    match event:
        case (
            c.ContactCreated(address_id=id, channel=channel)
            | c.AddressAdded(address_id=id, channel=channel)
        ):
            _hold(view, [c.HeldAddress(id, channel)])
        case c.AddressRemoved(address_id=gone):
            view["held"] = {id: held for id, held in view["held"].items() if id != gone}
        case c.AddressVerified(address_id=id):
            view["held"] = view["held"] | {id: {**view["held"][id], "verified": True}}
        case c.AddressBounced(address_id=id, status=status):
            bounced = status or "bounced"
            view["held"] = view["held"] | {id: {**view["held"][id], "bounced": bounced}}
        case c.AddressRecovered(address_id=id):
            view["held"] = view["held"] | {id: {**view["held"][id], "bounced": ""}}


def _say_merged(view: ContactView, event: object) -> None:
    match event:
        case c.ContactMergePrepared(source_id=source):
            view["merging"] = [*view["merging"], source]
        case (
            c.ContactMergeCancelled(source_id=source)
            | c.ContactAbsorptionDeclined(source_id=source)
        ):
            view["merging"] = [id for id in view["merging"] if id != source]
        case c.ContactAbsorbed(source_id=source, addresses=addresses):
            view["merging"] = [id for id in view["merging"] if id != source]
            view["merged"] = [*view["merged"], source]
            _hold(view, addresses, source)
        case c.ContactReturned(source_id=source, addresses=addresses):
            gone = {address.address_id for address in addresses}
            view["merged"] = [id for id in view["merged"] if id != source]
            view["held"] = {id: held for id, held in view["held"].items() if id not in gone}
        case c.ContactMerged(into_id=into):
            view["merged_into"] = into
        case c.ContactUnmerged(addresses=addresses):
            view["merged_into"] = ""
            before, view["held"] = view["held"], {}
            for address in addresses:
                known = before.get(address.address_id)
                _hold(view, [address], known["came_from"] if known else "")


def _hold(view: ContactView, addresses: Iterable[c.HeldAddress], came_from: str = "") -> None:
    view["held"] = view["held"] | {
        address.address_id: HeldView(
            channel=address.channel,
            verified=address.verified,
            bounced="bounced" if address.bounced else "",
            came_from=came_from,
        )
        for address in addresses
    }


def _release(view: ContactView, address_id: str) -> None:
    """An address that came along with a merge was registered for another contact."""
    known = view["addresses"].get(address_id)
    if known is not None:
        gone: AddressView = {**known, "address": None, "released": True}
        view["addresses"] = view["addresses"] | {address_id: gone}


def _forget(view: ContactView, at: str) -> None:
    view["name"] = None
    view["addresses"] = {id: {**known, "address": None} for id, known in view["addresses"].items()}
    view["notes"], view["external_ids"], view["personal_fields"] = [], {}, {}
    view["erasure_requested_at"] = at


def _unknown() -> ContactView:
    return ContactView(
        **plain(),
        name=None,
        addresses={},
        held={},
        language="",
        time_zone="",
        external_ids={},
        personal_fields={},
        blocked_for="",
        organisation_id="",
        joined_by="",
        merged_into="",
        merged=[],
        merging=[],
        created_at="",
        erasure_requested_at="",
        erased_at="",
        sequence=0,
    )


def _sealed(value: Personal[str]) -> SealedValue:
    return SealedValue(key=value.key, sealed=value.sealed or "")


def address_after(recorded: Recorded[object]) -> Document:
    """Whose an address is after this event: ``{"contact_id"}``, "" for nobody's."""
    match recorded.data:
        case c.AddressRegistered(contact_id=contact_id) | c.AddressMoved(contact_id=contact_id):
            return {"contact_id": contact_id}
    return {"contact_id": ""}


def _of_address(recorded: Recorded[object]) -> str | None:
    told = c.AddressRegistered | c.AddressMoved | c.AddressReleased
    return recorded.aggregate_id if isinstance(recorded.data, told) else None


def _fold(document: Document | None, recorded: Recorded[object]) -> Document:
    return cast(Document, contact_after(cast(ContactView | None, document), recorded))


CONTACTS = Projection(
    service="gateway",
    name="contacts",
    version=4,
    sources=[events("contacts")],
    tables=[
        Table(
            name="contacts",
            key=contact_of,
            fold=_fold,
            indexes=[Index([("organisation_id", 1), ("_id", 1)])],
        ),
        organisation_view.TABLE,
        Table("addresses", _of_address, lambda _, recorded: address_after(recorded)),
    ],
)
