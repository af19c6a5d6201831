"""An address finds its contact; an erased contact is never found again."""

from datetime import timedelta

import msgspec
import pytest

from libs.events.personal import Personal
from libs.events.published import contacts as c
from libs.events.testing import START, given
from services.intake.contacts import ADDRESS, CONTACT
from tests.support.messages import ADDRESS as ADDRESS_ID
from tests.support.messages import CUSTOMER, STRANGER, TRANSIT

# given/when/then gives every contact this id.
CONTACT_ID = "p-" + "0" * 26
SECOND = "a-00" + "b" * 24
OTHER = "p-00" + "d" * 24
MAIL = Personal[str](TRANSIT, sealed="bWFpbA")
NAME = Personal[str](TRANSIT, sealed="bmFtZQ")
REGISTERED = c.AddressRegistered(CUSTOMER, "email", MAIL.under(CUSTOMER), NAME.under(CUSTOMER))
CREATED = c.ContactCreated(ADDRESS_ID, "email", MAIL.under(CONTACT_ID), NAME.under(CONTACT_ID))
ADDED = c.AddressAdded(SECOND, "email", MAIL.under(CONTACT_ID))
REQUESTED = c.ErasureRequested("asked_for_it", (ADDRESS_ID,))
MERGED = c.ContactMerged(OTHER, (c.HeldAddress(ADDRESS_ID, "email"),))


class TestAddress:
    def test_an_unknown_one_is_registered_under_the_new_contacts_key(self) -> None:
        (given(ADDRESS).when(c.RegisterAddress(CUSTOMER, "email", MAIL, NAME)).then(REGISTERED))

    def test_a_known_one_stays_whose_it_is(self) -> None:
        (given(ADDRESS, REGISTERED).when(c.RegisterAddress(STRANGER, "email", MAIL, NAME)).then())

    def test_a_free_one_is_the_contacts_who_claims_it(self) -> None:
        (given(ADDRESS).when(c.ClaimAddress(CUSTOMER, "email", MAIL, NAME)).then(REGISTERED))

    def test_anothers_cannot_be_claimed(self) -> None:
        refusal = (
            given(ADDRESS, REGISTERED)
            .when(c.ClaimAddress(STRANGER, "email", MAIL, NAME))
            .refused("address_taken")
        )
        assert CUSTOMER in refusal.sentence

    def test_nor_ones_own_which_may_just_be_on_its_way_out(self) -> None:
        (
            given(ADDRESS, REGISTERED)
            .when(c.ClaimAddress(CUSTOMER, "email", MAIL, NAME))
            .refused("address_known")
        )

    def test_it_moves_from_whom_it_is(self) -> None:
        (
            given(ADDRESS, REGISTERED)
            .when(c.MoveAddress(CUSTOMER, STRANGER))
            .then(c.AddressMoved(STRANGER, CUSTOMER))
        )
        given(ADDRESS, REGISTERED).when(c.MoveAddress(STRANGER, OTHER)).then()
        given(ADDRESS).when(c.MoveAddress(CUSTOMER, STRANGER)).then()

    def test_a_code_to_sign_in_with_goes_to_whose_it_is_now(self) -> None:
        until = START + timedelta(days=1)
        ask = c.AskSignInCode("8d1f", until, "nordwind", "de")
        (
            given(ADDRESS, REGISTERED, c.AddressMoved(STRANGER, CUSTOMER))
            .when(ask)
            .then(c.SignInCodeAsked(STRANGER, "8d1f", until, "nordwind", "de"))
        )
        given(ADDRESS).when(ask).refused("no_such_address")
        gone = given(ADDRESS, REGISTERED, c.AddressReleased(CUSTOMER))
        gone.when(ask).refused("no_such_address")

    def test_nor_does_one_that_is_over_already(self) -> None:
        late = c.AskSignInCode("8d1f", START - timedelta(minutes=1))
        given(ADDRESS, REGISTERED).when(late).then()

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

    def test_once(self) -> None:
        given(CONTACT, CREATED).when(c.CreateContact(ADDRESS_ID, "email", MAIL, NAME)).then()

    def test_takes_in_a_further_address(self) -> None:
        given(CONTACT, CREATED).when(c.CreateContact(SECOND, "email", MAIL, NAME)).then(ADDED)

    @pytest.mark.parametrize(
        ("life", "reason"), [([CREATED, REQUESTED], "erased"), ([CREATED, MERGED], "merged")]
    )
    @pytest.mark.parametrize("address", [ADDRESS_ID, SECOND], ids=["had", "new"])
    def test_declines_one_that_it_cannot_have_any_more(
        self, life: list[msgspec.Struct], reason: str, address: str
    ) -> None:
        (
            given(CONTACT, *life)
            .when(c.CreateContact(address, "email", MAIL, NAME))
            .then(c.AddressDeclined(address, reason))
        )

    def test_an_address_is_verified_once(self) -> None:
        verified = c.AddressVerified(SECOND, "link")
        (
            given(CONTACT, CREATED, ADDED)
            .when(c.VerifyAddress(SECOND, "link"))
            .then(c.AddressVerified(SECOND, "link"))
        )
        given(CONTACT, CREATED, ADDED, verified).when(c.VerifyAddress(SECOND, "phone")).then()

    def test_an_address_fails_for_good_until_it_recovers(self) -> None:
        bounced, recovered = c.AddressBounced(SECOND, "5.1.1"), c.AddressRecovered(SECOND, "wrote")
        once = given(CONTACT, CREATED, ADDED)
        once.when(c.RecordBounce(SECOND, "5.1.1")).then(bounced)
        once.when(c.RecordRecovery(SECOND, "wrote")).then()
        failing = given(CONTACT, CREATED, ADDED, bounced)
        failing.when(c.RecordBounce(SECOND, "5.2.1")).then()
        failing.when(c.RecordRecovery(SECOND, "wrote")).then(recovered)
        again = given(CONTACT, CREATED, ADDED, bounced, recovered)
        again.when(c.RecordBounce(SECOND, "5.1.1")).then(bounced)

    def test_a_removed_address_is_not_the_contacts_any_more(self) -> None:
        (
            given(CONTACT, CREATED, ADDED)
            .when(c.RemoveAddress(SECOND))
            .then(c.AddressRemoved(SECOND))
        )
        refusal = (
            given(CONTACT, CREATED, ADDED, c.AddressRemoved(SECOND))
            .when(c.RemoveAddress(SECOND))
            .refused("no_such_address")
        )
        assert refusal.field == "/address_id"

    @pytest.mark.parametrize(
        "wanted",
        [c.VerifyAddress(SECOND), c.RecordBounce(SECOND), c.RecordRecovery(SECOND)],
        ids=lambda wanted: type(wanted).__name__,
    )
    def test_of_an_address_that_it_has_not_nothing_can_be_said(
        self, wanted: msgspec.Struct
    ) -> None:
        given(CONTACT, CREATED).when(wanted).refused("no_such_address")

    def test_one_that_comes_with_a_merge_is_kept_unless_the_person_is_erased(self) -> None:
        given(CONTACT, CREATED).when(c.KeepAddress(SECOND)).then()
        (
            given(CONTACT, CREATED, REQUESTED)
            .when(c.KeepAddress(SECOND))
            .then(c.AddressDeclined(SECOND, "erased"))
        )


