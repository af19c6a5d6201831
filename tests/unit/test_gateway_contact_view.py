"""A contact as agents see it, whatever order its partitions come in."""

from itertools import permutations

from libs.events.envelope import Recorded
from libs.events.personal import Personal
from libs.events.published import contacts as c
from services.gateway.contacts.view import ContactView, contact_after, contact_of
from tests.support.gateway_story import CUSTOMER, recorded

ADDRESS = "a-07" + "9" * 24


def sealed(token: str) -> Personal[str]:
    return Personal(CUSTOMER, sealed=token)


def at_address(sequence: int, data: object) -> Recorded[object]:
    assert isinstance(data, c.AddressRegistered | c.AddressReleased)
    return recorded(data, sequence, "service:intake", ADDRESS, "contacts.events")


def of_contact(sequence: int, data: object) -> Recorded[object]:
    assert isinstance(data, c.ContactCreated | c.ErasureRequested | c.ErasureCompleted)
    return recorded(data, sequence, "service:intake", CUSTOMER, "contacts.events")


REGISTERED = at_address(1, c.AddressRegistered(CUSTOMER, "email", sealed("ADDR"), sealed("NAME")))
RELEASED = at_address(2, c.AddressReleased(CUSTOMER))
CREATED = of_contact(1, c.ContactCreated(ADDRESS, "email", sealed("ADDR"), sealed("NAME")))
ERASING = of_contact(2, c.ErasureRequested("asked_by_letter", (ADDRESS,)))
ERASED = of_contact(3, c.ErasureCompleted(contents_deleted=4))


def folded(*events: Recorded[object]) -> ContactView:
    view: ContactView | None = None
    for happened in events:
        assert contact_of(happened) == CUSTOMER
        view = contact_after(view, happened)
    assert view is not None
    return view


def test_a_contact_has_its_name_and_addresses_sealed() -> None:
    view = folded(REGISTERED, CREATED)
    assert view["name"] == {"key": CUSTOMER, "sealed": "NAME"}
    assert view["addresses"][ADDRESS]["address"] == {"key": CUSTOMER, "sealed": "ADDR"}


def test_the_order_of_the_partitions_changes_nothing() -> None:
    of_the_contact, of_the_address = [CREATED, ERASING, ERASED], [REGISTERED, RELEASED]
    seen = []
    for order in permutations(of_the_contact + of_the_address):
        keeps_each_partition_in_order = all(
            [e for e in order if e in source] == source
            for source in (of_the_contact, of_the_address)
        )
        if keeps_each_partition_in_order:
            seen.append(folded(*order))
    assert len(seen) == 10
    assert all(view == seen[0] for view in seen)


def test_nothing_of_a_person_is_left_after_an_erasure_but_when_it_was() -> None:
    view = folded(CREATED, REGISTERED, ERASING)
    assert view["name"] is None
    assert view["addresses"][ADDRESS]["address"] is None
    assert view["erasure_requested_at"] != ""
    assert view["erased_at"] == ""
    assert "NAME" not in str(view)
    assert "ADDR" not in str(view)


def test_an_address_that_comes_late_does_not_bring_the_person_back() -> None:
    view = folded(CREATED, ERASING, ERASED, REGISTERED)
    assert "ADDR" not in str(view)
