"""What a ticket promises, whatever is sent to it: checked for each event against all before it."""

from collections import Counter
from dataclasses import dataclass, field

import msgspec

from libs.events.published import tickets as t
from services.intake.tickets import TicketState
from services.intake.tickets.satisfaction import SCORES
from services.intake.tickets.state import Solution
from tests.support.ticket_commands import Past

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


@dataclass
class Promises:
    """Checks of one ticket. said: how often something was said, by what it is about."""

    past: Past
    said: Counter[tuple[object, ...]] = field(default_factory=Counter)

    def cause(self, wanted: msgspec.Struct, events: list[object]) -> None:
        """Each of these comes of nothing else than it should."""
        state = self.past.state
        for event in events:
            match event:
                case t.TicketWoken(cause="until_passed"):
                    assert isinstance(wanted, t.EndWaiting)
                    assert self.latest(t.TicketMarkedPending, t.TicketPutOnHold) == wanted.since
                case t.TicketWoken() | t.TicketReopened() if isinstance(
                    wanted, t.AddCustomerMessage
                ):
                    assert not wanted.message.automatic
                case t.PriorityChanged(source="matrix") if state.priority_by_hand:
                    assert isinstance(wanted, t.ReleasePriority)
                case t.ReopeningUndone(reopened_sequence=reopened):
                    assert isinstance(wanted, t.MarkNeedsNoReply)
                    assert not self.unanswered(since=reopened) - {wanted.message_sequence}
                case t.TicketSolved(via=via, exempt=exempt):
                    assert exempt == (() if state.category else ("category",))
                    assert via != "agent" or not exempt
                    assert not state.awaits_children or not self.open_children()
                case t.TicketRated(asked_sequence=asked, agent_id=credited):
                    survey = self.past.log[asked - 1] if asked else state.solution
                    assert isinstance(survey, t.SatisfactionAsked | Solution)
                    assert survey.agent_id == credited

    def latest(self, *types: type[msgspec.Struct]) -> int:
        """The sequence of the last event of these types."""
        found = [n for n, event in enumerate(self.past.log, 1) if isinstance(event, types)]
        return max(found, default=0)

    def unanswered(self, since: int) -> set[int]:
        """Messages from outside after this event that a person wrote and nobody marked."""
        log = self.past.log
        return {
            sequence
            for sequence, event in enumerate(log, 1)
            if sequence > since
            and isinstance(event, FROM_OUTSIDE)
            and not event.message.automatic
            and t.MessageNeedsNoReply(sequence) not in log
        }

    def step(self, state: TicketState, event: msgspec.Struct) -> None:
        after = t.status_after(state.status, event)
        if after != state.status:
            undone = isinstance(event, t.ReopeningUndone) and state.status == "open"
            assert undone or after in STEPS[state.status], f"{state.status} became {after}"
            assert state.status != "solved" or isinstance(event, LEAVES_SOLVED)
            assert state.status != "closed" or isinstance(event, LEAVES_CLOSED)
        if state.status == "closed":
            may_come_back = isinstance(event, t.AbsorptionPrepared) and event.reason != ""
            by_mail = bool(self.past.log) and isinstance(self.past.log[-1], t.AgentMailTaken)
            from_outside = by_mail and isinstance(event, t.NoteAdded)  # which is never refused
            assert may_come_back or from_outside or not isinstance(event, BEGINS), event

    def audience(self, state: TicketState, event: msgspec.Struct) -> None:
        """Who may read it is settled when it is written."""
        if isinstance(event, HIDDEN):
            assert event.message.visibility == "internal"
        match event:
            case t.CustomerMessageAdded(author_id=author):
                assert author in (state.requester_id, *state.followed)
            case t.ParticipantMessageAdded(author_id=author, merged_from=source):
                copied = {
                    contact
                    for said in self.past.log
                    if isinstance(said, t.AgentReplied)
                    for contact in said.cc_ids
                }
                taking_part = {state.submitter_id, state.affected_id, *state.collaborators, *copied}
                assert author in taking_part or state.absorbed[source] == author
            case t.ForeignMessageAdded(author_id=author) | t.MessageTurnedAway(author_id=author):
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

    def once(self, event: msgspec.Struct) -> None:
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
                | t.MessageTurnedAway(digest=digest)
                | t.AgentMailTaken(digest=digest)
                | t.AgentMailPassedOn(digest=digest)
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
