"""A made-up aggregate with every way in which a decision can end. Its ids begin with ``x-``."""

from collections.abc import Sequence

import msgspec

from libs.events.aggregate import Aggregate, Moment, Refusal
from libs.events.catalogue import command, event
from libs.events.envelope import Command, Recorded
from libs.events.lane import Deciders
from libs.events.resources import Resources


@command("tickets")
class Count(msgspec.Struct, frozen=True):
    """Add ``by``; at ``limit`` it is refused. ``times``: in so many events."""

    by: int = 1
    times: int = 1


@command("tickets")
class Explode(msgspec.Struct, frozen=True):
    """A bug in decide, while ``Bugs.mended`` is False."""


@command("tickets")
class ExplodeLater(msgspec.Struct, frozen=True):
    """A bug in evolve."""


@event("tickets")
class Counted(msgspec.Struct, frozen=True):
    """It went up. number: the lane's number at that moment."""

    by: int
    number: int


@event("tickets")
class Exploded(msgspec.Struct, frozen=True):
    """Folding this fails, while ``Bugs.mended`` is False."""


class Bugs:
    """Whether somebody has mended the made-up bugs."""

    mended = False


class Counter(msgspec.Struct):
    """The state: the sum."""

    total: int = 0


LIMIT = 1_000_000


def decide(state: Counter, command: Command[object], moment: Moment) -> Sequence[msgspec.Struct]:
    match command.data:
        case Count(by=by) if state.total + by > LIMIT:
            raise Refusal("over_limit", f"It may go up to {LIMIT}; take a smaller step.", "/by")
        case Count(by=0):
            return []
        case Count(by=by, times=times):
            return [Counted(by, moment.number) for _ in range(times)]
        case Explode():
            if not Bugs.mended:
                raise ZeroDivisionError("a bug in decide")
            return [Exploded()]
        case ExplodeLater():
            return [Exploded()]
        case _:
            raise Refusal("unknown", "This is not for a counter.")


def evolve(state: Counter, recorded: Recorded[object]) -> Counter:
    match recorded.data:
        case Counted(by=by):
            state.total += by
        case Exploded():
            if not Bugs.mended:
                raise ZeroDivisionError("a bug in evolve")
    return state


COUNTERS: Aggregate[Counter] = Aggregate(
    name="tickets", kind="x", state=Counter, decide=decide, evolve=evolve, numbered=Counted
)


async def deciders(resources: Resources) -> Deciders:
    """A made-up service's wiring, as ``verify`` wants it."""
    return Deciders("intake", {COUNTERS.kind: COUNTERS})
