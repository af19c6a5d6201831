"""Conditions on a ticket: which make sense, and what would be lost without a field."""

from collections.abc import Mapping, Sequence
from typing import get_args

from libs.events.aggregate import Refusal
from libs.events.published import setup as s
from libs.events.published import tickets as t
from libs.events.published.setup import Setup

# Of these anything may be asked: a desk's levels and categories change.
OPEN_ENDED = ("category", "impact", "urgency")
CLOSED: Mapping[str, Sequence[str]] = {
    "type": get_args(t.TicketType),
    "priority": ("1", "2", "3", "4", "5"),
}


def checked_conditions(
    conditions: Sequence[s.Condition], fields: Mapping[str, s.FieldDefinition], where: str
) -> None:
    """Raises Refusal for a condition that could never be asked, or never hold."""
    for place, condition in enumerate(conditions):
        pointer = f"{where}/{place}"
        if not condition.one_of:
            raise Refusal("no_value", "Name a value.", f"{pointer}/one_of")
        known = _values(condition.field, fields, f"{pointer}/field")
        if known and (strange := set(condition.one_of) - set(known)):
            raise Refusal(
                "unknown_value",
                f"{condition.field} is never {', '.join(sorted(strange))}; choose from "
                f"{', '.join(filter(None, known))}.",
                f"{pointer}/one_of",
            )


def expect_no_circle(
    field: str, definition: s.FieldDefinition, fields: Mapping[str, s.FieldDefinition], where: str
) -> None:
    """Raises Refusal if a field would be visible only once it is filled, by way of others."""
    ahead = {condition.field for condition in definition.visible_when}
    passed: set[str] = set()
    while ahead:
        one = ahead.pop()
        if one == field:
            raise Refusal(
                "conditions_in_a_circle",
                f"Whether people see {field} would depend on itself; take one condition away.",
                where,
            )
        passed.add(one)
        if one in fields:
            ahead |= {condition.field for condition in fields[one].visible_when} - passed


def uses(field: str, setup: Setup) -> str:
    """What asks for this field; "" if nothing does."""
    for rule in setup.solve_rules:
        if rule.field == field:
            return "a rule demands it when a ticket is solved"
        if any(condition.field == field for condition in rule.when):
            return f"whether {rule.field} is demanded depends on it"
    for code, definition in setup.fields.items():
        if any(condition.field == field for condition in definition.visible_when):
            return f"whether {code} is visible depends on it"
    return ""


def _values(field: str, fields: Mapping[str, s.FieldDefinition], where: str) -> Sequence[str]:
    """The values that it can have; none for any."""
    if field in OPEN_ENDED:
        return ()
    if field in CLOSED:
        return CLOSED[field]
    definition = fields.get(field)
    if definition is None:
        raise Refusal(
            "unknown_field",
            f"A condition is about {', '.join((*CLOSED, *OPEN_ENDED))} or another field of the "
            f"desk's own; {field!r} is none.",
            where,
        )
    if definition.personal:
        raise Refusal("personal_field", f"{field} is personal: nobody can ask what it is.", where)
    return ("true", "false") if definition.type == "boolean" else definition.choices
