"""Every operation, by what it is about. Written by `make docs` from the interface's description: do not edit."""

from collections.abc import AsyncIterator, Sequence
from typing import Literal, Protocol, cast
from urllib.parse import quote

from typing_extensions import Unpack

from deskledger_client import models
from deskledger_client.core import Call, Json, Page


class Caller(Protocol):
    """Who makes the calls."""

    async def call(self, call: Call) -> Page: ...

    def pages(self, call: Call, next: str) -> AsyncIterator[Json]: ...

    def pieces(self, call: Call) -> AsyncIterator[bytes]: ...


class _Area:
    def __init__(self, caller: Caller) -> None:
        self._caller = caller


def _in(part: str | int) -> str:
    return quote(str(part), safe="")


class Tickets(_Area):
    """Tickets."""

    async def list(
        self,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        fields: str | None = None,
        status: Sequence[Literal["new", "open", "pending", "on_hold", "solved", "closed"]]
        | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        requester_id: str | None = None,
        organisation_id: str | None = None,
        follower_id: str | None = None,
        mentioned_id: str | None = None,
        label: str | None = None,
        priority: int | None = None,
        type: Literal["", "question", "incident", "problem", "service_request", "task"]
        | None = None,
        category: str | None = None,
        tag: Sequence[str] | None = None,
        tier: int | None = None,
        channel: str | None = None,
        brand: str | None = None,
        field: Sequence[str] | None = None,
        q: str | None = None,
        snoozed: bool | None = None,
        overdue: bool | None = None,
        due_before: str | None = None,
        sort: Literal["updated", "created", "priority", "due", "waiting"] | None = None,
        as_of: str | None = None,
        shared: bool | None = None,
    ) -> models.TicketPages:
        """Tickets. Of what an index does not narrow down, 1,000 tickets are looked through for a
        page, which may then be shorter, even empty: go on with `next`. Read from an index whole
        are one filter, and two of which one is an agent or a team, by statuses other than closed.
        Customers see those that they asked for or take part in, or (shared) their colleagues', by
        when they were created. As of an instant: rows as they were, with today's subjects,
        redactions and permissions."""
        return cast(
            "models.TicketPages",
            await self._caller.call(
                Call(
                    "GET",
                    "/v1/tickets",
                    query={
                        "cursor": cursor,
                        "limit": limit,
                        "fields": fields,
                        "status": status,
                        "agent_id": agent_id,
                        "team_id": team_id,
                        "requester_id": requester_id,
                        "organisation_id": organisation_id,
                        "follower_id": follower_id,
                        "mentioned_id": mentioned_id,
                        "label": label,
                        "priority": priority,
                        "type": type,
                        "category": category,
                        "tag": tag,
                        "tier": tier,
                        "channel": channel,
                        "brand": brand,
                        "field": field,
                        "q": q,
                        "snoozed": snoozed,
                        "overdue": overdue,
                        "due_before": due_before,
                        "sort": sort,
                        "as_of": as_of,
                        "shared": shared,
                    },
                )
            ),
        )

    def list_all(
        self,
        *,
        limit: int | None = None,
        fields: str | None = None,
        status: Sequence[Literal["new", "open", "pending", "on_hold", "solved", "closed"]]
        | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        requester_id: str | None = None,
        organisation_id: str | None = None,
        follower_id: str | None = None,
        mentioned_id: str | None = None,
        label: str | None = None,
        priority: int | None = None,
        type: Literal["", "question", "incident", "problem", "service_request", "task"]
        | None = None,
        category: str | None = None,
        tag: Sequence[str] | None = None,
        tier: int | None = None,
        channel: str | None = None,
        brand: str | None = None,
        field: Sequence[str] | None = None,
        q: str | None = None,
        snoozed: bool | None = None,
        overdue: bool | None = None,
        due_before: str | None = None,
        sort: Literal["updated", "created", "priority", "due", "waiting"] | None = None,
        as_of: str | None = None,
        shared: bool | None = None,
    ) -> AsyncIterator[models.TicketPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call(
                "GET",
                "/v1/tickets",
                query={
                    "limit": limit,
                    "fields": fields,
                    "status": status,
                    "agent_id": agent_id,
                    "team_id": team_id,
                    "requester_id": requester_id,
                    "organisation_id": organisation_id,
                    "follower_id": follower_id,
                    "mentioned_id": mentioned_id,
                    "label": label,
                    "priority": priority,
                    "type": type,
                    "category": category,
                    "tag": tag,
                    "tier": tier,
                    "channel": channel,
                    "brand": brand,
                    "field": field,
                    "q": q,
                    "snoozed": snoozed,
                    "overdue": overdue,
                    "due_before": due_before,
                    "sort": sort,
                    "as_of": as_of,
                    "shared": shared,
                },
            ),
            "cursor",
        )
        return cast("AsyncIterator[models.TicketPage]", pages)

    async def open(self, **body: Unpack[models.NewTicket]) -> models.Done:
        """Open a ticket for a known contact; customers open their own."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", "/v1/tickets", body=cast(Json, body))),
        )

    async def read(
        self, ticket: str | int, /, *, as_of: str | None = None, fields: str | None = None
    ) -> models.TicketPage:
        """A ticket by id or number, now or as it was."""
        return cast(
            "models.TicketPage",
            await self._caller.call(
                Call("GET", f"/v1/tickets/{_in(ticket)}", query={"as_of": as_of, "fields": fields})
            ),
        )

    async def read_conversation(
        self,
        ticket: str | int,
        /,
        *,
        as_of: str | None = None,
        after: str | None = None,
        limit: int | None = None,
    ) -> models.Conversation:
        """What was said, with what was merged in or split off; customers do not see what is
        internal."""
        return cast(
            "models.Conversation",
            await self._caller.call(
                Call(
                    "GET",
                    f"/v1/tickets/{_in(ticket)}/conversation",
                    query={"as_of": as_of, "after": after, "limit": limit},
                )
            ),
        )

    def read_conversation_all(
        self, ticket: str | int, /, *, as_of: str | None = None, limit: int | None = None
    ) -> AsyncIterator[models.MessagePage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call(
                "GET",
                f"/v1/tickets/{_in(ticket)}/conversation",
                query={"as_of": as_of, "limit": limit},
            ),
            "after",
        )
        return cast("AsyncIterator[models.MessagePage]", pages)

    async def read_history(
        self,
        ticket: str | int,
        /,
        *,
        as_of: str | None = None,
        after: int | None = None,
        limit: int | None = None,
    ) -> models.History:
        """What happened, in sentences."""
        return cast(
            "models.History",
            await self._caller.call(
                Call(
                    "GET",
                    f"/v1/tickets/{_in(ticket)}/history",
                    query={"as_of": as_of, "after": after, "limit": limit},
                )
            ),
        )

    def read_history_all(
        self, ticket: str | int, /, *, as_of: str | None = None, limit: int | None = None
    ) -> AsyncIterator[models.HistoryPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call(
                "GET", f"/v1/tickets/{_in(ticket)}/history", query={"as_of": as_of, "limit": limit}
            ),
            "after",
        )
        return cast("AsyncIterator[models.HistoryPage]", pages)

    def download(
        self, ticket: str | int, content: str | int, /, *, inline: bool | None = None
    ) -> AsyncIterator[bytes]:
        """An attachment, or (for agents) a message byte for byte as it came. inline: a picture to
        show within a message; anything else is a download all the same."""
        return self._caller.pieces(
            Call(
                "GET",
                f"/v1/tickets/{_in(ticket)}/contents/{_in(content)}",
                query={"inline": inline},
            )
        )

    async def read_diff(
        self, ticket: str | int, /, *, from_: str | None = None, to: str | None = None
    ) -> models.DiffPage:
        """What has changed between two points: without `from` since it was opened, without `to`
        until now. Subjects and words are today's at both."""
        return cast(
            "models.DiffPage",
            await self._caller.call(
                Call("GET", f"/v1/tickets/{_in(ticket)}/diff", query={"from": from_, "to": to})
            ),
        )

    def stream(self, ticket: str | int, /) -> AsyncIterator[bytes]:
        """What happens on a ticket: each `step` as its history shows it; customers are told when
        there is something new for them (`changed`). Without Last-Event-ID from now on; behind it
        nothing is missing, or a `reset` says that the ticket is to be fetched anew."""
        return self._caller.pieces(Call("GET", f"/v1/tickets/{_in(ticket)}/stream"))

    async def read_presence(self, ticket: str | int, /) -> models.PresencePage:
        """Who else looks at a ticket, or types. Customers are told only that an answer is being
        typed."""
        return cast(
            "models.PresencePage",
            await self._caller.call(Call("GET", f"/v1/tickets/{_in(ticket)}/presence")),
        )

    async def tell_presence(
        self, ticket: str | int, /, **body: Unpack[models.Being]
    ) -> models.PresencePage:
        """Say that one looks at a ticket, or types: for 30 seconds, so say it again each 10. The
        answer tells who else is there."""
        return cast(
            "models.PresencePage",
            await self._caller.call(
                Call("PUT", f"/v1/tickets/{_in(ticket)}/presence", body=cast(Json, body))
            ),
        )

    async def label(self, ticket: str | int, /, **body: Unpack[models.Label]) -> models.Done:
        """Name its status more closely."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/label", body=cast(Json, body))
            ),
        )

    async def pending(self, ticket: str | int, /, **body: Unpack[models.Pending]) -> models.Done:
        """Wait for the customer."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/pending", body=cast(Json, body))
            ),
        )

    async def hold(self, ticket: str | int, /, **body: Unpack[models.Hold]) -> models.Done:
        """Wait for somebody else than the customer."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/hold", body=cast(Json, body))
            ),
        )

    async def snooze(self, ticket: str | int, /, **body: Unpack[models.Snooze]) -> models.Done:
        """Put it out of sight for a while."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/snooze", body=cast(Json, body))
            ),
        )

    async def end_snooze(self, ticket: str | int, /) -> models.Done:
        """Take it back into sight."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", f"/v1/tickets/{_in(ticket)}/snooze/removal")),
        )

    async def solve(self, ticket: str | int, /, **body: Unpack[models.Solution]) -> models.Done:
        """The request is answered."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/solution", body=cast(Json, body))
            ),
        )

    async def reopen(self, ticket: str | int, /, **body: Unpack[models.Reason]) -> models.Done:
        """Go on with a ticket that is solved or waits."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/reopening", body=cast(Json, body))
            ),
        )

    async def needs_no_reply(self, ticket: str | int, sequence: int, /) -> models.Done:
        """A message of the customer's wants nothing ("thanks"); a reopening by it is undone."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/messages/{_in(sequence)}/no-reply")
            ),
        )

    async def close(self, ticket: str | int, /) -> models.Done:
        """Settle a solved ticket."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", f"/v1/tickets/{_in(ticket)}/closing")),
        )

    async def cancel(self, ticket: str | int, /, **body: Unpack[models.Reason]) -> models.Done:
        """End it without a solution, since nobody wants one any more."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/cancellation", body=cast(Json, body))
            ),
        )

    async def mark_spam(self, ticket: str | int, /) -> models.Done:
        """This was no request."""
        return cast(
            "models.Done", await self._caller.call(Call("POST", f"/v1/tickets/{_in(ticket)}/spam"))
        )

    async def mark_not_spam(self, ticket: str | int, /) -> models.Done:
        """It was a request after all, and goes on where it stood."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", f"/v1/tickets/{_in(ticket)}/spam/removal")),
        )

    async def assess(self, ticket: str | int, /, **body: Unpack[models.Assessment]) -> models.Done:
        """Say impact and urgency, from which the priority follows."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/assessment", body=cast(Json, body))
            ),
        )

    async def set_priority(
        self, ticket: str | int, /, **body: Unpack[models.Priority]
    ) -> models.Done:
        """Set the priority by hand, until it is released."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/priority", body=cast(Json, body))
            ),
        )

    async def release_priority(self, ticket: str | int, /) -> models.Done:
        """Let impact and urgency decide again."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", f"/v1/tickets/{_in(ticket)}/priority/removal")),
        )

    async def classify(
        self, ticket: str | int, /, **body: Unpack[models.Classification]
    ) -> models.Done:
        """Say of which type it is."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/type", body=cast(Json, body))
            ),
        )

    async def set_item(self, ticket: str | int, /, **body: Unpack[models.Item]) -> models.Done:
        """Say what it is about."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/affected-item", body=cast(Json, body))
            ),
        )

    async def declare_major(
        self, ticket: str | int, /, **body: Unpack[models.MajorIncident]
    ) -> models.Done:
        """Declare a major incident."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/major-incident", body=cast(Json, body))
            ),
        )

    async def end_major(self, ticket: str | int, /, **body: Unpack[models.Reason]) -> models.Done:
        """It is an ordinary ticket again."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/major-incident/removal",
                    body=cast(Json, body),
                )
            ),
        )

    async def reply(self, ticket: str | int, /, **body: Unpack[models.Reply]) -> models.Done:
        """An agent's answer to the customer, or the customer's next message. Light agents answer
        where the desk lets them."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/replies", body=cast(Json, body))
            ),
        )

    async def withdraw_reply(self, ticket: str | int, sequence: int, /) -> models.Done:
        """Do not send an answer that waits for its instant."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/replies/{_in(sequence)}/withdrawal")
            ),
        )

    async def note(self, ticket: str | int, /, **body: Unpack[models.Note]) -> models.Done:
        """An internal note."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/notes", body=cast(Json, body))
            ),
        )

    async def edit_note(
        self, ticket: str | int, sequence: int, /, **body: Unpack[models.NewWords]
    ) -> models.Done:
        """Put other words in the place of a note of one's own; those before stay readable."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/notes/{_in(sequence)}/words",
                    body=cast(Json, body),
                )
            ),
        )

    async def redact(
        self, ticket: str | int, sequence: int, /, **body: Unpack[models.Redaction]
    ) -> models.Done:
        """Take a message, a passage of it or a file away for good."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/messages/{_in(sequence)}/redaction",
                    body=cast(Json, body),
                )
            ),
        )

    async def rate(self, ticket: str | int, /, **body: Unpack[models.Rating]) -> models.Done:
        """The customer's judgement of a solved ticket."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/rating", body=cast(Json, body))
            ),
        )

    async def open_side(
        self, ticket: str | int, /, **body: Unpack[models.SideConversation]
    ) -> models.Done:
        """Talk with another team or contact; its id is the answer's command_id."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/side-conversations", body=cast(Json, body))
            ),
        )

    async def say_aside(
        self, ticket: str | int, side: str | int, /, **body: Unpack[models.SideMessage]
    ) -> models.Done:
        """Say something in a side conversation."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/side-conversations/{_in(side)}/messages",
                    body=cast(Json, body),
                )
            ),
        )

    async def close_side(self, ticket: str | int, side: str | int, /) -> models.Done:
        """Nothing more is expected there."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/side-conversations/{_in(side)}/closing")
            ),
        )

    async def ask_consultation(
        self, ticket: str | int, /, **body: Unpack[models.Consultation]
    ) -> models.Done:
        """Ask a specialist, and keep the ticket; its id is the answer's command_id."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/consultations", body=cast(Json, body))
            ),
        )

    async def answer_consultation(
        self, ticket: str | int, consultation: str | int, /, **body: Unpack[models.Advice]
    ) -> models.Done:
        """Give the advice that was asked for."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/consultations/{_in(consultation)}/answer",
                    body=cast(Json, body),
                )
            ),
        )

    async def withdraw_consultation(
        self, ticket: str | int, consultation: str | int, /
    ) -> models.Done:
        """No advice is needed any more."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/consultations/{_in(consultation)}/withdrawal",
                )
            ),
        )

    async def categorize(
        self, ticket: str | int, /, **body: Unpack[models.Category]
    ) -> models.Done:
        """Say what it is about."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/category", body=cast(Json, body))
            ),
        )

    async def change_tags(
        self, ticket: str | int, /, **body: Unpack[models.TagChange]
    ) -> models.Done:
        """Put tags on it, take tags off it."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/tags", body=cast(Json, body))
            ),
        )

    async def set_fields(
        self, ticket: str | int, /, **body: Unpack[models.FieldValues]
    ) -> models.Done:
        """Fill fields that the desk has defined, or empty them."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/fields", body=cast(Json, body))
            ),
        )

    async def set_due(self, ticket: str | int, /, **body: Unpack[models.DueDate]) -> models.Done:
        """Say when it should be done."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/due-date", body=cast(Json, body))
            ),
        )

    async def set_estimate(
        self, ticket: str | int, /, **body: Unpack[models.Estimate]
    ) -> models.Done:
        """Say how much work it is thought to be."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/estimate", body=cast(Json, body))
            ),
        )

    async def remind(self, ticket: str | int, /, **body: Unpack[models.Reminder]) -> models.Done:
        """Have an agent reminded at an instant; its id is the answer's command_id."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/reminders", body=cast(Json, body))
            ),
        )

    async def cancel_reminder(self, ticket: str | int, reminder: str | int, /) -> models.Done:
        """It is not needed any more."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/reminders/{_in(reminder)}/removal")
            ),
        )

    async def promise(self, ticket: str | int, /, **body: Unpack[models.Promise]) -> models.Done:
        """Note what the customer was promised; its id is the answer's command_id."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/promises", body=cast(Json, body))
            ),
        )

    async def keep_promise(self, ticket: str | int, promise: str | int, /) -> models.Done:
        """It was done."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/promises/{_in(promise)}/fulfilment")
            ),
        )

    async def withdraw_promise(self, ticket: str | int, promise: str | int, /) -> models.Done:
        """The customer agreed to do without it."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/promises/{_in(promise)}/withdrawal")
            ),
        )

    async def assign(self, ticket: str | int, /, **body: Unpack[models.Assignment]) -> models.Done:
        """Give it to an agent, a team, or both."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/assignment", body=cast(Json, body))
            ),
        )

    async def unassign(self, ticket: str | int, /, **body: Unpack[models.Reason]) -> models.Done:
        """Take it from its agent; it stays in its team."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/assignment/removal", body=cast(Json, body))
            ),
        )

    async def give_back(self, ticket: str | int, /, **body: Unpack[models.Reason]) -> models.Done:
        """Give it back to who had it before."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/return", body=cast(Json, body))
            ),
        )

    async def set_tier(self, ticket: str | int, /, **body: Unpack[models.Tier]) -> models.Done:
        """Escalate it, or hand it down again."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/tier", body=cast(Json, body))
            ),
        )

    async def change_requester(
        self, ticket: str | int, /, **body: Unpack[models.Requester]
    ) -> models.Done:
        """It is another contact's request."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/requester", body=cast(Json, body))
            ),
        )

    async def set_affected(
        self, ticket: str | int, /, **body: Unpack[models.Affected]
    ) -> models.Done:
        """Say who has the trouble."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/affected-user", body=cast(Json, body))
            ),
        )

    async def follow(self, ticket: str | int, /, **body: Unpack[models.Follower]) -> models.Done:
        """Hear of everything that happens here."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/followers", body=cast(Json, body))
            ),
        )

    async def unfollow(self, ticket: str | int, /, **body: Unpack[models.Follower]) -> models.Done:
        """Hear of it no more."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/followers/removal", body=cast(Json, body))
            ),
        )

    async def add_collaborator(
        self, ticket: str | int, /, **body: Unpack[models.Collaborator]
    ) -> models.Done:
        """Let a contact take part: get the answers in copy, and write."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/collaborators", body=cast(Json, body))
            ),
        )

    async def remove_collaborator(
        self, ticket: str | int, /, **body: Unpack[models.Collaborator]
    ) -> models.Done:
        """Let a contact take part no more."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/collaborators/removal",
                    body=cast(Json, body),
                )
            ),
        )

    async def revoke_links(
        self, ticket: str | int, /, **body: Unpack[models.LinksOf]
    ) -> models.Done:
        """Let the tracking links that were sent until now open nothing any more."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/links/revocation", body=cast(Json, body))
            ),
        )

    async def answer_offer(
        self, ticket: str | int, offer: str | int, /, **body: Unpack[models.OfferReply]
    ) -> models.Done:
        """Take a ticket that one was asked to take, or not."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/offers/{_in(offer)}/answer",
                    body=cast(Json, body),
                )
            ),
        )

    async def start_work(
        self, ticket: str | int, /, **body: Unpack[models.Activity]
    ) -> models.Done:
        """Work on it from now on."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/work", body=cast(Json, body))
            ),
        )

    async def stop_work(self, ticket: str | int, /, **body: Unpack[models.Worker]) -> models.Done:
        """Stop working on it."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/work/end", body=cast(Json, body))
            ),
        )

    async def log_time(self, ticket: str | int, /, **body: Unpack[models.Time]) -> models.Done:
        """Write down work that was not clocked."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/time", body=cast(Json, body))
            ),
        )

    async def correct_time(
        self, ticket: str | int, sequence: int, /, **body: Unpack[models.Correction]
    ) -> models.Done:
        """It was another length of time, which this step logged."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/time/{_in(sequence)}/correction",
                    body=cast(Json, body),
                )
            ),
        )

    async def record_talk(self, ticket: str | int, /, **body: Unpack[models.Talk]) -> models.Done:
        """A call or a chat took place."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/talks", body=cast(Json, body))
            ),
        )

    async def link(self, ticket: str | int, /, **body: Unpack[models.Link]) -> models.Done:
        """Link it to another ticket, on both sides."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/links", body=cast(Json, body))
            ),
        )

    async def unlink(self, ticket: str | int, /, **body: Unpack[models.Link]) -> models.Done:
        """Take a link away, on both sides."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/links/removal", body=cast(Json, body))
            ),
        )

    async def await_children(
        self, ticket: str | int, /, **body: Unpack[models.Children]
    ) -> models.Done:
        """Let it wait for its children, or not."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/children", body=cast(Json, body))
            ),
        )

    async def spread(self, ticket: str | int, /, **body: Unpack[models.Spread]) -> models.Done:
        """Solve all incidents of a solved problem, some at a time."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/incidents/solution", body=cast(Json, body))
            ),
        )

    async def link_external(
        self, ticket: str | int, /, **body: Unpack[models.TrackerIssue]
    ) -> models.Done:
        """Link it to an issue in somebody's tracker."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/external-links", body=cast(Json, body))
            ),
        )

    async def unlink_external(
        self, ticket: str | int, /, **body: Unpack[models.TrackerIssue]
    ) -> models.Done:
        """Take that link away."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/external-links/removal",
                    body=cast(Json, body),
                )
            ),
        )

    async def absorb(self, ticket: str | int, /, **body: Unpack[models.Absorption]) -> models.Done:
        """Merge another ticket into this one; both show it as soon as it is done."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/absorptions", body=cast(Json, body))
            ),
        )

    async def unmerge(self, ticket: str | int, /, **body: Unpack[models.Reason]) -> models.Done:
        """Let a merged ticket stand on its own again."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/merge/removal", body=cast(Json, body))
            ),
        )

    async def split(self, ticket: str | int, /, **body: Unpack[models.Split]) -> models.Done:
        """Make a ticket of its own from some of its messages; this one names it at once."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/splits", body=cast(Json, body))
            ),
        )

    async def undo_split(self, ticket: str | int, new: str | int, /) -> models.Done:
        """Take the messages back, and the ticket that was made of them in."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/tickets/{_in(ticket)}/splits/{_in(new)}/removal")
            ),
        )

    async def explain(
        self, ticket: str | int, clock: str | int, /, **body: Unpack[models.Explanation]
    ) -> models.Done:
        """Say why it was too late, or that it does not count."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/clocks/{_in(clock)}/explanation",
                    body=cast(Json, body),
                )
            ),
        )

    async def use_article(
        self, ticket: str | int, suggestion: str | int, /, **body: Unpack[models.Article]
    ) -> models.Done:
        """A suggested article helped."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/suggestions/{_in(suggestion)}/use",
                    body=cast(Json, body),
                )
            ),
        )

    async def reject_article(
        self, ticket: str | int, suggestion: str | int, /, **body: Unpack[models.Rejection]
    ) -> models.Done:
        """A suggested article did not fit."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/suggestions/{_in(suggestion)}/rejection",
                    body=cast(Json, body),
                )
            ),
        )

    async def batch(self, **body: Unpack[models.Batch]) -> models.BatchOutcome:
        """Do the same to up to 100 tickets, each with an outcome of its own; those that are
        refused keep none of the others. An Idempotency-Key holds for each of them."""
        return cast(
            "models.BatchOutcome",
            await self._caller.call(Call("POST", "/v1/tickets/batch", body=cast(Json, body))),
        )

    async def preview_macro(
        self, ticket: str | int, macro: str | int, /, **body: Unpack[models.MacroUse]
    ) -> models.MacroPreview:
        """What a macro would do to the ticket now. Nothing is stored, sent or recorded."""
        return cast(
            "models.MacroPreview",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/macros/{_in(macro)}/preview",
                    body=cast(Json, body),
                )
            ),
        )

    async def apply_macro(
        self, ticket: str | int, macro: str | int, /, **body: Unpack[models.MacroUse]
    ) -> models.Done:
        """Carry a macro out: all of it, or nothing if a part is refused."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/tickets/{_in(ticket)}/macros/{_in(macro)}/apply",
                    body=cast(Json, body),
                )
            ),
        )

    async def canned_replies(self, ticket: str | int, /) -> models.FilledReplies:
        """Answers that stand ready, filled in for the ticket."""
        return cast(
            "models.FilledReplies",
            await self._caller.call(Call("GET", f"/v1/tickets/{_in(ticket)}/canned-replies")),
        )


class Contacts(_Area):
    """Contacts."""

    async def read(self, contact: str | int, /) -> models.StaffContactPage:
        """A contact with name and addresses; for agents with all that is known of them."""
        return cast(
            "models.StaffContactPage",
            await self._caller.call(Call("GET", f"/v1/contacts/{_in(contact)}")),
        )

    async def list_contact_tickets(
        self,
        contact: str | int,
        /,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        fields: str | None = None,
        status: Sequence[Literal["new", "open", "pending", "on_hold", "solved", "closed"]]
        | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        requester_id: str | None = None,
        organisation_id: str | None = None,
        follower_id: str | None = None,
        mentioned_id: str | None = None,
        label: str | None = None,
        priority: int | None = None,
        type: Literal["", "question", "incident", "problem", "service_request", "task"]
        | None = None,
        category: str | None = None,
        tag: Sequence[str] | None = None,
        tier: int | None = None,
        channel: str | None = None,
        brand: str | None = None,
        field: Sequence[str] | None = None,
        q: str | None = None,
        snoozed: bool | None = None,
        overdue: bool | None = None,
        due_before: str | None = None,
        sort: Literal["updated", "created", "priority", "due", "waiting"] | None = None,
        involved: bool | None = None,
    ) -> models.TicketPages:
        """The tickets that a contact has asked for, narrowed down as any list can be."""
        return cast(
            "models.TicketPages",
            await self._caller.call(
                Call(
                    "GET",
                    f"/v1/contacts/{_in(contact)}/tickets",
                    query={
                        "cursor": cursor,
                        "limit": limit,
                        "fields": fields,
                        "status": status,
                        "agent_id": agent_id,
                        "team_id": team_id,
                        "requester_id": requester_id,
                        "organisation_id": organisation_id,
                        "follower_id": follower_id,
                        "mentioned_id": mentioned_id,
                        "label": label,
                        "priority": priority,
                        "type": type,
                        "category": category,
                        "tag": tag,
                        "tier": tier,
                        "channel": channel,
                        "brand": brand,
                        "field": field,
                        "q": q,
                        "snoozed": snoozed,
                        "overdue": overdue,
                        "due_before": due_before,
                        "sort": sort,
                        "involved": involved,
                    },
                )
            ),
        )

    def list_contact_tickets_all(
        self,
        contact: str | int,
        /,
        *,
        limit: int | None = None,
        fields: str | None = None,
        status: Sequence[Literal["new", "open", "pending", "on_hold", "solved", "closed"]]
        | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        requester_id: str | None = None,
        organisation_id: str | None = None,
        follower_id: str | None = None,
        mentioned_id: str | None = None,
        label: str | None = None,
        priority: int | None = None,
        type: Literal["", "question", "incident", "problem", "service_request", "task"]
        | None = None,
        category: str | None = None,
        tag: Sequence[str] | None = None,
        tier: int | None = None,
        channel: str | None = None,
        brand: str | None = None,
        field: Sequence[str] | None = None,
        q: str | None = None,
        snoozed: bool | None = None,
        overdue: bool | None = None,
        due_before: str | None = None,
        sort: Literal["updated", "created", "priority", "due", "waiting"] | None = None,
        involved: bool | None = None,
    ) -> AsyncIterator[models.TicketPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call(
                "GET",
                f"/v1/contacts/{_in(contact)}/tickets",
                query={
                    "limit": limit,
                    "fields": fields,
                    "status": status,
                    "agent_id": agent_id,
                    "team_id": team_id,
                    "requester_id": requester_id,
                    "organisation_id": organisation_id,
                    "follower_id": follower_id,
                    "mentioned_id": mentioned_id,
                    "label": label,
                    "priority": priority,
                    "type": type,
                    "category": category,
                    "tag": tag,
                    "tier": tier,
                    "channel": channel,
                    "brand": brand,
                    "field": field,
                    "q": q,
                    "snoozed": snoozed,
                    "overdue": overdue,
                    "due_before": due_before,
                    "sort": sort,
                    "involved": involved,
                },
            ),
            "cursor",
        )
        return cast("AsyncIterator[models.TicketPage]", pages)

    async def erase(self, contact: str | int, /, **body: Unpack[models.Erasure]) -> models.Done:
        """Erase a person. Looking at the contact tells when it is complete."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(contact)}/erasure", body=cast(Json, body))
            ),
        )

    async def set_plan(self, id: str | int, /, **body: Unpack[models.Plan]) -> models.Done:
        """What they have bought."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/plan", body=cast(Json, body))
            ),
        )

    async def set_vip(self, id: str | int, /, **body: Unpack[models.Vip]) -> models.Done:
        """Treat them with particular care, or as everybody."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/vip", body=cast(Json, body))
            ),
        )

    async def tag(self, id: str | int, /, **body: Unpack[models.Tags]) -> models.Done:
        """Add tags."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/tags", body=cast(Json, body))
            ),
        )

    async def untag(self, id: str | int, /, **body: Unpack[models.Tags]) -> models.Done:
        """Take tags away."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/tags/removal", body=cast(Json, body))
            ),
        )

    async def note(self, id: str | int, /, **body: Unpack[models.CustomerNote]) -> models.Done:
        """Leave a note for other agents."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/notes", body=cast(Json, body))
            ),
        )

    async def remove_note(self, id: str | int, note: str | int, /) -> models.Done:
        """Destroy a note that should not be there; there is no way back."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/notes/{_in(note)}/removal")
            ),
        )

    async def rename(self, id: str | int, /, **body: Unpack[models.Named]) -> models.Done:
        """Call the contact so."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/name", body=cast(Json, body))
            ),
        )

    async def set_language(self, id: str | int, /, **body: Unpack[models.Language]) -> models.Done:
        """The language to write in."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/language", body=cast(Json, body))
            ),
        )

    async def set_time_zone(self, id: str | int, /, **body: Unpack[models.TimeZone]) -> models.Done:
        """The time zone that they live in."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/time-zone", body=cast(Json, body))
            ),
        )

    async def set_field(self, id: str | int, /, **body: Unpack[models.PersonField]) -> models.Done:
        """Fill in or empty a custom field."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/fields", body=cast(Json, body))
            ),
        )

    async def set_external_id(
        self, id: str | int, /, **body: Unpack[models.ExternalId]
    ) -> models.Done:
        """Who they are in another system."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/external-ids", body=cast(Json, body))
            ),
        )

    async def set_organisation(
        self, id: str | int, /, **body: Unpack[models.Membership]
    ) -> models.Done:
        """Let them join an organisation, or leave theirs."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/organisation", body=cast(Json, body))
            ),
        )

    async def create(self, **body: Unpack[models.NewContact]) -> models.Underway:
        """Make a person known who has not written yet."""
        return cast(
            "models.Underway",
            await self._caller.call(Call("POST", "/v1/contacts", body=cast(Json, body))),
        )

    async def add_address(
        self, id: str | int, /, **body: Unpack[models.NewAddress]
    ) -> models.Underway:
        """Give a contact a further address."""
        return cast(
            "models.Underway",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/addresses", body=cast(Json, body))
            ),
        )

    async def verify_address(
        self, id: str | int, address: str | int, /, **body: Unpack[models.Verification]
    ) -> models.Done:
        """Somebody has shown that the address is theirs."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/contacts/{_in(id)}/addresses/{_in(address)}/verification",
                    body=cast(Json, body),
                )
            ),
        )

    async def remove_address(self, id: str | int, address: str | int, /) -> models.Done:
        """The address is not theirs any more."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/addresses/{_in(address)}/removal")
            ),
        )

    async def bounce_address(
        self, id: str | int, address: str | int, /, **body: Unpack[models.Bounce]
    ) -> models.Done:
        """Mail to the address fails for good."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/contacts/{_in(id)}/addresses/{_in(address)}/bounce",
                    body=cast(Json, body),
                )
            ),
        )

    async def recover_address(
        self, id: str | int, address: str | int, /, **body: Unpack[models.Recovery]
    ) -> models.Done:
        """Mail reaches the address again."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call(
                    "POST",
                    f"/v1/contacts/{_in(id)}/addresses/{_in(address)}/recovery",
                    body=cast(Json, body),
                )
            ),
        )

    async def block(self, id: str | int, /, **body: Unpack[models.Blocking]) -> models.Done:
        """Take nothing from them any more."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/block", body=cast(Json, body))
            ),
        )

    async def unblock(self, id: str | int, /, **body: Unpack[models.Reason]) -> models.Done:
        """Take their messages again."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/unblock", body=cast(Json, body))
            ),
        )

    async def merge(self, id: str | int, /, **body: Unpack[models.Merging]) -> models.Done:
        """Another contact is the same person: merge it into this one. Looking at the contact
        tells when it is complete."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/merge", body=cast(Json, body))
            ),
        )

    async def unmerge(self, id: str | int, /, **body: Unpack[models.Merging]) -> models.Done:
        """The other contact is not the same person after all."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/contacts/{_in(id)}/unmerge", body=cast(Json, body))
            ),
        )

    async def ask_export(self, id: str | int, /) -> models.ExportPage:
        """Collect everything about a person into an archive. Look at Location for when it is
        ready."""
        return cast(
            "models.ExportPage",
            await self._caller.call(Call("POST", f"/v1/contacts/{_in(id)}/export")),
        )

    async def read_export(self, id: str | int, export: str | int, /) -> models.ExportPage:
        """How far an export is."""
        return cast(
            "models.ExportPage",
            await self._caller.call(Call("GET", f"/v1/contacts/{_in(id)}/exports/{_in(export)}")),
        )

    def download_export(self, id: str | int, export: str | int, /) -> AsyncIterator[bytes]:
        """The archive itself, a ZIP."""
        return self._caller.pieces(
            Call("GET", f"/v1/contacts/{_in(id)}/exports/{_in(export)}/archive")
        )


