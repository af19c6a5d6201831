"""Tickets that become one, and one that becomes two, in whatever order their steps are taken."""

from collections import deque
from datetime import timedelta

import msgspec
import pytest
from hypothesis import given as property_of
from hypothesis import settings
from hypothesis import strategies as st

from libs.events.aggregate import Moment
from libs.events.deciding import Held, handle
from libs.events.envelope import Command, Position, Recorded
from libs.events.ids import digest
from libs.events.instances import Instance
from libs.events.published import tickets as t
from libs.events.testing import START, given, given_process, recorded
from services.intake.processes.merging import MERGING, PATIENCE, MergingState
from services.intake.tickets import TICKET, TicketState
from tests.support.messages import CUSTOMER, STRANGER, content, mail

SOURCE, TARGET = "t-00" + "1" * 24, "t-00" + "2" * 24
OPENED = t.TicketOpened(1, CUSTOMER, "support", mail("one"), digest("one"))
SECOND = t.CustomerMessageAdded(CUSTOMER, mail("two"), digest("two"))
MERGED = t.TicketMerged(TARGET, CUSTOMER, "new", 3, (1,))


class TestMerging:
    def test_the_target_prepares_first(self) -> None:
        given(TICKET, OPENED).when(t.AbsorbTicket(TARGET, "duplicate")).then(
            t.AbsorptionPrepared(TARGET, "duplicate")
        )

    def test_then_the_source_goes_with_all_its_messages(self) -> None:
        given(TICKET, OPENED, SECOND).when(t.MergeTicket(TARGET, 3)).then(
            t.TicketMerged(TARGET, CUSTOMER, "new", 3, (1, 2))
        )

    def test_then_the_target_takes_it_in_whatever_it_is_by_now(self) -> None:
        closed = (t.TicketSolved("workaround", "anna", "open"), t.TicketClosed(START))
        given(TICKET, OPENED, t.AbsorptionPrepared(TARGET), *closed).when(
            t.CompleteAbsorption(TARGET, CUSTOMER, 2, (1, 2))
        ).then(t.TicketAbsorbed(TARGET, CUSTOMER, (1, 2)))

    @pytest.mark.parametrize(
        ("before", "code"),
        [
            ([t.TicketCancelled("new")], "closed"),
            ([t.TicketMerged("t-00" + "3" * 24, CUSTOMER, "new", 9)], "merged_elsewhere"),
            ([t.AbsorptionPrepared("t-00" + "3" * 24)], "takes_another_in"),
            ([t.TicketAbsorbed(TARGET, CUSTOMER)], "comes_here_itself"),
        ],
    )
    def test_a_source_that_does_not_come_says_so_in_the_log(
        self, before: list[msgspec.Struct], code: str
    ) -> None:
        given(TICKET, OPENED, *before).when(t.MergeTicket(TARGET, 3)).then(
            t.MergeDeclined(TARGET, 3, code)
        )

    def test_a_merged_ticket_takes_nobody_in(self) -> None:
        given(TICKET, OPENED, MERGED).when(t.AbsorbTicket(SOURCE)).refused("ticket_merged")

    def test_what_is_written_to_it_goes_on(self) -> None:
        given(TICKET, OPENED, MERGED).when(
            t.AddCustomerMessage(CUSTOMER, mail("two"), digest("two"))
        ).then(t.MessagePassedOn(TARGET, CUSTOMER, "support", mail("two"), digest("two")))

    def test_a_stranger_of_a_merged_ticket_writes_to_us_and_to_himself_alone(self) -> None:
        """His message must not be read by the target's customer, nor is he a foreigner."""
        theirs = mail("two", role="third_party")
        given(TICKET, OPENED, t.TicketAbsorbed(SOURCE, STRANGER, (1,))).when(
            t.AddCustomerMessage(STRANGER, mail("two"), digest("two"))
        ).then(t.ParticipantMessageAdded(STRANGER, theirs, digest("two"), SOURCE))

    def test_undone_it_stands_where_it_stood(self) -> None:
        unmerged = given(TICKET, OPENED, MERGED).when(t.UnmergeTicket("other_matter"))
        unmerged.then(t.TicketUnmerged(TARGET, "new", "other_matter"))

    def test_only_a_merged_one_can_be_taken_out(self) -> None:
        given(TICKET, OPENED).when(t.UnmergeTicket()).refused("not_merged")


class TestSplitting:
    SPLIT = t.TicketSplit(TARGET, (2,), content("other"), CUSTOMER, "support", "email")

    def test_some_messages_become_a_ticket(self) -> None:
        given(TICKET, OPENED, SECOND).when(t.SplitTicket(TARGET, (2,), content("other"))).then(
            self.SPLIT
        )

    @pytest.mark.parametrize(
        ("messages", "code"),
        [((), "nothing_to_split"), ((1,), "first_message"), ((7,), "no_such_message")],
    )
    def test_which_they_cannot_be(self, messages: tuple[int, ...], code: str) -> None:
        given(TICKET, OPENED, SECOND).when(
            t.SplitTicket(TARGET, messages, content("other"))
        ).refused(code)

    def test_no_message_is_given_away_twice(self) -> None:
        given(TICKET, OPENED, SECOND, self.SPLIT).when(
            t.SplitTicket(SOURCE, (2,), content("again"))
        ).refused("split_already")

    def test_undone_the_new_ticket_is_asked_to_come_back(self) -> None:
        given(TICKET, OPENED, SECOND, self.SPLIT).when(t.UndoSplit(TARGET)).then(
            t.SplitUndone(TARGET, (2,)), t.AbsorptionPrepared(TARGET, "split_undone")
        )

    def test_the_new_ticket_is_opened_with_the_messages_named(self) -> None:
        split = given_process(MERGING).when(recorded(self.SPLIT, 3, id=SOURCE, actor="agent:anna"))
        [command] = split.commands

        assert isinstance(command.data, t.OpenTicket)
        assert (command.aggregate_id, command.data.requester_id) == (TARGET, CUSTOMER)
        assert (command.data.split_from, command.data.split_messages) == (SOURCE, (2,))
        assert (command.data.message.channel, command.data.message.visibility) == (
            "email",
            "internal",
        )


