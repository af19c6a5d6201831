"""Reading tickets: now, as they were, in lists, as conversation and as history."""

from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import get_args

import httpx
import msgspec
import pytest

from libs.contents import ContentRef, NewContent, Rendition
from libs.events.builds import Builds
from libs.events.envelope import Position
from libs.events.published import tickets as t
from libs.events.published.messages import Attachment, MessageFacts
from libs.events.published.tickets import Status
from libs.events.waiting import token
from libs.mongo import Document
from libs.settings import Settings
from services.gateway.instants import text
from services.gateway.tickets.asked import Cursor, TicketList
from services.gateway.tickets.projection import TICKETS
from services.gateway.tickets.view import Sort
from tests.support.gateway import Gateway, append, gateway, keep, known_contact
from tests.support.gateway_story import (
    CUSTOMER,
    START,
    STRANGER,
    TICKET,
    message,
    opened,
    recorded,
    story,
)

pytestmark = pytest.mark.integration

POSITION = "Deskledger-Position"


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway over one ticket's whole life."""
    async with gateway(module_ledger) as running:
        on = running.resources
        tokens = [
            await known_contact(on, CUSTOMER, "ada@example.org", "Ada"),
            await known_contact(on, STRANGER, "eve@example.org", "Eve"),
        ]
        words = {
            name: Rendition(f"Subject of {name}", f"Text of {name}")
            for name in ("first", "answer", "note", "more", "again", "praise")
        }
        await keep(on, CUSTOMER, **words)
        await keep(on, STRANGER, foreign=Rendition("Let me in", "Text of foreign"))
        told = await append(on, story())
        async with running.client("agent") as anna:
            for position in tokens:
                await anna.get(f"/v1/contacts/{CUSTOMER}", headers={POSITION: position})
            await anna.get("/v1/tickets", headers={POSITION: told})
        yield running


