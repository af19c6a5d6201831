"""A contact as agents see it, whatever order its partitions come in."""

from itertools import permutations

import msgspec

from libs.events.envelope import Recorded
from libs.events.personal import Personal
from libs.events.published import contacts as c
from services.gateway.contacts.organisation_view import organisation_after, organisation_of
from services.gateway.contacts.pages import contact_page, sealed_values
from services.gateway.contacts.view import (
    CONTACTS,
    ContactView,
    contact_after,
    contact_of,
)
from tests.support.gateway_story import CUSTOMER, STRANGER, recorded, rendition

ADDRESS = "a-07" + "9" * 24


def sealed(token: str) -> Personal[str]:
    return Personal(CUSTOMER, sealed=token)


def at_address(sequence: int, data: object) -> Recorded[object]:
    assert isinstance(data, c.AddressRegistered | c.AddressReleased)
    return recorded(data, sequence, "service:intake", ADDRESS, "contacts.events")


def of_contact(sequence: int, data: object) -> Recorded[object]:
    assert isinstance(data, msgspec.Struct)
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


def test_what_was_said_of_a_person_goes_with_them_and_what_was_counted_stays() -> None:
    said = [
        c.ContactRenamed(sealed("NAME2")),
        c.PersonalFieldSet("birthday", sealed("BIRTHDAY")),
        c.ExternalIdSet("crm", sealed("CRM")),
        c.CustomerNoteAdded(rendition("note"), "anna", 12),
        c.CustomerPlanChanged("gold", ("chat",)),
        c.CustomerMarkedVip(),
        c.ContactJoinedOrganisation("o-00" + "f" * 24),
    ]
    told = [of_contact(number, data) for number, data in enumerate(said, 2)]
    before = folded(REGISTERED, CREATED, *told)
    assert before["name"] == {"key": CUSTOMER, "sealed": "NAME2"}
    assert before["personal_fields"] == {"birthday": {"key": CUSTOMER, "sealed": "BIRTHDAY"}}
    assert [note["content"] for note in before["notes"]] == ["note"]

    erasing = of_contact(9, c.ErasureRequested("asked_by_letter", (ADDRESS,)))
    after = folded(REGISTERED, CREATED, *told, erasing)
    for gone in ("NAME2", "BIRTHDAY", "CRM", "note'"):
        assert gone not in str(after)
    assert (after["plan"], after["vip"]) == ("gold", True)
    assert after["organisation_id"] == "o-00" + "f" * 24


def test_a_field_is_either_personal_or_not() -> None:
    personal = of_contact(2, c.PersonalFieldSet("seat", sealed("SEAT")))
    plain = of_contact(3, c.CustomerFieldSet("seat", "7"))
    cleared = of_contact(4, c.CustomerFieldCleared("seat"))
    view = folded(CREATED, personal, plain)
    assert (view["personal_fields"], view["fields"]) == ({}, {"seat": "7"})
    view = folded(CREATED, plain, personal)
    assert (list(view["personal_fields"]), view["fields"]) == (["seat"], {})
    view = folded(CREATED, personal, cleared)
    assert (view["personal_fields"], view["fields"]) == ({}, {})


def test_addresses_that_came_along_are_read_where_they_were_written() -> None:
    theirs = "a-08" + "8" * 24
    came = (c.HeldAddress(theirs, "email", verified=True),)
    absorbed = of_contact(3, c.ContactAbsorbed(STRANGER, came))
    view = folded(CREATED, REGISTERED, of_contact(2, c.ContactMergePrepared(STRANGER)), absorbed)
    other = contact_after(
        None,
        recorded(
            c.AddressRegistered(STRANGER, "email", Personal(STRANGER, sealed="X"), sealed("")),
            1,
            "service:intake",
            theirs,
            "contacts.events",
        ),
    )
    merged = {STRANGER: other}
    assert [value and value["sealed"] for value in sealed_values(view, merged)] == [
        "NAME",
        "ADDR",
        "X",
    ]
    page = contact_page(CUSTOMER, view, merged, ["Ada", "ada@x", "eve@x"])
    shown = [(one["address"], one["verified"], one["came_from"]) for one in page["addresses"]]
    assert shown == [("ada@x", False, ""), ("eve@x", True, STRANGER)]
    assert (view["merged"], view["merging"]) == ([STRANGER], [])

    back = folded(CREATED, REGISTERED, absorbed, of_contact(4, c.ContactReturned(STRANGER, came)))
    assert (list(back["held"]), back["merged"]) == ([ADDRESS], [])


def test_a_merged_contact_says_where_it_went_until_it_is_back() -> None:
    merged = of_contact(2, c.ContactMerged(STRANGER, (c.HeldAddress(ADDRESS, "email"),)))
    unmerged = of_contact(
        3, c.ContactUnmerged(STRANGER, (c.HeldAddress(ADDRESS, "email", bounced=True),))
    )
    assert folded(CREATED, REGISTERED, merged)["merged_into"] == STRANGER
    view = folded(CREATED, REGISTERED, merged, unmerged)
    assert (view["merged_into"], view["held"][ADDRESS]["bounced"]) == ("", "bounced")


def test_an_organisation_is_folded_from_its_own_events_alone() -> None:
    firm = "o-00" + "f" * 24
    story = [
        c.OrganisationCreated("Nordwind"),
        c.OrganisationRenamed("Südwind", "Nordwind"),
        c.DomainAdded("d-1", "sued.example"),
        c.DomainAdded("d-2", "nord.example"),
        c.DomainRemoved("d-2", "nord.example"),
        c.TicketSharingStarted(),
        c.ParentOrganisationChanged("o-01" + "f" * 24),
        c.CustomerTagged(("pilot",)),
    ]
    view = None
    for number, data in enumerate(story, 1):
        happened = recorded(data, number, "agent:anna", firm, "contacts.events")
        assert (organisation_of(happened), contact_of(happened)) == (firm, None)
        view = organisation_after(view, happened)
    assert view is not None
    assert (view["name"], view["domains"]) == ("Südwind", {"d-1": "sued.example"})
    assert (view["shares_tickets"], view["tags"], view["sequence"]) == (True, ["pilot"], 8)
    assert organisation_of(CREATED) is None


def test_an_address_is_whose_it_was_given_to_last() -> None:
    [addresses] = [table for table in CONTACTS.tables if table.name == "addresses"]
    moved = recorded(
        c.AddressMoved(STRANGER, CUSTOMER), 2, "service:intake", ADDRESS, "contacts.events"
    )
    # given what is told of the address
    told = [addresses.fold(None, one)["contact_id"] for one in (REGISTERED, moved, RELEASED)]
    # then it is theirs, somebody else's after a merge, and nobody's after it was let go
    assert told == [CUSTOMER, STRANGER, ""]
    assert [addresses.key(one) for one in (REGISTERED, moved, RELEASED)] == [ADDRESS] * 3
    # and what is asked for there changes nothing of that
    asked = c.SignInCodeAsked(STRANGER, "8d1f", REGISTERED.occurred_at)
    happened = recorded(asked, 3, "service:gateway.sign-in", ADDRESS, "contacts.events")
    assert addresses.key(happened) is None
    assert addresses.key(CREATED) is None
