"""A flood becomes one ticket that says how many messages wait, and those messages wait."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given as property_of
from hypothesis import strategies as st

from libs.events.ids import digest
from libs.events.published import conversations as c
from libs.events.published import senders as s
from libs.events.published import tickets as t
from libs.events.testing import START, given, given_process, recorded
from services.intake.flood import PARTS, Limit, Limits, Recent
from services.intake.processes import BLOCKING, MERGING
from services.intake.processes.flooding import flooding
from services.intake.processes.reception import reception
from services.intake.tickets import TICKET
from tests.support.mailroom import Mailroom
from tests.support.messages import arrival
from tests.support.tickets import CLOSED, OPENED

WITHIN = timedelta(minutes=10)
FEW = Limits(Limit(3, WITHIN), Limit(5, WITHIN), Limit(4, WITHIN))
MINUTE = timedelta(minutes=1)


def room() -> Mailroom:
    """A desk that takes three messages in ten minutes, and five answers."""
    return Mailroom(reception(FEW), MERGING, BLOCKING)


def flooded(count: int, **more: Any) -> Mailroom:
    """A sender has written so many messages at once."""
    desk = room()
    for number in range(count):
        desk.write(f"m{number}", "ada", **more)
    return desk


def kinds(desk: Mailroom, name: str) -> list[str]:
    return [kind for kind, _ in desk.became(name)]


class TestOneSender:
    def test_as_many_as_are_allowed_become_tickets_and_the_others_wait(self) -> None:
        desk = flooded(5)

        assert [kinds(desk, f"m{n}") for n in range(5)] == [
            *[["TicketOpened"]] * 3,
            *[["MessageSuspended"]] * 2,
        ]
        assert [held.reason for held in desk.events(c.MessageSuspended)] == ["flood"] * 2

    def test_one_ticket_says_how_many_wait_and_is_told_of_more(self) -> None:
        desk = flooded(30)
        desk.later(MINUTE)
        desk.write("one more", "ada")
        desk.later(2 * MINUTE)

        assert len(desk.events(t.TicketOpened)) == 3 + 1
        assert [told.count for told in desk.events(t.MessagesHeldBack)] == [27, 28]

    def test_others_are_not_held_back(self) -> None:
        desk = flooded(5)
        desk.write("question", "ben")

        assert kinds(desk, "question") == ["TicketOpened"]

    def test_whoever_pauses_is_heard_again(self) -> None:
        desk = flooded(5)
        desk.later(WITHIN + 2 * MINUTE)
        desk.write("later", "ada")

        assert kinds(desk, "later") == ["TicketOpened"]

    def test_whoever_goes_on_is_not(self) -> None:
        desk = flooded(5)
        for step in range(10):
            desk.later(2 * MINUTE)
            desk.write(f"on and on {step}", "ada")

        assert kinds(desk, "on and on 9") == ["MessageSuspended"]

    def test_the_next_flood_has_a_ticket_of_its_own(self) -> None:
        desk = flooded(5)
        desk.later(MINUTE)
        desk.later(3 * WITHIN)
        for number in range(5):
            desk.write(f"again{number}", "ada")
        desk.later(MINUTE)

        assert [told.count for told in desk.events(t.MessagesHeldBack)] == [2, 2]
        reports = [e.aggregate_id for e in desk.log if isinstance(e.data, t.MessagesHeldBack)]
        assert len(set(reports)) == 2

    def test_answers_count_apart_and_higher(self) -> None:
        desk = room()
        desk.write("question", "ada")
        ticket = desk.ticket_of("question")
        for number in range(6):
            desk.write(f"answer{number}", "ada", answers=ticket)

        assert kinds(desk, "answer4") == ["CustomerMessageAdded"]
        assert kinds(desk, "answer5") == ["MessageSuspended"]

    def test_released_they_go_where_they_were_going(self) -> None:
        desk = flooded(5)
        [(_, conversation)] = desk.became("m4")

        desk.tell(conversation, c.ReleaseMessage(digest("support", "m4"), "flood"))

        assert kinds(desk, "m4") == ["MessageSuspended", "TicketOpened"]
        assert desk.events(s.SenderTrusted) == [s.SenderTrusted("flood")]

    @pytest.mark.parametrize(
        "more",
        [{"standing": c.Standing(trusted=("flood",))}, {"agent_id": "anna"}, {"origin": "import"}],
    )
    def test_whom_the_desk_trusts_may_send_what_they_like(self, more: dict[str, object]) -> None:
        desk = flooded(30, **more)

        assert desk.events(c.MessageSuspended) == []


class TestTheTicketOfAFlood:
    def test_hears_only_news_and_nothing_once_it_is_closed(self) -> None:
        told = t.MessagesHeldBack(5, START)

        given(TICKET, OPENED).when(t.ReportHeldBack(5, START)).then(told)
        given(TICKET, OPENED, told).when(t.ReportHeldBack(5, START)).then()
        given(TICKET, OPENED, told).when(t.ReportHeldBack(4, START)).then()
        given(TICKET, OPENED, CLOSED).when(t.ReportHeldBack(5, START)).then()


class TestADomain:
    DOMAIN = "a-00" + "d" * 24

    def message(self, number: int, **more: Any) -> c.MessageReceived:
        return c.MessageReceived(arrival(f"m{number}", domain_id=self.DOMAIN, **more))

    def test_that_sends_too_much_is_held_back_and_again_while_it_goes_on(self) -> None:
        process = given_process(flooding(FEW.domain))
        asked = []
        for number in range(8):
            at = START + number * timedelta(seconds=20)
            event = recorded(self.message(number), number + 1, at=at)
            asked += [one.data for one in process.when(event).commands]

        assert asked == [
            s.HoldSenderBack(START + timedelta(seconds=80) + WITHIN, 5),
            s.HoldSenderBack(START + timedelta(seconds=120) + WITHIN, 7),
        ]

    def test_one_ticket_of_somebody_there_says_how_many_wait_and_is_told_of_more(self) -> None:
        desk = Mailroom(reception(FEW), flooding(FEW.domain))
        held = c.Standing(flooding=True)
        # given a domain of which four have written, whereupon it is held back
        for number in range(5):
            desk.write(f"m{number}", f"sender {number}", domain_id=self.DOMAIN)
        assert len(desk.events(s.SenderHeldBack)) == 1
        # when more come, and later one more
        for number in range(5, 12):
            desk.write(f"m{number}", f"sender {number}", domain_id=self.DOMAIN, standing=held)
        desk.later(MINUTE)
        desk.write("late", "sender 99", domain_id=self.DOMAIN, standing=held)
        desk.later(MINUTE)

        # then those wait, and one ticket of the last who got through tells of them
        assert len(desk.events(c.MessageSuspended)) == 8
        assert [told.count for told in desk.events(t.MessagesHeldBack)] == [7, 8]
        opened = desk.events(t.TicketOpened)
        assert len(opened) == 5 + 1
        assert opened[-1].requester_id == desk.contact("sender 4")
        # and when it starts again after a pause, that is another
        desk.later(3 * WITHIN)
        desk.write("again", "sender 5", domain_id=self.DOMAIN)
        desk.write("and again", "sender 6", domain_id=self.DOMAIN, standing=held)
        desk.later(MINUTE)
        assert [told.count for told in desk.events(t.MessagesHeldBack)] == [7, 8, 1]
        assert len(desk.events(t.TicketOpened)) == 5 + 1 + 1 + 1

    @pytest.mark.parametrize(
        "standing",
        [c.Standing("abuse", flooding=True), c.Standing(flooding=True, trusted=("flood",))],
    )
    def test_what_waits_for_another_reason_or_not_at_all_is_no_part_of_it(
        self, standing: c.Standing
    ) -> None:
        desk = Mailroom(reception(FEW), flooding(FEW.domain))
        for number in range(6):
            now = standing if number else c.Standing()
            desk.write(f"m{number}", f"sender {number}", domain_id=self.DOMAIN, standing=now)
        desk.later(MINUTE)

        assert desk.events(t.MessagesHeldBack) == []

    @pytest.mark.parametrize(
        "more",
        [
            {"automatic": "auto-replied"},
            {"ticket_id": "t-1"},
            {"agent_id": "anna"},
            {"origin": "import"},
        ],
    )
    def test_for_messages_that_ask_for_tickets_alone(self, more: dict[str, object]) -> None:
        process = given_process(flooding(Limit(1, WITHIN)))
        for number in range(3):
            process.when(self.message(number, **more)).then()


class TestCounting:
    @property_of(st.lists(st.integers(0, 3_600), max_size=60))
    def test_nobody_gets_more_through_than_the_limit_and_no_count_grows(
        self, seconds: list[int]
    ) -> None:
        recent, limit = Recent(), Limit(5, WITHIN)
        through = []
        for second in sorted(seconds):
            at = START + timedelta(seconds=second)
            if not recent.is_one_too_many(at, limit):
                through.append(at)
            assert len(recent.counts) <= PARTS + 1

        for at in through:
            assert sum(at - WITHIN < other <= at for other in through) <= limit.messages

    @property_of(st.lists(st.integers(0, 3_600), max_size=60))
    def test_who_stays_below_it_is_never_held_back(self, seconds: list[int]) -> None:
        recent, limit = Recent(), Limit(5, WITHIN)
        longer = WITHIN + WITHIN / PARTS
        seen: list[datetime] = []
        for second in sorted(seconds):
            at = START + timedelta(seconds=second)
            lately = sum(at - longer < other for other in seen)
            seen.append(at)
            assert recent.is_one_too_many(at, limit) <= (lately >= limit.messages)
