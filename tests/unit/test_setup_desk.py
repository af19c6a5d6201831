"""What a desk may define for its tickets, and what makes no sense."""

from collections.abc import Sequence

import msgspec
import pytest

from libs.events.aggregate import Moment, Refusal
from libs.events.envelope import Command
from libs.events.published import setup as s
from libs.events.published.setup import DEFAULT, ITIL, Setup
from libs.events.testing import START, given
from services.intake.setup import DESK
from services.intake.setup.desk import MOST, RULES
from services.intake.setup.values import wrong

LABELS = (s.StatusLabels("open", ("on_it",)), s.StatusLabels("pending", ("wait_user",)))
CALM = s.Matrix(("all", "one"), ("now", "later"), ((1, 3), (2, 5)))
TEXT, COLOUR = s.FieldDefinition("text"), s.FieldDefinition("choice", choices=("red", "blue"))
SERIAL = s.FieldDefinition("pattern", pattern="[A-Z]{2}-[0-9]+")
BIRTHDAY = s.FieldDefinition("date", personal=True)
NORTH = s.Brand("Nordwind", "NW-", ("support",))
ACK = s.Letter("acknowledgement", "We have {{ ticket.number }}.", language="en")
POLITE = s.Correspondence(language="de", quote=True, survey_after=3_600)
IF_RED = (s.Condition("colour", ("red",)),)
IF_INCIDENT = (s.Condition("type", ("incident", "problem")),)
PEOPLE = s.Department("People", ("hr", "payroll"), private=True)
TREE = ("hardware", "hardware.printer", "software")

# given, what is wanted, what becomes of it, and how the setup differs then
FACTS: list[tuple[list[msgspec.Struct], msgspec.Struct, msgspec.Struct, dict[str, object]]] = [
    (
        [],
        s.DefineStatusLabels(LABELS),
        s.StatusLabelsDefined(LABELS),
        {"labels": {"open": ("on_it",), "pending": ("wait_user",)}},
    ),
    ([], s.DefinePriorityMatrix(CALM), s.PriorityMatrixDefined(CALM), {"matrix": CALM}),
    (
        [s.PriorityMatrixDefined(CALM)],
        s.DefinePriorityMatrix(ITIL),
        s.PriorityMatrixDefined(ITIL),
        {"matrix": ITIL},
    ),
    (
        [],
        s.DefineResolutionCodes(("done",)),
        s.ResolutionCodesDefined(("done",)),
        {"resolution_codes": ("done",)},
    ),
    ([], s.DefineCategories(TREE), s.CategoriesDefined(TREE), {"categories": TREE}),
    (
        [s.CategoriesDefined(TREE)],
        s.DefineCategories(()),
        s.CategoriesDefined(()),
        {"categories": ()},
    ),
    (
        [],
        s.DefineField("colour", COLOUR),
        s.FieldDefined("colour", COLOUR),
        {"fields": {"colour": COLOUR}},
    ),
    (
        [s.FieldDefined("colour", COLOUR)],
        s.DefineField("shade", s.FieldDefinition("text", visible_when=(*IF_RED, *IF_INCIDENT))),
        s.FieldDefined("shade", s.FieldDefinition("text", visible_when=(*IF_RED, *IF_INCIDENT))),
        {
            "fields": {
                "colour": COLOUR,
                "shade": s.FieldDefinition("text", visible_when=(*IF_RED, *IF_INCIDENT)),
            }
        },
    ),
    (
        [s.FieldDefined("colour", COLOUR)],
        s.RetireField("colour"),
        s.FieldRetired("colour"),
        {"fields": {}},
    ),
    (
        [s.FieldDefined("colour", COLOUR)],
        s.DefineSolveRules((s.SolveRule("colour"), s.SolveRule("cause", ("mass",), IF_RED))),
        s.SolveRulesDefined((s.SolveRule("colour"), s.SolveRule("cause", ("mass",), IF_RED))),
        {"solve_rules": (s.SolveRule("colour"), s.SolveRule("cause", ("mass",), IF_RED))},
    ),
    (
        [],
        s.DefineBrand("north", NORTH),
        s.BrandDefined("north", NORTH),
        {"brands": {"north": NORTH}},
    ),
    (
        [s.BrandDefined("north", NORTH)],
        s.RetireBrand("north"),
        s.BrandRetired("north"),
        {"brands": {}},
    ),
    ([], s.DefineTiers(0), s.TiersDefined(0), {"tiers": 0}),
    ([], s.DefineUndoSend(30), s.UndoSendDefined(30), {"undo_send": 30}),
    (
        [],
        s.DefineLetter("ack", ACK),
        s.LetterDefined("ack", ACK),
        {"letters": {"ack": ACK}},
    ),
    (
        [s.LetterDefined("ack", ACK)],
        s.RetireLetter("ack"),
        s.LetterRetired("ack"),
        {"letters": {}},
    ),
    (
        [s.BrandDefined("north", NORTH)],
        s.DefineCorrespondence("north", POLITE),
        s.CorrespondenceDefined("north", POLITE),
        {"correspondence": {"north": POLITE}},
    ),
    ([], s.DefineCloseAfter(86_400), s.CloseAfterDefined(86_400), {"close_after": 86_400}),
    (
        [],
        s.DefineDepartment("people", PEOPLE),
        s.DepartmentDefined("people", PEOPLE),
        {"departments": {"people": PEOPLE}},
    ),
    (
        [s.DepartmentDefined("people", PEOPLE)],
        s.RetireDepartment("people"),
        s.DepartmentRetired("people"),
        {"departments": {}},
    ),
    ([], s.DefineLightReplies(True), s.LightRepliesDefined(True), {"light_replies": True}),
]


