"""The command `deskledger`: one typer application, one module a group of commands."""

import typer

app = typer.Typer(
    name="deskledger",
    help="An event-sourced helpdesk on Apache Kafka and MongoDB.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


@app.callback()
def root() -> None:
    pass


def main() -> None:
    app()
