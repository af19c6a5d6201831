"""What happens next when contacts, addresses and organisations change together."""

import msgspec
import pytest

from libs.events.ids import digest
from libs.events.personal import Personal
from libs.events.published import contacts as c
from libs.events.published import conversations as m
from libs.events.published import tickets as t
from libs.events.testing import given_process, recorded
from services.intake.contacts.steps import (
    BY_DOMAIN,
    STEPS,
    TOGETHER,
    FindOrganisation,
    ForgetDomain,
    KnowDomain,
)
from services.intake.processes import RECEPTION
from services.intake.processes.arrivals import Adopt
from tests.support.messages import ADDRESS, CUSTOMER, STRANGER, TRANSIT, arrival, mail

FIRM = "o-00" + "f" * 24
DOMAIN = c.domain_id("nordwind.example")
SECOND = "a-00" + "b" * 24
MAIL = Personal[str](CUSTOMER, sealed="bWFpbA")
BOTH = (c.HeldAddress(ADDRESS, "email"), c.HeldAddress(SECOND, "phone"))

# Whose event, the event, and to whom which command goes.
NEXT: list[tuple[str, msgspec.Struct, list[tuple[str, msgspec.Struct]]]] = [
    (CUSTOMER, c.AddressRemoved(ADDRESS), [(ADDRESS, c.ReleaseAddress(CUSTOMER))]),
    (CUSTOMER, c.AddressDeclined(ADDRESS, "erased"), [(ADDRESS, c.ReleaseAddress(CUSTOMER))]),
    (ADDRESS, c.AddressMoved(STRANGER, CUSTOMER), [(STRANGER, c.KeepAddress(ADDRESS))]),
    (CUSTOMER, c.ContactMergePrepared(STRANGER), [(STRANGER, c.MergeContact(CUSTOMER))]),
    (
        STRANGER,
        c.ContactMerged(CUSTOMER, BOTH),
        [(CUSTOMER, c.CompleteContactMerge(STRANGER, BOTH))],
    ),
    (
        STRANGER,
        c.ContactMergeDeclined(CUSTOMER, "erased"),
        [(CUSTOMER, c.CancelContactMerge(STRANGER, "erased"))],
    ),
    (
        CUSTOMER,
        c.ContactAbsorbed(STRANGER, BOTH),
        [
            (ADDRESS, c.MoveAddress(STRANGER, CUSTOMER)),
            (SECOND, c.MoveAddress(STRANGER, CUSTOMER)),
        ],
    ),
    (
        CUSTOMER,
        c.ContactAbsorptionDeclined(STRANGER, "erased", BOTH),
        [(STRANGER, c.TakeBackAddresses(CUSTOMER, BOTH))],
    ),
    (
        CUSTOMER,
        c.ContactReturned(STRANGER, BOTH),
        [(STRANGER, c.TakeBackAddresses(CUSTOMER, BOTH))],
    ),
    (
        STRANGER,
        c.ContactUnmerged(CUSTOMER, BOTH[:1]),
        [(ADDRESS, c.MoveAddress(CUSTOMER, STRANGER))],
    ),
    (
        CUSTOMER,
        c.ErasureRequested("asked", (ADDRESS,), (STRANGER,)),
        [(STRANGER, c.EraseSamePerson(CUSTOMER, "asked"))],
    ),
    (
        DOMAIN,
        c.DomainRegistered(FIRM, "nordwind.example"),
        [(FIRM, c.AddDomain(DOMAIN, "nordwind.example"))],
    ),
    (FIRM, c.DomainRemoved(DOMAIN, "nordwind.example"), [(DOMAIN, c.ReleaseDomain(FIRM))]),
    (FIRM, c.DomainDeclined(DOMAIN, "no_such_organisation"), [(DOMAIN, c.ReleaseDomain(FIRM))]),
]


def test_every_step_is_shown_here() -> None:
    assert {type(event) for _, event, _ in NEXT} == set(STEPS)


