"""A desk sets itself up over HTTP, tickets follow, macros are one unit; intake dies in between."""

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from deploy.local import Problem
from deskledger.desk import carry_out, standing
from deskledger.desk_file import read, written
from deskledger_client import Client
from libs.events.ids import new_id
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from libs.events.published.contacts import NO_SURVEYS
from libs.events.published.messages import WrittenWith
from libs.events.verify import verify
from libs.settings import CHECKOUT, Settings
from tests.support.desk import Desk
from tests.support.gateway import Gateway, gateway
from tests.support.mail import mailing, post_office

pytestmark = pytest.mark.integration

LABELS = {"labels": [{"status": "open", "labels": ["on_it"]}, {"status": "new", "labels": []}]}
MATRIX = {"impacts": ["all", "one"], "urgencies": ["now"], "priorities": [[1], [4]]}
SAY = {
    "command": "ReplyToCustomer",
    "data": {"text": 'Dear {{contact.first_name | "customer"}}, {{ticket.number}} is done.'},
}
TAG = {"command": "ChangeTags", "data": {"add": ["done"]}}
SOLVE = {"command": "SolveTicket", "data": {"resolution_code": "workaround"}}
DONE = {"name": "Done", "steps": [SAY, TAG, SOLVE]}
WRONG = {"name": "Wrong", "steps": [SAY, {**SOLVE, "data": {"resolution_code": "magic"}}]}


HOW_TO = CHECKOUT / "docs" / "how-to" / "set-up-a-desk.md"


@dataclass
class World:
    """A ledger, intake that can be stopped, and a gateway."""

    desk: Desk
    gateway: Gateway

    async def ticket(self) -> str:
        """The path of the one ticket that Anna Ruiz has opened by mail."""
        await self.desk.publish(channel="email", id=f"<{new_id('m')}@example.org>")
        [opened] = await self.desk.until(t.TicketOpened)
        path = f"/v1/tickets/{opened.aggregate_id}"
        async with self.gateway.client("agent") as anna, asyncio.timeout(30):
            while (await anna.get(path)).status_code != 200:
                await asyncio.sleep(0.05)
        return path


@pytest.fixture
async def world(ledger: Settings) -> AsyncIterator[World]:
    async with Desk.on(ledger) as desk, gateway(ledger) as running:
        yield World(desk, running)


async def test_a_desk_is_set_up_and_its_tickets_follow(world: World) -> None:
    admin, anna = world.gateway.client("admin", "root"), world.gateway.client("agent")
    async with admin, anna:
        async with world.desk.intake():
            # when an administrator defines labels and a matrix
            told = await done(admin.put("/v1/desk/labels", json=LABELS))
            again = await admin.put(
                "/v1/desk/priority-matrix", json=MATRIX, headers={"If-Match": '"0.admin"'}
            )
            assert (again.status_code, again.json()["code"]) == (412, "changed_meanwhile")
            tag = {"If-Match": told.headers["ETag"]}
            told = await done(admin.put("/v1/desk/priority-matrix", json=MATRIX, headers=tag))
            desk = (await anna.get("/v1/desk")).json()
            assert (desk["version"], desk["priority_matrix"]) == (2, MATRIX)
            brand = {"name": "Nordwind", "prefix": "NW-", "accounts": ["support"]}
            await done(admin.put("/v1/desk/brands/nordwind", json=brand))
            wrong = await admin.put(
                "/v1/desk/fields/size", json={"type": "pattern", "pattern": "("}
            )
            assert (wrong.status_code, wrong.json()["code"]) == (422, "unusable_pattern")
            assert wrong.json()["errors"][0]["pointer"] == "/pattern"
        # and intake dies and comes again
        async with world.desk.intake():
            # then tickets follow what was defined
            path = await world.ticket()
            page = (await anna.get(path)).json()
            assert (page["brand"], page["prefix"]) == ("nordwind", "NW-")
            await done(anna.post(f"{path}/label", json={"label": "on_it"}))
            await done(anna.post(f"{path}/assessment", json={"impact": "one", "urgency": "now"}))
            page = (await anna.get(path)).json()
            assert (page["status"], page["label"], page["priority"]) == ("open", "on_it", 4)
            # and what was redefined is in force without a restart
            await done(admin.put("/v1/desk/tiers", json={"highest": 0}))
            refused = await anna.post(f"{path}/tier", json={"tier": 1})
            assert (refused.status_code, refused.json()["code"]) == (404, "no_such_tier")
            # and the log proves whole, as soon as what was refused is stored
            async with asyncio.timeout(15):
                while not (await verify(world.desk.settings, ["services.intake.wiring"])).whole:
                    await asyncio.sleep(0.2)
        [changed] = await world.desk.so_far(t.PriorityChanged)
        assert changed.data.setup_version == 3
        history = (await anna.get("/v1/desk/history")).json()["items"]
        assert [step["sentence"] for step in history] == [
            "root defined 1 labels under 2 statuses.",
            "root defined the priority matrix, 2 × 1.",
            "root defined the brand Nordwind.",
            "root defined the support tiers 0 to 0.",
        ]


