"""Position tokens: opaque to callers, exact for us."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.events.envelope import Position
from libs.events.waiting import read_token, token

positions = st.builds(
    Position,
    st.sampled_from(["tickets.events", "contacts.events"]),
    st.integers(0, 255),
    st.integers(0, 2**62),
)


@given(positions)
def test_a_token_leads_back_to_its_position(position: Position) -> None:
    assert read_token(token(position)) == position


@given(positions)
def test_a_token_fits_a_header_as_it_is(position: Position) -> None:
    assert token(position).replace("-", "").replace("_", "").isalnum()


@given(st.text())
def test_any_text_is_a_position_or_a_value_error(text: str) -> None:
    with contextlib.suppress(ValueError):
        assert isinstance(read_token(text), Position)


@pytest.mark.parametrize("text", ["", "ä", "dGlja2V0cw", "a/b/c", "%", "A" * 5])
def test_texts_that_look_like_tokens_are_none(text: str) -> None:
    with pytest.raises(ValueError, match="is no position token"):
        read_token(text)
