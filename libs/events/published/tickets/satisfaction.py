"""How content the customer is: asked, delivered, answered, or why not.

A solve cycle is the time from one solution to the next; a survey belongs to one cycle, and whom it
credits is fixed when it is asked.
"""

from typing import Literal

import msgspec

from libs.contents import ContentRef
from libs.events.catalogue import command, event
from libs.events.published.messages import Code

__all__ = [
    "AskSatisfaction",
    "ExpireSurvey",
    "RateTicket",
    "RecordSurveyDelivery",
    "SatisfactionAsked",
    "SkipSurvey",
    "SurveyDelivered",
    "SurveyExpired",
    "SurveyScale",
    "SurveySkipped",
    "TicketRated",
]

SurveyScale = Literal["stars5", "smile3", "thumb2", "csat5", "ces7", "nps11"]


@command("tickets")
class AskSatisfaction(msgspec.Struct, frozen=True, omit_defaults=True):
    """Ask the customer about the present solution. survey, version: which questionnaire."""

    survey: Code
    version: int
    scale: SurveyScale = "stars5"


@command("tickets")
class RecordSurveyDelivery(msgspec.Struct, frozen=True, omit_defaults=True):
    """It reached the customer. asked_sequence: of its SatisfactionAsked."""

    asked_sequence: int


@command("tickets")
class ExpireSurvey(msgspec.Struct, frozen=True, omit_defaults=True):
    """No answer counts any more."""

    asked_sequence: int


@command("tickets")
class SkipSurvey(msgspec.Struct, frozen=True, omit_defaults=True):
    """This solution is not asked about, and why (``asked_lately``, ``opted_out``, ``internal``)."""

    survey: Code
    reason: Code


@command("tickets")
class RateTicket(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer's rating, 1 (bad) to 5 (good), with a comment as content if there is one.

    A later rating replaces the one before, until the ticket is reopened. On the scale of the
    survey that was asked, if one was.
    """

    score: int
    comment: ContentRef | None = None


@event("tickets")
class SatisfactionAsked(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer is asked. cycle: 1 for the first solution, …; agent_id, team_id: credited."""

    survey: Code
    version: int
    scale: SurveyScale
    cycle: int
    agent_id: str = ""
    team_id: str = ""


@event("tickets")
class SurveyDelivered(msgspec.Struct, frozen=True, omit_defaults=True):
    """The question reached the customer."""

    asked_sequence: int


@event("tickets")
class SurveyExpired(msgspec.Struct, frozen=True, omit_defaults=True):
    """It was not answered in time."""

    asked_sequence: int


@event("tickets")
class SurveySkipped(msgspec.Struct, frozen=True, omit_defaults=True):
    """This solution was not asked about, and why."""

    survey: Code
    reason: Code


@event("tickets")
class TicketRated(msgspec.Struct, frozen=True, omit_defaults=True):
    """The customer's judgement, 1 to 5 without a survey, of the agent who solved it.

    previous_score: what this rating replaces, 0 if it is the first since the ticket was solved;
    asked_sequence: of the SatisfactionAsked that it answers, 0 for none; team_id: credited.
    """

    score: int
    agent_id: str
    comment: ContentRef | None = None
    previous_score: int = 0
    asked_sequence: int = 0
    team_id: str = ""
