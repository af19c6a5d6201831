"""Tickets of another helpdesk: each once, as it was, and nobody hears of it."""

import asyncio
import json
import os
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from libs.contents import Content, ContentStore, Rendition
from libs.events.envelope import Command, Recorded
from libs.events.published import tickets as t
from libs.events.published.setup import DESK_ID, DefineUndoSend
from tests.support.cli import Ran, run_cli
from tests.support.exports import (
    CSV,
    OUTAGES,
    PRINTER,
    RATINGS,
    zammad_export,
    zendesk_export,
)
from tests.support.gateway import gateway
from tests.support.helpdesk import Helpdesk, helpdesk

pytestmark = pytest.mark.integration
AGENTS = {"ada@desk.example": "ada"}
MESSAGES = ("TicketOpened", "CustomerMessageAdded", "AgentReplied", "NoteAdded")
SETTINGS = {"DESKLEDGER_AGENT_ADDRESSES": json.dumps(AGENTS)}


@pytest.fixture
async def desk(servers: None) -> AsyncIterator[Helpdesk]:
    more = {"agent_addresses": AGENTS, "notice_after_seconds": 0.1}
    async with helpdesk("support@desk.example", **more) as desk:
        yield desk


async def imported(desk: Helpdesk, kind: str, path: Path, *options: str) -> Ran:
    told = ("import", kind, str(path), "--json", *options)
    ran = await run_cli(desk.desk.settings, *told, **SETTINGS)
    assert ran.code in (0, 1), ran.err
    return ran


def of(ran: Ran, kind: str = "ticket") -> dict[object, tuple[object, object]]:
    """Status and number of steps, by the id there."""
    ours = [one for one in ran.lines if one["kind"] == kind]
    return {one["id"]: (one["status"], one.get("steps")) for one in ours}


async def events(desk: Helpdesk) -> list[Recorded[object]]:
    """What has happened to tickets and contacts, each aggregate in its order."""
    happened = [one for one in await desk.desk.happened() if one.aggregate_id[0] in "tp"]
    return sorted(happened, key=lambda one: (one.aggregate_id, one.sequence))


async def history(desk: Helpdesk, subject: str) -> list[tuple[str, str, str]]:
    """When, who and what of the ticket of this subject."""
    happened = await events(desk)
    for opened in happened:
        if isinstance(opened.data, t.TicketOpened):
            said = await words(desk, opened.data.message.rendition.id)
            if said.subject == subject:
                return [
                    (
                        one.occurred_at.strftime("%m-%d %H:%M"),
                        one.actor.partition("-")[0],
                        type(one.data).__name__,
                    )
                    for one in happened
                    if one.aggregate_id == opened.aggregate_id
                ]
    raise AssertionError(f"no ticket {subject}")


async def words(desk: Helpdesk, content_id: str) -> Rendition:
    found = await ContentStore(desk.desk.mongo, desk.desk.keyring).get([content_id])
    content = found[content_id]
    assert isinstance(content, Content)
    return Rendition.decode(content.data)


