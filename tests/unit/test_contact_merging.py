"""Two contacts become one, and two again: target, source, target; and every way to say no."""

import msgspec
import pytest

from libs.events.aggregate import Moment
from libs.events.envelope import Command
from libs.events.personal import Personal
from libs.events.published import contacts as c
from libs.events.testing import START, given
from services.intake.contacts import CONTACT
from tests.support.messages import ADDRESS, CUSTOMER, STRANGER, TRANSIT

SELF = "p-" + "0" * 26
SECOND, THIRD = "a-00" + "b" * 24, "a-00" + "e" * 24
VALUE = Personal[str](TRANSIT, sealed="dmFsdWU")
CREATED = c.ContactCreated(ADDRESS, "email", VALUE, VALUE)
OWN = c.HeldAddress(ADDRESS, "email")
CAME = (c.HeldAddress(SECOND, "email", verified=True), c.HeldAddress(THIRD, "phone"))
PREPARED = c.ContactMergePrepared(CUSTOMER)
ABSORBED = c.ContactAbsorbed(CUSTOMER, CAME)
MERGED = c.ContactMerged(CUSTOMER, (OWN,))
ERASING = c.ErasureRequested("asked", (ADDRESS,))


class TestTarget:
    def test_is_asked_first(self) -> None:
        given(CONTACT, CREATED).when(c.PrepareContactMerge(CUSTOMER)).then(PREPARED)

    @pytest.mark.parametrize("life", [[PREPARED], [PREPARED, ABSORBED]])
    def test_prepares_once(self, life: list[msgspec.Struct]) -> None:
        given(CONTACT, CREATED, *life).when(c.PrepareContactMerge(CUSTOMER)).then()

    @pytest.mark.parametrize("source", [SELF, ADDRESS, ""])
    def test_takes_in_another_contact_only(self, source: str) -> None:
        refusal = given(CONTACT, CREATED).when(c.PrepareContactMerge(source))
        assert refusal.refused("not_another").field == "/source_id"

    @pytest.mark.parametrize(
        ("life", "code"),
        [([], "no_such_contact"), ([CREATED, ERASING], "erased"), ([CREATED, MERGED], "merged")],
    )
    def test_must_stand_for_itself(self, life: list[msgspec.Struct], code: str) -> None:
        given(CONTACT, *life).when(c.PrepareContactMerge(STRANGER)).refused(code)

    def test_completes_and_has_the_addresses_that_came_along(self) -> None:
        (
            given(CONTACT, CREATED, PREPARED)
            .when(c.CompleteContactMerge(CUSTOMER, CAME))
            .then(ABSORBED)
        )
        given(CONTACT, CREATED, PREPARED, ABSORBED).when(
            c.CompleteContactMerge(CUSTOMER, CAME)
        ).then()
        given(CONTACT, CREATED, PREPARED, ABSORBED).when(c.RemoveAddress(THIRD)).then(
            c.AddressRemoved(THIRD)
        )

    @pytest.mark.parametrize(
        ("life", "reason"), [([PREPARED, ERASING], "erased"), ([], "not_prepared")]
    )
    def test_declines_what_it_cannot_complete_any_more(
        self, life: list[msgspec.Struct], reason: str
    ) -> None:
        (
            given(CONTACT, CREATED, *life)
            .when(c.CompleteContactMerge(CUSTOMER, CAME))
            .then(c.ContactAbsorptionDeclined(CUSTOMER, reason, CAME))
        )

    def test_cancels_what_the_source_declined(self) -> None:
        cancel = c.CancelContactMerge(CUSTOMER, "erased")
        cancelled = c.ContactMergeCancelled(CUSTOMER, "erased")
        given(CONTACT, CREATED, PREPARED).when(cancel).then(cancelled)
        given(CONTACT, CREATED, PREPARED, cancelled).when(cancel).then()
        given(CONTACT, CREATED, PREPARED, cancelled).when(c.PrepareContactMerge(CUSTOMER)).then(
            PREPARED
        )

    def test_gives_back_what_came_along_as_it_knows_it_now(self) -> None:
        verified = c.AddressVerified(THIRD, "call")
        (
            given(CONTACT, CREATED, PREPARED, ABSORBED, verified, c.AddressRemoved(SECOND))
            .when(c.UnmergeContact(CUSTOMER))
            .then(c.ContactReturned(CUSTOMER, (c.HeldAddress(THIRD, "phone", verified=True),)))
        )

    def test_gives_back_each_contact_its_own(self) -> None:
        other = c.ContactAbsorbed(STRANGER, (c.HeldAddress("a-00" + "7" * 24, "email"),))
        both = [PREPARED, ABSORBED, c.ContactMergePrepared(STRANGER), other]
        (
            given(CONTACT, CREATED, *both)
            .when(c.UnmergeContact(STRANGER))
            .then(c.ContactReturned(STRANGER, other.addresses))
        )

    def test_gives_back_only_who_was_merged_into_it(self) -> None:
        given(CONTACT, CREATED, PREPARED).when(c.UnmergeContact(CUSTOMER)).refused(
            "not_merged_here"
        )
        returned = c.ContactReturned(CUSTOMER, CAME)
        (
            given(CONTACT, CREATED, PREPARED, ABSORBED, returned)
            .when(c.UnmergeContact(CUSTOMER))
            .refused("not_merged_here")
        )
        (
            given(CONTACT, CREATED, PREPARED, ABSORBED, returned)
            .when(c.VerifyAddress(SECOND))
            .refused("no_such_address")
        )


