"""What intake may be told beside what every process may."""

from datetime import timedelta

from pydantic import Field

from libs.settings import Settings
from services.intake.flood import Limit, Limits


class IntakeSettings(Settings):
    """Settings of the intake service."""

    close_after: timedelta = Field(
        timedelta(days=4),
        gt=timedelta(0),
        description="a solved ticket is closed after so long (ISO 8601, P4D, or seconds), unless "
        "its desk has set up another time",
    )
    agent_addresses: dict[str, str] = Field(
        {},
        repr=False,
        description="mail addresses of agents and their ids, as a JSON object; an agent's "
        "answer by mail, authenticated, goes to the customer",
    )
    flood_window: timedelta = Field(
        timedelta(minutes=10),
        ge=timedelta(seconds=10),
        description="messages of a sender are counted over so long (ISO 8601, or seconds)",
    )
    flood_opening: int = Field(
        20,
        ge=1,
        description="after so many messages of one address that ask for tickets of their own, "
        "further ones are suspended",
    )
    flood_answering: int = Field(
        100, ge=1, description="the same for messages of one address that answer tickets"
    )
    flood_domain: int = Field(
        200,
        ge=1,
        description="the same for messages of all addresses of one mail domain that ask for "
        "tickets; domains of public providers are not counted",
    )

    @property
    def limits(self) -> Limits:
        """From how many messages on a sender is held back."""
        return Limits(
            Limit(self.flood_opening, self.flood_window),
            Limit(self.flood_answering, self.flood_window),
            Limit(self.flood_domain, self.flood_window),
        )
