"""What a desk sets up: itself, its macros, canned replies, views, API keys and webhooks."""

from datetime import datetime

from libs.events.aggregate import Aggregate, Moment, Refusal
from libs.events.envelope import Command
from libs.events.published.setup import DESK_ID
from libs.events.rules import deciding, evolving
from services.intake.setup import api_key, canned_reply, delivery, desk, macro, view, webhook
from services.intake.setup.api_key import ApiKeyState
from services.intake.setup.canned_reply import CannedReplyState
from services.intake.setup.delivery import DeliveryState
from services.intake.setup.macro import MacroState
from services.intake.setup.state import DeskState
from services.intake.setup.view import ViewState
from services.intake.setup.webhook import WebhookState

__all__ = [
    "API_KEY",
    "CANNED_REPLY",
    "DELIVERY",
    "DESK",
    "MACRO",
    "VIEW",
    "WEBHOOK",
    "ApiKeyState",
    "CannedReplyState",
    "DeliveryState",
    "DeskState",
    "MacroState",
    "ViewState",
    "WebhookState",
]


def _the_desk(command: Command[object], moment: Moment) -> None:
    if command.aggregate_id != DESK_ID:
        raise Refusal("not_the_desk", f"A ledger has one desk, and that is {DESK_ID}.")


def _nothing_else(command: Command[object], moment: Moment) -> None:
    """The state and the command say it all."""


def _the_time(command: Command[object], moment: Moment) -> datetime:
    """When it is."""
    return moment.now


DELIVERY: Aggregate[DeliveryState] = Aggregate(
    "setup",
    "wd",
    DeliveryState,
    deciding("A delivery", delivery.RULES, _nothing_else),
    evolving(delivery.FOLDS),
)
API_KEY: Aggregate[ApiKeyState] = Aggregate(
    "setup",
    "k",
    ApiKeyState,
    deciding("An API key", api_key.RULES, _the_time),
    evolving(api_key.FOLDS),
)
DESK: Aggregate[DeskState] = Aggregate(
    "setup", "desk", DeskState, deciding("The desk", desk.RULES, _the_desk), evolving(desk.FOLDS)
)
MACRO: Aggregate[MacroState] = Aggregate(
    "setup", "m", MacroState, deciding("A macro", macro.RULES, _nothing_else), evolving(macro.FOLDS)
)
CANNED_REPLY: Aggregate[CannedReplyState] = Aggregate(
    "setup",
    "r",
    CannedReplyState,
    deciding("A canned reply", canned_reply.RULES, _nothing_else),
    evolving(canned_reply.FOLDS),
)
VIEW: Aggregate[ViewState] = Aggregate(
    "setup", "v", ViewState, deciding("A view", view.RULES, _nothing_else), evolving(view.FOLDS)
)
WEBHOOK: Aggregate[WebhookState] = Aggregate(
    "setup",
    "wh",
    WebhookState,
    deciding("A webhook", webhook.RULES, _nothing_else),
    evolving(webhook.FOLDS),
)
