"""A delivery of a webhook that did not go through at once: what is noted of it, and a retry."""

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import setup as s
from libs.events.rules import Events, Folds, Rules

MOST_CHARACTERS = 300


class DeliveryState(msgspec.Struct, omit_defaults=True):
    """A delivery. state: "" before anything is noted of it, "retried" until the next note."""

    state: str = ""
    attempts: int = 0


def _note(state: DeliveryState, wanted: s.NoteWebhookDelivery, _: None) -> Events:
    noted = s.WebhookDeliveryNoted(**msgspec.structs.asdict(wanted))
    if len(wanted.error) > MOST_CHARACTERS or not wanted.error.isprintable():
        sentence = f"A sentence has at most {MOST_CHARACTERS} characters, on one line."
        raise Refusal("unusable_error", sentence, "/error")
    if (state.state, state.attempts) == (wanted.state, wanted.attempts):
        return []
    return [noted]


def _retry(state: DeliveryState, wanted: s.RetryWebhookDelivery, _: None) -> Events:
    if not state.state:
        raise Refusal("no_such_delivery", "Nothing is known of such a delivery.")
    if state.state == "delivered":
        sentence = "It has been delivered; a replay tells it again."
        raise Refusal("already_delivered", sentence)
    return [] if state.state == "retried" else [s.WebhookDeliveryRetried()]


def _noted(state: DeliveryState, event: s.WebhookDeliveryNoted, _: Recorded[object]) -> None:
    state.state, state.attempts = event.state, event.attempts


def _retried(state: DeliveryState, event: s.WebhookDeliveryRetried, _: Recorded[object]) -> None:
    state.state = "retried"


RULES: Rules = {s.NoteWebhookDelivery: _note, s.RetryWebhookDelivery: _retry}
FOLDS: Folds = {s.WebhookDeliveryNoted: _noted, s.WebhookDeliveryRetried: _retried}
