"""The words of a text, folded as people compare them, and their keyed hashes. Pure.

Case, accents, widths and ligatures do not count (Unicode NFKD without marks, casefold). Scripts
that are written without spaces are taken in pairs of characters, as search engines do.
"""

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Iterator, Sequence

# The name of the installation's secret that keys the hashes.
SECRET = "words"
# Of a longer message the first so many are found; of a longer word its beginning.
MOST_WORDS = 2_000
LONGEST_WORD = 40
# A question of more words is one that nobody asks.
MOST_ASKED = 10
_WORD = re.compile(r"[^\W_]+")
# Thai, Lao, Myanmar, Khmer; kana; Han.
_UNSPACED = re.compile(r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]+")
# As a signed number MongoDB keeps it in eight bytes.
_BYTES = 8


def words_of(text: str) -> Sequence[str]:
    """Each word once, in the order of the text."""
    return list(dict.fromkeys(_words(text)))


class Hashing:
    """Keyed hashes of words. secret: the installation's own; without it they tell nothing."""

    def __init__(self, secret: bytes) -> None:
        self._secret = secret

    def of(self, words: Sequence[str]) -> list[int]:
        """Their hashes (HMAC-SHA-256, 64 bits of it)."""
        return [self._hash(word) for word in words]

    def _hash(self, word: str) -> int:
        digest = hmac.digest(self._secret, word.encode(), hashlib.sha256)
        return int.from_bytes(digest[:_BYTES], "big", signed=True)


def _words(text: str) -> Iterator[str]:
    for found in _WORD.finditer(_folded(text)):
        yield from _parts(found[0])


def _folded(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(one for one in apart if not unicodedata.combining(one)).casefold()


def _parts(word: str) -> Iterator[str]:
    place = 0
    for unspaced in _UNSPACED.finditer(word):
        if word[place : unspaced.start()]:
            yield word[place : unspaced.start()][:LONGEST_WORD]
        run = unspaced[0]
        yield from (run[n : n + 2] for n in range(max(1, len(run) - 1)))
        place = unspaced.end()
    if word[place:]:
        yield word[place:][:LONGEST_WORD]
