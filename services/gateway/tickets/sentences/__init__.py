"""A ticket's history in human sentences: who did what, and why; when stands beside the sentence.

A language is a package of plain functions, one ``case`` for each event type, since what follows
from a fact differs by language: cases, word order, plurals. Every event type gets a sentence in
each, a type that this program does not know, too.
"""

import re
from typing import Literal, get_args

from libs.events.envelope import Recorded
from services.gateway.tickets.sentences import english, german
from services.gateway.tickets.sentences.words import Name

__all__ = ["LANGUAGES", "Language", "Name", "sentence"]

Language = Literal["en", "de"]
LANGUAGES: tuple[Language, ...] = get_args(Language)
_TELLERS = {"en": english.TELLERS, "de": german.TELLERS}


def sentence(recorded: Recorded[object], name: Name, language: Language = "en") -> str:
    """One sentence, such as ``anna solved the ticket (with a workaround): cable replaced.``"""
    for tell in _TELLERS[language]:
        if told := tell(recorded, name):
            return told
    return f"{name(recorded.actor)}: {_spelled_out(recorded.type)}."


def _spelled_out(type_name: str) -> str:
    """``TicketSnoozed`` → ``ticket snoozed``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type_name).lower()