class TestErasure:
    def test_names_the_addresses_to_release(self) -> None:
        given(CONTACT, CREATED).when(c.EraseContact("asked_for_it")).then(REQUESTED)
        (
            given(CONTACT, CREATED, ADDED)
            .when(c.EraseContact("asked_for_it"))
            .then(c.ErasureRequested("asked_for_it", (ADDRESS_ID, SECOND)))
        )

    def test_names_who_is_the_same_person(self) -> None:
        absorbed = c.ContactAbsorbed(OTHER, (c.HeldAddress(SECOND, "email"),))
        (
            given(CONTACT, CREATED, c.ContactMergePrepared(OTHER), absorbed)
            .when(c.EraseContact("asked_for_it"))
            .then(c.ErasureRequested("asked_for_it", (ADDRESS_ID, SECOND), (OTHER,)))
        )

    def test_of_a_merged_contact_leaves_its_addresses_to_whom_they_went(self) -> None:
        (
            given(CONTACT, CREATED, MERGED)
            .when(c.EraseContact("asked_for_it"))
            .then(c.ErasureRequested("asked_for_it", (), (OTHER,)))
        )

    def test_reaches_the_other_contact_while_it_is_the_same_person(self) -> None:
        wanted = c.EraseSamePerson(OTHER, "asked_for_it")
        unmerged = c.ContactUnmerged(OTHER, MERGED.addresses)
        (
            given(CONTACT, CREATED, MERGED)
            .when(wanted)
            .then(c.ErasureRequested("asked_for_it", (), (OTHER,)))
        )
        given(CONTACT, CREATED, MERGED, unmerged).when(wanted).then()

    @pytest.mark.parametrize(
        "life", [[CREATED, REQUESTED], [CREATED, REQUESTED, c.ErasureCompleted(3)]]
    )
    def test_is_asked_for_once(self, life: list[msgspec.Struct]) -> None:
        given(CONTACT, *life).when(c.EraseContact("asked_for_it")).then()

    def test_of_nobody_is_refused(self) -> None:
        given(CONTACT).when(c.EraseContact("asked_for_it")).refused("no_such_contact")

    def test_is_completed_once(self) -> None:
        (given(CONTACT, CREATED, REQUESTED).when(c.CompleteErasure(3)).then(c.ErasureCompleted(3)))
        (
            given(CONTACT, CREATED, REQUESTED, c.ErasureCompleted(3))
            .when(c.CompleteErasure(4))
            .then()
        )

    def test_cannot_be_completed_when_nobody_asked(self) -> None:
        given(CONTACT, CREATED).when(c.CompleteErasure(0)).refused("no_erasure")

    def test_leaves_nothing_in_the_state_that_says_who_it_was(self) -> None:
        told = [
            c.CustomerFieldSet("seat", "4711"),
            c.CustomerTagged(("wholesale",)),
            c.ExternalIdSet("crm", NAME.under(CONTACT_ID)),
        ]
        state = given(CONTACT, CREATED, *told, REQUESTED).state
        assert (state.fields, state.tags, state.systems) == ({}, (), ())
