"""Words as people compare them, and their keyed hashes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.gateway.words.hashing import LONGEST_WORD, Hashing, words_of

HASHING = Hashing(b"s" * 32)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Straße", "STRASSE"),
        ("Café", "cafe\u0301"),
        ("naïve", "NAIVE"),
        ("\uff36\uff30\uff2e", "vpn"),  # full width
        ("ﬁle", "file"),  # a ligature
        ("ΌΔΟΣ", "οδος"),
        ("İstanbul", "istanbul"),
        ("Ёлка", "елка"),
        ("한국어", "\u1112\u1161\u11ab\u1100\u116e\u11a8\u110b\u1165"),
        ("ヴェノム", "ウェノム"),
    ],
)
def test_case_accents_and_widths_do_not_count(one: str, other: str) -> None:
    assert words_of(one) == words_of(other) != []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The VPN, the vpn!", ["the", "vpn"]),
        ("SRV-7 at 10.0.0.1", ["srv", "7", "at", "10", "0", "1"]),
        ("打印机坏了", ["打印", "印机", "机坏", "坏了"]),
        ("iPhone充电", ["iphone", "充电"]),
        ("水", ["水"]),
        ("a_b", ["a", "b"]),
        ("", []),
        ("... !? \u200b", []),
    ],
)
def test_a_text_falls_into_its_words(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_what_is_asked_in_a_script_without_spaces_is_found_inside_a_longer_text() -> None:
    assert set(words_of("打印机")) <= set(words_of("我的打印机坏了"))


def test_of_a_long_word_its_beginning_counts() -> None:
    assert words_of("x" * 1_000_000) == ["x" * LONGEST_WORD]


@given(st.text())
def test_any_text_has_words_that_are_folded_once_for_all(text: str) -> None:
    words = words_of(text)
    assert len(set(words)) == len(words)
    assert all(0 < len(word) <= LONGEST_WORD for word in words)


def test_a_hash_tells_nothing_without_the_secret_and_fits_into_eight_bytes() -> None:
    [hashed] = HASHING.of(["vpn"])
    assert hashed == HASHING.of(["vpn"])[0] != Hashing(b"t" * 32).of(["vpn"])[0]
    assert -(2**63) <= hashed < 2**63
    assert len(set(HASHING.of([str(n) for n in range(10_000)]))) == 10_000
