"""What the mail adapter may be told beside what every process may."""

from pydantic import Field

from libs.settings import Settings


class EmailSettings(Settings):
    """Settings of ``python -m adapters.email``."""

    smtp_max_bytes: int = Field(
        35_000_000, ge=10_000, description="largest mail that is taken (SIZE), encoded as it comes"
    )
    trusted_authentication: str = Field(
        "",
        pattern=r"^[A-Za-z0-9.-]*$",
        description="authserv-id (RFC 8601) of the server in front of this one, whose DMARC "
        "results count; it must remove fields that others wrote in its name; empty = no sender is "
        "authenticated",
    )
    smarthost_seconds: int = Field(
        60, ge=1, description="longest time that handing a mail to the smarthost may take"
    )
    delivery_attempts: int = Field(
        20, ge=1, description="how often a reply is tried before it counts as failed"
    )
    delivery_retry_seconds: float = Field(
        30.0, gt=0, description="pause before the second attempt; each next one is twice as long"
    )
    delivery_retry_most_seconds: float = Field(
        3_600.0, gt=0, description="longest pause between two attempts"
    )
