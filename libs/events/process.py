"""A process manager: events in, commands out, with deadlines. The pure part.

Each instance (an address, an erasure, a ticket's closing) has a state of its own, folded from the
events that concern it. ``react`` may ask for effects, which happen before its commands are sent,
and for one deadline, which replaces the one before. Command ids are derived from the instance and
the event, so acting twice changes nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec

from libs.events.envelope import Command, Recorded
from libs.events.ids import digest

S = TypeVar("S", bound=msgspec.Struct)


class Cause(Protocol):
    """What a command goes back to: an event, or what a process remembers of one."""

    @property
    def event_id(self) -> str: ...
    @property
    def correlation_id(self) -> str: ...
    @property
    def traceparent(self) -> str | None: ...
    @property
    def history(self) -> datetime | None: ...


class Origin(msgspec.Struct, frozen=True, omit_defaults=True):
    """What a process remembers of an event that its commands go back to. history: when that
    happened, where it is history that was brought in."""

    event_id: str
    correlation_id: str
    traceparent: str | None = None
    history: datetime | None = None

    @classmethod
    def of(cls, recorded: Recorded[object]) -> "Origin":
        return cls(
            recorded.event_id, recorded.correlation_id, recorded.traceparent, recorded.history
        )


@dataclass
class Reaction:
    """What a process manager wants done: effects first, then commands; and the next deadline.

    effects: data that the shell hands to the handler registered for its class; each idempotent.
    due: when to be called again (None: never). Left unset, the deadline before stays.
    """

    commands: list[Command[object]] = field(default_factory=list)
    effects: list[msgspec.Struct] = field(default_factory=list)
    due: datetime | None = None
    keep_due: bool = True

    def wake(self, due: datetime | None) -> "Reaction":
        """Set the deadline (None removes it)."""
        self.due, self.keep_due = due, False
        return self


@dataclass(frozen=True)
class ProcessManager(Generic[S]):
    """One kind of process.

    key: the instance that an event concerns, or None; an instance key is an aggregate id, whose
    slot says which replica runs it. react: fold the event into the state (in place) and say what
    to do. on_due: the deadline passed; ``due`` is the true instant, also after an outage.
    interests: the event types it reads; everything else is skipped without decoding.
    version: raised whenever the state, or how it is folded, changes: the states are then folded
    anew from offset 0, without acting on what the version before has acted on.
    """

    service: str
    name: str
    sources: Sequence[str]
    interests: Sequence[type[msgspec.Struct]]
    state: type[S]
    key: Callable[[Recorded[object]], str | None]
    react: Callable[[S, Recorded[object]], Reaction]
    on_due: Callable[[S, str, datetime], Reaction] | None = None
    version: int = 1

    @property
    def id(self) -> str:
        """``intake.reception``: names its collection and its positions."""
        return f"{self.service}.{self.name}"

    @property
    def collection(self) -> str:
        """The collection of its instances: ``reception.v2``."""
        return f"{self.name}.v{self.version}"

    def consumer(self, lane: int, version: int | None = None) -> str:
        """Names the checkpoint of a lane: ``intake.reception.v2.lane-3``."""
        return f"{self.id}.v{version or self.version}.lane-{lane}"

    def command_id(self, instance: str, *cause: str) -> str:
        """The id of a command that this instance sends for this cause, the same at every retry."""
        return digest(self.id, instance, *cause)[:32]

    def follows(
        self,
        cause: Cause,
        to: str,
        data: msgspec.Struct,
        command_id: str,
        actor: str = "",
    ) -> Command[object]:
        """The command that this process sends because of an event. actor: the service, unless it
        acts in somebody's name. What comes of history is history of the same instant."""
        return Command(
            data=data,
            aggregate_id=to,
            actor=actor or f"service:{self.service}",
            command_id=command_id,
            correlation_id=cause.correlation_id,
            causation_id=cause.event_id,
            traceparent=cause.traceparent,
            occurred_at=cause.history,
            origin="live" if cause.history is None else "import",
        )
