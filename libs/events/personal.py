"""Personal data in events: marked in the type, encrypted under its person's key, erased with it.

``Personal[str]`` is how a field says that it holds a name or an address. In a stored event it is
``{"key": <key id>, "sealed": <token>}``; whoever holds the key can reveal it, and once the key is
gone (crypto-shredding) revealing answers ``ERASED``, a value and never an exception.
"""

from collections.abc import Iterator
from functools import cache
from typing import Generic, TypeVar, get_args, get_origin

import msgspec

from libs.keyring import ERASED, Erased, Keyring

T = TypeVar("T")


class Personal(Generic[T]):
    """One personal value: in clear while it is being written, sealed once it was read."""

    __slots__ = ("_clear", "_source", "key", "sealed")

    def __init__(
        self,
        key: str,
        *,
        sealed: str | None = None,
        clear: str | None = None,
        source: "Personal[T] | None" = None,
    ) -> None:
        self.key = key
        self.sealed = sealed
        self._clear = clear
        self._source = source

    @classmethod
    def of(cls, clear: str, key: str) -> "Personal[T]":
        """A value in clear that is to be sealed under this key when it is written."""
        return cls(key, clear=clear)

    def under(self, key: str) -> "Personal[T]":
        """The same value, to be sealed under another key (from transit to the person's own)."""
        return self if key == self.key else Personal(key, source=self)

    def reveal(self, keyring: Keyring) -> str | Erased:
        """The value in clear, or ERASED. The keys must be loaded (``Keyring.load``) beforehand."""
        if self._source is not None:
            return self._source.reveal(keyring)
        if self._clear is not None:
            return self._clear
        clear = keyring.unseal(self.key, self.sealed or "")
        return clear.decode() if isinstance(clear, bytes) else ERASED

    def seal(self, keyring: Keyring) -> str:
        """The token to store; made once. Empty when the value, or the key, is erased."""
        if self.sealed is None:
            clear = self.reveal(keyring)
            self.sealed = keyring.seal(self.key, clear.encode()) if isinstance(clear, str) else ""
        return self.sealed

    def source_keys(self) -> Iterator[str]:
        """The keys that must be loaded to reveal it, beside the one to seal it under."""
        if self._source is not None:
            yield self._source.key
            yield from self._source.source_keys()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Personal) and (
            (self.key, self.sealed, self._clear, self._source)
            == (other.key, other.sealed, other._clear, other._source)
        )

    def __hash__(self) -> int:
        return hash((self.key, self.sealed))

    def __repr__(self) -> str:
        return f"Personal(key={self.key!r}, …)"


def personal_values(data: msgspec.Struct) -> "Iterator[Personal[str]]":
    """Every personal value in an event or command, however deep."""
    for name in _carriers(type(data)):
        value = getattr(data, name)
        if isinstance(value, Personal):
            yield value
        elif isinstance(value, msgspec.Struct):
            yield from personal_values(value)
        elif isinstance(value, list | tuple):
            for item in value:
                if isinstance(item, Personal):
                    yield item
                elif isinstance(item, msgspec.Struct):
                    yield from personal_values(item)


@cache
def _carriers(cls: type[msgspec.Struct]) -> tuple[str, ...]:
    """The fields of a struct in which a personal value may stand."""
    fields = msgspec.structs.fields(cls)
    return tuple(field.name for field in fields if _carries(field.type))


def _carries(annotation: object) -> bool:
    if annotation is Personal or get_origin(annotation) is Personal:
        return True
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        return bool(_carriers(annotation))
    return any(_carries(part) for part in get_args(annotation))
