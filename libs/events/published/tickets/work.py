"""Work that was done on a ticket, by whom and for how long."""

from datetime import datetime

import msgspec

from libs.events.catalogue import command, event
from libs.events.published.messages import Code, Direction

__all__ = [
    "CorrectTime",
    "LiveTalkRecorded",
    "LogTime",
    "RecordLiveTalk",
    "StartWork",
    "StopWork",
    "TimeCorrected",
    "TimeLogged",
    "WorkStarted",
    "WorkStopped",
]


@command("tickets")
class StartWork(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent who sends this works on it from now on."""

    activity: Code = ""


@command("tickets")
class StopWork(msgspec.Struct, frozen=True, omit_defaults=True):
    """The agent who sends this does not any more. agent_id: another one, by a lead."""

    agent_id: str = ""


@command("tickets")
class LogTime(msgspec.Struct, frozen=True, omit_defaults=True):
    """Seconds of work that were not clocked. agent_id: whose, if not of who sends this."""

    seconds: int
    activity: Code = ""
    agent_id: str = ""
    started_at: datetime | None = None


@command("tickets")
class CorrectTime(msgspec.Struct, frozen=True, omit_defaults=True):
    """It was another length of time. logged_sequence: of the TimeLogged or WorkStopped; 0 s: it
    was none at all."""

    logged_sequence: int
    seconds: int


@command("tickets")
class RecordLiveTalk(msgspec.Struct, frozen=True, omit_defaults=True):
    """A call or a chat took place: how long (s) it was talked, held, and wrapped up afterwards."""

    channel: Code
    direction: Direction
    started_at: datetime
    talk_seconds: int
    agent_id: str = ""
    contact_id: str = ""
    hold_seconds: int = 0
    wrap_up_seconds: int = 0


@event("tickets")
class WorkStarted(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent works on it."""

    agent_id: str
    activity: Code = ""


@event("tickets")
class WorkStopped(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent stopped. seconds: since started_sequence, the WorkStarted."""

    agent_id: str
    started_sequence: int
    seconds: int
    activity: Code = ""


@event("tickets")
class TimeLogged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Work that was not clocked."""

    agent_id: str
    seconds: int
    activity: Code = ""
    started_at: datetime | None = None


@event("tickets")
class TimeCorrected(msgspec.Struct, frozen=True, omit_defaults=True):
    """Seconds as they are counted from now on, and as they were."""

    logged_sequence: int
    seconds: int
    from_seconds: int


@event("tickets")
class LiveTalkRecorded(msgspec.Struct, frozen=True, omit_defaults=True):
    """A call or a chat with the customer or somebody else."""

    channel: Code
    direction: Direction
    started_at: datetime
    talk_seconds: int
    agent_id: str = ""
    contact_id: str = ""
    hold_seconds: int = 0
    wrap_up_seconds: int = 0
