"""What the gateway may be told beside what every process may."""

from typing import Literal

from pydantic import Field

from libs.settings import Settings

Part = Literal["api", "projections"]


class GatewaySettings(Settings):
    """Settings of ``python -m services.gateway``."""

    gateway_parts: str = Field(
        "api,projections",
        pattern=r"^(api|projections|api,projections)$",
        description="what this process does: answer requests, keep the read models, or both",
    )
    gateway_max_body_bytes: int = Field(
        1_000_000, ge=1_000, description="largest body of a request that is read"
    )
    gateway_command_seconds: int = Field(
        60,
        ge=5,
        description="a command that nobody has decided for so long is not carried out any more, "
        "so that what was answered with 503 or 202 does not happen an hour later",
    )

    def has(self, part: Part) -> bool:
        """Whether this process does this."""
        return part in self.gateway_parts.split(",")