class Organisations(_Area):
    """Organisations."""

    async def read(self, organisation: str | int, /) -> models.OrganisationPage:
        """An organisation."""
        return cast(
            "models.OrganisationPage",
            await self._caller.call(Call("GET", f"/v1/organisations/{_in(organisation)}")),
        )

    async def list_members(
        self, organisation: str | int, /, *, after: str | None = None, limit: int | None = None
    ) -> models.MembersPage:
        """The contacts of an organisation."""
        return cast(
            "models.MembersPage",
            await self._caller.call(
                Call(
                    "GET",
                    f"/v1/organisations/{_in(organisation)}/contacts",
                    query={"after": after, "limit": limit},
                )
            ),
        )

    def list_members_all(
        self, organisation: str | int, /, *, limit: int | None = None
    ) -> AsyncIterator[models.MemberPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call("GET", f"/v1/organisations/{_in(organisation)}/contacts", query={"limit": limit}),
            "after",
        )
        return cast("AsyncIterator[models.MemberPage]", pages)

    async def list_organisation_tickets(
        self,
        organisation: str | int,
        /,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        fields: str | None = None,
        status: Sequence[Literal["new", "open", "pending", "on_hold", "solved", "closed"]]
        | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        requester_id: str | None = None,
        organisation_id: str | None = None,
        follower_id: str | None = None,
        mentioned_id: str | None = None,
        label: str | None = None,
        priority: int | None = None,
        type: Literal["", "question", "incident", "problem", "service_request", "task"]
        | None = None,
        category: str | None = None,
        tag: Sequence[str] | None = None,
        tier: int | None = None,
        channel: str | None = None,
        brand: str | None = None,
        field: Sequence[str] | None = None,
        q: str | None = None,
        snoozed: bool | None = None,
        overdue: bool | None = None,
        due_before: str | None = None,
        sort: Literal["updated", "created", "priority", "due", "waiting"] | None = None,
    ) -> models.TicketPages:
        """The tickets of an organisation's people, narrowed down as any list can be."""
        return cast(
            "models.TicketPages",
            await self._caller.call(
                Call(
                    "GET",
                    f"/v1/organisations/{_in(organisation)}/tickets",
                    query={
                        "cursor": cursor,
                        "limit": limit,
                        "fields": fields,
                        "status": status,
                        "agent_id": agent_id,
                        "team_id": team_id,
                        "requester_id": requester_id,
                        "organisation_id": organisation_id,
                        "follower_id": follower_id,
                        "mentioned_id": mentioned_id,
                        "label": label,
                        "priority": priority,
                        "type": type,
                        "category": category,
                        "tag": tag,
                        "tier": tier,
                        "channel": channel,
                        "brand": brand,
                        "field": field,
                        "q": q,
                        "snoozed": snoozed,
                        "overdue": overdue,
                        "due_before": due_before,
                        "sort": sort,
                    },
                )
            ),
        )

    def list_organisation_tickets_all(
        self,
        organisation: str | int,
        /,
        *,
        limit: int | None = None,
        fields: str | None = None,
        status: Sequence[Literal["new", "open", "pending", "on_hold", "solved", "closed"]]
        | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        requester_id: str | None = None,
        organisation_id: str | None = None,
        follower_id: str | None = None,
        mentioned_id: str | None = None,
        label: str | None = None,
        priority: int | None = None,
        type: Literal["", "question", "incident", "problem", "service_request", "task"]
        | None = None,
        category: str | None = None,
        tag: Sequence[str] | None = None,
        tier: int | None = None,
        channel: str | None = None,
        brand: str | None = None,
        field: Sequence[str] | None = None,
        q: str | None = None,
        snoozed: bool | None = None,
        overdue: bool | None = None,
        due_before: str | None = None,
        sort: Literal["updated", "created", "priority", "due", "waiting"] | None = None,
    ) -> AsyncIterator[models.TicketPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call(
                "GET",
                f"/v1/organisations/{_in(organisation)}/tickets",
                query={
                    "limit": limit,
                    "fields": fields,
                    "status": status,
                    "agent_id": agent_id,
                    "team_id": team_id,
                    "requester_id": requester_id,
                    "organisation_id": organisation_id,
                    "follower_id": follower_id,
                    "mentioned_id": mentioned_id,
                    "label": label,
                    "priority": priority,
                    "type": type,
                    "category": category,
                    "tag": tag,
                    "tier": tier,
                    "channel": channel,
                    "brand": brand,
                    "field": field,
                    "q": q,
                    "snoozed": snoozed,
                    "overdue": overdue,
                    "due_before": due_before,
                    "sort": sort,
                },
            ),
            "cursor",
        )
        return cast("AsyncIterator[models.TicketPage]", pages)

    async def set_plan(self, id: str | int, /, **body: Unpack[models.Plan]) -> models.Done:
        """What they have bought."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/plan", body=cast(Json, body))
            ),
        )

    async def set_vip(self, id: str | int, /, **body: Unpack[models.Vip]) -> models.Done:
        """Treat them with particular care, or as everybody."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/vip", body=cast(Json, body))
            ),
        )

    async def tag(self, id: str | int, /, **body: Unpack[models.Tags]) -> models.Done:
        """Add tags."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/tags", body=cast(Json, body))
            ),
        )

    async def untag(self, id: str | int, /, **body: Unpack[models.Tags]) -> models.Done:
        """Take tags away."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/tags/removal", body=cast(Json, body))
            ),
        )

    async def note(self, id: str | int, /, **body: Unpack[models.CustomerNote]) -> models.Done:
        """Leave a note for other agents."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/notes", body=cast(Json, body))
            ),
        )

    async def remove_note(self, id: str | int, note: str | int, /) -> models.Done:
        """Destroy a note that should not be there; there is no way back."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/notes/{_in(note)}/removal")
            ),
        )

    async def create(self, **body: Unpack[models.Named]) -> models.Done:
        """Make an organisation known."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", "/v1/organisations", body=cast(Json, body))),
        )

    async def rename(self, id: str | int, /, **body: Unpack[models.Named]) -> models.Done:
        """Call it so."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/name", body=cast(Json, body))
            ),
        )

    async def set_field(self, id: str | int, /, **body: Unpack[models.PlainField]) -> models.Done:
        """Fill in or empty a custom field."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/fields", body=cast(Json, body))
            ),
        )

    async def add_domain(
        self, id: str | int, /, **body: Unpack[models.MailDomain]
    ) -> models.Underway:
        """Contacts who write from this domain belong to it."""
        return cast(
            "models.Underway",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/domains", body=cast(Json, body))
            ),
        )

    async def remove_domain(
        self, id: str | int, /, **body: Unpack[models.MailDomain]
    ) -> models.Done:
        """The domain says nothing about it any more."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/domains/removal", body=cast(Json, body))
            ),
        )

    async def share(self, id: str | int, /, **body: Unpack[models.Sharing]) -> models.Done:
        """Let its contacts see one another's tickets, or their own alone."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/sharing", body=cast(Json, body))
            ),
        )

    async def set_parent(self, id: str | int, /, **body: Unpack[models.Parent]) -> models.Done:
        """It is a part of another one, or of none."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/organisations/{_in(id)}/parent", body=cast(Json, body))
            ),
        )


