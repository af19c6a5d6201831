"""The senders of whom the desk thinks something, folded from the log. Pure.

Most senders are in no event, so all who are fit into memory.
"""

from collections import defaultdict
from datetime import datetime

from libs.events.envelope import Recorded
from libs.events.published.conversations import Standing
from libs.events.published.senders import sender_id
from services.intake.senders import SENDER, SenderState
from services.intake.senders.sender import standing


class KnownSenders:
    """What the desk thinks of senders, as far as it was read. Reception asks for each message."""

    def __init__(self) -> None:
        self._senders: defaultdict[str, SenderState] = defaultdict(SenderState)

    def standing(self, address_ids: tuple[str, ...], at: datetime) -> Standing:
        """What a message from these (an address, its domain) meets at an instant."""
        known = (self._senders.get(sender_id(id)) for id in address_ids)
        return standing((state for state in known if state is not None), at)

    def fold(self, recorded: Recorded[object]) -> None:
        """Take an event of the senders' topic."""
        SENDER.evolve(self._senders[recorded.aggregate_id], recorded)
