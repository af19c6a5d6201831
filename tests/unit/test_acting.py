"""What a process manager does with effects and deadlines, without any server."""

from dataclasses import replace
from datetime import datetime, timedelta

import msgspec
import pytest

from libs.events.acting import in_waves
from libs.events.envelope import Recorded
from libs.events.instances import Instance
from libs.events.process import ProcessManager, Reaction
from libs.events.testing import START, recorded
from tests.support.counter import Counted


class Notice(msgspec.Struct, frozen=True):
    """An effect."""

    name: str


class Other(msgspec.Struct, frozen=True):
    """Another one."""

    name: str


class Nothing(msgspec.Struct):
    """A state that remembers nothing."""


def react(state: Nothing, recorded: Recorded[object]) -> Reaction:
    return Reaction().wake(recorded.recorded_at + timedelta(hours=1))


def on_due(state: Nothing, id: str, due: datetime) -> Reaction:
    return Reaction().wake(due)


STUBBORN = ProcessManager(
    service="intake",
    name="stubborn",
    sources=("tickets.events",),
    interests=(Counted,),
    state=Nothing,
    key=lambda recorded: recorded.aggregate_id,
    react=react,
    on_due=on_due,
)


def test_effects_of_many_instances_go_together_without_losing_their_order() -> None:
    first = [Notice("a"), Other("a"), Notice("a again")]
    second = [Other("b"), Other("c")]
    assert in_waves([first, second, []]) == [
        {Notice: [Notice("a")], Other: [Other("b"), Other("c")]},
        {Other: [Other("a")]},
        {Notice: [Notice("a again")]},
    ]


def test_a_deadline_that_does_not_move_on_is_a_bug_with_a_name() -> None:
    instance = Instance("x-1", 0, Nothing())
    instance.react(STUBBORN, recorded(Counted(1, 7)))
    with pytest.raises(ValueError, match=r"intake\.stubborn: after .* it wants to be called at"):
        instance.fire(STUBBORN, START + timedelta(days=1))


def test_a_process_without_deadlines_has_none_to_fire() -> None:
    instance = Instance("x-1", 0, Nothing())
    without = replace(STUBBORN, on_due=None)
    instance.react(without, recorded(Counted(1, 7)))
    assert instance.fire(without, START + timedelta(days=1)) is None
