"""Webhooks that we paused ourselves: from the log into the outbox, what is known of them, and the
letter to who defined them. Pure."""

from collections.abc import Sequence
from typing import NamedTuple
from urllib.parse import urlsplit

from adapters.email.sending.apart import letter_apart
from adapters.email.sending.compose import Letter
from adapters.email.sending.follow import Followed
from adapters.email.sending.outbox import Entry, PauseEntry, caused_by
from adapters.email.sending.wording import Brand
from libs.events.envelope import Recorded
from libs.events.ids import is_id
from libs.events.projection import Table
from libs.events.published.setup import (
    PAUSED_AS_GONE,
    PAUSED_AS_SILENT,
    PAUSES_ITSELF,
    WebhookDefined,
    WebhookPaused,
    WebhookResumed,
    WebhookRetired,
)
from libs.events.topics import events
from libs.letters import Letters
from libs.letters.instants import told
from libs.mongo import Document


class Known(NamedTuple):
    """What its definer is told of a webhook. host: of its url, which may hold more than everybody
    is to see."""

    id: str
    name: str
    host: str


def entries_of_pauses(recorded: Recorded[object]) -> Sequence[Entry]:
    """The mail that tells of a pause. Who pauses a webhook by hand knows that they did; history
    tells nobody."""
    if recorded.origin == "import" or recorded.actor != PAUSES_ITSELF:
        return []
    match recorded.data:
        case WebhookPaused(reason=reason):
            entry = caused_by(recorded, "webhook_paused")
            entry.news = "paused"
            entry.pause = PauseEntry(webhook_id=recorded.aggregate_id, reason=reason)
            return [entry]
    return []


WEBHOOK_PAUSES = Followed(
    "email.webhook_pauses", events("setup"), (WebhookPaused,), entries_of_pauses
)


def pause_letter(
    entry: Entry,
    webhook: Known,
    address: str,
    brand: Brand,
    letters: Letters,
    sender: str,
    public_url: str,
) -> Letter:
    """The letter that tells an agent at this address of the pause. It belongs to no ticket.
    public_url: "" where the desk has none."""
    pause = entry.pause
    assert pause is not None
    gone = pause.reason == PAUSED_AS_GONE
    values = {
        "brand.name": brand.name,
        "webhook.name": webhook.name,
        "webhook.host": webhook.host,
        "paused_at": told(entry.written_at, ""),
        "gone": "yes" if gone else "",
        "last": "" if gone else pause.reason.removeprefix(PAUSED_AS_SILENT).strip(),
        "call": f"POST {public_url}/v1/webhooks/{webhook.id}/resume",
    }
    written = letters.find("webhook_paused", brand.code, "", (brand.writing.language,))
    return letter_apart(entry, written.write(values, {}), sender, brand.name, address)


def _webhook_key(recorded: Recorded[object]) -> str | None:
    return recorded.aggregate_id if is_id(recorded.aggregate_id, "wh") else None


def _fold_webhook(document: Document | None, recorded: Recorded[object]) -> Document:
    """One webhook: name and host, the agent who defined it last ("" where none did), and paused:
    the sequence of the pause that lasts, 0 while there is none."""
    webhook: Document = document or {"name": "", "host": "", "definer": "", "paused": 0}
    match recorded.data:
        case WebhookDefined(name=name, url=url):
            kind, _, who = recorded.actor.partition(":")
            definer = who if kind == "agent" else ""
            webhook |= {"name": name, "host": urlsplit(url).hostname or "", "definer": definer}
        case WebhookPaused():
            webhook |= {"paused": recorded.sequence}
        case WebhookResumed() | WebhookRetired():
            webhook |= {"paused": 0}
    return webhook | {"sequence": recorded.sequence}


WEBHOOKS = Table("webhooks", _webhook_key, _fold_webhook)
