"""Ids carry their slot, and the slot is the partition, for everybody alike."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.events.ids import SLOTS, derived_id, digest, is_id, new_id, partition_of, slot_of

PARTS = st.lists(st.text() | st.binary(), max_size=4)


@given(st.sampled_from([1, 2, 4, 12, 16]))
def test_an_id_belongs_to_exactly_one_partition(partitions: int) -> None:
    id = new_id("t")
    assert is_id(id, "t")
    assert partition_of(id, partitions) == slot_of(id) % partitions
    assert 0 <= slot_of(id) < SLOTS


@given(PARTS, PARTS)
def test_derived_ids_agree_exactly_when_their_parts_do(
    one: list[str | bytes], other: list[str | bytes]
) -> None:
    assert (derived_id("c", *one) == derived_id("c", *other)) == (one == other)
    assert is_id(derived_id("c", *one), "c")


def test_moving_letters_between_parts_gives_another_digest() -> None:
    assert digest("ab", "c") != digest("a", "bc") != digest("abc")


@pytest.mark.parametrize("text", ["", "t", "t-", "t-3f", "T-" + "0" * 26, "t-" + "g" * 26, "1234"])
def test_what_is_no_id_has_no_slot(text: str) -> None:
    assert not is_id(text, "t")
    with pytest.raises(ValueError, match="is not an aggregate id"):
        slot_of(text)


def test_a_kind_is_part_of_the_id() -> None:
    assert not is_id(new_id("t"), "c")