async def test_tickets_come_as_they_were_and_nobody_hears_of_it(
    desk: Helpdesk, tmp_path: Path
) -> None:
    # given a desk that lets answers wait, and an export
    await desk.desk.sender.send(
        [Command[object](data=DefineUndoSend(1), aggregate_id=DESK_ID, actor="agent:lea")]
    )
    folder = zendesk_export(tmp_path / "export")
    # when it is only tried
    tried = await imported(desk, "zendesk", folder, "--dry-run")
    # then it is said what would come, and nothing has
    assert of(tried) == {"35": ("taken", 13), "36": ("taken", 14), "37": ("taken", 2)}
    assert await events(desk) == []
    # when it is done
    left = tmp_path / "left.jsonl"
    ran = await imported(desk, "zendesk", folder, "--report", str(left))
    # then everything stands in the log with its instant and its actor, as history
    assert of(ran, "person") == dict.fromkeys(("501", "502", "599"), ("created", 0))
    assert of(ran) == {"35": ("taken", 12), "36": ("taken", 14), "37": ("taken", 2)}
    assert await history(desk, "The printer smokes") == [
        ("02-06 08:00", "contact:p", "TicketOpened"),
        ("02-06 08:00", "service:import", "TicketLinkedExternally"),
        ("02-06 08:30", "service:import", "TicketAssigned"),
        ("02-06 08:30", "service:import", "TicketAssigned"),
        ("02-06 09:00", "agent:zendesk", "NoteAdded"),
        ("02-06 09:30", "agent:ada", "AgentReplied"),
        ("02-07 07:00", "contact:p", "ParticipantMessageAdded"),
        ("02-07 08:00", "contact:p", "CustomerMessageAdded"),
        ("02-07 12:00", "service:import", "TicketSolved"),
        ("02-09 10:00", "service:import", "TicketClassified"),
        ("02-09 10:00", "service:import", "PriorityChanged"),
        ("02-09 10:00", "service:import", "TagsChanged"),
    ]
    assert await history(desk, "Invoice 12") == [
        ("03-01 10:00", "contact:p", "TicketOpened"),
        ("03-01 10:00", "service:import", "TicketLinkedExternally"),
        ("03-01 10:00", "contact:p", "PriorityChanged"),
        ("03-01 10:00", "service:import", "TicketAssigned"),
        ("03-01 11:00", "agent:zendesk", "AgentReplied"),
        ("03-01 11:00", "agent:zendesk", "TicketAssigned"),
        ("03-01 11:00", "agent:zendesk", "TicketMarkedPending"),
        ("03-01 11:00", "agent:zendesk", "PriorityChanged"),
        ("03-02 09:00", "contact:p", "CustomerMessageAdded"),
        ("03-02 09:00", "contact:p", "TicketWoken"),
        ("03-03 09:00", "agent:zendesk", "AgentReplied"),
        ("03-03 09:00", "agent:zendesk", "TicketSolved"),
        ("03-20 00:00", "service:import", "TagsChanged"),
        ("03-20 00:00", "service:import", "TicketClosed"),
    ]
    happened = await events(desk)
    assert {one.origin for one in happened if one.aggregate_id[0] == "t"} == {"import"}
    # and what could not be taken is told, without a word of anybody's
    assert [json.loads(line)["what"] for line in left.read_text().splitlines()] == [
        "file 7002",
        "field 9001",
    ]
    # when it is done again, by who has forgotten that it was
    await desk.desk.mongo.database("cli")["imported_tickets"].delete_many({})
    again = await imported(desk, "zendesk", folder)
    # then nothing is there twice
    assert {status for status, _ in of(again, "person").values()} == {"matched"}
    assert len(await events(desk)) == len(happened)
    # and who remembers has nothing to do but what could not be done
    once_more = await imported(desk, "zendesk", folder)
    assert of(once_more) == {"35": ("known", 0), "36": ("known", 0), "37": ("known", 0)}
    # when an agent answers a ticket that came along
    [opened] = [
        one
        for one in await desk.desk.so_far(t.TicketOpened)
        if (await words(desk, one.data.message.rendition.id)).subject == "The printer smokes"
    ]
    await desk.reply(opened, "How is it today?")
    # then this is the only mail that has left the desk
    await desk.desk.until(t.ReplyDelivered, seconds=150)
    [mail] = desk.out.taken
    assert "mira@novak.example" in str(mail["to"])


async def test_an_agent_reads_who_said_what_and_when(desk: Helpdesk, tmp_path: Path) -> None:
    await imported(desk, "zendesk", zendesk_export(tmp_path / "export"))
    [opened] = [
        one
        for one in await desk.desk.so_far(t.TicketOpened)
        if (await words(desk, one.data.message.rendition.id)).subject == "The printer smokes"
    ]
    async with gateway(desk.desk.settings) as served, served.client("agent") as http:
        ticket = (await http.get(f"/v1/tickets/{opened.aggregate_id}")).json()
        said = (await http.get(f"/v1/tickets/{opened.aggregate_id}/conversation")).json()["items"]
        file = said[0]["attachments"][0]
        path = f"/v1/tickets/{opened.aggregate_id}/contents/{file['id']}"
        assert (file["name"], (await http.get(path)).text) == ("smoke.txt", "smoke")
    assert (ticket["status"], ticket["origin"], ticket["agent_id"]) == ("solved", "import", "ada")
    assert ticket["created_at"].startswith("2023-02-06T08:00:00")
    assert ticket["tags"] == ["printer", "third_floor"]
    assert [(one["at"][:16], one["kind"], one["text"]) for one in said] == [
        ("2023-02-06T08:00", "message", "It smokes since Monday."),
        ("2023-02-06T09:00", "note", "The fuser, I guess."),
        ("2023-02-06T09:30", "reply", "Please switch it off."),
        ("2023-02-07T07:00", "message", "I switched it off."),
        ("2023-02-07T08:00", "message", "Thank you both."),
    ]
    assert "script" not in said[0]["html"]


