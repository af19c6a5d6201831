"""What may happen to a ticket, and the answer when it may not: one rule a command, by topic."""

from libs.events.aggregate import Moment, Refusal
from libs.events.envelope import Command
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
from services.intake.tickets.asked import Asked, Events, Rules
from services.intake.tickets.state import TicketState

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


def decide(state: TicketState, command: Command[object], moment: Moment) -> Events:
    """The events that a command adds; none if what it wants is so already. Raises Refusal."""
    rule = RULES.get(type(command.data))
    if rule is None:
        raise Refusal("unknown_command", f"A ticket knows no {type(command.data).__name__}.")
    return rule(state, command.data, Asked.of(command, moment))
