"""Which passages of a mail's text a reader need not read again: quotes, signatures, disclaimers.

Nothing is taken away: passages are ranges of characters. Answers between quoted lines stay visible
with what they answer; a text of which nothing would be left is shown whole.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import re2

from adapters.email.reading import phrases, signatures
from adapters.email.reading.quoting import bare, is_quoted, mark_at

MOST_LINES = 3_000  # beyond, whatever a line is stays what the last one was
MOST_PASSAGES = 200
# A few lines under a quote, where the answer stands above it, are a signature.
_TAIL_LINES = 6
_WRAPPED_LENGTH, _REST_LENGTH = 66, 30
_POINTER_LENGTH = 120

Kind = Literal["quote", "signature", "disclaimer"]
# What a line is: written by the sender, blank, quoted, introducing a quote, or of those kinds.
_TEXT, _BLANK, _QUOTED, _MARK, _SIGNED, _LEGAL, _HISTORY = "tbqmsdh"
_KINDS: dict[str, Kind] = {
    _QUOTED: "quote",
    _MARK: "quote",
    _HISTORY: "quote",
    _SIGNED: "signature",
    _LEGAL: "disclaimer",
}


class Passage(NamedTuple):
    """Characters [start, end) of a text that a reader may fold."""

    start: int
    end: int
    kind: Kind


def fold(text: str, sent_on: bool = False) -> tuple[Passage, ...]:
    """The passages of a text, in their order, none overlapping.

    sent_on: it is a forward, so the first header block introduces what is to be read.
    """
    lines = text.split("\n", MOST_LINES)
    roles = _roles(lines, sent_on)
    _settle_quotes(lines, roles)
    passages = tuple(_passages(lines, roles))[:MOST_PASSAGES]
    return passages if visible(text, passages) else ()


def visible(text: str, passages: Sequence[Passage]) -> str:
    """What is left to read."""
    return without(text, passages).strip()


def without(text: str, passages: Sequence[Passage]) -> str:
    """The text outside of these passages."""
    pieces, place = [], 0
    for passage in passages:
        pieces.append(text[place : passage.start])
        place = passage.end
    return "".join((*pieces, text[place:]))


def _roles(lines: list[str], sent_on: bool) -> list[str]:
    """What every line is; the unquoted history under a mark is told here, too."""
    roles = [
        _BLANK if not line.strip() else _QUOTED if is_quoted(line) else _TEXT for line in lines
    ]
    place = begun = 0
    forward = sent_on
    while place < len(lines):
        mark = mark_at(lines, place, begun) if roles[place] != _BLANK else None
        if mark is None or roles[mark.start] == _QUOTED:
            place += 1
            continue
        roles[mark.start : mark.end] = [_MARK] * (mark.end - mark.start)
        _find_signatures(lines, roles, begun, mark.start)
        place = begun = mark.end
        is_forward = mark.forward or (forward and mark.end - mark.start > 2)
        forward = False
        quoted = _follow_pipes(lines, roles, mark.end)
        if not quoted and not is_forward and _TEXT in roles[: mark.start]:
            roles[mark.end :] = [_HISTORY] * (len(lines) - mark.end)
            return roles
    _find_signatures(lines, roles, begun, len(lines))
    return roles


def _follow_pipes(lines: list[str], roles: list[str], start: int) -> bool:
    """Whether quoted lines follow; ``|`` is a quote sign here, and only here."""
    place = start
    while place < len(lines) and roles[place] == _BLANK:
        place += 1
    if place < len(lines) and lines[place].lstrip().startswith("|"):
        while place < len(lines) and lines[place].lstrip().startswith("|"):
            roles[place] = _QUOTED
            place += 1
        return True
    return place < len(lines) and roles[place] == _QUOTED


def _find_signatures(lines: list[str], roles: list[str], start: int, end: int) -> None:
    """Tell signatures and disclaimers in these lines from text; quoted lines end a signature."""
    signed = False
    for place in range(start, end):
        if roles[place] == _QUOTED:
            signed = False
        elif signatures.is_delimiter(lines[place]) and not _opens(roles, place):
            signed = True
        elif signatures.is_rule(lines[place]) and not signed and not _opens(roles, place):
            signed = signatures.is_card(lines[place + 1 : _next_quote(roles, place, end)])
        elif roles[place] == _TEXT and _stands_alone(lines, roles, place):
            roles[place] = _SIGNED
        if signed:
            roles[place] = _SIGNED
    for first, last in _paragraphs(roles, start, end):
        if signatures.is_disclaimer("\n".join(line[:1_000] for line in lines[first:last])):
            ruled = first and signatures.is_rule(lines[first - 1]) and roles[first - 1] == _TEXT
            roles[first - bool(ruled) : last] = [_LEGAL] * (last - first + bool(ruled))


def _opens(roles: list[str], place: int) -> bool:
    """Whether nobody has written anything above."""
    return _TEXT not in roles[:place] and _QUOTED not in roles[:place]


def _next_quote(roles: list[str], place: int, end: int) -> int:
    found = next((at for at in range(place, end) if roles[at] == _QUOTED), end)
    return min(found, place + 40)


def _stands_alone(lines: list[str], roles: list[str], place: int) -> bool:
    """A program's line on its own, or among its like."""
    before = roles[place - 1] if place else _BLANK
    if before not in (_BLANK, _SIGNED):
        return False
    below = lines[place + 1] if place + 1 < len(lines) else ""
    if below.strip() and not (
        signatures.names_program(below) or signatures.names_device(below) or is_quoted(below)
    ):
        return False
    above = next(
        (role for role in reversed(roles[max(0, place - 3) : place]) if role != _BLANK), ""
    )
    return signatures.names_program(lines[place]) or (
        above == _SIGNED and signatures.names_device(lines[place])
    )


