"""The lines of a CSV file of contacts, understood or refused one by one.

Columns are known by their names, in any order and case: ``name``, ``email`` (several separated by
``;``), ``phone``, ``organisation``, ``domain``, ``language``, ``time_zone``, ``plan``, ``vip``,
``tags``, ``notes``, ``external_id:<system>``, ``field:<code>``. An empty cell says nothing: what is
known stays.
"""

import codecs
import csv
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TextIO
from zoneinfo import available_timezones

import msgspec

from deploy.local import Problem

PLAIN = (
    "name",
    "email",
    "phone",
    "organisation",
    "domain",
    "language",
    "time_zone",
    "plan",
    "vip",
    "tags",
    "notes",
)
SEPARATORS = ";,\t"
MOST_CHARACTERS = 500
_CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
_PREFIXED = re.compile(r"(external_id|field):([a-z0-9][a-z0-9_.-]{0,63})")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+")
_DOMAIN = re.compile(r"[^\s@.]+(\.[^\s@.]+)+")
_CHUNK_BYTES = 1 << 20
_VIP = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}


class Fault(msgspec.Struct, frozen=True):
    """Why a line is not imported. line: as an editor counts; column: its name."""

    line: int
    column: str
    sentence: str


class Row(msgspec.Struct, frozen=True):
    """A line. vip: None when it says nothing; others "" or empty then. handle: channel and address
    of somebody who has neither a mail address nor a phone."""

    line: int
    name: str = ""
    emails: tuple[str, ...] = ()
    phone: str = ""
    organisation: str = ""
    domain: str = ""
    language: str = ""
    time_zone: str = ""
    plan: str = ""
    vip: bool | None = None
    tags: tuple[str, ...] = ()
    notes: str = ""
    external_ids: dict[str, str] = {}
    fields: dict[str, str] = {}
    handle: tuple[str, str] | None = None


def read(path: Path) -> Iterator[Row | Fault]:
    """The lines of a file. Raises Problem for one that is no such file at all, OSError."""
    with path.open(encoding=encoding_of(path), newline="") as file:
        yield from _lines(file)


def encoding_of(path: Path) -> str:
    """UTF-8, with or without a mark in front, else what old Excel writes."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        with path.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return "windows-1252"
    return "utf-8-sig"


def _lines(file: TextIO) -> Iterator[Row | Fault]:
    first = file.readline()
    separator = max(SEPARATORS, key=first.count)
    names = next(csv.reader([first], delimiter=separator), [])
    header = [name.strip().casefold() for name in names]
    _check(header)
    reader = csv.reader(file, delimiter=separator)
    after = 2
    for cells in reader:
        line, after = after, reader.line_num + 2
        if not any(cell.strip() for cell in cells):
            continue
        if len(cells) > len(header):
            yield Fault(line, "", f"It has {len(cells)} cells for {len(header)} columns.")
            continue
        yield understood(line, {n: cell.strip() for n, cell in zip(header, cells, strict=False)})


def _check(header: list[str]) -> None:
    unknown = [name for name in header if name not in PLAIN and not _PREFIXED.fullmatch(name)]
    if unknown:
        raise Problem(
            f"There is no column {unknown[0]!r}; there are {', '.join(PLAIN)}, "
            "external_id:<system> and field:<code>."
        )
    twice = [name for name in header if header.count(name) > 1]
    if twice:
        raise Problem(f"The column {twice[0]} stands there twice.")
    if "email" not in header:
        raise Problem("There is no column email, by which contacts are recognised.")


def understood(line: int, cells: dict[str, str]) -> Row | Fault:
    """A line by its columns."""
    for column, (fits, sentence) in _RULES.items():
        if (cell := cells.get(column, "")) and not fits(cell):
            return Fault(line, column, sentence)
    emails = _several(cells.get("email", ""))
    if not emails:
        return Fault(line, "email", "It has no mail address, by which to recognise the contact.")
    prefixed = {n: cell for n, cell in cells.items() if ":" in n and cell}
    for column, cell in prefixed.items():
        if len(cell) > MOST_CHARACTERS:
            return Fault(line, column, f"It has more than {MOST_CHARACTERS} characters.")
    return Row(
        line=line,
        name=cells.get("name", ""),
        emails=emails,
        phone=cells.get("phone", ""),
        organisation=cells.get("organisation", ""),
        domain=cells.get("domain", "").casefold(),
        language=cells.get("language", ""),
        time_zone=cells.get("time_zone", ""),
        plan=cells.get("plan", ""),
        vip=_VIP.get(cells.get("vip", "").casefold()),
        tags=_several(cells.get("tags", "")),
        notes=cells.get("notes", ""),
        external_ids=_with_prefix("external_id:", prefixed),
        fields=_with_prefix("field:", prefixed),
    )


def _several(cell: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(part.strip() for part in cell.split(";") if part.strip()))


def _with_prefix(prefix: str, cells: dict[str, str]) -> dict[str, str]:
    return {n.removeprefix(prefix): cell for n, cell in cells.items() if n.startswith(prefix)}


_RULES: dict[str, tuple[Callable[[str], object], str]] = {
    "email": (
        lambda cell: all(_MAIL.fullmatch(one) for one in _several(cell)),
        "Write mail addresses, such as ada@example.com, with ; between them.",
    ),
    "domain": (_DOMAIN.fullmatch, "Write a mail domain, such as example.com."),
    "language": (_LANGUAGE.fullmatch, "Name the language as BCP 47 does, such as de or pt-BR."),
    "time_zone": (
        lambda cell: cell in available_timezones(),
        "Name the time zone as the IANA database does, such as Europe/Berlin.",
    ),
    "plan": (_CODE.fullmatch, "A plan is a code: lower case letters, digits, _ . and -."),
    "vip": (lambda cell: cell.casefold() in _VIP, "Write yes or no."),
    "name": (lambda cell: len(cell) <= MOST_CHARACTERS, "This is too long for a name."),
}
