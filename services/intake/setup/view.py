"""A view: a list of tickets under a name, an agent's own, a team's or everybody's."""

import re

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import setup as s
from libs.events.rules import Events, Folds, Rules
from services.intake.setup.wording import expect_name

MOST_PARAMETERS, MOST_VALUES, MOST_COLUMNS, LONGEST_VALUE = 30, 20, 60, 200
_WORD = re.compile(r"[a-z][a-z0-9_]{0,63}")


class ViewState(msgspec.Struct, omit_defaults=True):
    """A view. defined: None before its first event; retired: not offered any more."""

    defined: s.ViewDefined | None = None
    retired: bool = False


def _define(state: ViewState, wanted: s.DefineView, _: None) -> Events:
    expect_name(wanted.name)
    _expect_filter(wanted.filter)
    if len(wanted.columns) > MOST_COLUMNS or not all(map(_WORD.fullmatch, wanted.columns)):
        raise Refusal("unknown_columns", f"Name at most {MOST_COLUMNS} fields.", "/columns")
    _expect_owner(state, wanted)
    defined = s.ViewDefined(
        wanted.name,
        wanted.filter,
        wanted.columns,
        wanted.sharing,
        wanted.agent_id,
        wanted.team_id,
    )
    return [] if state.defined == defined and not state.retired else [defined]


def _expect_filter(filter: dict[str, tuple[str, ...]]) -> None:
    """Raises Refusal for more than a list can be asked. What each means is the reader's to know."""
    usable = len(filter) <= MOST_PARAMETERS and all(
        _WORD.fullmatch(name)
        and 1 <= len(values) <= MOST_VALUES
        and all(len(value) <= LONGEST_VALUE for value in values)
        for name, values in filter.items()
    )
    if not usable:
        sentence = f"A view has at most {MOST_PARAMETERS} parameters, each with values of a list."
        raise Refusal("unusable_filter", sentence, "/filter")


def _expect_owner(state: ViewState, wanted: s.DefineView) -> None:
    """An agent's own view stays theirs, and what is shared stays shared."""
    whose = {"own": bool(wanted.agent_id), "team": bool(wanted.team_id), "all": True}
    if not whose[wanted.sharing]:
        where = "/agent_id" if wanted.sharing == "own" else "/team_id"
        raise Refusal("nobodys_view", "Say whose view it is.", where)
    if state.defined is not None and state.defined.agent_id != wanted.agent_id:
        sentence = "An agent's own view stays theirs, and what is shared stays shared: make a copy."
        raise Refusal("stays_own", sentence, "/sharing")


def _retire(state: ViewState, wanted: s.RetireView, _: None) -> Events:
    if state.defined is None:
        raise Refusal("no_such_view", "There is no view with this id.")
    return [] if state.retired else [s.ViewRetired()]


def _defined(state: ViewState, event: s.ViewDefined, _: Recorded[object]) -> None:
    state.defined, state.retired = event, False


def _retired(state: ViewState, event: s.ViewRetired, _: Recorded[object]) -> None:
    state.retired = True


RULES: Rules = {s.DefineView: _define, s.RetireView: _retire}
FOLDS: Folds = {s.ViewDefined: _defined, s.ViewRetired: _retired}