def _paragraphs(roles: list[str], start: int, end: int) -> Iterator[tuple[int, int]]:
    first = start
    for place in range(start, end + 1):
        if place == end or roles[place] != _TEXT:
            if first < place:
                yield first, place
            first = place + 1


class _Run(NamedTuple):
    """Lines [start, end) of one role, blank ones included."""

    role: str
    start: int
    end: int


def _settle_quotes(lines: list[str], roles: list[str]) -> None:
    """Which quotes are read with their answers; they become text again."""
    _mend_wrapped(lines, roles)
    runs = [run for run in _runs(roles) if run.role in (_TEXT, _QUOTED, _MARK)]
    written = [place for place, run in enumerate(runs) if run.role == _TEXT]
    quoted = [place for place, run in enumerate(runs) if run.role == _QUOTED]
    if not written or not quoted:
        return
    answered = [place for place in quoted if place < written[-1]]
    if not answered:
        return
    introduced = answered[0] > 0 and runs[answered[0] - 1].role == _MARK
    above = [
        line for run in runs[: answered[0]] if run.role == _TEXT for line in _words(lines, run)
    ]
    between = any(answered[0] < place < quoted[-1] for place in written)
    if between or not introduced or (above and _points_down(above)):
        for place in answered:
            roles[runs[place].start : runs[place].end] = [_TEXT] * (
                runs[place].end - runs[place].start
            )
    elif above and len(_words(lines, runs[written[-1]])) <= _TAIL_LINES:
        tail = runs[written[-1]]
        roles[tail.start : tail.end] = [_SIGNED] * (tail.end - tail.start)


def _mend_wrapped(lines: list[str], roles: list[str]) -> None:
    """The end of a quoted line that some server broke is quoted, too."""
    for place in range(1, len(lines) - 1):
        if (
            roles[place - 1 : place + 2] == [_QUOTED, _TEXT, _QUOTED]
            and len(lines[place - 1]) >= _WRAPPED_LENGTH
            and len(lines[place]) <= _REST_LENGTH
        ):
            roles[place] = _QUOTED


def _runs(roles: list[str]) -> Iterator[_Run]:
    start, role = 0, ""
    for place, one in enumerate(roles):
        if one in (_BLANK, role):
            continue
        if role:
            yield _Run(role, start, place)
        start, role = place, one
    if role:
        yield _Run(role, start, len(roles))


def _words(lines: list[str], run: _Run) -> list[str]:
    return [bare(line) for line in lines[run.start : run.end] if bare(line)]


def _points_down(above: list[str]) -> bool:
    """Whether what stands above the quote only greets, or says that answers come below it."""
    said = " ".join(above)
    if len(said) > _POINTER_LENGTH:
        return False
    greets = len(above) == 1 and len(said) <= 40 and said.endswith((",", "!", "，"))
    return greets or _BELOW.search(said) is not None


def _passages(lines: list[str], roles: list[str]) -> Iterator[Passage]:
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)
    length = starts[-1] - 1
    open_kind: Kind | None = None
    start = 0
    for run in _runs(roles):
        kind = _KINDS.get(run.role)
        if kind != open_kind:
            if open_kind is not None:
                yield Passage(start, starts[run.start], open_kind)
            open_kind, start = kind, starts[run.start]
    if open_kind is not None and start < length:
        yield Passage(start, length, open_kind)


def _below() -> "re2._Regexp[str]":
    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(rf"(?:^|[^\pL])(?:{phrases.SEE_BELOW})(?:[^\pL]|$)", options)


_BELOW = _below()