async def test_ratings_and_links_come_along_and_nothing_comes_of_them(
    desk: Helpdesk, tmp_path: Path
) -> None:
    # given an export in which tickets name others, before and after themselves
    folder = zendesk_export(tmp_path / "export", OUTAGES)
    (folder / "satisfaction_ratings.json").write_text(json.dumps(RATINGS))
    links = ("50 problem 51", "52 problem 51", "50 related 52")
    # when it is only tried
    tried = await imported(desk, "zendesk", folder, "--dry-run")
    # then ratings count as steps of their tickets, links for themselves
    steps = {"50": 5, "51": 6, "52": 4, "53": 4}
    assert of(tried) == {id: ("taken", number) for id, number in steps.items()}
    assert of(tried, "link") == {
        **dict.fromkeys(links, ("taken", 1)),
        "53 problem 99": ("refused", 0),
    }
    assert await events(desk) == []
    # when it is done
    left = tmp_path / "left.jsonl"
    ran = await imported(desk, "zendesk", folder, "--report", str(left))
    # then the same has come, and what names a ticket that is not here is told
    assert of(ran, "link") == of(tried, "link")
    assert of(ran) == of(tried)
    assert [json.loads(line) for line in left.read_text().splitlines()] == [
        {"kind": "link", "id": "53 problem 99", "what": "", "reason": "Ticket 99 is not here."}
    ]
    # and each rating stands at its instant, also that of a ticket which is open today
    assert await history(desk, "Outage 50") == [
        ("05-01 08:00", "contact:p", "TicketOpened"),
        ("05-01 08:00", "service:import", "TicketLinkedExternally"),
        ("05-01 08:00", "service:import", "TicketAssigned"),
        ("05-01 12:00", "service:import", "TicketSolved"),
        ("05-01 15:00", "contact:p", "TicketRated"),
        ("05-02 08:00", "service:import", "TicketLinked"),
        ("05-03 08:00", "service:import", "TicketLinked"),
    ]
    rated = await desk.desk.so_far(t.TicketRated)
    assert {(one.data.score, one.data.agent_id) for one in rated} == {(5, "ada"), (1, "ada")}
    # and each link stands on both tickets, as history, which is all that has come of it
    linked = await desk.desk.until(t.TicketLinked, 6)
    relations = Counter(one.data.relation for one in linked)
    assert relations == {"problem": 2, "incident": 2, "related": 2}
    happened = await events(desk)
    assert {one.origin for one in happened if one.aggregate_id[0] == "t"} == {"import"}
    kinds = {type(one.data).__name__ for one in happened}
    assert kinds.isdisjoint({"TicketReopened", "TicketWoken", "SatisfactionAsked", "SurveySkipped"})
    # and so agents read it
    async with gateway(desk.desk.settings) as served, served.client("agent") as http:
        ids = {one["id"]: one["here"] for one in ran.lines if one["kind"] == "ticket"}
        ticket = (await http.get(f"/v1/tickets/{ids['50']}")).json()
        problem = (await http.get(f"/v1/tickets/{ids['51']}")).json()
    assert (ticket["rating"], ticket["rating_comment"]) == (5, "That was quick.")
    assert {(one["relation"], one["ticket_id"]) for one in ticket["links"]} == {
        ("problem", ids["51"]),
        ("related", ids["52"]),
    }
    assert {(one["relation"], one["ticket_id"]) for one in problem["links"]} == {
        ("incident", ids["50"]),
        ("incident", ids["52"]),
    }
    # when it is done again, by who has forgotten that it was, and by who has not
    await desk.desk.mongo.database("cli")["imported_tickets"].delete_many({})
    await imported(desk, "zendesk", folder)
    known = await imported(desk, "zendesk", folder)
    # then nothing is there twice
    assert len(await events(desk)) == len(happened)
    assert of(known, "link") == {
        **dict.fromkeys(links, ("known", 0)),
        "53 problem 99": ("refused", 0),
    }
    # when a later export has a customer's other mind, and one more incident of what came earlier
    minds = [RATINGS[0] | {"id": 4, "score": "bad", "comment": ""}]
    (folder / "satisfaction_ratings.json").write_text(json.dumps([*RATINGS[1:], *minds]))
    later = [OUTAGES[0], OUTAGES[3] | {"id": 54, "problem_id": 51}]
    (folder / "tickets.jsonl").write_text("".join(json.dumps(one) + "\n" for one in later))
    ran = await imported(desk, "zendesk", folder)
    # then the rating takes the place of the one before, and the link is there
    assert of(ran) == {"50": ("changed", 1), "54": ("taken", 4)}
    assert of(ran, "link") == {"50 problem 51": ("known", 0), "54 problem 51": ("taken", 1)}
    again = [one.data for one in await desk.desk.so_far(t.TicketRated)]
    assert [(one.score, one.previous_score) for one in again if one.previous_score] == [(1, 5)]
    assert desk.out.taken == []


