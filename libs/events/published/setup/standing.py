"""What a desk has set up for itself, all of it, and what holds by default.

An event that a setup had a say in carries its version, so the choice can be explained later.
"""

from collections.abc import Mapping

import msgspec

from libs.events.published.messages import Code
from libs.events.published.setup.access import (
    Department,
    DepartmentDefined,
    DepartmentRetired,
    LightRepliesDefined,
)
from libs.events.published.setup.desk import (
    Brand,
    BrandDefined,
    BrandRetired,
    CategoriesDefined,
    CloseAfterDefined,
    Correspondence,
    CorrespondenceDefined,
    FieldDefined,
    FieldDefinition,
    FieldRetired,
    Letter,
    LetterDefined,
    LetterRetired,
    Matrix,
    PriorityMatrixDefined,
    ResolutionCodesDefined,
    SolveRule,
    SolveRulesDefined,
    StatusLabelsDefined,
    TiersDefined,
    UndoSendDefined,
)
from libs.events.published.tickets import Status

__all__ = ["DEFAULT", "EVERY_BRAND", "ITIL", "Setup", "setup_after"]

# The brand whose correspondence is that of all that have none of their own.
EVERY_BRAND = "default"
# ITIL's matrix.
_LEVELS = ("high", "medium", "low")
ITIL = Matrix(_LEVELS, _LEVELS, ((1, 2, 3), (2, 3, 4), (3, 4, 5)))
_LABELS: Mapping[Status, tuple[Code, ...]] = {
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


class Setup(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that a desk can choose about its tickets.

    version: sequence of the desk's last event, 0 for the default; categories: paths, none for any;
    undo_send: seconds for which an agent's answer waits; close_after: seconds from a solution to
    the end, 0 for what intake's settings say; letters: by their codes; correspondence: by brand;
    departments: by their codes; light_replies: whether light agents answer customers.
    """

    version: int = 0
    labels: Mapping[Status, tuple[Code, ...]] = msgspec.field(default_factory=lambda: _LABELS)
    matrix: Matrix = ITIL
    resolution_codes: tuple[Code, ...] = _CODES
    categories: tuple[Code, ...] = ()
    fields: Mapping[Code, FieldDefinition] = {}
    solve_rules: tuple[SolveRule, ...] = ()
    brands: Mapping[Code, Brand] = {}
    tiers: int = 3
    undo_send: int = 0
    close_after: int = 0
    letters: Mapping[Code, Letter] = {}
    correspondence: Mapping[Code, Correspondence] = {}
    departments: Mapping[Code, Department] = {}
    light_replies: bool = False

    def brand_of(self, account: str) -> Code:
        """The brand that a channel account belongs to; "" for none."""
        owners = (code for code, brand in self.brands.items() if account in brand.accounts)
        return next(owners, "")

    def prefix_of(self, brand: Code) -> str:
        """What stands before the number of a brand's ticket."""
        known = self.brands.get(brand)
        return known.prefix if known is not None else ""

    def correspondence_of(self, brand: Code) -> Correspondence:
        """How a brand writes."""
        default = self.correspondence.get(EVERY_BRAND, Correspondence())
        return self.correspondence.get(brand, default)


DEFAULT = Setup()


def setup_after(setup: Setup, event: object, sequence: int) -> Setup:
    """The setup after an event of the desk's, which makes its sequence the version."""
    match event:
        case StatusLabelsDefined(labels=labels):
            now = {under.status: under.labels for under in labels}
            return msgspec.structs.replace(setup, version=sequence, labels=now)
        case PriorityMatrixDefined(matrix=matrix):
            return msgspec.structs.replace(setup, version=sequence, matrix=matrix)
        case ResolutionCodesDefined(codes=codes):
            return msgspec.structs.replace(setup, version=sequence, resolution_codes=codes)
        case CategoriesDefined(categories=categories):
            return msgspec.structs.replace(setup, version=sequence, categories=categories)
        case FieldDefined(field=field, definition=definition):
            fields = {**setup.fields, field: definition}
            return msgspec.structs.replace(setup, version=sequence, fields=fields)
        case FieldRetired(field=retired):
            fields = {code: one for code, one in setup.fields.items() if code != retired}
            return msgspec.structs.replace(setup, version=sequence, fields=fields)
        case SolveRulesDefined(rules=rules):
            return msgspec.structs.replace(setup, version=sequence, solve_rules=rules)
        case BrandDefined(brand=code, definition=brand):
            brands = {**setup.brands, code: brand}
            return msgspec.structs.replace(setup, version=sequence, brands=brands)
        case BrandRetired(brand=retired):
            brands = {code: one for code, one in setup.brands.items() if code != retired}
            return msgspec.structs.replace(setup, version=sequence, brands=brands)
        case TiersDefined(highest=highest):
            return msgspec.structs.replace(setup, version=sequence, tiers=highest)
        case UndoSendDefined(seconds=seconds):
            return msgspec.structs.replace(setup, version=sequence, undo_send=seconds)
        case CloseAfterDefined(seconds=seconds):
            return msgspec.structs.replace(setup, version=sequence, close_after=seconds)
        case LetterDefined(letter=code, definition=letter):
            letters = {**setup.letters, code: letter}
            return msgspec.structs.replace(setup, version=sequence, letters=letters)
        case LetterRetired(letter=retired):
            letters = {code: one for code, one in setup.letters.items() if code != retired}
            return msgspec.structs.replace(setup, version=sequence, letters=letters)
        case CorrespondenceDefined(brand=code, definition=definition):
            writing = {**setup.correspondence, code: definition}
            return msgspec.structs.replace(setup, version=sequence, correspondence=writing)
        case DepartmentDefined(department=code, definition=department):
            departments = {**setup.departments, code: department}
            return msgspec.structs.replace(setup, version=sequence, departments=departments)
        case DepartmentRetired(department=retired):
            departments = {code: one for code, one in setup.departments.items() if code != retired}
            return msgspec.structs.replace(setup, version=sequence, departments=departments)
        case LightRepliesDefined(allowed=allowed):
            return msgspec.structs.replace(setup, version=sequence, light_replies=allowed)
        case _:
            return setup
