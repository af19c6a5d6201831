"""Whatever is sent to a ticket in whatever order, it keeps its promises."""

from collections.abc import Sequence
from datetime import timedelta

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from libs.events.aggregate import Moment, Refusal
from libs.events.envelope import Command, Recorded
from libs.events.ids import digest
from libs.events.published import tickets as t
from libs.events.testing import START, recorded
from services.intake.tickets import TICKET, TicketState
from tests.support.messages import CUSTOMER, STRANGER, content, mail

TICKET_ID = "t-" + "0" * 26
names = st.sampled_from(["question", "more", "thanks", "away"])
agents = st.sampled_from(["", "anna", "ben"])
teams = st.sampled_from(["", "network", "billing"])
sequences = st.integers(0, 12)
commands = st.one_of(
    st.builds(
        lambda name, author: t.OpenTicket(author, "support", mail(name), digest(name)),
        names,
        st.sampled_from([CUSTOMER, STRANGER]),
    ),
    st.builds(
        lambda name, author, automatic, account: t.AddCustomerMessage(
            author, mail(name, automatic=automatic), digest(name), account
        ),
        names,
        st.sampled_from([CUSTOMER, STRANGER]),
        st.sampled_from(["", "auto-replied"]),
        st.sampled_from(["", "support"]),
    ),
    st.builds(t.ReplyToCustomer, st.just(content("answer"))),
    st.builds(t.AddNote, st.just(content("hint"))),
    st.builds(t.AssignTicket, agents, teams),
    st.builds(t.MarkPending),
    st.builds(t.SolveTicket, st.sampled_from(["workaround", "duplicate"])),
    st.builds(t.ReopenTicket),
    st.builds(t.CloseTicket, sequences),
    st.builds(t.RateTicket, st.integers(-1, 7)),
    st.builds(
        t.RecordDelivery,
        sequences,
        st.integers(1, 3),
        st.sampled_from(["", "450 later"]),
        st.booleans(),
    ),
)
# What may follow what; a ticket is never anything else.
STEPS = {
    None: {"new"},
    "new": {"new", "open", "pending", "solved"},
    "open": {"open", "pending", "solved"},
    "pending": {"pending", "open", "solved"},
    "solved": {"solved", "open", "closed"},
    "closed": {"closed"},
}
_AFTER_CLOSING = (
    t.FollowUpRequested,
    t.TicketRated,
    t.ReplyDelivered,
    t.ReplyDelayed,
    t.ReplyFailed,
)


class TicketMachine(RuleBasedStateMachine):
    """Any sequence of commands against one ticket."""

    @property
    def log(self) -> list[object]:
        """What the events say."""
        return [event.data for event in self.recorded]

    @initialize()
    def begin(self) -> None:
        self.state = TicketState()
        self.recorded: list[Recorded[object]] = []
        self.statuses: list[str | None] = [None]

    @rule(data=commands, actor=st.sampled_from(["agent:anna", "service:intake", "contact:x"]))
    def send(self, data: msgspec.Struct, actor: str) -> None:
        command: Command[object] = Command(data=data, aggregate_id=TICKET_ID, actor=actor)
        before = msgspec.msgpack.encode(self.state)
        at = START + timedelta(minutes=len(self.recorded))
        events = self._decide(command, Moment(at, 7))
        assert msgspec.msgpack.encode(self.state) == before, "decide changed the state"
        for event in events:
            self.recorded.append(recorded(event, len(self.recorded) + 1, at=at))
            self.state = TICKET.evolve(self.state, self.recorded[-1])
            self.statuses.append(self.state.status)
        if not isinstance(data, t.ReplyToCustomer | t.AddNote):
            # What was to be so is so now: at once again, nothing more is to be done.
            assert not events or not self._decide(command, Moment(at, 8)), f"{data} twice"

    def _decide(self, command: Command[object], moment: Moment) -> Sequence[msgspec.Struct]:
        try:
            return TICKET.decide(self.state, command, moment)
        except Refusal as refusal:
            understandable = refusal.code.isidentifier() and refusal.sentence.endswith(".")
            if not understandable:
                raise
            return []

    @invariant()
    def statuses_follow_one_another(self) -> None:
        for before, after in zip(self.statuses, self.statuses[1:], strict=False):
            assert after in STEPS[before], f"{before} became {after}"

    @invariant()
    def a_replayed_ticket_is_the_same(self) -> None:
        state = TicketState()
        for event in self.recorded:
            state = TICKET.evolve(state, event)
        assert state == self.state
        body = msgspec.msgpack.encode(state)
        assert msgspec.msgpack.decode(body, type=TicketState) == state

    @invariant()
    def it_begins_with_one_opening(self) -> None:
        openings = [event for event in self.log if isinstance(event, t.TicketOpened)]
        assert len(openings) == bool(self.log)
        assert openings == self.log[:1]

    @invariant()
    def a_closed_ticket_takes_no_more_work(self) -> None:
        log = self.log
        after = log[log.index(closing) :] if (closing := self._closing()) else []
        for event in after[1:]:
            match event:
                case (
                    t.CustomerMessageAdded(message=message) | t.ForeignMessageAdded(message=message)
                ):
                    assert message.automatic
                case _:
                    assert isinstance(event, _AFTER_CLOSING)

    def _closing(self) -> t.TicketClosed | None:
        return next((event for event in self.log if isinstance(event, t.TicketClosed)), None)

    @invariant()
    def ratings_are_from_one_to_five(self) -> None:
        assert all(1 <= event.score <= 5 for event in self.log if isinstance(event, t.TicketRated))

    @invariant()
    def every_message_is_in_it_once(self) -> None:
        digests = [
            event.digest
            for event in self.log
            if isinstance(
                event,
                t.TicketOpened
                | t.CustomerMessageAdded
                | t.ForeignMessageAdded
                | t.FollowUpRequested,
            )
        ]
        assert len(digests) == len(set(digests))

    @invariant()
    def a_strangers_message_is_never_shown_to_the_requester(self) -> None:
        if not self.log:
            return
        opened = self.log[0]
        assert isinstance(opened, t.TicketOpened)
        for event in self.log:
            if isinstance(event, t.CustomerMessageAdded):
                assert event.author_id == opened.requester_id
            if isinstance(event, t.ForeignMessageAdded | t.NoteAdded):
                assert event.message.visibility == "internal"
            if isinstance(event, t.AgentReplied):
                assert event.to_id == opened.requester_id

    @invariant()
    def a_solution_stands_exactly_while_it_is_solved_or_closed(self) -> None:
        assert (self.state.solution is not None) == (self.state.status in ("solved", "closed"))
        assert self.state.rating is None or self.state.solution is not None

    @invariant()
    def a_reply_has_one_final_outcome_and_delays_before_it_only(self) -> None:
        settled: set[int] = set()
        for event in self.log:
            if isinstance(event, t.ReplyDelivered | t.ReplyFailed | t.ReplyDelayed):
                assert isinstance(self.log[event.reply_sequence - 1], t.AgentReplied)
                assert event.reply_sequence not in settled
                if not isinstance(event, t.ReplyDelayed):
                    settled.add(event.reply_sequence)

    @invariant()
    def hand_overs_are_a_chain(self) -> None:
        holder = ("", "")
        for event in self.log:
            if isinstance(event, t.TicketAssigned):
                assert (event.from_agent_id, event.from_team_id) == holder
                assert (event.agent_id, event.team_id) != holder
                holder = (event.agent_id, event.team_id)
        assert (self.state.agent_id, self.state.team_id) == holder


TestTicketMachine = TicketMachine.TestCase
TestTicketMachine.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)
