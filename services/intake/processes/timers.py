"""Everything that happens to a ticket at an instant: it is closed, wakes, is reminded of, speaks.

One instance a ticket, with all its instants. What was missed in an outage is made up for, each
with its true instant; a word that comes too late is for the ticket's rules to leave out.
"""

import math
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.process import ProcessManager, Reaction
from libs.events.published import tickets as t


class Timer(msgspec.Struct, frozen=True, omit_defaults=True):
    """When, and about what: the sequence of the event that set it, or the id of what it set.
    seconds: that it ran when it was set, where it may begin anew."""

    due: datetime
    since: int = 0
    id: str = ""
    seconds: int = 0


class TimersState(msgspec.Struct, omit_defaults=True):
    """A ticket's instants, by what is to happen.

    resting: those that a message ended which may turn out to want nothing; put_by: those of a
    ticket that is merged or spam, which may turn out to be neither; correlation_id: what the last
    of them came from.
    """

    timers: dict[str, Timer] = {}
    resting: dict[str, Timer] = {}
    put_by: dict[str, Timer] = {}
    correlation_id: str = ""


def timers(close_after: timedelta) -> ProcessManager[TimersState]:
    """The process manager; close_after: how long a solved ticket stays open to objections, unless
    its desk has said so."""

    def react(state: TimersState, recorded: Recorded[object]) -> Reaction:
        state.correlation_id = recorded.correlation_id
        _set(state, recorded, close_after)
        return Reaction().wake(_next(state))

    def on_due(state: TimersState, ticket_id: str, due: datetime) -> Reaction:
        passed = {key: timer for key, timer in state.timers.items() if timer.due <= due}
        for key in passed:
            del state.timers[key]
        commands = [
            Command[object](
                data=_COMMANDS[key.partition(" ")[0]](timer),
                aggregate_id=ticket_id,
                actor="service:intake",
                command_id=manager.command_id(
                    ticket_id, key, str(timer.since), timer.due.isoformat()
                ),
                correlation_id=state.correlation_id,
                occurred_at=timer.due,
            )
            for key, timer in sorted(passed.items(), key=lambda item: item[1].due)
        ]
        return Reaction(commands).wake(_next(state))

    manager = ProcessManager(
        service="intake",
        name="timers",
        version=3,
        sources=("tickets.events",),
        interests=_INTERESTS,
        state=TimersState,
        key=_key,
        react=react,
        on_due=on_due,
    )
    return manager


def _key(recorded: Recorded[object]) -> str | None:
    """Nothing comes of imported history; what is live on an imported ticket is like any other."""
    return recorded.aggregate_id if recorded.origin == "live" else None


def _next(state: TimersState) -> datetime | None:
    return min((timer.due for timer in state.timers.values()), default=None)


def _set(state: TimersState, recorded: Recorded[object], close_after: timedelta) -> None:
    """What an event means for the instants."""
    timers, here = state.timers, recorded.sequence
    match recorded.data:
        case t.TicketSolved() as solved:
            _drop(state, "waiting", "snooze")
            seconds = solved.close_after or math.ceil(close_after.total_seconds())
            due = recorded.recorded_at + timedelta(seconds=seconds)
            timers["close"] = Timer(due, here, seconds=seconds)
        case t.TicketMarkedPending(until=until) | t.TicketPutOnHold(until=until):
            _drop(state, "waiting")
            if until is not None:
                timers["waiting"] = Timer(until, here)
        case t.TicketWoken() | t.TicketReopened():
            state.resting = _take(state, "close", "waiting")
        case t.ReopeningUndone():
            timers |= state.resting
            state.resting = {}
        case t.TicketClosed() | t.TicketCancelled():
            _drop(state, "close", "waiting", "snooze", "major")
        case t.TicketMarkedSpam() | t.TicketMerged():
            state.put_by = _take(state, "close", "waiting")
            _drop(state, "snooze", "major")
        case t.TicketMarkedNotSpam() | t.TicketUnmerged():
            timers |= state.put_by
            if (close := state.put_by.get("close")) is not None:
                # While it was elsewhere its customer could not object.
                due = recorded.recorded_at + timedelta(seconds=close.seconds)
                timers["close"] = Timer(due, close.since, seconds=close.seconds)
            state.put_by = {}
        case t.TicketSnoozed(until=until):
            timers["snooze"] = Timer(until, here)
        case t.SnoozeEnded():
            _drop(state, "snooze")
        case t.ReplyScheduled(send_at=send_at):
            timers[f"reply {here}"] = Timer(send_at, here)
        case t.ReplyWithdrawn(scheduled_sequence=scheduled):
            _drop(state, f"reply {scheduled}")
        case t.ReminderSet() as reminder:
            timers[f"reminder {reminder.reminder_id}"] = Timer(
                reminder.due, here, reminder.reminder_id
            )
        case t.ReminderCancelled(reminder_id=id):
            _drop(state, f"reminder {id}")
        case t.PromiseMade() as promise:
            timers[f"promise {promise.promise_id}"] = Timer(promise.due, here, promise.promise_id)
        case t.PromiseKept(promise_id=id) | t.PromiseWithdrawn(promise_id=id):
            _drop(state, f"promise {id}")
        case t.MajorIncidentDeclared() | t.MajorUpdateGiven() | t.MajorUpdateMissed() as major:
            timers["major"] = Timer(
                recorded.occurred_at + timedelta(seconds=major.update_every), here
            )
        case t.MajorIncidentEnded():
            _drop(state, "major")


def _take(state: TimersState, *keys: str) -> dict[str, Timer]:
    """These, which do not run any more."""
    return {key: state.timers.pop(key) for key in keys if key in state.timers}


def _drop(state: TimersState, *keys: str) -> None:
    _take(state, *keys)


_INTERESTS: tuple[type[msgspec.Struct], ...] = (
    t.TicketSolved,
    t.TicketMarkedPending,
    t.TicketPutOnHold,
    t.TicketWoken,
    t.TicketReopened,
    t.ReopeningUndone,
    t.TicketClosed,
    t.TicketCancelled,
    t.TicketMarkedSpam,
    t.TicketMarkedNotSpam,
    t.TicketMerged,
    t.TicketUnmerged,
    t.TicketSnoozed,
    t.SnoozeEnded,
    t.ReplyScheduled,
    t.ReplyWithdrawn,
    t.ReminderSet,
    t.ReminderCancelled,
    t.PromiseMade,
    t.PromiseKept,
    t.PromiseWithdrawn,
    t.MajorIncidentDeclared,
    t.MajorUpdateGiven,
    t.MajorUpdateMissed,
    t.MajorIncidentEnded,
)
_COMMANDS: Mapping[str, Callable[[Timer], msgspec.Struct]] = {
    "close": lambda timer: t.CloseTicket(timer.since),
    "waiting": lambda timer: t.EndWaiting(timer.since, timer.due),
    "snooze": lambda timer: t.EndSnooze(timer.due),
    "reply": lambda timer: t.SendScheduledReply(timer.since),
    "reminder": lambda timer: t.FireReminder(timer.id, timer.due),
    "promise": lambda timer: t.BreakPromise(timer.id, timer.due),
    "major": lambda timer: t.MissMajorUpdate(timer.since),
}
