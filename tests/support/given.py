"""given/when/then for an aggregate."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Generic, TypeVar

import msgspec

from libs.events.aggregate import Aggregate, Moment, Refusal
from libs.events.deciding import NOWHERE
from libs.events.envelope import Command, Recorded

S = TypeVar("S", bound=msgspec.Struct)
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def recorded(
    data: msgspec.Struct,
    sequence: int = 1,
    *,
    id: str = "t-" + "0" * 26,
    at: datetime = START,
    actor: str = "agent:anna",
) -> Recorded[object]:
    return Recorded(
        data=data,
        event_id=f"event-{sequence}",
        type=type(data).__name__,
        version=1,
        aggregate_id=id,
        sequence=sequence,
        occurred_at=at,
        recorded_at=at,
        actor=actor,
        correlation_id="correlation",
        causation_id="cause",
        input="",
        aggregate_prev="",
        partition_prev="",
        position=NOWHERE,
    )


class Given(Generic[S]):
    def __init__(self, aggregate: Aggregate[S], events: Sequence[msgspec.Struct]) -> None:
        self.aggregate = aggregate
        self.state = aggregate.state()
        for sequence, event in enumerate(events, 1):
            self.state = aggregate.evolve(self.state, recorded(event, sequence))

    def when(self, data: msgspec.Struct, *, actor: str = "agent:anna", number: int = 1) -> "When":
        command: Command[object] = Command(
            data=data, aggregate_id=f"{self.aggregate.kind}-" + "0" * 26, actor=actor
        )
        moment = Moment(START + timedelta(hours=1), number)
        try:
            return When(self.aggregate.decide(self.state, command, moment), None)
        except Refusal as refusal:
            return When([], refusal)


class When:
    def __init__(self, events: Sequence[msgspec.Struct], refusal: Refusal | None) -> None:
        self.events, self.refusal = list(events), refusal

    def then(self, *events: msgspec.Struct) -> None:
        assert self.refusal is None, self.refusal
        assert self.events == list(events)

    def refused(self, code: str) -> None:
        assert self.refusal is not None, self.events
        assert self.refusal.code == code


def given(aggregate: Aggregate[S], *events: msgspec.Struct) -> Given[S]:
    return Given(aggregate, events)
