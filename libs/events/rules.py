"""An aggregate as tables: which rule answers a command, which fold takes in an event. Pure.

For an aggregate with more than a handful of commands: its rules stand by topic in modules, each
with a table of its own, and the aggregate is their union.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import msgspec

from libs.events.aggregate import Decide, Evolve, Moment, Refusal
from libs.events.envelope import Command, Recorded

S = TypeVar("S", bound=msgspec.Struct)
A = TypeVar("A")
Events = Sequence[msgspec.Struct]

# By the class of the command: rule(state, wanted, asked) → events, or a Refusal. asked: what the
# aggregate lets its rules know beside its state and the command.
Rules = Mapping[type, Callable[..., Events]]
# By the class of the event: fold(state, event, recorded) changes the state in place.
Folds = Mapping[type, Callable[[Any, Any, Recorded[object]], None]]


def deciding(
    what: str, rules: Rules, circumstances: Callable[[Command[object], Moment], A]
) -> Decide[S]:
    """A decide that looks its rule up. what: how a refusal calls the aggregate."""

    def decide(state: S, command: Command[object], moment: Moment) -> Events:
        """The events that a command adds; none if it is so already. Raises Refusal."""
        rule = rules.get(type(command.data))
        if rule is None:
            unknown = type(command.data).__name__
            raise Refusal("unknown_command", f"{what} knows no {unknown}.")
        return rule(state, command.data, circumstances(command, moment))

    return decide


def evolving(folds: Folds) -> Evolve[S]:
    """An evolve that looks its fold up; an event without one changes nothing."""

    def evolve(state: S, recorded: Recorded[object]) -> S:
        """The state after this event, changed in place."""
        fold = folds.get(type(recorded.data))
        if fold is not None:
            fold(state, recorded.data, recorded)
        return state

    return evolve


def agent_of(actor: str) -> str:
    """The agent's id of an actor ``agent:…``; "" when it is somebody else."""
    kind, _, name = actor.partition(":")
    return name if kind == "agent" else ""
