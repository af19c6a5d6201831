"""The desk's setup as a process knows it, folded by a tail of the partition that holds it."""

from libs.events import topics
from libs.events.envelope import Recorded
from libs.events.ids import partition_of
from libs.events.published.setup import DEFAULT, DESK_ID, Setup, setup_after
from libs.events.sources import Source


class KnownDesk:
    """What the desk has set up, as far as it was read. Whoever decides asks for it each time."""

    def __init__(self) -> None:
        self._setup = DEFAULT

    def current(self) -> Setup:
        return self._setup

    def fold(self, recorded: Recorded[object]) -> None:
        """Take an event of the desk's topic; macros and canned replies stand there, too."""
        if recorded.aggregate_id == DESK_ID:
            self._setup = setup_after(self._setup, recorded.data, recorded.sequence)


def of_the_desk(lanes: int) -> Source:
    """The partition that holds what the desk has set up."""
    return Source(topics.events("setup"), partition_of(DESK_ID, lanes))