@pytest.fixture
async def ada(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    async with desk.client("customer", CUSTOMER) as client:
        yield client


async def body(client: httpx.AsyncClient, path: str) -> Mapping[str, object]:
    response = await client.get(path)
    assert response.status_code == 200, response.text
    found: Mapping[str, object] = response.json()
    return found


async def test_a_ticket_is_found_by_id_and_by_number(anna: httpx.AsyncClient) -> None:
    ticket = await body(anna, f"/v1/tickets/{TICKET}")
    assert ticket["subject"] == "Subject of first"
    assert ticket["requester"] == {"id": CUSTOMER, "name": "Ada"}
    assert (ticket["status"], ticket["sequence"]) == ("closed", len(story()))
    assert await body(anna, "/v1/tickets/7") == ticket


@pytest.mark.parametrize("reference", ["t-00" + "f" * 24, "8", "0" * 40, "nonsense", "-1"])
async def test_a_ticket_that_there_is_not_is_a_404(anna: httpx.AsyncClient, reference: str) -> None:
    response = await anna.get(f"/v1/tickets/{reference}")
    assert (response.status_code, response.json()["code"]) == (404, "not_found")


async def test_a_page_that_the_reader_has_is_not_sent_again(anna: httpx.AsyncClient) -> None:
    first = await anna.get(f"/v1/tickets/{TICKET}")
    again = await anna.get(
        f"/v1/tickets/{TICKET}", headers={"If-None-Match": first.headers["etag"]}
    )
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == first.headers["etag"] == f'"{len(story())}.agent"'


async def test_a_ticket_can_be_seen_as_it_was_at_every_step(anna: httpx.AsyncClient) -> None:
    for event in story():
        by_sequence = await body(anna, f"/v1/tickets/{TICKET}?as_of={event.sequence}")
        instant = text(event.recorded_at)
        by_instant = await body(anna, f"/v1/tickets/{TICKET}?as_of={instant}")
        assert by_sequence == by_instant
        assert by_sequence["sequence"] == event.sequence
    assert by_sequence == await body(anna, f"/v1/tickets/{TICKET}")


async def test_an_instant_between_two_events_shows_the_first(anna: httpx.AsyncClient) -> None:
    instant = text(START + timedelta(minutes=3) - timedelta(microseconds=1))
    assert (await body(anna, f"/v1/tickets/{TICKET}?as_of={instant}"))["sequence"] == 2


@pytest.mark.parametrize(
    ("as_of", "status", "code"),
    [
        ("2020-01-01T00:00:00Z", 404, "not_yet_opened"),
        ("0", 404, "not_yet_opened"),
        ("99", 422, "invalid"),
        ("yesterday", 422, "invalid"),
        ("2026-03-01T09:30:00", 422, "invalid"),
    ],
)
async def test_a_point_where_there_is_no_ticket_is_said_so(
    anna: httpx.AsyncClient, as_of: str, status: int, code: str
) -> None:
    response = await anna.get(f"/v1/tickets/{TICKET}", params={"as_of": as_of})
    assert (response.status_code, response.json()["code"]) == (status, code)


async def test_agents_read_the_whole_conversation(anna: httpx.AsyncClient) -> None:
    found = (await anna.get(f"/v1/tickets/{TICKET}/conversation")).json()
    assert [(m["author"]["name"], m["text"], m["visibility"]) for m in found["items"]] == [
        ("Ada", "Text of first", "public"),
        ("anna", "Text of answer", "public"),
        ("anna", "Text of note", "internal"),
        ("Ada", "Text of more", "public"),
        ("Eve", "Text of foreign", "internal"),
    ]
    assert found["items"][1]["delivery"] == {"state": "delivered", "attempts": 6, "error": ""}
    assert found["next"] is None


async def test_what_became_of_an_answer_is_told_as_of_then(anna: httpx.AsyncClient) -> None:
    deliveries = [
        (await anna.get(f"/v1/tickets/{TICKET}/conversation?as_of={n}")).json()["items"][-1]
        for n in (3, 4, 5)
    ]
    assert [d["delivery"] and d["delivery"]["state"] for d in deliveries] == [
        None,
        "delayed",
        "failed",
    ]


async def test_customers_read_only_what_is_public(ada: httpx.AsyncClient) -> None:
    found = (await ada.get(f"/v1/tickets/{TICKET}/conversation")).json()
    said = [m["text"] for m in found["items"]]
    assert said == ["Text of first", "Text of answer", "Text of more"]
    ticket = await body(ada, f"/v1/tickets/{TICKET}")
    assert set(ticket) == {
        "id",
        "number",
        "prefix",
        "status",
        "subject",
        "channel",
        "created_at",
        "solved_at",
        "closed_at",
        "rating",
        "rating_scale",
        "erased",
    }


async def test_a_conversation_and_a_history_come_in_pages(anna: httpx.AsyncClient) -> None:
    for kind in ("conversation", "history"):
        whole = (await anna.get(f"/v1/tickets/{TICKET}/{kind}?limit=200")).json()["items"]
        paged: list[object] = []
        after: int | None = 0
        while after is not None:
            page = (await anna.get(f"/v1/tickets/{TICKET}/{kind}?limit=2&after={after}")).json()
            paged += page["items"]
            after = page["next"]
        assert paged == whole


async def test_the_history_is_told_in_the_reader_s_language(anna: httpx.AsyncClient) -> None:
    german = {"Accept-Language": "de-AT,de;q=0.9,en;q=0.5"}
    for path, steps in (
        (f"/v1/tickets/{TICKET}/history", "items"),
        (f"/v1/tickets/{TICKET}/diff", "steps"),
    ):
        told = [await anna.get(path, headers=one) for one in (german, {"Accept-Language": "fr"})]
        assert [one.headers["content-language"] for one in told] == ["de", "en"]
        assert {one.headers["vary"] for one in told} == {"Accept-Language"}
        first = [one.json()[steps][0]["sentence"] for one in told]
        assert first == [
            "Ada hat per E-Mail geschrieben; Ticket 7 wurde eröffnet.",
            "Ada wrote by e-mail; ticket 7 was opened.",
        ]


async def test_the_history_reads_as_sentences(anna: httpx.AsyncClient) -> None:
    steps = (await anna.get(f"/v1/tickets/{TICKET}/history")).json()["items"]
    assert [step["sequence"] for step in steps] == [event.sequence for event in story()]
    assert steps[0]["sentence"] == "Ada wrote by e-mail; ticket 7 was opened."
    assert steps[9]["sentence"].startswith("Eve, who takes no part")
    assert steps[16]["sentence"].startswith("Deskledger closed the ticket")


async def test_a_list_has_filters_an_order_and_a_cursor(desk: Gateway) -> None:
    """Twelve tickets in one partition, opened in the order of their numbers."""
    on = desk.resources
    team = "paging"
    events = []
    for n in range(1, 13):
        id = f"t-02{n:024x}"
        events.append(
            recorded(opened(100 + n), 100 + n, f"contact:{CUSTOMER}", id),
        )
        to = t.TicketAssigned(agent_id="bob" if n % 2 else "", team_id=team)
        events.append(recorded(to, 100 + n, "agent:lea", id))
    told = await append(on, events)
    async with desk.client("agent") as anna:
        await anna.get("/v1/tickets", headers={POSITION: told})

        async def numbers(query: str) -> list[int]:
            first = f"/v1/tickets?team_id={team}&limit=5&{query}"
            found = (await anna.get(first)).json()
            paged = found["items"]
            while found["next"] is not None:
                found = (await anna.get(f"{first}&cursor={found['next']}")).json()
                paged += found["items"]
            return [ticket["number"] for ticket in paged]

        everything = list(range(112, 100, -1))
        assert await numbers("sort=created") == everything
        assert await numbers("sort=updated") == everything
        assert await numbers("agent_id=bob") == [n for n in everything if n % 2]
        assert await numbers("agent_id=none") == [n for n in everything if not n % 2]
        assert await numbers("status=open") == [n for n in everything if n % 2]
        assert await numbers("status=open&status=new") == everything
        assert await numbers("status=closed") == []
        assert await numbers(f"requester_id={STRANGER}") == []


async def test_a_list_stays_put_while_tickets_come(desk: Gateway) -> None:
    """Given a page was read, when a new ticket comes, then the next page begins where it should."""
    on = desk.resources
    query = "/v1/tickets?team_id=stable&sort=created&limit=2"

    async def come(*numbers: int) -> str:
        events = []
        for n in numbers:
            id = f"t-04{n:024x}"
            events.append(recorded(opened(n), n, f"contact:{CUSTOMER}", id))
            events.append(recorded(t.TicketAssigned(team_id="stable"), n, "agent:lea", id))
        return await append(on, events)

    before = await come(201, 202, 203, 204)
    async with desk.client("agent") as anna:
        first = (await anna.get(query, headers={POSITION: before})).json()
        meanwhile = await come(205)
        second = await anna.get(f"{query}&cursor={first['next']}", headers={POSITION: meanwhile})
    assert [ticket["number"] for ticket in first["items"]] == [204, 203]
    assert [ticket["number"] for ticket in second.json()["items"]] == [202, 201]
    assert second.json()["next"] is None


@pytest.mark.parametrize(
    "query",
    ["status=odd", "limit=0", "limit=201", "sort=random", "cursor=x", "cursor=%00", "limit=x"],
)
async def test_a_list_that_cannot_be_is_refused_with_the_parameter(
    anna: httpx.AsyncClient, query: str
) -> None:
    response = await anna.get(f"/v1/tickets?{query}")
    assert response.status_code == 422
    assert response.json()["errors"][0]["parameter"] == query.partition("=")[0]


async def test_filters_are_compared_never_interpreted(anna: httpx.AsyncClient) -> None:
    for query in ("agent_id[$ne]=x", 'agent_id={"$ne":"x"}', "requester_id=$where"):
        response = await anna.get(f"/v1/tickets?{query}")
        assert response.status_code == 200
    assert response.json()["items"] == []


async def test_customers_list_their_own_tickets_by_status_only(
    desk: Gateway, ada: httpx.AsyncClient
) -> None:
    mine = (await ada.get("/v1/tickets?status=closed")).json()["items"]
    assert [ticket["id"] for ticket in mine] == [TICKET]
    for query in ("agent_id=bob", "team_id=billing", "sort=updated", f"requester_id={STRANGER}"):
        assert (await ada.get(f"/v1/tickets?{query}")).status_code == 403
    async with desk.client("customer", STRANGER) as eve:
        assert (await eve.get("/v1/tickets")).json()["items"] == []
        for path in ("", "/conversation", "/contents/first"):
            assert (await eve.get(f"/v1/tickets/{TICKET}{path}")).status_code == 404


async def test_a_file_is_downloaded_never_shown(desk: Gateway) -> None:
    on = desk.resources
    id = "t-06" + "6" * 24
    [file, hidden] = await on.contents.put(
        [
            NewContent(CUSTOMER, b"<script>1</script>" * 40_000, "text/html", "file-1"),
            NewContent(CUSTOMER, b"internal", "image/svg+xml", "file-2"),
        ]
    )
    names = Rendition("With files", "See there", attachments=('Rechnung "März".html',))
    await keep(on, CUSTOMER, with_file=names)
    mail = message("with_file")
    public = t.TicketOpened(301, CUSTOMER, "support", _with(mail, file), "d")
    internal = t.NoteAdded("anna", _with(message("note"), hidden))
    told = await append(
        on,
        [
            recorded(public, 1, f"contact:{CUSTOMER}", id),
            recorded(internal, 2, "agent:anna", id),
        ],
    )
    async with desk.client("agent") as anna, desk.client("customer", CUSTOMER) as ada:
        said = await anna.get(f"/v1/tickets/{id}/conversation", headers={POSITION: told})
        [attachment] = said.json()["items"][0]["attachments"]
        assert (attachment["name"], attachment["size"]) == ('Rechnung "März".html', file.size)
        for reader in (anna, ada):
            found = await reader.get(f"/v1/tickets/{id}/contents/file-1")
            assert found.content == b"<script>1</script>" * 40_000
            assert found.headers["content-disposition"] == (
                "attachment; filename*=UTF-8''Rechnung%20%22M%C3%A4rz%22.html"
            )
            assert found.headers["x-content-type-options"] == "nosniff"
            assert found.headers["content-security-policy"] == "sandbox; default-src 'none'"
        assert (await anna.get(f"/v1/tickets/{id}/contents/file-2")).content == b"internal"
        assert (await ada.get(f"/v1/tickets/{id}/contents/file-2")).status_code == 404
        # A content of another ticket is not to be had through this one.
        assert (await anna.get(f"/v1/tickets/{id}/contents/first")).status_code == 404


async def test_a_mail_as_it_came_is_for_agents_and_a_picture_shown_within_is_a_picture(
    desk: Gateway,
) -> None:
    on = desk.resources
    id = "t-06" + "7" * 24
    raw = b"Received: from inside\r\nSubject: A picture\r\n\r\n" + b"x" * 700_000
    [original, picture, script] = await on.contents.put(
        [
            NewContent(CUSTOMER, raw, "message/rfc822", "raw-1"),
            NewContent(CUSTOMER, b"\x89PNG", "image/png", "picture-1"),
            NewContent(CUSTOMER, b"<svg/>", "image/svg+xml", "script-1"),
        ]
    )
    words = Rendition(
        "A picture",
        html='<img src="cid:logo@x">',
        attachments=("logo.png", "bill.svg"),
        content_ids=("logo@x", ""),
        really=("", "text/html"),
        protection="signed",
    )
    await keep(on, CUSTOMER, with_picture=words)
    facts = msgspec.structs.replace(
        message("with_picture"),
        original=original,
        attachments=(Attachment(picture, inline=True), Attachment(script)),
    )
    opened = t.TicketOpened(302, CUSTOMER, "support", facts, "d2")
    told = await append(on, [recorded(opened, 1, f"contact:{CUSTOMER}", id)])
    async with desk.client("agent") as anna, desk.client("customer", CUSTOMER) as ada:
        # when an agent reads it, then the page says where its bytes are, and what is odd
        read = await anna.get(f"/v1/tickets/{id}/conversation", headers={POSITION: told})
        [page] = read.json()["items"]
        assert (page["original"], page["protection"]) == ("raw-1", "signed")
        assert [(f["content_id"], f["inline"], f["really"]) for f in page["attachments"]] == [
            ("logo@x", True, ""),
            ("", False, "text/html"),
        ]
        # and they can be had byte for byte, as a download
        found = await anna.get(f"/v1/tickets/{id}/contents/raw-1?inline=true")
        assert found.content == raw
        assert found.headers["content-disposition"] == "attachment; filename*=UTF-8''message.eml"
        assert found.headers["content-security-policy"] == "sandbox; default-src 'none'"
        # while its customer sees the message, not what servers of ours wrote into it
        [page] = (await ada.get(f"/v1/tickets/{id}/conversation")).json()["items"]
        assert page["original"] is None
        assert (await ada.get(f"/v1/tickets/{id}/contents/raw-1")).status_code == 404
        # and of its files only a picture is shown in place, and only when asked for so
        shown = {
            asked: (await ada.get(f"/v1/tickets/{id}/contents/{asked}")).headers
            for asked in ("picture-1", "picture-1?inline=true", "script-1?inline=true")
        }
        assert [h["content-disposition"].partition(";")[0] for h in shown.values()] == [
            "attachment",
            "inline",
            "attachment",
        ]
        assert all(h["x-content-type-options"] == "nosniff" for h in shown.values())


def _with(facts: MessageFacts, content: ContentRef) -> MessageFacts:
    return msgspec.structs.replace(facts, attachments=(Attachment(content),))


async def test_what_is_erased_is_shown_as_erased(desk: Gateway) -> None:
    """Given a ticket was read, when its customer's key is gone, then its page is another one."""
    on = desk.resources
    gone, id = "p-08" + "8" * 24, "t-08" + "8" * 24
    known = await known_contact(on, gone, "gone@example.org", "Gone")
    await keep(on, gone, secret=Rendition("Secret subject", "Secret text"))
    told = await append(
        on,
        [
            recorded(
                t.TicketOpened(401, gone, "support", message("secret"), "d"),
                1,
                f"contact:{gone}",
                id,
            )
        ],
    )
    async with desk.client("agent") as anna:
        await anna.get(f"/v1/contacts/{gone}", headers={POSITION: known})
        before = await anna.get(f"/v1/tickets/{id}", headers={POSITION: told})
        assert before.json()["subject"] == "Secret subject"
        assert before.json()["requester"]["name"] == "Gone"

        await on.keyring.erase(gone)

        after = await anna.get(
            f"/v1/tickets/{id}", headers={"If-None-Match": before.headers["etag"]}
        )
        assert after.status_code == 200
        assert (after.json()["subject"], after.json()["erased"]) == ("(erased)", True)
        assert after.json()["requester"]["name"] == "(erased)"
        [said] = (await anna.get(f"/v1/tickets/{id}/conversation")).json()["items"]
        assert (said["text"], said["author"]["name"]) == ("(erased)", "(erased)")
        contact = (await anna.get(f"/v1/contacts/{gone}")).json()
        assert (contact["name"], contact["addresses"][0]["address"]) == ("(erased)", "(erased)")
        content = await anna.get(f"/v1/tickets/{id}/contents/secret")
        assert (content.status_code, content.json()["code"]) == (410, "erased")
        [step] = (await anna.get(f"/v1/tickets/{id}/history")).json()["items"]
        assert step["sentence"].startswith("(erased) wrote")


async def test_a_read_waits_for_what_it_must_show_and_says_when_it_cannot(
    anna: httpx.AsyncClient,
) -> None:
    far = token(Position("tickets.events", 0, 10**9))
    late = await anna.get("/v1/tickets", headers={POSITION: far, "Prefer": "wait=0"})
    assert (late.status_code, late.json()["code"]) == (503, "not_yet_visible")
    assert late.headers["retry-after"] == "1"
    bad = await anna.get("/v1/tickets", headers={POSITION: "gestern"})
    assert (bad.status_code, bad.json()["errors"][0]["header"]) == (400, POSITION)


async def test_health_is_open_and_everything_else_needs_a_token(desk: Gateway) -> None:
    async with httpx.AsyncClient(base_url=desk.url) as nobody:
        assert (await nobody.get("/health/live")).status_code == 200
        assert (await nobody.get("/health/ready")).json()["status"] == "ok"
        refused = await nobody.get("/v1/tickets")
        assert refused.status_code == 401
        assert refused.headers["www-authenticate"] == "Bearer"


@pytest.mark.parametrize("sort", get_args(Sort))
@pytest.mark.parametrize(
    "about",
    [
        TicketList(),
        TicketList(agent_id="bob"),
        TicketList(team_id="it", tier=2),
        TicketList(requester_id=CUSTOMER),
        TicketList(customer_id=CUSTOMER),
        TicketList(priority=1),
        TicketList(category="network", tags=("outage", "floor_3"), label="wait_vendor"),
        TicketList(team_id=("it", "hr"), agent_id=""),
        TicketList(organisation_id="o-1", channel="email"),
        TicketList(follower_id="bob", snoozed=False, fields=(("room", "3.14"),)),
        TicketList(due_before="2026-03-01T09:30:00.000000Z", sort="due", mentioned_id="anna"),
    ],
)
@pytest.mark.parametrize("statuses", [(), ("open",), ("new", "open")])
async def test_every_list_is_the_head_of_an_index(
    desk: Gateway, sort: Sort, about: TicketList, statuses: tuple[Status, ...]
) -> None:
    """No list is sorted in memory or found by a scan, on the first page or a later one."""
    view = await Builds(desk.resources.mongo.database("gateway"), [TICKETS], "test").view(TICKETS)
    for after in (None, Cursor("2026-03-01T09:00:00.000000Z", TICKET)):
        by = "due" if about.due_before else sort
        wanted = replace(about, statuses=statuses, sort=by)
        plan = await desk.resources.mongo.database("gateway").command(
            {
                "explain": {
                    "find": view.collection("tickets").name,
                    "filter": wanted.filter(after),
                    "sort": dict(wanted.order),
                    "hint": dict(wanted.index),
                    "limit": 26,
                },
                "verbosity": "queryPlanner",
            }
        )
        stages = set(_stages(plan["queryPlanner"]["winningPlan"]))
        assert stages <= {"LIMIT", "FETCH", "SORT_MERGE", "IXSCAN"}, stages


def _stages(plan: Document) -> Iterator[str]:
    yield plan["stage"]
    for inner in [*plan.get("inputStages", []), *filter(None, [plan.get("inputStage")])]:
        yield from _stages(inner)
