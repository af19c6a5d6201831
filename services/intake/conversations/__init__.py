"""The conversation: one thread of messages from outside, and where each of them went."""

from libs.events.aggregate import Aggregate
from libs.events.rules import deciding
from services.intake.conversations.decide import RULES
from services.intake.conversations.evolve import evolve
from services.intake.conversations.state import ConversationState

__all__ = ["CONVERSATION", "ConversationState"]

CONVERSATION: Aggregate[ConversationState] = Aggregate(
    "conversations",
    "c",
    ConversationState,
    deciding("A conversation", RULES, lambda command, _: command.actor),
    evolve,
)
