"""Tracking links: ``/t/<token>`` and what lies below it, for whoever holds the token.

A GET changes nothing, since mail scanners follow every link; only a button's POST does. A link
that is forged, over, revoked, or of somebody who may not see the ticket any more, looks the same
from outside: there is nothing.
"""

from collections.abc import Awaitable, Callable, Collection, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs

import msgspec
import uuid_utils
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response, StreamingResponse
from starlette.routing import BaseRoute, Route

from libs.contents import ContentStore, Rendition
from libs.events.ids import digest
from libs.events.kafka import utc_now
from libs.events.projection import Projection
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from libs.keyring import Erased
from libs.letters.instants import day
from libs.tokens import Link, Links
from services.gateway import instants
from services.gateway.availability import Unavailable, needing
from services.gateway.commanding.desk import CommandDesk
from services.gateway.commanding.draft import Draft, command_id, fingerprint
from services.gateway.commanding.requests import KeyReused
from services.gateway.contacts.reading import ContactReader
from services.gateway.contacts.view import CONTACTS
from services.gateway.http.contents import headers as file_headers
from services.gateway.http.problems import Problem
from services.gateway.http.ticket_commands.conversation import from_customer
from services.gateway.principal import Principal, customer
from services.gateway.setup.reading import SetupReader
from services.gateway.tickets import asked, threads
from services.gateway.tickets.pages import CustomerTicketPage
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.reading import TicketReader
from services.gateway.tickets.view import EVERYBODYS, TicketView
from services.gateway.tracking.page import HEADERS, page
from services.gateway.tracking.showing import SCORES, shown
from services.gateway.tracking.words import words_for

STILL_BROKEN = "still_broken"
_PAGE = 100
_LONGEST_TEXT = 20_000
_WAIT_SECONDS = 5.0

Words = Mapping[str, str]
Form = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Visit:
    """Somebody with a valid link. reader: whom they act as; known_as: the contacts that they have
    been; place: the path of their page; time_zone: theirs, "" where it is not known."""

    link: Link
    view: TicketView
    reader: Principal
    known_as: Collection[str]
    place: str
    time_zone: str
    words: Words
    brand: str


class Gone(Exception):
    """There is nothing for this link."""