class Away(_Area):
    """Away."""

    async def read(self, *, since: str | None = None) -> models.AwayPage:
        """What others did since then to the caller's tickets: those that are or were theirs, that
        they follow, or where a note names them. The latest first, in sentences; at most 50
        tickets and of each the latest 20 steps."""
        return cast(
            "models.AwayPage",
            await self._caller.call(Call("GET", "/v1/away", query={"since": since})),
        )


class Stream(_Area):
    """Stream."""

    def stream_list(
        self,
        *,
        status: Sequence[Literal["new", "open", "pending", "on_hold", "solved", "closed"]]
        | None = None,
        agent_id: str | None = None,
        team_id: str | None = None,
        requester_id: str | None = None,
        organisation_id: str | None = None,
        follower_id: str | None = None,
        mentioned_id: str | None = None,
        label: str | None = None,
        priority: int | None = None,
        type: Literal["", "question", "incident", "problem", "service_request", "task"]
        | None = None,
        category: str | None = None,
        tag: Sequence[str] | None = None,
        tier: int | None = None,
        channel: str | None = None,
        brand: str | None = None,
        field: Sequence[str] | None = None,
        q: str | None = None,
        snoozed: bool | None = None,
        overdue: bool | None = None,
        due_before: str | None = None,
        sort: Literal["updated", "created", "priority", "due", "waiting"] | None = None,
        view: str | None = None,
        tz: str | None = None,
    ) -> AsyncIterator[bytes]:
        """Which tickets come into a list (`entered`), change in it (`changed`) and go (`left`): a
        view, or what is asked as of `GET /v1/tickets`. What only time brings about, such as being
        overdue, is not told."""
        return self._caller.pieces(
            Call(
                "GET",
                "/v1/stream",
                query={
                    "status": status,
                    "agent_id": agent_id,
                    "team_id": team_id,
                    "requester_id": requester_id,
                    "organisation_id": organisation_id,
                    "follower_id": follower_id,
                    "mentioned_id": mentioned_id,
                    "label": label,
                    "priority": priority,
                    "type": type,
                    "category": category,
                    "tag": tag,
                    "tier": tier,
                    "channel": channel,
                    "brand": brand,
                    "field": field,
                    "q": q,
                    "snoozed": snoozed,
                    "overdue": overdue,
                    "due_before": due_before,
                    "sort": sort,
                    "view": view,
                    "tz": tz,
                },
            )
        )

    def stream_mine(self) -> AsyncIterator[bytes]:
        """What concerns the caller on any ticket: `assigned` to them, `unassigned` from them,
        `mentioned` in a note, `replied` by a customer on what they have or follow."""
        return self._caller.pieces(Call("GET", "/v1/stream/me"))