async def test_everything_is_exported_as_an_admin_reads_it(desk: Helpdesk, tmp_path: Path) -> None:
    # given a desk, and an export that was interrupted in the middle of a line
    folder = zendesk_export(tmp_path / "export")
    tickets = [json.loads(line) for line in (folder / "tickets.jsonl").read_text().splitlines()]
    tickets[1] |= {"problem_id": 35, "satisfaction_rating": {"score": "good", "comment": "Good."}}
    (folder / "tickets.jsonl").write_text("".join(json.dumps(one) + "\n" for one in tickets))
    await imported(desk, "zendesk", folder)
    target = tmp_path / "out"
    target.mkdir()
    (target / "tickets.jsonl.part").write_text('{"ticket": {"id": "t-')
    async with gateway(desk.desk.settings) as served:
        port = {"DESKLEDGER_HTTP_PORT": str(httpx.URL(served.url).port)}
        # when it is gone on with
        ran = await run_cli(desk.desk.settings, "export", str(target), **port)
        assert ran.code == 0, ran.err
        again = await run_cli(desk.desk.settings, "export", str(target), **port)
    # then everything is there once, as it is read, for nobody else
    assert "3 tickets, 3 contacts, 1 organisations" in ran.out
    lines = [json.loads(line) for line in (target / "tickets.jsonl").read_text().splitlines()]
    assert [one["ticket"]["subject"] for one in lines] == [
        "Hello?",
        "Invoice 12",
        "The printer smokes",
    ]
    printer = lines[-1]
    assert [one["text"] for one in printer["conversation"]][-1] == "Thank you both."
    assert len(printer["history"]) == 13
    [file] = printer["conversation"][0]["attachments"]
    assert (target / "attachments" / file["id"]).read_text() == "smoke"
    people = [json.loads(line) for line in (target / "contacts.jsonl").read_text().splitlines()]
    assert {"Mira Novak", "Jon Beck"} <= {one["name"] for one in people}
    assert {path.name for path in target.iterdir()} == {
        "attachments",
        "contacts.jsonl",
        "desk.toml",
        "organisations.jsonl",
        "tickets.jsonl",
    }
    assert {path.stat().st_mode & 0o077 for path in target.glob("*.jsonl")} == {0}
    # and a whole one is not written over
    assert (again.code, "whole export already" in again.err) == (1, True)
    # when a desk begins anew with it
    async with helpdesk("support@desk.example") as anew:
        ran = await imported(anew, "deskledger", target)
        # then who said what, when, is there again, and each ticket is what it was
        assert [one for ticket in ran.lines for one in ticket["not_taken"]] == []  # type: ignore[attr-defined]
        old, new = [
            [line for line in await history(where, "Invoice 12") if line[2] in MESSAGES]
            for where in (desk, anew)
        ]
        assert old == new
        # and what was thought of it, and what others are to it
        [before], [after] = [await where.desk.so_far(t.TicketRated) for where in (desk, anew)]
        assert (after.occurred_at, after.data.score) == (before.occurred_at, 5)
        assert after.data.comment is not None
        assert (await words(anew, after.data.comment.id)).text == "Good."
        ending = ("TicketSolved", "TicketRated", "TicketClosed", "TicketLinked")
        assert [line for line in await history(anew, "Invoice 12") if line[2] in ending] == [
            ("03-03 09:00", "service:import", "TicketSolved"),
            ("03-20 00:00", "contact:p", "TicketRated"),
            ("03-20 00:00", "service:import", "TicketClosed"),
            ("03-20 00:00", "service:import", "TicketLinked"),
        ]


