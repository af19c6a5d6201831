"""A desk's setup as a TOML file, and the way from what is to what a file says. Pure but for read.

A kind that the file does not mention stays. One that it mentions is replaced as a whole, except
macros and canned replies: those are known by their names, and others stay beside them.
"""

import difflib
import json
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from pydantic import ValidationError

from deploy.local import Problem
from services.gateway.http import setup_bodies as b
from services.gateway.http.bodies import Body, Code

Json = Mapping[str, object]


class FieldInFile(b.FieldOfTickets):
    """A field, with its code."""

    field: Code


class BrandInFile(b.BrandOfDesk):
    """A brand, with its code."""

    brand: Code


class LetterInFile(b.LetterOfDesk):
    """A letter's templates, with their code."""

    letter: Code


class CorrespondenceInFile(b.CorrespondenceOfBrand):
    """How a brand writes, with its code."""

    brand: Code


class DepartmentInFile(b.DepartmentOfDesk):
    """A department, with its code."""

    department: Code


class DeskFile(Body):
    """Everything that a file may say. None: nothing about it."""

    tiers: int | None = None
    undo_send: int | None = None
    close_after: int | None = None
    light_replies: bool | None = None
    resolution_codes: tuple[Code, ...] | None = None
    categories: tuple[Code, ...] | None = None
    priority_matrix: b.PriorityMatrix | None = None
    labels: tuple[b.LabelsOfStatus, ...] | None = None
    fields: tuple[FieldInFile, ...] | None = None
    solve_rules: tuple[b.RuleOfSolving, ...] | None = None
    brands: tuple[BrandInFile, ...] | None = None
    letters: tuple[LetterInFile, ...] | None = None
    correspondence: tuple[CorrespondenceInFile, ...] | None = None
    departments: tuple[DepartmentInFile, ...] | None = None
    macros: tuple[b.Macro, ...] | None = None
    canned_replies: tuple[b.CannedReply, ...] | None = None


class Change(NamedTuple):
    """One definition. what: for people; difference: in lines that begin with + and -."""

    what: str
    method: str
    path: str
    body: Json | None
    difference: str


