"""Contacts and organisations over HTTP, with intake behind: both steps of everything."""

import asyncio
import contextlib
import io
import itertools
import json
import zipfile
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import pytest

from libs.keyring import ERASED
from libs.settings import Settings
from tests.support.desk import Desk
from tests.support.gateway import Gateway, gateway

pytestmark = pytest.mark.integration
Page = dict[str, Any]
number = itertools.count(1)


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway, and intake with its processes."""
    async with (
        gateway(module_ledger) as running,
        Desk.on(module_ledger) as bench,
        bench.intake(),
    ):
        yield running


async def becomes(client: httpx.AsyncClient, place: str, so: Callable[[Page], bool]) -> Page:
    """The page at a place once it is so."""
    page: Page = {}
    try:
        async with asyncio.timeout(30):
            while True:
                answer = await client.get(place)
                page = answer.json()
                if answer.status_code == 200 and so(page):
                    return page
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"{place} stayed {page}") from None


async def told(client: httpx.AsyncClient, place: str, **body: object) -> Page:
    """The page after a command."""
    done = await client.post(place, json=body)
    assert done.status_code == 200, f"{place}: {done.text}"
    answer = await client.get(done.headers["location"])
    assert answer.headers["etag"] == done.headers["etag"]
    page: Page = answer.json()
    return page


async def known(client: httpx.AsyncClient, address: str, name: str = "Ada Byron") -> str:
    """A contact made by hand; their place."""
    made = await client.post("/v1/contacts", json={"address": address, "name": name})
    assert made.status_code == 202, made.text
    place: str = made.headers["location"]
    await becomes(client, place, lambda page: page["created_at"] != "")
    return place


async def firm(client: httpx.AsyncClient, name: str) -> str:
    """An organisation; its place."""
    page = await told(client, "/v1/organisations", name=name)
    return f"/v1/organisations/{page['id']}"


def mailbox() -> str:
    return f"ada{next(number)}@nordwind.example"


def addresses(page: Page) -> list[str]:
    return sorted(address["address"] for address in page["addresses"])


async def test_all_that_is_known_of_a_contact(
    anna: httpx.AsyncClient, lea: httpx.AsyncClient
) -> None:
    mine = mailbox()
    ada = await known(anna, mine)
    steps: list[tuple[str, dict[str, object], str, object]] = [
        ("name", {"name": "Ada Lovelace"}, "name", "Ada Lovelace"),
        ("language", {"language": "en-GB"}, "language", "en-GB"),
        ("time-zone", {"time_zone": "Europe/London"}, "time_zone", "Europe/London"),
        ("plan", {"plan": "gold", "channels": ["phone", "chat"]}, "channels", ["chat", "phone"]),
        ("vip", {"vip": True, "reason": "board"}, "vip", True),
        ("tags", {"tags": ["pilot", "a"]}, "tags", ["a", "pilot"]),
        ("tags/removal", {"tags": ["a"]}, "tags", ["pilot"]),
        (
            "fields",
            {"field": "birthday", "value": "10 Dec"},
            "personal_fields",
            {"birthday": "10 Dec"},
        ),
        ("fields", {"field": "seat", "value": "7", "personal": False}, "fields", {"seat": "7"}),
        ("fields", {"field": "birthday"}, "personal_fields", {}),
        ("external-ids", {"system": "crm", "external_id": "4711"}, "external_ids", {"crm": "4711"}),
    ]
    for command, body, field, value in steps:
        page = await told(anna, f"{ada}/{command}", **body)
        assert page[field] == value, command
    page = await told(anna, f"{ada}/notes", text="Prefers to be called.")
    assert [(note["text"], note["agent_id"]) for note in page["notes"]] == [
        ("Prefers to be called.", "anna")
    ]
    page = await told(lea, f"{ada}/block", reason="abuse")
    assert page["blocked_for"] == "abuse"
    assert (await told(lea, f"{ada}/unblock"))["blocked_for"] == ""
    assert addresses(page) == [mine]


async def test_what_makes_no_sense_is_refused_with_its_sentence(anna: httpx.AsyncClient) -> None:
    ada = await known(anna, mailbox())
    wrong = await anna.post(f"{ada}/time-zone", json={"time_zone": "Mars/Base"})
    assert (wrong.status_code, wrong.json()["code"]) == (422, "unknown_time_zone")
    assert wrong.json()["errors"][0]["pointer"] == "/time_zone"
    nobody = await anna.post(f"/v1/contacts/p-{'0' * 26}/vip", json={"vip": True})
    assert (nobody.status_code, nobody.json()["code"]) == (404, "no_such_contact")
    assert (await anna.post("/v1/contacts/ada/vip", json={"vip": True})).status_code == 404
    assert (await anna.post("/v1/contacts", json={"address": "ada"})).status_code == 422


async def test_a_command_on_condition_of_an_old_version_is_refused(anna: httpx.AsyncClient) -> None:
    ada = await known(anna, mailbox())
    seen = {"If-Match": (await anna.get(ada)).headers["etag"]}
    first = await anna.post(f"{ada}/vip", json={"vip": True}, headers=seen)
    second = await anna.post(f"{ada}/vip", json={"vip": False}, headers=seen)
    assert (first.status_code, second.status_code) == (200, 412)


async def test_an_address_has_one_contact_until_it_is_let_go(anna: httpx.AsyncClient) -> None:
    mine, more = mailbox(), mailbox()
    ada, eve = await known(anna, mine), await known(anna, mailbox(), "Eve")
    taken = await anna.post(f"{eve}/addresses", json={"address": mine.upper()})
    assert (taken.status_code, taken.json()["code"]) == (409, "address_taken")

    added = await anna.post(f"{ada}/addresses", json={"address": more})
    assert added.status_code == 202
    page = await becomes(anna, ada, lambda page: len(page["addresses"]) == 2)
    assert addresses(page) == sorted([mine, more])

    [its] = [one for one in page["addresses"] if one["address"] == more]
    place = f"{ada}/addresses/{its['id']}"
    page = await told(anna, f"{place}/verification", method="link")
    assert [one["verified"] for one in page["addresses"] if one["id"] == its["id"]] == [True]
    page = await told(anna, f"{place}/bounce", status="5.1.1")
    assert [one["bounced"] for one in page["addresses"] if one["id"] == its["id"]] == ["5.1.1"]
    page = await told(anna, f"{place}/recovery", cause="wrote_again")
    assert {one["bounced"] for one in page["addresses"]} == {""}
    done = await anna.post(f"{place}/removal")
    assert done.status_code == 200
    assert addresses((await anna.get(ada)).json()) == [mine]

    async with asyncio.timeout(30):  # until it has been released
        while (await anna.post(f"{eve}/addresses", json={"address": more})).status_code != 202:
            await asyncio.sleep(0.05)
    await becomes(anna, eve, lambda page: more in addresses(page))


async def test_two_contacts_become_one_and_two_again(
    anna: httpx.AsyncClient, lea: httpx.AsyncClient
) -> None:
    mine, hers = mailbox(), mailbox()
    ada, eve = await known(anna, mine), await known(anna, hers, "Eve")
    source = eve.rpartition("/")[2]
    assert (await anna.post(f"{ada}/merge", json={"source_id": source})).status_code == 403

    await told(lea, f"{ada}/merge", source_id=source)
    page = await becomes(lea, ada, lambda page: page["merged"] == [source])
    assert (addresses(page), page["merging"]) == (sorted([mine, hers]), [])
    assert [one["came_from"] for one in page["addresses"] if one["address"] == hers] == [source]
    assert (await lea.get(eve)).json()["merged_into"] == ada.rpartition("/")[2]
    refused = await anna.post(f"{eve}/vip", json={"vip": True})
    assert (refused.status_code, refused.json()["code"]) == (409, "merged")

    await told(lea, f"{ada}/unmerge", source_id=source)
    page = await becomes(lea, eve, lambda page: page["merged_into"] == "")
    assert addresses(page) == [hers]
    assert addresses((await lea.get(ada)).json()) == [mine]
    again = await lea.post(f"{ada}/unmerge", json={"source_id": source})
    assert (again.status_code, again.json()["code"]) == (422, "not_merged_here")


async def test_each_into_the_other_at_once_ends_in_one(
    anna: httpx.AsyncClient, lea: httpx.AsyncClient
) -> None:
    places = [await known(anna, mailbox(), name) for name in ("Ada", "Eve")]
    ids = [place.rpartition("/")[2] for place in places]
    await asyncio.gather(
        lea.post(f"{places[0]}/merge", json={"source_id": ids[1]}),
        lea.post(f"{places[1]}/merge", json={"source_id": ids[0]}),
    )

    async def settled() -> list[Page]:
        pages = [(await lea.get(place)).json() for place in places]
        return [] if any(page["merging"] for page in pages) else pages

    async with asyncio.timeout(30):
        while not (pages := await settled()):
            await asyncio.sleep(0.05)
    winners = [page for page in pages if page["merged_into"] == ""]
    assert len(winners) == 1
    await becomes(lea, f"/v1/contacts/{winners[0]['id']}", lambda page: len(page["merged"]) == 1)


async def test_who_is_erased_is_erased_with_whom_they_were_merged(
    anna: httpx.AsyncClient, lea: httpx.AsyncClient
) -> None:
    mine, hers = mailbox(), mailbox()
    ada, eve = await known(anna, mine), await known(anna, hers, "Eve")
    await told(anna, f"{eve}/notes", text="Lives in the tower.")
    await told(lea, f"{ada}/merge", source_id=eve.rpartition("/")[2])
    await becomes(lea, ada, lambda page: page["merged"] != [])

    await told(lea, f"{eve}/erasure", reason="asked_by_letter")
    for place in (ada, eve):
        page = await becomes(lea, place, lambda page: page["erased_at"] != "")
        assert (page["name"], page["notes"]) == ("(erased)", [])
        assert {mine, hers, "Eve"}.isdisjoint(str(page).split("'"))
        refused = await anna.post(f"{place}/name", json={"name": "Ada"})
        assert (refused.status_code, refused.json()["code"]) == (409, "erased")
    again = await known(anna, hers)
    assert again not in (ada, eve)


async def test_a_note_that_should_not_be_there_is_destroyed(
    desk: Gateway, anna: httpx.AsyncClient
) -> None:
    ada = await known(anna, mailbox())
    await told(anna, f"{ada}/notes", text="Her card is 4111 1111 1111 1111.")
    [note] = (await told(anna, f"{ada}/notes", text="Likes short answers."))["notes"][:1]
    removed = await anna.post(f"{ada}/notes/{note['id']}/removal")
    assert removed.status_code == 200, removed.text
    page = await becomes(anna, ada, lambda page: len(page["notes"]) == 1)
    assert page["notes"][0]["text"] == "Likes short answers."
    async with asyncio.timeout(20):
        while (await desk.resources.contents.get([note["id"]]))[note["id"]] is not ERASED:
            await asyncio.sleep(0.05)
    again = await anna.post(f"{ada}/notes/{note['id']}/removal")
    assert (again.status_code, again.json()["code"]) == (404, "no_such_note")


async def test_what_is_known_of_a_person_is_theirs_until_they_are_erased(
    anna: httpx.AsyncClient, lea: httpx.AsyncClient
) -> None:
    # given a person of whom a lead wants to hand out everything
    ada = await known(anna, mailbox())
    assert (await anna.post(f"{ada}/export")).status_code == 403
    assert (await lea.post(f"/v1/contacts/p-{'0' * 26}/export")).status_code == 404
    headers = {"Idempotency-Key": "once"}
    asked = [await lea.post(f"{ada}/export", headers=headers) for _ in range(2)]
    [place] = {answer.headers["location"] for answer in asked}
    # when it is ready
    ready = await becomes(lea, place, lambda page: page["state"] == "ready")
    archive = await lea.get(f"{place}/archive")
    # then it can be fetched for some days
    assert len(archive.content) == ready["size"]
    assert ready["until"] != ""
    with zipfile.ZipFile(io.BytesIO(archive.content)) as packed:
        [person] = json.loads(packed.read("person.json"))
    assert (person["id"], person["name"]) == (ada.rpartition("/")[2], "Ada Byron")
    # and only as long as the person is not erased
    await told(lea, f"{ada}/erasure", reason="asked_by_letter")
    await becomes(lea, ada, lambda page: page["erased_at"] != "")
    assert (await lea.get(f"{place}/archive")).status_code == 410
    assert (await lea.post(f"{ada}/export")).json()["code"] == "erased"


async def test_an_organisation_and_who_belongs_to_it(anna: httpx.AsyncClient) -> None:
    nordwind = await firm(anna, "Nordwind")
    page = await told(anna, f"{nordwind}/name", name="Nordwind Logistik")
    assert page["name"] == "Nordwind Logistik"
    assert (await told(anna, f"{nordwind}/sharing", shared=True))["shares_tickets"] is True
    assert (await told(anna, f"{nordwind}/plan", plan="gold"))["plan"] == "gold"
    page = await told(anna, f"{nordwind}/notes", text="Renews in May.")
    assert [note["text"] for note in page["notes"]] == ["Renews in May."]
    assert (await told(anna, f"{nordwind}/fields", field="seat", value="7"))["fields"] == {
        "seat": "7"
    }

    ada = await known(anna, "ada@by-hand.example")
    id = nordwind.rpartition("/")[2]
    assert (await told(anna, f"{ada}/organisation", organisation_id=id))["organisation_id"] == id
    # what the organisation has bought counts for whoever belongs to it, when they ask
    new = {
        "requester_id": ada.rpartition("/")[2],
        "account": "support",
        "subject": "Rates",
        "text": "Which?",
    }
    opened = await told(anna, "/v1/tickets", **new)
    assert (opened["organisation_id"], opened["plan"], opened["vip"]) == (id, "gold", False)
    members = (await anna.get(f"{nordwind}/contacts")).json()
    assert members == {"items": [{"id": ada.rpartition("/")[2], "name": "Ada Byron"}], "next": ""}
    assert (await told(anna, f"{ada}/organisation"))["organisation_id"] == ""
    assert (await anna.get(f"{nordwind}/contacts")).json()["items"] == []
    unknown = await anna.post(f"{ada}/organisation", json={"organisation_id": f"o-{'0' * 26}"})
    assert (unknown.status_code, unknown.json()["code"]) == (422, "invalid")


async def test_a_domain_finds_the_organisation_of_new_contacts(anna: httpx.AsyncClient) -> None:
    south, north = await firm(anna, "Südwind"), await firm(anna, "Nordwind")
    claimed = await anna.post(f"{south}/domains", json={"domain": "Südwind.example"})
    assert claimed.status_code == 202, claimed.text
    page = await becomes(anna, south, lambda page: page["domains"] != [])
    assert page["domains"] == ["xn--sdwind-3ya.example"]
    taken = await anna.post(f"{north}/domains", json={"domain": "xn--sdwind-3ya.example"})
    assert (taken.status_code, taken.json()["code"]) == (409, "domain_taken")
    public = await anna.post(f"{north}/domains", json={"domain": "gmail.com"})
    assert (public.status_code, public.json()["code"]) == (422, "public_mail_provider")

    async def joined() -> bool:
        """Who is made known just after the domain may come a moment too early."""
        ada = await known(anna, f"ada{next(number)}@südwind.example")
        await asyncio.sleep(0.5)
        page: Page = (await anna.get(ada)).json()
        return bool(page["organisation_id"] == south.rpartition("/")[2])

    async with asyncio.timeout(30):
        while not await joined():
            pass
    page = await told(anna, f"{south}/domains/removal", domain="südwind.example")
    assert page["domains"] == []


async def test_an_organisation_is_never_part_of_itself(anna: httpx.AsyncClient) -> None:
    group, branch, office = [await firm(anna, name) for name in ("Group", "Branch", "Office")]
    ids = [place.rpartition("/")[2] for place in (group, branch, office)]
    await told(anna, f"{branch}/parent", parent_id=ids[0])
    assert (await told(anna, f"{office}/parent", parent_id=ids[1]))["parent_id"] == ids[1]
    refused = await anna.post(f"{group}/parent", json={"parent_id": ids[2]})
    assert (refused.status_code, refused.json()["code"]) == (422, "own_ancestor")
    assert (await told(anna, f"{branch}/parent"))["parent_id"] == ""
    assert (await told(anna, f"{group}/parent", parent_id=ids[2]))["parent_id"] == ids[2]


async def test_customers_see_themselves_and_not_what_agents_say_of_them(
    desk: Gateway, anna: httpx.AsyncClient
) -> None:
    ada = await known(anna, mailbox())
    await told(anna, f"{ada}/notes", text="Difficult.")
    async with desk.client("customer", ada.rpartition("/")[2]) as herself:
        page = (await herself.get(ada)).json()
        assert page["name"] == "Ada Byron"
        assert "Difficult." not in str(page)
        assert {"vip", "notes", "tags", "blocked_for"}.isdisjoint(page)
        assert (await herself.post(f"{ada}/vip", json={"vip": True})).status_code == 403


async def test_colleagues_see_one_another_s_tickets_and_a_forger_sees_nothing(
    desk: Gateway, anna: httpx.AsyncClient
) -> None:
    # given an organisation that shares, found by its domain, and who writes from there
    group, branch = await firm(anna, "Group"), await firm(anna, "Branch")
    domain = f"shared{next(number)}.example"
    assert (await anna.post(f"{branch}/domains", json={"domain": domain})).status_code == 202
    await becomes(anna, branch, lambda page: page["domains"] == [domain])
    await told(anna, f"{branch}/parent", parent_id=group.rpartition("/")[2])
    await told(anna, f"{branch}/sharing", shared=True)

    async def member(name: str) -> tuple[str, httpx.AsyncClient]:
        """Somebody whose From names the domain: who looks like one of them."""
        while True:
            place = await known(anna, f"{name}{next(number)}@{domain}")
            with contextlib.suppress(AssertionError):
                async with asyncio.timeout(1):
                    await becomes(anna, place, lambda page: page["organisation_id"] != "")
                return place, desk.client("customer", place.rpartition("/")[2])

    (_, as_ada), (bob, as_bob), (_, as_eve) = [await member(n) for n in ("ada", "bob", "eve")]
    async with as_ada, as_bob, as_eve:
        written = {"account": "support", "subject": "Printer", "text": "It is on fire."}
        opened = await as_ada.post("/v1/tickets", json=written)
        place: str = opened.headers["location"]
        await becomes(as_ada, place, lambda page: True)
        # when Bob has shown that his address is his, and Eve has only written it
        [address] = (await anna.get(bob)).json()["addresses"]
        await told(anna, f"{bob}/addresses/{address['id']}/verification", method="link")
        # then he sees the ticket, its messages and a list of such, and can take part
        assert (await as_bob.get(place)).status_code == 200
        listed = (await as_bob.get("/v1/tickets", params={"shared": True})).json()["items"]
        assert [ticket["subject"] for ticket in listed] == ["Printer"]
        said = await as_bob.post(f"{place}/replies", json={"text": "Here, too."})
        assert said.status_code == 200, said.text
        talk = (await as_ada.get(f"{place}/conversation")).json()["items"]
        assert [one["text"] for one in talk] == ["It is on fire.", "Here, too."]
        assert talk[1]["author"]["id"] == bob.rpartition("/")[2]
        assert (await as_bob.post(f"{place}/rating", json={"score": 1})).status_code == 403
        # and she sees nothing
        for path in ("", "/conversation"):
            assert (await as_eve.get(place + path)).status_code == 404
        assert (await as_eve.post(f"{place}/replies", json={"text": "Hi"})).status_code == 404
        assert (await as_eve.get("/v1/tickets", params={"shared": True})).json()["items"] == []
        # nor does Bob what a private department has, while it is still there for Ada
        async with desk.client("admin") as admin:
            people = {"name": "People", "teams": ["hr"], "private": True}
            defined = await admin.put("/v1/desk/departments/people", json=people)
            assert defined.status_code == 200, defined.text
            await told(admin, f"{place}/assignment", team_id="hr")
            async with asyncio.timeout(20):
                while (await as_bob.get(place)).status_code != 404:
                    await asyncio.sleep(0.05)
            assert (await as_bob.get("/v1/tickets", params={"shared": True})).json()["items"] == []
            assert (await as_ada.get(place)).status_code == 200
            await told(admin, f"{place}/assignment", team_id="it")
        # nor does whoever belongs further up, until that shares as well
        boss = await known(anna, mailbox())
        await told(anna, f"{boss}/organisation", organisation_id=group.rpartition("/")[2])
        async with desk.client("customer", boss.rpartition("/")[2]) as as_boss:
            assert (await as_boss.get(place)).status_code == 404
            await told(anna, f"{group}/sharing", shared=True)
            assert (await as_boss.get(place)).status_code == 200
            listed = (await as_boss.get("/v1/tickets", params={"shared": True})).json()["items"]
            assert [ticket["subject"] for ticket in listed] == ["Printer"]
        # nor anybody when the branch shares no more
        await told(anna, f"{branch}/sharing", shared=False)
        assert (await as_bob.get(place)).status_code == 404
