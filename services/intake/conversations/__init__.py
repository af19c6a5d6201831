"""The conversation: one thread of messages from outside, and where each of them went."""

from libs.events.aggregate import Aggregate
from services.intake.conversations.decide import decide
from services.intake.conversations.evolve import evolve
from services.intake.conversations.state import ConversationState

__all__ = ["CONVERSATION", "ConversationState"]

CONVERSATION = Aggregate("conversations", "c", ConversationState, decide, evolve)
