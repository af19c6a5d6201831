"""One conversation on several tickets: merged, split, paged, as it was; each reader sees their own.

Three tickets. Ada's OURS took Ada's SECOND and Eve's THEIRS in; a message of Ada's that was about
something else, and one of Eve's, became the ticket APART.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import httpx
import msgspec
import pytest

from libs.contents import Rendition
from libs.events.envelope import Recorded
from libs.events.published import tickets as t
from libs.settings import Settings
from services.gateway.instants import text
from tests.support.gateway import Gateway, append, gateway, keep, known_contact
from tests.support.gateway_story import (
    COLLEAGUE,
    CUSTOMER,
    START,
    STRANGER,
    message,
    recorded,
    rendition,
)

pytestmark = pytest.mark.integration

ADA, EVE = CUSTOMER, STRANGER
OURS, SECOND, THEIRS, APART = (f"t-0{n}" + "b" * 24 for n in (0, 2, 4, 6))
NAMES = ("ours", "second", "theirs", "hidden", "more", "aside", "eves", "subject", "late")
ABOUT = {OURS: 5, SECOND: 1, THEIRS: 2, APART: 7}


@dataclass
class Log:
    """Events of several tickets, a minute apart."""

    events: list[Recorded[object]]
    minutes: int = 0

    def add(self, id: str, data: msgspec.Struct, actor: str = "agent:anna") -> int:
        """Record it; its sequence."""
        self.minutes += 1
        sequence = 1 + sum(one.aggregate_id == id for one in self.events)
        at = START + timedelta(minutes=self.minutes)
        event = recorded(data, sequence, actor, id)
        self.events.append(msgspec.structs.replace(event, recorded_at=at, occurred_at=at))
        return sequence

    def opens(self, id: str, requester: str, name: str, **more: object) -> None:
        opened = t.TicketOpened(len(self.events), requester, "support", message(name), f"d {name}")
        self.add(id, msgspec.structs.replace(opened, **more), f"contact:{requester}")

    def says(self, id: str, author: str, name: str) -> int:
        said = t.CustomerMessageAdded(author, message(name), f"d {name}")
        return self.add(id, said, f"contact:{author}")


def history() -> tuple[list[Recorded[object]], datetime]:
    """All that happened, and an instant before the first merge."""
    log = Log([])
    log.opens(OURS, ADA, "ours")
    log.opens(SECOND, ADA, "second")
    log.opens(THEIRS, EVE, "theirs")
    log.add(SECOND, t.NoteAdded("anna", message("hidden", role="agent", visibility="internal")))
    log.add(SECOND, t.CollaboratorAdded(COLLEAGUE))
    log.says(OURS, ADA, "more")
    before = log.events[-1].recorded_at
    for source, requester in ((SECOND, ADA), (THEIRS, EVE)):
        log.add(OURS, t.AbsorptionPrepared(source))
        log.add(source, t.TicketMerged(OURS, requester, "new", 3))
        log.add(OURS, t.TicketAbsorbed(source, requester, (1,)))
    aside = log.says(OURS, ADA, "aside")
    eves = t.ParticipantMessageAdded(EVE, message("eves", role="third_party"), "d eves", THEIRS)
    moved = (aside, log.add(OURS, eves, f"contact:{EVE}"))
    split = t.TicketSplit(APART, moved, rendition("subject"), ADA, "support", "email")
    log.add(OURS, split)
    subject = message("subject", role="agent", visibility="internal")
    log.opens(APART, ADA, "subject", split_from=OURS, split_messages=moved, message=subject)
    log.add(APART, t.RequesterChanged(EVE, ADA, "hers"))
    log.says(OURS, ADA, "late")
    return log.events, before


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    async with gateway(module_ledger) as running:
        on = running.resources
        await known_contact(on, ADA, "ada@example.org", "Ada")
        await known_contact(on, EVE, "eve@example.org", "Eve")
        await keep(on, ADA, **{name: Rendition(name, name) for name in NAMES})
        events, _ = history()
        told = [
            await append(on, [one for one in events if one.aggregate_id == id])
            for id in (OURS, SECOND, THEIRS, APART)
        ]
        async with running.client("agent") as anna:
            for position in told:
                await anna.get("/v1/tickets", headers={"Deskledger-Position": position})
        yield running


async def said(client: httpx.AsyncClient, id: str, limit: int = 50, query: str = "") -> list[str]:
    """The words of a conversation, page after page."""
    found: list[str] = []
    after: str | None = "0"
    while after is not None:
        path = f"/v1/tickets/{id}/conversation?after={after}&limit={limit}{query}"
        answer = await client.get(path)
        assert answer.status_code == 200, answer.text
        found += [one["text"] for one in answer.json()["items"]]
        after = answer.json()["next"]
    return found


async def status(client: httpx.AsyncClient, path: str) -> int:
    """Whether it may be had; its size is only made up."""
    async with client.stream("GET", path) as answer:
        return answer.status_code


async def test_agents_read_all_that_was_merged_in_in_its_order(desk: Gateway) -> None:
    whole = ["ours", "second", "theirs", "hidden", "more", "aside", "eves", "late"]
    async with desk.client("agent") as anna:
        assert await said(anna, OURS) == whole
        # and by pages of any size, nothing twice and nothing left out
        for limit in range(1, len(whole) + 1):
            assert await said(anna, OURS, limit) == whole
        page = (await anna.get(f"/v1/tickets/{OURS}/conversation?limit=2")).json()["items"]
        assert [(one["ticket"], one["sequence"]) for one in page] == [(OURS, 1), (SECOND, 1)]


async def test_a_merge_shows_nobody_what_they_could_not_see_before(desk: Gateway) -> None:
    async with desk.client("customer", ADA) as ada, desk.client("customer", EVE) as eve:
        assert await said(ada, OURS) == ["ours", "second", "more", "aside", "late"]
        assert await said(ada, OURS, 1) == ["ours", "second", "more", "aside", "late"]
        assert (await eve.get(f"/v1/tickets/{OURS}/conversation")).status_code == 404
        assert await said(eve, THEIRS) == ["theirs"]


async def test_who_takes_part_sees_the_ticket_as_its_customer_does(desk: Gateway) -> None:
    async with desk.client("customer", COLLEAGUE) as bob, desk.client("customer", ADA) as ada:
        assert await said(bob, SECOND) == await said(ada, SECOND) == ["second"]
        assert (await bob.get(f"/v1/tickets/{OURS}")).status_code == 404
        assert (await bob.get(f"/v1/tickets/{SECOND}/history")).status_code == 403


async def test_a_ticket_that_was_split_off_has_the_messages_that_it_was_made_of(
    desk: Gateway,
) -> None:
    async with desk.client("agent") as anna, desk.client("customer", EVE) as eve:
        assert await said(anna, APART) == ["aside", "eves", "subject"]
        assert await said(anna, APART, 1) == ["aside", "eves", "subject"]
        # of somebody else's ticket its author sees what they wrote there, and nothing else
        assert await said(eve, APART) == ["eves"]


async def test_what_is_read_there_can_be_downloaded_there(desk: Gateway) -> None:
    async with desk.client("agent") as anna, desk.client("customer", ADA) as ada:
        for name, sees in {"second": True, "theirs": False, "hidden": False}.items():
            path = f"/v1/tickets/{OURS}/contents/{name}"
            assert await status(anna, path) == 200, name
            assert await status(ada, path) == (200 if sees else 404), name


async def test_before_the_merge_the_tickets_were_apart(desk: Gateway) -> None:
    _, before = history()
    async with desk.client("agent") as anna:
        for as_of in (text(before), "2"):
            assert await said(anna, OURS, query=f"&as_of={as_of}") == ["ours", "more"]
        whole = await said(anna, OURS, query=f"&as_of={ABOUT[OURS]}")
        assert whole == ["ours", "second", "hidden", "more"]


@pytest.mark.parametrize("after", ["x", "1,", "1,t-5-3", "-1", "1,2", "9" * 9])
async def test_a_place_that_is_none_is_said_so(desk: Gateway, after: str) -> None:
    async with desk.client("agent") as anna:
        answer = await anna.get(f"/v1/tickets/{OURS}/conversation?after={after}")
    assert (answer.status_code, answer.json()["code"]) == (422, "invalid")
