"""Writes docs/reference/events.md and asyncapi.json from the catalogue; --check fails on drift."""

import argparse
import inspect
import re
import sys
import types
from collections.abc import Mapping
from datetime import datetime
from typing import Literal, Union, get_args, get_origin

import msgspec

from libs.events import asyncapi, topics
from libs.events.asyncapi import AGGREGATES, COMMAND_HEADERS, EVENT_HEADERS, aggregate_of, entries
from libs.events.personal import Personal
from libs.events.published.messages import Code, Reference
from libs.settings import CHECKOUT

FOLDER = CHECKOUT / "docs" / "reference"
HEAD = """\
# Events and commands

What the services tell each other through Kafka, one record each: the key is the aggregate's id,
the value the JSON of the fields below, everything else stands in headers. Fields at their default
are left out. A *personal* field is `{"key": …, "sealed": …}`: encrypted under its person's key and
unreadable once that key is erased. Words and files are never here; a `ContentRef` names them in
the content store. The same for machines: [asyncapi.json](asyncapi.json).
Written by `make docs` from the catalogue: do not edit.
"""
Shapes = dict[str, type[msgspec.Struct]]


def page() -> str:
    """The reference page."""
    shapes: Shapes = {}
    parts = [HEAD]
    parts.append(_headers("an event", EVENT_HEADERS))
    parts.append(_headers("a command", COMMAND_HEADERS))
    for module in AGGREGATES:
        aggregate = aggregate_of(module)
        parts.append(f"## {aggregate.title()}\n\n{_prose(module)}\n")
        for title, kind, topic in (
            ("Events", "event", topics.events(aggregate)),
            ("Commands", "command", topics.commands(aggregate)),
        ):
            parts.append(f"### {title} of {aggregate}\n\nTopic `{topic}`.\n")
            parts += [
                _section(f"{entry.name} (version {entry.version})", entry.cls, shapes)
                for entry in entries(aggregate, kind)
            ]
    parts.append("## Shapes\n\nWhat stands inside of them.\n")
    described: set[str] = set()
    while missing := sorted(shapes.keys() - described):
        parts.append(_section(missing[0], shapes[missing[0]], shapes))
        described.add(missing[0])
    return "\n".join(parts)


def _headers(of_what: str, meanings: Mapping[str, str]) -> str:
    rows = "\n".join(f"| `{name}` | {meaning} |" for name, meaning in meanings.items())
    return f"## Headers of {of_what}\n\n| header | what stands in it |\n|---|---|\n{rows}\n"


def _section(title: str, cls: type[msgspec.Struct], shapes: Shapes) -> str:
    text = f"#### {title}\n\n{_prose(cls)}\n"
    fields = msgspec.structs.fields(cls)
    if not fields:
        return text
    rows = "\n".join(
        f"| `{field.encode_name}` | {_words(field.type, shapes)} | {_default(field)} |"
        for field in fields
    )
    return f"{text}\n| field | type | default |\n|---|---|---|\n{rows}\n"


def _default(field: msgspec.structs.FieldInfo) -> str:
    if field.required:
        return ""
    match field.default:
        case "":
            return "empty"
        case ():
            return "none"
        case None:
            return "none"
        case other:
            return f"`{other}`"


def _words(annotation: object, shapes: Shapes) -> str:
    """A type as a reader knows it; notes the shapes that it names."""
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Personal:
        return "*personal* text"
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in arguments)
    if origin is dict:
        return f"fields, each with {_words(arguments[1], shapes)}"
    if origin is tuple:
        return f"list of {_words(arguments[0], shapes)}"
    if origin in (Union, types.UnionType):
        parts = [_words(part, shapes) for part in arguments if part is not type(None)]
        return " or ".join(parts)
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        shapes[annotation.__name__] = annotation
        return f"[{annotation.__name__}](#{annotation.__name__.lower()})"
    return _NAMES[annotation]


_NAMES: Mapping[object, str] = {
    str: "text",
    Code: "code",
    Reference: "reference",
    float: "number",
    int: "number",
    bool: "yes or no",
    datetime: "instant",
    object: "any value",
}


def _prose(thing: object) -> str:
    """A docstring as Markdown."""
    text = inspect.getdoc(thing) or ""
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def main() -> None:
    """Write the two files, or compare them with what they should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    for name, text in (("events.md", page()), ("asyncapi.json", asyncapi.document())):
        path = FOLDER / name
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            sys.exit(f"{path.relative_to(CHECKOUT)} is out of date: run `make docs` and commit it")


if __name__ == "__main__":
    main()
