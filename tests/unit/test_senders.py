"""What the desk thinks of a sender: blocked, trusted, held back; and what a message meets then."""

from datetime import timedelta

import msgspec
import pytest

from libs.events.personal import Personal
from libs.events.published import contacts as p
from libs.events.published import senders as s
from libs.events.published.conversations import Standing
from libs.events.testing import START, GivenProcess, given, given_process, recorded
from services.intake.processes import BLOCKING
from services.intake.processes.blocking import BlockingState
from services.intake.reception import mail_domain
from services.intake.senders import SENDER, SenderState
from services.intake.senders.sender import standing
from tests.support.messages import ADDRESS, CUSTOMER, TRANSIT

LATER = START + timedelta(minutes=10)
HOME = "a-00" + "b" * 24
MAIL = Personal[str](TRANSIT, sealed="bWFpbA")


class TestSender:
    @pytest.mark.parametrize(
        ("command", "event", "undo", "undone"),
        [
            (
                s.BlockSender("abuse"),
                s.SenderBlocked("abuse"),
                s.UnblockSender(),
                s.SenderUnblocked(),
            ),
            (
                s.TrustSender("flood"),
                s.SenderTrusted("flood"),
                s.DistrustSender("flood"),
                s.SenderDistrusted("flood"),
            ),
        ],
    )
    def test_is_so_once_until_it_is_undone(
        self,
        command: msgspec.Struct,
        event: msgspec.Struct,
        undo: msgspec.Struct,
        undone: msgspec.Struct,
    ) -> None:
        given(SENDER).when(command).then(event)
        given(SENDER, event).when(command).then()
        given(SENDER, event).when(undo).then(undone)
        given(SENDER, event, undone).when(undo).then()

    def test_is_held_back_longer_and_never_shorter(self) -> None:
        held = given(SENDER, s.SenderHeldBack(LATER, 200))

        held.when(s.HoldSenderBack(LATER + timedelta(minutes=1), 250)).then(
            s.SenderHeldBack(LATER + timedelta(minutes=1), 250)
        )
        held.when(s.HoldSenderBack(START, 300)).then()

    def test_says_why_it_is_blocked_and_is_never_trusted_for_that(self) -> None:
        given(SENDER).when(s.BlockSender("")).refused("no_reason")
        given(SENDER).when(s.TrustSender("blocked")).refused("unblock_instead")


class TestStanding:
    def test_a_message_meets_what_is_thought_of_its_sender_or_of_the_domain(self) -> None:
        sender, domain = SenderState(trusted=("automatic",)), SenderState("spam", ("flood",), LATER)

        assert standing([sender], START) == Standing(trusted=("automatic",))
        assert standing([sender, domain], START) == Standing("spam", True, ("automatic", "flood"))

    def test_until_the_domain_is_held_back_no_more(self) -> None:
        assert not standing([SenderState(held_until=LATER)], LATER).flooding

    @pytest.mark.parametrize(
        ("address", "domain"),
        [
            ("ada@Example.ORG", "example.org"),
            ("jörg@exämple.org", "xn--exmple-cua.org"),
            ("ada@gmail.com", ""),
            ("ada", ""),
            ("ada@localhost", ""),
            ("ada@" + "x" * 70 + ".org", ""),
        ],
    )
    def test_a_public_providers_domain_says_nothing(self, address: str, domain: str) -> None:
        assert mail_domain(address) == domain


class TestBlockedContacts:
    CREATED = p.ContactCreated(ADDRESS, "email", MAIL, MAIL)
    ADDED = p.AddressAdded(HOME, "email", MAIL)
    BLOCKED = p.ContactBlocked("abuse")

    def contact(self, *events: msgspec.Struct) -> GivenProcess[BlockingState]:
        told = [recorded(event, n, id=CUSTOMER) for n, event in enumerate(events, 1)]
        return given_process(BLOCKING, *told)

    def test_are_blocked_at_all_their_addresses(self) -> None:
        reacted = self.contact(self.CREATED, self.ADDED).when(
            recorded(self.BLOCKED, 3, id=CUSTOMER)
        )

        reacted.then(s.BlockSender("abuse"), s.BlockSender("abuse"))
        assert [one.aggregate_id for one in reacted.commands] == [
            s.sender_id(ADDRESS),
            s.sender_id(HOME),
        ]

    def test_and_at_those_that_they_get_later(self) -> None:
        blocked = self.contact(self.CREATED, self.BLOCKED)

        blocked.when(recorded(self.ADDED, 3, id=CUSTOMER)).then(s.BlockSender("abuse"))

    def test_until_they_are_blocked_no_more_or_the_address_is_not_theirs(self) -> None:
        unblocked = recorded(p.ContactUnblocked(), 3, id=CUSTOMER)
        removed = recorded(p.AddressRemoved(ADDRESS), 3, id=CUSTOMER)

        self.contact(self.CREATED, self.BLOCKED).when(unblocked).then(s.UnblockSender())
        self.contact(self.CREATED, self.BLOCKED).when(removed).then(s.UnblockSender())

    def test_an_erasure_frees_nobody_from_a_block(self) -> None:
        erased = recorded(p.ErasureRequested("asked_for_it", (ADDRESS,)), 3, id=CUSTOMER)

        self.contact(self.CREATED, self.BLOCKED).when(erased).then()

    def test_what_comes_along_with_a_merge_is_blocked_too(self) -> None:
        absorbed = p.ContactAbsorbed("p-00" + "7" * 24, (p.HeldAddress(HOME, "email"),))
        blocked = self.contact(self.CREATED, self.BLOCKED)

        blocked.when(recorded(absorbed, 3, id=CUSTOMER)).then(s.BlockSender("abuse"))
