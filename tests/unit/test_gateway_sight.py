"""Who sees which tickets: by role, by team, by the departments that the desk has."""

import pytest

from libs.events.published.setup import DEFAULT, Department, DepartmentDefined, setup_after
from libs.tokens import Role
from services.gateway.sight import WHOLE, Sight, sight_of

PEOPLE = DepartmentDefined("people", Department("People", ("hr", "payroll"), private=True))
LEGAL = DepartmentDefined("legal", Department("Legal", ("legal",), private=True))
WORKS = DepartmentDefined("works", Department("Works", ("it", "field")))
SETUP = setup_after(setup_after(setup_after(DEFAULT, PEOPLE, 1), LEGAL, 2), WORKS, 3)
PRIVATE = frozenset({"hr", "payroll", "legal"})


@pytest.mark.parametrize("role", ["lead", "agent", "light_agent", "analyst"])
def test_who_is_of_no_private_department_sees_none_of_them(role: Role) -> None:
    assert sight_of(role, "anna", ["it"], SETUP) == Sight(hidden=PRIVATE)
    assert sight_of(role, "anna", [], SETUP) == Sight(hidden=PRIVATE)


def test_who_is_of_one_of_its_teams_sees_all_of_a_department_and_no_other() -> None:
    assert sight_of("agent", "hedda", ["hr"], SETUP) == Sight(hidden=frozenset({"legal"}))


def test_administrators_see_everything_and_everybody_does_without_private_departments() -> None:
    assert sight_of("admin", "root", [], SETUP) is WHOLE
    assert sight_of("agent", "anna", [], DEFAULT) == WHOLE
    assert sight_of("agent", "anna", [], setup_after(DEFAULT, WORKS, 1)).is_whole


def test_a_partner_sees_their_teams_tickets_alone() -> None:
    sight = sight_of("partner", "ext", ["field", "hr"], SETUP)

    assert sight == Sight(teams=frozenset({"field", "hr"}), hidden=frozenset({"legal"}))
    assert sight_of("partner", "ext", [], DEFAULT).teams == frozenset()
    assert not sight_of("partner", "ext", [], DEFAULT).is_whole


def test_a_customer_sees_their_own() -> None:
    assert sight_of("customer", "p-1", ["hr"], SETUP) == Sight(customer_id="p-1", hidden=PRIVATE)
