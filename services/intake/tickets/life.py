"""A ticket's life: opened, waiting, solved, reopened, closed, and the other ways to end."""

from datetime import datetime

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.events.published.setup import Setup
from libs.events.rules import Events, Folds, Rules
from services.intake.digests import remember
from services.intake.setup.values import all_hold
from services.intake.tickets.asked import Asked, in_future, not_closed, opened
from services.intake.tickets.conditions import is_visible, values_of
from services.intake.tickets.messages import note_message
from services.intake.tickets.state import Disturbance, Revival, Solution, TicketState, Waiting

WAITING = ("pending", "on_hold")
BY_MESSAGE = ("customer_reply", "participant_reply")
# "No" and 0 are values.
EMPTY = (None, "", ())


def label_status(state: TicketState, wanted: t.LabelStatus, asked: Asked) -> Events:
    """A label belongs to one status; only that of ``open`` may open a new ticket on its way."""
    status = not_closed(state)
    if status == "new" and wanted.label in asked.setup.labels.get("open", ()):
        status = "open"
    else:
        _expect_label(asked.setup, status, wanted.label)
    if (status, wanted.label) == (state.status, state.label):
        return []
    return [t.StatusLabelled(status, wanted.label, state.label, asked.setup.version)]


def mark_pending(state: TicketState, wanted: t.MarkPending, asked: Asked) -> Events:
    status = _expect_unsolved(state)
    if status == "pending" and wanted == t.MarkPending():
        return []
    _expect_label(asked.setup, "pending", wanted.label)
    _expect_future(wanted.until, asked)
    marked = t.TicketMarkedPending(
        status,
        wanted.reason,
        wanted.label,
        wanted.until,
        wanted.reference,
        asked.setup.version,
    )
    return [marked]


def put_on_hold(state: TicketState, wanted: t.PutOnHold, asked: Asked) -> Events:
    status = _expect_unsolved(state)
    if not wanted.party:
        raise Refusal("party_missing", "Say for whom the ticket waits.", "/party")
    _expect_label(asked.setup, "on_hold", wanted.label)
    _expect_future(wanted.until, asked)
    held = t.TicketPutOnHold(
        status,
        wanted.party,
        wanted.reason,
        wanted.label,
        wanted.until,
        wanted.reference,
        asked.setup.version,
    )
    return [held]


def end_waiting(state: TicketState, wanted: t.EndWaiting, asked: Asked) -> Events:
    """A late word of the timer's is no error."""
    waiting = state.waiting
    if waiting is None or (waiting.since, waiting.until) != (wanted.since, wanted.until):
        return []
    return awake(state, "until_passed")


def snooze(state: TicketState, wanted: t.SnoozeTicket, asked: Asked) -> Events:
    _expect_unsolved(state)
    if wanted.until == state.snoozed_until:
        return []
    return [t.TicketSnoozed(in_future(wanted.until, asked, "/until"), wanted.reason)]


def end_snooze(state: TicketState, wanted: t.EndSnooze, asked: Asked) -> Events:
    opened(state)
    if state.snoozed_until is None or wanted.until not in (None, state.snoozed_until):
        return []
    return [t.SnoozeEnded("agent" if wanted.until is None else "until_passed")]


def solve(state: TicketState, wanted: t.SolveTicket, asked: Asked) -> Events:
    status = not_closed(state)
    if (before := state.solution) is not None:
        if (wanted.resolution_code, wanted.cause) == (before.code, before.cause):
            return []
        raise Refusal(
            "already_solved",
            f"This ticket is solved already ({before.code}); reopen it to solve it differently.",
        )
    if asked.origin == "live" or wanted.resolution_code != t.IMPORTED:
        expect_code(asked.setup, wanted.resolution_code)
    if state.awaits_children and state.open_children:
        raise Refusal(
            "children_open",
            f"{len(state.open_children)} of this ticket's children are not solved yet; solve them "
            "first, or let it not wait for them.",
        )
    _expect_label(asked.setup, "solved", wanted.label)
    writing = asked.setup.correspondence_of(asked.setup.brand_of(state.account))
    survey_after = writing.survey_after if asked.origin == "live" else 0
    solved = t.TicketSolved(
        wanted.resolution_code,
        asked.agent_id or state.agent_id,
        status,
        wanted.cause,
        wanted.via,
        wanted.label,
        _exempt(state, wanted, asked),
        asked.setup.close_after,
        asked.setup.version,
        survey_after,
        writing.survey_open if survey_after else 0,
    )
    # What is solved owes nobody news any more.
    return [t.MajorIncidentEnded("solved"), solved] if state.major is not None else [solved]


def reopen(state: TicketState, wanted: t.ReopenTicket, asked: Asked) -> Events:
    not_closed(state)
    events = awake(state, "agent", wanted.reason)
    if not events:
        raise Refusal(
            "not_waiting",
            "This ticket is being worked on already; only one that waits or is solved can be "
            "reopened.",
        )
    return events


