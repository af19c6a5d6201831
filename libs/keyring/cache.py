"""The keyring's cache: bounded, short-lived, so that an erased key is soon unknown everywhere."""

from collections import OrderedDict
from collections.abc import Callable, Iterable
from enum import Enum

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from libs.keyring.errors import KeyNotLoaded


class Gone(Enum):
    """Why a key has no material."""

    ERASED = "a tombstone: final"
    ABSENT = "no document: never made, or destroyed by time; may be made at any moment"


class LoadedKey:
    """One key's material, or why there is none, and until when that may be believed."""

    __slots__ = ("_cipher", "expires", "gone", "material")

    def __init__(self, material: bytes | Gone, expires: float) -> None:
        self.material = material
        self.gone = material if isinstance(material, Gone) else None
        self.expires = expires
        self._cipher: AESGCM | None = None

    def cipher(self) -> AESGCM:
        """For a key that is not gone. Made at the first use: it takes 2.5 kB, and many are idle."""
        if self._cipher is None:
            assert isinstance(self.material, bytes)
            self._cipher = AESGCM(self.material)
        return self._cipher


class KeyCache:
    """Least recently used out first; nothing is served after `seconds_to_live`."""

    def __init__(self, capacity: int, seconds_to_live: float, clock: Callable[[], float]) -> None:
        self._capacity = capacity
        self._seconds_to_live = seconds_to_live
        self._clock = clock
        self._keys: OrderedDict[str, LoadedKey] = OrderedDict()

    def __len__(self) -> int:
        return len(self._keys)

    def get(self, key_id: str) -> LoadedKey:
        """Raises KeyNotLoaded when the key is not here or has been here for too long."""
        key = self._keys.get(key_id)
        if key is None or self._clock() >= key.expires:
            raise KeyNotLoaded(key_id)
        self._keys.move_to_end(key_id)
        return key

    def stale(self, key_ids: Iterable[str]) -> set[str]:
        """Those to load: unknown, or past half their life, so that a batch can rely on the rest.

        The rest counts as used, so that what is loaded now does not push it out. An absent key is
        always stale: it may have been made since, by another process.
        """
        soon = self._clock() + self._seconds_to_live / 2
        stale = set()
        for key_id in key_ids:
            key = self._keys.get(key_id)
            if key is None or key.gone is Gone.ABSENT or key.expires <= soon:
                stale.add(key_id)
            else:
                self._keys.move_to_end(key_id)
        return stale

    def put(self, key_id: str, material: bytes | Gone) -> None:
        """Keep what was just read, unless an erasure overtook the reading: that is final."""
        expires = self._clock() + self._seconds_to_live
        known = self._keys.get(key_id)
        if known is not None and known.material in (material, Gone.ERASED):
            known.expires = expires
        else:
            self._keys[key_id] = LoadedKey(material, expires)
        self._keys.move_to_end(key_id)
        if len(self._keys) > self._capacity:
            self._keys.popitem(last=False)

    def evict(self, key_id: str) -> None:
        self._keys.pop(key_id, None)
