"""The catalogue: every event and command type with its version, and the upcasters between versions.

A type is registered once, where it is declared:

    @event("tickets")
    class TicketSolved(msgspec.Struct, frozen=True): ...

Stored events are never rewritten. When a shape changes, the class moves to the next version and
an upcaster (dict → dict) takes the old shape one version further; old golden files stay.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeVar

import msgspec

from libs.events.personal import Personal

C = TypeVar("C", bound=type[msgspec.Struct])
Json = dict[str, object]
Upcaster = Callable[[Json], Json]
Kind = Literal["event", "command"]


def unchanged(stored: Json) -> Json:
    """The upcaster of a version that only brought fields which have defaults."""
    return stored


class UnknownType(Exception):
    """A record of a type, or of a newer version of a type, that this program does not know."""


def decode_personal(wanted: type, stored: object) -> object:
    """The personal value in its stored form, still sealed (a ``dec_hook`` of msgspec, which asks it
    about values of any type, too)."""
    if wanted is object:
        return stored
    if isinstance(stored, dict) and isinstance(stored.get("key"), str):
        sealed = stored.get("sealed")
        return Personal[str](stored["key"], sealed=sealed if isinstance(sealed, str) else "")
    raise msgspec.ValidationError(f"expected a personal value, got {stored!r:.40}")


@dataclass(frozen=True)
class Entry:
    """One registered type at its current version, with the way from each older one."""

    kind: Kind
    name: str
    version: int
    aggregate: str
    cls: type[msgspec.Struct]
    upcasters: Mapping[int, Upcaster] = field(default_factory=dict)

    @property
    def header(self) -> bytes:
        """The ``ce_type`` of a record of this type: ``deskledger.TicketSolved.v1``."""
        return f"deskledger.{self.name}.v{self.version}".encode()


class Catalogue:
    """All types known to this program, by class and by their wire name."""

    def __init__(self) -> None:
        self._by_class: dict[type, Entry] = {}
        self._by_header: dict[bytes, tuple[Entry, Callable[[bytes], object]]] = {}
        self._newest: dict[str, Entry] = {}

    def register(self, entry: Entry) -> None:
        """Add a type. Raises ValueError when its name is taken or a version has no way forward."""
        if entry.name in self._newest:
            raise ValueError(f"{entry.name} is registered twice")
        missing = [v for v in range(1, entry.version) if v not in entry.upcasters]
        if missing:
            raise ValueError(f"{entry.name}: no upcaster from version {missing}")
        self._newest[entry.name] = entry
        self._by_class[entry.cls] = entry
        decoder = msgspec.json.Decoder(entry.cls, dec_hook=decode_personal)
        self._by_header[entry.header] = (entry, decoder.decode)
        for old in range(1, entry.version):
            header = f"deskledger.{entry.name}.v{old}".encode()
            self._by_header[header] = (entry, _upcasting(entry, old))

    def entry(self, cls: type) -> Entry:
        """The entry of a registered class."""
        return self._by_class[cls]

    def entries(self, kind: Kind | None = None) -> Iterable[Entry]:
        """All entries, by name."""
        return [e for _, e in sorted(self._newest.items()) if kind in (None, e.kind)]

    def decode(self, header: bytes, value: bytes) -> tuple[Entry, object]:
        """The data in its current shape. Raises UnknownType or msgspec.ValidationError."""
        try:
            entry, decode = self._by_header[header]
        except KeyError:
            raise UnknownType(self._why_unknown(header.decode(errors="replace"))) from None
        return entry, decode(value)

    def knows(self, header: bytes) -> bool:
        """Whether a record with this ``ce_type`` can be decoded."""
        return header in self._by_header

    def _why_unknown(self, header: str) -> str:
        name, _, version = header.removeprefix("deskledger.").rpartition(".v")
        known = self._newest.get(name)
        if known is None:
            return f"the type {header!r} is in no catalogue: deploy readers before writers"
        return (
            f"{name} version {version} is newer than the version {known.version} that this program "
            "knows: deploy readers before writers"
        )


def _upcasting(entry: Entry, version: int) -> Callable[[bytes], object]:
    steps = [entry.upcasters[v] for v in range(version, entry.version)]

    def decode(value: bytes) -> object:
        stored: Json = msgspec.json.decode(value)
        for step in steps:
            stored = step(stored)
        return msgspec.convert(stored, entry.cls, dec_hook=decode_personal)

    return decode


CATALOGUE = Catalogue()


def event(
    aggregate: str, version: int = 1, upcasters: Mapping[int, Upcaster] | None = None
) -> Callable[[C], C]:
    """Register a class as an event of this aggregate's topic, in its current version."""
    return _registration("event", aggregate, version, upcasters)


def command(
    aggregate: str, version: int = 1, upcasters: Mapping[int, Upcaster] | None = None
) -> Callable[[C], C]:
    """Register a class as a command to this aggregate, in its current version."""
    return _registration("command", aggregate, version, upcasters)


def _registration(
    kind: Kind, aggregate: str, version: int, upcasters: Mapping[int, Upcaster] | None
) -> Callable[[C], C]:
    def register(cls: C) -> C:
        CATALOGUE.register(Entry(kind, cls.__name__, version, aggregate, cls, upcasters or {}))
        return cls

    return register