async def test_other_helpdesks_and_tables_come_likewise(desk: Helpdesk, tmp_path: Path) -> None:
    # given agents and teams by the names that they have here
    (tmp_path / "agents.csv").write_text("3,ada\n")
    (tmp_path / "teams.csv").write_text("Second Line,second\n")
    names = ("--agents", str(tmp_path / "agents.csv"), "--teams", str(tmp_path / "teams.csv"))
    # when Zammad's tickets come, one of which waits until an instant that has passed
    folder = zammad_export(tmp_path / "zammad")
    tickets = json.loads((folder / "tickets.json").read_text())
    tickets[1] |= {
        "pending_time": "2022-06-09T08:00:00Z",
        "links": [{"link_type": "child", "link_object": "Ticket", "link_object_value": 10}],
    }
    (folder / "tickets.json").write_text(json.dumps(tickets))
    ran = await imported(desk, "zammad", folder, *names)
    # then what is merged there is told, and the others are here
    assert of(ran) == {"10": ("taken", 11), "11": ("taken", 5), "12": ("refused", None)}
    assert await history(desk, "No network") == [
        ("05-02 07:00", "contact:p", "TicketOpened"),
        ("05-02 07:00", "service:import", "TicketLinkedExternally"),
        ("05-02 07:00", "service:import", "TicketAssigned"),
        ("05-02 07:00", "service:import", "TicketAssigned"),
        ("05-02 08:00", "agent:ada", "NoteAdded"),
        ("05-02 08:30", "agent:ada", "TicketMarkedPending"),
        ("05-04 06:00", "agent:ada", "AgentReplied"),
        ("05-04 07:00", "agent:ada", "TicketSolved"),
        ("05-04 07:00", "service:import", "PriorityChanged"),
        ("05-04 07:00", "service:import", "TagsChanged"),
        ("05-04 07:00", "service:import", "TicketClosed"),
        ("06-03 07:00", "service:import", "TicketLinked"),
    ]
    assert of(ran, "link") == {"10 parent 11": ("taken", 1)}
    waiting = {one.data.until for one in await desk.desk.so_far(t.TicketMarkedPending)}
    assert waiting == {None, datetime(2022, 6, 9, 8, tzinfo=UTC)}
    # and nobody is woken by a child that was done before it came here
    [settled] = await desk.desk.until(t.ChildSettled)
    assert (settled.origin, settled.data.settled) == ("import", True)
    assert await desk.desk.so_far(t.TicketWoken) == []
    # when a table comes, with columns of its own
    file = tmp_path / "cases.csv"
    file.write_text(CSV)
    columns = ("--map", "ticket=Case Number", "--time-zone", "Europe/Berlin")
    ran = await imported(desk, "csv", file, *columns)
    # then its tickets are those of the same person
    assert of(ran, "person") == {"mira@novak.example": ("matched", 0)}
    assert [what for _, _, what in await history(desk, "A chair")] == [
        "TicketOpened",
        "TicketLinkedExternally",
        "NoteAdded",
        "AgentReplied",
        "TicketAssigned",
        "TagsChanged",
        "TicketMarkedPending",
        "TicketSolved",
    ]
    # and a wrong name is answered with what there is
    told = await run_cli(desk.desk.settings, "import", "csv", str(file))
    assert (told.code, "--map 'ticket=Their name'" in told.err) == (1, True)


async def test_killed_at_any_moment_and_run_again_everything_is_there_once(
    desk: Helpdesk, tmp_path: Path
) -> None:
    # given an export of some size
    many = [_copied(PRINTER, 1_000 + number) for number in range(120)]
    folder = zendesk_export(tmp_path / "export", many)
    told = ("import", "zendesk", str(folder), "--json")
    # when its import is killed again and again, each time a little later
    for seconds in (2.5, 3.5, 4.5):
        running = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "deskledger", *told),
            env={**os.environ, "DESKLEDGER_NAMESPACE": desk.desk.settings.namespace, **SETTINGS},
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
        )
        await asyncio.sleep(seconds)
        if running.returncode is None:
            running.send_signal(signal.SIGKILL)
        await running.wait()
    # and then left to itself
    ran = await imported(desk, "zendesk", folder)
    # then each ticket is there once, each with each of its messages once
    assert len(of(ran)) == len(many)
    opened = await desk.desk.so_far(t.TicketOpened)
    assert len({one.aggregate_id for one in opened}) == len(opened) == len(many)
    for kind, each in (
        (t.CustomerMessageAdded, 1),
        (t.ParticipantMessageAdded, 1),
        (t.AgentReplied, 1),
        (t.NoteAdded, 1),
        (t.TicketSolved, 1),
        (t.TicketAssigned, 2),
    ):
        assert len(await desk.desk.so_far(kind)) == each * len(many), kind
    assert desk.out.taken == []
    # and the log is whole, history and all
    proven = await run_cli(desk.desk.settings, "verify")
    assert proven.code == 0, proven.out + proven.err


def _copied(ticket: dict[str, Any], number: int) -> dict[str, Any]:
    """The ticket under another number, with messages of its own."""
    comments = [one | {"id": number * 10 + n} for n, one in enumerate(ticket["comments"])]
    return ticket | {"id": number, "comments": comments, "custom_fields": []}
