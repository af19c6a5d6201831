"""The webhooks that there are, folded by a tail of the log of setups."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from libs.events.envelope import Recorded
from libs.events.ids import is_id
from libs.events.published.setup import (
    Webhook,
    WebhookDeliveryRetried,
    WebhookReplayAsked,
    webhook_after,
)


class Replay(NamedTuple):
    """Somebody asked for what was recorded from since until asked_at. id: of the event."""

    id: str
    webhook_id: str
    since: datetime
    asked_at: datetime


class Directory:
    """Whom there is to tell. changed: set by every event of a webhook."""

    def __init__(self) -> None:
        self._webhooks: dict[str, Webhook] = {}
        self.replays: list[Replay] = []
        # By delivery the sequence of the last request to try it again.
        self.retries: dict[str, int] = {}
        self.changed = asyncio.Event()

    @property
    def webhooks(self) -> Mapping[str, Webhook]:
        """All of them by id, retired ones, too."""
        return self._webhooks

    def fold(self, recorded: Recorded[object]) -> None:
        """Take an event of the setups' topic, where other things stand, too."""
        id = recorded.aggregate_id
        if isinstance(recorded.data, WebhookDeliveryRetried):
            self.retries[id] = recorded.sequence
        if not is_id(id, "wh"):
            return
        webhook = webhook_after(self._webhooks.get(id), recorded)
        if webhook is not None:
            self._webhooks[id] = webhook
        if isinstance(recorded.data, WebhookReplayAsked):
            since, now = recorded.data.since, recorded.recorded_at
            self.replays.append(Replay(recorded.event_id, id, since, now))
        self.changed.set()
