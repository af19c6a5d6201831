"""What a rule of contacts and organisations may know beside the state and the command's data."""

from datetime import datetime
from typing import NamedTuple

from libs.events.aggregate import Moment
from libs.events.envelope import Command


class Asked(NamedTuple):
    """By whom, and when. id: the aggregate's."""

    id: str
    actor: str
    now: datetime

    @classmethod
    def of(cls, command: Command[object], moment: Moment) -> "Asked":
        """The circumstances of a command."""
        return cls(command.aggregate_id, command.actor, moment.now)
