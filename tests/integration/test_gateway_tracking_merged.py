"""Tracking links outlive what agents put together: contacts that are one person, and tickets."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape

import httpx
import msgspec
import pytest

from libs.contents import Rendition
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from libs.settings import Settings
from libs.tokens import Links
from tests.support.gateway import Gateway, append, gateway, keep, known_contact
from tests.support.gateway_story import (
    CUSTOMER,
    START,
    STRANGER,
    SUPPLIER,
    TICKET,
    opened,
    recorded,
)

pytestmark = pytest.mark.integration
OTHER, FOREIGN = "t-01" + "2" * 24, "t-02" + "3" * 24
PEOPLE = {CUSTOMER: "Ada", STRANGER: "Ada Private", SUPPLIER: "Eve"}


class Book:
    """The log, written by hand, and a browser that is signed in nowhere."""

    def __init__(self, desk: Gateway, browser: httpx.AsyncClient, links: Links) -> None:
        self.desk = desk
        self.browser = browser
        self.links = links
        self._sequences: dict[str, int] = {}

    async def write(self, id: str, *events: msgspec.Struct) -> None:
        """These events happen to a ticket or a contact."""
        topic = "tickets.events" if id.startswith("t-") else "contacts.events"
        # A contact's first event is its creation.
        count = self._sequences.get(id, 0 if id.startswith("t-") else 1)
        self._sequences[id] = count + len(events)
        numbered = enumerate(events, count + 1)
        told = [recorded(one, n, "agent:lea", id, topic) for n, one in numbered]
        await append(self.desk.resources, told)

    def link(self, ticket: str, contact: str) -> str:
        """As mails of the story's time hold it."""
        return "/t/" + self.links.token(ticket, contact, START - timedelta(minutes=1), 3_650)

    async def until(self, link: str, sign: str, status: int = 200) -> str:
        """The page, once it answers so and holds this."""
        async with asyncio.timeout(20):
            while True:
                page = await self.browser.get(link)
                if page.status_code == status and sign in page.text:
                    return unescape(page.text)
                await asyncio.sleep(0.05)


@pytest.fixture
async def book(ledger: Settings) -> AsyncIterator[Book]:
    async with (
        gateway(ledger) as desk,
        httpx.AsyncClient(base_url=desk.url, timeout=40) as browser,
    ):
        on = desk.resources
        for contact, name in PEOPLE.items():
            await known_contact(on, contact, f"{contact}@example.org", name)
        await keep(on, CUSTOMER, first=Rendition("Printer", "It burns."))
        yield Book(desk, browser, Links(await on.keyring.secret("links")))


async def test_a_merged_contacts_links_open_what_they_could_see(book: Book) -> None:
    # given a ticket of Ada's, with a link of hers, and one of somebody else's
    await book.write(TICKET, opened(1))
    await book.write(FOREIGN, msgspec.structs.replace(opened(2), requester_id=SUPPLIER))
    link, foreign = book.link(TICKET, CUSTOMER), book.link(FOREIGN, CUSTOMER)
    await book.until(link, "It burns.")
    # when she turns out to be the same person as another contact, who lives elsewhere
    await book.write(STRANGER, c.ContactTimeZoneChanged("Asia/Kathmandu"))
    await book.write(CUSTOMER, c.ContactMerged(STRANGER))
    await book.write(STRANGER, c.ContactAbsorbed(CUSTOMER))
    await book.write(TICKET, t.TicketFollowedContact(STRANGER, CUSTOMER))
    # then her link still opens it, and she still is who wrote that, in the time of where she is
    page = await book.until(link, "Asia/Kathmandu")
    assert "It burns." in page
    assert "2026-03-01 14:45 Asia/Kathmandu" in page  # 09:00 UTC
    assert "<strong>You</strong>" in page
    assert (await book.browser.get(foreign)).status_code == 404
    # and when the links of who she is now are revoked, hers are, too
    await book.write(TICKET, t.LinksRevoked(STRANGER))
    await book.until(link, "", 404)


async def test_a_merged_tickets_page_leads_to_where_it_goes_on(book: Book) -> None:
    # given two tickets of Ada's and one of somebody else's
    await book.write(TICKET, opened(1))
    await book.write(OTHER, opened(2))
    await book.write(FOREIGN, msgspec.structs.replace(opened(3), requester_id=SUPPLIER))
    link = book.link(TICKET, CUSTOMER)
    assert "the request that goes on" not in await book.until(link, "It burns.")
    # when one is merged into her other
    await book.write(TICKET, t.TicketMerged(OTHER, CUSTOMER, "open", 1))
    # then its page leads there, by a link that ends when this one does
    page = await book.until(link, "the request that goes on")
    onward = page.split('<p><a href="')[1].split('"')[0]
    assert "Request 2" in await book.until(onward, "It burns.")
    here, there = (book.links.read(one.removeprefix("/t/")) for one in (link, onward))
    assert here is not None
    assert there == here._replace(ticket_id=OTHER)
    # but into what is not hers, nobody leads her
    await book.write(TICKET, t.TicketUnmerged(OTHER, "open"))
    await book.until(link, "In progress")
    await book.write(TICKET, t.TicketMerged(FOREIGN, CUSTOMER, "open", 1))
    assert "the request that goes on" not in await book.until(link, "put together")
