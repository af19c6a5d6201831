"""A contact as an answer shows it. Pure; part of the HTTP contract."""

from collections.abc import Iterator, Sequence

from typing_extensions import TypedDict

from services.gateway.contacts.view import ContactView, SealedValue


class AddressPage(TypedDict):
    """One address of a contact. address: "(erased)" after an erasure."""

    channel: str
    address: str
    registered_at: str
    released: bool


class ContactPage(TypedDict):
    """A contact. Empty instants: not yet, or never."""

    id: str
    name: str
    addresses: list[AddressPage]
    created_at: str
    erasure_requested_at: str
    erased_at: str
    sequence: int


def sealed_values(view: ContactView) -> Iterator[SealedValue | None]:
    """What has to be revealed for its page, in the order in which ``contact_page`` takes it."""
    yield view["name"]
    for known in view["addresses"].values():
        yield known["address"]


def contact_page(id: str, view: ContactView, revealed: Sequence[str]) -> ContactPage:
    """The page of a contact whose ``sealed_values`` were revealed."""
    name, *addresses = revealed
    return ContactPage(
        id=id,
        name=name,
        addresses=[
            AddressPage(
                channel=known["channel"],
                address=address,
                registered_at=known["registered_at"],
                released=known["released"],
            )
            for known, address in zip(view["addresses"].values(), addresses, strict=True)
        ],
        created_at=view["created_at"],
        erasure_requested_at=view["erasure_requested_at"],
        erased_at=view["erased_at"],
        sequence=view["sequence"],
    )
