"""Whom mail can be sent to: names, addresses, language and time zone of contacts. Pure; names and
addresses stay sealed."""

from libs.events.envelope import Recorded
from libs.events.projection import Index, Table
from libs.events.published import contacts as c
from libs.mongo import Document


def _person_key(recorded: Recorded[object]) -> str | None:
    match recorded.data:
        case c.AddressRegistered(channel="email", contact_id=contact_id):
            return contact_id
        case c.AddressReleased(contact_id=contact_id):
            return contact_id
        case (
            c.AddressRemoved()
            | c.AddressBounced()
            | c.AddressRecovered()
            | c.ContactRenamed()
            | c.ContactLanguageChanged()
            | c.ContactTimeZoneChanged()
            | c.ContactBlocked()
            | c.ContactUnblocked()
            | c.ErasureRequested()
        ):
            return recorded.aggregate_id
    return None


def _fold_person(document: Document | None, recorded: Recorded[object]) -> Document:
    """One contact: name and mail addresses, sealed, the one known longest first; and whether the
    person is erased or blocked. An address is ``{"id", "sealed"}``, and ``"bounced"`` where mail
    comes back.
    """
    person: Document = document or {"key": "", "name": "", "addresses": []}
    addresses: list[Document] = person["addresses"]
    match recorded.data:
        case c.AddressRegistered() as registered:
            known = [one for one in addresses if one["id"] != recorded.aggregate_id]
            new = {"id": recorded.aggregate_id, "sealed": registered.address.sealed}
            name = person["name"] or registered.name.sealed
            key = registered.address.key
            return person | {"key": key, "name": name, "addresses": [*known, new]}
        case c.AddressReleased():
            return person | {"addresses": _without(addresses, recorded.aggregate_id)}
        case c.AddressRemoved(address_id=id):
            return person | {"addresses": _without(addresses, id)}
        case c.AddressBounced(address_id=id) | c.AddressRecovered(address_id=id) as news:
            bounced = isinstance(news, c.AddressBounced)
            changed = [one | {"bounced": bounced} if one["id"] == id else one for one in addresses]
            return person | {"addresses": changed}
        case c.ContactRenamed(name=name):
            return person | {"key": name.key, "name": name.sealed}
        case c.ContactLanguageChanged(language=language):
            return person | {"language": language}
        case c.ContactTimeZoneChanged(time_zone=time_zone):
            return person | {"time_zone": time_zone}
        case c.ContactBlocked() | c.ContactUnblocked() as news:
            return person | {"blocked": isinstance(news, c.ContactBlocked)}
        case c.ErasureRequested():
            return person | {"erased": True}
    return person


def _without(addresses: list[Document], id: str) -> list[Document]:
    return [one for one in addresses if one["id"] != id]


def address_of(person: Document) -> str | None:
    """Where mail to this person goes: the first address that takes mail; sealed, None for none."""
    taking = (one["sealed"] for one in person["addresses"] if not one.get("bounced"))
    return next(taking, None)


def known_by(person: Document, address_id: str) -> str | None:
    """This address, sealed, whether it takes mail or not; None where it is not theirs."""
    return next((one["sealed"] for one in person["addresses"] if one["id"] == address_id), None)


PEOPLE = Table("people", _person_key, _fold_person, indexes=(Index([("addresses.id", 1)]),))
