"""The desk: labels, priorities, codes, categories, fields, brands and delays of its choice."""

from typing import Literal

import msgspec

from libs.events.catalogue import command, event
from libs.events.published.messages import Code
from libs.events.published.tickets import Status, Via

__all__ = [
    "DESK_ID",
    "Brand",
    "BrandDefined",
    "BrandRetired",
    "CategoriesDefined",
    "CloseAfterDefined",
    "Condition",
    "Correspondence",
    "CorrespondenceDefined",
    "DefineBrand",
    "DefineCategories",
    "DefineCloseAfter",
    "DefineCorrespondence",
    "DefineField",
    "DefineLetter",
    "DefinePriorityMatrix",
    "DefineResolutionCodes",
    "DefineSolveRules",
    "DefineStatusLabels",
    "DefineTiers",
    "DefineUndoSend",
    "FieldDefined",
    "FieldDefinition",
    "FieldRetired",
    "FieldType",
    "Letter",
    "LetterDefined",
    "LetterKind",
    "LetterRetired",
    "Matrix",
    "PriorityMatrixDefined",
    "ResolutionCodesDefined",
    "RetireBrand",
    "RetireField",
    "RetireLetter",
    "SolveRule",
    "SolveRulesDefined",
    "StatusLabels",
    "StatusLabelsDefined",
    "TiersDefined",
    "UndoSendDefined",
]

# The one desk of a ledger.
DESK_ID = "desk-" + "0" * 26

LetterKind = Literal["reply", "acknowledgement", "survey", "notice", "sign_in", "webhook_paused"]
FieldType = Literal["text", "number", "choice", "multi_choice", "date", "boolean", "pattern"]


class StatusLabels(msgspec.Struct, frozen=True):
    """The labels under one status, in the order in which people choose from them."""

    status: Status
    labels: tuple[Code, ...]


class Matrix(msgspec.Struct, frozen=True):
    """Impact × urgency → priority.

    priorities[i][u]: of the i-th impact and the u-th urgency, 1 (first) to 5.
    """

    impacts: tuple[Code, ...]
    urgencies: tuple[Code, ...]
    priorities: tuple[tuple[int, ...], ...]

    def priority(self, impact: str, urgency: str) -> int:
        """0 while one of the two is unknown."""
        if impact not in self.impacts or urgency not in self.urgencies:
            return 0
        return self.priorities[self.impacts.index(impact)][self.urgencies.index(urgency)]


class Condition(msgspec.Struct, frozen=True):
    """A ticket for which a field is one of these values.

    field: ``type``, ``category`` (with all beneath it), ``impact``, ``urgency``, ``priority``, or
    a field of the desk's own that is not personal; one_of: as text, ``true`` and ``false`` for a
    yes and a no.
    """

    field: Code
    one_of: tuple[str, ...]