@pytest.mark.parametrize(("id", "event", "sent"), NEXT, ids=lambda one: type(one).__name__)
def test_each_event_leads_to_the_next_command(
    id: str, event: msgspec.Struct, sent: list[tuple[str, msgspec.Struct]]
) -> None:
    told = given_process(TOGETHER).when(recorded(event, id=id))
    assert [(one.aggregate_id, one.data) for one in told.commands] == sent
    assert {one.actor for one in told.commands} == {"service:intake"}


def test_a_step_that_is_repeated_is_the_same_command() -> None:
    event = recorded(c.ContactAbsorbed(STRANGER, BOTH), id=CUSTOMER)
    first, again = (given_process(TOGETHER).when(event).commands for _ in range(2))
    assert [one.command_id for one in first] == [one.command_id for one in again]
    assert len({one.command_id for one in first}) == 2


def test_messages_follow_an_address_that_moved() -> None:
    ticket = "t-00" + "2" * 24
    reception = given_process(
        RECEPTION,
        recorded(c.AddressRegistered(CUSTOMER, "email", MAIL, MAIL), 1, id=ADDRESS),
        recorded(c.AddressMoved(STRANGER, CUSTOMER), 2, id=ADDRESS),
        recorded(m.MessageReceived(arrival("question")), 3),
    )
    told = reception.when(recorded(m.MessageRouted(digest("question"), ADDRESS, ticket, True), 4))
    opening = t.OpenTicket(STRANGER, "support", mail("question"), digest("question"))
    told.then(effects=[Adopt(STRANGER, ("question",), (TRANSIT, TRANSIT)), opening])


def test_an_answer_counts_as_the_former_contact_s_until_the_address_has_moved_back() -> None:
    ticket = "t-00" + "7" * 24
    registered = recorded(c.AddressRegistered(CUSTOMER, "email", MAIL, MAIL), 1, id=ADDRESS)
    moved = recorded(c.AddressMoved(STRANGER, CUSTOMER), 2, id=ADDRESS)
    back = recorded(c.AddressMoved(CUSTOMER, STRANGER), 3, id=ADDRESS)
    received = recorded(m.MessageReceived(arrival("question")), 4)
    answered = recorded(m.MessageRouted(digest("question"), ADDRESS, ticket, False), 5)

    [added] = given_process(RECEPTION, registered, moved, received).when(answered).commands
    assert isinstance(added.data, t.AddCustomerMessage)
    assert (added.data.author_id, added.data.also_ids) == (STRANGER, (CUSTOMER,))

    [added] = given_process(RECEPTION, registered, moved, back, received).when(answered).commands
    assert isinstance(added.data, t.AddCustomerMessage)
    assert (added.data.author_id, added.data.also_ids) == (CUSTOMER, ())


class TestByDomain:
    @pytest.mark.parametrize(
        "event",
        [c.ContactCreated(ADDRESS, "email", MAIL, MAIL), c.AddressAdded(ADDRESS, "email", MAIL)],
    )
    def test_a_new_mail_address_may_tell_the_organisation(self, event: msgspec.Struct) -> None:
        (
            given_process(BY_DOMAIN)
            .when(recorded(event, id=CUSTOMER))
            .then(effects=[FindOrganisation(CUSTOMER, MAIL, "correlation")])
        )

    def test_other_channels_have_no_domains(self) -> None:
        created = c.ContactCreated(ADDRESS, "chat", MAIL, MAIL)
        given_process(BY_DOMAIN).when(recorded(created, id=CUSTOMER)).then()

    def test_domains_are_known_as_long_as_they_are_an_organisations(self) -> None:
        added, removed = c.DomainAdded(DOMAIN, "x.example"), c.DomainRemoved(DOMAIN, "x.example")
        process = given_process(BY_DOMAIN)
        process.when(recorded(added, 1, id=FIRM)).then(effects=[KnowDomain(DOMAIN, FIRM)])
        process.when(recorded(removed, 2, id=FIRM)).then(effects=[ForgetDomain(DOMAIN)])

    def test_all_contacts_of_a_slot_share_an_instance(self) -> None:
        ids = {
            BY_DOMAIN.key(recorded(c.ContactCreated(ADDRESS, "email", MAIL, MAIL), id=id))
            for id in (CUSTOMER, STRANGER)
        }
        assert ids == {"p-" + "0" * 26}
