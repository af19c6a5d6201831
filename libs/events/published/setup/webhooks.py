"""Webhooks: who outside is told of tickets' events, where, and under which secret.

No secret stands here: it derives from the installation's own, the webhook's id and ``secret_id``.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta

import msgspec

from libs.events.catalogue import command, event, unchanged
from libs.events.envelope import Recorded

__all__ = [
    "FAILED_KEPT",
    "FILTERS",
    "OVERLAP",
    "PAUSED_AS_GONE",
    "PAUSED_AS_SILENT",
    "PAUSES_ITSELF",
    "DefineWebhook",
    "PauseWebhook",
    "ReplayWebhook",
    "ResumeWebhook",
    "RetireWebhook",
    "RotateWebhookSecret",
    "Webhook",
    "WebhookDefined",
    "WebhookPaused",
    "WebhookReplayAsked",
    "WebhookResumed",
    "WebhookRetired",
    "WebhookSecretRotated",
    "webhook_after",
]

# The facts of a ticket by which a webhook can be told less.
FILTERS = ("agent_id", "brand", "status", "team_id")
# For so long after a rotation the secret before it signs, too.
OVERLAP = timedelta(days=1)
# So long a delivery that has failed for good can be tried again.
FAILED_KEPT = timedelta(days=30)
# Who pauses a webhook that nobody has paused by hand, and the two reasons; behind the second stands
# what came of the last attempt.
PAUSES_ITSELF = "adapter:webhooks"
PAUSED_AS_GONE = "its receiver answered 410, so it wants no more"
PAUSED_AS_SILENT = "nothing has succeeded for long."


@command("setup")
class DefineWebhook(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tell this address of tickets' events.

    types: names of events, none for all; filter: by fact of a ticket, any of these values;
    secret_id: the secret of a new webhook, one that is there keeps its own.
    """

    name: str
    url: str
    types: tuple[str, ...] = ()
    filter: dict[str, tuple[str, ...]] = {}
    secret_id: str = ""


@command("setup")
class RetireWebhook(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tell it nothing any more."""


@command("setup")
class RotateWebhookSecret(msgspec.Struct, frozen=True, omit_defaults=True):
    """Sign with another secret; for a day with the one before, too."""

    secret_id: str


@command("setup")
class PauseWebhook(msgspec.Struct, frozen=True, omit_defaults=True):
    """Keep what there is to tell, and wait until somebody has looked. reason: for people."""

    reason: str = ""


@command("setup")
class ResumeWebhook(msgspec.Struct, frozen=True, omit_defaults=True):
    """Go on where it was paused."""


@command("setup", version=2, upcasters={1: unchanged})
class ReplayWebhook(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tell it again what was recorded since an instant, or what stands behind a cursor.

    after: a cursor of the log of tickets, the next offset of each partition with dots between; one
    of the two is given.
    """

    since: datetime | None = None
    after: str = ""


@event("setup")
class WebhookDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """This address is told of tickets' events from now on. As in ``DefineWebhook``."""

    name: str
    url: str
    types: tuple[str, ...] = ()
    filter: dict[str, tuple[str, ...]] = {}
    secret_id: str = ""


@event("setup")
class WebhookRetired(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is told nothing any more."""


@event("setup")
class WebhookSecretRotated(msgspec.Struct, frozen=True, omit_defaults=True):
    """What it is told is signed with this secret from now on."""

    secret_id: str


@event("setup")
class WebhookPaused(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is told nothing for now; what there is to tell is kept."""

    reason: str = ""


@event("setup")
class WebhookResumed(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is told on from where it was paused."""


@event("setup", version=2, upcasters={1: unchanged})
class WebhookReplayAsked(msgspec.Struct, frozen=True, omit_defaults=True):
    """It is to be told again what was recorded since then, or behind there. As in
    ``ReplayWebhook``."""

    since: datetime | None = None
    after: str = ""


class Webhook(msgspec.Struct, frozen=True, omit_defaults=True):
    """A webhook as it stands. since: when it was defined; secrets: ids, the newest first;
    rotated_at: when that became so; paused: why, "" while it is told; paused_at, paused_by: since
    when, and who did it; resumed_at: when the last pause ended."""

    defined: WebhookDefined
    since: datetime
    secrets: tuple[str, ...]
    rotated_at: datetime
    paused: str = ""
    retired: bool = False
    paused_at: datetime | None = None
    paused_by: str = ""
    resumed_at: datetime | None = None

    def secrets_at(self, now: datetime) -> tuple[str, ...]:
        """Ids of the secrets that sign at this instant."""
        return self.secrets if now < self.rotated_at + OVERLAP else self.secrets[:1]

    def wants(self, type: str, facts: Mapping[str, str]) -> bool:
        """Whether it is told of this event of a ticket about which these facts hold."""
        if self.defined.types and type not in self.defined.types:
            return False
        return all(facts.get(name, "") in values for name, values in self.defined.filter.items())


def webhook_after(webhook: Webhook | None, recorded: Recorded[object]) -> Webhook | None:
    """The webhook after one of its events; None before it is defined."""
    at, event = recorded.recorded_at, recorded.data
    if webhook is None:
        if isinstance(event, WebhookDefined):
            return Webhook(event, at, (event.secret_id,), at)
        return None
    match event:
        case WebhookDefined():
            return msgspec.structs.replace(webhook, defined=event)
        case WebhookSecretRotated(secret_id=newest):
            secrets = (newest, webhook.secrets[0])
            return msgspec.structs.replace(webhook, secrets=secrets, rotated_at=at)
        case WebhookPaused(reason=reason):
            return msgspec.structs.replace(
                webhook, paused=reason, paused_at=at, paused_by=recorded.actor
            )
        case WebhookResumed():
            return msgspec.structs.replace(
                webhook, paused="", paused_at=None, paused_by="", resumed_at=at
            )
        case WebhookRetired():
            return msgspec.structs.replace(webhook, retired=True)
        case _:
            return webhook
