"""What is noted of a delivery that is in trouble, and who may have it tried again."""

from datetime import UTC, datetime

import msgspec
import pytest

from libs.events.aggregate import Refusal
from libs.events.published import setup as s
from services.gateway.deliveries.view import DeliveryView, delivery_after
from services.intake.setup.delivery import FOLDS, RULES, DeliveryState
from tests.support.gateway_story import recorded

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
WAITING = s.WebhookDeliveryNoted(
    "wh-1", "e-1", "TicketSolved", "t-1", "waiting", 5, 503, "It answered 503.", NOON, NOON
)
FAILED = msgspec.structs.replace(WAITING, state="failed", attempts=40, next_at=None)
DELIVERED = msgspec.structs.replace(FAILED, state="delivered", status=204, error="")


def after(*events: object) -> DeliveryState:
    state = DeliveryState()
    for event in events:
        FOLDS[type(event)](state, event, recorded(event, 1, "agent:root"))  # type: ignore[arg-type]
    return state


def decide(state: DeliveryState, command: object) -> list[object]:
    return list(RULES[type(command)](state, command, None))


def note(event: s.WebhookDeliveryNoted) -> s.NoteWebhookDelivery:
    return s.NoteWebhookDelivery(**msgspec.structs.asdict(event))


def test_each_state_is_noted_once() -> None:
    assert decide(after(), note(WAITING)) == [WAITING]
    assert decide(after(WAITING), note(WAITING)) == []
    assert decide(after(WAITING), note(FAILED)) == [FAILED]
    # the same again, after it was tried again, is news
    assert decide(after(WAITING, s.WebhookDeliveryRetried()), note(WAITING)) == [WAITING]


@pytest.mark.parametrize("error", ["a" * 301, "two\nlines"])
def test_an_error_is_one_short_line(error: str) -> None:
    with pytest.raises(Refusal) as refused:
        decide(after(), note(msgspec.structs.replace(WAITING, error=error)))
    assert refused.value.code == "unusable_error"


@pytest.mark.parametrize("event", [WAITING, FAILED])
def test_what_waits_or_has_failed_can_be_tried_again(event: s.WebhookDeliveryNoted) -> None:
    retried = s.WebhookDeliveryRetried()
    assert decide(after(event), s.RetryWebhookDelivery()) == [retried]
    assert decide(after(event, retried), s.RetryWebhookDelivery()) == []


@pytest.mark.parametrize(
    ("events", "code"), [((), "no_such_delivery"), ((WAITING, DELIVERED), "already_delivered")]
)
def test_what_is_not_known_or_has_gone_through_cannot(
    events: tuple[object, ...], code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        decide(after(*events), s.RetryWebhookDelivery())
    assert refused.value.code == code


def test_administrators_see_what_became_of_it_and_who_had_it_tried_again() -> None:
    view: DeliveryView | None = None
    seen = []
    for n, event in enumerate((WAITING, FAILED, s.WebhookDeliveryRetried(), DELIVERED), start=1):
        view = delivery_after(view, recorded(event, n, "agent:root"))
        seen.append((view["state"], view["attempts"], bool(view["next_at"]), view["retried_by"]))

    assert seen == [
        ("waiting", 5, True, ""),
        ("failed", 40, False, ""),
        ("waiting", 40, True, "agent:root"),
        ("delivered", 40, False, "agent:root"),
    ]
