"""A ticket's life, folded: waiting, solved, revived, ended. The status follows of itself."""

from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from services.gateway.instants import text
from services.gateway.tickets.view.folds import Folds, instant
from services.gateway.tickets.view.shape import BeforeRevival, TicketView, WaitingView


def _labelled(view: TicketView, event: t.StatusLabelled, _: Recorded[object]) -> None:
    view["label"] = event.label


def _pending(view: TicketView, event: t.TicketMarkedPending, recorded: Recorded[object]) -> None:
    _wait(view, "customer", event, recorded)


def _held(view: TicketView, event: t.TicketPutOnHold, recorded: Recorded[object]) -> None:
    _wait(view, event.party, event, recorded)


def _wait(
    view: TicketView,
    party: str,
    event: t.TicketMarkedPending | t.TicketPutOnHold,
    recorded: Recorded[object],
) -> None:
    view["label"] = event.label
    view["waiting"] = WaitingView(
        party=party,
        reason=event.reason,
        reference=event.reference,
        until=instant(event.until),
        since=text(recorded.occurred_at),
    )


def _snoozed(view: TicketView, event: t.TicketSnoozed, _: Recorded[object]) -> None:
    view["snoozed_until"] = text(event.until)


def _snooze_ended(view: TicketView, event: t.SnoozeEnded, _: Recorded[object]) -> None:
    view["snoozed_until"] = None


def _solved(view: TicketView, event: t.TicketSolved, recorded: Recorded[object]) -> None:
    view["solved_at"] = text(recorded.occurred_at)
    view["solved_by"] = event.agent_id
    view["resolution_code"] = event.resolution_code
    view["cause"] = event.cause
    view["waiting"] = view["snoozed_until"] = view["survey"] = None


def _woken(view: TicketView, event: t.TicketWoken, _: Recorded[object]) -> None:
    _revive(view, was_solved=False)


def _reopened(view: TicketView, event: t.TicketReopened, _: Recorded[object]) -> None:
    view["reopenings"] += 1
    _revive(view, was_solved=True)


def _revive(view: TicketView, was_solved: bool) -> None:
    view["before_revival"] = BeforeRevival(
        label=view["label"],
        waiting=view["waiting"],
        solved_at=view["solved_at"],
        solved_by=view["solved_by"],
        resolution_code=view["resolution_code"],
        cause=view["cause"],
        rating=view["rating"],
        rating_comment=view["rating_comment"],
        was_solved=was_solved,
    )
    view["waiting"] = view["solved_at"] = view["rating"] = None
    view["solved_by"] = view["resolution_code"] = view["cause"] = view["rating_comment"] = ""


def _undone(view: TicketView, event: t.ReopeningUndone, _: Recorded[object]) -> None:
    before = view["before_revival"]
    if before is None:
        return
    view["reopenings"] -= before["was_solved"]
    view["label"] = before["label"]
    view["waiting"] = before["waiting"]
    view["solved_at"] = before["solved_at"]
    view["solved_by"] = before["solved_by"]
    view["resolution_code"] = before["resolution_code"]
    view["cause"] = before["cause"]
    view["rating"] = before["rating"]
    view["rating_comment"] = before["rating_comment"]
    view["before_revival"] = None


def _ended(
    view: TicketView,
    event: t.TicketClosed | t.TicketCancelled | t.TicketMarkedSpam | t.TicketMerged,
    recorded: Recorded[object],
) -> None:
    view["label_before_end"] = view["label"]
    view["closed_at"] = text(recorded.occurred_at)
    view["outcome"] = t.OUTCOMES[type(event)]
    view["snoozed_until"] = None


def _merged(view: TicketView, event: t.TicketMerged, recorded: Recorded[object]) -> None:
    _ended(view, event, recorded)
    view["merged_into"] = event.target_id


def _lives_again(
    view: TicketView, event: t.TicketMarkedNotSpam | t.TicketUnmerged, _: Recorded[object]
) -> None:
    view["label"] = view["label_before_end"]
    view["closed_at"] = None
    view["outcome"] = view["merged_into"] = ""


def _follow_up(view: TicketView, event: t.FollowUpRequested, _: Recorded[object]) -> None:
    view["follow_ups"] = [*view["follow_ups"], event.ticket_id]


FOLDS: Folds = {
    t.StatusLabelled: _labelled,
    t.TicketMarkedPending: _pending,
    t.TicketPutOnHold: _held,
    t.TicketSnoozed: _snoozed,
    t.SnoozeEnded: _snooze_ended,
    t.TicketSolved: _solved,
    t.TicketWoken: _woken,
    t.TicketReopened: _reopened,
    t.ReopeningUndone: _undone,
    t.TicketClosed: _ended,
    t.TicketCancelled: _ended,
    t.TicketMarkedSpam: _ended,
    t.TicketMerged: _merged,
    t.TicketMarkedNotSpam: _lives_again,
    t.TicketUnmerged: _lives_again,
    t.FollowUpRequested: _follow_up,
}
