"""Objects out of an export's files, one at a time: JSON lines, one array, or pages of an API.

What an object is says the name of the list that holds it (`{"tickets": [...]}`), else that of its
file (`tickets.jsonl`, `users-2.json`).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import IO, NamedTuple

import ijson
import msgspec

from deploy.local import Problem
from deskledger.history.model import NotTaken

FOLDER_OF_FILES = "attachments"
LONGEST_LINE = 64_000_000
_SUFFIXES = (".json", ".jsonl", ".ndjson")
_NUMBERED = re.compile(r"[-_. ]*\d*$")
_DEEPEST = 100


class Head(msgspec.Struct):
    """What every object says of itself. ticket_id, o_id: of the ticket that it belongs to."""

    id: int | str | None = None
    ticket_id: int | str | None = None
    o_id: int | str | None = None


class Found(NamedTuple):
    """An object, as JSON, and what it is."""

    kind: str
    id: str
    parent: str
    body: bytes


def objects(path: Path, kinds: Mapping[str, str], only: str) -> Iterator[Found | NotTaken]:
    """Every object of a file or of a folder's files. kinds: by the names of files and lists; only:
    the kind of a single file whose name says nothing. Raises Problem where there is nothing."""
    files = _files(path)
    if not files:
        raise Problem(f"{path} holds no {', '.join(_SUFFIXES)} files: is it the export's folder?")
    for file in files:
        kind = _kind_of(file.stem, kinds)
        if not kind and len(files) == 1:
            kind = only
        yield from _read(file, kind, kinds)


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(
        file
        for file in path.rglob("*")
        if file.suffix in _SUFFIXES
        and file.is_file()
        and FOLDER_OF_FILES not in file.relative_to(path).parts
    )


def _kind_of(name: str, kinds: Mapping[str, str]) -> str:
    return kinds.get(_NUMBERED.sub("", name.casefold()).replace("-", "_"), "")


def _read(file: Path, kind: str, kinds: Mapping[str, str]) -> Iterator[Found | NotTaken]:
    with file.open("rb") as opened:
        first = opened.readline(LONGEST_LINE)
        while first and not first.strip():
            first = opened.readline(LONGEST_LINE)
    begins = first.lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    if begins == b"[":
        yield from _streamed(file, "item", kind)
    elif begins == b"{" and _is_whole(first):
        yield from _lines(file, kind, kinds)
    elif begins == b"{":
        yield from _lists(file, kind, kinds)
    elif begins:
        yield NotTaken("file", file.name, "", "It is no JSON: neither objects nor an array.")


def _is_whole(line: bytes) -> bool:
    try:
        msgspec.json.decode(line.removeprefix(b"\xef\xbb\xbf"))
    except (msgspec.DecodeError, RecursionError):
        return False
    return True


def _lines(file: Path, kind: str, kinds: Mapping[str, str]) -> Iterator[Found | NotTaken]:
    with file.open("rb") as opened:
        number = 0
        while line := opened.readline(LONGEST_LINE):
            number += 1
            if not (line := line.removeprefix(b"\xef\xbb\xbf").strip()):
                continue
            try:
                one = msgspec.json.decode(line, type=dict[str, msgspec.Raw])
            except (msgspec.DecodeError, RecursionError):
                where = f"line {number}"
                yield NotTaken("file", file.name, where, "It is no JSON object.")
                continue
            # What has an id is an object, whatever lists it has; a page of an API has none.
            lists = {} if "id" in one else {name: _kind_of(name, kinds) for name in one}
            if not any(_is_list(one[name]) for name, known in lists.items() if known):
                yield _found(line, kind, file, f"line {number}")
                continue
            for name, known in lists.items():
                if known and _is_list(one[name]):
                    for each in msgspec.json.decode(one[name], type=list[msgspec.Raw]):
                        yield _found(bytes(each), known, file, f"line {number}")


def _is_list(raw: msgspec.Raw) -> bool:
    return bytes(raw).startswith(b"[")


def _lists(file: Path, kind: str, kinds: Mapping[str, str]) -> Iterator[Found | NotTaken]:
    """An object over several lines: its lists, or itself."""
    names = _names(file)
    names = [] if "id" in names else [name for name in names if _kind_of(name, kinds)]
    for name in names:
        yield from _streamed(file, f"{name}.item", _kind_of(name, kinds))
    if not names:
        yield from _streamed(file, "", kind)


def _names(file: Path) -> list[str]:
    with file.open("rb") as opened:
        try:
            events = ijson.parse(_bounded(opened))
            return [value for prefix, event, value in events if event == "map_key" and not prefix]
        except (ijson.JSONError, UnicodeDecodeError):
            return []


def _streamed(file: Path, prefix: str, kind: str) -> Iterator[Found | NotTaken]:
    with file.open("rb") as opened:
        number = 0
        try:
            each: Iterable[object] = ijson.items(ijson.parse(_bounded(opened)), prefix)
            for number, one in enumerate(each, 1):
                where = f"object {number}"
                try:
                    body = msgspec.json.encode(one)
                except UnicodeEncodeError:  # half of a pair of surrogates
                    yield NotTaken("file", file.name, where, "It has half a character.")
                    continue
                yield _found(body, kind, file, where)
        except (ijson.JSONError, UnicodeDecodeError, RecursionError):
            where = f"after object {number}"
            yield NotTaken("file", file.name, where, "It is no JSON from here on: is it whole?")


def _bounded(opened: IO[bytes]) -> Iterator[tuple[str, object]]:
    """The events of a JSON text. Raises JSONError for one that is nested without measure, for which
    ijson would take time with the square of its depth."""
    depth = 0
    for event, value in ijson.basic_parse(opened, use_float=True):
        if event in ("start_array", "start_map"):
            depth += 1
            if depth > _DEEPEST:
                raise ijson.JSONError(f"nested more than {_DEEPEST} deep")
        elif event in ("end_array", "end_map"):
            depth -= 1
        yield event, value


def _found(body: bytes, kind: str, file: Path, where: str) -> Found | NotTaken:
    if not kind:
        return NotTaken("file", file.name, where, "Neither its list nor its file says what it is.")
    try:
        head = msgspec.json.decode(body, type=Head)
    except (msgspec.DecodeError, RecursionError):
        return NotTaken("file", file.name, where, "It is no JSON object.")
    if head.id is None:
        return NotTaken("file", file.name, where, "It has no id.")
    ticket = head.o_id if head.ticket_id is None else head.ticket_id
    parent = "" if ticket is None else str(ticket)
    return Found(kind, str(head.id), parent, body)
