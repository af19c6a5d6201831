"""Tracking links: what their holder sees and can do, and that nobody else sees anything."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import httpx
import pytest

from libs.events.kafka import utc_now
from libs.settings import Settings
from libs.tokens import Links
from tests.support.cli import run_cli
from tests.support.gateway import Gateway, desk_of

pytestmark = pytest.mark.integration

ADA = "p-01" + "a" * 24
HOSTILE = '<script>alert(1)</script> & "quotes"'


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway and the deciders behind it, with one contact."""
    async with desk_of(module_ledger, ADA) as running:
        yield running


@pytest.fixture
async def anybody(desk: Gateway) -> AsyncIterator[httpx.AsyncClient]:
    """A browser that is signed in nowhere."""
    async with httpx.AsyncClient(base_url=desk.url, timeout=40, follow_redirects=True) as client:
        yield client


@pytest.fixture
async def links(desk: Gateway) -> Links:
    return Links(await desk.resources.keyring.secret("links"))


@pytest.fixture
async def ticket(desk: Gateway) -> str:
    """A new ticket of Ada's, with an answer and a note."""
    new = {"account": "support", "subject": f"Printer {HOSTILE}", "text": f"It burns {HOSTILE}."}
    async with desk.client("customer", ADA) as ada, desk.client("agent") as anna:
        path = (await ada.post("/v1/tickets", json=new)).headers["location"]
        for kind, text in (("replies", "Use water."), ("notes", "Third one this week.")):
            assert (await anna.post(f"{path}/{kind}", json={"text": text})).status_code == 200
    return str(path)


def place(links: Links, ticket: str, contact: str = ADA, days: int = 30) -> str:
    made_at = utc_now() - timedelta(minutes=1)
    return "/t/" + links.token(ticket.rpartition("/")[2], contact, made_at, days)


def key_in(page: str) -> str:
    return page.split('name="key" value="')[1].split('"')[0]


async def test_its_holder_reads_what_the_customer_may_read(
    anybody: httpx.AsyncClient, links: Links, ticket: str
) -> None:
    page = await anybody.get(place(links, ticket), headers={"Accept-Language": "de-AT,en;q=0.5"})
    assert page.status_code == 200
    # everything that was said in public, nothing of how it is worked on
    assert f"It burns {HOSTILE}." in unescape(page.text)
    assert "Use water." in page.text
    assert "Third one" not in page.text
    assert "anna" not in page.text
    # in their language
    assert '<html lang="de">' in page.text
    assert "Ihre Antwort" in page.text
    # nothing of it runs, is loaded, is kept or told to others
    assert "<script>" not in page.text
    assert page.headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"


async def test_what_its_holder_answers_joins_the_ticket_once(
    anybody: httpx.AsyncClient, anna: httpx.AsyncClient, links: Links, ticket: str
) -> None:
    link = place(links, ticket)
    form = {"key": key_in((await anybody.get(link)).text), "text": "It burns\r\nstill."}
    # when the form is sent, and sent again by a second click
    sent = await anybody.post(link, data=form)
    assert "Thank you, your answer has arrived." in sent.text
    assert (await anybody.post(link, data=form)).status_code == 200
    # then it stands there once, in Ada's name
    said = (await anna.get(f"{ticket}/conversation")).json()["items"]
    assert [one["text"] for one in said if one["author"]["id"] == ADA][1:] == ["It burns\nstill."]
    # and what says nothing, or too much, is told so, and what was written is not lost
    for text, why in ((" ", "Write something first."), ("x" * 20_001, "This is too long")):
        refused = await anybody.post(link, data={"key": "k", "text": text})
        assert refused.status_code == 422
        assert why in refused.text
        assert text.strip()[:100] in refused.text


async def test_a_link_that_does_not_open_anything_looks_the_same_whatever_the_reason(
    anybody: httpx.AsyncClient, anna: httpx.AsyncClient, links: Links, ticket: str
) -> None:
    good = place(links, ticket)
    # given links that are forged, over, of a stranger, and to what there is not
    bad = [
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        place(links, ticket, days=0),
        place(links, ticket, "p-01" + "b" * 24),
        place(links, "t-01" + "c" * 24),
        place(Links(b"other" * 8), ticket),
        "/t/x",
    ]
    answers = [await anybody.get(link) for link in bad]
    assert {one.status_code for one in answers} == {404}
    assert len({one.text for one in answers}) == 1
    for link in bad:
        assert (await anybody.post(link, data={"text": "x"})).status_code == 404
    # and one that was revoked, until a new one is sent
    assert (await anybody.get(good)).status_code == 200
    assert (await anna.post(f"{ticket}/links/revocation", json={})).status_code == 200
    assert (await anybody.get(good)).text == answers[0].text
    await asyncio.sleep(1)  # a token tells seconds
    fresh = "/t/" + links.token(ticket.rpartition("/")[2], ADA, utc_now(), 1)
    assert (await anybody.get(fresh)).status_code == 200


