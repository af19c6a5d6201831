"""Who defined a webhook is told of its pause: what goes into the outbox, and the letter."""

import msgspec
import pytest

from adapters.email.sending.outbox import Entry
from adapters.email.sending.threads import THREADS
from adapters.email.sending.webhooks import Known, entries_of_pauses, pause_letter
from adapters.email.sending.wording import Brand
from libs.events.published.setup import (
    PAUSED_AS_GONE,
    PAUSED_AS_SILENT,
    PAUSES_ITSELF,
    Correspondence,
    WebhookDefined,
    WebhookPaused,
    WebhookResumed,
    WebhookRetired,
)
from libs.events.testing import given_projection, recorded
from libs.letters import Letters
from tests.support.mail import SUPPORT

WEBHOOK = "wh-00" + "1" * 24
SECRET = "https://Hooks.example.com:8443/services/T0/s3cr3t?token=hidden"
REASON = f"{PAUSED_AS_SILENT} It answered 500."
PAUSED = recorded(WebhookPaused(REASON), 2, id=WEBHOOK, actor=PAUSES_ITSELF)
KNOWN = Known(WEBHOOK, "Billing", "hooks.example.com")
[TABLE] = [table for table in THREADS.tables if table.name == "webhooks"]


def entry(reason: str = REASON) -> Entry:
    [made] = entries_of_pauses(msgspec.structs.replace(PAUSED, data=WebhookPaused(reason)))
    return made


def letter(language: str, reason: str = REASON, name: str = "Billing", url: str = "") -> list[str]:
    """Subject, text and HTML of the letter in this language."""
    brand = Brand("", "Nordwind", Correspondence(language=language))
    known = KNOWN._replace(name=name)
    made = pause_letter(entry(reason), known, "ann@help.example", brand, Letters(), SUPPORT, url)
    assert (made.address, made.automatic) == ("ann@help.example", "auto-generated")
    return [made.subject, made.text, made.html or ""]


def test_a_pause_of_our_own_makes_one_mail_that_is_about_no_ticket() -> None:
    made = entry()
    assert (made.id, made.kind, made.ticket_id, made.to_id) == ("event-2", "webhook_paused", "", "")
    assert (made.due_at, made.news) == (PAUSED.recorded_at, "paused")
    assert made.pause is not None
    assert (made.pause.webhook_id, made.pause.reason) == (WEBHOOK, REASON)


def test_whoever_pauses_it_by_hand_and_history_are_not_told() -> None:
    by_hand = msgspec.structs.replace(PAUSED, actor="agent:ann")
    of_history = msgspec.structs.replace(PAUSED, origin="import")
    resumed = msgspec.structs.replace(PAUSED, data=WebhookResumed())
    for one in (by_hand, of_history, resumed):
        assert entries_of_pauses(one) == []


def test_known_is_who_defined_it_last_its_host_and_whether_it_is_still_paused() -> None:
    defined = recorded(WebhookDefined("Old", SECRET), 1, id=WEBHOOK, actor="agent:ann")
    again = recorded(WebhookDefined("Billing", SECRET), 3, id=WEBHOOK, actor="agent:bob")
    of = {"name": "Old", "host": "hooks.example.com", "definer": "ann"}
    given_projection(TABLE, defined).when(PAUSED).then(of | {"paused": 2, "sequence": 2})
    now = {"name": "Billing", "host": "hooks.example.com", "definer": "bob"}
    given_projection(TABLE, defined, PAUSED).when(again).then(now | {"paused": 2, "sequence": 3})
    for end in (WebhookResumed(), WebhookRetired()):
        over = recorded(end, 4, id=WEBHOOK)
        after = now | {"paused": 0, "sequence": 4}
        given_projection(TABLE, defined, PAUSED, again).when(over).then(after)


@pytest.mark.parametrize(
    ("language", "why", "gone"),
    [
        ("en", "nothing has come through for long. The last time: It answered 500.", "wants no"),
        ("de", "Lange ist nichts mehr angekommen. Zuletzt: It answered 500.", "nichts mehr."),
    ],
)
def test_the_letter_says_which_since_when_why_and_what_to_do(
    language: str, why: str, gone: str
) -> None:
    # given a desk with a public URL
    subject, text, html = letter(language, url="https://help.example")
    # then both parts say all of it
    page = f"https://help.example/v1/webhooks/{WEBHOOK}"
    assert "Billing" in subject
    for part in (" ".join(text.split()), " ".join(html.split())):
        for said in ("Billing", "hooks.example.com", "2026-03-02 09:00 UTC", why):
            assert said in part
        assert f"POST {page}/resume" in part
        assert part.count(page) == 1
    # and without one the call alone, and of a receiver that wants no more just that
    _, text, html = letter(language, PAUSED_AS_GONE)
    for part in (" ".join(text.split()), " ".join(html.split())):
        assert part.count(f"POST /v1/webhooks/{WEBHOOK}/resume") == 1
        assert "410" in part
        assert gone in part
        assert PAUSED_AS_SILENT not in part


@pytest.mark.parametrize("language", ["en", "de"])
def test_a_hostile_name_is_a_name(language: str) -> None:
    name = '<img src=x onerror="alert(1)">{{ call }}'
    subject, text, html = letter(language, name=name)
    assert name in subject
    assert name in text
    assert "<img" not in html
    assert "{{ call }}" in html
