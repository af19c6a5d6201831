"""Small exports of other helpdesks, in the shapes of their APIs. Nobody in them exists."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

Object = dict[str, Any]

USERS: Sequence[Object] = (
    {
        "id": 501,
        "name": "Mira Novak",
        "email": "mira@novak.example",
        "role": "end-user",
        "locale": "de",
        "iana_time_zone": "Europe/Vienna",
        "organization_id": 71,
        "phone": None,
        "tags": [],
        "notes": "",
    },
    {"id": 502, "name": "Jon Beck", "email": "jon@beck.example", "role": "end-user"},
    {"id": 601, "name": "Ada Keller", "email": "ada@desk.example", "role": "agent"},
    {"id": 602, "name": "Ben Orlov", "email": "ben@desk.example", "role": "admin"},
)
ORGANIZATIONS: Sequence[Object] = (
    {"id": 71, "name": "Novak Ltd", "domain_names": ["novak.example"]},
)
GROUPS: Sequence[Object] = ({"id": 81, "name": "Second Line"},)

# A ticket with comments alone: what it became is known from its end.
PRINTER: Object = {
    "id": 35,
    "subject": "The printer smokes",
    "description": "It smokes since Monday.",
    "status": "solved",
    "priority": "high",
    "type": "incident",
    "tags": ["printer", "Third Floor"],
    "requester_id": 501,
    "submitter_id": 501,
    "assignee_id": 601,
    "group_id": 81,
    "created_at": "2023-02-06T08:00:00Z",
    "updated_at": "2023-02-09T10:00:00Z",
    "via": {"channel": "email"},
    "custom_fields": [{"id": 9001, "value": "P-77"}],
    "metric_set": {"assigned_at": "2023-02-06T08:30:00Z", "solved_at": "2023-02-07T12:00:00Z"},
    "comments": [
        {
            "id": 3501,
            "author_id": 501,
            "created_at": "2023-02-06T08:00:00Z",
            "plain_body": "It smokes since Monday.",
            "html_body": "<p>It smokes <script>x()</script>since <b>Monday</b>.</p>",
            "public": True,
            "attachments": [
                {"id": 7001, "file_name": "smoke.txt", "content_type": "text/plain", "size": 5},
                {"id": 7002, "file_name": "gone.pdf", "content_type": "application/pdf"},
            ],
        },
        {
            "id": 3502,
            "author_id": 602,
            "created_at": "2023-02-06T09:00:00Z",
            "plain_body": "The fuser, I guess.",
            "public": False,
        },
        {
            "id": 3503,
            "author_id": 601,
            "created_at": "2023-02-06T09:30:00Z",
            "plain_body": "Please switch it off.",
            "public": True,
        },
        {
            "id": 3504,
            "author_id": 502,
            "created_at": "2023-02-07T07:00:00Z",
            "plain_body": "I switched it off.",
            "public": True,
        },
        {
            "id": 3505,
            "author_id": 501,
            "created_at": "2023-02-07T08:00:00Z",
            "plain_body": "Thank you both.",
            "public": True,
        },
    ],
}
# A ticket whose every change has its instant and its author.
INVOICE: Object = {
    "id": 36,
    "subject": "Invoice 12",
    "status": "closed",
    "priority": "urgent",
    "tags": ["billing"],
    "requester_id": 502,
    "submitter_id": 502,
    "assignee_id": 602,
    "group_id": 81,
    "created_at": "2023-03-01T10:00:00Z",
    "updated_at": "2023-03-20T00:00:00Z",
    "via": {"channel": "web"},
    "audits": [
        {
            "id": 1,
            "created_at": "2023-03-01T10:00:00Z",
            "author_id": 502,
            "events": [
                {"id": 11, "type": "Create", "field_name": "status", "value": "new"},
                {"id": 12, "type": "Create", "field_name": "priority", "value": "normal"},
                {
                    "id": 13,
                    "type": "Comment",
                    "author_id": 502,
                    "body": "It is wrong.",
                    "public": True,
                },
            ],
        },
        {
            "id": 2,
            "created_at": "2023-03-01T11:00:00Z",
            "author_id": 602,
            "events": [
                {"id": 21, "type": "Change", "field_name": "assignee_id", "value": "602"},
                {"id": 22, "type": "Change", "field_name": "status", "value": "pending"},
                {"id": 23, "type": "Change", "field_name": "priority", "value": "urgent"},
                {
                    "id": 24,
                    "type": "Comment",
                    "author_id": 602,
                    "body": "Which line?",
                    "public": True,
                },
            ],
        },
        {
            "id": 3,
            "created_at": "2023-03-02T09:00:00Z",
            "author_id": 502,
            "events": [
                {"id": 31, "type": "Change", "field_name": "status", "value": "open"},
                {
                    "id": 32,
                    "type": "Comment",
                    "author_id": 502,
                    "body": "The third.",
                    "public": True,
                },
            ],
        },
        {
            "id": 4,
            "created_at": "2023-03-03T09:00:00Z",
            "author_id": 602,
            "events": [
                {"id": 41, "type": "Change", "field_name": "status", "value": "solved"},
                {
                    "id": 42,
                    "type": "Comment",
                    "author_id": 602,
                    "body": "Here is a new one.",
                    "public": True,
                },
            ],
        },
        {
            "id": 5,
            "created_at": "2023-03-20T00:00:00Z",
            "author_id": -1,
            "events": [{"id": 51, "type": "Change", "field_name": "status", "value": "closed"}],
        },
    ],
}
# A ticket that nobody has answered, by somebody who is deleted there.
ORPHAN: Object = {
    "id": 37,
    "subject": "Hello?",
    "description": "Is anybody there?",
    "status": "new",
    "requester_id": 599,
    "created_at": "2023-04-01T10:00:00Z",
    "updated_at": "2023-04-01T10:00:00Z",
    "via": {"channel": "api"},
}
TICKETS = (PRINTER, INVOICE, ORPHAN)


def _outage(id: int, day: int, **more: object) -> Object:
    return {
        "id": id,
        "subject": f"Outage {id}",
        "description": "It does not work.",
        "status": "solved",
        "requester_id": 501,
        "assignee_id": 601,
        "created_at": f"2023-05-0{day}T08:00:00Z",
        "updated_at": f"2023-05-0{day + 1}T08:00:00Z",
        "metric_set": {"solved_at": f"2023-05-0{day}T12:00:00Z"},
        **more,
    }


# A problem, and incidents that name it: one before it, one after it, one of a problem that is not
# in the export. The second follows the first and was rated, though it is open now.
OUTAGES: Sequence[Object] = (
    _outage(50, 1, problem_id=51),
    _outage(51, 2, type="problem", status="closed"),
    _outage(
        52,
        3,
        problem_id=51,
        status="open",
        via={"channel": "web", "source": {"rel": "follow_up", "from": {"ticket_id": 50}}},
    ),
    _outage(53, 4, problem_id=99),
)
RATINGS: Sequence[Object] = (
    {
        "id": 1,
        "ticket_id": 50,
        "requester_id": 501,
        "score": "good",
        "comment": "That was quick.",
        "created_at": "2023-05-01T15:00:00Z",
    },
    {"id": 2, "ticket_id": 51, "score": "offered", "created_at": "2023-05-02T15:00:00Z"},
    {"id": 3, "ticket_id": 52, "score": "bad", "created_at": "2023-05-03T15:00:00Z"},
)


def zendesk_export(folder: Path, tickets: Sequence[Object] = TICKETS) -> Path:
    """An export as a folder: users on a page of the API, tickets as lines, the rest as arrays."""
    folder.mkdir(exist_ok=True)
    pages(folder / "users.json", {"users": USERS, "next_page": None})
    (folder / "organizations.json").write_text(json.dumps(ORGANIZATIONS, indent=2))
    (folder / "groups.json").write_text(json.dumps(GROUPS))
    (folder / "tickets.jsonl").write_text("".join(json.dumps(one) + "\n" for one in tickets))
    files = folder / "attachments"
    files.mkdir(exist_ok=True)
    (files / "7001-smoke.txt").write_text("smoke")
    return folder


def pages(file: Path, page: Mapping[str, object]) -> None:
    """A page of an API as it is saved."""
    file.write_text(json.dumps(page))


# The same in Zammad: names as `expand=true` gives them on the first ticket, ids on the second.
ZAMMAD: Mapping[str, Sequence[Object]] = {
    "users": (
        {"id": 1, "firstname": "-", "login": "-"},
        {"id": 3, "firstname": "Ada", "lastname": "Keller", "email": "ada@desk.example",
         "role_ids": [2]},
        {"id": 4, "firstname": "Mira", "lastname": "Novak", "email": "mira@novak.example",
         "role_ids": [3], "organization_id": 2},
    ),
    "organizations": ({"id": 2, "name": "Novak Ltd", "domain": "novak.example"},),
    "groups": ({"id": 5, "name": "Second Line"},),
    "tickets": (
        {
            "id": 10,
            "number": "72010",
            "title": "No network",
            "customer_id": 4,
            "owner_id": 3,
            "group": "Second Line",
            "state": "closed",
            "priority": "3 high",
            "created_at": "2022-05-02T07:00:00.000Z",
            "updated_at": "2022-05-05T07:00:00.000Z",
            "close_at": "2022-05-04T07:00:00.000Z",
            "tags": ["lan"],
        },
        {
            "id": 11,
            "title": "A question",
            "customer_id": 4,
            "owner_id": 1,
            "group_id": 5,
            "state_id": 3,
            "priority_id": 2,
            "created_at": "2022-06-02T07:00:00.000Z",
            "updated_at": "2022-06-03T07:00:00.000Z",
        },
        {
            "id": 12,
            "title": "Twice",
            "customer_id": 4,
            "state": "merged",
            "created_at": "2022-06-02T07:00:00.000Z",
        },
    ),
    "ticket_articles": (
        {
            "id": 100,
            "ticket_id": 10,
            "sender": "Customer",
            "type": "email",
            "content_type": "text/html",
            "body": "<p>The <b>whole</b> floor.</p>",
            "created_by_id": 4,
            "created_at": "2022-05-02T07:00:00.000Z",
        },
        {
            "id": 101,
            "ticket_id": 10,
            "sender": "Agent",
            "type": "note",
            "internal": True,
            "content_type": "text/plain",
            "body": "The switch.",
            "created_by_id": 3,
            "created_at": "2022-05-02T08:00:00.000Z",
        },
        {
            "id": 102,
            "ticket_id": 10,
            "sender": "Agent",
            "type": "email",
            "content_type": "text/plain",
            "body": "It is mended.",
            "created_by_id": 3,
            "created_at": "2022-05-04T06:00:00.000Z",
        },
        {
            "id": 110,
            "ticket_id": 11,
            "sender_id": 2,
            "type_id": 11,
            "content_type": "text/plain",
            "body": "How?",
            "created_by_id": 4,
            "created_at": "2022-06-02T07:00:00.000Z",
        },
    ),
    "ticket_history": (
        {
            "id": 1000,
            "o_id": 10,
            "object": "Ticket",
            "type": "updated",
            "attribute": "state",
            "value_from": "new",
            "value_to": "pending reminder",
            "created_by_id": 3,
            "created_at": "2022-05-02T08:30:00.000Z",
        },
        {
            "id": 1001,
            "o_id": 10,
            "object": "Ticket",
            "type": "updated",
            "attribute": "state",
            "value_from": "pending reminder",
            "value_to": "closed",
            "created_by_id": 3,
            "created_at": "2022-05-04T07:00:00.000Z",
        },
    ),
}  # fmt: skip

CSV = """Case Number,at,author,author_name,role,subject,text,public,status,assignee,tags,field:seat
A-1,2021-01-04 09:00,Mira@novak.example,Mira Novak,,A chair,It is broken.,,,,,12
A-1,2021-01-04T10:00:00+00:00,ada@desk.example,,agent,,Buy one.,no,,,,
A-1,2021-01-04 12:00,ada@desk.example,,agent,,A new one comes.,,pending,ada@desk.example,chair;x,
A-1,2021-01-06 09:00,,,,,,,solved,,,
A-2,yesterday,mira@novak.example,,,Late,What?,,,,,
"""


def zammad_export(folder: Path) -> Path:
    """An export as a folder with a file for each list."""
    folder.mkdir(exist_ok=True)
    for name, objects in ZAMMAD.items():
        (folder / f"{name}.json").write_text(json.dumps(objects))
    return folder
