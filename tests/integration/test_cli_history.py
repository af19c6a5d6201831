"""Tickets of another helpdesk: each once, as it was, and nobody hears of it."""

import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.contents import Content, ContentStore, Rendition
from libs.events.envelope import Command, Recorded
from libs.events.published import tickets as t
from libs.events.published.setup import DESK_ID, DefineUndoSend
from tests.support.cli import Ran, run_cli
from tests.support.exports import zendesk_export
from tests.support.gateway import gateway
from tests.support.helpdesk import Helpdesk, helpdesk

pytestmark = pytest.mark.integration
AGENTS = {"ada@desk.example": "ada"}
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
    await desk.desk.until(t.ReplyDelivered)
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
