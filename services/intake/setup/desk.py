"""The desk: what may be defined for its tickets, and what makes no sense."""

import re
from collections.abc import Sequence

import msgspec

from libs.events.aggregate import Refusal
from libs.events.envelope import Recorded
from libs.events.published import setup as s
from libs.events.rules import Events, Folds, Rules
from services.intake.setup import access, letters
from services.intake.setup.conditions import checked_conditions, expect_no_circle, uses
from services.intake.setup.state import DeskState
from services.intake.setup.values import unusable

MOST = 1_000
HIGHEST_TIER = 9
LONGEST_UNDO_SECONDS = 3_600
LONGEST_OPEN_SECONDS = 10 * 365 * 86_400
# What rules call these is not the desk's own.
OF_EVERY_TICKET = ("category", "cause", "type", "priority", "impact", "urgency")
CAN_BE_DEMANDED = ("category", "cause", "type", "priority")
_PREFIX = re.compile(r"[A-Za-z0-9_/.#-]{0,12}")


def _define_labels(state: DeskState, wanted: s.DefineStatusLabels, _: None) -> Events:
    seen: set[str] = set()
    statuses: set[str] = set()
    for place, under in enumerate(wanted.labels):
        if under.status == "closed":
            raise Refusal("closed_has_none", "What is closed has no labels.", f"/labels/{place}")
        if under.status in statuses:
            raise Refusal("status_twice", f"List {under.status} once.", f"/labels/{place}/status")
        statuses.add(under.status)
        _expect_codes(under.labels, f"/labels/{place}/labels", seen)
    labels = {under.status: under.labels for under in wanted.labels}
    return [] if labels == state.setup.labels else [s.StatusLabelsDefined(wanted.labels)]


def _define_matrix(state: DeskState, wanted: s.DefinePriorityMatrix, _: None) -> Events:
    matrix = wanted.matrix
    for levels, field in ((matrix.impacts, "impacts"), (matrix.urgencies, "urgencies")):
        if not levels:
            raise Refusal("no_level", "Name one level at least.", f"/matrix/{field}")
        _expect_codes(levels, f"/matrix/{field}", set())
    if len(matrix.priorities) != len(matrix.impacts):
        raise Refusal(
            "missing_cell",
            f"Give one row for each of the {len(matrix.impacts)} impacts.",
            "/matrix/priorities",
        )
    for place, row in enumerate(matrix.priorities):
        if len(row) != len(matrix.urgencies):
            raise Refusal(
                "missing_cell",
                f"Give one priority for each of the {len(matrix.urgencies)} urgencies.",
                f"/matrix/priorities/{place}",
            )
        if not all(1 <= priority <= 5 for priority in row):
            raise Refusal(
                "unknown_priority",
                "Priorities go from 1 (first) to 5.",
                f"/matrix/priorities/{place}",
            )
    return [] if matrix == state.setup.matrix else [s.PriorityMatrixDefined(matrix)]


def _define_codes(state: DeskState, wanted: s.DefineResolutionCodes, _: None) -> Events:
    if not wanted.codes:
        raise Refusal("no_code", "Name one code at least, or nothing can be solved.", "/codes")
    _expect_codes(wanted.codes, "/codes", set())
    same = wanted.codes == state.setup.resolution_codes
    return [] if same else [s.ResolutionCodesDefined(wanted.codes)]


def _define_categories(state: DeskState, wanted: s.DefineCategories, _: None) -> Events:
    known: set[str] = set()
    _expect_codes(wanted.categories, "/categories", known)
    for place, path in enumerate(wanted.categories):
        parent = path.rpartition(".")[0]
        if "." in path and parent not in known:
            raise Refusal(
                "no_parent",
                f"{path} hangs in the air: list {parent or 'what stands above it'} too.",
                f"/categories/{place}",
            )
    same = wanted.categories == state.setup.categories
    return [] if same else [s.CategoriesDefined(wanted.categories)]


