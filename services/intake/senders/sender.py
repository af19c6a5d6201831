"""What the desk thinks of a sender, and what that makes of their messages."""

from collections.abc import Iterable
from datetime import datetime

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import senders as s
from libs.events.published.conversations import Standing, Suspicion
from libs.events.rules import Events, Folds, Rules


class SenderState(msgspec.Struct, omit_defaults=True):
    """blocked_for: why, "" if not; trusted: for these reasons nothing is suspended."""

    blocked_for: str = ""
    trusted: tuple[Suspicion, ...] = ()
    held_until: datetime | None = None


def standing(known: Iterable[SenderState], at: datetime) -> Standing:
    """What a message of a sender, and of its domain, meets at an instant."""
    states = list(known)
    return Standing(
        blocked_for=next((one.blocked_for for one in states if one.blocked_for), ""),
        flooding=any(one.held_until is not None and at < one.held_until for one in states),
        trusted=tuple(dict.fromkeys(reason for one in states for reason in one.trusted)),
    )


def _block(state: SenderState, wanted: s.BlockSender, _: None) -> Events:
    if not wanted.reason:
        raise Refusal("no_reason", "Say why, with a code such as abuse.", "/reason")
    return [] if state.blocked_for == wanted.reason else [s.SenderBlocked(wanted.reason)]


def _unblock(state: SenderState, wanted: s.UnblockSender, _: None) -> Events:
    return [s.SenderUnblocked(wanted.reason)] if state.blocked_for else []


def _trust(state: SenderState, wanted: s.TrustSender, _: None) -> Events:
    if wanted.suspicion == "blocked":
        raise Refusal("unblock_instead", "Unblock whoever is blocked.", "/suspicion")
    return [] if wanted.suspicion in state.trusted else [s.SenderTrusted(wanted.suspicion)]


def _distrust(state: SenderState, wanted: s.DistrustSender, _: None) -> Events:
    return [s.SenderDistrusted(wanted.suspicion)] if wanted.suspicion in state.trusted else []


def _hold_back(state: SenderState, wanted: s.HoldSenderBack, _: None) -> Events:
    longer = state.held_until is None or wanted.until > state.held_until
    return [s.SenderHeldBack(wanted.until, wanted.seen)] if longer else []


def _blocked(state: SenderState, event: s.SenderBlocked, _: Recorded[object]) -> None:
    state.blocked_for = event.reason


def _unblocked(state: SenderState, event: s.SenderUnblocked, _: Recorded[object]) -> None:
    state.blocked_for = ""


def _trusted(state: SenderState, event: s.SenderTrusted, _: Recorded[object]) -> None:
    state.trusted = (*state.trusted, event.suspicion)


def _distrusted(state: SenderState, event: s.SenderDistrusted, _: Recorded[object]) -> None:
    state.trusted = tuple(one for one in state.trusted if one != event.suspicion)


def _held_back(state: SenderState, event: s.SenderHeldBack, _: Recorded[object]) -> None:
    state.held_until = event.until


RULES: Rules = {
    s.BlockSender: _block,
    s.UnblockSender: _unblock,
    s.TrustSender: _trust,
    s.DistrustSender: _distrust,
    s.HoldSenderBack: _hold_back,
}
FOLDS: Folds = {
    s.SenderBlocked: _blocked,
    s.SenderUnblocked: _unblocked,
    s.SenderTrusted: _trusted,
    s.SenderDistrusted: _distrusted,
    s.SenderHeldBack: _held_back,
}
