"""Contacts from a file: what is said to become of each line becomes of it, and once."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from libs.events.envelope import Command
from libs.events.published import contacts as c
from libs.events.published import tickets as t
from libs.settings import Settings
from tests.support.cli import run_cli
from tests.support.desk import ANNA, Desk

pytestmark = pytest.mark.integration
HEADER = "name;email;organisation;domain;language;plan;vip;tags;notes;external_id:crm;field:seat\n"


@pytest.fixture
async def desk(ledger: Settings) -> AsyncIterator[Desk]:
    async with Desk.on(ledger) as desk, desk.intake():
        yield desk


async def imported(
    desk: Desk, file: Path, *options: str
) -> list[tuple[object, object, list[object]]]:
    """Line, status and what has changed."""
    ran = await run_cli(desk.settings, "contacts", "import", str(file), "--json", *options)
    assert ran.code in (0, 1), ran.err
    return [(one["line"], one["status"], one["changes"]) for one in ran.lines]  # type: ignore[misc]


async def test_an_import_says_what_it_would_do_does_it_and_does_it_once(
    desk: Desk, tmp_path: Path
) -> None:
    # given somebody who has written, and a file that has them, new ones, and a bad line
    await desk.publish(channel="email", sender={"address": ANNA, "name": "Anna"})
    await desk.until(c.ContactCreated)
    file = tmp_path / "contacts.csv"
    file.write_text(
        HEADER
        + f"Anna Ruiz;{ANNA.lower()};;;es;;;;;;\n"
        + "Ada;ada@n.example;Nordwind;n.example;en;gold;yes;pilot;Short answers.;C-7;12\n"
        + "Bob;bob@n.example;nordwind;n.example;;;;;;;\n"
        + "Nobody;;;;;;;;;;\n"
        + "Ada again;ADA@n.example;;;;;;;;;\n"
    )
    said = {"RenameContact", "SetContactLanguage"}
    ada = [
        "SetContactLanguage",
        "SetCustomerPlan",
        "MarkCustomerVip",
        "TagCustomer",
        "JoinOrganisation",
        "SetExternalId",
        "SetPersonalField",
        "AddCustomerNote",
    ]
    # when it is only tried
    tried = await imported(desk, file, "--dry-run")
    # then each line has its answer, and nothing has happened
    assert [status for _, status, _ in tried] == [
        "changed",
        "created",
        "created",
        "refused",
        "changed",
    ]
    assert (set(tried[0][2]), tried[1][2]) == (said, ada)
    assert len(await desk.so_far(c.ContactCreated)) == 1
    # when it is done
    assert await imported(desk, file) == tried
    # then it is so, and silently
    assert len(await desk.until(c.ContactCreated, 3)) == 3
    [firm] = await desk.until(c.OrganisationCreated)
    joined = await desk.until(c.ContactJoinedOrganisation, 2)
    assert {one.data.organisation_id for one in joined} == {firm.aggregate_id}
    assert len(await desk.so_far(t.TicketOpened)) == 1
    # and done again it changes nothing but who was named twice
    again = await imported(desk, file)
    assert [status for _, status, _ in again] == [
        "matched",
        "changed",
        "matched",
        "refused",
        "matched",
    ]
    assert len(await desk.so_far(c.ContactCreated)) == 3
    assert len(await desk.so_far(c.CustomerNoteAdded)) == 1
    # and in words
    ran = await run_cli(desk.settings, "contacts", "import", str(file), "--dry-run")
    assert "It has no mail address" in ran.out
    assert "0 would be created" in ran.out


async def test_who_was_erased_is_imported_as_somebody_new(desk: Desk, tmp_path: Path) -> None:
    file = tmp_path / "contacts.csv"
    file.write_text("name,email\nAda,ada@n.example\n")
    assert [status for _, status, _ in await imported(desk, file)] == ["created"]
    [first] = await desk.until(c.ContactCreated)
    await desk.sender.send([_erase(first.aggregate_id)])
    await desk.until(c.ErasureCompleted)
    assert [status for _, status, _ in await imported(desk, file)] == ["created"]
    people = {one.aggregate_id for one in await desk.until(c.ContactCreated, 2)}
    assert len(people) == 2


def _erase(contact_id: str) -> Command[object]:
    return Command(data=c.EraseContact("asked"), aggregate_id=contact_id, actor="agent:lea")
