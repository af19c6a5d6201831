"""Writes the pages of rules under docs/reference; --check fails on drift.

What a command may be refused with is read from the source of its rule and of the functions that
it calls; the diagram of a ticket's status is drawn by trying commands on tickets of every status.
"""

import argparse
import ast
import inspect
import re
import sys
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from types import FunctionType

import msgspec

from libs import placeholders
from libs.events.aggregate import Moment, Refusal
from libs.events.envelope import Command, Position, Recorded
from libs.events.ids import digest
from libs.events.published import tickets as t
from libs.events.published.messages import ContentRef, MessageFacts
from libs.placeholders import NAMES
from libs.settings import CHECKOUT
from services.intake import conversations, senders
from services.intake.contacts import address, contact, domain, organisation
from services.intake.conversations import decide as conversation_rules
from services.intake.senders import sender
from services.intake.setup import canned_reply, delivery, desk, macro, view, webhook
from services.intake.tickets import TICKET, TicketState, macros
from services.intake.tickets.rooms import ROOMS

FOLDER = CHECKOUT / "docs" / "reference"
Rules = Mapping[type, object]
SETUP = """\
## What a changed setup means

- A definition replaces the whole of its kind. What stands on tickets already stays as it is: a
  ticket with a label, a level, a code, a category or a field that is gone keeps it until it is
  changed, and only then must be given one that there is.
- A setup's version is the sequence of the desk's last event; every event that the setup had a say
  in names it. A new definition is in force as soon as every replica of intake has read it, which
  takes milliseconds; what is decided meanwhile is decided by the one before and says so.
- A solved ticket is closed after the time that held when it was solved.
- A brand belongs to a ticket from its opening on: by the account where its first message came in,
  unless who opens it names another. Its number keeps the prefix that the brand had then.
- A field stays of its type, and personal or not, for ever: tickets have values of it. Retired, it
  can be defined again, but not otherwise.
- A field that a solve rule demands, or that a condition asks for, cannot be retired before that
  is changed. A demanded field that the ticket does not show need not be filled.
- A macro or canned reply that is retired is offered no longer; defined again, it is back.
- Patterns are RE2's: they take time in proportion to the text, whatever they are.
"""
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
HEAD = """\
# {title}: rules

Every command, what it is for, and with which codes it may be refused. A refusal changes nothing
and says what would work; a command whose wish is fulfilled already succeeds and adds nothing. The
fields are in [Events and commands](events.md). Written by `make docs` from the code: do not edit.
"""


def main() -> None:
    """Write the pages, or compare them with what they should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only")
    check = parser.parse_args().check
    pages = {
        "tickets.md": ticket_page(),
        "messages.md": message_page(),
        "contacts.md": contact_page(),
        "setup.md": setup_page(),
    }
    for name, text in pages.items():
        path = FOLDER / name
        if not check:
            path.write_text(text)
        elif not path.exists() or path.read_text() != text:
            sys.exit(f"{path.relative_to(CHECKOUT)} is out of date: run `make docs` and commit it")


def ticket_page() -> str:
    """The page about tickets."""
    parts = [HEAD.format(title="Tickets"), "## Status\n\n" + diagram()]
    for room in (*ROOMS, macros):
        title = room.__name__.rpartition(".")[2].capitalize()
        parts.append(_section(title, room.__doc__ or "", room.RULES))
    return "\n".join(parts)


def message_page() -> str:
    """The page about messages from outside, before they are a ticket's, and about senders."""
    return "\n".join(
        [
            HEAD.format(title="Messages and senders"),
            _section("Conversation", conversations.__doc__ or "", conversation_rules.RULES),
            _section("Sender", senders.__doc__ or "", sender.RULES),
        ]
    )


def contact_page() -> str:
    """The page about contacts, their addresses, organisations and mail domains."""
    parts = [HEAD.format(title="Contacts")]
    for module in (contact, address, organisation, domain):
        title = module.__name__.rpartition(".")[2].capitalize()
        parts.append(_section(title, module.__doc__ or "", module.RULES))
    return "\n".join(parts)


def setup_page() -> str:
    """The page about what a desk sets up for itself."""
    parts = [HEAD.format(title="Setup"), SETUP]
    for module in (desk, macro, canned_reply, view, webhook, delivery):
        title = module.__name__.rpartition(".")[2].replace("_", " ").capitalize()
        parts.append(_section(title, module.__doc__ or "", module.RULES))
    parts.append(_placeholders())
    return "\n".join(parts)


def _placeholders() -> str:
    rows = "\n".join(
        f"| `{{{{{name}}}}}` | {'no' if there else 'yes'} |" for name, there in NAMES.items()
    )
    about = inspect.getdoc(placeholders) or ""
    text = re.sub(r"``(.+?)``(?!`)", r"`\1`", about.partition("\n\n")[2])
    return f"## Placeholders\n\n{text}\n\n| name | can be empty |\n|---|---|\n{rows}\n"


