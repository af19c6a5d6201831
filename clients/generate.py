"""Writes the Python client from the interface's own description; --check fails on drift.

The shapes come from datamodel-code-generator; the calls from a page of templates below, once for
each of the two clients.
"""

import argparse
import asyncio
import json
import re
import subprocess
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from keyword import iskeyword
from pathlib import Path
from textwrap import indent, wrap
from typing import cast

from libs.settings import CHECKOUT
from services.gateway.reference import Json, description

PACKAGE = CHECKOUT / "clients" / "python" / "deskledger_client"
_HEAD = '"""{}. Written by `make docs` from the interface\'s description: do not edit."""\n\n'
# What a schema says beside its type.
_BOUNDS = {
    *("pattern", "minLength", "maxLength", "minimum", "maximum", "exclusiveMinimum"),
    *("exclusiveMaximum", "minItems", "maxItems", "uniqueItems", "multipleOf"),
    *("format", "title", "default"),
}
_PLAIN = {"string": "str", "integer": "int", "number": "float", "boolean": "bool"}


def files(description: Json) -> dict[Path, str]:
    """What stands in the files that are written, by their path."""
    areas = calls(description)
    blocking = _blocking((PACKAGE / "asynchronous.py").read_text(), areas)
    return {
        PACKAGE / "models.py": models(description),
        PACKAGE / "areas.py": _formatted(areas),
        PACKAGE / "blocking_areas.py": _formatted(blocking[1]),
        PACKAGE / "blocking.py": _formatted(blocking[0]),
    }


def models(description: Json) -> str:
    """The shapes of bodies and pages, as TypedDicts."""
    with tempfile.TemporaryDirectory() as folder:
        told = Path(folder) / "openapi.json"
        told.write_text(json.dumps(_shape(description)))
        written = Path(folder) / "models.py"
        subprocess.run(
            [
                *(sys.executable, "-m", "datamodel_code_generator"),
                *("--input", str(told), "--input-file-type", "openapi", "--output", str(written)),
                *("--output-model-type", "typing.TypedDict", "--target-python-version", "3.11"),
                *("--use-schema-description", "--use-union-operator", "--disable-timestamp"),
                *("--use-standard-collections", "--formatters", "builtin"),
                "--disable-future-imports",
            ],
            check=True,
            capture_output=True,
        )
        body = re.sub(r"\A(#.*\n)+\s*", "", written.read_text())
    return _formatted(_HEAD.format("Bodies and pages") + body.replace(", closed=True", ""))


def _shape(told: object) -> object:
    """A description without what a type does not say: bounds, patterns, formats."""
    if isinstance(told, list):
        return list(map(_shape, told))
    if not isinstance(told, dict):
        return told
    return {
        name: {key: _shape(each) for key, each in value.items()}
        if name == "properties"
        else _shape(value)
        for name, value in told.items()
        if name not in _BOUNDS
    }


def calls(description: Json) -> str:
    """A class for each area of the interface, with a method for each operation."""
    areas: dict[str, list[str]] = defaultdict(list)
    schemas = cast(Mapping[str, Json], cast(Json, description["components"])["schemas"])
    for path, operations in cast(Mapping[str, Mapping[str, Json]], description["paths"]).items():
        for method, operation in operations.items():
            area, _, name = str(operation["operationId"]).partition(".")
            areas[area] += _methods(name, method.upper(), path, operation, schemas)
    written = [_HEAD.format("Every operation, by what it is about"), _IMPORTS]
    written += [
        f"class {_class_of(area)}(_Area):\n"
        f'    """{area.replace("_", " ").capitalize()}."""\n\n' + indent("\n".join(methods), "    ")
        for area, methods in areas.items()
    ]
    members = "".join(f"        self.{area} = {_class_of(area)}(caller)\n" for area in areas)
    return "\n\n".join([*written, _AREAS.format(members=members)])