class Uploads(_Area):
    """Uploads."""

    async def send(self, content: bytes, /, *, name: str | None = None) -> models.UploadPage:
        """Send a file, to name it in a message within a day. The body is the file itself, of any
        Content-Type. One that comes again under its Idempotency-Key is the same upload."""
        return cast(
            "models.UploadPage",
            await self._caller.call(
                Call("POST", "/v1/uploads", query={"name": name}, content=content)
            ),
        )

    async def read(self, upload: str | int, /) -> models.UploadPage:
        """A file that waits for its message."""
        return cast(
            "models.UploadPage", await self._caller.call(Call("GET", f"/v1/uploads/{_in(upload)}"))
        )

    async def delete(self, upload: str | int, /) -> models.UploadPage:
        """Delete a file that no message names; the answer is what it was."""
        return cast(
            "models.UploadPage",
            await self._caller.call(Call("DELETE", f"/v1/uploads/{_in(upload)}")),
        )


class Suspended(_Area):
    """Suspended."""

    async def list(
        self,
        *,
        reason: Literal["automatic", "blocked", "flood", "unknown_reference", "unreadable"]
        | None = None,
        sender: str | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> models.SuspendedList:
        """The messages that wait for somebody to look, newest first."""
        return cast(
            "models.SuspendedList",
            await self._caller.call(
                Call(
                    "GET",
                    "/v1/suspended",
                    query={"reason": reason, "sender": sender, "before": before, "limit": limit},
                )
            ),
        )

    def list_all(
        self,
        *,
        reason: Literal["automatic", "blocked", "flood", "unknown_reference", "unreadable"]
        | None = None,
        sender: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.SuspendedPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call(
                "GET", "/v1/suspended", query={"reason": reason, "sender": sender, "limit": limit}
            ),
            "before",
        )
        return cast("AsyncIterator[models.SuspendedPage]", pages)

    async def read(self, id: str | int, /) -> models.PreviewPage:
        """A suspended message with its words, as far as they are not erased."""
        return cast(
            "models.PreviewPage", await self._caller.call(Call("GET", f"/v1/suspended/{_in(id)}"))
        )

    async def release(self, id: str | int, /) -> models.Done:
        """Let it go to its ticket."""
        return cast(
            "models.Done", await self._caller.call(Call("POST", f"/v1/suspended/{_in(id)}/release"))
        )

    async def release_and_trust(self, id: str | int, /) -> models.Done:
        """The same, and suspend nothing of its sender's for this reason any more."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", f"/v1/suspended/{_in(id)}/release-and-trust")),
        )

    async def reject(self, id: str | int, /) -> models.Done:
        """It is nothing for us: delete it, words, files and sender."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", f"/v1/suspended/{_in(id)}/rejection")),
        )


