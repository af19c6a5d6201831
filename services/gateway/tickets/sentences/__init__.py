"""A ticket's history in human sentences: who did what, and why; when stands beside the sentence.

Every event type gets one, a type that this program does not know, too.
"""

import re

from libs.events.envelope import Recorded
from services.gateway.tickets.sentences import course, desk, reports, talk
from services.gateway.tickets.sentences.words import Name

__all__ = ["Name", "sentence"]

_TELLERS = (course.tell, talk.tell, desk.tell, reports.tell)


def sentence(recorded: Recorded[object], name: Name) -> str:
    """One sentence, such as ``anna solved the ticket (with a workaround): cable replaced.``"""
    for tell in _TELLERS:
        if told := tell(recorded, name):
            return told
    return f"{name(recorded.actor)}: {_spelled_out(recorded.type)}."


def _spelled_out(type_name: str) -> str:
    """``TicketSnoozed`` → ``ticket snoozed``."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", type_name).lower()
