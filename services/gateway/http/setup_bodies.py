"""What definitions take: the bodies of PUT and POST below /v1/desk, /v1/macros, /v1/canned-replies.

Only their shape is checked here; what makes no sense is refused by the owner, with its reason.
"""

from typing import Annotated, Literal

from pydantic import BaseModel, Field, StringConstraints

from libs.events.published.setup import FieldType, LetterKind
from libs.events.published.tickets import Status, Via
from services.gateway.http.bodies import Body, Code, Language, Told

Text = Annotated[str, StringConstraints(max_length=20_000)]
Name = Annotated[str, StringConstraints(min_length=1, max_length=100)]
TeamId = Annotated[str, StringConstraints(pattern=r"^([A-Za-z0-9][A-Za-z0-9_.-]{0,63})?$")]
Codes = Annotated[tuple[Code, ...], Field(max_length=1_000)]


class LabelsOfStatus(Body):
    """The labels under one status, in the order in which people choose from them."""

    status: Status
    labels: Codes


class Labels(Body):
    """Every label under every status; what is left out is gone."""

    labels: Annotated[tuple[LabelsOfStatus, ...], Field(max_length=6)]


class PriorityMatrix(Body):
    """Impact × urgency → priority. priorities[i][u]: of the i-th impact and the u-th urgency, 1
    (first) to 5."""

    impacts: Annotated[tuple[Code, ...], Field(max_length=20)]
    urgencies: Annotated[tuple[Code, ...], Field(max_length=20)]
    priorities: Annotated[tuple[tuple[int, ...], ...], Field(max_length=20)]


class ResolutionCodes(Body):
    """Every code with which a ticket can be solved."""

    codes: Codes


class Categories(Body):
    """The whole tree, as paths: hardware, hardware.printer. None: any category may be given."""

    categories: Codes


class TicketCondition(Body):
    """A ticket for which a field is one of these. field: type, category (with all beneath it),
    impact, urgency, priority, or a field of the desk's own that is not personal."""

    field: Code
    one_of: Annotated[tuple[str, ...], Field(max_length=100)]


class FieldOfTickets(Body):
    """A field of the desk's own. pattern: in RE2's syntax, for the whole text; visible_when: all of
    these must hold, or the field cannot be filled."""

    type: FieldType
    personal: bool = False
    choices: Annotated[tuple[Told, ...], Field(max_length=1_000)] = ()
    pattern: Annotated[str, StringConstraints(max_length=500)] = ""
    visible_when: Annotated[tuple[TicketCondition, ...], Field(max_length=20)] = ()


class RuleOfSolving(Body):
    """A field that is demanded when a ticket is solved. exempt: ways of solving it that need not;
    when: all of these must hold, or it need not be filled."""

    field: Code
    exempt: tuple[Via, ...] = ("problem", "timeout", "mass")
    when: Annotated[tuple[TicketCondition, ...], Field(max_length=20)] = ()


class SolveRules(Body):
    """Every field that is demanded when a ticket is solved."""

    rules: Annotated[tuple[RuleOfSolving, ...], Field(max_length=200)]


class BrandOfDesk(Body):
    """A name under which the desk works. prefix: before its tickets' numbers; accounts: channel
    accounts that belong to it."""

    name: Told
    prefix: Annotated[str, StringConstraints(max_length=12)] = ""
    accounts: Annotated[tuple[Told, ...], Field(max_length=100)] = ()


class Tiers(Body):
    """Support tiers go from 0 up to this one."""

    highest: int


class Delay(Body):
    """After how long. 0: none, or for automatic closing what intake's settings say."""

    seconds: int


class LetterOfDesk(Body):
    """Templates of what the desk sends. brand, team_id, language: for which, none for any; subject:
    none keeps that of the thread; html: none makes it of the text."""

    kind: LetterKind
    text: Text
    subject: Annotated[str, StringConstraints(max_length=200)] = ""
    html: Annotated[str, StringConstraints(max_length=30_000)] = ""
    brand: Code | Literal[""] = ""
    team_id: TeamId = ""
    language: Language = ""


class CorrespondenceOfBrand(Body):
    """How a brand writes. language: where the customer's is not known; acknowledge: whether a new
    request is; quote: whether an answer repeats what it answers; survey_after: seconds from a
    solution to the question how content the customer is, 0 for none; survey_open: seconds in which
    it can be answered."""

    language: Language = "en"
    acknowledge: bool = True
    quote: bool = False
    survey_after: int = 0
    survey_open: int = 1_209_600


class DepartmentOfDesk(Body):
    """Teams that belong together. private: the tickets that they have exist for agents of these
    teams and for administrators alone."""

    name: Told
    teams: Annotated[tuple[Told, ...], Field(max_length=200)]
    private: bool = False


class LightReplies(Body):
    """Whether light agents answer customers."""

    allowed: bool


class MacroStep(BaseModel):
    """A command to a ticket by its name in the reference of events (SolveTicket, ChangeTags …), and
    its fields. ReplyToCustomer and AddNote take a text, with placeholders, and a language."""

    model_config = Body.model_config

    command: Annotated[str, StringConstraints(pattern=r"^[A-Za-z]{1,64}$")]
    data: dict[str, object] = Field(default_factory=dict)


class Macro(Body):
    """Commands to a ticket that are carried out in this order, all of them or none."""

    name: Name
    steps: Annotated[tuple[MacroStep, ...], Field(max_length=50)]


class CannedReply(Body):
    """An answer that is often given, with placeholders. language: none for any; team_id: none for
    everybody's."""

    name: Name
    text: Text
    language: Language = ""
    team_id: TeamId = ""


class MacroUse(Body):
    """version: the one that was looked at; another one by now is refused."""

    version: Annotated[int, Field(ge=1)] | None = None
