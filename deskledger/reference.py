"""Writes docs/reference/cli.md from the commands themselves; --check fails on drift."""

import argparse
import sys

from typer import Context
from typer.cli import get_docs_for_click
from typer.main import get_command

from deskledger.cli import app
from libs.settings import CHECKOUT

PAGE = CHECKOUT / "docs" / "reference" / "cli.md"
NOTE = """\
Results go to standard output, everything else to standard error. In a pipe there is no colour and
nothing that moves. What goes wrong is one sentence and exit code 1; `deskledger --debug ...` shows
where. Written by `make docs` from the commands: do not edit.
"""


def page() -> str:
    command = get_command(app)
    context = Context(command, info_name="deskledger")
    written = get_docs_for_click(
        obj=command, ctx=context, name="deskledger", title="The command line"
    )
    title, rest = written.split("\n\n", 1)
    return f"{title}\n\n{NOTE}\n{rest.rstrip()}\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    if not parser.parse_args().check:
        PAGE.write_text(page())
    elif not PAGE.exists() or PAGE.read_text() != page():
        sys.exit(f"{PAGE.relative_to(CHECKOUT)} is out of date: run `make docs` and commit it")


if __name__ == "__main__":
    main()