class FieldDefinition(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field of the desk's own.

    personal: sealed under the requester's key and never in clear; choices: of a choice; pattern: a
    regular expression for the whole text, in RE2's syntax; visible_when: conditions that must all
    hold, or the field cannot be filled.
    """

    type: FieldType
    personal: bool = False
    choices: tuple[str, ...] = ()
    pattern: str = ""
    visible_when: tuple[Condition, ...] = ()


class SolveRule(msgspec.Struct, frozen=True, omit_defaults=True):
    """A field that must be filled when a ticket is solved, and the ways of solving that need not.

    field: ``category``, ``cause``, ``type``, ``priority``, or a field of the desk's own; when:
    conditions that must all hold, or it need not be filled.
    """

    field: Code
    exempt: tuple[Via, ...] = ("problem", "timeout", "mass")
    when: tuple[Condition, ...] = ()


class Brand(msgspec.Struct, frozen=True, omit_defaults=True):
    """A name under which the desk works. prefix: what people see before its tickets' numbers;
    accounts: the channel accounts that belong to it."""

    name: str
    prefix: str = ""
    accounts: tuple[str, ...] = ()


class Letter(msgspec.Struct, frozen=True, omit_defaults=True):
    """The templates of what the desk sends of its own accord, or around an agent's words.

    brand, team_id, language: for which it is, "" for any; subject: "" for that of the thread;
    html: "" makes it of the text.
    """

    kind: LetterKind
    text: str
    subject: str = ""
    html: str = ""
    brand: Code = ""
    team_id: str = ""
    language: str = ""


class Correspondence(msgspec.Struct, frozen=True, omit_defaults=True):
    """How a brand writes.

    language: where the customer's is not known; acknowledge: whether a new request is; quote:
    whether an answer repeats what it answers; survey_after: seconds from a solution to the question
    how content the customer is, 0 for none; survey_open: seconds in which it can be answered.
    """

    language: str = "en"
    acknowledge: bool = True
    quote: bool = False
    survey_after: int = 0
    survey_open: int = 1_209_600


@command("setup")
class DefineStatusLabels(msgspec.Struct, frozen=True, omit_defaults=True):
    """Have these labels under the statuses, and no others."""

    labels: tuple[StatusLabels, ...]


@command("setup")
class DefinePriorityMatrix(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let this matrix make priorities of impact and urgency."""

    matrix: Matrix


@command("setup")
class DefineResolutionCodes(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let tickets be solved with these codes, and no others."""

    codes: tuple[Code, ...]


@command("setup")
class DefineCategories(msgspec.Struct, frozen=True, omit_defaults=True):
    """Have this tree of categories, as paths: ``hardware``, ``hardware.printer``.

    None at all: any category may be given.
    """

    categories: tuple[Code, ...]


@command("setup")
class DefineField(msgspec.Struct, frozen=True, omit_defaults=True):
    """Have this field on tickets."""

    field: Code
    definition: FieldDefinition


@command("setup")
class RetireField(msgspec.Struct, frozen=True, omit_defaults=True):
    """Fill this field in no longer; what was filled in stays."""

    field: Code


@command("setup")
class DefineSolveRules(msgspec.Struct, frozen=True, omit_defaults=True):
    """Demand these fields when a ticket is solved, and no others."""

    rules: tuple[SolveRule, ...]


@command("setup")
class DefineBrand(msgspec.Struct, frozen=True, omit_defaults=True):
    """Work under this name, too."""

    brand: Code
    definition: Brand


@command("setup")
class RetireBrand(msgspec.Struct, frozen=True, omit_defaults=True):
    """Work under this name no longer; its tickets keep their numbers."""

    brand: Code


@command("setup")
class DefineTiers(msgspec.Struct, frozen=True, omit_defaults=True):
    """Have support tiers from 0 up to this one."""

    highest: int


@command("setup")
class DefineUndoSend(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let an agent's answer wait for so many seconds, in which it can be withdrawn; 0: none."""

    seconds: int


@command("setup")
class DefineCloseAfter(msgspec.Struct, frozen=True, omit_defaults=True):
    """Close a solved ticket after so many seconds; 0: after as many as intake's settings say."""

    seconds: int


@command("setup")
class DefineLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """Write with these templates."""

    letter: Code
    definition: Letter


@command("setup")
class RetireLetter(msgspec.Struct, frozen=True, omit_defaults=True):
    """Write with these templates no longer."""

    letter: Code


@command("setup")
class DefineCorrespondence(msgspec.Struct, frozen=True, omit_defaults=True):
    """Let a brand write like this. brand: ``default`` for those that have none of their own."""

    brand: Code
    definition: Correspondence


@event("setup")
class StatusLabelsDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """These are the labels under the statuses now, and no others."""

    labels: tuple[StatusLabels, ...]


@event("setup")
class PriorityMatrixDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """This matrix makes priorities of impact and urgency now."""

    matrix: Matrix


@event("setup")
class ResolutionCodesDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tickets are solved with these codes now, and no others."""

    codes: tuple[Code, ...]


@event("setup")
class CategoriesDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """This is the tree of categories now, as paths; none: any category may be given."""

    categories: tuple[Code, ...]


@event("setup")
class FieldDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """Tickets have this field now, or have it like this now."""

    field: Code
    definition: FieldDefinition


@event("setup")
class FieldRetired(msgspec.Struct, frozen=True, omit_defaults=True):
    """This field is filled in no longer."""

    field: Code


@event("setup")
class SolveRulesDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """These fields are demanded now when a ticket is solved, and no others."""

    rules: tuple[SolveRule, ...]


@event("setup")
class BrandDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """The desk works under this name now, or like this under it."""

    brand: Code
    definition: Brand


@event("setup")
class BrandRetired(msgspec.Struct, frozen=True, omit_defaults=True):
    """The desk works under this name no longer."""

    brand: Code


@event("setup")
class TiersDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """Support tiers go from 0 up to this one now."""

    highest: int


@event("setup")
class UndoSendDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """An agent's answer waits for so many seconds now before it leaves; 0: it leaves at once."""

    seconds: int


@event("setup")
class CloseAfterDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """What is solved from now on is closed after so many seconds; 0: as intake's settings say."""

    seconds: int


@event("setup")
class LetterDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """Letters are written with these templates now."""

    letter: Code
    definition: Letter


@event("setup")
class LetterRetired(msgspec.Struct, frozen=True, omit_defaults=True):
    """Letters are written with these templates no longer."""

    letter: Code


@event("setup")
class CorrespondenceDefined(msgspec.Struct, frozen=True, omit_defaults=True):
    """A brand, or all that have none of their own, write like this now."""

    brand: Code
    definition: Correspondence
