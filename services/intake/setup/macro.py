"""A macro: which steps it may have, checked when it is defined, so that it does not fail later."""

from typing import Annotated

import msgspec

from libs.events.aggregate import Refusal
from libs.events.catalogue import UnknownType
from libs.events.envelope import Recorded
from libs.events.published import setup as s
from libs.events.published import tickets as t
from libs.events.rules import Events, Folds, Rules
from services.intake.setup.wording import expect_name, expect_text

MOST_STEPS = 50


class MacroState(msgspec.Struct, omit_defaults=True):
    """A macro. defined: None before its first event; retired: not offered any more."""

    defined: s.MacroDefined | None = None
    retired: bool = False


class Words(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What a step says. language: its BCP 47 tag."""

    text: str
    language: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9-]{0,35}$")] = ""


def _define(state: MacroState, wanted: s.DefineMacro, _: None) -> Events:
    expect_name(wanted.name)
    if not 1 <= len(wanted.steps) <= MOST_STEPS:
        raise Refusal("no_steps", f"A macro has 1 to {MOST_STEPS} steps.", "/steps")
    for place, step in enumerate(wanted.steps):
        _expect_possible(step, f"/steps/{place}")
    defined = s.MacroDefined(wanted.name, wanted.steps)
    return [] if state.defined == defined and not state.retired else [defined]


def _retire(state: MacroState, wanted: s.RetireMacro, _: None) -> Events:
    if state.defined is None:
        raise Refusal("no_such_macro", "There is no macro with this id.")
    return [] if state.retired else [s.MacroRetired()]


def _expect_possible(step: t.Step, where: str) -> None:
    """Raises Refusal for what no ticket would take, or what is not a macro's to do."""
    wanted = t.MACRO_STEPS.get(step.command)
    if wanted is None:
        raise Refusal(
            "unknown_step",
            f"A macro cannot {step.command}; it can {', '.join(sorted(t.MACRO_STEPS))}.",
            f"{where}/command",
        )
    if step.command in t.WITH_WORDS:
        try:
            words = msgspec.convert(step.data, Words)
        except msgspec.ValidationError as error:
            raise _wrong(step, str(error), where) from error
        expect_text(words.text, f"{where}/data/text")
        return
    known = {field.encode_name for field in msgspec.structs.fields(wanted)}
    if strange := step.data.keys() - known:
        raise _wrong(step, f"it has no {', '.join(sorted(strange))}", where)
    try:
        data = t.contained(step)
    except (UnknownType, msgspec.ValidationError) as error:
        raise _wrong(step, str(error), where) from error
    if isinstance(data, t.SetFields) and any(change.personal for change in data.changes):
        raise Refusal("personal_field", "What is personal is no macro's to know.", f"{where}/data")


def _wrong(step: t.Step, why: str, where: str) -> Refusal:
    return Refusal("wrong_step", f"This is no {step.command}: {why}.", f"{where}/data")


def _defined(state: MacroState, event: s.MacroDefined, _: Recorded[object]) -> None:
    state.defined, state.retired = event, False


def _retired(state: MacroState, event: s.MacroRetired, _: Recorded[object]) -> None:
    state.retired = True


RULES: Rules = {s.DefineMacro: _define, s.RetireMacro: _retire}
FOLDS: Folds = {s.MacroDefined: _defined, s.MacroRetired: _retired}
