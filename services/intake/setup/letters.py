"""What the desk sends, and how its brands write: which templates can be used, and which not."""

from libs.events.aggregate import Refusal
from libs.events.published import setup as s
from libs.events.rules import Events, Rules
from libs.letters import BadTemplate, Wording, checked
from services.intake.setup.state import DeskState
from services.intake.setup.wording import expect_language

MOST_LETTERS = 100
LONGEST_SUBJECT = 200
LONGEST_TEXT = 10_000
LONGEST_HTML = 30_000
LONGEST_WAIT_SECONDS = 30 * 86_400
LONGEST_OPEN_SECONDS = 365 * 86_400


def _define_letter(state: DeskState, wanted: s.DefineLetter, _: None) -> Events:
    letter = wanted.definition
    if not wanted.letter:
        raise Refusal("empty_code", "Give the letter a code.", "/letter")
    known = state.setup.letters
    if wanted.letter not in known and len(known) >= MOST_LETTERS:
        raise Refusal("too_many", f"A desk has {MOST_LETTERS} letters at most; retire one first.")
    for part, longest in (
        ("subject", LONGEST_SUBJECT),
        ("text", LONGEST_TEXT),
        ("html", LONGEST_HTML),
    ):
        if len(getattr(letter, part)) > longest:
            raise Refusal(
                "template_too_long",
                f"A {part} has {longest} characters at most.",
                f"/definition/{part}",
            )
    expect_language(letter.language, "/definition/language")
    if letter.brand and letter.brand not in state.setup.brands:
        raise Refusal(
            "no_such_brand", f"This desk has no brand {letter.brand!r}.", "/definition/brand"
        )
    for code, other in known.items():
        if code != wanted.letter and _is_for(other) == _is_for(letter):
            raise Refusal(
                "letter_there_is",
                f"{code} is for the same kind, brand, team and language; change that one.",
                "/definition/kind",
            )
    try:
        checked(letter.kind, Wording(letter.subject, letter.text, letter.html))
    except BadTemplate as error:
        part, sentence = str(error).split(": ", 1)
        raise Refusal("unusable_template", sentence, f"/definition/{part}") from error
    return [] if known.get(wanted.letter) == letter else [s.LetterDefined(wanted.letter, letter)]


def _retire_letter(state: DeskState, wanted: s.RetireLetter, _: None) -> Events:
    if wanted.letter not in state.setup.letters:
        raise Refusal("no_such_letter", f"This desk has no letter {wanted.letter!r}.", "/letter")
    return [s.LetterRetired(wanted.letter)]


def _define_correspondence(state: DeskState, wanted: s.DefineCorrespondence, _: None) -> Events:
    writing, brand = wanted.definition, wanted.brand
    if brand != s.EVERY_BRAND and brand not in state.setup.brands:
        raise Refusal(
            "no_such_brand",
            f"This desk has no brand {brand!r}; {s.EVERY_BRAND} is for all others.",
            "/brand",
        )
    expect_language(writing.language, "/definition/language")
    for field, least, most in (
        ("survey_after", 0, LONGEST_WAIT_SECONDS),
        ("survey_open", 3_600, LONGEST_OPEN_SECONDS),
    ):
        if not least <= getattr(writing, field) <= most:
            raise Refusal(
                "out_of_range",
                f"Give a number of seconds from {least} to {most}.",
                f"/definition/{field}",
            )
    same = state.setup.correspondence.get(brand) == writing
    return [] if same else [s.CorrespondenceDefined(brand, writing)]


def _is_for(letter: s.Letter) -> tuple[str, str, str, str]:
    return letter.kind, letter.brand, letter.team_id, letter.language.lower()


RULES: Rules = {
    s.DefineLetter: _define_letter,
    s.RetireLetter: _retire_letter,
    s.DefineCorrespondence: _define_correspondence,
}
EVENTS = (s.LetterDefined, s.LetterRetired, s.CorrespondenceDefined)