class Senders(_Area):
    """Senders."""

    async def read(self, id: str | int, /) -> models.SenderPage:
        """What the desk thinks of a sender."""
        return cast(
            "models.SenderPage", await self._caller.call(Call("GET", f"/v1/senders/{_in(id)}"))
        )

    async def block(self, **body: Unpack[models.BlockedSender]) -> models.Done:
        """Suspend whatever comes from an address or a domain, known or not."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", "/v1/senders/block", body=cast(Json, body))),
        )

    async def unblock(self, **body: Unpack[models.NamedSender]) -> models.Done:
        """Take their messages again; what is suspended can be released."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", "/v1/senders/unblock", body=cast(Json, body))),
        )

    async def distrust(self, **body: Unpack[models.DistrustedSender]) -> models.Done:
        """Look at what they send as at everybody's."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", "/v1/senders/distrust", body=cast(Json, body))),
        )


class Desk(_Area):
    """Desk."""

    async def read(self) -> models.DeskPage:
        """Everything that the desk has set up, the default where it has not."""
        return cast("models.DeskPage", await self._caller.call(Call("GET", "/v1/desk")))

    async def read_history(
        self, *, after: int | None = None, limit: int | None = None
    ) -> models.SetupHistory:
        """Who defined what."""
        return cast(
            "models.SetupHistory",
            await self._caller.call(
                Call("GET", "/v1/desk/history", query={"after": after, "limit": limit})
            ),
        )

    def read_history_all(self, *, limit: int | None = None) -> AsyncIterator[models.SetupStepPage]:
        """The same, page after page."""
        pages = self._caller.pages(Call("GET", "/v1/desk/history", query={"limit": limit}), "after")
        return cast("AsyncIterator[models.SetupStepPage]", pages)

    async def define_labels(self, **body: Unpack[models.Labels]) -> models.Done:
        """The labels under the statuses."""
        return cast(
            "models.Done",
            await self._caller.call(Call("PUT", "/v1/desk/labels", body=cast(Json, body))),
        )

    async def define_matrix(self, **body: Unpack[models.PriorityMatrix]) -> models.Done:
        """How impact and urgency make a priority."""
        return cast(
            "models.Done",
            await self._caller.call(Call("PUT", "/v1/desk/priority-matrix", body=cast(Json, body))),
        )

    async def define_codes(self, **body: Unpack[models.ResolutionCodes]) -> models.Done:
        """With what tickets are solved."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("PUT", "/v1/desk/resolution-codes", body=cast(Json, body))
            ),
        )

    async def define_categories(self, **body: Unpack[models.Categories]) -> models.Done:
        """The tree of categories."""
        return cast(
            "models.Done",
            await self._caller.call(Call("PUT", "/v1/desk/categories", body=cast(Json, body))),
        )

    async def define_rules(self, **body: Unpack[models.SolveRules]) -> models.Done:
        """What must be filled when a ticket is solved."""
        return cast(
            "models.Done",
            await self._caller.call(Call("PUT", "/v1/desk/solve-rules", body=cast(Json, body))),
        )

    async def define_tiers(self, **body: Unpack[models.Tiers]) -> models.Done:
        """The support tiers."""
        return cast(
            "models.Done",
            await self._caller.call(Call("PUT", "/v1/desk/tiers", body=cast(Json, body))),
        )

    async def define_undo(self, **body: Unpack[models.Delay]) -> models.Done:
        """How long an agent's answer can be withdrawn before it leaves."""
        return cast(
            "models.Done",
            await self._caller.call(Call("PUT", "/v1/desk/undo-send", body=cast(Json, body))),
        )

    async def define_close(self, **body: Unpack[models.Delay]) -> models.Done:
        """After how long a solved ticket is closed."""
        return cast(
            "models.Done",
            await self._caller.call(Call("PUT", "/v1/desk/close-after", body=cast(Json, body))),
        )

    async def define_field(
        self, field: str | int, /, **body: Unpack[models.FieldOfTickets]
    ) -> models.Done:
        """A field of the desk's own."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("PUT", f"/v1/desk/fields/{_in(field)}", body=cast(Json, body))
            ),
        )

    async def retire_field(self, field: str | int, /) -> models.Done:
        """Fill it in no longer; what was filled in stays."""
        return cast(
            "models.Done", await self._caller.call(Call("DELETE", f"/v1/desk/fields/{_in(field)}"))
        )

    async def define_brand(
        self, brand: str | int, /, **body: Unpack[models.BrandOfDesk]
    ) -> models.Done:
        """A name under which the desk works."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("PUT", f"/v1/desk/brands/{_in(brand)}", body=cast(Json, body))
            ),
        )

    async def retire_brand(self, brand: str | int, /) -> models.Done:
        """Work under this name no longer."""
        return cast(
            "models.Done", await self._caller.call(Call("DELETE", f"/v1/desk/brands/{_in(brand)}"))
        )

    async def define_letter(
        self, letter: str | int, /, **body: Unpack[models.LetterOfDesk]
    ) -> models.Done:
        """Templates of a letter."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("PUT", f"/v1/desk/letters/{_in(letter)}", body=cast(Json, body))
            ),
        )

    async def retire_letter(self, letter: str | int, /) -> models.Done:
        """Write with them no longer."""
        return cast(
            "models.Done",
            await self._caller.call(Call("DELETE", f"/v1/desk/letters/{_in(letter)}")),
        )

    async def preview_letter(self, **body: Unpack[models.LetterOfDesk]) -> models.LetterPreview:
        """What the templates make of an example; nothing is defined."""
        return cast(
            "models.LetterPreview",
            await self._caller.call(Call("POST", "/v1/desk/letter-preview", body=cast(Json, body))),
        )

    async def define_correspondence(
        self, brand: str | int, /, **body: Unpack[models.CorrespondenceOfBrand]
    ) -> models.Done:
        """How a brand writes; `default` is for those that have nothing of their own."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("PUT", f"/v1/desk/correspondence/{_in(brand)}", body=cast(Json, body))
            ),
        )

    async def define_department(
        self, department: str | int, /, **body: Unpack[models.DepartmentOfDesk]
    ) -> models.Done:
        """Teams that belong together; of a private department others see no tickets."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("PUT", f"/v1/desk/departments/{_in(department)}", body=cast(Json, body))
            ),
        )

    async def retire_department(self, department: str | int, /) -> models.Done:
        """Have it no longer: everybody sees the tickets of its teams."""
        return cast(
            "models.Done",
            await self._caller.call(Call("DELETE", f"/v1/desk/departments/{_in(department)}")),
        )

    async def define_light_replies(self, **body: Unpack[models.LightReplies]) -> models.Done:
        """Whether light agents answer customers."""
        return cast(
            "models.Done",
            await self._caller.call(Call("PUT", "/v1/desk/light-replies", body=cast(Json, body))),
        )


class Macros(_Area):
    """Macros."""

    async def list(self) -> models.MacroList:
        """The macros that are offered."""
        return cast("models.MacroList", await self._caller.call(Call("GET", "/v1/macros")))

    async def create(self, **body: Unpack[models.Macro]) -> models.Done:
        """Have a macro ready."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", "/v1/macros", body=cast(Json, body))),
        )

    async def read(self, macro: str | int, /) -> models.MacroPage:
        """A macro, retired or not."""
        return cast(
            "models.MacroPage", await self._caller.call(Call("GET", f"/v1/macros/{_in(macro)}"))
        )

    async def define(self, macro: str | int, /, **body: Unpack[models.Macro]) -> models.Done:
        """Another version of it."""
        return cast(
            "models.Done",
            await self._caller.call(Call("PUT", f"/v1/macros/{_in(macro)}", body=cast(Json, body))),
        )

    async def retire(self, macro: str | int, /) -> models.Done:
        """Offer it no longer."""
        return cast(
            "models.Done", await self._caller.call(Call("DELETE", f"/v1/macros/{_in(macro)}"))
        )

    async def read_history(
        self, macro: str | int, /, *, after: int | None = None, limit: int | None = None
    ) -> models.SetupHistory:
        """Its versions, and who made them."""
        return cast(
            "models.SetupHistory",
            await self._caller.call(
                Call(
                    "GET",
                    f"/v1/macros/{_in(macro)}/history",
                    query={"after": after, "limit": limit},
                )
            ),
        )

    def read_history_all(
        self, macro: str | int, /, *, limit: int | None = None
    ) -> AsyncIterator[models.SetupStepPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call("GET", f"/v1/macros/{_in(macro)}/history", query={"limit": limit}), "after"
        )
        return cast("AsyncIterator[models.SetupStepPage]", pages)


