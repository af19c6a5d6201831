"""An aggregate: a state folded from its own events, and a decision that may add to them. Pure.

``decide(state, command, moment) → events`` or a ``Refusal``; ``evolve(state, recorded) → state``.
A state is a mutable ``msgspec.Struct`` that holds only what decisions need and no personal data in
clear; evolve may change it in place and returns it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from libs.events.envelope import Command, Recorded

S = TypeVar("S", bound=msgspec.Struct)


class Refusal(Exception):
    """The answer "no": a stable code for programs and a sentence that says what would work.

    field: JSON pointer of the part of the command that is at fault, if one is.
    """

    def __init__(self, code: str, sentence: str, field: str = "") -> None:
        super().__init__(f"{code}: {sentence}")
        self.code = code
        self.sentence = sentence
        self.field = field


class Moment(msgspec.Struct, frozen=True):
    """What a decision may know of the world: the time, and the lane's next free number.

    setup: what decisions look things up in (``Deciders.setup``).
    """

    now: datetime
    number: int
    setup: object = None


Decide = Callable[[S, Command[object], Moment], Sequence[msgspec.Struct]]
Evolve = Callable[[S, Recorded[object]], S]


@dataclass(frozen=True)
class Aggregate(Generic[S]):
    """One kind of aggregate.

    name: the topics' first part (``tickets``); kind: the prefix of its ids (``t``);
    state: its state's class, whose default is the state before the first event;
    numbered: the event type that uses up the lane's next number, if any; setup: what its decisions
    look things up in where nobody has set anything up (the deciders of a service hand them what
    there is: ``Deciders.setup``).
    """

    name: str
    kind: str
    state: type[S]
    decide: Decide[S]
    evolve: Evolve[S]
    numbered: type[msgspec.Struct] | None = None
    setup: object = None


# Kinds of aggregates stand side by side where each is only ever applied to states of its own.
AnyAggregate: TypeAlias = Aggregate[Any]
