"""Whether a value suits a field of the desk's own, and whether a condition holds."""

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache

import re2

from libs.events.published import setup as s
from libs.events.published import tickets as t

Values = Mapping[str, t.FieldValue]


def wrong(definition: s.FieldDefinition, value: t.FieldValue) -> str:
    """What is wrong with a value, as the end of a sentence; "" for nothing."""
    match definition.type:
        case "boolean":
            return "" if isinstance(value, bool) else "it is yes or no (true or false)"
        case "number":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return "" if is_number else "it is a number"
        case "multi_choice":
            known = isinstance(value, tuple) and set(value) <= set(definition.choices)
            return "" if known else f"choose from {', '.join(definition.choices)}"
    if not isinstance(value, str):
        return "it is a text"
    match definition.type:
        case "choice" if value not in definition.choices:
            return f"choose one of {', '.join(definition.choices)}"
        case "date" if not _is_date(value):
            return "it is a date such as 2026-03-31"
        case "pattern" if not _compiled(definition.pattern).fullmatch(value):
            return f"it must match {definition.pattern}"
    return ""


def all_hold(conditions: Iterable[s.Condition], values: Values) -> bool:
    """Whether every condition holds for these values."""
    return all(_holds(condition, values.get(condition.field)) for condition in conditions)


def told(conditions: Iterable[s.Condition]) -> str:
    """Conditions as a clause."""
    return " and ".join(f"{one.field} is {' or '.join(one.one_of)}" for one in conditions)


def unusable(pattern: str) -> str:
    """Why a regular expression cannot be used; "" for one that can.

    RE2 takes time in proportion to the text, whatever the pattern: customers write the text.
    """
    try:
        _compiled(pattern)
    except re2.error as error:
        return str(error.args[0], "utf-8", "replace")
    return ""


@lru_cache(maxsize=1_000)
def _compiled(pattern: str) -> "re2._Regexp[str]":
    options = re2.Options()
    options.log_errors = False
    return re2.compile(pattern, options)


def _holds(condition: s.Condition, value: t.FieldValue | None) -> bool:
    if condition.field == "category":
        paths = tuple(f"{path}." for path in condition.one_of)
        return f"{value}.".startswith(paths)
    if isinstance(value, tuple):
        return not set(value).isdisjoint(condition.one_of)
    if isinstance(value, bool):
        return str(value).lower() in condition.one_of
    if isinstance(value, float | int):
        return f"{value:g}" in condition.one_of
    return value in condition.one_of


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-03-31")
