"""A stretch of time as a few whole nodes of a binary tree over all time. Pure.

This is a segment tree: every instant lies in one node of each level, and what was valid for a
stretch is listed under the few nodes that the stretch is put together from. So what was valid at an
instant is listed under exactly one of the instant's nodes, and a list at an instant is LEVELS
ranges of an index, however much came before and after. Only at both ends a stretch is rounded up to
a whole leaf: there alone something is read in vain, at most what changed in the same LEAF_SECONDS.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

LEAF_SECONDS = 4_096
# The highest level has nodes of 17 years; what lasted longer is put together from several.
LEVELS = 18
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def nodes_at(instant: datetime) -> Sequence[str]:
    """The nodes that this instant lies in, one a level."""
    leaf = _leaf(instant)
    return [_node(level, leaf >> level) for level in range(LEVELS)]


def nodes_of(since: datetime, until: datetime) -> Sequence[str]:
    """The fewest nodes that cover ``[since, until)``: two a level at most below the highest.

    since: before until.
    """
    return list(_cover(_leaf(since), _leaf(until) + 1))


def _cover(begin: int, end: int) -> Iterator[str]:
    """Nodes of the leaves from begin to before end: the largest first that fits where we are."""
    while begin < end:
        aligned = (begin & -begin).bit_length() - 1 if begin else LEVELS
        level = min(aligned, (end - begin).bit_length() - 1, LEVELS - 1)
        yield _node(level, begin >> level)
        begin += 1 << level


def _leaf(instant: datetime) -> int:
    return int((instant - _EPOCH).total_seconds() // LEAF_SECONDS)


def _node(level: int, number: int) -> str:
    return f"{level:x}.{number:x}"