_IMPORTS = """\
from collections.abc import AsyncIterator, Sequence
from typing import Literal, Protocol, cast
from urllib.parse import quote

from typing_extensions import Unpack

from deskledger_client import models
from deskledger_client.core import Call, Json, Page


class Caller(Protocol):
    \"\"\"Who makes the calls.\"\"\"

    async def call(self, call: Call) -> Page: ...

    def pages(self, call: Call, next: str) -> AsyncIterator[Json]: ...

    def pieces(self, call: Call) -> AsyncIterator[bytes]: ...


class _Area:
    def __init__(self, caller: Caller) -> None:
        self._caller = caller


def _in(part: str | int) -> str:
    return quote(str(part), safe="")
"""
_AREAS = '''class Areas:
    """All of them."""

    def __init__(self, caller: Caller) -> None:
{members}'''


def _methods(
    name: str, method: str, path: str, operation: Json, schemas: Mapping[str, Json]
) -> Iterator[str]:
    parameters = cast(Sequence[Json], operation.get("parameters", []))
    places = [one for one in parameters if one.get("in") == "path"]
    query = [one for one in parameters if one.get("in") == "query"]
    arguments = ["self", *(f"{one['name']}: {_place_type(one)}" for one in places)]
    if places:
        arguments.append("/")
    body = _body_of(operation)
    takes_file = _takes_file(operation)
    if takes_file:
        arguments += ["content: bytes", "/"]
    if query:
        arguments.append("*")
        arguments += [
            f"{_python(one['name'])}: {_type(cast(Json, one['schema']))} | None = None"
            for one in query
        ]
    if body:
        arguments.append(f"**body: Unpack[models.{body}]")
    url = re.sub(r"\{(\w+)\}", r"{_in(\1)}", path)
    call = f'Call("{method}", {"f" if places else ""}"{url}"'
    if query:
        call += (
            ", query={"
            + ", ".join(f'"{one["name"]}": {_python(one["name"])}' for one in query)
            + "}"
        )
    call += ", content=content" if takes_file else ""
    call += ", body=cast(Json, body))" if body else ")"
    said = _docstring(operation)
    result = _result(operation)
    head = ", ".join(arguments)
    if result is None:
        yield (
            f"def {name}({head}) -> AsyncIterator[bytes]:\n{said}"
            f"    return self._caller.pieces({call})\n"
        )
        return
    yield (
        f"async def {name}({head}) -> {result}:\n{said}"
        f"    return cast({result!r}, await self._caller.call({call}))\n"
    )
    names = {str(one["name"]) for one in query}
    item = _item(result, schemas)
    if item and (
        following := next((one for one in ("cursor", "after", "before") if one in names), "")
    ):
        head = ", ".join(one for one in arguments if not one.startswith(f"{following}:"))
        call = re.sub(rf'"{following}": {following}(, )?', "", call)
        yield (
            f"def {name}_all({head.removesuffix(', *')}) -> AsyncIterator[{item}]:\n"
            f'    """The same, page after page."""\n'
            f"    pages = self._caller.pages({call}, {following!r})\n"
            f"    return cast({f'AsyncIterator[{item}]'!r}, pages)\n"
        )


def _docstring(operation: Json) -> str:
    words = " ".join(str(operation.get("description", "")).split())
    lines = wrap(f'"""{words}"""', 90)
    return indent("\n".join(lines), "    ") + "\n"


def _takes_file(operation: Json) -> bool:
    """Whether its body is a file, of whatever type."""
    return "*/*" in cast(Json, cast(Json, operation.get("requestBody", {})).get("content", {}))


def _body_of(operation: Json) -> str:
    content = cast(Json, cast(Json, operation.get("requestBody", {})).get("content", {}))
    for media in content.values():
        schema = cast(Json, cast(Json, media)["schema"])
        choices = cast(Sequence[Json], schema.get("anyOf", [schema]))
        return str(choices[0].get("$ref", "")).rpartition("/")[2]
    return ""


