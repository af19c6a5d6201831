"""What the local issuer may be told beside what every process may."""

from pydantic import Field

from libs.settings import Settings
from services.issuer.authorization import Client


class IssuerSettings(Settings):
    """Settings of ``python -m services.issuer``."""

    issuer_host: str = Field("127.0.0.1", description="address the local issuer listens on")
    issuer_port: int = Field(8090, ge=0, le=65535, description="port the local issuer listens on")
    issuer_client: str = Field(
        "deskledger-web", description="the client_id of the browser application that signs in here"
    )
    issuer_redirects: str = Field(
        "http://127.0.0.1/callback",
        description="where people may be sent back to once they have signed in, with commas "
        "between; of an address on this machine the port does not matter (RFC 8252)",
    )
    issuer_token_minutes: int = Field(
        15, ge=1, le=1_440, description="how long an access token counts"
    )
    issuer_session_hours: int = Field(
        12, ge=1, le=720, description="after how long people sign in again"
    )

    def client(self) -> Client:
        """The one client."""
        places = (place.strip() for place in self.issuer_redirects.split(","))
        return Client(self.issuer_client, tuple(filter(None, places)))
