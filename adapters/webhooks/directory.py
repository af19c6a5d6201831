"""The webhooks that there are, folded by a tail of the log of setups."""

import asyncio
from collections.abc import Mapping, Sequence
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
from libs.webhooks import offsets_in


class Replay(NamedTuple):
    """Somebody asked for what was recorded before asked_at: since an instant, or behind the offsets
    of a cursor. id: of the event."""

    id: str
    webhook_id: str
    since: datetime | None
    after: Sequence[int]
    asked_at: datetime

    def covers(self, instant: datetime) -> bool:
        """Whether what was recorded then belongs to it, as far as instants tell."""
        return instant < self.asked_at and (self.since is None or self.since <= instant)


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
        """All of them by id, retired ones, too, as they stand now: whoever goes through them may
        wait in between."""
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
            self._webhooks = {**self._webhooks, id: webhook}
        if isinstance(recorded.data, WebhookReplayAsked):
            asked = recorded.data
            after = offsets_in(asked.after)
            replay = Replay(recorded.event_id, id, asked.since, after, recorded.recorded_at)
            self.replays.append(replay)
        self.changed.set()
