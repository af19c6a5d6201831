"""Who is this person? A contact with its addresses, in whatever order their partitions come.

A contact and its addresses live in different partitions, so the events of both may come in either
order: what the contact says and what each address says stand in fields of their own. Names and
addresses stay sealed; an erasure takes even the sealed values out and leaves a tombstone.
"""

from typing import cast

from typing_extensions import TypedDict

from libs.events.envelope import Recorded
from libs.events.personal import Personal
from libs.events.projection import Projection, Table
from libs.events.published import contacts as c
from libs.events.topics import events
from libs.mongo import Document
from services.gateway.instants import text


class SealedValue(TypedDict):
    """A personal value as it is stored: the id of its key, and the token."""

    key: str
    sealed: str


class AddressView(TypedDict):
    """One address. address: None once the contact is being erased."""

    channel: str
    address: SealedValue | None
    registered_at: str
    released: bool


class ContactView(TypedDict):
    """A contact. Empty instants: not yet, or never.

    name: None until it is known, and again from the erasure on; addresses: by address id.
    """

    name: SealedValue | None
    addresses: dict[str, AddressView]
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
            known = view["addresses"][recorded.aggregate_id]
            view["addresses"] = view["addresses"] | {
                recorded.aggregate_id: {**known, "address": None, "released": True}
            }
            return view
        case c.ContactCreated() as created:
            view["name"] = _sealed(created.name)
            view["created_at"] = text(recorded.occurred_at)
        case c.ErasureRequested():
            view["name"] = None
            view["addresses"] = {
                id: {**known, "address": None} for id, known in view["addresses"].items()
            }
            view["erasure_requested_at"] = text(recorded.occurred_at)
        case c.ErasureCompleted():
            view["erased_at"] = text(recorded.occurred_at)
    view["sequence"] = recorded.sequence
    return view


def _unknown() -> ContactView:
    return ContactView(
        name=None, addresses={}, created_at="", erasure_requested_at="", erased_at="", sequence=0
    )


def _sealed(value: Personal[str]) -> SealedValue:
    return SealedValue(key=value.key, sealed=value.sealed or "")


def _fold(document: Document | None, recorded: Recorded[object]) -> Document:
    return cast(Document, contact_after(cast(ContactView | None, document), recorded))


CONTACTS = Projection(
    service="gateway",
    name="contacts",
    version=1,
    sources=[events("contacts")],
    tables=[Table(name="contacts", key=contact_of, fold=_fold)],
)
