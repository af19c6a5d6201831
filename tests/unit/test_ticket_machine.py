"""Whatever is sent to a ticket in whatever order, it keeps its promises."""

from collections import Counter
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
from services.intake.tickets.satisfaction import SCORES
from tests.support.messages import CUSTOMER, mail
from tests.support.ticket_commands import COMMANDS, DESK, Past, command

# What may follow what; a ticket is never anything else.
STEPS = {
    None: {"new"},
    "new": {"open", "pending", "on_hold", "solved", "closed"},
    "open": {"pending", "on_hold", "solved", "closed"},
    "pending": {"open", "on_hold", "solved", "closed"},
    "on_hold": {"open", "pending", "solved", "closed"},
    "solved": {"open", "closed"},
    "closed": {"new", "open", "pending", "on_hold", "solved"},
}
LEAVES_SOLVED = t.TicketReopened | t.TicketClosed | t.TicketMarkedSpam | t.TicketMerged
LEAVES_CLOSED = t.TicketMarkedNotSpam | t.TicketUnmerged
FROM_OUTSIDE = t.CustomerMessageAdded | t.ParticipantMessageAdded | t.ForeignMessageAdded
HIDDEN = (
    t.ForeignMessageAdded
    | t.NoteAdded
    | t.SideConversationOpened
    | t.SideMessageAdded
    | t.ConsultationAsked
    | t.ConsultationAnswered
)
# What begins something new, and therefore never follows an end.
BEGINS = (
    t.AgentReplied
    | t.ReplyScheduled
    | t.NoteAdded
    | t.SideConversationOpened
    | t.ConsultationAsked
    | t.WorkStarted
    | t.TicketAssigned
    | t.TierChanged
    | t.RequesterChanged
    | t.PriorityChanged
    | t.TicketClassified
    | t.FieldsChanged
    | t.ReminderSet
    | t.PromiseMade
    | t.TicketOffered
    | t.TicketSnoozed
    | t.TicketMarkedPending
    | t.TicketPutOnHold
    | t.TicketSolved
    | t.AbsorptionPrepared
)
# Said again, these are another fact: a further message, more work, the ticket back once more. So
# is what is sealed, since nobody can compare it.
SAID_EACH_TIME = (
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
        self.said: Counter[tuple[object, ...]] = Counter()
        self.since_the_end = 0
        if opened:
            self.tell(OPENING, "service:intake")

    @rule(
        kind=st.sampled_from(KINDS),
        actor=st.sampled_from(["agent:anna", "agent:anna", "agent:ben", "service:x"]),
        minutes=st.sampled_from([0, 1, 40]),
        data=st.data(),
    )
    def send(
        self, kind: type[msgspec.Struct], actor: str, minutes: int, data: st.DataObject
    ) -> None:
        if self.since_the_end > ENDED_LONG_AGO:
            self.begin(opened=True)
        self.past.now += timedelta(minutes=minutes)
        self.tell(data.draw(command(kind, self.past)), actor)

    def tell(self, wanted: msgspec.Struct, actor: str) -> None:
        """Decide a command, see what comes of it, and repeat it in two ways."""
        moment = Moment(self.past.now, 7, DESK)
        asked: Command[object] = Command(data=from_json(wanted), aggregate_id=SOME_ID, actor=actor)
        before = PACK(self.state)
        self.decided(asked, moment)
        assert PACK(self.state) == before, "decide changed the state"

        done = handle(TICKET, self.held, asked, moment)
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
            self.check_step(state, event)
            self.check_messages(state, event)
            self.check_once(event)
            if isinstance(event, t.TicketWoken | t.TicketReopened):
                self.stood[recorded.sequence] = standing(state)
            state = TICKET.evolve(state, msgspec.structs.replace(recorded, data=read))
            if isinstance(event, t.ReopeningUndone):
                assert standing(state) == self.stood[event.reopened_sequence]
            self.past.log.append(event)
        self.stored = PACK(state)

    def check_step(self, state: TicketState, event: msgspec.Struct) -> None:
        after = t.status_after(state.status, event)
        if after != state.status:
            undone = isinstance(event, t.ReopeningUndone) and state.status == "open"
            assert undone or after in STEPS[state.status], f"{state.status} became {after}"
            assert state.status != "solved" or isinstance(event, LEAVES_SOLVED)
            assert state.status != "closed" or isinstance(event, LEAVES_CLOSED)
        if state.status == "closed":
            may_come_back = isinstance(event, t.AbsorptionPrepared) and event.reason != ""
            assert may_come_back or not isinstance(event, BEGINS), event

    def check_messages(self, state: TicketState, event: msgspec.Struct) -> None:
        """Who may read it is settled when it is written."""
        if isinstance(event, HIDDEN):
            assert event.message.visibility == "internal"
        match event:
            case t.CustomerMessageAdded(author_id=author):
                assert author == state.requester_id
            case t.ParticipantMessageAdded(author_id=author, merged_from=source):
                taking_part = {state.submitter_id, state.affected_id, *state.collaborators}
                assert author in taking_part or state.absorbed[source] == author
            case t.ForeignMessageAdded(author_id=author):
                assert author not in {state.requester_id, *state.collaborators}
            case t.SideMessageAdded(contact_id=contact, side_id=side) if contact:
                assert state.sides[side].contact_id == contact
            case t.AgentReplied(to_id=to):
                assert to == state.requester_id
            case t.MessageRedacted(message_sequence=sequence, removed=removed):
                written = self.past.log[sequence - 1]
                assert removed
                assert set(removed) <= self.contents_of(sequence), written

    def contents_of(self, sequence: int) -> set[str]:
        """Ids of the contents that a message has had."""
        written = self.past.log[sequence - 1]
        message = getattr(written, "message", None)
        found = set(message.content_ids) if message is not None else set()
        for event in self.past.log:
            match event:
                case t.NoteEdited(note_sequence=here, rendition=words) if here == sequence:
                    found.add(words.id)
                case t.MessageRedacted(message_sequence=here, rendition=left) if here == sequence:
                    found |= {left.id} if left else set()
        return found

    def check_once(self, event: msgspec.Struct) -> None:
        """What can happen once happens once; what ends something ends what was begun."""
        said = self.said
        match event:
            case t.TicketOpened():
                assert not self.past.log
            case (
                t.CustomerMessageAdded(digest=digest)
                | t.ParticipantMessageAdded(digest=digest)
                | t.ForeignMessageAdded(digest=digest)
                | t.FollowUpRequested(digest=digest)
                | t.MessagePassedOn(digest=digest)
            ):
                said["message", digest] += 1
                assert said["message", digest] == 1
            case t.ReplyDelivered(reply_sequence=reply) | t.ReplyFailed(reply_sequence=reply):
                assert isinstance(self.past.log[reply - 1], t.AgentReplied)
                said["delivery", reply] += 1
                assert said["delivery", reply] == 1
            case t.ReplyDelayed(reply_sequence=reply):
                assert not said["delivery", reply]
            case (
                t.AgentReplied(scheduled_sequence=scheduled)
                | t.ReplyWithdrawn(scheduled_sequence=scheduled)
            ) if scheduled:
                assert isinstance(self.past.log[scheduled - 1], t.ReplyScheduled)
                said["scheduled", scheduled] += 1
                assert said["scheduled", scheduled] == 1, "sent and withdrawn"
            case t.SlaClockMet(clock_id=clock) | t.SlaClockCancelled(clock_id=clock):
                said["over", clock] += 1
                assert said["over", clock] == 1
            case t.SlaClockBreached(clock_id=clock):
                said["breached", clock] += 1
                assert said["breached", clock] == 1
                assert not said["over", clock]
            case t.SlaClockWarned(clock_id=clock) | t.SlaClockRetargeted(clock_id=clock):
                assert not said["over", clock]
            case t.WorkStopped(started_sequence=started, agent_id=agent, seconds=seconds):
                begun = self.past.log[started - 1]
                assert isinstance(begun, t.WorkStarted)
                assert begun.agent_id == agent
                said["stopped", started] += 1
                assert (said["stopped", started], seconds >= 0) == (1, True)
            case t.ReminderSet(reminder_id=id):
                said["reminder", id] = 1
            case t.ReminderFired(reminder_id=id) | t.ReminderCancelled(reminder_id=id):
                said["reminder", id] -= 1
                assert said["reminder", id] == 0
            case t.PromiseMade(promise_id=id):
                said["promise", id] += 1
                said["broken", id] = 0
                assert said["promise", id] == 1
            case t.PromiseBroken(promise_id=id):
                said["broken", id] += 1
                assert (said["promise", id], said["broken", id]) == (1, 1)
            case t.PromiseKept(promise_id=id) | t.PromiseWithdrawn(promise_id=id):
                said["promise", id] -= 1
                assert said["promise", id] == 0
            case t.TicketOffered(offer_id=id):
                said["offer", id] += 1
                assert said["offer", id] == 1
            case t.TicketOfferAnswered(offer_id=id) | t.TicketOfferExpired(offer_id=id):
                said["offer", id] -= 1
                assert said["offer", id] == 0
            case t.SatisfactionAsked(cycle=cycle):
                assert self.past.state.solution is not None
                said["asked", self.past.state.solution.sequence] += 1
                assert said["asked", self.past.state.solution.sequence] == 1
                assert cycle == said["solved",]
            case t.SurveyExpired(asked_sequence=asked):
                said["expired", asked] += 1
                assert said["expired", asked] == 1
            case t.TicketRated(score=score, asked_sequence=asked):
                survey = self.past.log[asked - 1] if asked else None
                assert isinstance(survey, t.SatisfactionAsked | None)
                worst, best = SCORES[survey.scale if survey else "stars5"]
                assert worst <= score <= best
                assert not said["expired", asked]
            case t.TicketSolved():
                said["solved",] += 1
            case t.TicketAssigned() as given:
                holder = (given.from_agent_id, given.from_team_id)
                assert holder == (self.past.state.agent_id, self.past.state.team_id)
                assert (given.agent_id, given.team_id) != holder
            case t.ChildSettled(left=left):
                assert left == len(self.open_children(event))

    def open_children(self, *more: msgspec.Struct) -> set[str]:
        """The children that are not done, by the log."""
        found: set[str] = set()
        for event in (*self.past.log, *more):
            match event:
                case t.TicketLinked(other_id=child, relation="child"):
                    found.add(child)
                case t.TicketUnlinked(other_id=child, relation="child"):
                    found.discard(child)
                case t.ChildSettled(child_id=child, settled=settled):
                    (found.discard if settled else found.add)(child)
        return found

    def check_state(self) -> None:
        """What it remembers agrees with its log, with what is stored, and with itself."""
        state = self.past.state
        assert self.stored == PACK(self.state)
        assert state == self.state
        assert state.cycles == self.said["solved",]
        assert set(state.open_children) == self.open_children()
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