def read(path: Path) -> DeskFile:
    """The file. Raises Problem with what is wrong in it."""
    try:
        return DeskFile.model_validate(tomllib.loads(path.read_text("utf-8")))
    except OSError as error:
        raise Problem(f"{path} cannot be read: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Problem(f"{path} is no TOML: {error}") from error
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        raise Problem(f"{path}, {where}: {first['msg']}.") from error


def written(desk: DeskFile) -> str:
    """The file's text. Tables of which there is none are left out, so that one can be added."""
    parts: dict[str, object] = {
        key: value
        for key, value in desk.model_dump(mode="json", exclude_none=True).items()
        if value or key not in _OF_TABLES
    }
    lines = [f"{key} = {_toml(value)}\n" for key, value in parts.items() if not _is_table(value)]
    for key, value in parts.items():
        for table in value if isinstance(value, list) and _is_table(value) else [value]:
            if isinstance(table, dict):
                head = f"[[{key}]]" if isinstance(value, list) else f"[{key}]"
                rows = "".join(f"{name} = {_toml(one)}\n" for name, one in table.items())
                lines.append(f"\n{head}\n{rows}")
    return "".join(lines)


def changes(now: DeskFile, wanted: DeskFile, places: Mapping[str, str]) -> Sequence[Change]:
    """What leads from one to the other, in an order that works: what others need is defined before
    them, and goes after them. places: addresses of macros and canned replies, by kind and name."""
    return [
        *_lists(now, wanted, ("labels", "categories", "priority_matrix", "resolution_codes")),
        *_parts(now, wanted, "fields", "field", ("PUT",)),
        *_lists(now, wanted, ("solve_rules",)),
        *_parts(now, wanted, "fields", "field", ("DELETE",)),
        *_parts(now, wanted, "brands", "brand", ("DELETE", "PUT")),
        *_parts(now, wanted, "letters", "letter", ("DELETE", "PUT")),
        *_parts(now, wanted, "correspondence", "brand", ("PUT",)),
        *_parts(now, wanted, "departments", "department", ("DELETE", "PUT")),
        *_lists(now, wanted, ("tiers", "undo_send", "close_after", "light_replies")),
        *_words(now, wanted, places),
    ]


_OF_TABLES = (
    "labels",
    "fields",
    "solve_rules",
    "brands",
    "letters",
    "correspondence",
    "departments",
    "macros",
    "canned_replies",
)
# What a definition's body calls the whole.
_NAMES = {
    "resolution_codes": "codes",
    "solve_rules": "rules",
    "tiers": "highest",
    "undo_send": "seconds",
    "close_after": "seconds",
}


def _lists(now: DeskFile, wanted: DeskFile, kinds: Sequence[str]) -> Iterator[Change]:
    before, after = _dumped(now), _dumped(wanted)
    for kind in kinds:
        value = after[kind]
        if value is not None and value != before[kind]:
            body = value if isinstance(value, dict) else {_NAMES.get(kind, kind): value}
            path = f"desk/{kind.replace('_', '-')}"
            yield Change(kind, "PUT", path, body, _difference(kind, before[kind], value))


def _parts(
    now: DeskFile, wanted: DeskFile, kind: str, name: str, methods: Sequence[str]
) -> Iterator[Change]:
    before, after = _by(now, kind, name), _by(wanted, kind, name)
    if _dumped(wanted)[kind] is None:
        return
    for method in methods:
        # What was defined later may need what was there before.
        gone = [code for code in reversed(before) if code not in after]
        for code in gone if method == "DELETE" else after:
            if before.get(code) == after.get(code):
                continue
            what, path = f"{kind} {code}", f"desk/{kind}/{code}"
            body = {key: value for key, value in after.get(code, {}).items() if key != name}
            difference = _difference(what, before.get(code), after.get(code))
            yield Change(what, method, path, body or None, difference)


def _words(now: DeskFile, wanted: DeskFile, places: Mapping[str, str]) -> Iterator[Change]:
    for kind, names in (("macros", ("name",)), ("canned_replies", ("name", "language", "team_id"))):
        before = _by(now, kind, *names)
        for name, one in _by(wanted, kind, *names).items():
            if one == before.get(name):
                continue
            what = f"{kind} {name}"
            place = places.get(what)
            method, path = ("PUT", place) if place else ("POST", kind.replace("_", "-"))
            yield Change(what, method, path, one, _difference(what, before.get(name), one))


def _by(desk: DeskFile, kind: str, *names: str) -> dict[str, dict[str, object]]:
    """The tables of a kind, by what they are known by."""
    tables = _dumped(desk)[kind]
    if not isinstance(tables, list):
        return {}
    return {" ".join(str(table[name]) for name in names): table for table in tables}


def _dumped(desk: DeskFile) -> dict[str, object]:
    return desk.model_dump(mode="json")


def _difference(what: str, before: object, after: object) -> str:
    old, new = _pretty(before), _pretty(after)
    lines = [line for line in difflib.ndiff(old, new) if line[0] in "+-"]
    return f"{what}\n" + "".join(f"  {line}\n" for line in lines)


def _pretty(value: object) -> list[str]:
    if value is None:
        return []
    return json.dumps(value, ensure_ascii=False, indent=1).splitlines()


def _is_table(value: object) -> bool:
    """Whether TOML writes it under a heading."""
    if isinstance(value, list):
        return bool(value) and all(isinstance(one, dict) for one in value)
    return isinstance(value, dict)


def _toml(value: object) -> str:
    """A value on one line. TOML's strings, numbers and booleans are JSON's."""
    if isinstance(value, dict):
        inner = ", ".join(f"{json.dumps(key)} = {_toml(one)}" for key, one in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    return json.dumps(value, ensure_ascii=False)