async def test_a_macro_is_one_unit_and_its_answer_is_mailed(world: World) -> None:
    lea, anna = world.gateway.client("lead", "lea"), world.gateway.client("agent")
    async with (
        lea,
        anna,
        post_office() as post,
        world.desk.intake(),
        mailing(world.desk.settings, post),
    ):
        path = await world.ticket()
        right, wrong = [
            (await done(lea.post("/v1/macros", json=macro))).json()["id"] for macro in (DONE, WRONG)
        ]
        # when a macro is applied whose second part is refused
        before = (await anna.get(path)).json()
        refused = await anna.post(f"{path}/macros/{wrong}/apply")
        # then nothing has happened, and the answer points to the part
        assert (refused.status_code, refused.json()["code"]) == (422, "unknown_resolution_code")
        assert refused.json()["errors"][0]["pointer"] == "/commands/1/resolution_code"
        shown = (await anna.post(f"{path}/macros/{wrong}/preview")).json()
        assert shown["refusal"]["pointer"] == "/commands/1/resolution_code"
        # and a preview of one that would work says what it would do, and does nothing
        shown = (await anna.post(f"{path}/macros/{right}/preview")).json()
        assert shown["refusal"] is None
        assert shown["commands"][0]["text"] == f"Dear Anna, {before['number']} is done."
        assert (await anna.get(path)).json() == before
        # when that is applied
        stale = await anna.post(f"{path}/macros/{right}/apply", json={"version": 7})
        assert (stale.status_code, stale.json()["code"]) == (409, "macro_changed")
        await done(anna.post(f"{path}/macros/{right}/apply", json={"version": 1}))
        # then all of it has happened
        page = (await anna.get(path)).json()
        assert (page["status"], page["tags"]) == ("solved", ["done"])
        [replied] = await world.desk.so_far(t.AgentReplied)
        assert replied.data.message.written_with == (WrittenWith("macro", right, 1),)
        said = (await anna.get(f"{path}/conversation")).json()["items"]
        assert said[-1]["text"] == f"Dear Anna, {before['number']} is done."
        steps = (await anna.get(f"{path}/history")).json()["items"]
        assert f"anna applied the macro {right} (version 1)." in [s["sentence"] for s in steps]
        # and the answer goes out
        async with asyncio.timeout(30):
            while not post.taken:
                await asyncio.sleep(0.05)
        body = post.taken[0].get_body(("plain",))
        assert body is not None
        assert f"Dear Anna, {before['number']} is done." in body.get_content()


async def test_canned_replies_come_in_the_order_in_which_they_are_looked_for(world: World) -> None:
    lea, anna = world.gateway.client("lead", "lea"), world.gateway.client("agent")
    async with lea, anna, world.desk.intake():
        path = await world.ticket()
        requester = (await anna.get(path)).json()["requester"]["id"]
        await done(anna.post(f"/v1/contacts/{requester}/language", json={"language": "de-AT"}))
        await done(anna.post(f"{path}/assignment", json={"team_id": "network"}))
        for name, language, team in (
            ("English", "en", "network"),
            ("Any", "", ""),
            ("Billing", "de", "billing"),
            ("All", "de", ""),
            ("Own", "de", "network"),
        ):
            canned = {"name": name, "language": language, "team_id": team}
            text = 'Hallo {{contact.first_name | "zusammen"}}'
            await done(lea.post("/v1/canned-replies", json={**canned, "text": text}))
        gone = (
            await done(lea.post("/v1/canned-replies", json={"name": "Old", "text": "x"}))
        ).json()
        await done(lea.delete(f"/v1/canned-replies/{gone['id']}"))

        found = (await anna.get(f"{path}/canned-replies")).json()["items"]

        assert [one["name"] for one in found] == ["Own", "All", "Billing", "Any", "English"]
        assert {one["text"] for one in found} == {"Hallo Anna"}
        used = {"id": found[0]["id"], "version": found[0]["version"]}
        await done(anna.post(f"{path}/replies", json={"text": "Hallo Anna", "canned_reply": used}))
        [replied] = await world.desk.so_far(t.AgentReplied)
        assert replied.data.message.written_with == (WrittenWith("canned_reply", used["id"], 1),)
        old = (await anna.get(f"/v1/canned-replies/{gone['id']}/history")).json()["items"]
        assert [step["sentence"] for step in old] == [
            "lea defined the canned reply Old.",
            "lea retired the canned reply.",
        ]


