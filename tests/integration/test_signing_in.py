"""Customers sign in by a code that is mailed to them: from the form to the mailbox and back."""

import asyncio
import re
import statistics
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass
from email.message import EmailMessage

import httpx
import pytest

from libs.events.published import contacts as c
from tests.support.gateway import Gateway, gateway
from tests.support.helpdesk import Helpdesk, helpdesk
from tests.support.mail import SUPPORT, body_of, mail

pytestmark = pytest.mark.integration

CODES, SIGN_IN = "/v1/sign-in/codes", "/v1/sign-in"


@dataclass
class World:
    """A helpdesk by mail with the gateway over it. web: a browser that nobody is signed in with."""

    mailing: Helpdesk
    gateway: Gateway
    web: httpx.AsyncClient
    lead: httpx.AsyncClient

    async def customer(self, name: str, **fields: str) -> str:
        """Somebody who has written to us, by their address's local part; the contact's id."""
        sender = f"{name.title()} Weber <{name}@example.org>"
        await self.mailing.write(mail(name, sender=sender, **fields), sender=f"{name}@example.org")
        async with asyncio.timeout(30):
            while True:
                found = (await self.lead.get("/v1/tickets?sort=created")).json()["items"]
                for one in found:
                    if one["subject"] == f"About {name}":
                        return str(one["requester"]["id"])
                await asyncio.sleep(0.1)

    async def ask(self, name: str, **more: str) -> httpx.Response:
        return await self.web.post(CODES, json={"address": f"{name}@example.org", **more})

    async def sign_in(self, name: str, code: str) -> httpx.Response:
        return await self.web.post(SIGN_IN, json={"address": f"{name}@example.org", "code": code})

    async def token(self, name: str) -> str:
        """Of somebody who has signed in."""
        answer = await self.sign_in(name, await self.code(name))
        return str(answer.raise_for_status().json()["token"])

    async def seen_with(self, token: str) -> int:
        """How somebody with this token is answered who wants their tickets."""
        headers = {"Authorization": f"Bearer {token}"}
        return (await self.web.get("/v1/tickets", headers=headers)).status_code

    async def code(self, name: str, **more: str) -> str:
        """A code, out of the mail that brings it."""
        before = len(self.mails(name))
        asked = await self.ask(name, **more)
        assert asked.status_code == 202, asked.text
        async with asyncio.timeout(20):
            while len(self.mails(name)) == before:
                await asyncio.sleep(0.05)
        return code_in(body_of(self.mails(name)[-1]))

    def mails(self, name: str) -> list[EmailMessage]:
        """The mails with codes that came to somebody."""
        return [
            one
            for one in self.mailing.out.taken
            if f"<{name}@example.org>" in str(one["To"]) and "ode" in str(one["Subject"])
        ]

    async def tell(self, place: str, **body: str) -> None:
        """A lead's command about a contact, until it has been carried out."""
        answer = await self.lead.post(f"/v1/contacts/{place}", json=body)
        assert answer.status_code in (200, 202), answer.text


def code_in(text: str) -> str:
    [code] = re.findall(r"\b[0-9]{6}\b", text)
    return str(code)


@pytest.fixture(scope="module")
async def world(servers: None) -> AsyncIterator[World]:
    async with (
        helpdesk(SUPPORT) as mailing,
        gateway(mailing.desk.settings) as running,
        httpx.AsyncClient(base_url=running.url, timeout=30) as web,
        running.client("admin", "root") as lead,
    ):
        yield World(mailing, running, web, lead)


