"""Which templates a letter is written with: the desk's own for its team, brand and language, else
those that come with the program; and the letter. Pure."""

from collections.abc import Iterable, Mapping
from html import escape
from typing import NamedTuple

from markupsafe import Markup

from libs.letters.defaults import DEFAULT_LANGUAGE, DEFAULTS, Wording
from libs.letters.kinds import MARKUP, NAMES, Kind
from libs.letters.templates import BadTemplate, Template


class Own(NamedTuple):
    """A letter of the desk's own. brand, team_id, language: "" for any."""

    kind: Kind
    brand: str
    team_id: str
    language: str
    wording: Wording


class Written(NamedTuple):
    """A letter. subject: "" where the template has none."""

    subject: str
    text: str
    html: str


class Templates(NamedTuple):
    """A wording, read. html: None makes it of the text."""

    subject: Template
    text: Template
    html: Template | None

    def write(self, values: Mapping[str, str], html: Mapping[str, str]) -> Written:
        """The letter for these values; html: those that are HTML, as safe HTML."""
        marked = {name: Markup(value) for name, value in html.items()}
        text = self.text.fill(values)
        return Written(
            " ".join(self.subject.fill(values).split()),
            text.strip("\n") + "\n",
            self.html.fill({**values, **marked}) if self.html else as_html(text),
        )


def checked(kind: Kind, wording: Wording) -> Templates:
    """The templates. Raises BadTemplate, which begins with the part that is meant."""
    names = NAMES[kind]
    parts: dict[str, Template] = {}
    for part, source in wording._asdict().items():
        try:
            parts[part] = Template(source, names, html=part == "html")
            parts[part].fill(names)
            parts[part].fill(dict.fromkeys(names, ""))
        except BadTemplate as error:
            raise BadTemplate(f"{part}: {error}") from error
        except Exception as error:  # a filter or comparison that some value breaks
            raise BadTemplate(f"{part}: it fails when it is filled in ({error}).") from error
    if kind == "reply" and "message" not in wording.text:
        raise BadTemplate("text: it leaves out {{ message }}, which is what the agent says.")
    if kind == "sign_in" and "code" not in wording.text:
        raise BadTemplate("text: it leaves out {{ code }}, which is what it is sent for.")
    return Templates(parts["subject"], parts["text"], parts["html"] if wording.html else None)


def sample(kind: Kind, wording: Wording) -> Written:
    """What it looks like. Raises BadTemplate."""
    values = NAMES[kind]
    shown = {name: as_html(value) for name, value in values.items() if name in MARKUP}
    return checked(kind, wording).write(values, shown)


def as_html(text: str) -> str:
    """Paragraphs and line breaks of a text."""
    paragraphs = text.strip().split("\n\n")
    return "".join(f"<p>{escape(one).replace(chr(10), '<br>')}</p>\n" for one in paragraphs)


class Letters:
    """A desk's letters, each read once."""

    def __init__(self, own: Iterable[Own] = ()) -> None:
        self._own = list(own)
        self._read: dict[tuple[Kind, Wording], Templates] = {}

    def find(self, kind: Kind, brand: str, team_id: str, languages: Iterable[str]) -> Templates:
        """The nearest templates: the language counts most, then the team, then the brand.

        languages: the first is the one wanted, the others are understood.
        """
        wanted = [language.partition("-")[0].lower() for language in languages if language]
        wanted = [*dict.fromkeys([*wanted, DEFAULT_LANGUAGE])]
        fitting = [
            own
            for own in self._own
            if own.kind == kind and own.brand in ("", brand) and own.team_id in ("", team_id)
        ]
        for language in wanted:
            here = [own for own in fitting if own.language.partition("-")[0].lower() == language]
            if here:
                return self._templates(kind, max(here, key=_nearness).wording)
            if not any(own.language == "" for own in fitting) and (kind, language) in DEFAULTS:
                return self._templates(kind, DEFAULTS[kind, language])
        any_language = max((own for own in fitting if not own.language), key=_nearness)
        return self._templates(kind, any_language.wording)

    def _templates(self, kind: Kind, wording: Wording) -> Templates:
        if (kind, wording) not in self._read:
            self._read[kind, wording] = checked(kind, wording)
        return self._read[kind, wording]


def _nearness(own: Own) -> tuple[bool, bool]:
    return bool(own.team_id), bool(own.brand)