class Tracking:
    """The pages, on what they need."""

    def __init__(
        self,
        *,
        links: Links,
        tickets: TicketReader,
        contacts: ContactReader,
        setup: SetupReader,
        contents: ContentStore,
        desk: CommandDesk,
    ) -> None:
        self._links = links
        self._tickets = tickets
        self._contacts = contacts
        self._setup = setup
        self._contents = contents
        self._desk = desk

    def routes(self) -> list[BaseRoute]:
        """Where they stand."""
        place = "/t/{token}"
        handlers: list[tuple[str, str, Callable[[Visit, Request], Awaitable[Response]]]] = [
            (place, "GET", self._ticket),
            (place, "POST", self._answer),
            (f"{place}/files/{{content}}", "GET", self._file),
            (f"{place}/rating", "GET", self._rating),
            (f"{place}/rating", "POST", self._rate),
            (f"{place}/no-more-questions", "GET", self._asking),
            (f"{place}/no-more-questions", "POST", self._no_more),
        ]
        return [
            Route(path, self._visited(handler), methods=[method])
            for path, method, handler in handlers
        ]

    def _visited(
        self, handler: Callable[[Visit, Request], Awaitable[Response]]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def visited(request: Request) -> Response:
            words = words_for(_languages(request))
            try:
                visit = await self._visit(request, words)
                words = visit.words
                return await handler(visit, request)
            except Gone:
                return _plain(words, 404, words["gone"], words["gone_why"])
            except KeyReused:
                return _plain(words, 409, words["trouble"], words["twice"])
            except Unavailable:
                return _plain(words, 503, words["trouble"], words["trouble_why"])
            except Problem as problem:
                status = problem.status
                return _plain(words, status, words["trouble"], words["trouble_why"])

        return visited

    async def _visit(self, request: Request, words: Words) -> Visit:
        """Who comes, and to what. Raises Gone, Unavailable."""
        token = request.path_params["token"]
        link = self._links.read(token)
        if link is None or link.ends_at <= utc_now():
            raise Gone
        async with needing("MongoDB"):
            people = await self._contacts.successors(link.contact_id)
            found = await self._tickets.find(link.ticket_id)
            desk, _ = await self._setup.desk()
        if found is None or not people or _is_revoked(found[1], link, people):
            raise Gone
        view = found[1]
        # A part that they took under the name they had is still theirs.
        readers = (customer(id) for id in reversed([*people]))
        reader = next((one for one in readers if one.sees(view)), None)
        if reader is None:
            raise Gone
        *_, contact = people.values()
        code = view["brand"] or desk.brand_of(view["account"])
        brand = desk.brands[code].name if code in desk.brands else ""
        if contact["language"]:
            words = words_for([contact["language"], words["language"]])
        zone = contact["time_zone"]
        return Visit(link, view, reader, people.keys(), f"/t/{token}", zone, words, brand)

    async def _goes_on(self, visit: Visit) -> str:
        """Where they find the ticket that this one was merged into; "" where they may not.

        Its link ends when theirs does.
        """
        target, link = visit.view["merged_into"], visit.link
        if not target:
            return ""
        async with needing("MongoDB"):
            found = await self._tickets.find(target)
        if found is None or not visit.reader.sees(found[1]):
            return ""
        days = (link.ends_at - link.made_at).days
        return "/t/" + self._links.token(target, link.contact_id, link.made_at, days)

    async def _shown(self, visit: Visit) -> CustomerTicketPage:
        async with needing("MongoDB"):
            [ticket] = await self._tickets.customer_pages([(visit.link.ticket_id, visit.view)])
        return ticket

    async def _ticket(self, visit: Visit, request: Request) -> Response:
        notice = visit.words["sent"] if "sent" in request.query_params else ""
        return await self._ticket_page(visit, request, notice)

    async def _ticket_page(
        self, visit: Visit, request: Request, notice: str, status: int = 200, draft: str = ""
    ) -> Response:
        ticket, words = await self._shown(visit), visit.words
        if ticket["erased"]:
            return _plain(words, 410, words["gone"], words["erased"])
        try:
            after = threads.place(request.query_params.get("after"))
        except asked.Unreadable:
            after = threads.Place()
        async with needing("MongoDB"):
            said, more = await self._tickets.conversation(
                visit.link.ticket_id, visit.view, visit.reader, after, _PAGE, asked.Bound()
            )
        if not notice and visit.view["merged_into"]:
            notice = words["merged"]
        return _html(
            page(
                "ticket",
                words,
                title=ticket["subject"] or words["request"],
                brand=visit.brand,
                ticket=ticket,
                opened=day(instants.parse(ticket["created_at"]), visit.time_zone),
                notice=notice,
                goes_on=await self._goes_on(visit),
                said=[
                    shown(one, visit.known_as, words, visit.brand, visit.time_zone) for one in said
                ],
                more=more.encode() if more else "",
                can_rate=ticket["status"] == "solved" and self._is_theirs(visit),
                place=visit.place,
                key=uuid_utils.uuid7().hex,
                draft=draft,
            ),
            status,
        )

    async def _answer(self, visit: Visit, request: Request) -> Response:
        form = await _form(request)
        said = form.get("text", "").strip()
        if not said or len(said) > _LONGEST_TEXT:
            why = visit.words["too_long" if said else "empty"]
            return await self._ticket_page(visit, request, why, 422, said[:_LONGEST_TEXT])
        await self._say(visit, request, form, said)
        return _see(f"{visit.place}?sent")

    async def _say(self, visit: Visit, request: Request, form: Form, said: str) -> None:
        """Their message goes to the ticket."""
        draft = _draft(visit, request, form, "said", TICKETS, visit.link.ticket_id)
        words = await self._desk.keep(draft, Rendition(text=said))
        message = from_customer("web", words, said, "")
        added = t.AddCustomerMessage(
            visit.reader.subject, message, digest("said", draft.command_id)
        )
        await self._carry_out(draft, added)

    async def _file(self, visit: Visit, request: Request) -> Response:
        content = request.path_params["content"]
        async with needing("MongoDB"):
            found = await self._tickets.content(
                visit.link.ticket_id, visit.view, content, visit.reader
            )
            if found is None:
                raise Gone
            ref, name = found
            chunks = await self._contents.open(ref.id)
        if isinstance(chunks, Erased):
            raise Gone
        named = {**HEADERS, **file_headers(ref, name, inline=False)}
        return StreamingResponse(chunks, headers=named)

    def _is_theirs(self, visit: Visit) -> bool:
        """A ticket is rated by whose it is."""
        return visit.view["requester_id"] == visit.reader.subject

    async def _rating(self, visit: Visit, request: Request) -> Response:
        return await self._rating_page(visit, request)

    async def _rating_page(
        self, visit: Visit, request: Request, notice: str = "", status: int = 200
    ) -> Response:
        ticket, words = await self._shown(visit), visit.words
        if ticket["erased"]:
            return _plain(words, 410, words["gone"], words["erased"])
        survey = visit.view["survey"]
        asks = self._is_theirs(visit) and ticket["status"] == "solved"
        if not notice and not asks:
            notice = words["not_solved"]
        elif survey is not None and survey["state"] == "expired":
            asks, notice = False, notice or words["over"]
        elif not notice and "rated" in request.query_params:
            notice = words["rated"]
        if "reopened" in request.query_params:
            asks, notice = False, words["reopened"]
        chosen = request.query_params.get("score", str(ticket["rating"] or ""))
        return _html(
            page(
                "rating",
                words,
                title=words["rate"],
                brand=visit.brand,
                ticket=ticket,
                notice=notice,
                scores=list(SCORES[ticket["rating_scale"]]) if asks else [],
                chosen=int(chosen) if chosen.isdecimal() and len(chosen) < 3 else None,
                broken=request.query_params.get("solved") == "no",
                place=visit.place,
                key=uuid_utils.uuid7().hex,
            ),
            status,
        )

    async def _rate(self, visit: Visit, request: Request) -> Response:
        if not self._is_theirs(visit):
            raise Gone
        form = await _form(request)
        comment = form.get("comment", "").strip()[:_LONGEST_TEXT]
        if form.get("solved") == "no":
            return await self._reopen(visit, request, form, comment)
        score = form.get("score", "")
        if not (score.isdecimal() and len(score) < 3):
            return await self._rating_page(visit, request, visit.words["empty"], 422)
        draft = _draft(visit, request, form, "rated", TICKETS, visit.link.ticket_id)
        words = await self._desk.keep(draft, Rendition(text=comment)) if comment else None
        refused = await self._carry_out(draft, t.RateTicket(int(score), words))
        if refused:
            why = visit.words["over" if refused == "survey_over" else "not_solved"]
            return await self._rating_page(visit, request, why, 409)
        return _see(f"{visit.place}/rating?rated")

    async def _reopen(self, visit: Visit, request: Request, form: Form, said: str) -> Response:
        draft = _draft(visit, request, form, "reopened", TICKETS, visit.link.ticket_id)
        refused = await self._carry_out(draft, t.ReopenTicket(STILL_BROKEN))
        if said or refused:
            # A closed ticket takes no reopening; what its customer says opens a follow-up.
            await self._say(visit, request, form, said or visit.words["broken"])
        return _see(f"{visit.place}/rating?reopened")

    async def _asking(self, visit: Visit, request: Request) -> Response:
        return self._asking_page(visit, done="done" in request.query_params)

    def _asking_page(self, visit: Visit, *, done: bool) -> Response:
        title = visit.words["no_more"]
        values = {"title": title, "brand": visit.brand, "done": done, "place": visit.place}
        return _html(page("asking", visit.words, **values), 200)

    async def _no_more(self, visit: Visit, request: Request) -> Response:
        """Also by one click of a mail program (RFC 8058), which shows nobody the answer."""
        contact = visit.reader.subject
        draft = _draft(visit, request, {}, "no more", CONTACTS, contact)
        await self._carry_out(draft, c.TagCustomer((c.NO_SURVEYS,)))
        return self._asking_page(visit, done=True)

    async def _carry_out(self, draft: Draft, data: msgspec.Struct) -> str:
        """The code of a refusal; "" when it was done, or will be."""
        outcome = await self._desk.carry_out(draft, data)
        if outcome.reply is not None and outcome.reply.refusal:
            return outcome.reply.refusal
        if outcome.kind == "unanswered":
            raise Unavailable("nobody has decided it yet")
        return ""


def _draft(
    visit: Visit, request: Request, form: Form, what: str, projection: Projection, to: str
) -> Draft:
    """The draft of what they send. The form's key makes a second click the same command."""
    key = form.get("key", "")[:64]
    known = f"{what} {visit.link.ticket_id} {key}" if key else None
    return Draft(
        caller=visit.reader,
        projection=projection,
        aggregate_id=to,
        owner=visit.reader.subject,
        command_id=command_id(visit.reader, known),
        keyed=known is not None,
        fingerprint=fingerprint(what, visit.link.ticket_id, msgspec.json.encode(form)),
        expected_sequence=None,
        wait_seconds=_WAIT_SECONDS,
        traceparent=None,
    )


def _is_revoked(view: TicketView, link: Link, people: Collection[str]) -> bool:
    revoked = view.get("links_revoked", {})
    until = max(revoked.get(id, "") for id in (EVERYBODYS, *people))
    return instants.text(link.made_at) <= until


async def _form(request: Request) -> Form:
    """A small form's fields, the first of each name."""
    fields = parse_qs((await request.body()).decode("utf-8", "replace"), max_num_fields=20)
    return {name: values[0].replace("\r\n", "\n") for name, values in fields.items()}


def _languages(request: Request) -> list[str]:
    header = request.headers.get("accept-language", "")[:200]
    return [part.partition(";")[0] for part in header.split(",")]


def _see(place: str) -> Response:
    return RedirectResponse(place, 303, dict(HEADERS))


def _html(text: str, status: int) -> Response:
    return HTMLResponse(text, status, dict(HEADERS))


def _plain(words: Words, status: int, title: str, why: str) -> Response:
    return _html(page("plain", words, title=title, why=why), status)