async def test_a_customer_asks_reads_their_mail_and_sees_their_tickets(world: World) -> None:
    contact = await world.customer("ana")
    await world.customer("ben")
    code = await world.code("ana")
    sent = world.mails("ana")[-1]
    assert sent["Auto-Submitted"] == "auto-generated"
    assert code not in sent["Subject"]

    answer = await world.sign_in("Ana", f"{code[:3]} {code[3:]}")
    assert answer.status_code == 200, answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert answer.json()["contact_id"] == contact
    token = answer.json()["token"]
    headers = {"Authorization": f"Bearer {token}"}
    tickets = (await world.web.get("/v1/tickets", headers=headers)).json()["items"]
    assert [one["subject"] for one in tickets] == ["About ana"]
    assert (await world.web.get(f"/v1/contacts/{contact}", headers=headers)).status_code == 200
    assert (await world.web.get("/v1/desk", headers=headers)).status_code == 403
    assert (await world.web.get("/v1/audit", headers=headers)).status_code == 403

    again = await world.sign_in("ana", code)
    assert (again.status_code, again.json()["code"]) == (401, "wrong_code")


async def test_the_code_stands_in_no_log_and_no_database(world: World) -> None:
    await world.customer("cleo")
    code = await world.code("cleo")
    asked = await world.mailing.desk.so_far(c.SignInCodeAsked)
    assert asked
    mongo = world.gateway.resources.mongo
    stored = [
        await mongo.database(name)[collection].find().to_list()
        for name, collection in (("gateway", "sign_in_codes"), ("email", "outbox"))
    ]
    whole = str(asked) + str(stored)
    assert not re.search(rf"(?<![0-9.]){code}(?![0-9])", whole)
    assert "cleo@" not in whole


async def test_an_unknown_address_is_answered_alike_and_gets_nothing(world: World) -> None:
    await world.customer("dora")
    known, unknown = await world.ask("dora"), await world.ask("nobody")
    assert (known.status_code, known.content) == (unknown.status_code, unknown.content)
    assert set(known.headers) == set(unknown.headers)
    code = await world.code("dora")
    assert world.mails("nobody") == []
    wrong = await world.sign_in("nobody", code)
    not_hers = await world.sign_in("dora", f"{(int(code) + 1) % 10**6:06}")
    assert wrong.status_code == not_hers.status_code == 401
    told = [{k: v for k, v in one.json().items() if k != "request_id"} for one in (wrong, not_hers)]
    assert told[0] == told[1]


async def test_answers_take_as_long_whether_somebody_is_known_or_not(world: World) -> None:
    known = [f"tim{n}" for n in range(2)]
    for name in known:
        await world.customer(name)
    took: dict[bool, list[float]] = {True: [], False: []}
    for turn in range(10):
        pair = [(known[turn % 2], True), (f"stranger{turn % 2}", False)]
        for who, is_known in pair if turn % 4 < 2 else reversed(pair):
            began = time.perf_counter()
            assert (await world.ask(who)).status_code == 202
            took[is_known].append(time.perf_counter() - began)
        # All of the desk runs in this one loop: what comes of it is over before the next pair.
        async with asyncio.timeout(20):
            while len(world.mails(known[turn % 2])) <= turn // 2:
                await asyncio.sleep(0.05)
        await asyncio.sleep(0.2)
    there, not_there = (statistics.median(took[is_known]) for is_known in (True, False))
    assert abs(there - not_there) < max(0.010, 0.5 * min(there, not_there)), took


async def test_five_tries_are_all_and_then_who_tries_is_slowed(world: World) -> None:
    await world.customer("eve")
    code = await world.code("eve")
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        assert (await world.sign_in("eve", wrong)).status_code == 401
    assert (await world.sign_in("eve", code)).status_code == 401
    slowed = await world.sign_in("eve", code)
    assert (slowed.status_code, slowed.json()["code"]) == (429, "too_many_tries")
    assert int(slowed.headers["retry-after"]) >= 1
    for _ in range(8):
        slowed = await world.ask("eve")
    assert slowed.status_code == 429
    for _ in range(8):
        slowed = await world.ask("not-known-at-all")
    assert slowed.status_code == 429


async def test_a_hundred_tries_at_once_are_a_hundred_tries(world: World) -> None:
    await world.customer("finn")
    code = await world.code("finn")
    guesses = [f"{(int(code) + 1 + n) % 10**6:06}" for n in range(40)]
    answers = await asyncio.gather(*(world.sign_in("finn", guess) for guess in guesses))
    assert {one.status_code for one in answers} <= {401, 429}
    assert (await world.sign_in("finn", code)).status_code in (401, 429)


