"""Articles that were suggested for a ticket, and what became of the suggestion."""

from typing import Literal

import msgspec

from libs.events.catalogue import command, event
from libs.events.published.messages import Code

__all__ = [
    "ArticleRejected",
    "ArticleUsed",
    "ArticlesSuggested",
    "RejectArticle",
    "SuggestArticles",
    "SuggestedArticle",
    "SuggestionPlace",
    "UseArticle",
]

SuggestionPlace = Literal["agent", "customer", "bot"]


class SuggestedArticle(msgspec.Struct, frozen=True):
    """An article in the version that was shown."""

    article_id: str
    version: int


@command("tickets")
class SuggestArticles(msgspec.Struct, frozen=True, omit_defaults=True):
    """These were shown, the best first. suggestion_id: made by who suggests; ranker: by what."""

    suggestion_id: str
    articles: tuple[SuggestedArticle, ...]
    place: SuggestionPlace
    ranker: Code = ""


@command("tickets")
class UseArticle(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of them helped: it was sent, or the customer needed nothing more."""

    suggestion_id: str
    article_id: str


@command("tickets")
class RejectArticle(msgspec.Struct, frozen=True, omit_defaults=True):
    """One of them did not fit."""

    suggestion_id: str
    article_id: str
    reason: Code = ""


@event("tickets")
class ArticlesSuggested(msgspec.Struct, frozen=True, omit_defaults=True):
    """What was shown, where, the best first."""

    suggestion_id: str
    articles: tuple[SuggestedArticle, ...]
    place: SuggestionPlace
    ranker: Code = ""


@event("tickets")
class ArticleUsed(msgspec.Struct, frozen=True, omit_defaults=True):
    """A suggested article helped."""

    suggestion_id: str
    article_id: str
    version: int


@event("tickets")
class ArticleRejected(msgspec.Struct, frozen=True, omit_defaults=True):
    """A suggested article did not fit."""

    suggestion_id: str
    article_id: str
    version: int
    reason: Code = ""
