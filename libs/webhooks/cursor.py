"""A place in the log of tickets as receivers keep it: the next offset of every partition.

``/v1/events`` gives it with each page; it says where to go on and from where to tell again.
"""

import re
from collections.abc import Sequence

_CURSOR = re.compile(r"\d{1,15}(\.\d{1,15})*", re.ASCII)


def cursor_of(offsets: Sequence[int]) -> str:
    """The cursor of these offsets, one a partition."""
    return ".".join(map(str, offsets))


def offsets_in(cursor: str) -> Sequence[int]:
    """The offsets of a cursor, one a partition; none where it is no cursor."""
    return tuple(map(int, cursor.split("."))) if _CURSOR.fullmatch(cursor) else ()
