"""The desk, its macros and canned replies as answers show them. Pure; part of the HTTP contract."""

from collections.abc import Iterable, Sequence

import msgspec
from typing_extensions import TypedDict

from libs.events.envelope import Recorded
from libs.events.published import setup as s
from libs.events.published import tickets as t
from services.gateway.instants import text
from services.gateway.setup.sentences import sentence
from services.gateway.setup.view import DefinedView


class LabelsPage(TypedDict):
    """The labels under one status."""

    status: t.Status
    labels: list[str]


class MatrixPage(TypedDict):
    """priorities[i][u]: of the i-th impact and the u-th urgency, 1 (first) to 5."""

    impacts: list[str]
    urgencies: list[str]
    priorities: list[list[int]]


class ConditionPage(TypedDict):
    """A ticket for which a field is one of these."""

    field: str
    one_of: list[str]


class FieldPage(TypedDict):
    """A field of the desk's own."""

    field: str
    type: s.FieldType
    personal: bool
    choices: list[str]
    pattern: str
    visible_when: list[ConditionPage]


class SolveRulePage(TypedDict):
    """A field that is demanded when a ticket is solved."""

    field: str
    exempt: list[t.Via]
    when: list[ConditionPage]


class BrandPage(TypedDict):
    """A name under which the desk works."""

    brand: str
    name: str
    prefix: str
    accounts: list[str]


class LetterPage(TypedDict):
    """Templates of what the desk sends."""

    letter: str
    kind: s.LetterKind
    brand: str
    team_id: str
    language: str
    subject: str
    text: str
    html: str


class LetterPreview(TypedDict):
    """What templates make of an example. subject: "" for that of the thread."""

    subject: str
    text: str
    html: str


class CorrespondencePage(TypedDict):
    """How a brand writes; survey_after, survey_open: seconds."""

    brand: str
    language: str
    acknowledge: bool
    quote: bool
    survey_after: int
    survey_open: int


class DepartmentPage(TypedDict):
    """A department. private: its tickets exist for its own teams and administrators alone."""

    department: str
    name: str
    teams: list[str]
    private: bool


class DeskPage(TypedDict):
    """Everything that the desk has set up. version: which the events of tickets name, 0 for the
    default; close_after: seconds, 0 for what intake's settings say; undo_send: seconds."""

    version: int
    labels: list[LabelsPage]
    priority_matrix: MatrixPage
    resolution_codes: list[str]
    categories: list[str]
    fields: list[FieldPage]
    solve_rules: list[SolveRulePage]
    brands: list[BrandPage]
    tiers: int
    undo_send: int
    close_after: int
    letters: list[LetterPage]
    correspondence: list[CorrespondencePage]
    departments: list[DepartmentPage]
    light_replies: bool


class StepPage(TypedDict):
    """A step of a macro. command: the ticket's; data: its fields, of words the text with its
    placeholders."""

    command: str
    data: dict[str, object]


class MacroPage(TypedDict):
    """A macro. version: of its last definition; retired: not offered any more."""

    id: str
    name: str
    steps: list[StepPage]
    version: int
    defined_at: str
    defined_by: str
    retired: bool
    sequence: int


class CannedReplyPage(TypedDict):
    """A canned reply, with its placeholders."""

    id: str
    name: str
    text: str
    language: str
    team_id: str
    version: int
    defined_at: str
    defined_by: str
    retired: bool
    sequence: int


class FilledReplyPage(TypedDict):
    """A canned reply, filled in for a ticket."""

    id: str
    version: int
    name: str
    text: str
    language: str
    team_id: str


class SetupStepPage(TypedDict):
    """One step in the history of the desk, a macro or a canned reply. data: the event's."""

    sequence: int
    at: str
    type: str
    actor: str
    sentence: str
    data: dict[str, object]


