"""What the gateway may be told beside what every process may."""

from collections.abc import Sequence
from typing import Literal, cast

from pydantic import Field

from libs.settings import Settings
from libs.tokens import AUDIENCE, ROLES, Role, Trust
from services.gateway.availability import PATIENCE_SECONDS

ROLE_NAMES = rf"^([^,=]+=({'|'.join(ROLES)})(,[^,=]+=({'|'.join(ROLES)}))*)?$"

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
    gateway_max_upload_bytes: int = Field(
        50_000_000, ge=1_000, description="largest file that can be uploaded"
    )
    gateway_max_message_bytes: int = Field(
        100_000_000, ge=1_000, description="how large the files of one message may be together"
    )
    gateway_requests_a_minute: int = Field(
        6_000,
        ge=0,
        description="how many requests one caller may send to one replica in a minute, and ten "
        "times as many all that come from one address; 0 = as many as they like",
    )
    gateway_most_requests: int = Field(
        200,
        ge=4,
        description="how many requests are worked on at a time; lists are turned away from half of "
        "that on, costly ones from a quarter on, so that agents' replies have room",
    )
    gateway_command_seconds: int = Field(
        60,
        ge=5,
        description="a command that nobody has decided for so long is not carried out any more, "
        "so that what was answered with 503 or 202 does not happen an hour later",
    )
    gateway_patience_seconds: float = Field(
        PATIENCE_SECONDS,
        gt=0,
        description="how long a request waits for a Kafka or MongoDB that does not answer before "
        "it is answered with 503; more on a machine that is slow, not stopped",
    )

    gateway_origins: str = Field(
        "",
        pattern=r"^(https?://[^/,*\s]+(,https?://[^/,*\s]+)*)?$",
        description="the pages that may call the gateway from a browser, by their origins, "
        "https://desk.example.com,https://other.example.com; empty = none",
    )

    gateway_audit_days: int = Field(
        180,
        ge=1,
        le=3_650,
        description="how long the audit log keeps refusals and reads; acts stay as long as the log",
    )
    gateway_audit_reads: bool = Field(
        False,
        description="whether the audit log notes who read which ticket, contact or attachment",
    )

    gateway_customer_minutes: int = Field(
        60, ge=5, le=1_440, description="how long a customer who signed in by a code stays so"
    )

    oidc_issuer: str = Field(
        "",
        pattern=r"^(https?://[^?#\s]+)?$",
        description="the OpenID issuer whose tokens count, as its discovery document writes it; "
        "empty = tokens signed under DESKLEDGER_TOKEN_SECRET_FILE count",
    )
    oidc_audience: str = Field(AUDIENCE, description="whom its tokens must be for (`aud`)")
    oidc_roles_claim: str = Field(
        "roles",
        description="where its tokens hold roles: a claim, or a path such as realm_access.roles",
    )
    oidc_teams_claim: str = Field("teams", description="where its tokens hold teams")
    oidc_roles: str = Field(
        "",
        pattern=ROLE_NAMES,
        description="its names for roles, Helpdesk-Admins=admin,Staff=agent; empty = as here",
    )
    oidc_skew_seconds: int = Field(
        30, ge=0, le=300, description="by how much its clock may differ from ours"
    )

    def origins(self) -> Sequence[str]:
        """Whose pages may call us from a browser."""
        return tuple(filter(None, self.gateway_origins.split(",")))

    def trust(self) -> Trust:
        """What of the issuer is believed."""
        pairs = (one.split("=") for one in filter(None, self.oidc_roles.split(",")))
        named = {theirs.strip(): cast(Role, ours.strip()) for theirs, ours in pairs}
        return Trust(
            self.oidc_issuer,
            self.oidc_audience,
            self.oidc_roles_claim,
            self.oidc_teams_claim,
            named or {role: role for role in ROLES},
            self.oidc_skew_seconds,
        )

    def has(self, part: Part) -> bool:
        """Whether this process does this."""
        return part in self.gateway_parts.split(",")
