"""Sealed bytes, the value for what is gone, and master keys as they are configured."""

import base64
import copy
import os
import pickle
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from libs.keyring import ERASED, MasterKey, MasterKeyError, master_keys
from libs.keyring.sealing import decrypt, encrypt, from_text, to_text
from libs.settings import Settings

CIPHER = AESGCM(bytes(32))
SEALED = encrypt(CIPHER, b"Ada Lovelace", b"c-1")


@given(st.binary())
def test_text_is_url_safe_and_comes_back(sealed: bytes) -> None:
    text = to_text(sealed)
    assert text.isascii()
    assert not set(text) & set("+/= \n")
    assert from_text(text) == sealed


@pytest.mark.parametrize("text", ["a", "ab cd", "äöü", "====", "ab\ncd"])
def test_other_text_is_refused(text: str) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # any of its kind: UnicodeError, binascii.Error
        from_text(text)


@given(st.binary(), st.binary())
def test_what_was_encrypted_comes_back(clear: bytes, associated: bytes) -> None:
    sealed = encrypt(CIPHER, clear, associated)
    assert len(sealed) == len(clear) + 28
    assert decrypt(CIPHER, sealed, associated) == clear


def test_no_two_seals_are_alike() -> None:
    assert len({encrypt(CIPHER, b"same", b"") for _ in range(100)}) == 100


@given(st.integers(0, 8 * len(SEALED) - 1))
def test_any_changed_bit_is_noticed(bit: int) -> None:
    changed = bytearray(SEALED)
    changed[bit // 8] ^= 1 << bit % 8
    with pytest.raises(ValueError, match="authentication failed"):
        decrypt(CIPHER, bytes(changed), b"c-1")


@given(st.integers(0, len(SEALED) - 1))
def test_anything_cut_off_is_noticed(length: int) -> None:
    with pytest.raises(ValueError, match=r".+"):
        decrypt(CIPHER, SEALED[:length], b"c-1")


def test_another_keys_value_is_noticed() -> None:
    with pytest.raises(ValueError, match="authentication failed"):
        decrypt(CIPHER, SEALED, b"c-2")


def test_erased_is_one_falsy_value_that_says_so() -> None:
    assert not ERASED
    assert f"{ERASED}" == "(erased)"
    assert copy.deepcopy(ERASED) is ERASED
    assert pickle.loads(pickle.dumps(ERASED)) is ERASED


def encoded(key: bytes) -> str:
    return base64.b64encode(key).decode()


def test_a_master_key_may_have_a_name_and_else_gets_one() -> None:
    key = os.urandom(32)
    assert MasterKey.parse(f"2026:{encoded(key)}\n") == MasterKey("2026", key)
    assert MasterKey.parse(encoded(key)) == MasterKey.parse(encoded(key))
    assert MasterKey.parse(encoded(key)).id != MasterKey.parse(encoded(bytes(32))).id


def test_a_master_key_does_not_show_itself() -> None:
    assert "AAAA" not in repr(MasterKey.parse(f"m:{encoded(bytes(32))}"))
    assert "\\x00" not in repr(MasterKey.parse(f"m:{encoded(bytes(32))}"))


@pytest.mark.parametrize("text", ["", "m:", "not base64!", encoded(bytes(31))])
def test_a_malformed_master_key_gets_a_sentence_without_it(text: str) -> None:
    with pytest.raises(MasterKeyError) as refused:
        MasterKey.parse(text)
    assert str(refused.value).startswith("the master key ")
    assert not text or text not in str(refused.value)


def test_a_file_holds_several_master_keys_newest_first(tmp_path: Path) -> None:
    old, new = os.urandom(32), os.urandom(32)
    file = tmp_path / "master"
    file.write_text(f"# rotated in 2026\n\nnew:{encoded(new)}\nold:{encoded(old)}\n")
    settings = Settings(master_key=None, master_key_file=file)
    assert master_keys(settings) == [MasterKey("new", new), MasterKey("old", old)]


def test_without_a_master_key_a_sentence_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(MasterKeyError, match="DESKLEDGER_MASTER_KEY"):
        master_keys(Settings(master_key=None, master_key_file=None))
    (tmp_path / "empty").write_text("# nothing yet\n")
    with pytest.raises(MasterKeyError, match="holds no master key"):
        master_keys(Settings(master_key=None, master_key_file=tmp_path / "empty"))


def test_the_environments_master_key_counts_before_the_file(tmp_path: Path) -> None:
    settings = Settings(
        master_key=SecretStr(encoded(bytes(32))), master_key_file=tmp_path / "missing"
    )
    assert [master.key for master in master_keys(settings)] == [bytes(32)]
