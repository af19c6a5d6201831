"""An address finds its contact; an erased contact is never found again."""

import pytest

from libs.events.personal import Personal
from libs.events.published import contacts as c
from libs.events.testing import given
from services.intake.contacts import ADDRESS, CONTACT
from tests.support.messages import ADDRESS as ADDRESS_ID
from tests.support.messages import CUSTOMER, STRANGER, TRANSIT

# given/when/then gives every contact this id.
CONTACT_ID = "p-" + "0" * 26
MAIL = Personal[str](TRANSIT, sealed="bWFpbA")
NAME = Personal[str](TRANSIT, sealed="bmFtZQ")
REGISTERED = c.AddressRegistered(CUSTOMER, "email", MAIL.under(CUSTOMER), NAME.under(CUSTOMER))
CREATED = c.ContactCreated(ADDRESS_ID, "email", MAIL.under(CONTACT_ID), NAME.under(CONTACT_ID))
REQUESTED = c.ErasureRequested("asked_for_it", (ADDRESS_ID,))


class TestAddress:
    def test_an_unknown_one_is_registered_under_the_new_contacts_key(self) -> None:
        (given(ADDRESS).when(c.RegisterAddress(CUSTOMER, "email", MAIL, NAME)).then(REGISTERED))

    def test_a_known_one_stays_whose_it_is(self) -> None:
        (given(ADDRESS, REGISTERED).when(c.RegisterAddress(STRANGER, "email", MAIL, NAME)).then())

    def test_released_it_is_nobodys(self) -> None:
        (
            given(ADDRESS, REGISTERED)
            .when(c.ReleaseAddress(CUSTOMER))
            .then(c.AddressReleased(CUSTOMER))
        )

    def test_and_the_next_message_makes_a_new_contact(self) -> None:
        (
            given(ADDRESS, REGISTERED, c.AddressReleased(CUSTOMER))
            .when(c.RegisterAddress(STRANGER, "email", MAIL, NAME))
            .then(
                c.AddressRegistered(STRANGER, "email", MAIL.under(STRANGER), NAME.under(STRANGER))
            )
        )

    def test_whose_it_is_not_cannot_release_it(self) -> None:
        given(ADDRESS, REGISTERED).when(c.ReleaseAddress(STRANGER)).then()
        given(ADDRESS).when(c.ReleaseAddress(STRANGER)).then()


class TestContact:
    def test_is_created_by_its_first_address(self) -> None:
        (given(CONTACT).when(c.CreateContact(ADDRESS_ID, "email", MAIL, NAME)).then(CREATED))

    @pytest.mark.parametrize("life", [[CREATED], [CREATED, REQUESTED]])
    def test_once(self, life: list[c.ContactCreated]) -> None:
        given(CONTACT, *life).when(c.CreateContact(ADDRESS_ID, "email", MAIL, NAME)).then()

    def test_asked_to_be_erased_names_the_addresses_to_release(self) -> None:
        given(CONTACT, CREATED).when(c.EraseContact("asked_for_it")).then(REQUESTED)

    @pytest.mark.parametrize(
        "life", [[CREATED, REQUESTED], [CREATED, REQUESTED, c.ErasureCompleted(3)]]
    )
    def test_is_erased_once(self, life: list[c.ContactCreated]) -> None:
        given(CONTACT, *life).when(c.EraseContact("asked_for_it")).then()

    def test_nobody_cannot_be_erased(self) -> None:
        given(CONTACT).when(c.EraseContact("asked_for_it")).refused("no_such_contact")

    def test_an_erasure_is_completed_once(self) -> None:
        (given(CONTACT, CREATED, REQUESTED).when(c.CompleteErasure(3)).then(c.ErasureCompleted(3)))
        (
            given(CONTACT, CREATED, REQUESTED, c.ErasureCompleted(3))
            .when(c.CompleteErasure(4))
            .then()
        )

    def test_what_nobody_asked_for_cannot_be_completed(self) -> None:
        given(CONTACT, CREATED).when(c.CompleteErasure(0)).refused("no_erasure")
