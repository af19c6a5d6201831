"""A webhook: where it goes, what it is told, and whether it is told at present."""

import re
from urllib.parse import urlsplit

import msgspec

from libs.events.aggregate import Refusal
from libs.events.catalogue import CATALOGUE
from libs.events.envelope import Recorded
from libs.events.published import setup as s
from libs.events.rules import Events, Folds, Rules
from services.intake.setup.wording import expect_name

LONGEST_URL, MOST_TYPES, MOST_VALUES, LONGEST_VALUE, LONGEST_REASON = 2_000, 200, 50, 200, 300
_URL = re.compile(r"[!-~]+")


class WebhookState(msgspec.Struct, omit_defaults=True):
    """A webhook. defined: None before its first event."""

    defined: s.WebhookDefined | None = None
    retired: bool = False
    paused: bool = False


def _define(state: WebhookState, wanted: s.DefineWebhook, _: None) -> Events:
    _expect_not_retired(state)
    expect_name(wanted.name)
    _expect_url(wanted.url)
    known = {entry.name for entry in CATALOGUE.entries("event") if entry.aggregate == "tickets"}
    strange = sorted(set(wanted.types) - known)
    if strange or len(wanted.types) > MOST_TYPES:
        sentence = f"A ticket has no event {strange[0]}." if strange else "Name each event once."
        raise Refusal("unknown_types", sentence, "/types")
    _expect_filter(wanted.filter)
    secret = state.defined.secret_id if state.defined is not None else wanted.secret_id
    if not secret:
        raise Refusal("no_secret", "A new webhook names its secret.", "/secret_id")
    defined = s.WebhookDefined(wanted.name, wanted.url, wanted.types, wanted.filter, secret)
    return [] if state.defined == defined else [defined]


def _expect_url(url: str) -> None:
    """Raises Refusal for what cannot be an address. Where it leads is looked at when it is used,
    since a name can lead elsewhere by then."""
    usable = len(url) <= LONGEST_URL and _URL.fullmatch(url) is not None
    try:
        parts = urlsplit(url)
        usable = usable and parts.port != 0 and bool(parts.hostname)
    except ValueError:
        usable = False
    if not usable or parts.scheme not in ("https", "http"):
        sentence = "Write an address such as https://example.com/hooks, in ASCII."
        raise Refusal("unusable_url", sentence, "/url")
    if parts.username is not None or parts.password is not None or parts.fragment:
        sentence = (
            "An address has no user, no password and no fragment: signatures tell who we are."
        )
        raise Refusal("unusable_url", sentence, "/url")


def _expect_filter(filter: dict[str, tuple[str, ...]]) -> None:
    for name, values in filter.items():
        if name not in s.FILTERS:
            sentence = f"A webhook is filtered by {', '.join(s.FILTERS)}."
            raise Refusal("unusable_filter", sentence, f"/filter/{name}")
        if not 1 <= len(values) <= MOST_VALUES or any(len(one) > LONGEST_VALUE for one in values):
            sentence = f"Name 1 to {MOST_VALUES} values."
            raise Refusal("unusable_filter", sentence, f"/filter/{name}")


def _retire(state: WebhookState, wanted: s.RetireWebhook, _: None) -> Events:
    if state.defined is None:
        raise _nobody()
    return [] if state.retired else [s.WebhookRetired()]


def _rotate(state: WebhookState, wanted: s.RotateWebhookSecret, _: None) -> Events:
    _expect_alive(state)
    if not wanted.secret_id:
        raise Refusal("no_secret", "Name the new secret.", "/secret_id")
    return [s.WebhookSecretRotated(wanted.secret_id)]


def _pause(state: WebhookState, wanted: s.PauseWebhook, _: None) -> Events:
    _expect_alive(state)
    if len(wanted.reason) > LONGEST_REASON or not wanted.reason.isprintable():
        sentence = f"A reason has at most {LONGEST_REASON} characters, on one line."
        raise Refusal("unusable_reason", sentence, "/reason")
    return [] if state.paused else [s.WebhookPaused(wanted.reason or "by hand")]


def _resume(state: WebhookState, wanted: s.ResumeWebhook, _: None) -> Events:
    _expect_alive(state)
    return [s.WebhookResumed()] if state.paused else []


def _replay(state: WebhookState, wanted: s.ReplayWebhook, _: None) -> Events:
    _expect_alive(state)
    if (wanted.since is None) != bool(wanted.after):
        raise Refusal("no_beginning", "Say since when, or behind which cursor: one of the two.")
    return [s.WebhookReplayAsked(wanted.since, wanted.after)]


def _expect_alive(state: WebhookState) -> None:
    if state.defined is None:
        raise _nobody()
    _expect_not_retired(state)


def _expect_not_retired(state: WebhookState) -> None:
    if state.retired:
        raise Refusal("retired", "This webhook is retired for good: create another one.")


def _nobody() -> Refusal:
    return Refusal("no_such_webhook", "There is no webhook with this id.")


def _defined(state: WebhookState, event: s.WebhookDefined, _: Recorded[object]) -> None:
    state.defined = event


def _rotated(state: WebhookState, event: s.WebhookSecretRotated, _: Recorded[object]) -> None:
    assert state.defined is not None
    state.defined = msgspec.structs.replace(state.defined, secret_id=event.secret_id)


def _retired(state: WebhookState, event: s.WebhookRetired, _: Recorded[object]) -> None:
    state.retired = True


def _paused(state: WebhookState, event: s.WebhookPaused, _: Recorded[object]) -> None:
    state.paused = True


def _resumed(state: WebhookState, event: s.WebhookResumed, _: Recorded[object]) -> None:
    state.paused = False


def _asked(state: WebhookState, event: s.WebhookReplayAsked, _: Recorded[object]) -> None:
    """What it has been told is the adapter's to remember."""


RULES: Rules = {
    s.DefineWebhook: _define,
    s.RetireWebhook: _retire,
    s.RotateWebhookSecret: _rotate,
    s.PauseWebhook: _pause,
    s.ResumeWebhook: _resume,
    s.ReplayWebhook: _replay,
}
FOLDS: Folds = {
    s.WebhookDefined: _defined,
    s.WebhookRetired: _retired,
    s.WebhookSecretRotated: _rotated,
    s.WebhookPaused: _paused,
    s.WebhookResumed: _resumed,
    s.WebhookReplayAsked: _asked,
}