def about(case: object) -> str | None:
    return type(case).__name__ if isinstance(case, msgspec.Struct) else None


def setup_of(*events: msgspec.Struct) -> Setup:
    """What these have set up."""
    return given(DESK, *events).state.setup


@pytest.mark.parametrize(("before", "wanted", "fact", "change"), FACTS, ids=about)
def test_a_definition_becomes_a_fact_once_and_holds_from_then_on(
    before: list[msgspec.Struct],
    wanted: msgspec.Struct,
    fact: msgspec.Struct,
    change: dict[str, object],
) -> None:
    given(DESK, *before).when(wanted).then(fact)

    after = setup_of(*before, fact)
    for name, value in change.items():
        assert getattr(after, name) == value
    assert after.version == len(before) + 1
    if not isinstance(wanted, s.RetireField | s.RetireBrand | s.RetireLetter | s.RetireDepartment):
        given(DESK, *before, fact).when(wanted).then()


def test_every_rule_is_tested() -> None:
    assert {type(wanted) for _, wanted, _, _ in FACTS} == set(RULES)


def test_without_any_definition_there_is_the_default() -> None:
    assert setup_of() == DEFAULT
    assert DEFAULT.version == 0


def test_a_ledger_has_one_desk() -> None:
    command: Command[object] = Command(
        data=s.DefineTiers(2), aggregate_id="desk-" + "1" * 26, actor="agent:anna"
    )
    with pytest.raises(Refusal) as refused:
        DESK.decide(DESK.state(), command, Moment(START, 1))

    assert refused.value.code == "not_the_desk"


def labels(*under: Sequence[str]) -> msgspec.Struct:
    """The first of each is the status."""
    return s.DefineStatusLabels(tuple(map(_under, under)))


def _under(one: Sequence[str]) -> s.StatusLabels:
    return msgspec.convert({"status": one[0], "labels": list(one[1:])}, s.StatusLabels)