async def test_of_two_who_send_the_same_code_at_once_one_is_let_in(world: World) -> None:
    await world.customer("gina")
    code = await world.code("gina")
    answers = await asyncio.gather(*(world.sign_in("gina", code) for _ in range(4)))
    assert sorted(one.status_code for one in answers) == [200, 401, 401, 401]


async def test_a_newer_code_ends_the_one_before(world: World) -> None:
    await world.customer("hugo")
    first = await world.code("hugo")
    second = await world.code("hugo")
    assert (await world.sign_in("hugo", first)).status_code == 401
    assert (await world.sign_in("hugo", second)).status_code == 200


async def test_the_letter_is_in_the_language_of_the_page(world: World) -> None:
    await world.customer("ida")
    await world.code("ida", language="de-AT")
    assert "gilt einmal" in body_of(world.mails("ida")[-1])
    unknown = await world.ask("ida", brand="no-such-brand")
    assert (unknown.status_code, unknown.json()["errors"][0]["pointer"]) == (422, "/brand")


async def test_a_blocked_contact_is_not_let_in_and_gets_no_code(world: World) -> None:
    contact = await world.customer("jan")
    token, code = await world.token("jan"), await world.code("jan")
    assert await world.seen_with(token) == 200
    await world.tell(f"{contact}/block", reason="abuse")
    async with asyncio.timeout(20):
        while not (await world.lead.get(f"/v1/contacts/{contact}")).json()["blocked_for"]:
            await asyncio.sleep(0.05)
    assert (await world.sign_in("jan", code)).status_code == 401
    assert await world.seen_with(token) == 401
    before = len(world.mails("jan"))
    assert (await world.ask("jan")).status_code == 202
    await world.customer("after-jan")
    await world.code("after-jan")  # which was asked for later
    assert len(world.mails("jan")) == before


async def test_who_was_merged_signs_in_by_either_address_as_who_they_are_now(world: World) -> None:
    kept, gone = await world.customer("kim"), await world.customer("kimberly")
    before = await world.token("kimberly")
    await world.tell(f"{kept}/merge", source_id=gone)
    async with asyncio.timeout(30):
        while gone not in str((await world.lead.get(f"/v1/contacts/{kept}")).json()):
            await asyncio.sleep(0.05)
        while await world.seen_with(before) != 401:  # the one that went is told of it
            await asyncio.sleep(0.05)
    for name in ("kim", "kimberly"):
        answer = await world.sign_in(name, await world.code(name))
        assert (answer.status_code, answer.json().get("contact_id")) == (200, kept)


async def test_an_erased_contact_is_nobody(world: World) -> None:
    contact = await world.customer("lea")
    token, code = await world.token("lea"), await world.code("lea")
    assert await world.seen_with(token) == 200
    await world.tell(f"{contact}/erasure", reason="asked_for_it")
    async with asyncio.timeout(30):
        while not (await world.lead.get(f"/v1/contacts/{contact}")).json()["erased_at"]:
            await asyncio.sleep(0.05)
    assert (await world.sign_in("lea", code)).status_code == 401
    assert await world.seen_with(token) == 401
    before = len(world.mails("lea"))
    assert (await world.ask("lea")).status_code == 202
    await world.customer("after-lea")
    await world.code("after-lea")
    assert len(world.mails("lea")) == before


async def test_what_is_no_address_and_no_code_is_told_so(world: World) -> None:
    for place, body in (
        (CODES, {"address": "ana"}),
        (CODES, {"address": {"$ne": ""}}),
        (CODES, {"address": "a" * 400 + "@example.org"}),
        (CODES, {"address": "ana@example.org", "role": "admin"}),
        (SIGN_IN, {"address": "ana@example.org", "code": "12345"}),
        (SIGN_IN, {"address": "ana@example.org", "code": {"$gt": ""}}),
        (SIGN_IN, {"address": "ana@example.org"}),
    ):
        answer = await world.web.post(place, json=body)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid"), body