async def test_an_operator_revokes_the_links_of_a_ticket(
    desk: Gateway, anybody: httpx.AsyncClient, links: Links, ticket: str
) -> None:
    link, number = place(links, ticket), ticket.rpartition("/")[2]
    where = {"DESKLEDGER_HTTP_PORT": desk.url.rpartition(":")[2]}
    # given links of somebody else that are revoked
    command = ("ticket", "revoke-links", number)
    other = await run_cli(desk.resources.settings, *command, "--contact", "p-" + "0" * 26, **where)
    assert other.code == 0, other.err
    assert (await anybody.get(link)).status_code == 200
    # when everybody's are
    done = await run_cli(desk.resources.settings, *command, **where)
    # then hers opens nothing any more
    assert (done.code, done.out) == (
        0,
        f"Links to ticket {number} that were sent until now open nothing any more.\n",
    )
    assert (await anybody.get(link)).status_code == 404
    # and for a ticket that there is not nothing is promised
    none = await run_cli(desk.resources.settings, "ticket", "revoke-links", "999999", **where)
    assert none.code != 0
    assert none.out == ""


async def test_a_scanner_that_follows_every_link_judges_nothing(
    anybody: httpx.AsyncClient, anna: httpx.AsyncClient, links: Links, ticket: str
) -> None:
    link = place(links, ticket)
    await anna.post(f"{ticket}/solution", json={"resolution_code": "workaround"})
    before = (await anna.get(ticket)).json()
    # when every link of a survey is followed
    for query in ("", *(f"?score={n}" for n in range(1, 6)), "?solved=no"):
        page = await anybody.get(f"{link}/rating{query}")
        assert page.status_code == 200
    await anybody.get(f"{link}/no-more-questions")
    # then nothing has happened
    assert (await anna.get(ticket)).json()["sequence"] == before["sequence"]
    # but the choice stands there, for a button to send
    chosen = await anybody.get(f"{link}/rating?score=4")
    assert 'value="4" required checked' in chosen.text


async def test_a_judgement_can_be_changed_and_still_broken_reopens(
    anybody: httpx.AsyncClient, anna: httpx.AsyncClient, links: Links, ticket: str
) -> None:
    link = place(links, ticket)
    # before it is solved there is nothing to judge
    assert "nothing to judge yet" in (await anybody.get(f"{link}/rating")).text
    await anna.post(f"{ticket}/solution", json={"resolution_code": "workaround"})
    for score in ("2", "5"):
        form = {"score": score, "comment": "Quick!", "key": f"k{score}"}
        assert "Thank you" in (await anybody.post(f"{link}/rating", data=form)).text
        assert (await anna.get(ticket)).json()["rating"] == int(score)
    # when it is broken still
    form = {"solved": "no", "comment": "It smokes.", "key": "k"}
    assert "We go on with it" in (await anybody.post(f"{link}/rating", data=form)).text
    # then it is open, with that reason, and what they said
    seen = (await anna.get(ticket)).json()
    assert seen["status"] == "open"
    said = (await anna.get(f"{ticket}/conversation")).json()["items"]
    assert said[-1]["text"] == "It smokes."
    steps = (await anna.get(f"{ticket}/history")).json()["items"]
    assert any("still broken" in step["sentence"] for step in steps)


async def test_one_click_of_a_mail_program_ends_the_questions(
    desk: Gateway, anybody: httpx.AsyncClient, anna: httpx.AsyncClient, links: Links, ticket: str
) -> None:
    link = f"{place(links, ticket)}/no-more-questions"
    done = await anybody.post(link, data={"List-Unsubscribe": "One-Click"})
    assert done.status_code == 200
    assert "You will not be asked any more." in done.text
    assert "no_surveys" in (await anna.get(f"/v1/contacts/{ADA}")).json()["tags"]