def _section(title: str, about: str, rules: Rules) -> str:
    rows = "\n".join(
        f"| `{command.__name__}` | {_first_sentence(command)} | {_codes(rule)} |"
        for command, rule in rules.items()
    )
    about = about.partition("\n\n")[0].replace("\n", " ")
    return f"## {title}\n\n{about}\n\n| command | | refused with |\n|---|---|---|\n{rows}\n"


def _first_sentence(command: type) -> str:
    text = " ".join((inspect.getdoc(command) or "").split("\n\n")[0].split())
    return re.sub(r"``([^`]+)``", r"`\1`", text)


def _codes(rule: object) -> str:
    found = sorted(set(refusals(rule)))
    return ", ".join(f"`{code}`" for code in found)


def refusals(rule: object, seen: set[object] | None = None) -> Iterable[str]:
    """The codes of every Refusal in a function and in those of intake that it calls."""
    seen = set() if seen is None else seen
    if not isinstance(rule, FunctionType) or rule in seen:
        return
    seen.add(rule)
    for node in ast.walk(ast.parse(textwrap.dedent(inspect.getsource(rule)))):
        if not isinstance(node, ast.Call):
            continue
        called = node.func
        if isinstance(called, ast.Name):
            if called.id == "Refusal" and node.args and isinstance(node.args[0], ast.Constant):
                yield str(node.args[0].value)
            callee = rule.__globals__.get(called.id)
            if (getattr(callee, "__module__", "") or "").startswith("services.intake."):
                yield from refusals(callee, seen)


def diagram() -> str:
    """The status of a ticket and the events that change it, as a Mermaid diagram."""
    edges: dict[tuple[str, str], set[str]] = {}
    first = TICKET.evolve(TICKET.state(), _recorded(_opening(), 1))
    edges["[*]", str(first.status)] = {"TicketOpened"}
    reached: dict[tuple[object, ...], tuple[TicketState, int]] = {_kind(first): (first, 1)}
    ahead = [_kind(first)]
    while ahead:
        state, sequence = reached[ahead.pop()]
        for wish in _wishes(sequence):
            after, there, events = state, sequence, _events(state, wish)
            for event in events:
                there += 1
                before = str(after.status)
                after = TICKET.evolve(_copy(after), _recorded(event, there))
                if after.status != before:
                    edges.setdefault((before, str(after.status)), set()).add(type(event).__name__)
            if _kind(after) not in reached:
                reached[_kind(after)] = (after, there)
                ahead.append(_kind(after))
    lines = [
        f"    {before} --> {after}: {', '.join(sorted(names))}"
        for (before, after), names in sorted(edges.items())
    ]
    return "```mermaid\nstateDiagram-v2\n" + "\n".join(lines) + "\n```\n"


def _kind(state: TicketState) -> tuple[object, ...]:
    """What makes a difference to which status may follow."""
    revived = state.revival.status if state.revival is not None else ""
    before = state.status_before_end if state.status == "closed" else ""
    return (state.status, state.ended_as, bool(state.merged_into), revived, before)


def _wishes(sequence: int) -> Sequence[msgspec.Struct]:
    """Commands that a status may depend on."""
    return (
        t.LabelStatus("in_progress"),
        t.AssignTicket("anna"),
        t.MarkPending(),
        t.PutOnHold("vendor"),
        t.SolveTicket("workaround"),
        t.ReopenTicket(),
        t.CloseTicket(),
        t.CancelTicket(),
        t.MarkSpam(),
        t.MarkNotSpam(),
        t.MergeTicket("t-2", 1),
        t.UnmergeTicket(),
        t.AddCustomerMessage("p-1", _words(), digest(str(sequence))),
        *(t.MarkNeedsNoReply(n) for n in range(2, sequence + 1)),
    )


def _events(state: TicketState, wish: msgspec.Struct) -> Sequence[msgspec.Struct]:
    command: Command[object] = Command(data=wish, aggregate_id="t-1", actor="agent:anna")
    try:
        return TICKET.decide(_copy(state), command, Moment(NOW, 1, TICKET.setup))
    except Refusal:
        return []


def _copy(state: TicketState) -> TicketState:
    return msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=TicketState)


def _opening() -> t.TicketOpened:
    return t.TicketOpened(1, "p-1", "support", _words(), digest("opening"))


def _words() -> MessageFacts:
    rendition = ContentRef(id="words", size=1, media_type="text/plain", sha256="")
    return MessageFacts("chat", "in", "customer", "public", rendition, NOW)


def _recorded(data: msgspec.Struct, sequence: int) -> Recorded[object]:
    return Recorded(
        data=data,
        event_id=f"e-{sequence}",
        type=type(data).__name__,
        version=1,
        aggregate_id="t-1",
        sequence=sequence,
        occurred_at=NOW,
        recorded_at=NOW,
        actor="agent:anna",
        correlation_id="",
        causation_id="",
        input="",
        aggregate_prev="",
        partition_prev="",
        position=Position("tickets.events", 0, sequence),
    )


if __name__ == "__main__":
    main()
