"""Whatever is sent to a ticket in whatever order, it keeps its promises."""

from collections.abc import Mapping
from datetime import timedelta

import msgspec
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule

from libs.events.aggregate import Moment, Refusal
from libs.events.catalogue import CATALOGUE
from libs.events.deciding import Held, Outcome, handle
from libs.events.envelope import Command, Recorded
from libs.events.ids import digest
from libs.events.personal import Personal, personal_values
from libs.events.published import tickets as t
from libs.events.testing import SOME_ID
from services.intake.tickets import TICKET, TicketState
from services.intake.tickets.decide import RULES
from services.intake.tickets.priority import CAN_BE_MAJOR
from tests.support.messages import CUSTOMER, mail
from tests.support.ticket_commands import COMMANDS, DESK, Past, command
from tests.support.ticket_promises import Promises

# Said again, these are another fact: a further message, more work, the ticket back once more. So
# is what is sealed, since nobody can compare it.
SAID_EACH_TIME = (
    t.RecordMail,
    t.RevokeLinks,
    t.ApplyMacro,
    t.ReplyToCustomer,
    t.AddNote,
    t.EditNote,
    t.AddSideMessage,
    t.MarkPending,
    t.PutOnHold,
    t.ReturnTicket,
    t.LogTime,
    t.RecordLiveTalk,
    t.MirrorLink,
    t.MergeTicket,
    t.SpreadSolution,
    t.WarnSlaClock,
    t.SkipAgents,
    t.SkipSurvey,
)
ENDS = (t.CancelTicket, t.MarkSpam, t.MergeTicket, t.CloseTicket)
BACK = (t.MarkNotSpam, t.UnmergeTicket)
OFTEN = (t.AddCustomerMessage, t.MarkNeedsNoReply, t.SolveTicket, t.RateTicket)
KINDS = [
    *COMMANDS,
    *(kind for kind in COMMANDS if kind not in ENDS for _ in range(2)),
    *(kind for kind in (*BACK, *OFTEN) for _ in range(5)),
]
# What is likely to be sent while a part of the state holds something.
GOES_ON: Mapping[str, tuple[type[msgspec.Struct], ...]] = {
    "waiting": (t.EndWaiting, t.MarkPending, t.AddCustomerMessage),
    "snoozed_until": (t.EndSnooze, t.AddCustomerMessage),
    "solution": (t.AddCustomerMessage, t.AskSatisfaction, t.RateTicket, t.AssignTicket),
    "revival": (t.MarkNeedsNoReply, t.MarkNeedsNoReply, t.AddCustomerMessage),
    "priority_by_hand": (t.AssessTicket, t.ReleasePriority),
    "major": (t.MissMajorUpdate, t.EndMajorIncident, t.SolveTicket, t.ClassifyTicket),
    "replies": (t.RecordDelivery, t.RedactMessage),
    "scheduled": (t.SendScheduledReply, t.WithdrawReply, t.CloseTicket),
    "sides": (t.AddSideMessage, t.CloseSideConversation),
    "consultations": (t.AnswerConsultation, t.WithdrawConsultation),
    "reminders": (t.FireReminder, t.CancelReminder),
    "promises": (t.KeepPromise, t.BreakPromise, t.BreakPromise, t.WithdrawPromise),
    "working": (t.StartWork, t.StopWork),
    "logged": (t.CorrectTime,),
    "links": (t.UnlinkTicket, t.LinkTicket),
    "open_children": (t.AwaitChildren, t.SettleChild, t.UnlinkTicket, t.SolveTicket),
    "preparing": (t.CompleteAbsorption, t.CancelAbsorption, t.MergeTicket),
    "absorbed": (t.SurrenderTicket,),
    "splits": (t.UndoSplit,),
    "clocks": (t.WarnSlaClock, t.BreachSlaClock, t.MeetSlaClock, t.ExplainSlaBreach),
    "offers": (t.AnswerOffer, t.ExpireOffer),
    "suggestions": (t.UseArticle, t.RejectArticle),
    "survey": (t.RateTicket, t.RecordSurveyDelivery, t.ExpireSurvey, t.AssignTicket),
}
AGENTS = st.sampled_from(["agent:anna", "agent:anna", "agent:ben", "service:x"])
MINUTES = st.sampled_from([0, 1, 40])
AGO = st.sampled_from([0, 0, 0, 30])
ENDED_LONG_AGO = 15
OPENING = t.OpenTicket(CUSTOMER, "support", mail("question"), digest("question"), brand="north")
JSON = msgspec.json.Encoder(
    enc_hook=lambda value: (
        {"key": value.key, "sealed": "c2VhbGVk"} if isinstance(value, Personal) else None
    )
)
PACK = msgspec.msgpack.Encoder().encode
UNPACK = msgspec.msgpack.Decoder(TicketState).decode


def test_the_machine_knows_every_command() -> None:
    assert set(COMMANDS) == set(RULES)


