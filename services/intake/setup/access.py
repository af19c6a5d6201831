"""Departments, and what light agents may do: what may be defined, and what makes no sense."""

import re

from libs.events.aggregate import Refusal
from libs.events.published import setup as s
from libs.events.rules import Events, Rules
from services.intake.setup.state import DeskState

MOST_DEPARTMENTS = 200
MOST_TEAMS = 200
_TEAM = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")


def _define_department(state: DeskState, wanted: s.DefineDepartment, _: None) -> Events:
    code, definition = wanted.department, wanted.definition
    others = {known: one for known, one in state.setup.departments.items() if known != code}
    if not code:
        raise Refusal("empty_code", "Give the department a code.", "/department")
    if not definition.name.strip():
        raise Refusal("name_missing", "Give the department a name.", "/definition/name")
    if not definition.teams or len(definition.teams) > MOST_TEAMS:
        raise Refusal(
            "teams_missing",
            f"Name the teams of the department, {MOST_TEAMS} at most.",
            "/definition/teams",
        )
    seen: set[str] = set()
    for place, team in enumerate(definition.teams):
        where = f"/definition/teams/{place}"
        if _TEAM.fullmatch(team) is None:
            raise Refusal("no_team", f"{team!r} cannot be the id of a team.", where)
        if team in seen:
            raise Refusal("team_twice", f"{team} stands there twice.", where)
        if owner := next((known for known, one in others.items() if team in one.teams), None):
            raise Refusal(
                "team_taken", f"{team} belongs to {owner}; take it away there first.", where
            )
        seen.add(team)
    if len(others) >= MOST_DEPARTMENTS:
        raise Refusal(
            "too_many", f"A desk has {MOST_DEPARTMENTS} departments at most; retire one first."
        )
    same = state.setup.departments.get(code) == definition
    return [] if same else [s.DepartmentDefined(code, definition)]


def _retire_department(state: DeskState, wanted: s.RetireDepartment, _: None) -> Events:
    if wanted.department not in state.setup.departments:
        raise Refusal(
            "no_such_department",
            f"This desk has no department {wanted.department!r}.",
            "/department",
        )
    return [s.DepartmentRetired(wanted.department)]


def _define_light_replies(state: DeskState, wanted: s.DefineLightReplies, _: None) -> Events:
    same = wanted.allowed == state.setup.light_replies
    return [] if same else [s.LightRepliesDefined(wanted.allowed)]


RULES: Rules = {
    s.DefineDepartment: _define_department,
    s.RetireDepartment: _retire_department,
    s.DefineLightReplies: _define_light_replies,
}
EVENTS = (s.DepartmentDefined, s.DepartmentRetired, s.LightRepliesDefined)
