"""Writes docs/reference/configuration.md from the Settings classes; --check fails on drift."""

import argparse
import importlib
import sys
from pathlib import Path

from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from libs.settings import CHECKOUT, Settings

PAGE = CHECKOUT / "docs" / "reference" / "configuration.md"
HEAD = """\
# Configuration

Every process reads its settings from the environment and, where the local stack runs, from
`.deskledger/env`; the environment wins. The defaults suit the local stack on its usual ports.
Written by `make docs` from the classes: do not edit.
"""


def subclasses() -> list[type[Settings]]:
    """The Settings of services and adapters: what their `settings.py` files define, by path."""
    found: list[type[Settings]] = []
    for path in sorted(CHECKOUT.glob("services/*/settings.py")) + sorted(
        CHECKOUT.glob("adapters/*/settings.py")
    ):
        name = ".".join(path.relative_to(CHECKOUT).with_suffix("").parts)
        module = importlib.import_module(name)
        found += [
            value
            for value in vars(module).values()
            if isinstance(value, type) and issubclass(value, Settings) and value.__module__ == name
        ]
    return found


def row(name: str, field: FieldInfo) -> str:
    default = "" if field.default is None else str(to_jsonable_python(field.default))
    shown = f"`{default}`" if default else "none"
    return f"| `DESKLEDGER_{name.upper()}` | {shown} | {field.description} |"


def section(title: str, fields: dict[str, FieldInfo]) -> str:
    rows = "\n".join(row(name, field) for name, field in fields.items())
    return f"\n## {title}\n\n| variable | default | meaning |\n|---|---|---|\n{rows}\n"


def page() -> str:
    common = Settings.model_fields
    text = HEAD + section("Every process", common)
    for cls in subclasses():
        own = {name: field for name, field in cls.model_fields.items() if name not in common}
        text += section(cls.__module__.rpartition(".")[0].replace(".", "/"), own)
    return text


def main(path: Path = PAGE) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    if not parser.parse_args().check:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(page())
    elif not path.exists() or path.read_text() != page():
        sys.exit(f"{path.relative_to(CHECKOUT)} is out of date: run `make docs` and commit it")


if __name__ == "__main__":
    main()
