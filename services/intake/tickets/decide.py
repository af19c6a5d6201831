"""What may happen to a ticket, and the answer when it may not: one rule a command, by topic."""

from libs.events.rules import Rules, deciding
from services.intake.tickets import (
    conversation,
    delivery,
    fields,
    life,
    links,
    merging,
    people,
    priority,
    reports,
    satisfaction,
    work,
)
from services.intake.tickets.asked import Asked

ROOMS = (
    life,
    priority,
    conversation,
    delivery,
    fields,
    people,
    work,
    links,
    merging,
    reports,
    satisfaction,
)
RULES: Rules = {command: rule for room in ROOMS for command, rule in room.RULES.items()}
decide = deciding("A ticket", RULES, Asked.of)
