"""Letters from templates: what can be written, what cannot, and which templates are taken."""

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from libs.letters import DEFAULTS, KINDS, NAMES, BadTemplate, Kind, Letters, Wording, sample
from libs.letters.choosing import Own, checked
from libs.letters.templates import MOST_NAMES

HOSTILE = "<script>alert(1)</script>{{ link }}{% if %}"


@pytest.mark.parametrize(("kind", "language"), DEFAULTS)
def test_what_comes_with_the_program_can_be_written(kind: Kind, language: str) -> None:
    # given every value, or none at all
    templates = checked(kind, DEFAULTS[kind, language])
    full = sample(kind, DEFAULTS[kind, language])
    bare = templates.write(dict.fromkeys(NAMES[kind], ""), {})
    # then there is a letter either way
    assert full.text.strip()
    assert full.html.strip()
    assert "{{" not in bare.text + bare.html


def test_there_are_defaults_of_every_kind_in_both_languages() -> None:
    assert set(DEFAULTS) == {(kind, language) for kind in KINDS for language in ("en", "de")}


def test_values_are_escaped_in_html_and_never_read_again() -> None:
    wording = Wording("{{ ticket.subject }}", "{{ ticket.subject }}", "<p>{{ ticket.subject }}</p>")
    written = checked("notice", wording).write({"ticket.subject": HOSTILE}, {})
    assert written.subject == HOSTILE
    assert written.text == HOSTILE + "\n"
    assert "<script>" not in written.html
    assert "{{ link }}" in written.html


def test_a_subject_is_one_line() -> None:
    wording = Wording("a\n{{ link }}\r\nBcc: b", "x")
    assert checked("notice", wording).write({"link": "\nx"}, {}).subject == "a x Bcc: b"


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("ok\n{{ secret }}", "text: Line 2: there is no secret; choose from"),
        ("{{ ticket.__class__ }}", "there is no ticket.__class__"),
        ("{{ ''.__class__.__mro__ }}", "there is no"),
        ("{{ link.upper() }}", "call is not possible here"),
        ("{% for a in link %}{% endfor %}", "for is not possible here"),
        ("{% set a = 1 %}", "assign is not possible here"),
        ("{% include 'a' %}", "include is not possible here"),
        ("{{ 9 ** 9999999 }}", "pow is not possible here"),
        ("{{ link * 9999999 }}", "mul is not possible here"),
        ("{{ link ~ link }}", "concat is not possible here"),
        ("{{ link | center(9999999) }}", "there is no filter center"),
        ("{% if link %}", "Line 1: unexpected end of template"),
        ("{{ link > 3 }}", "it fails when it is filled in"),
        ("{{ link }}" * 101, "It asks for more than 100 values"),
        ("{{" + "(" * 5_000 + "1" + ")" * 5_000 + "}}", "It is nested too deeply."),
    ],
)
def test_what_cannot_be_used_is_told_with_its_place(source: str, why: str) -> None:
    with pytest.raises(BadTemplate) as refused:
        checked("notice", Wording("", source))
    assert why in str(refused.value)


def test_an_answer_without_the_agents_words_is_none() -> None:
    with pytest.raises(BadTemplate, match="leaves out"):
        checked("reply", Wording("", "Hello."))


PIECES = (
    *("{{ link }}", "{{ news | upper }}", "{{ link | default('<none>') }}", "{{ nothing }}"),
    *("{% if link %}", "{% elif link == news %}", "{% else %}", "{% endif %}", "a < b\n", "{{ ("),
)


@settings(deadline=None)
@given(
    st.text(alphabet="{}%#|. iflnkedor'\"()[]<>=*~+\n", max_size=200)
    | st.lists(st.sampled_from(PIECES), max_size=150).map("".join)
)
def test_a_template_writes_no_more_than_itself_and_a_hundred_values(source: str) -> None:
    # given any template that is taken
    with contextlib.suppress(BadTemplate):
        templates = checked("notice", Wording("", source, source))
        # when all its values are long
        value = "x" * 500
        written = templates.write(dict.fromkeys(NAMES["notice"], value), {})
        # then what it writes is bounded by what it names; a constant of its own may be escaped
        most = len(source) * len("&quot;") + MOST_NAMES * len(value) + 1
        assert len(written.text) <= most
        assert len(written.html) <= most


class TestChoosing:
    OWN = (
        Own("reply", "", "", "", Wording("", "any {{ message }}")),
        Own("reply", "north", "", "", Wording("", "north {{ message }}")),
        Own("reply", "", "net", "", Wording("", "team {{ message }}")),
        Own("reply", "north", "", "fr", Wording("", "nord {{ message }}")),
    )

    @pytest.mark.parametrize(
        ("brand", "team", "languages", "taken"),
        [
            ("", "", ["en"], "any"),
            ("north", "", ["en"], "north"),
            ("north", "net", ["de-AT"], "team"),
            ("north", "net", ["fr-CH"], "nord"),
            ("south", "other", ["fr"], "any"),
        ],
    )
    def test_the_nearest_is_taken(
        self, brand: str, team: str, languages: list[str], taken: str
    ) -> None:
        found = Letters(self.OWN).find("reply", brand, team, languages)
        assert found.write({"message": ""}, {}).text.split()[0] == taken

    def test_without_one_of_its_own_a_desk_writes_in_the_customers_language(self) -> None:
        found = Letters().find("survey", "", "", ["de", "en"])
        assert "Guten Tag" in found.write(NAMES["survey"], {}).text
        other = Letters().find("survey", "", "", ["ja", "de"])
        assert "Guten Tag" in other.write(NAMES["survey"], {}).text
        none = Letters().find("survey", "", "", ["ja"])
        assert "Hello" in none.write(NAMES["survey"], {}).text
