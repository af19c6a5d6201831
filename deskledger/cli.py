"""The command `deskledger`: one typer application, one module a group of commands.

Whatever goes wrong is a sentence on standard error and exit code 1 (`errors.py`).
"""

import logging
import sys
from typing import Annotated

import typer

from deskledger import (
    contacts,
    dead_letters,
    desk,
    exporting,
    imports,
    mail,
    master_key,
    rebuilding,
    stack,
    suspended,
    tickets,
    tokens,
    topics,
    users,
    verifying,
)
from deskledger import log as event_log
from deskledger.demo import command as demo
from deskledger.errors import sentence
from deskledger.history import command as history
from deskledger.shell import say

INTERRUPTED = 130
log = logging.getLogger(__name__)

app = typer.Typer(
    name="deskledger",
    help="An event-sourced helpdesk on Apache Kafka and MongoDB.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)
app.add_typer(stack.app)
app.add_typer(demo.app)
app.add_typer(topics.app, name="topics")
app.add_typer(tickets.app, name="ticket")
app.add_typer(contacts.app, name="contact")
app.add_typer(imports.app, name="contacts")
app.add_typer(mail.app, name="mail")
app.add_typer(history.app, name="import")
app.add_typer(exporting.app)
app.add_typer(desk.app, name="desk")
app.add_typer(event_log.app, name="log")
app.add_typer(verifying.app)
app.add_typer(rebuilding.app)
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(suspended.app, name="suspended")
app.add_typer(tokens.app)
app.add_typer(users.app, name="user")
app.add_typer(master_key.app, name="master-key")


@app.callback()
def options(
    debug: Annotated[
        bool, typer.Option("--debug", help="show tracebacks and clients' logs")
    ] = False,
) -> None:
    if debug:
        logging.disable(logging.NOTSET)


def main() -> None:
    logging.basicConfig(level=logging.INFO)
    logging.disable(logging.CRITICAL)  # our sentence says it better than a client's log
    try:
        app()
    except KeyboardInterrupt:
        sys.exit(INTERRUPTED)
    except Exception as error:
        log.exception("the command failed")
        say(sentence(error))
        sys.exit(1)