def test_a_source_that_never_answers_is_given_up() -> None:
    prepared = recorded(t.AbsorptionPrepared(SOURCE), 4, id=TARGET)

    asked = given_process(MERGING, prepared)

    asked.when_due(START + PATIENCE).then(t.CancelAbsorption(SOURCE, 4, "no_answer"), due=None)


class World:
    """Some tickets, their logs, and the process between them. Commands to one ticket keep their
    order; who is served next is left to chance."""

    def __init__(self, ids: list[str]) -> None:
        self.held = {id: Held(id=id, state=TicketState()) for id in ids}
        self.waiting = {id: deque[Command[object]]() for id in ids}
        self.instances: dict[str, Instance[MergingState]] = {}
        self.log: list[Recorded[object]] = []
        self.read = 0
        self.now = START
        for id in ids:
            self.send(id, t.OpenTicket(f"p-{id}", "support", mail(id), digest(id)))
            self.serve(id)

    def send(self, id: str, data: msgspec.Struct) -> None:
        self.waiting[id].append(Command(data=data, aggregate_id=id, actor="agent:anna"))

    def serve(self, id: str) -> None:
        """The ticket decides its next command, if there is one."""
        if not self.waiting[id]:
            return
        self.now += timedelta(milliseconds=1)
        held = self.held[id]
        moment = Moment(self.now, 1, TICKET.setup)
        for event in handle(TICKET, held, self.waiting[id].popleft(), moment).events:
            event.position = Position("tickets.events", 0, len(self.log))
            self.log.append(event)

    def follow(self) -> None:
        """The process reads the next event, if there is one."""
        if self.read == len(self.log):
            return
        event = self.log[self.read]
        self.read += 1
        if not isinstance(event.data, tuple(MERGING.interests)):
            return
        key = MERGING.key(event)
        assert key is not None
        instance = self.instances.setdefault(key, Instance(key, 0, MergingState()))
        for reaction in instance.react(MERGING, event):
            for command in reaction.commands:
                self.waiting[command.aggregate_id].append(command)

    def settle(self) -> None:
        while self.read < len(self.log) or any(self.waiting.values()):
            self.follow()
            for id in self.waiting:
                self.serve(id)

    def state(self, id: str) -> TicketState:
        state = self.held[id].state
        assert isinstance(state, TicketState)
        return state

    def home(self, id: str) -> str:
        """The ticket that one is read on in the end."""
        seen = [id]
        while target := self.state(seen[-1]).merged_into:
            assert target not in seen, f"a circle: {seen}"
            seen.append(target)
        return seen[-1]


IDS = [f"t-00{number}" + "0" * 23 for number in range(4)]
tickets = st.sampled_from(IDS)
steps = st.one_of(
    st.tuples(st.just("absorb"), tickets, tickets),
    st.tuples(st.just("unmerge"), tickets, tickets),
    st.tuples(st.just("write"), tickets, tickets),
    st.tuples(st.just("serve"), tickets, tickets),
    st.tuples(st.just("follow"), tickets, tickets),
)


@settings(max_examples=300, deadline=None)
@property_of(st.lists(steps, max_size=60))
def test_in_whatever_order_no_circle_closes_and_no_message_is_lost(
    taken: list[tuple[str, str, str]],
) -> None:
    world, written = World(IDS), 0
    for what, one, other in taken:
        match what:
            case "absorb":
                world.send(one, t.AbsorbTicket(other))
            case "unmerge":
                world.send(one, t.UnmergeTicket())
            case "write":
                written += 1
                words = f"message {written}"
                world.send(one, t.AddCustomerMessage(f"p-{one}", mail(words), digest(words)))
            case "serve":
                world.serve(one)
            case "follow":
                world.follow()
    world.settle()
    # then every ticket is read on one that stands on its own
    for id in IDS:
        state, home = world.state(id), world.home(id)
        assert not world.state(home).merged_into
        # nobody waits for anybody any more
        assert state.preparing == {}
        # a target holds exactly those that are merged into it
        assert set(state.absorbed) == {one for one in IDS if world.state(one).merged_into == id}
    # and every message is on exactly one ticket, for its author to read
    landed = [
        event.data.digest
        for event in world.log
        if isinstance(
            event.data,
            t.CustomerMessageAdded | t.ParticipantMessageAdded | t.ForeignMessageAdded,
        )
    ]
    assert sorted(landed) == sorted(digest(f"message {n + 1}") for n in range(written))


def test_each_into_the_other_at_once_ends_with_one_of_them() -> None:
    world = World(IDS)
    one, other = IDS[:2]
    # given both targets prepared before any source was asked
    world.send(one, t.AbsorbTicket(other))
    world.send(other, t.AbsorbTicket(one))
    world.serve(one)
    world.serve(other)
    world.settle()
    # then the smaller id has taken the other in
    assert (world.state(one).merged_into, world.state(other).merged_into) == ("", one)
