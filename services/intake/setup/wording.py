"""What macros and canned replies are called, what they say, and in which language."""

import re

from libs.events.aggregate import Refusal
from libs.placeholders import BadPlaceholder, Template

LONGEST_NAME = 100
LONGEST_TEXT = 20_000
# The shape of RFC 5646, 2.1; which subtags there are is not for us to know.
_LANGUAGE = re.compile(r"([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,4})?")


def expect_name(name: str) -> None:
    """Raises Refusal for what nobody could choose from a list."""
    if not name.strip() or len(name) > LONGEST_NAME or not name.isprintable():
        sentence = f"A name has between 1 and {LONGEST_NAME} characters, on one line."
        raise Refusal("unusable_name", sentence, "/name")


def expect_text(text: str, where: str) -> None:
    """Raises Refusal for one that says nothing, is too long, or has a placeholder that is none."""
    if not text.strip() or len(text) > LONGEST_TEXT:
        sentence = f"A text has between 1 and {LONGEST_TEXT} characters."
        raise Refusal("unusable_text", sentence, where)
    try:
        Template(text)
    except BadPlaceholder as error:
        raise Refusal("bad_placeholder", str(error), where) from error


def expect_language(language: str, where: str) -> None:
    """Raises Refusal for what is neither a language nor empty."""
    if _LANGUAGE.fullmatch(language) is None:
        raise Refusal("unknown_language", "Write a language such as de or pt-BR.", where)
