"""What other helpdesks export is understood, and what cannot be is told."""

import json
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deploy.local import Problem
from deskledger.history import files, table, zammad, zendesk
from deskledger.history.model import Became, NotTaken, Person, Said, Ticket
from deskledger.history.staging import Staging
from tests.support.exports import CSV, INVOICE, ORPHAN, PRINTER, zammad_export, zendesk_export

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture
def staging() -> Iterator[Staging]:
    with closing(Staging()) as staging:
        yield staging


def staged(staging: Staging, found: Iterator[files.Found | NotTaken]) -> list[NotTaken]:
    """What could not be staged."""
    left = []
    for one in found:
        if isinstance(one, NotTaken):
            left.append(one)
        else:
            staging.add([one])
    return left


def told(ticket: Ticket | NotTaken) -> list[tuple[str, str, object]]:
    """When, by whom, and the words or the value."""
    assert isinstance(ticket, Ticket)
    return [
        (
            one.at.strftime("%m-%d %H:%M"),
            one.author,
            (one.text or one.html) if isinstance(one, Said) else one.value,
        )
        for one in ticket.entries
    ]


def ends(ticket: Ticket | NotTaken) -> dict[str, object]:
    assert isinstance(ticket, Ticket)
    return {one.field: one.value for one in ticket.stands}


ZENDESK = partial(files.objects, kinds=zendesk.KINDS, only=zendesk.ONLY)
ZAMMAD = partial(files.objects, kinds=zammad.KINDS, only=zammad.ONLY)


class TestFiles:
    @pytest.mark.parametrize(
        "text",
        [
            "".join(json.dumps(one) + "\n" for one in (PRINTER, INVOICE, ORPHAN)),
            json.dumps([PRINTER, INVOICE, ORPHAN]),
            json.dumps([PRINTER, INVOICE, ORPHAN], indent=2),
            json.dumps({"tickets": [PRINTER, INVOICE, ORPHAN], "count": 3}),
            json.dumps({"tickets": [PRINTER, INVOICE, ORPHAN], "count": 3}, indent=2),
            "\ufeff"
            + json.dumps({"tickets": [PRINTER, INVOICE]})
            + "\n"
            + json.dumps({"tickets": [ORPHAN]}),
        ],
        ids=["lines", "array", "pretty array", "page", "pretty page", "pages"],
    )
    def test_an_export_is_read_in_each_of_its_shapes(
        self, text: str, tmp_path: Path, staging: Staging
    ) -> None:
        (tmp_path / "all.json").write_text(text)
        assert staged(staging, ZENDESK(tmp_path)) == []
        assert [id for id, _ in staging.all("tickets")] == ["35", "36", "37"]

    def test_what_is_damaged_is_told_and_the_rest_taken(
        self, tmp_path: Path, staging: Staging
    ) -> None:
        lines = [json.dumps(PRINTER), "{not", "7", '{"subject": "no id"}', json.dumps(ORPHAN)]
        (tmp_path / "tickets.jsonl").write_text("\n".join(lines))
        (tmp_path / "users.json").write_text('[{"id": 1, "name": "Ada"}, {"id": 2, "na')
        (tmp_path / "letters.json").write_text('[{"id": 1}]')
        (tmp_path / "groups.json").write_text("hello")
        left = staged(staging, ZENDESK(tmp_path))
        assert sorted((one.id, one.what) for one in left) == [
            ("groups.json", ""),
            ("letters.json", "object 1"),
            ("tickets.jsonl", "line 2"),
            ("tickets.jsonl", "line 3"),
            ("tickets.jsonl", "line 4"),
            ("users.json", "after object 1"),
        ]
        assert staging.count("tickets") == 2

    def test_nesting_without_end_is_no_crash(self, tmp_path: Path, staging: Staging) -> None:
        (tmp_path / "tickets.json").write_text("[" * 200_000)
        (tmp_path / "users.jsonl").write_text('{"id":' + "[" * 200_000)
        assert len(staged(staging, ZENDESK(tmp_path))) == 2

    def test_a_folder_without_an_export_says_what_it_should_be(self, tmp_path: Path) -> None:
        with pytest.raises(Problem, match="export's folder"):
            list(ZENDESK(tmp_path))