def desk_page(setup: s.Setup) -> DeskPage:
    """The desk's page."""
    return DeskPage(
        version=setup.version,
        labels=[
            LabelsPage(status=status, labels=list(labels))
            for status, labels in setup.labels.items()
        ],
        priority_matrix=MatrixPage(
            impacts=list(setup.matrix.impacts),
            urgencies=list(setup.matrix.urgencies),
            priorities=[list(row) for row in setup.matrix.priorities],
        ),
        resolution_codes=list(setup.resolution_codes),
        categories=list(setup.categories),
        fields=[
            FieldPage(
                field=code,
                type=field.type,
                personal=field.personal,
                choices=list(field.choices),
                pattern=field.pattern,
                visible_when=_conditions(field.visible_when),
            )
            for code, field in setup.fields.items()
        ],
        solve_rules=[
            SolveRulePage(field=rule.field, exempt=list(rule.exempt), when=_conditions(rule.when))
            for rule in setup.solve_rules
        ],
        brands=[
            BrandPage(
                brand=code, name=brand.name, prefix=brand.prefix, accounts=list(brand.accounts)
            )
            for code, brand in setup.brands.items()
        ],
        tiers=setup.tiers,
        undo_send=setup.undo_send,
        close_after=setup.close_after,
        letters=[
            LetterPage(
                letter=code,
                kind=one.kind,
                brand=one.brand,
                team_id=one.team_id,
                language=one.language,
                subject=one.subject,
                text=one.text,
                html=one.html,
            )
            for code, one in setup.letters.items()
        ],
        correspondence=[
            CorrespondencePage(
                brand=brand,
                language=one.language,
                acknowledge=one.acknowledge,
                quote=one.quote,
                survey_after=one.survey_after,
                survey_open=one.survey_open,
            )
            for brand, one in setup.correspondence.items()
        ],
        departments=[
            DepartmentPage(
                department=code, name=one.name, teams=list(one.teams), private=one.private
            )
            for code, one in setup.departments.items()
        ],
        light_replies=setup.light_replies,
    )


def macro_page(id: str, view: DefinedView) -> MacroPage:
    """The page of a macro."""
    return MacroPage(
        id=id,
        name=view["name"],
        steps=[StepPage(command=step.command, data=step.data) for step in macro_in(view).steps],
        version=view["version"],
        defined_at=view["defined_at"],
        defined_by=view["defined_by"],
        retired=view["retired"],
        sequence=view["sequence"],
    )


def canned_reply_page(id: str, view: DefinedView) -> CannedReplyPage:
    """The page of a canned reply."""
    canned = canned_reply_in(view)
    return CannedReplyPage(
        id=id,
        name=view["name"],
        text=canned.text,
        language=canned.language,
        team_id=canned.team_id,
        version=view["version"],
        defined_at=view["defined_at"],
        defined_by=view["defined_by"],
        retired=view["retired"],
        sequence=view["sequence"],
    )


def step_page(recorded: Recorded[object]) -> SetupStepPage:
    """One step of a history."""
    return SetupStepPage(
        sequence=recorded.sequence,
        at=text(recorded.occurred_at),
        type=recorded.type,
        actor=recorded.actor,
        sentence=sentence(recorded),
        data=msgspec.to_builtins(recorded.data),
    )


def macro_in(view: DefinedView) -> s.MacroDefined:
    """The definition in a macro's document."""
    return msgspec.json.decode(view["definition"], type=s.MacroDefined)


def canned_reply_in(view: DefinedView) -> s.CannedReplyDefined:
    """The definition in a canned reply's document."""
    return msgspec.json.decode(view["definition"], type=s.CannedReplyDefined)


def in_order(
    replies: Iterable[tuple[str, DefinedView]], team_id: str, language: str
) -> Sequence[tuple[str, DefinedView]]:
    """Canned replies as an agent looks for them: what the customer can read first (their language
    before what is for any), of these the team's own before everybody's, then by name."""

    def place(one: tuple[str, DefinedView]) -> tuple[int, int, str]:
        canned = canned_reply_in(one[1])
        return (
            _nearness(_primary(canned.language), _primary(language)),
            _nearness(canned.team_id, team_id),
            canned.name.casefold(),
        )

    return sorted(replies, key=place)


def _nearness(is_for: str, wanted: str) -> int:
    """0 for what was made for this, 1 for what is for all, 2 for what was made for others."""
    if not is_for:
        return 1
    return 0 if is_for == wanted else 2


def _primary(language: str) -> str:
    """``pt`` of ``pt-BR``."""
    return language.partition("-")[0].lower()


def _conditions(conditions: Iterable[s.Condition]) -> list[ConditionPage]:
    return [ConditionPage(field=one.field, one_of=list(one.one_of)) for one in conditions]