class CannedReplies(_Area):
    """Canned replies."""

    async def list(self) -> models.CannedReplyList:
        """The canned replies that are offered, as they were written."""
        return cast(
            "models.CannedReplyList", await self._caller.call(Call("GET", "/v1/canned-replies"))
        )

    async def create(self, **body: Unpack[models.CannedReply]) -> models.Done:
        """Have an answer ready."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", "/v1/canned-replies", body=cast(Json, body))),
        )

    async def read(self, reply: str | int, /) -> models.CannedReplyPage:
        """A canned reply, retired or not."""
        return cast(
            "models.CannedReplyPage",
            await self._caller.call(Call("GET", f"/v1/canned-replies/{_in(reply)}")),
        )

    async def define(self, reply: str | int, /, **body: Unpack[models.CannedReply]) -> models.Done:
        """Another version of it."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("PUT", f"/v1/canned-replies/{_in(reply)}", body=cast(Json, body))
            ),
        )

    async def retire(self, reply: str | int, /) -> models.Done:
        """Offer it no longer."""
        return cast(
            "models.Done",
            await self._caller.call(Call("DELETE", f"/v1/canned-replies/{_in(reply)}")),
        )

    async def read_history(
        self, reply: str | int, /, *, after: int | None = None, limit: int | None = None
    ) -> models.SetupHistory:
        """Its versions, and who made them."""
        return cast(
            "models.SetupHistory",
            await self._caller.call(
                Call(
                    "GET",
                    f"/v1/canned-replies/{_in(reply)}/history",
                    query={"after": after, "limit": limit},
                )
            ),
        )

    def read_history_all(
        self, reply: str | int, /, *, limit: int | None = None
    ) -> AsyncIterator[models.SetupStepPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call("GET", f"/v1/canned-replies/{_in(reply)}/history", query={"limit": limit}), "after"
        )
        return cast("AsyncIterator[models.SetupStepPage]", pages)