def mark_needs_no_reply(state: TicketState, wanted: t.MarkNeedsNoReply, asked: Asked) -> Events:
    not_closed(state)
    message = state.messages.get(wanted.message_sequence)
    if message is None or message.kind not in ("customer", "participant"):
        raise Refusal(
            "no_such_message",
            f"Event {wanted.message_sequence} of this ticket is no message of the customer's.",
            "/message_sequence",
        )
    if not message.reply_wanted:
        return []
    undone: list[t.ReopeningUndone | t.TicketSnoozed] = []
    for nothing in (state.revival, state.disturbed):
        if nothing is None or _reply_wanted(state, nothing, wanted.message_sequence):
            continue
        if isinstance(nothing, Revival):
            undone.append(t.ReopeningUndone(nothing.sequence, nothing.status))
        elif asked.now < nothing.until:
            undone.append(t.TicketSnoozed(nothing.until))
    return [t.MessageNeedsNoReply(wanted.message_sequence), *undone]


def close(state: TicketState, wanted: t.CloseTicket, asked: Asked) -> Events:
    solution = state.solution
    if opened(state) == "closed":
        return []
    if wanted.solved_sequence and (solution is None or solution.sequence != wanted.solved_sequence):
        return []
    return [t.TicketClosed(expect_solved(state, "closed").at)]


def cancel(state: TicketState, wanted: t.CancelTicket, asked: Asked) -> Events:
    if state.ended_as == "cancelled":
        return []
    return [t.TicketCancelled(_expect_unsolved(state), wanted.reason)]


def mark_spam(state: TicketState, wanted: t.MarkSpam, asked: Asked) -> Events:
    if state.ended_as == "spam":
        return []
    return [t.TicketMarkedSpam(not_closed(state), wanted.rule, wanted.rule_version)]


def mark_not_spam(state: TicketState, wanted: t.MarkNotSpam, asked: Asked) -> Events:
    opened(state)
    return [t.TicketMarkedNotSpam(state.status_before_end)] if state.ended_as == "spam" else []


def awake(state: TicketState, cause: t.WakingCause, reason: str = "") -> Events:
    """What brings a ticket back that waits, is solved or snoozed; nothing for any other."""
    events: list[t.SnoozeEnded | t.TicketWoken | t.TicketReopened] = []
    if state.snoozed_until is not None:
        events.append(t.SnoozeEnded(cause))
    if state.status == "solved" and state.solution is not None:
        solver, code = state.solution.agent_id, state.solution.code
        events.append(t.TicketReopened(cause, "solved", solver, code, reason))
    elif state.status in WAITING:
        events.append(t.TicketWoken(cause, state.status, reason))
    return events


def expect_solved(state: TicketState, wanted: str) -> Solution:
    """The solution. Raises Refusal without one, or for spam; wanted: what can only be done with
    it."""
    if state.solution is None or state.ended_as:
        raise Refusal("not_solved", f"Only a solved ticket can be {wanted}; solve it first.")
    return state.solution


def expect_code(setup: Setup, resolution_code: str) -> None:
    """Raises Refusal for a resolution code that this desk does not use."""
    if resolution_code not in setup.resolution_codes:
        raise Refusal(
            "unknown_resolution_code",
            f"Choose one of {', '.join(setup.resolution_codes)}.",
            "/resolution_code",
        )


def _reply_wanted(state: TicketState, since: Revival | Disturbance, unless: int) -> bool:
    """Whether somebody waits for an answer since the ticket came back, by another message."""
    return any(
        sequence != unless
        and message.reply_wanted
        and message.kind in ("customer", "participant", "foreign")
        for sequence, message in state.messages.items()
        if sequence >= since.message_sequence
    )


def _expect_unsolved(state: TicketState) -> t.Status:
    status = not_closed(state)
    if status == "solved":
        raise Refusal("ticket_solved", "A solved ticket waits for nobody; reopen it first.")
    return status


def _expect_label(setup: Setup, status: t.Status, label: str) -> None:
    known = setup.labels.get(status, ())
    if label and label not in known:
        choice = f"choose one of {', '.join(known)}" if known else "this status has none"
        raise Refusal(
            "unknown_label",
            f"{label} is no label of {status.replace('_', '-')}: {choice}.",
            "/label",
        )


def _expect_future(until: datetime | None, asked: Asked) -> None:
    if until is not None:
        in_future(until, asked, "/until")


def _exempt(state: TicketState, wanted: t.SolveTicket, asked: Asked) -> tuple[str, ...]:
    """The demanded fields that are empty. Raises Refusal for one that must not be, this way. What
    was solved elsewhere could not know the rules of today."""
    setup = asked.setup
    filled = {**values_of(state), "cause": wanted.cause}
    missing = [
        rule
        for rule in setup.solve_rules
        if filled.get(rule.field) in EMPTY
        and all_hold(rule.when, filled)
        and is_visible(rule.field, setup, filled)
    ]
    for rule in missing:
        if asked.origin == "live" and wanted.via not in rule.exempt:
            raise Refusal(
                "field_missing",
                f"This desk wants {rule.field} before a ticket is solved; fill it first.",
                f"/{rule.field}",
            )
    return tuple(rule.field for rule in missing)


