"""An aggregate as tables: which rule answers a command, which fold takes in an event."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, TypeVar

import msgspec

from libs.events.aggregate import Decide, Evolve, Moment, Refusal
from libs.events.envelope import Command, Recorded

S = TypeVar("S", bound=msgspec.Struct)
Events = Sequence[msgspec.Struct]


class Asked(NamedTuple):
    """What a rule may know beside the state and the command's data. id: the aggregate's."""

    id: str
    actor: str
    now: datetime


# rule(state, wanted, asked) → events, each for the class of command that it stands under.
Rules = Mapping[type, Callable[..., Events]]
# fold(state, event) changes the state in place.
Folds = Mapping[type, Callable[..., None]]


def deciding(what: str, rules: Rules) -> Decide[S]:
    """A decide that looks its rule up. what: how a refusal calls the aggregate."""

    def decide(state: S, command: Command[object], moment: Moment) -> Events:
        """The events that a command adds; none if it is so already. Raises Refusal."""
        rule = rules.get(type(command.data))
        if rule is None:
            unknown = type(command.data).__name__
            raise Refusal("unknown_command", f"{what} knows no {unknown}.")
        return rule(state, command.data, Asked(command.aggregate_id, command.actor, moment.now))

    return decide


def evolving(folds: Folds) -> Evolve[S]:
    """An evolve that looks its fold up; an event without one changes nothing."""

    def evolve(state: S, recorded: Recorded[object]) -> S:
        """The state after this event, changed in place."""
        fold = folds.get(type(recorded.data))
        if fold is not None:
            fold(state, recorded.data)
        return state

    return evolve
