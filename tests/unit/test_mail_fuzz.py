"""Mails that nobody would write get an answer, too. Many more of them: bench/mail_fuzz.py."""

import time

import pytest

from tests.support import mail_fuzz

SEED, MANY, ALL_SECONDS = 5, 1_200, 60
ORIGINALS = mail_fuzz.mails()


@pytest.mark.parametrize("start", range(0, MANY, 300))
def test_whatever_becomes_of_a_mail_it_is_read(start: int) -> None:
    began = time.process_time()
    for number in range(start, start + 300):
        raw = mail_fuzz.mutated(SEED, number, ORIGINALS)
        try:
            mail_fuzz.read(raw)
        except Exception as error:
            error.add_note(f"mail {number} of seed {SEED}, {len(raw)} bytes")
            raise
    assert time.process_time() - began < ALL_SECONDS


def test_a_mail_is_made_from_its_number() -> None:
    one, again, other = (mail_fuzz.mutated(SEED, number, ORIGINALS) for number in (1, 1, 2))
    assert one == again != other