class Views(_Area):
    """Views."""

    async def list(self) -> models.ViewList:
        """The views that are offered to the caller. Each team has one more: `team.<its id>`."""
        return cast("models.ViewList", await self._caller.call(Call("GET", "/v1/views")))

    async def create(self, **body: Unpack[models.View]) -> models.Done:
        """Have a list ready: for oneself, or, by leads, for a team or for all."""
        return cast(
            "models.Done", await self._caller.call(Call("POST", "/v1/views", body=cast(Json, body)))
        )

    async def count(
        self, *, view: Sequence[str] | None = None, tz: str | None = None
    ) -> models.Counts:
        """How many tickets are in these views, each counted up to 1,000."""
        return cast(
            "models.Counts",
            await self._caller.call(
                Call("GET", "/v1/views/counts", query={"view": view, "tz": tz})
            ),
        )

    async def read(self, view: str | int, /) -> models.ViewPage:
        """A view, retired or not."""
        return cast(
            "models.ViewPage", await self._caller.call(Call("GET", f"/v1/views/{_in(view)}"))
        )

    async def define(self, view: str | int, /, **body: Unpack[models.View]) -> models.Done:
        """Another version of it."""
        return cast(
            "models.Done",
            await self._caller.call(Call("PUT", f"/v1/views/{_in(view)}", body=cast(Json, body))),
        )

    async def retire(self, view: str | int, /) -> models.Done:
        """Offer it no longer."""
        return cast(
            "models.Done", await self._caller.call(Call("DELETE", f"/v1/views/{_in(view)}"))
        )

    async def read_view_history(
        self, view: str | int, /, *, after: int | None = None, limit: int | None = None
    ) -> models.SetupHistory:
        """Its versions, and who made them."""
        return cast(
            "models.SetupHistory",
            await self._caller.call(
                Call(
                    "GET", f"/v1/views/{_in(view)}/history", query={"after": after, "limit": limit}
                )
            ),
        )

    def read_view_history_all(
        self, view: str | int, /, *, limit: int | None = None
    ) -> AsyncIterator[models.SetupStepPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call("GET", f"/v1/views/{_in(view)}/history", query={"limit": limit}), "after"
        )
        return cast("AsyncIterator[models.SetupStepPage]", pages)

    async def list_view_tickets(
        self,
        view: str | int,
        /,
        *,
        cursor: str | None = None,
        limit: int | None = None,
        fields: str | None = None,
        tz: str | None = None,
    ) -> models.TicketPages:
        """The tickets in a view, with the columns that it names."""
        return cast(
            "models.TicketPages",
            await self._caller.call(
                Call(
                    "GET",
                    f"/v1/views/{_in(view)}/tickets",
                    query={"cursor": cursor, "limit": limit, "fields": fields, "tz": tz},
                )
            ),
        )

    def list_view_tickets_all(
        self,
        view: str | int,
        /,
        *,
        limit: int | None = None,
        fields: str | None = None,
        tz: str | None = None,
    ) -> AsyncIterator[models.TicketPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call(
                "GET",
                f"/v1/views/{_in(view)}/tickets",
                query={"limit": limit, "fields": fields, "tz": tz},
            ),
            "cursor",
        )
        return cast("AsyncIterator[models.TicketPage]", pages)


class Webhooks(_Area):
    """Webhooks."""

    async def list(self) -> models.WebhookList:
        """The webhooks that are not retired."""
        return cast("models.WebhookList", await self._caller.call(Call("GET", "/v1/webhooks")))

    async def create(self, **body: Unpack[models.WebhookOfDesk]) -> models.SecretDone:
        """Tell an address of tickets' events from now on. This answer alone shows the secret."""
        return cast(
            "models.SecretDone",
            await self._caller.call(Call("POST", "/v1/webhooks", body=cast(Json, body))),
        )

    async def read(self, webhook: str | int, /) -> models.WebhookPage:
        """A webhook, retired or not."""
        return cast(
            "models.WebhookPage",
            await self._caller.call(Call("GET", f"/v1/webhooks/{_in(webhook)}")),
        )

    async def define(
        self, webhook: str | int, /, **body: Unpack[models.WebhookOfDesk]
    ) -> models.Done:
        """Another version of it, under the same secret."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("PUT", f"/v1/webhooks/{_in(webhook)}", body=cast(Json, body))
            ),
        )

    async def retire(self, webhook: str | int, /) -> models.Done:
        """Tell it nothing any more, and forget what there was to tell."""
        return cast(
            "models.Done", await self._caller.call(Call("DELETE", f"/v1/webhooks/{_in(webhook)}"))
        )

    async def rotate_webhook_secret(self, webhook: str | int, /) -> models.SecretDone:
        """Sign with a new secret, which the answer shows this once. For a day both sign."""
        return cast(
            "models.SecretDone",
            await self._caller.call(Call("POST", f"/v1/webhooks/{_in(webhook)}/secret")),
        )

    async def pause(self, webhook: str | int, /, **body: Unpack[models.Pause]) -> models.Done:
        """Keep what there is to tell until it goes on."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/webhooks/{_in(webhook)}/pause", body=cast(Json, body))
            ),
        )

    async def resume(self, webhook: str | int, /) -> models.Done:
        """Go on where it was paused."""
        return cast(
            "models.Done",
            await self._caller.call(Call("POST", f"/v1/webhooks/{_in(webhook)}/resume")),
        )

    async def replay(
        self, webhook: str | int, /, **body: Unpack[models.ReplayAsked]
    ) -> models.Done:
        """Tell it again what was recorded since an instant or behind a cursor, marked as a
        replay."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/webhooks/{_in(webhook)}/replay", body=cast(Json, body))
            ),
        )

    async def read_webhook_history(
        self, webhook: str | int, /, *, after: int | None = None, limit: int | None = None
    ) -> models.SetupHistory:
        """Its versions, pauses and replays, and who did it."""
        return cast(
            "models.SetupHistory",
            await self._caller.call(
                Call(
                    "GET",
                    f"/v1/webhooks/{_in(webhook)}/history",
                    query={"after": after, "limit": limit},
                )
            ),
        )

    def read_webhook_history_all(
        self, webhook: str | int, /, *, limit: int | None = None
    ) -> AsyncIterator[models.SetupStepPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call("GET", f"/v1/webhooks/{_in(webhook)}/history", query={"limit": limit}), "after"
        )
        return cast("AsyncIterator[models.SetupStepPage]", pages)

    async def list_deliveries(
        self,
        webhook: str | int,
        /,
        *,
        state: Literal["waiting", "failed", "delivered"] | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> models.WebhookDeliveryList:
        """Deliveries that did not go through within five attempts: those that wait for the next,
        those that have failed for good and those that went through in the end."""
        return cast(
            "models.WebhookDeliveryList",
            await self._caller.call(
                Call(
                    "GET",
                    f"/v1/webhooks/{_in(webhook)}/deliveries",
                    query={"state": state, "before": before, "limit": limit},
                )
            ),
        )

    def list_deliveries_all(
        self,
        webhook: str | int,
        /,
        *,
        state: Literal["waiting", "failed", "delivered"] | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.WebhookDeliveryPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call(
                "GET",
                f"/v1/webhooks/{_in(webhook)}/deliveries",
                query={"state": state, "limit": limit},
            ),
            "before",
        )
        return cast("AsyncIterator[models.WebhookDeliveryPage]", pages)

    async def read_delivery(
        self, webhook: str | int, delivery: str | int, /
    ) -> models.WebhookDeliveryPage:
        """One of them."""
        return cast(
            "models.WebhookDeliveryPage",
            await self._caller.call(
                Call("GET", f"/v1/webhooks/{_in(webhook)}/deliveries/{_in(delivery)}")
            ),
        )

    async def retry_delivery(self, webhook: str | int, delivery: str | int, /) -> models.Done:
        """Try it again now, under the same id, and for as long as a new one. Later events of its
        ticket may have been told already."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/webhooks/{_in(webhook)}/deliveries/{_in(delivery)}/retry")
            ),
        )


