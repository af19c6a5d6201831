"""What intake may be told beside what every process may."""

from datetime import timedelta

from pydantic import Field

from libs.settings import Settings


class IntakeSettings(Settings):
    """Settings of the intake service."""

    close_after: timedelta = Field(
        timedelta(days=4),
        gt=timedelta(0),
        description="a solved ticket is closed after so long (ISO 8601, P4D, or seconds), unless "
        "its desk has set up another time",
    )
