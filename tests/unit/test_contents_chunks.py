"""A content's ciphertext: whatever is done to it, a reader notices."""

from collections.abc import AsyncIterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.contents import ContentDamaged, Rendition
from libs.contents.chunks import (
    CHUNK_BYTES,
    ChunkDecryptor,
    ChunkEncryptor,
    chunk_count,
    in_chunks,
    rechunk,
)

KEY = bytes(32)
CHUNKS = [b"a" * CHUNK_BYTES, b"b" * CHUNK_BYTES, b"c" * 10]
SIZE = sum(map(len, CHUNKS))


def encrypted(chunks: Sequence[bytes], key: bytes = KEY, id: str = "c") -> list[bytes]:
    encryptor = ChunkEncryptor(key, id)
    last = len(chunks) - 1
    return [encryptor.encrypt(chunk, last=i == last) for i, chunk in enumerate(chunks)]


def decrypted(sealed: Sequence[bytes], size: int, key: bytes = KEY, id: str = "c") -> list[bytes]:
    decryptor = ChunkDecryptor(key, id, size)
    clear = [decryptor.decrypt(chunk) for chunk in sealed]
    decryptor.finish()
    return clear


def test_chunks_come_back_in_order() -> None:
    assert decrypted(encrypted(CHUNKS), SIZE) == CHUNKS


def test_an_empty_content_is_one_sealed_chunk() -> None:
    [sealed] = encrypted([b""])
    assert len(sealed) == 16
    assert decrypted([sealed], 0) == [b""]
    with pytest.raises(ContentDamaged):
        decrypted([b""], 0)


@pytest.mark.parametrize(
    ("size", "count"),
    [(0, 1), (1, 1), (CHUNK_BYTES, 1), (CHUNK_BYTES + 1, 2), (2 * CHUNK_BYTES, 2)],
)
def test_the_number_of_chunks_follows_from_the_size(size: int, count: int) -> None:
    assert chunk_count(size) == count


SEALED = encrypted(CHUNKS)


@pytest.mark.parametrize(
    ("sealed", "size"),
    [
        (SEALED[:2], SIZE),
        (SEALED[:2], 2 * CHUNK_BYTES),  # cut, and the stored size with it
        (SEALED[:1], CHUNK_BYTES),
        ([], SIZE),
        (SEALED[1:], SIZE - CHUNK_BYTES),
        ([SEALED[1], SEALED[0], SEALED[2]], SIZE),
        ([SEALED[0], SEALED[0], SEALED[2]], SIZE),
        ([*SEALED, SEALED[2]], SIZE),
        ([*SEALED[:2], encrypted(CHUNKS, id="d")[2]], SIZE),
        ([*SEALED[:2], encrypted(CHUNKS, key=b"k" * 32)[2]], SIZE),
        ([b"".join(SEALED)], SIZE),
    ],
)
def test_cutting_moving_and_swapping_are_noticed(sealed: list[bytes], size: int) -> None:
    with pytest.raises(ContentDamaged):
        decrypted(sealed, size)


@given(st.binary(max_size=64), st.data())
def test_any_changed_bit_is_noticed(clear: bytes, data: st.DataObject) -> None:
    [sealed] = encrypted([clear])
    bit = data.draw(st.integers(0, 8 * len(sealed) - 1))
    changed = bytearray(sealed)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ContentDamaged):
        decrypted([bytes(changed)], len(clear))


@given(st.lists(st.integers(0, 3 * CHUNK_BYTES // 2), max_size=4))
async def test_pieces_of_any_size_become_chunks(sizes: list[int]) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for index, size in enumerate(sizes):
            yield bytes([index]) * size

    whole = b"".join([piece async for piece in pieces()])
    chunks = [chunk async for chunk in rechunk(pieces())]

    assert b"".join(chunk for chunk, _ in chunks) == whole
    assert [last for _, last in chunks] == [False] * (len(chunks) - 1) + [True]
    assert len(chunks) == chunk_count(len(whole))
    assert {len(chunk) for chunk, last in chunks if not last} <= {CHUNK_BYTES}
    assert [chunk async for chunk in in_chunks(whole)] == chunks


@given(st.text(), st.text(), st.none() | st.text())
def test_a_rendition_comes_back(subject: str, text: str, html: str | None) -> None:
    rendition = Rendition(subject, text, html)
    assert Rendition.decode(rendition.encode()) == rendition