class TestSource:
    def test_is_merged_with_its_addresses(self) -> None:
        given(CONTACT, CREATED).when(c.MergeContact(CUSTOMER)).then(MERGED)

    def test_is_merged_once(self) -> None:
        given(CONTACT, CREATED, MERGED).when(c.MergeContact(CUSTOMER)).then()

    @pytest.mark.parametrize(
        ("life", "reason"),
        [
            ([], "no_such_contact"),
            ([CREATED, ERASING], "erased"),
            ([CREATED, c.ContactMerged(STRANGER, (OWN,))], "merged"),
            ([CREATED, c.ContactMergePrepared(STRANGER)], "absorbing"),
            ([CREATED, PREPARED], "absorbing"),
            ([CREATED, PREPARED, ABSORBED], "absorbing"),
        ],
    )
    def test_declines_in_an_event_for_whoever_waits(
        self, life: list[msgspec.Struct], reason: str
    ) -> None:
        (
            given(CONTACT, *life)
            .when(c.MergeContact(CUSTOMER))
            .then(c.ContactMergeDeclined(CUSTOMER, reason))
        )

    def test_of_two_into_each_other_the_one_with_the_higher_id_gives_way(self) -> None:
        higher = given(CONTACT, CREATED, c.ContactMergePrepared(SELF))
        command: Command[object] = Command(
            data=c.MergeContact(SELF), aggregate_id=CUSTOMER, actor="service:intake"
        )
        decided = CONTACT.decide(higher.state, command, Moment(START, 1))
        assert list(decided) == [
            c.ContactMergeCancelled(SELF, "crossed"),
            c.ContactMerged(SELF, (OWN,)),
        ]

    def test_brings_along_whom_it_had_taken_in(self) -> None:
        (
            given(CONTACT, CREATED, PREPARED, ABSORBED)
            .when(c.MergeContact(STRANGER))
            .then(c.ContactMerged(STRANGER, (OWN, *CAME)))
        )

    def test_stands_for_itself_again_with_what_it_is_given(self) -> None:
        back = (c.HeldAddress(ADDRESS, "email", verified=True),)
        unmerged = c.ContactUnmerged(CUSTOMER, back)
        given(CONTACT, CREATED, MERGED).when(c.TakeBackAddresses(CUSTOMER, back)).then(unmerged)
        given(CONTACT, CREATED, MERGED).when(c.TakeBackAddresses(STRANGER, back)).then()
        given(CONTACT, CREATED, MERGED, unmerged).when(c.VerifyAddress(ADDRESS)).then()

    def test_takes_back_while_it_is_erased_so_that_they_are_released(self) -> None:
        (
            given(CONTACT, CREATED, MERGED, c.ErasureRequested("asked", (), (CUSTOMER,)))
            .when(c.TakeBackAddresses(CUSTOMER, (OWN,)))
            .then(c.ContactUnmerged(CUSTOMER, (OWN,)))
        )

    def test_whom_it_had_taken_in_can_leave_after_it_is_back(self) -> None:
        back = c.ContactUnmerged(STRANGER, (OWN, *CAME))
        merged = c.ContactMerged(STRANGER, (OWN, *CAME))
        (
            given(CONTACT, CREATED, PREPARED, ABSORBED, merged, back)
            .when(c.UnmergeContact(CUSTOMER))
            .then(c.ContactReturned(CUSTOMER, CAME))
        )
