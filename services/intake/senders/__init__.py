"""The sender: blocked, trusted, held back; and whom a contact's block reaches."""

from libs.events.aggregate import Aggregate
from libs.events.rules import deciding, evolving
from services.intake.senders.sender import FOLDS, RULES, SenderState

__all__ = ["SENDER", "SenderState"]

SENDER: Aggregate[SenderState] = Aggregate(
    "senders", "s", SenderState, deciding("A sender", RULES, lambda *_: None), evolving(FOLDS)
)