FIELDS = [
    s.FieldDefined("colour", COLOUR),
    s.FieldDefined("birthday", BIRTHDAY),
    s.FieldDefined("shade", s.FieldDefinition("text", visible_when=IF_RED)),
    s.FieldDefined("insured", s.FieldDefinition("boolean")),
    s.SolveRulesDefined(
        (s.SolveRule("shade"), s.SolveRule("cause", when=(s.Condition("insured", ("true",)),)))
    ),
    s.BrandDefined("north", NORTH),
    s.LetterDefined("ack", ACK),
]
REFUSED: list[tuple[msgspec.Struct, str, str]] = [
    (labels(("open", "a", "a")), "code_twice", "/labels/0/labels/1"),
    (labels(("open", "a"), ("pending", "a")), "code_twice", "/labels/1/labels/0"),
    (labels(("open", "a"), ("open", "b")), "status_twice", "/labels/1/status"),
    (labels(("closed", "a")), "closed_has_none", "/labels/0"),
    (labels(("open", "")), "empty_code", "/labels/0/labels/0"),
    (s.DefinePriorityMatrix(s.Matrix((), ("now",), ())), "no_level", "/matrix/impacts"),
    (s.DefinePriorityMatrix(s.Matrix(("all",), (), ((),))), "no_level", "/matrix/urgencies"),
    (
        s.DefinePriorityMatrix(s.Matrix(("all", "all"), ("now",), ((1,), (2,)))),
        "code_twice",
        "/matrix/impacts/1",
    ),
    (
        s.DefinePriorityMatrix(s.Matrix(("all", "one"), ("now",), ((1,),))),
        "missing_cell",
        "/matrix/priorities",
    ),
    (
        s.DefinePriorityMatrix(s.Matrix(("all",), ("now", "later"), ((1,),))),
        "missing_cell",
        "/matrix/priorities/0",
    ),
    (
        s.DefinePriorityMatrix(s.Matrix(("all",), ("now",), ((6,),))),
        "unknown_priority",
        "/matrix/priorities/0",
    ),
    (s.DefineResolutionCodes(()), "no_code", "/codes"),
    (s.DefineResolutionCodes(("a", "b", "a")), "code_twice", "/codes/2"),
    (s.DefineCategories(("hardware.printer",)), "no_parent", "/categories/0"),
    (s.DefineCategories(tuple(f"c{n}" for n in range(MOST + 1))), "too_many", "/categories"),
    (s.DefineField("", TEXT), "reserved_field", "/field"),
    (s.DefineField("priority", TEXT), "reserved_field", "/field"),
    (s.DefineField("colour", TEXT), "field_stays_so", "/definition/type"),
    (s.DefineField("birthday", s.FieldDefinition("date")), "field_stays_so", "/definition/type"),
    (s.DefineField("x", s.FieldDefinition("choice")), "choices_or_none", "/definition/choices"),
    (
        s.DefineField("x", s.FieldDefinition("text", choices=("a",))),
        "choices_or_none",
        "/definition/choices",
    ),
    (
        s.DefineField("x", s.FieldDefinition("choice", choices=("a", "a"))),
        "choice_twice",
        "/definition/choices",
    ),
    (s.DefineField("x", s.FieldDefinition("pattern")), "pattern_or_none", "/definition/pattern"),
    (
        s.DefineField("x", s.FieldDefinition("text", pattern="a")),
        "pattern_or_none",
        "/definition/pattern",
    ),
    *(
        (
            s.DefineField("x", s.FieldDefinition("pattern", pattern=pattern)),
            "unusable_pattern",
            "/definition/pattern",
        )
        for pattern in ("(", "a{2,1}", r"(a)\1", "(?=a)b", "(a{1000}){1000}", "[z-a]")
    ),
    (
        s.DefineField("x", s.FieldDefinition("text", visible_when=(s.Condition("x", ("a",)),))),
        "unknown_field",
        "/definition/visible_when/0/field",
    ),
    (
        s.DefineField(
            "x", s.FieldDefinition("text", visible_when=(s.Condition("birthday", ("a",)),))
        ),
        "personal_field",
        "/definition/visible_when/0/field",
    ),
    (
        s.DefineField(
            "x", s.FieldDefinition("text", visible_when=(*IF_RED, s.Condition("colour", ("pink",))))
        ),
        "unknown_value",
        "/definition/visible_when/1/one_of",
    ),
    (
        s.DefineField("x", s.FieldDefinition("text", visible_when=(s.Condition("type", ()),))),
        "no_value",
        "/definition/visible_when/0/one_of",
    ),
    (
        s.DefineField(
            "colour", msgspec.structs.replace(COLOUR, visible_when=(s.Condition("shade", ("a",)),))
        ),
        "conditions_in_a_circle",
        "/definition/visible_when",
    ),
    (s.RetireField("size"), "no_such_field", "/field"),
    (s.RetireField("colour"), "field_in_use", "/field"),
    (s.RetireField("shade"), "field_in_use", "/field"),
    (s.RetireField("insured"), "field_in_use", "/field"),
    (s.DefineSolveRules((s.SolveRule("size"),)), "unknown_field", "/rules/0/field"),
    (
        s.DefineSolveRules((s.SolveRule("cause"), s.SolveRule("cause", ("mass",)))),
        "code_twice",
        "/rules/1",
    ),
    (
        s.DefineSolveRules((s.SolveRule("cause", when=(s.Condition("insured", ("yes",)),)),)),
        "unknown_value",
        "/rules/0/when/0/one_of",
    ),
    (s.DefineBrand("", NORTH), "empty_code", "/brand"),
    (s.DefineBrand("south", s.Brand(" ")), "name_missing", "/definition/name"),
    (s.DefineBrand("south", s.Brand("S", "A B")), "unusable_prefix", "/definition/prefix"),
    (s.DefineBrand("south", s.Brand("S", "nw-")), "prefix_taken", "/definition/prefix"),
    (
        s.DefineBrand("south", s.Brand("S", "S-", ("sales", "support"))),
        "account_taken",
        "/definition/accounts",
    ),
    (
        s.DefineBrand("south", s.Brand("S", "S-", ("sales", "sales"))),
        "account_twice",
        "/definition/accounts",
    ),
    (s.RetireBrand("south"), "no_such_brand", "/brand"),
    (s.DefineDepartment("", PEOPLE), "empty_code", "/department"),
    (s.DefineDepartment("a", s.Department(" ", ("a",))), "name_missing", "/definition/name"),
    (s.DefineDepartment("a", s.Department("A", ())), "teams_missing", "/definition/teams"),
    (s.DefineDepartment("a", s.Department("A", ("a b",))), "no_team", "/definition/teams/0"),
    (s.DefineDepartment("a", s.Department("A", ("a", "a"))), "team_twice", "/definition/teams/1"),
    (s.RetireDepartment("people"), "no_such_department", "/department"),
    (s.DefineTiers(-1), "out_of_range", "/highest"),
    (s.DefineTiers(10), "out_of_range", "/highest"),
    (s.DefineUndoSend(3_601), "out_of_range", "/seconds"),
    (s.DefineCloseAfter(-1), "out_of_range", "/seconds"),
    (s.DefineLetter("", ACK), "empty_code", "/letter"),
    (s.DefineLetter("other", ACK), "letter_there_is", "/definition/kind"),
    *(
        (s.DefineLetter("ack", msgspec.structs.replace(ACK, **change)), code, f"/definition/{part}")
        for part, code, change in (
            ("text", "unusable_template", {"text": "{{ ticket.secret }}"}),
            ("text", "unusable_template", {"text": "{% for a in link %}{% endfor %}"}),
            ("html", "unusable_template", {"html": "<p>{% if link %}"}),
            ("subject", "template_too_long", {"subject": "x" * 201}),
            ("brand", "no_such_brand", {"brand": "south"}),
            ("language", "unknown_language", {"language": "german!"}),
        )
    ),
    (s.RetireLetter("other"), "no_such_letter", "/letter"),
    (s.DefineCorrespondence("south", POLITE), "no_such_brand", "/brand"),
    (
        s.DefineCorrespondence("default", s.Correspondence(survey_after=-1)),
        "out_of_range",
        "/definition/survey_after",
    ),
    (
        s.DefineCorrespondence("default", s.Correspondence(survey_open=60)),
        "out_of_range",
        "/definition/survey_open",
    ),
]


