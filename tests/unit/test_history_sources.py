"""What other helpdesks export is understood, and what cannot be is told."""

import json
from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from deploy.local import Problem
from deskledger.history import files, own, table, zammad, zendesk
from deskledger.history.model import Became, Entry, NotTaken, Person, Rated, Said, Ticket
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
    """When, by whom, and the words, the value or the score."""
    assert isinstance(ticket, Ticket)
    return [(one.at.strftime("%m-%d %H:%M"), one.author, what(one)) for one in ticket.entries]


def what(entry: Entry) -> object:
    match entry:
        case Said():
            return entry.text or entry.html
        case Rated(comment=comment):
            return (entry.score, comment) if comment else entry.score
    until = entry.until
    return (entry.value, until.strftime("%m-%d %H:%M")) if until else entry.value


def linked(ticket: Ticket | NotTaken) -> list[tuple[str, str, str, str]]:
    """What another one is, its id, since when and by whom."""
    assert isinstance(ticket, Ticket)
    return [
        (one.relation, one.other, one.at.strftime("%m-%d %H:%M"), one.author)
        for one in ticket.links
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

    def test_what_is_closed_was_solved_when_it_says_so(
        self, tmp_path: Path, staging: Staging
    ) -> None:
        closed = PRINTER | {"status": "closed"}
        staged(staging, ZENDESK(zendesk_export(tmp_path / "x", [closed])))
        [printer] = zendesk.tickets(staging)
        assert isinstance(printer, Ticket)
        status = [one for one in printer.stands if one.field == "status"]
        assert [(one.value, one.at.strftime("%m-%d %H:%M")) for one in status] == [
            ("solved", "02-07 12:00"),
            ("closed", "02-09 10:00"),
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


RATING = {"ticket_id": 37, "requester_id": 599, "created_at": "2023-04-02T08:00:00Z"}


def audit(id: int, at: str, author: int, **fields: object) -> dict[str, object]:
    events = [
        {"id": id * 10 + n, "type": "Change", "field_name": name, "value": value}
        for n, (name, value) in enumerate(fields.items())
    ]
    return {"id": id, "ticket_id": 37, "created_at": at, "author_id": author, "events": events}


class TestZendeskBeside:
    """Ratings and other tickets."""

    def found(
        self, folder: Path, staging: Staging, more: Mapping[str, object], **files: list[object]
    ) -> Ticket:
        zendesk_export(folder, [{**ORPHAN, **more}])
        for name, objects in files.items():
            (folder / f"{name}.json").write_text(json.dumps(objects))
        assert staged(staging, ZENDESK(folder)) == []
        [ticket] = zendesk.tickets(staging)
        assert isinstance(ticket, Ticket)
        return ticket

    def test_audits_tell_each_rating_with_its_instant(
        self, tmp_path: Path, staging: Staging
    ) -> None:
        audits: list[object] = [
            audit(1, "2023-04-02T07:00:00Z", -1, satisfaction_score="offered"),
            audit(2, "2023-04-02T08:00:00Z", 599, satisfaction_score="bad"),
            audit(3, "2023-04-02T08:01:00Z", 599, satisfaction_comment="Nobody came."),
            audit(4, "2023-04-03T08:00:00Z", 599, satisfaction_score="good"),
        ]
        listed: list[object] = [RATING | {"id": 1, "score": "good"}]
        ticket = self.found(
            tmp_path / "x", staging, {}, ticket_audits=audits, satisfaction_ratings=listed
        )
        assert told(ticket)[1:] == [
            ("04-02 08:00", "599", 1),
            ("04-02 08:01", "599", (1, "Nobody came.")),
            ("04-03 08:00", "599", (5, "Nobody came.")),
        ]

    def test_without_them_the_list_does_and_else_the_ticket(
        self, tmp_path: Path, staging: Staging
    ) -> None:
        own = {"satisfaction_rating": {"id": 9, "score": "good", "comment": " Thanks! "}}
        assert told(self.found(tmp_path / "x", staging, own))[1:] == [
            ("04-01 10:00", "", (5, "Thanks!"))
        ]
        listed: list[object] = [
            RATING | {"id": 1, "score": "offered"},
            RATING | {"id": 2, "score": "bad", "updated_at": "2023-04-02T09:00:00Z"},
        ]
        ticket = self.found(tmp_path / "x", staging, own, satisfaction_ratings=listed)
        assert told(ticket)[1:] == [("04-02 09:00", "599", 1)]
        assert ticket.not_taken == ()

    @pytest.mark.parametrize(
        ("score", "reason"), [("splendid", "It is splendid."), (7, "not the shape of a rating")]
    )
    def test_what_is_no_rating_is_told_and_the_ticket_taken(
        self, score: object, reason: str, tmp_path: Path, staging: Staging
    ) -> None:
        ticket = self.found(tmp_path / "x", staging, {"satisfaction_rating": {"score": score}})
        [left] = ticket.not_taken
        assert (left.id, left.what) == ("37", "rating")
        assert reason in left.reason

    def test_a_ticket_names_its_problem_and_what_it_follows_and_what_follows_it(
        self, tmp_path: Path, staging: Staging
    ) -> None:
        more = {
            "problem_id": 35,
            "updated_at": "2023-04-09T10:00:00Z",
            "via": {"channel": "web", "source": {"rel": "follow_up", "from": {"ticket_id": 12}}},
            "followup_ids": [40],
        }
        ticket = self.found(tmp_path / "x", staging, more)
        assert linked(ticket) == [
            ("problem", "35", "04-09 10:00", ""),
            ("related", "12", "04-01 10:00", ""),
            ("related", "40", "04-01 10:00", ""),
        ]
        audits: list[object] = [audit(1, "2023-04-02T07:00:00Z", 601, problem_id="35")]
        ticket = self.found(tmp_path / "x", staging, more, ticket_audits=audits)
        assert linked(ticket)[0] == ("problem", "35", "04-02 07:00", "601")


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

    def test_a_state_that_waits_says_until_when(self, tmp_path: Path, staging: Staging) -> None:
        folder = zammad_export(tmp_path / "x")
        steps = [
            (1, "07:00", "state", "pending reminder"),
            (2, "07:00", "pending_time", "2022-06-05 08:00:00 UTC"),
            (3, "09:00", "pending_time", "2022-06-07 08:00:00 UTC"),
            (4, "10:00", "state", "open"),
            (5, "10:00", "pending_time", ""),
        ]
        history = [
            {
                "id": id,
                "o_id": 11,
                "object": "Ticket",
                "attribute": attribute,
                "value_to": value,
                "created_by_id": 3,
                "created_at": f"2022-06-03T{at}:00Z",
            }
            for id, at, attribute, value in steps
        ]
        (folder / "ticket_history.json").write_text(json.dumps(history))
        tickets = json.loads((folder / "tickets.json").read_text())
        tickets[1] |= {
            "pending_time": "2022-06-09T08:00:00Z",
            "links": [
                {"link_type": "normal", "link_object": "Ticket", "link_object_value": 10},
                {"link_type": "child", "link_object": "Ticket", "link_object_value": 12},
                {"link_type": "normal", "link_object": "KnowledgeBase", "link_object_value": 3},
            ],
        }
        (folder / "tickets.json").write_text(json.dumps(tickets))
        staged(staging, ZAMMAD(folder))
        _, question, _ = zammad.tickets(staging)
        assert told(question)[1:] == [
            ("06-03 07:00", "3", ("pending", "06-05 08:00")),
            ("06-03 09:00", "3", ("pending", "06-07 08:00")),
            ("06-03 10:00", "3", "open"),
        ]
        assert isinstance(question, Ticket)
        [status] = [one for one in question.stands if one.field == "status"]
        assert what(status) == ("pending", "06-09 08:00")
        assert linked(question) == [
            ("related", "10", "06-03 07:00", ""),
            ("child", "12", "06-03 07:00", ""),
        ]


LINE: dict[str, object] = {
    "id": "t-1",
    "ticket": {
        "id": "t-1",
        "created_at": "2026-01-01T08:00:00Z",
        "updated_at": "2026-01-05T08:00:00Z",
        "subject": "A chair",
        "status": "pending",
        "requester": {"id": "p-1"},
        "waiting": {"until": "2026-01-09T08:00:00Z"},
        "snoozed_until": "2026-01-07T08:00:00Z",
        "links": [{"ticket_id": "t-2", "relation": "problem"}],
        "rating": 4,
        "rating_comment": "Fine.",
    },
    "conversation": [],
    "history": [
        {"at": "2026-01-02T08:00:00Z", "type": "TicketRated", "actor": {"id": "p-1"}},
        {"at": "2026-01-02T09:00:00Z", "type": "TicketLinked", "actor": {"id": "intake"}},
        {"at": "2026-01-03T08:00:00Z", "type": "TicketWoken", "actor": {"id": "ada"}},
    ],
}


class TestOwn:
    """What `deskledger export` has written."""

    def test_a_line_tells_ratings_links_and_waiting(self, tmp_path: Path, staging: Staging) -> None:
        (tmp_path / "tickets.jsonl").write_text(json.dumps(LINE) + "\n")
        staged(staging, files.objects(tmp_path, own.KINDS, own.ONLY))
        [ticket] = own.tickets(staging)
        assert told(ticket)[1:] == [("01-02 08:00", "p-1", (4, "Fine."))]
        assert linked(ticket) == [("problem", "t-2", "01-02 09:00", "")]
        assert isinstance(ticket, Ticket)
        assert [what(one) for one in ticket.stands] == [("pending", "01-09 08:00")]
        [left] = ticket.not_taken
        assert left.what.startswith("snooze until 2026-01-07")

    def test_a_rating_on_another_scale_is_told(self, tmp_path: Path, staging: Staging) -> None:
        ticket = LINE["ticket"]
        assert isinstance(ticket, dict)
        survey = {"scale": "nps11", "state": "answered"}
        line = LINE | {"ticket": ticket | {"survey": survey, "snoozed_until": None}}
        (tmp_path / "tickets.jsonl").write_text(json.dumps(line) + "\n")
        staged(staging, files.objects(tmp_path, own.KINDS, own.ONLY))
        [found] = own.tickets(staging)
        assert isinstance(found, Ticket)
        assert len(found.entries) == 1
        assert [left.what for left in found.not_taken] == ["rating"]


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

    def test_a_row_tells_a_rating_links_and_until_when(
        self, tmp_path: Path, staging: Staging
    ) -> None:
        file = tmp_path / "x.csv"
        file.write_text(
            "ticket,at,author,text,status,until,rating,rating_comment,links\n"
            "1,2021-01-04 09:00,m@n.example,Help!,,,,,7;problem:8;x:9\n"
            "1,2021-01-05 09:00,,,pending,2021-01-06 09:00,,,\n"
            "1,2021-01-07 09:00,m@n.example,,,,4,Good enough.,\n"
            "1,2021-01-08 09:00,,,open,2021-01-09 09:00,,,\n"
            "1,2021-01-08 09:00,,,,,6,,\n"
            "1,2021-01-08 09:00,,,,,,Great!,\n"
            "1,2021-01-08 09:00,,,pending,soon,,,\n"
        )
        left = staged(staging, table.rows(file, {}, BERLIN))
        assert [one.reason.partition(":")[0] for one in left] == [
            "until",
            "rating",
            "rating_comment",
            "until",
        ]
        [ticket] = table.tickets(staging)
        assert told(ticket) == [
            ("01-04 09:00", "m@n.example", "Help!"),
            ("01-05 09:00", "", ("pending", "01-06 09:00")),
            ("01-07 09:00", "m@n.example", (4, "Good enough.")),
        ]
        assert linked(ticket) == [
            ("related", "7", "01-04 09:00", "m@n.example"),
            ("problem", "8", "01-04 09:00", "m@n.example"),
            ("related", "x:9", "01-04 09:00", "m@n.example"),
        ]

    def test_a_row_that_is_rated_later_is_the_same_row(
        self, tmp_path: Path, staging: Staging
    ) -> None:
        file = tmp_path / "x.csv"
        ids = []
        for cells in ("Help!,,", "Help!,5,7"):
            file.write_text(f"ticket,at,text,rating,links\n1,2021-01-04 09:00,{cells}\n")
            staged(staging, table.rows(file, {}, BERLIN))
            [ticket] = table.tickets(staging)
            assert isinstance(ticket, Ticket)
            ids.append(ticket.entries[0].id)
        assert ids[0] == ids[1]