def _result(operation: Json) -> str | None:
    """The type of its page; None for what is no JSON."""
    answers = cast(Mapping[str, Json], operation["responses"])
    kinds = [
        cast(Json, media.get("schema", {}))
        for status, answer in answers.items()
        if status in ("200", "201", "202")
        for kind, media in cast(Mapping[str, Json], answer.get("content", {})).items()
        if kind == "application/json" and media.get("schema")
    ]
    return _type(_first(kinds[0])) if kinds else None


def _item(result: str, schemas: Mapping[str, Json]) -> str:
    """The type of what its pages list; "" where it is no list of pages."""
    shape = cast(
        Mapping[str, Json], schemas.get(result.removeprefix("models."), {}).get("properties", {})
    )
    if not {"items", "next"} <= set(shape):
        return ""
    return _type(_first(_first(shape["items"])["items"]))


def _first(schema: object) -> Json:
    """Agents' pages stand first; a customer's or an analyst's have some of their fields."""
    return cast(Sequence[Json], cast(Json, schema).get("anyOf", [schema]))[0]


def _place_type(parameter: Json) -> str:
    return "int" if cast(Json, parameter["schema"]).get("type") == "integer" else "str | int"


def _type(schema: Json) -> str:
    """A schema as a type; what may be null is what may be left out."""
    if "$ref" in schema:
        return f"models.{str(schema['$ref']).rpartition('/')[2]}"
    if "anyOf" in schema:
        choices = [
            one for one in cast(Sequence[Json], schema["anyOf"]) if one.get("type") != "null"
        ]
        return " | ".join(dict.fromkeys(map(_type, choices)))
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, cast(Sequence[object], schema['enum'])))}]"
    if "const" in schema:
        return f"Literal[{schema['const']!r}]"
    if schema.get("type") == "array":
        return f"Sequence[{_type(cast(Json, schema.get('items', {})))}]"
    return _PLAIN.get(str(schema.get("type")), "object")


def _python(name: object) -> str:
    """A parameter's name, where Python has the word for itself."""
    return f"{name}_" if iskeyword(str(name)) else str(name)


def _class_of(area: str) -> str:
    return "".join(word.capitalize() for word in area.split("_"))


def _blocking(client: str, areas: str) -> tuple[str, str]:
    """The blocking client: the same without async."""
    return _unasync(client), _unasync(areas)


def _unasync(source: str) -> str:
    for before, after in (
        (r"\basync (def|with|for)\b", r"\1"),
        (r"\bawait ", ""),
        (r"\bAsyncIterator\b", "Iterator"),
        (r"\bAsyncClient\b", "Client"),
        (r"__aenter__", "__enter__"),
        (r"__aexit__", "__exit__"),
        (r"\baclose\b", "close"),
        (r"\baread\b", "read"),
        (r"\baiter_bytes\b", "iter_bytes"),
        (r"\basyncio\b", "time"),
        (r"class Client\(", "class BlockingClient("),
        (r'"Client"', '"BlockingClient"'),
        (r"\bClient\(http=", "BlockingClient(http="),
        (
            r"import areas, core",
            "import blocking_areas as areas\nfrom deskledger_client import core",
        ),
        (r'\A"""The asynchronous client', '"""The blocking client'),
    ):
        source = re.sub(before, after, source)
    return source


def _formatted(source: str) -> str:
    ruff = [sys.executable, "-m", "ruff"]
    for command in (
        [*ruff, "check", "--fix", "--quiet", "--exit-zero", "--ignore", "E501", "--stdin-filename"],
        [*ruff, "format", "--quiet", "--stdin-filename"],
    ):
        done = subprocess.run(
            [*command, str(PACKAGE / "areas.py"), "-"],
            input=source,
            check=True,
            capture_output=True,
            text=True,
        )
        source = done.stdout
    return source


def main() -> None:
    """Write the files, or compare them."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="fail if a file has drifted")
    check = arguments.parse_args().check
    for path, source in files(asyncio.run(description())).items():
        if check and (not path.exists() or path.read_text() != source):
            sys.exit(f"{path.relative_to(CHECKOUT)} has drifted: run `make docs`")
        path.write_text(source)


if __name__ == "__main__":
    main()
