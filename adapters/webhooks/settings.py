"""What the webhook adapter may be told beside what every process may."""

import ipaddress
from collections.abc import Sequence

from pydantic import Field, field_validator

from libs.settings import Settings

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class WebhookSettings(Settings):
    """Settings of ``python -m adapters.webhooks``."""

    webhook_networks: str = Field(
        "",
        description="networks beside the public internet that webhooks may go to, with commas, say "
        "those of an intranet: 10.20.0.0/16; there plain http is allowed, too",
    )
    webhook_name_servers: str = Field(
        "",
        pattern=r"^$|^[0-9a-fA-F.:]+(#\d+)?( *, *[0-9a-fA-F.:]+(#\d+)?)*$",
        description="addresses of the name servers that are asked where a webhook leads, with "
        "commas, as `address` or `address#port`; empty = the system's",
    )
    webhook_seconds: float = Field(
        15.0, gt=0, le=120, description="longest time that one attempt may take, all in all"
    )
    webhook_retry_seconds: float = Field(
        5.0, gt=0, description="pause before the second attempt; each next one is twice as long"
    )
    webhook_retry_most_seconds: float = Field(
        3_600.0, gt=0, description="longest pause between two attempts"
    )
    webhook_hours: float = Field(
        72.0, gt=0, description="for how long an event is tried before it counts as failed"
    )
    webhook_pause_hours: float = Field(
        24.0, gt=0, description="a webhook where nothing has succeeded for so long is paused"
    )
    webhook_at_once: int = Field(
        8, ge=1, le=100, description="most requests under way at a time to one webhook"
    )

    webhook_queue_most: int = Field(
        10_000,
        ge=1,
        description="about how many events may be queued for one webhook; with more to tell it "
        "catches up from its place in the log",
    )

    @property
    def networks(self) -> Sequence[Network]:
        """``webhook_networks``, read."""
        return _networks(self.webhook_networks)

    @field_validator("webhook_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        _networks(value)
        return value


def _networks(text: str) -> list[Network]:
    return [ipaddress.ip_network(each) for each in text.replace(" ", "").split(",") if each]