class TicketMachine(RuleBasedStateMachine):
    """One ticket after another. Each command is decided against the live state; what the log and
    the database would hold of it (``stored``) is folded beside, from their bytes alone."""

    @initialize(opened=st.sampled_from([True, True, False]))
    def begin(self, opened: bool) -> None:
        self.held = Held(SOME_ID, TicketState())
        self.stored = PACK(TicketState())
        self.past = Past(TicketState())
        self.stood: dict[int, tuple[object, ...]] = {}
        self.promises = Promises(self.past)
        self.since_the_end = 0
        if opened:
            self.tell(OPENING, "service:intake")

    @rule(kind=st.sampled_from(KINDS), actor=AGENTS, minutes=MINUTES, ago=AGO, data=st.data())
    def send(
        self,
        kind: type[msgspec.Struct],
        actor: str,
        minutes: int,
        ago: int,
        data: st.DataObject,
    ) -> None:
        """Anything. ago: how many minutes before it is told it happened in the world."""
        if self.since_the_end > ENDED_LONG_AGO:
            self.begin(opened=True)
        self.past.now += timedelta(minutes=minutes)
        self.tell(data.draw(command(kind, self.past)), actor, timedelta(minutes=ago))

    @rule(actor=AGENTS, minutes=MINUTES, ago=AGO, data=st.data())
    def go_on(self, actor: str, minutes: int, ago: int, data: st.DataObject) -> None:
        """Something about what is going on."""
        alive = [
            kind for part, some in GOES_ON.items() if getattr(self.state, part) for kind in some
        ]
        self.send(data.draw(st.sampled_from(alive or KINDS)), actor, minutes, ago, data)

    def tell(self, wanted: msgspec.Struct, actor: str, ago: timedelta = timedelta()) -> None:
        """Decide a command, see what comes of it, and repeat it in two ways."""
        moment = Moment(self.past.now, 7, DESK)
        asked: Command[object] = Command(
            data=from_json(wanted),
            aggregate_id=SOME_ID,
            actor=actor,
            occurred_at=self.past.now - ago if ago else None,
        )
        before = PACK(self.state)
        self.decided(asked, moment)
        assert PACK(self.state) == before, "decide changed the state"

        done = handle(TICKET, self.held, asked, moment)
        self.promises.cause(wanted, [recorded.data for recorded in done.events])
        self.check(UNPACK(before), done.events)
        after = PACK(self.state)
        again = handle(TICKET, self.held, asked, moment)
        assert (again.repeated, again.events, again.outcome) == (True, [], done.outcome)
        if not isinstance(wanted, SAID_EACH_TIME) and not any(personal_values(wanted)):
            # What was to be so is so now: at once again, nothing more is to be done.
            assert not done.events or not self.decided(asked, moment), f"{wanted} twice"
        assert PACK(self.state) == after
        self.past.state = UNPACK(self.stored)
        self.check_state()
        self.since_the_end += self.past.state.status == "closed"

    @property
    def state(self) -> TicketState:
        """The live state."""
        assert isinstance(self.held.state, TicketState)
        return self.held.state

    def decided(self, command: Command[object], moment: Moment) -> list[msgspec.Struct]:
        """What is decided; nothing if it is refused, understandably."""
        try:
            return list(TICKET.decide(self.state, command, moment))
        except Refusal as refusal:
            if not (refusal.code.isidentifier() and refusal.sentence.endswith(".")):
                raise
            return []

    def check(self, before: TicketState, events: list[Recorded[object]]) -> None:
        """Fold the events beside the live state, and see that each may follow what was."""
        state = before
        for recorded in events:
            event = recorded.data
            assert isinstance(event, msgspec.Struct)
            read = from_json(event)
            self.past.state = state  # one command may be a macro of several steps
            self.promises.step(state, event)
            self.promises.audience(state, event)
            self.promises.once(event)
            if isinstance(event, t.TicketWoken | t.TicketReopened):
                self.stood[recorded.sequence] = standing(state)
            state = TICKET.evolve(state, msgspec.structs.replace(recorded, data=read))
            if isinstance(event, t.ReopeningUndone):
                assert standing(state) == self.stood[event.reopened_sequence]
            self.past.log.append(event)
        self.stored = PACK(state)

    def check_state(self) -> None:
        """What it remembers agrees with its log, with what is stored, and with itself."""
        state = self.past.state
        assert self.stored == PACK(self.state)
        assert state == self.state
        assert state.cycles == self.promises.said["solved",]
        assert set(state.open_children) == self.promises.open_children()
        assert self.held.sequence == len(self.past.log)

        working = ("new", "open", "pending", "on_hold")
        assert state.status != "solved" or state.solution is not None
        assert state.status not in working or state.solution is None
        assert state.rating is None or state.solution is not None
        assert state.status not in ("pending", "on_hold") or state.waiting is not None
        assert state.status not in ("solved", "closed") or state.snoozed_until is None
        assert not state.merged_into or state.status == "closed"
        assert not state.merged_into or not state.preparing
        assert state.major is None or state.type in CAN_BE_MAJOR
        assert state.major is None or state.status != "solved"
        assert not state.label or state.label in DESK.labels.get(state.status or "closed", ())
        assert state.requester_id not in {state.affected_id, *state.collaborators} - {""}
        by_matrix = DESK.matrix.priority(state.impact, state.urgency)
        assert state.priority_by_hand or state.priority == by_matrix

    def teardown(self) -> None:
        """Its memory of commands is stored with it."""
        body = PACK((self.state, self.held.processed))
        again = msgspec.msgpack.decode(body, type=tuple[TicketState, dict[str, Outcome]])
        assert again == (self.state, self.held.processed)


def from_json(data: msgspec.Struct) -> object:
    """An event or a command as its topic holds it, read again."""
    return CATALOGUE.decode(CATALOGUE.entry(type(data)).header, JSON.encode(data))[1]


def standing(state: TicketState) -> tuple[object, ...]:
    """What an undone reopening brings back."""
    return state.status, state.label, state.solution, state.waiting, state.rating


TestTicketMachine = TicketMachine.TestCase
TestTicketMachine.settings = settings(
    max_examples=60,
    stateful_step_count=300,
    deadline=None,
    phases=set(Phase) - {Phase.explain},
    suppress_health_check=[
        HealthCheck.too_slow,
        HealthCheck.data_too_large,
        HealthCheck.large_base_example,
    ],
)