class TestZendesk:
    def test_people_have_their_organisations(self, tmp_path: Path, staging: Staging) -> None:
        staged(staging, ZENDESK(zendesk_export(tmp_path / "x")))
        mira, jon, ada, ben = zendesk.people(staging)
        assert mira == Person(
            "501",
            "Mira Novak",
            ("mira@novak.example",),
            organisation="Novak Ltd",
            domain="novak.example",
            language="de",
            time_zone="Europe/Vienna",
        )
        assert [one.agent for one in (jon, ada, ben) if isinstance(one, Person)] == [
            False,
            True,
            True,
        ]

    def test_comments_tell_what_was_said_and_the_end_what_became(
        self, tmp_path: Path, staging: Staging
    ) -> None:
        staged(staging, ZENDESK(zendesk_export(tmp_path / "x")))
        printer, _, orphan = zendesk.tickets(staging)
        assert [who for _, who, _ in told(printer)] == ["501", "602", "601", "502", "501"]
        assert ends(printer) == {
            "team": "Second Line",
            "agent": "601",
            "type": "incident",
            "priority": 2,
            "tags": ("printer", "Third Floor"),
            "status": "solved",
        }
        assert told(orphan) == [("04-01 10:00", "599", "Is anybody there?")]

    def test_audits_tell_every_change(self, tmp_path: Path, staging: Staging) -> None:
        staged(staging, ZENDESK(zendesk_export(tmp_path / "x")))
        _, invoice, _ = zendesk.tickets(staging)
        assert told(invoice) == [
            ("03-01 10:00", "502", "It is wrong."),
            ("03-01 10:00", "502", "new"),
            ("03-01 10:00", "502", 3),
            ("03-01 11:00", "602", "Which line?"),
            ("03-01 11:00", "602", "602"),
            ("03-01 11:00", "602", "pending"),
            ("03-01 11:00", "602", 1),
            ("03-02 09:00", "502", "The third."),
            ("03-02 09:00", "502", "open"),
            ("03-03 09:00", "602", "Here is a new one."),
            ("03-03 09:00", "602", "solved"),
            ("03-20 00:00", "", "closed"),
        ]

    @pytest.mark.parametrize(
        ("more", "reason"),
        [
            ({"status": "deleted"}, "deleted"),
            ({"created_at": "yesterday"}, "created_at"),
            ({"subject": 7}, "subject"),
        ],
    )
    def test_what_is_no_ticket_is_told(
        self, more: dict[str, object], reason: str, tmp_path: Path, staging: Staging
    ) -> None:
        staged(staging, ZENDESK(zendesk_export(tmp_path / "x", [ORPHAN | more])))
        [left] = zendesk.tickets(staging)
        assert isinstance(left, NotTaken)
        assert reason in left.reason


class TestZammad:
    def test_articles_and_history_tell_what_happened(
        self, tmp_path: Path, staging: Staging
    ) -> None:
        staged(staging, ZAMMAD(zammad_export(tmp_path / "x")))
        network, question, merged = zammad.tickets(staging)
        assert told(network) == [
            ("05-02 07:00", "4", "<p>The <b>whole</b> floor.</p>"),
            ("05-02 08:00", "3", "The switch."),
            ("05-02 08:30", "3", "pending"),
            ("05-04 06:00", "3", "It is mended."),
            ("05-04 07:00", "3", "solved"),
        ]
        assert ends(network) == {
            "team": "Second Line",
            "agent": "3",
            "priority": 2,
            "status": "closed",
            "tags": ("lan",),
        }
        assert ends(question) == {
            "team": "Second Line",
            "agent": "",
            "priority": 3,
            "status": "pending",
        }
        assert isinstance(merged, NotTaken)

    def test_people_are_agents_by_their_roles(self, tmp_path: Path, staging: Staging) -> None:
        staged(staging, ZAMMAD(zammad_export(tmp_path / "x")))
        found = [one for one in zammad.people(staging) if isinstance(one, Person)]
        assert [(one.id, one.agent, one.organisation) for one in found] == [
            ("3", True, ""),
            ("4", False, "Novak Ltd"),
        ]


class TestTable:
    def test_a_row_says_something_at_its_instant(self, tmp_path: Path, staging: Staging) -> None:
        file = tmp_path / "cases.csv"
        file.write_text(CSV)
        left = staged(staging, table.rows(file, {"ticket": "Case Number"}, BERLIN))
        assert [(one.what, one.reason.partition(":")[0]) for one in left] == [("line 6", "at")]
        [chair] = table.tickets(staging)
        assert told(chair) == [
            ("01-04 09:00", "mira@novak.example", "It is broken."),
            ("01-04 10:00", "ada@desk.example", "Buy one."),
            ("01-04 12:00", "ada@desk.example", "A new one comes."),
            ("01-04 12:00", "ada@desk.example", "ada@desk.example"),
            ("01-04 12:00", "ada@desk.example", ("chair", "x")),
            ("01-04 12:00", "ada@desk.example", "pending"),
            ("01-06 09:00", "", "solved"),
        ]
        assert isinstance(chair, Ticket)
        assert (chair.requester, chair.subject, chair.fields) == (
            "mira@novak.example",
            "A chair",
            {"seat": "12"},
        )
        assert chair.entries[0].at.utcoffset() == chair.entries[0].at.astimezone(BERLIN).utcoffset()
        people = {one.id: one.agent for one in table.people(staging) if isinstance(one, Person)}
        assert people == {"ada@desk.example": True, "mira@novak.example": False}
        assert [one.public for one in chair.entries if isinstance(one, Said)] == [True, False, True]
        assert isinstance(chair.entries[-1], Became)

    @pytest.mark.parametrize(
        ("header", "names", "sentence"),
        [
            ("Case,at", {}, "--map 'ticket="),
            ("ticket,When", {}, "--map 'at="),
            ("Case,at", {"ticket": "Number"}, "no column 'Number'"),
            ("ticket,at", {"mood": "ticket"}, "no column 'mood'"),
        ],
    )
    def test_a_file_without_its_columns_says_how_to_name_them(
        self, header: str, names: dict[str, str], sentence: str, tmp_path: Path
    ) -> None:
        file = tmp_path / "x.csv"
        file.write_text(header + "\n1,2\n")
        with pytest.raises(Problem, match=sentence):
            list(table.rows(file, names, BERLIN))
