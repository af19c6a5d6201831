"""A ticket for people to read: what it is, and its story as a timeline. Pure."""

from collections.abc import Iterable, Iterator, Sequence

from rich.text import Text

from deskledger_client.models import ContactPage, HistoryPage, MessagePage, TicketPage

QUOTED_LINES = 8


def title(ticket: TicketPage) -> Text:
    """Its number and what it is about."""
    return Text(f"Ticket {ticket['number']}: {ticket['subject']}", style="bold")


def facts(ticket: TicketPage) -> Iterator[tuple[str, str]]:
    """What is known of it, by name."""
    messages = ticket["messages"]
    yield "status", ticket["status"]
    yield "customer", f"{ticket['requester']['name']} ({ticket['requester']['id']})"
    yield "agent", ticket["agent_id"] or "nobody"
    if ticket["team_id"]:
        yield "team", ticket["team_id"]
    yield "channel", f"{ticket['channel']}, to {ticket['account']}"
    yield "opened", minutes(ticket["created_at"])
    if ticket["solved_at"]:
        yield "solved", f"{minutes(ticket['solved_at'])}, {ticket['resolution_code']}"
    if ticket["closed_at"]:
        yield "closed", minutes(ticket["closed_at"])
    if ticket["rating"] is not None:
        yield "rating", f"{ticket['rating']} of 5"
    yield (
        "messages",
        f"{messages['customer']} from the customer, {messages['replies']} answers, "
        f"{messages['notes']} notes",
    )
    yield "events", str(ticket["sequence"])
    yield "id", ticket["id"]


def story(history: Iterable[HistoryPage], said: Iterable[MessagePage]) -> Iterator[Text]:
    """Every step with its instant (UTC) and, where somebody wrote, the words."""
    words = {message["sequence"]: message for message in said}
    day = ""
    for step in history:
        if step["at"][:10] != day:
            day = step["at"][:10]
            yield Text(day, style="dim")
        yield Text.assemble((f"{step['at'][11:19]}  ", "dim"), step["sentence"])
        if message := words.get(step["sequence"]):
            yield from quoted(message, indent=10)


def conversation(said: Iterable[MessagePage]) -> Iterator[Text]:
    """Who wrote what, and when."""
    for message in said:
        internal = " (internal)" if message["visibility"] == "internal" else ""
        when = minutes(message["at"])
        yield Text.assemble(
            (f"{message['author']['name']}{internal}", "bold"), (f"  {when}", "dim")
        )
        yield from quoted(message, indent=2)


def quoted(message: MessagePage, indent: int) -> Iterator[Text]:
    """The first lines of what somebody wrote, and the names of the files."""
    lines = [line for line in message["text"].splitlines() if line.strip()]
    shown: Sequence[str] = lines[:QUOTED_LINES]
    if len(lines) > QUOTED_LINES:
        shown = [*shown[:-1], f"… and {len(lines) - QUOTED_LINES + 1} more lines"]
    files = [f"[{file['name']}, {file['size']:,} bytes]" for file in message["attachments"]]
    for line in [*shown, *files]:
        yield Text.assemble((" " * indent + "│ ", "dim"), (line, "cyan"))


def person(contact: ContactPage) -> Iterator[tuple[str, str]]:
    """What is known of a contact, by name."""
    yield "name", contact["name"]
    for address in contact["addresses"]:
        released = ", released" if address["released"] else ""
        yield address["channel"], f"{address['address']}{released}"
    yield "since", minutes(contact["created_at"])
    if contact["erasure_requested_at"]:
        done = contact["erased_at"]
        yield "erased", minutes(done) if done else "under way"


def minutes(instant: str) -> str:
    """`2026-03-01 09:30:00`, in UTC."""
    return instant[:19].replace("T", " ")
