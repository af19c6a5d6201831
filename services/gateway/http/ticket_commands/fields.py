"""What a desk writes on a ticket: category, tags, fields of its own, dates, reminders, promises.

Reminders and promises are known by the id of the command that made them.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from pydantic import Field
from starlette.responses import Response

from libs.contents import ContentRef, Rendition
from libs.events.published import tickets as t
from services.gateway.commanding.draft import Draft
from services.gateway.http.bodies import Body, Code, Instant, Name, Seconds, Told, Words
from services.gateway.http.drafting import Asked
from services.gateway.http.problems import wrong
from services.gateway.http.sending import Sending

Tags = Annotated[tuple[Code, ...], Field(max_length=50)]


class Category(Body):
    """A path in the desk's tree of categories, such as hardware.printer; none for no category."""

    category: Code | None = None


class TagChange(Body):
    """Tags to put on it and to take off it."""

    add: Tags = ()
    remove: Tags = ()


class FieldValue(Body):
    """A field of the desk's own. value: of one that stands in clear; personal: of one that the desk
    has declared personal, which is sealed under the requester's key. Neither empties it."""

    field: Code
    value: bool | float | Told | tuple[Told, ...] | None = None
    personal: Told | None = None


class FieldValues(Body):
    """Fields to fill or to empty, all of them or none."""

    changes: Annotated[tuple[FieldValue, ...], Field(min_length=1, max_length=100)]


class DueDate(Body):
    """When it should be done; none for no date."""

    due: Instant | None = None


class Estimate(Body):
    """How much work it is thought to be; 0 for no estimate."""

    seconds: Seconds


class Reminder(Body):
    """When, whom (whoever sends this, if nobody is named), and of what."""

    due: Instant
    agent_id: Name | None = None
    text: Words | None = None


class Promise(Body):
    """What the customer was told, and by when it will be done."""

    due: Instant
    text: Words | None = None


def add_routes(router: APIRouter, on: Sending) -> None:
    Staff = Annotated[Asked, Depends(on.staff)]

    @router.post("/category")
    async def categorize(ticket: str, body: Category, asked: Staff) -> Response:
        """Say what it is about."""
        wanted = t.CategorizeTicket(body.category or "")
        return await on.send(await on.to(ticket, asked), wanted)

    @router.post("/tags")
    async def change_tags(ticket: str, body: TagChange, asked: Staff) -> Response:
        """Put tags on it, take tags off it."""
        return await on.send(await on.to(ticket, asked), body.command(t.ChangeTags))

    @router.post("/fields")
    async def set_fields(ticket: str, body: FieldValues, asked: Staff) -> Response:
        """Fill fields that the desk has defined, or empty them."""
        personal = any(field.personal is not None for field in body.changes)
        draft = await (on.about if personal else on.to)(ticket, asked)
        changes = [
            await change(place, field, draft.owner) for place, field in enumerate(body.changes)
        ]
        return await on.send(draft, t.SetFields(tuple(changes)))

    async def change(place: int, wanted: FieldValue, owner: str) -> t.FieldChange:
        if wanted.value is not None and wanted.personal is not None:
            raise wrong(f"/changes/{place}", "Give a value, or a personal one, not both.")
        personal = None
        if wanted.personal is not None:
            personal = await on.sealed(wanted.personal, owner)
        return t.FieldChange(wanted.field, wanted.value, personal)

    @router.post("/due-date")
    async def set_due(ticket: str, body: DueDate, asked: Staff) -> Response:
        """Say when it should be done."""
        return await on.send(await on.to(ticket, asked), body.command(t.SetDueDate))

    @router.post("/estimate")
    async def set_estimate(ticket: str, body: Estimate, asked: Staff) -> Response:
        """Say how much work it is thought to be."""
        return await on.send(await on.to(ticket, asked), body.command(t.SetEstimate))

    @router.post("/reminders")
    async def remind(ticket: str, body: Reminder, asked: Staff) -> Response:
        """Have an agent reminded at an instant; its id is the answer's command_id."""
        draft = await on.about(ticket, asked)
        agent_id = body.agent_id or asked.caller.subject
        words = await noted(draft, body.text)
        wanted = t.SetReminder(draft.command_id, body.due, agent_id, words)
        return await on.send(draft, wanted)

    @router.post("/reminders/{reminder}/removal")
    async def cancel_reminder(ticket: str, reminder: str, asked: Staff) -> Response:
        """It is not needed any more."""
        return await on.send(await on.to(ticket, asked), t.CancelReminder(reminder))

    @router.post("/promises")
    async def promise(ticket: str, body: Promise, asked: Staff) -> Response:
        """Note what the customer was promised; its id is the answer's command_id."""
        draft = await on.about(ticket, asked)
        words = await noted(draft, body.text)
        return await on.send(draft, t.MakePromise(draft.command_id, body.due, words))

    @router.post("/promises/{promise}/fulfilment")
    async def keep_promise(ticket: str, promise: str, asked: Staff) -> Response:
        """It was done."""
        return await on.send(await on.to(ticket, asked), t.KeepPromise(promise))

    @router.post("/promises/{promise}/withdrawal")
    async def withdraw_promise(ticket: str, promise: str, asked: Staff) -> Response:
        """The customer agreed to do without it."""
        return await on.send(await on.to(ticket, asked), t.WithdrawPromise(promise))

    async def noted(draft: Draft, text: str | None) -> ContentRef | None:
        return await on.keep(draft, Rendition(text=text)) if text is not None else None
