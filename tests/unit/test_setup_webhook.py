"""What a webhook may be told to do, and what is refused."""

from datetime import UTC, datetime, timedelta

import pytest

from libs.events.aggregate import Refusal
from libs.events.published import setup as s
from services.intake.setup.webhook import FOLDS, RULES, WebhookState
from tests.support.gateway_story import recorded

DEFINE = s.DefineWebhook("Billing", "https://billing.example/hooks", ("TicketSolved",), {}, "s1")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def after(*events: object) -> WebhookState:
    state = WebhookState()
    for event in events:
        FOLDS[type(event)](state, event, recorded(event, 1, "agent:root"))  # type: ignore[arg-type]
    return state


def decide(state: WebhookState, command: object) -> list[object]:
    return list(RULES[type(command)](state, command, None))


DEFINED = s.WebhookDefined("Billing", "https://billing.example/hooks", ("TicketSolved",), {}, "s1")


def test_a_webhook_is_defined_once_and_keeps_its_secret() -> None:
    assert decide(after(), DEFINE) == [DEFINED]
    assert decide(after(DEFINED), DEFINE) == []
    renamed = s.DefineWebhook("Invoices", DEFINE.url)
    rotated = after(DEFINED, s.WebhookSecretRotated("s2"))
    assert decide(rotated, renamed) == [s.WebhookDefined("Invoices", DEFINE.url, (), {}, "s2")]


@pytest.mark.parametrize(
    "url",
    [
        "",
        "billing.example",
        "ftp://billing.example/",
        "https://",
        "https://user:secret@billing.example/",
        "https://billing.example/#part",
        "https://billing.example:0/",
        "https://billing.example:99999/",
        "https://billing.example/a b",
        "https://billing.example/\r\nhost: other",
        "https://bücher.example/",
        "https://[::1/",
        "https://billing.example/" + "a" * 2_000,
    ],
)
def test_what_is_no_address_is_refused(url: str) -> None:
    with pytest.raises(Refusal) as refused:
        decide(after(), s.DefineWebhook("Billing", url, secret_id="s1"))
    assert refused.value.code == "unusable_url"


def test_unknown_events_and_facts_are_refused() -> None:
    with pytest.raises(Refusal, match="TicketExploded"):
        decide(after(), s.DefineWebhook("B", DEFINE.url, ("TicketExploded",), secret_id="s1"))
    with pytest.raises(Refusal, match="filtered by"):
        decide(after(), s.DefineWebhook("B", DEFINE.url, (), {"subject": ("x",)}, "s1"))


def test_it_is_paused_once_and_goes_on() -> None:
    paused = after(DEFINED, s.WebhookPaused("gone"))
    assert decide(after(DEFINED), s.PauseWebhook("gone")) == [s.WebhookPaused("gone")]
    assert decide(paused, s.PauseWebhook("gone")) == []
    assert decide(paused, s.ResumeWebhook()) == [s.WebhookResumed()]
    assert decide(after(DEFINED), s.ResumeWebhook()) == []


@pytest.mark.parametrize(
    "command",
    [
        s.RotateWebhookSecret("s2"),
        s.PauseWebhook(),
        s.ResumeWebhook(),
        s.ReplayWebhook(NOON),
        s.ReplayWebhook(after="7.0"),
    ],
)
def test_what_is_retired_does_nothing_any_more(command: object) -> None:
    with pytest.raises(Refusal) as refused:
        decide(after(DEFINED, s.WebhookRetired()), command)
    assert refused.value.code == "retired"


@pytest.mark.parametrize("command", [s.ReplayWebhook(), s.ReplayWebhook(NOON, "7.0")])
def test_a_replay_has_one_beginning(command: object) -> None:
    with pytest.raises(Refusal) as refused:
        decide(after(DEFINED), command)
    assert refused.value.code == "no_beginning"


def test_for_a_day_after_a_rotation_both_secrets_sign() -> None:
    defined = recorded(DEFINED, 1, "agent:root")
    rotated = recorded(s.WebhookSecretRotated("s2"), 2, "agent:root")
    webhook = s.webhook_after(s.webhook_after(None, defined), rotated)

    assert webhook is not None
    assert webhook.secrets_at(rotated.recorded_at + timedelta(hours=23)) == ("s2", "s1")
    assert webhook.secrets_at(rotated.recorded_at + timedelta(hours=25)) == ("s2",)
