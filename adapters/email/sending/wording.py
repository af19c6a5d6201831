"""What a letter's templates are filled in with. Pure."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from html import escape
from typing import NamedTuple

from adapters.email.sending.outbox import News
from libs.events.published.setup import Correspondence, Setup
from libs.letters import Kind, Letters, Wording, Written
from libs.letters.choosing import Own, as_html
from libs.letters.instants import told
from libs.mongo import Document
from libs.placeholders import first_name

_LONGEST_QUOTE = 10_000
_NEWS: Mapping[str, Mapping[News, str]] = {
    "en": {
        "assigned": "This ticket is yours now.",
        "mentioned": "You were mentioned in a note.",
        "replied": "Its customer, or somebody who takes part, wrote again.",
        "breached": "What was promised was not kept in time.",
        "undelivered": "A mail about it could not be delivered.",
    },
    "de": {
        "assigned": "Dieses Ticket haben jetzt Sie.",
        "mentioned": "Sie wurden in einer Notiz erwähnt.",
        "replied": "Es wurde wieder geschrieben.",
        "breached": "Was versprochen war, wurde nicht rechtzeitig gehalten.",
        "undelivered": "Eine Mail dazu konnte nicht zugestellt werden.",
    },
}


class File(NamedTuple):
    """A file that is too large to go along, and where to fetch it ("" for nowhere)."""

    name: str
    size: int
    link: str


class Brand(NamedTuple):
    """Under which name, and how, a letter is written. code: "" for the desk itself."""

    code: str
    name: str
    writing: Correspondence


def brand_of(setup: Setup, thread: Document) -> Brand:
    """The brand of a ticket, or that of the account that it came to."""
    code = thread.get("brand") or setup.brand_of(thread.get("account", ""))
    known = setup.brands.get(code)
    return Brand(code, known.name if known else "", setup.correspondence_of(code))


def letters_of(setup: Setup) -> Letters:
    """The desk's letters."""
    return Letters(
        Own(
            one.kind,
            one.brand,
            one.team_id,
            one.language,
            Wording(one.subject, one.text, one.html),
        )
        for one in setup.letters.values()
    )


def about(thread: Document, brand: Brand, subject: str, name: str, link: str) -> dict[str, str]:
    """What every letter knows. name: of the addressee; link: "" for none."""
    return {
        "brand.name": brand.name,
        "ticket.number": thread.get("number", ""),
        "ticket.subject": subject,
        "ticket.type": thread.get("type", ""),
        "contact.name": "" if "@" in name else name,
        "contact.first_name": first_name(name),
        "link": link,
    }


def reply(
    values: Mapping[str, str], text: str, html: str | None, quoted: str, files: Sequence[File]
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The values of an answer, as text and as HTML. quoted: what it answers, "" for nothing."""
    quote = quoted.strip()[:_LONGEST_QUOTE]
    lines = "\n".join(f"> {line}".rstrip() for line in quote.splitlines())
    listed = "\n".join(f"{file.name} ({_size(file.size)}) {file.link}".strip() for file in files)
    said = {**values, "message": text.strip("\n"), "quote": lines, "files": listed}
    shown = {
        "message": html or as_html(text),
        "quote": as_html(quote) if quote else "",
        "files": "".join(map(_shown, files)),
    }
    return said, shown


def acknowledgement(
    values: Mapping[str, str], thread: Document, time_zone: str
) -> Mapping[str, str]:
    """The values of an acknowledgement. time_zone: its addressee's, "" where it is not known."""
    promise = thread.get("promise")
    until = told(promise, time_zone) if isinstance(promise, datetime) else ""
    return {**values, "promise": until, "major": "yes" if thread.get("major") else ""}


def survey(values: Mapping[str, str], page: str) -> Mapping[str, str]:
    """The values of the question how content the customer is. page: where it is answered."""
    scores = {f"rate_{score}": f"{page}?score={score}" for score in range(1, 6)}
    return {**values, **scores, "still_broken": f"{page}?solved=no"}


def notice(
    values: Mapping[str, str], news: Sequence[News], said: str, language: str
) -> tuple[Mapping[str, str], Mapping[str, str]]:
    """The values of what an agent is told, as text and as HTML. said: what was written last."""
    lines = "\n".join(_NEWS[language if language in _NEWS else "en"][one] for one in news)
    filled = {**values, "news": lines, "message": said}
    return filled, {"news": as_html(lines), "message": as_html(said) if said else ""}


def write(
    letters: Letters,
    kind: Kind,
    brand: Brand,
    thread: Document,
    language: str,
    values: Mapping[str, str],
    shown: Mapping[str, str],
) -> Written:
    """The letter. language: the addressee's, "" where it is not known; shown: values that are
    HTML."""
    languages = (language, thread.get("language", ""), brand.writing.language)
    templates = letters.find(kind, brand.code, thread.get("team", ""), languages)
    return templates.write(values, shown)


def _shown(file: File) -> str:
    name = f"{escape(file.name)} ({_size(file.size)})"
    return f'<p><a href="{escape(file.link)}">{name}</a></p>' if file.link else f"<p>{name}</p>"


def _size(count: int) -> str:
    return f"{count / 1_000_000:.0f} MB" if count >= 1_000_000 else f"{max(1, count // 1_000)} kB"
