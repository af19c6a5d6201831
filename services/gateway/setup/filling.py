"""A macro for one ticket: what it says and does there. Pure."""

from collections.abc import Callable, Mapping, Sequence

import msgspec

from libs.contents import ContentRef
from libs.events.catalogue import CATALOGUE
from libs.events.published import setup as s
from libs.events.published import tickets as t
from libs.placeholders import Template


def texts(macro: s.MacroDefined, known: Mapping[str, str]) -> Mapping[int, str]:
    """What a macro says on this ticket, by the place of the step."""
    return {
        place: Template(str(step.data["text"])).fill(known)
        for place, step in enumerate(macro.steps)
        if step.command in t.WITH_WORDS
    }


def commands(
    macro: s.MacroDefined, said: Mapping[int, str], contents: Callable[[int], ContentRef]
) -> Sequence[t.Step]:
    """The commands of a macro to a ticket. said: what it says, as ``texts`` gave it; contents:
    where that stands."""
    return [
        _with_words(step, said[place], contents(place)) if place in said else step
        for place, step in enumerate(macro.steps)
    ]


def _with_words(step: t.Step, text: str, content: ContentRef) -> t.Step:
    kind = t.WITH_WORDS[step.command]
    whole: dict[str, object] = {"rendition": msgspec.to_builtins(content), "length": len(text)}
    if kind is t.ReplyToCustomer:
        whole["language"] = step.data.get("language", "")
    return t.Step(step.command, whole, CATALOGUE.entry(kind).version)
