"""The command `deskledger`: one typer application, one module a group of commands.

A mistake of the user's is a sentence on standard error and exit code 1: commands raise
click.ClickException, or what their library says (Problem).
"""

import sys

import typer
from pydantic import ValidationError

from deploy.local import Problem
from deskledger import stack

app = typer.Typer(
    name="deskledger",
    help="An event-sourced helpdesk on Apache Kafka and MongoDB.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(stack.app)


def main() -> None:
    try:
        app()
    except Problem as problem:
        sys.exit(str(problem))
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}" for each in error.errors()
        )
        sys.exit(f"The configuration ({error.title}) is wrong: {wrong}")