async def test_a_desk_is_set_up_from_the_file_of_the_how_to(
    world: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "desk.toml"
    [example] = re.findall("```toml\\n(.*?)```", HOW_TO.read_text(), re.DOTALL)
    file.write_text(example)
    async with world.gateway.client("admin", "root") as admin, world.desk.intake():
        gateway = Client(http=admin)
        # when it is tried
        assert await carry_out(gateway, read(file), dry_run=True) == 14
        # then the difference is shown, and nothing has changed
        shown = capsys.readouterr().out
        assert '+  "prefix": "NW-"' in shown
        assert (await gateway.desk.read())["version"] == 0
        # when it is applied
        assert await carry_out(gateway, read(file), dry_run=False) == 14
        # then everything is as it says, and applying it again changes nothing
        now, _, version = await standing(gateway)
        assert (version, now.tiers, now.macros) == (12, 2, read(file).macros)
        assert await carry_out(gateway, read(file), dry_run=False) == 0
        file.write_text(written(now))
        assert await carry_out(gateway, read(file), dry_run=False) == 0
        # and what is refused is told by its name
        file.write_text("[[fields]]\nfield = 'serial_number'\ntype = 'text'\n")
        with pytest.raises(Problem, match="fields serial_number: Tickets have values of"):
            await carry_out(gateway, read(file), dry_run=False)


async def test_a_broken_template_is_refused_when_it_is_defined(world: World) -> None:
    async with world.gateway.client("admin", "root") as admin, world.desk.intake():
        # given templates of which one asks for what there is not
        good = {"kind": "notice", "text": "{{ news }}", "html": "<b>{{ news }}</b>"}
        bad = {"kind": "notice", "text": "ok\n{{ news.secret }}"}
        # when they are looked at, then one is shown and the other told with its line
        shown = await done(admin.post("/v1/desk/letter-preview", json=good))
        assert shown.json()["html"] == "<b><p>Maya Okafor wrote again.</p>\n</b>"
        refused = await admin.post("/v1/desk/letter-preview", json=bad)
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["pointer"] == "/text"
        # and the same where they are defined
        await done(admin.put("/v1/desk/letters/news", json=good))
        refused = await admin.put("/v1/desk/letters/news", json=bad)
        assert refused.status_code == 422
        assert refused.json()["detail"].startswith("Line 2: there is no news.secret;")
        desk = await done(admin.get("/v1/desk"))
        assert [one["text"] for one in desk.json()["letters"]] == ["{{ news }}"]


async def test_a_customer_is_asked_by_mail_and_answers_with_one_click(world: World) -> None:
    admin, anna = world.gateway.client("admin", "root"), world.gateway.client("agent")
    anybody = httpx.AsyncClient(timeout=40, follow_redirects=True)
    settings = world.desk.settings.model_copy(update={"public_url": world.gateway.url})
    async with (
        admin,
        anna,
        anybody,
        post_office() as post,
        mailing(settings, post),
        world.desk.intake(),
    ):
        # given a desk that asks a second after a solution
        asks = {"survey_after": 1, "survey_open": 3_600}
        await done(admin.put("/v1/desk/correspondence/default", json=asks))
        # when a ticket is solved
        path = await world.ticket()
        await done(anna.post(f"{path}/solution", json={"resolution_code": "workaround"}))
        # then its customer is asked, with links of their own and a way to be asked no more
        [mail] = await post.wait(1, seconds=40)
        assert mail["Auto-Submitted"] == "auto-generated"
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        body = mail.get_body(("plain",))
        assert body is not None
        link = re.search(r"https?://\S+score=4", body.get_content())
        assert link is not None
        await world.desk.until(t.SurveyDelivered)
        # and their judgement is that of this question
        page = await anybody.get(link[0])
        assert 'value="4" required checked' in page.text
        form = {"score": "4", "comment": "Fine.", "key": "k"}
        place = link[0].partition("?")[0]
        assert "Thank you" in (await anybody.post(place, data=form)).text
        [rated] = await world.desk.so_far(t.TicketRated)
        [question] = await world.desk.so_far(t.SatisfactionAsked)
        assert (rated.data.score, rated.data.asked_sequence) == (4, question.sequence)
        # when a second ticket is solved, they were asked lately
        other = await done(
            anna.post(
                "/v1/tickets",
                json={
                    "account": "support",
                    "requester_id": (await anna.get(path)).json()["requester"]["id"],
                    "subject": "Mouse",
                    "text": "It squeaks.",
                },
            )
        )
        second = f"/v1/tickets/{other.json()['id']}"
        await done(anna.post(f"{second}/solution", json={"resolution_code": "workaround"}))
        [skipped] = await world.desk.until(t.SurveySkipped)
        assert skipped.data.reason == "asked_lately"
        # when they want no more
        url = mail["List-Unsubscribe"].partition(">")[0].lstrip("<")
        answer = await anybody.post(url, data={"List-Unsubscribe": "One-Click"})
        assert answer.status_code == 200
        [tagged] = await world.desk.until(c.CustomerTagged)
        assert tagged.data.tags == (NO_SURVEYS,)


async def done(request: Awaitable[httpx.Response]) -> httpx.Response:
    answer = await request
    assert answer.status_code == 200, answer.text
    return answer
