"""What may happen to a ticket, and the answer when it may not: one rule a command, by topic."""

from libs.events.rules import Rules, deciding
from services.intake.tickets import macros
from services.intake.tickets.asked import Asked
from services.intake.tickets.rooms import ROOMS

RULES: Rules = {command: rule for room in (*ROOMS, macros) for command, rule in room.RULES.items()}
decide = deciding("A ticket", RULES, Asked.of)