def _define_field(state: DeskState, wanted: s.DefineField, _: None) -> Events:
    field, definition = wanted.field, wanted.definition
    if not field or field in OF_EVERY_TICKET:
        raise Refusal(
            "reserved_field", "Give the field a code that no ticket has of itself.", "/field"
        )
    before = state.setup.fields.get(field) or state.retired.get(field)
    if before and (before.type, before.personal) != (definition.type, definition.personal):
        raise Refusal(
            "field_stays_so",
            f"Tickets have values of {field} as {_kind(before)}; define a new field instead.",
            "/definition/type",
        )
    if field not in state.setup.fields and len(state.setup.fields) >= MOST:
        raise Refusal("too_many", f"A desk has {MOST} fields at most; retire one first.")
    _expect_sound(definition)
    others = {code: known for code, known in state.setup.fields.items() if code != field}
    checked_conditions(definition.visible_when, others, "/definition/visible_when")
    expect_no_circle(field, definition, others, "/definition/visible_when")
    same = state.setup.fields.get(field) == definition
    return [] if same else [s.FieldDefined(field, definition)]


def _retire_field(state: DeskState, wanted: s.RetireField, _: None) -> Events:
    field = wanted.field
    if field not in state.setup.fields:
        raise Refusal("no_such_field", f"This desk has no field {field!r}.", "/field")
    if reason := uses(field, state.setup):
        raise Refusal("field_in_use", f"{field} is needed: {reason}; change that first.", "/field")
    return [s.FieldRetired(field)]


def _define_rules(state: DeskState, wanted: s.DefineSolveRules, _: None) -> Events:
    _expect_codes([rule.field for rule in wanted.rules], "/rules", set())
    for place, rule in enumerate(wanted.rules):
        if rule.field not in CAN_BE_DEMANDED and rule.field not in state.setup.fields:
            raise Refusal(
                "unknown_field",
                f"This desk has no field {rule.field!r}; define it first.",
                f"/rules/{place}/field",
            )
        checked_conditions(rule.when, state.setup.fields, f"/rules/{place}/when")
    same = wanted.rules == state.setup.solve_rules
    return [] if same else [s.SolveRulesDefined(wanted.rules)]


def _define_brand(state: DeskState, wanted: s.DefineBrand, _: None) -> Events:
    brand = wanted.definition
    if not wanted.brand:
        raise Refusal("empty_code", "Give the brand a code.", "/brand")
    if not brand.name.strip():
        raise Refusal("name_missing", "Give the brand a name.", "/definition/name")
    if _PREFIX.fullmatch(brand.prefix) is None:
        raise Refusal(
            "unusable_prefix",
            "A prefix has up to 12 letters, digits and signs of -_/.#, such as NW-.",
            "/definition/prefix",
        )
    if "" in brand.accounts or len(set(brand.accounts)) < len(brand.accounts):
        raise Refusal("account_twice", "Name each account once.", "/definition/accounts")
    for code, other in state.setup.brands.items():
        if code == wanted.brand:
            continue
        if brand.prefix and brand.prefix.casefold() == other.prefix.casefold():
            raise Refusal(
                "prefix_taken", f"{code} has this prefix; take another.", "/definition/prefix"
            )
        if shared := set(brand.accounts) & set(other.accounts):
            raise Refusal(
                "account_taken",
                f"{', '.join(sorted(shared))} belongs to {code}; take it away there first.",
                "/definition/accounts",
            )
    same = state.setup.brands.get(wanted.brand) == brand
    return [] if same else [s.BrandDefined(wanted.brand, brand)]


def _retire_brand(state: DeskState, wanted: s.RetireBrand, _: None) -> Events:
    if wanted.brand not in state.setup.brands:
        raise Refusal("no_such_brand", f"This desk has no brand {wanted.brand!r}.", "/brand")
    return [s.BrandRetired(wanted.brand)]


def _define_tiers(state: DeskState, wanted: s.DefineTiers, _: None) -> Events:
    _expect_between(wanted.highest, HIGHEST_TIER, "/highest")
    return [] if wanted.highest == state.setup.tiers else [s.TiersDefined(wanted.highest)]


