"""What agents say to what others report: why a promise was broken, whether an article helped."""

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from libs.events.published import tickets as t
from services.gateway.http.bodies import Body, Code, Name
from services.gateway.http.drafting import Asked
from services.gateway.http.sending import Sending


class Explanation(Body):
    """Why the clock was breached; excluded: that it does not count in reports."""

    reason: Code
    excluded: bool = False


class Article(Body):
    """Which of the suggested articles."""

    article_id: Name


class Rejection(Body):
    """Which of the suggested articles did not fit, and why."""

    article_id: Name
    reason: Code | None = None


def add_routes(router: APIRouter, on: Sending) -> None:
    Staff = Annotated[Asked, Depends(on.staff)]
    Lead = Annotated[Asked, Depends(on.lead)]

    @router.post("/clocks/{clock}/explanation")
    async def explain(ticket: str, clock: str, body: Explanation, asked: Lead) -> Response:
        """Say why it was too late, or that it does not count."""
        wanted = body.command(t.ExplainSlaBreach, clock_id=clock)
        return await on.send(await on.to(ticket, asked), wanted)

    @router.post("/suggestions/{suggestion}/use")
    async def use_article(ticket: str, suggestion: str, body: Article, asked: Staff) -> Response:
        """A suggested article helped."""
        wanted = body.command(t.UseArticle, suggestion_id=suggestion)
        return await on.send(await on.to(ticket, asked), wanted)

    @router.post("/suggestions/{suggestion}/rejection")
    async def reject_article(
        ticket: str, suggestion: str, body: Rejection, asked: Staff
    ) -> Response:
        """A suggested article did not fit."""
        wanted = body.command(t.RejectArticle, suggestion_id=suggestion)
        return await on.send(await on.to(ticket, asked), wanted)
