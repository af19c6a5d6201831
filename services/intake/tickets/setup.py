"""What a desk has set up for itself: labels, matrix, codes, fields. Versioned, and read by rules.

An event that a setup had a say in carries its version, so the choice can be explained later.
"""

import re
from collections.abc import Mapping
from datetime import date
from typing import Literal

import msgspec

from libs.events.published import tickets as t
from libs.events.published.messages import Code

FieldType = Literal["text", "number", "choice", "multi_choice", "date", "boolean", "pattern"]

# ITIL's matrix: impact (rows) × urgency (columns) → priority, 1 first.
_LEVELS = ("high", "medium", "low")
_ITIL = ((1, 2, 3), (2, 3, 4), (3, 4, 5))
_LABELS: Mapping[t.Status, tuple[Code, ...]] = {
    "new": ("awaiting_assignment",),
    "open": ("assigned", "in_progress"),
    "pending": ("wait_customer", "wait_user"),
    "on_hold": ("wait", "wait_implementation", "wait_vendor"),
    "solved": ("in_call", "resolved"),
}
_CODES = (
    "solved_permanently",
    "workaround",
    "by_request",
    "known_error",
    "duplicate",
    "not_reproducible",
    "no_fault_found",
    "withdrawn",
    "no_customer_response",
    "out_of_scope",
)


class Matrix(msgspec.Struct, frozen=True):
    """priorities[i][u]: of the i-th impact and the u-th urgency, 1 (first) to 5."""

    impacts: tuple[Code, ...] = _LEVELS
    urgencies: tuple[Code, ...] = _LEVELS
    priorities: tuple[tuple[int, ...], ...] = _ITIL

    def priority(self, impact: str, urgency: str) -> int:
        """0 while one of the two is unknown."""
        if impact not in self.impacts or urgency not in self.urgencies:
            return 0
        return self.priorities[self.impacts.index(impact)][self.urgencies.index(urgency)]


class FieldDefinition(msgspec.Struct, frozen=True):
    """A field of the desk's own. choices: of a choice; pattern: a regular expression for the whole
    text; personal: sealed under the requester's key and never in clear."""

    type: FieldType
    personal: bool = False
    choices: tuple[str, ...] = ()
    pattern: str = ""

    def wrong(self, value: t.FieldValue) -> str:
        """What is wrong with a value, as the end of a sentence; "" for nothing."""
        if self.type == "boolean":
            return "" if isinstance(value, bool) else "it is yes or no (true or false)"
        if self.type == "number":
            is_number = isinstance(value, int | float) and not isinstance(value, bool)
            return "" if is_number else "it is a number"
        if self.type == "multi_choice":
            known = isinstance(value, tuple) and set(value) <= set(self.choices)
            return "" if known else f"choose from {', '.join(self.choices)}"
        if not isinstance(value, str):
            return "it is a text"
        if self.type == "choice":
            return "" if value in self.choices else f"choose one of {', '.join(self.choices)}"
        if self.type == "date":
            return "" if _is_date(value) else "it is a date such as 2026-03-31"
        if self.type == "pattern" and not re.fullmatch(self.pattern, value):
            return f"it must match {self.pattern}"
        return ""


class SolveRule(msgspec.Struct, frozen=True):
    """A field that must be filled when a ticket is solved, and the ways of solving that need not.

    field: ``category``, ``cause``, ``type``, ``priority``, or a field of the desk's own.
    """

    field: Code
    exempt: tuple[t.Via, ...] = ("problem", "timeout", "mass")


class Setup(msgspec.Struct, frozen=True):
    """Everything that a desk can choose about its tickets. version: 0 is the default."""

    version: int = 0
    labels: Mapping[t.Status, tuple[Code, ...]] = msgspec.field(default_factory=lambda: _LABELS)
    matrix: Matrix = Matrix()
    resolution_codes: tuple[Code, ...] = _CODES
    categories: tuple[Code, ...] = ()
    fields: Mapping[Code, FieldDefinition] = {}
    solve_rules: tuple[SolveRule, ...] = ()
    prefixes: Mapping[Code, str] = {}
    tiers: int = 3


DEFAULT = Setup()


def _is_date(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return len(text) == len("2026-03-31")