class Events(_Area):
    """Events."""

    async def pull(
        self,
        *,
        after: str | None = None,
        types: Sequence[str] | None = None,
        limit: int | None = None,
    ) -> models.EventPage:
        """What happened to tickets that the caller sees, from a cursor on. `Prefer: wait=20`
        waits so many seconds for the next event where there is none."""
        return cast(
            "models.EventPage",
            await self._caller.call(
                Call("GET", "/v1/events", query={"after": after, "types": types, "limit": limit})
            ),
        )

    def pull_all(
        self, *, types: Sequence[str] | None = None, limit: int | None = None
    ) -> AsyncIterator[models.PublicEvent]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call("GET", "/v1/events", query={"types": types, "limit": limit}), "after"
        )
        return cast("AsyncIterator[models.PublicEvent]", pages)


class ApiKeys(_Area):
    """Api keys."""

    async def list_keys(self) -> models.ApiKeys:
        """All keys, without their secrets."""
        return cast("models.ApiKeys", await self._caller.call(Call("GET", "/v1/api-keys")))

    async def issue(self, **body: Unpack[models.NewApiKey]) -> models.ApiKeyMade:
        """Make a key. Its answer is the only place where it stands."""
        return cast(
            "models.ApiKeyMade",
            await self._caller.call(Call("POST", "/v1/api-keys", body=cast(Json, body))),
        )

    async def read_key(self, key: str | int, /) -> models.ApiKeyPage:
        """A key, without its secret."""
        return cast(
            "models.ApiKeyPage", await self._caller.call(Call("GET", f"/v1/api-keys/{_in(key)}"))
        )

    async def rotate(self, key: str | int, /, **body: Unpack[models.Rotation]) -> models.ApiKeyMade:
        """Give it another secret; the one before counts for a while, so that nothing stands
        still."""
        return cast(
            "models.ApiKeyMade",
            await self._caller.call(
                Call("POST", f"/v1/api-keys/{_in(key)}/rotation", body=cast(Json, body))
            ),
        )

    async def revoke(self, key: str | int, /, **body: Unpack[models.Revocation]) -> models.Done:
        """Let nobody in with it any more, at once."""
        return cast(
            "models.Done",
            await self._caller.call(
                Call("POST", f"/v1/api-keys/{_in(key)}/revocation", body=cast(Json, body))
            ),
        )

    async def read_key_history(
        self, key: str | int, /, *, after: int | None = None, limit: int | None = None
    ) -> models.SetupHistory:
        """Who made, rotated or revoked it."""
        return cast(
            "models.SetupHistory",
            await self._caller.call(
                Call(
                    "GET",
                    f"/v1/api-keys/{_in(key)}/history",
                    query={"after": after, "limit": limit},
                )
            ),
        )

    def read_key_history_all(
        self, key: str | int, /, *, limit: int | None = None
    ) -> AsyncIterator[models.SetupStepPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call("GET", f"/v1/api-keys/{_in(key)}/history", query={"limit": limit}), "after"
        )
        return cast("AsyncIterator[models.SetupStepPage]", pages)


class Audit(_Area):
    """Audit."""

    async def list(
        self,
        *,
        kind: Sequence[Literal["act", "refusal", "read"]] | None = None,
        what: str | None = None,
        actor: str | None = None,
        target: str | None = None,
        since: str | None = None,
        before: str | None = None,
        cursor: str | None = None,
        limit: int | None = None,
    ) -> models.AuditPages:
        """Who was turned away, what administrators did and, by setting, who read of whom."""
        return cast(
            "models.AuditPages",
            await self._caller.call(
                Call(
                    "GET",
                    "/v1/audit",
                    query={
                        "kind": kind,
                        "what": what,
                        "actor": actor,
                        "target": target,
                        "since": since,
                        "before": before,
                        "cursor": cursor,
                        "limit": limit,
                    },
                )
            ),
        )

    def list_all(
        self,
        *,
        kind: Sequence[Literal["act", "refusal", "read"]] | None = None,
        what: str | None = None,
        actor: str | None = None,
        target: str | None = None,
        since: str | None = None,
        before: str | None = None,
        limit: int | None = None,
    ) -> AsyncIterator[models.AuditEntryPage]:
        """The same, page after page."""
        pages = self._caller.pages(
            Call(
                "GET",
                "/v1/audit",
                query={
                    "kind": kind,
                    "what": what,
                    "actor": actor,
                    "target": target,
                    "since": since,
                    "before": before,
                    "limit": limit,
                },
            ),
            "cursor",
        )
        return cast("AsyncIterator[models.AuditEntryPage]", pages)

    def export(
        self,
        *,
        kind: Sequence[Literal["act", "refusal", "read"]] | None = None,
        what: str | None = None,
        actor: str | None = None,
        target: str | None = None,
        since: str | None = None,
        before: str | None = None,
    ) -> AsyncIterator[bytes]:
        """All such entries up to now as lines of JSON, the oldest first. That it was exported is
        an entry itself. A copy that breaks off goes on with `since` the `at` of its last
        entry."""
        return self._caller.pieces(
            Call(
                "GET",
                "/v1/audit/export",
                query={
                    "kind": kind,
                    "what": what,
                    "actor": actor,
                    "target": target,
                    "since": since,
                    "before": before,
                },
            )
        )


class Commands(_Area):
    """Commands."""

    async def read(self, command: str | int, /) -> models.CommandPage:
        """One of the caller's own commands."""
        return cast(
            "models.CommandPage",
            await self._caller.call(Call("GET", f"/v1/commands/{_in(command)}")),
        )


class SignIn(_Area):
    """Sign in."""

    async def ask_code(self, **body: Unpack[models.WantedCode]) -> models.CodeAsked:
        """Have a code mailed to a customer. The answer is the same whether they are known."""
        return cast(
            "models.CodeAsked",
            await self._caller.call(Call("POST", "/v1/sign-in/codes", body=cast(Json, body))),
        )

    async def sign_in(self, **body: Unpack[models.GivenCode]) -> models.SignedIn:
        """Sign in as a customer by the code that came by mail."""
        return cast(
            "models.SignedIn",
            await self._caller.call(Call("POST", "/v1/sign-in", body=cast(Json, body))),
        )


class Areas:
    """All of them."""

    def __init__(self, caller: Caller) -> None:
        self.tickets = Tickets(caller)
        self.contacts = Contacts(caller)
        self.organisations = Organisations(caller)
        self.away = Away(caller)
        self.stream = Stream(caller)
        self.uploads = Uploads(caller)
        self.suspended = Suspended(caller)
        self.senders = Senders(caller)
        self.desk = Desk(caller)
        self.macros = Macros(caller)
        self.canned_replies = CannedReplies(caller)
        self.views = Views(caller)
        self.webhooks = Webhooks(caller)
        self.events = Events(caller)
        self.api_keys = ApiKeys(caller)
        self.audit = Audit(caller)
        self.commands = Commands(caller)
        self.sign_in = SignIn(caller)
