"""The desk's setup as this process knows it, folded from the log. Pure."""

from libs.events.envelope import Recorded
from libs.events.published.setup import DESK_ID, Setup
from services.intake.setup import DESK


class KnownDesk:
    """What the desk has set up, as far as it was read. Decisions ask for the present snapshot."""

    def __init__(self) -> None:
        self._desk = DESK.state()

    def current(self) -> Setup:
        return self._desk.setup

    def fold(self, recorded: Recorded[object]) -> None:
        """Take an event of the desk's topic; macros and canned replies stand there, too."""
        if recorded.aggregate_id == DESK_ID:
            self._desk = DESK.evolve(self._desk, recorded)
