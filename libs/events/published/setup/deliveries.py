"""Deliveries of webhooks that did not go through at once: what became of them, and who tries again.

Each is an aggregate of its own, whose id derives from webhook, event and replay. One that succeeds
within its first attempts is no fact for this log: the event that it tells of is there already.
"""

from datetime import datetime
from typing import Literal

import msgspec

from libs.events.catalogue import command, event

__all__ = [
    "DeliveryState",
    "NoteWebhookDelivery",
    "RetryWebhookDelivery",
    "WebhookDeliveryNoted",
    "WebhookDeliveryRetried",
]

# waiting: it is tried again; failed: it is not; delivered: it went through in the end.
DeliveryState = Literal["waiting", "failed", "delivered"]


@command("setup")
class NoteWebhookDelivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """Note what has become of it by now.

    event_id, type, ticket_id: of the event that is told; attempts: made so far; status: of the last
    answer, 0 where none came; error: a sentence, "" for a success; first_at: of the first attempt;
    next_at: of the next; replay: by which it is told again, "" for the first time.
    """

    webhook_id: str
    event_id: str
    type: str
    ticket_id: str
    state: DeliveryState
    attempts: int
    status: int
    error: str
    first_at: datetime
    next_at: datetime | None = None
    replay: str = ""


@command("setup")
class RetryWebhookDelivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """Try it again now, and from then on for as long as a new one."""


@event("setup")
class WebhookDeliveryNoted(msgspec.Struct, frozen=True, omit_defaults=True):
    """So much has become of a delivery by now. As in ``NoteWebhookDelivery``."""

    webhook_id: str
    event_id: str
    type: str
    ticket_id: str
    state: DeliveryState
    attempts: int
    status: int
    error: str
    first_at: datetime
    next_at: datetime | None = None
    replay: str = ""


@event("setup")
class WebhookDeliveryRetried(msgspec.Struct, frozen=True, omit_defaults=True):
    """Somebody had it tried again."""