def _opened(state: TicketState, event: t.TicketOpened, recorded: Recorded[object]) -> None:
    state.requester_id = event.requester_id
    state.submitter_id = event.submitter_id
    state.affected_id = event.affected_id
    state.number = f"{event.prefix}{event.number}"
    state.account = event.account
    state.channel = event.message.channel
    state.origin = event.origin
    state.type = event.type
    state.invited = event.invited
    remember(state.digests, event.digest, None)
    by_customer = event.message.role == "customer"
    note_message(state, recorded, event.message, "customer" if by_customer else "other")


def _labelled(state: TicketState, event: t.StatusLabelled, _: Recorded[object]) -> None:
    state.label = event.label


def _waits(
    state: TicketState,
    event: t.TicketMarkedPending | t.TicketPutOnHold,
    recorded: Recorded[object],
) -> None:
    state.waiting = Waiting(recorded.sequence, event.until)
    state.label = event.label
    state.revival = state.disturbed = None


def _snoozed(state: TicketState, event: t.TicketSnoozed, _: Recorded[object]) -> None:
    state.snoozed_until = event.until
    state.revival = state.disturbed = None


def _snooze_ended(state: TicketState, event: t.SnoozeEnded, _: Recorded[object]) -> None:
    state.disturbed = None
    if event.cause in BY_MESSAGE and state.messages and state.snoozed_until is not None:
        state.disturbed = Disturbance(next(reversed(state.messages)), state.snoozed_until)
    state.snoozed_until = None


def _solved(state: TicketState, event: t.TicketSolved, recorded: Recorded[object]) -> None:
    state.solution = Solution(
        recorded.sequence,
        recorded.occurred_at,
        event.agent_id,
        event.resolution_code,
        event.cause,
        state.team_id,
    )
    state.cycles += 1
    state.waiting = state.revival = state.snoozed_until = state.disturbed = None


def _revived(
    state: TicketState, event: t.TicketWoken | t.TicketReopened, recorded: Recorded[object]
) -> None:
    """By a message that may turn out to want nothing: then all of this comes back."""
    state.revival = None
    if event.cause in BY_MESSAGE and state.messages:
        state.revival = Revival(
            recorded.sequence,
            next(reversed(state.messages)),
            event.from_status,
            state.label,
            state.solution,
            state.rating,
            state.waiting,
        )
    state.solution = state.rating = state.waiting = None


def _needs_no_reply(state: TicketState, event: t.MessageNeedsNoReply, _: Recorded[object]) -> None:
    message = state.messages[event.message_sequence]
    state.messages[event.message_sequence] = type(message)(
        message.kind, message.contents, message.by, reply_wanted=False
    )


def _undone(state: TicketState, event: t.ReopeningUndone, _: Recorded[object]) -> None:
    if (before := state.revival) is not None:
        state.label = before.label
        state.solution, state.rating = before.solution, before.rating
        state.waiting = before.waiting
    state.revival = None


def _ended(
    state: TicketState, event: t.TicketCancelled | t.TicketMarkedSpam, _: Recorded[object]
) -> None:
    state.ended_as = "cancelled" if isinstance(event, t.TicketCancelled) else "spam"
    state.status_before_end, state.label_before_end = event.from_status, state.label
    state.snoozed_until = state.disturbed = None


def _not_spam(state: TicketState, event: t.TicketMarkedNotSpam, _: Recorded[object]) -> None:
    state.ended_as = ""
    state.label = state.label_before_end


RULES: Rules = {
    t.LabelStatus: label_status,
    t.MarkPending: mark_pending,
    t.PutOnHold: put_on_hold,
    t.EndWaiting: end_waiting,
    t.SnoozeTicket: snooze,
    t.EndSnooze: end_snooze,
    t.SolveTicket: solve,
    t.ReopenTicket: reopen,
    t.MarkNeedsNoReply: mark_needs_no_reply,
    t.CloseTicket: close,
    t.CancelTicket: cancel,
    t.MarkSpam: mark_spam,
    t.MarkNotSpam: mark_not_spam,
}
FOLDS: Folds = {
    t.TicketOpened: _opened,
    t.StatusLabelled: _labelled,
    t.TicketMarkedPending: _waits,
    t.TicketPutOnHold: _waits,
    t.TicketSnoozed: _snoozed,
    t.SnoozeEnded: _snooze_ended,
    t.TicketSolved: _solved,
    t.TicketWoken: _revived,
    t.TicketReopened: _revived,
    t.MessageNeedsNoReply: _needs_no_reply,
    t.ReopeningUndone: _undone,
    t.TicketCancelled: _ended,
    t.TicketMarkedSpam: _ended,
    t.TicketMarkedNotSpam: _not_spam,
}
