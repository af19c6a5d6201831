"""Placeholders: what a text leaves open until it is known for whom it is. Pure.

``Dear {{contact.first_name | "customer"}}, about {{ticket.number}}``: between the braces stand
alternatives, each a listed name or a text in double quotes; the first that is not empty is taken.
One that can be empty for somebody (unknown, or erased) cannot stand last, so no text ever reads
"Dear ,". ``{{ "{{" }}`` writes two braces. There is nothing else: no attributes, no expressions;
and what was filled in is never read again.
"""

import re
from collections.abc import Mapping, Sequence
from typing import NamedTuple

# By name: whether it is there for every ticket and every agent.
NAMES: Mapping[str, bool] = {
    "ticket.number": True,
    "ticket.subject": False,
    "contact.name": False,
    "contact.first_name": False,
    "agent.name": True,
}

_OPENING, _CLOSING = "{{", "}}"
_QUOTED = r'"([^"\n]*)"'
_ALTERNATIVE = re.compile(rf"\s*(?:{_QUOTED}|([A-Za-z_][A-Za-z0-9_.]*))\s*")
_TITLES = frozenset(("dr", "prof", "mr", "mrs", "ms", "mx", "sir", "herr", "frau", "mme", "m"))
_BLANK = re.compile(r"\s+|[\x00-\x1f\x7f-\x9f]+")


class BadPlaceholder(ValueError):
    """A text that cannot be used. The message is a sentence that says what would work."""


class _Words(NamedTuple):
    text: str


class _Name(NamedTuple):
    name: str


Part = Sequence[_Words | _Name]


class Template:
    """A text with placeholders, read once. Raises BadPlaceholder."""

    def __init__(self, text: str) -> None:
        self._parts = list(_parts(text))

    @property
    def names(self) -> frozenset[str]:
        """The names that it asks for."""
        return frozenset(one.name for part in self._parts for one in part if isinstance(one, _Name))

    def fill(self, values: Mapping[str, str]) -> str:
        """The text for these values; a value that is missing counts as empty, and blanks of every
        kind in one as a single blank.

        Raises KeyError if one is empty that is always there.
        """
        return "".join(_first(part, values) for part in self._parts)


def values(*, number: str, subject: str, contact_name: str, agent_name: str) -> Mapping[str, str]:
    """By placeholder. What is not known, or not any more, is ""."""
    return {
        "ticket.number": number,
        "ticket.subject": subject,
        "contact.name": contact_name,
        "contact.first_name": first_name(contact_name),
        "agent.name": agent_name,
    }


def first_name(name: str) -> str:
    """``Maya`` of ``Maya Okafor``, of ``Okafor, Maya`` and of ``Dr. Maya Okafor``; "" of what is
    no name but an address."""
    if "@" in name:
        return ""
    before, comma, after = name.partition(",")
    words = (after if comma and after.strip() else before).split()
    return next((word for word in words if word.strip(".").casefold() not in _TITLES), "")


def _first(part: Part, values: Mapping[str, str]) -> str:
    for one in part:
        text = one.text if isinstance(one, _Words) else _plain(values.get(one.name, ""))
        if text:
            return text
    raise KeyError(str(part))


def _plain(value: str) -> str:
    return _BLANK.sub(" ", value).strip()


def _parts(text: str) -> Sequence[Part]:
    parts: list[Part] = []
    position = 0
    while (start := text.find(_OPENING, position)) >= 0:
        while text.startswith(_OPENING, start + 1):  # the last two braces of more
            start += 1
        if start > position:
            parts.append([_Words(text[position:start])])
        alternatives, position = _placeholder(text, start + len(_OPENING))
        parts.append(alternatives)
    if position < len(text):
        parts.append([_Words(text[position:])])
    return parts


def _placeholder(text: str, position: int) -> tuple[Part, int]:
    """The alternatives that begin here, and where the text goes on behind them."""
    alternatives: list[_Words | _Name] = []
    while True:
        found = _ALTERNATIVE.match(text, position)
        if found is None:
            raise BadPlaceholder(_malformed(text, position))
        words, name = found.groups()
        alternatives.append(_Words(words) if name is None else _Name(_known(name)))
        position = found.end()
        if text.startswith("|", position):
            position += 1
        elif text.startswith(_CLOSING, position):
            _expect_never_empty(alternatives[-1])
            return alternatives, position + len(_CLOSING)
        else:
            raise BadPlaceholder(_malformed(text, position))


def _known(name: str) -> str:
    if name not in NAMES:
        raise BadPlaceholder(f"There is no {name}; choose from {', '.join(NAMES)}.")
    return name


def _expect_never_empty(last: _Words | _Name) -> None:
    if isinstance(last, _Name) and not NAMES[last.name]:
        raise BadPlaceholder(
            f"{last.name} can be empty: say what to write then, such as "
            f'{{{{{last.name} | "there"}}}}.'
        )
    if isinstance(last, _Words) and not last.text.strip():
        raise BadPlaceholder('Between the last quotes stands what is written: it is empty ("").')


def _malformed(text: str, position: int) -> str:
    around = text[max(0, position - 20) : position + 20].replace("\n", " ")
    return (
        f"A placeholder reads {{{{ticket.number}}}} or "
        f'{{{{contact.first_name | "there"}}}}; this one does not: …{around}…'
    )
