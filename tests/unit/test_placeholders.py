"""Texts with placeholders: what was meant is filled in, and nothing else can be reached."""

import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.placeholders import NAMES, BadPlaceholder, Template

VALUES = {
    "ticket.number": "#1042",
    "ticket.subject": "Printer on fire",
    "contact.name": "Maya Okafor",
    "contact.first_name": "Maya",
    "agent.name": "anna",
}
NOBODY = {"ticket.number": "#1042", "agent.name": "anna"}
# Braces, quotes, bars and names, so that what is drawn looks like placeholders.
SIGNS = st.sampled_from(
    ["{", "}", "{{", "}}", '"', "|", " ", "\n", ".", "contact.name", "a", "__class__", "ß"]
)
SCRAPS = st.lists(SIGNS, max_size=25).map("".join)
ANYTHING = st.text() | SCRAPS
PLAIN = st.text(alphabet=string.printable).filter(lambda text: "{{" not in text)


class TestFilling:
    def test_puts_in_what_is_known(self) -> None:
        text = (
            'Dear {{contact.first_name | "customer"}},\n\nabout {{ ticket.number }}: {{agent.name}}'
        )

        assert Template(text).fill(VALUES) == "Dear Maya,\n\nabout #1042: anna"

    @pytest.mark.parametrize("value", ["", "   ", "\n\x00"])
    def test_never_leaves_a_gap(self, value: str) -> None:
        text = 'Dear {{contact.first_name|contact.name | "customer"}},'

        assert Template(text).fill(NOBODY) == "Dear customer,"
        assert Template(text).fill({"contact.first_name": value}) == "Dear customer,"
        assert Template(text).fill({"contact.name": "Maya Okafor"}) == "Dear Maya Okafor,"

    def test_keeps_a_value_on_its_line(self) -> None:
        text = '{{contact.name | "-"}}'

        assert Template(text).fill({"contact.name": " Maya\r\nBcc:\tme "}) == "Maya Bcc: me"

    def test_writes_braces_that_are_quoted(self) -> None:
        assert Template('a {{ "{{" }} b }} {c}').fill({}) == "a {{ b }} {c}"

    def test_takes_the_last_two_of_many_braces(self) -> None:
        assert Template("{{{ticket.number}}}").fill(VALUES) == "{#1042}"

    def test_reads_a_value_never_again(self) -> None:
        sly = '{{agent.name}} {{ "x" }}'

        assert Template('{{contact.name | "-"}}').fill({"contact.name": sly}) == sly


class TestWhatIsRefused:
    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("{{contact.password}}", "There is no contact.password; choose from ticket.number"),
            ("{{ticket.__class__}}", "There is no ticket.__class__"),
            ("{{contact.name}}", "contact.name can be empty: say what to write then, such as {{"),
            ("{{ticket.number | contact.name}}", "contact.name can be empty"),
            ('{{contact.name | ""}}', "it is empty"),
            ('{{contact.name | "  "}}', "it is empty"),
            ("{{ticket.number", "A placeholder reads"),
            ("{{}}", "A placeholder reads"),
            ("{{ticket.number()}}", "A placeholder reads"),
            ("{{ticket['number']}}", "There is no ticket; choose from"),
            ("{{contact.name | “there”}}", "A placeholder reads"),
            ("{{contact.name | 'there'}}", "A placeholder reads"),
            ('{{contact.name | "a\nb"}}', "A placeholder reads"),
            ("{{ticket.number | }}", "A placeholder reads"),
        ],
    )
    def test_is_told_with_what_would_work(self, text: str, told: str) -> None:
        with pytest.raises(BadPlaceholder) as refused:
            Template(f"Hello {text} there")

        assert told in str(refused.value)

    @given(ANYTHING)
    def test_is_all_that_asks_for_a_name_that_is_not_listed(self, text: str) -> None:
        try:
            template = Template(text)
        except BadPlaceholder:
            return
        assert template.names <= NAMES.keys()

    @given(ANYTHING, st.dictionaries(st.sampled_from(sorted(NAMES)), ANYTHING))
    def test_is_all_that_could_not_be_filled(self, text: str, values: dict[str, str]) -> None:
        """Whatever is known of somebody: what was once accepted can always be written."""
        try:
            template = Template(text)
        except BadPlaceholder:
            return
        template.fill({**values, **NOBODY})


@given(PLAIN)
def test_a_text_without_placeholders_stays_as_it_is(text: str) -> None:
    assert Template(text).fill({}) == text


@given(PLAIN, PLAIN, ANYTHING.filter(str.strip))
def test_what_is_filled_in_stands_between_the_same_words(
    before: str, after: str, name: str
) -> None:
    told = Template(before + '{{contact.name | "-"}}' + after).fill({"contact.name": name})
    meant = Template('{{contact.name | "-"}}').fill({"contact.name": name})

    assert told == before + meant + after
