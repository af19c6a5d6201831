"""Who is let in when there is too much to do: everybody a share; who asks for what costs least to
ask again is turned away first. Pure but for what it counts.

Three things count: how often one caller has asked in the last minute, how many requests are under
way, and how long the event loop lets a due timer wait (``lag``), which tells of work that no count
shows. What agents send is turned away last, and never for lag.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from urllib.parse import parse_qs


class Rank(IntEnum):
    """How soon a request is turned away: the highest first."""

    WRITE = 0
    PAGE = 1
    LIST = 2
    HEAVY = 3


@dataclass(frozen=True, slots=True)
class Weight:
    """Of one request. cost: as how many it counts in its caller's share."""

    rank: Rank
    cost: int


# Under how many of the most requests at a time each rank is still let in, and up to which lag.
_SHARE = {Rank.WRITE: 1.0, Rank.PAGE: 0.75, Rank.LIST: 0.5, Rank.HEAVY: 0.25}
_LAG_SECONDS = {Rank.WRITE: float("inf"), Rank.PAGE: 1.0, Rank.LIST: 0.5, Rank.HEAVY: 0.25}
_LISTS = ("tickets", "suspended", "contacts", "history", "conversation", "audit", "away", "counts")
_COSTLY = ("as_of", "q", "shared")
_BATCH = 20
# What anybody may send must not take the room of those who are known.
_OPEN, _TO_ANYBODY = "/v1/sign-in", 5
# A page of 50 costs one.
_ROWS_A_UNIT = 50
_MOST_ROWS = 1_000


def weigh(method: str, path: str, query: str) -> Weight:
    """What a request weighs, by its first line alone."""
    if path.startswith(_OPEN):
        return Weight(Rank.LIST, _TO_ANYBODY)
    if method not in ("GET", "HEAD"):
        return Weight(Rank.WRITE, _BATCH if path.endswith("/batch") else 1)
    last = path.rstrip("/").rpartition("/")[2]
    if last == "export":
        return Weight(Rank.HEAVY, _BATCH)
    if last not in _LISTS:
        return Weight(Rank.PAGE, 1)
    asked = parse_qs(query[:4_000], max_num_fields=50) if query.count("&") < 50 else {}
    limit = asked.get("limit", [""])[0]
    rows = min(int(limit), _MOST_ROWS) if limit.isascii() and limit.isdigit() else _ROWS_A_UNIT
    pages = max(1, -(-rows // _ROWS_A_UNIT))
    if any(name in asked for name in _COSTLY):
        return Weight(Rank.HEAVY, 5 * pages)
    return Weight(Rank.LIST, pages)


@dataclass(slots=True)
class Admission:
    """Lets in or turns away. most: requests at a time; lag: seconds, as it was last measured."""

    most: int
    lag: float = 0.0
    under_way: int = field(default=0, init=False)

    def has_room(self, rank: Rank) -> bool:
        """Whether a request of this rank is let in now."""
        return self.under_way < self.most * _SHARE[rank] and self.lag <= _LAG_SECONDS[rank]

    @contextmanager
    def working(self) -> Iterator["Working"]:
        """Count a request while the block runs, or until it is but a stream."""
        working = Working(self)
        self.under_way += 1
        try:
            yield working
        finally:
            working.over()


@dataclass(slots=True)
class Working:
    """One request under way."""

    _admission: Admission
    _counts: bool = True

    def over(self) -> None:
        """It does not count any more: it is answered, or a stream that mostly waits."""
        if self._counts:
            self._counts = False
            self._admission.under_way -= 1