def _define_undo(state: DeskState, wanted: s.DefineUndoSend, _: None) -> Events:
    _expect_between(wanted.seconds, LONGEST_UNDO_SECONDS, "/seconds")
    same = wanted.seconds == state.setup.undo_send
    return [] if same else [s.UndoSendDefined(wanted.seconds)]


def _define_close(state: DeskState, wanted: s.DefineCloseAfter, _: None) -> Events:
    _expect_between(wanted.seconds, LONGEST_OPEN_SECONDS, "/seconds")
    same = wanted.seconds == state.setup.close_after
    return [] if same else [s.CloseAfterDefined(wanted.seconds)]


def _expect_codes(codes: Sequence[str], where: str, seen: set[str]) -> None:
    """Notes them as seen. Raises Refusal for an empty one, one seen before, or too many."""
    if len(codes) > MOST:
        raise Refusal("too_many", f"List {MOST} at most.", where)
    for place, code in enumerate(codes):
        if not code:
            raise Refusal("empty_code", "Give it a code.", f"{where}/{place}")
        if code in seen:
            raise Refusal("code_twice", f"{code} stands there twice.", f"{where}/{place}")
        seen.add(code)


def _expect_sound(definition: s.FieldDefinition) -> None:
    is_choice = definition.type in ("choice", "multi_choice")
    choices = definition.choices
    if is_choice != bool(choices):
        sentence = "Name the choices." if is_choice else "Only a choice has choices."
        raise Refusal("choices_or_none", sentence, "/definition/choices")
    if len(set(choices)) < len(choices) or "" in choices or len(choices) > MOST:
        raise Refusal("choice_twice", "Name each choice once.", "/definition/choices")
    if (definition.type == "pattern") != bool(definition.pattern):
        raise Refusal(
            "pattern_or_none", "A pattern has one, and nothing else has.", "/definition/pattern"
        )
    if definition.pattern and (why := unusable(definition.pattern)):
        raise Refusal(
            "unusable_pattern",
            f"RE2 cannot use this expression: {why}. It knows neither looking around nor "
            "references back, and takes its time for no text.",
            "/definition/pattern",
        )


def _expect_between(value: int, highest: int, where: str) -> None:
    if not 0 <= value <= highest:
        raise Refusal("out_of_range", f"Give a number from 0 to {highest}.", where)


def _kind(definition: s.FieldDefinition) -> str:
    return f"{definition.type}, {'personal' if definition.personal else 'not personal'}"


def _defined(state: DeskState, event: msgspec.Struct, recorded: Recorded[object]) -> None:
    before = state.setup.fields
    state.setup = s.setup_after(state.setup, event, recorded.sequence)
    if isinstance(event, s.FieldRetired):
        state.retired[event.field] = before[event.field]
    elif isinstance(event, s.FieldDefined):
        state.retired.pop(event.field, None)


RULES: Rules = {
    s.DefineStatusLabels: _define_labels,
    s.DefinePriorityMatrix: _define_matrix,
    s.DefineResolutionCodes: _define_codes,
    s.DefineCategories: _define_categories,
    s.DefineField: _define_field,
    s.RetireField: _retire_field,
    s.DefineSolveRules: _define_rules,
    s.DefineBrand: _define_brand,
    s.RetireBrand: _retire_brand,
    s.DefineTiers: _define_tiers,
    s.DefineUndoSend: _define_undo,
    s.DefineCloseAfter: _define_close,
    **access.RULES,
    **letters.RULES,
}
FOLDS: Folds = dict.fromkeys(
    (
        s.StatusLabelsDefined,
        s.PriorityMatrixDefined,
        s.ResolutionCodesDefined,
        s.CategoriesDefined,
        s.FieldDefined,
        s.FieldRetired,
        s.SolveRulesDefined,
        s.BrandDefined,
        s.BrandRetired,
        s.TiersDefined,
        s.UndoSendDefined,
        s.CloseAfterDefined,
        *access.EVENTS,
        *letters.EVENTS,
    ),
    _defined,
)
