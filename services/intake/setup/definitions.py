"""What a desk has set up for itself, as the rules of tickets read it; and what holds by default.

An event that a setup had a say in carries its version, so the choice can be explained later.
"""

from collections.abc import Mapping

import msgspec

from libs.events.published import setup as s
from libs.events.published import tickets as t
from libs.events.published.messages import Code

# ITIL's matrix.
_LEVELS = ("high", "medium", "low")
ITIL = s.Matrix(_LEVELS, _LEVELS, ((1, 2, 3), (2, 3, 4), (3, 4, 5)))
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


class Setup(msgspec.Struct, frozen=True, omit_defaults=True):
    """Everything that a desk can choose about its tickets.

    version: sequence of the desk's last event, 0 for the default; categories: paths, none for any;
    undo_send: seconds for which an agent's answer waits; close_after: seconds from a solution to
    the end, 0 for what intake's settings say.
    """

    version: int = 0
    labels: Mapping[t.Status, tuple[Code, ...]] = msgspec.field(default_factory=lambda: _LABELS)
    matrix: s.Matrix = ITIL
    resolution_codes: tuple[Code, ...] = _CODES
    categories: tuple[Code, ...] = ()
    fields: Mapping[Code, s.FieldDefinition] = {}
    solve_rules: tuple[s.SolveRule, ...] = ()
    brands: Mapping[Code, s.Brand] = {}
    tiers: int = 3
    undo_send: int = 0
    close_after: int = 0

    def brand_of(self, account: str) -> Code:
        """The brand that a channel account belongs to; "" for none."""
        owners = (code for code, brand in self.brands.items() if account in brand.accounts)
        return next(owners, "")

    def prefix_of(self, brand: Code) -> str:
        """What stands before the number of a brand's ticket."""
        known = self.brands.get(brand)
        return known.prefix if known is not None else ""


DEFAULT = Setup()