@pytest.mark.parametrize(("wanted", "code", "where"), REFUSED)
def test_what_makes_no_sense_is_refused_where_it_stands(
    wanted: msgspec.Struct, code: str, where: str
) -> None:
    refusal = given(DESK, *FIELDS).when(wanted).refused(code)

    assert refusal.field == where


def test_a_team_belongs_to_one_department() -> None:
    people = given(DESK, s.DepartmentDefined("people", PEOPLE))

    taken = s.DefineDepartment("money", s.Department("Money", ("payroll",)))
    assert people.when(taken).refused("team_taken").field == "/definition/teams/0"


class TestFields:
    def test_of_before_stay_of_their_kind_when_they_come_back(self) -> None:
        retired = given(DESK, s.FieldDefined("colour", COLOUR), s.FieldRetired("colour"))

        retired.when(s.DefineField("colour", TEXT)).refused("field_stays_so")
        more = s.FieldDefinition("choice", choices=("red", "green"))
        retired.when(s.DefineField("colour", more)).then(s.FieldDefined("colour", more))

    def test_take_their_time_for_no_text(self) -> None:
        """Backtracking would need 2^60 steps."""
        slow = s.FieldDefinition("pattern", pattern="(a+)+b")

        assert wrong(slow, "a" * 60) == "it must match (a+)+b"


class TestBrands:
    def test_without_prefix_may_be_many(self) -> None:
        plain = s.Brand("Plain")
        (
            given(DESK, s.BrandDefined("one", plain))
            .when(s.DefineBrand("two", plain))
            .then(s.BrandDefined("two", plain))
        )

    def test_own_their_accounts(self) -> None:
        desk = setup_of(s.BrandDefined("north", NORTH))

        assert (desk.brand_of("support"), desk.brand_of("sales")) == ("north", "")
        assert (desk.prefix_of("north"), desk.prefix_of("south")) == ("NW-", "")
