"""Everything an agent can do to a ticket over HTTP, decided by the real deciders, and what each
reader sees of it: the agents all of it, its customer nothing of how it is worked on."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import cast

import httpx
import msgspec
import pytest

from libs.contents import NewContent, Rendition
from libs.events.envelope import Command
from libs.events.kafka import CommandSender, utc_now
from libs.events.personal import Personal
from libs.events.published import tickets as t
from libs.events.published.messages import Attachment
from libs.events.published.setup import FieldDefinition, Setup
from libs.settings import Settings
from tests.support.gateway import (
    Gateway,
    append,
    deciding,
    gateway,
    keep,
    known_contact,
    registered_contact,
)
from tests.support.gateway_story import BUSY, CUSTOMER, busy_story, message

pytestmark = pytest.mark.integration

ADA, SUE, MAX = "p-01" + "a" * 24, "p-03" + "b" * 24, "p-05" + "c" * 24
OWN_FIELDS = Setup(
    fields={
        "iban": FieldDefinition("text", personal=True),
        "days": FieldDefinition("multi_choice", choices=("mon", "wed", "fri")),
        "floor": FieldDefinition("number"),
    }
)
POSITION = "Deskledger-Position"
SOON = "2999-01-01T00:00:00Z"
Json = Mapping[str, object]


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway and the deciders behind it; Ada, a customer; Sue, a supplier; Max, a colleague."""
    async with gateway(module_ledger) as running, deciding(running.resources, OWN_FIELDS):
        for contact in (ADA, SUE, MAX):
            await registered_contact(running.resources, contact)
        async with running.client("agent") as anna, asyncio.timeout(30):
            for contact in (ADA, SUE, MAX):
                while (await anna.get(f"/v1/contacts/{contact}")).status_code != 200:
                    await asyncio.sleep(0.05)
        yield running


@dataclass
class Case:
    """A ticket of Ada's, and who works on it."""

    path: str
    agent: httpx.AsyncClient
    lead: httpx.AsyncClient
    customer: httpx.AsyncClient

    async def do(
        self, command: str, body: Json | None = None, by: httpx.AsyncClient | None = None
    ) -> str:
        """Carry a command out; its id."""
        done = await (by or self.agent).post(f"{self.path}/{command}", json=body)
        assert done.status_code == 200, f"{command}: {done.text}"
        id: str = done.json()["command_id"]
        return id

    async def refused(
        self, command: str, body: Json | None = None, by: httpx.AsyncClient | None = None
    ) -> tuple[int, str]:
        """Status and code of a refusal."""
        answer = await (by or self.agent).post(f"{self.path}/{command}", json=body)
        return answer.status_code, answer.json()["code"]

    async def page(self, query: str = "") -> dict[str, object]:
        """As agents see it."""
        page: dict[str, object] = (await self.agent.get(f"{self.path}{query}")).json()
        return page

    async def said(
        self, reader: httpx.AsyncClient | None = None, query: str = ""
    ) -> Sequence[Json]:
        """The conversation."""
        found = await (reader or self.agent).get(f"{self.path}/conversation{query}")
        items: Sequence[Json] = found.json()["items"]
        return items


@pytest.fixture
async def case(desk: Gateway) -> AsyncIterator[Case]:
    async with (
        desk.client("agent") as anna,
        desk.client("lead", "lea") as lea,
        desk.client("customer", ADA) as ada,
    ):
        new = {"account": "support", "subject": "Printer", "text": "My card is 4111."}
        opened = await ada.post("/v1/tickets", json=new)
        assert opened.status_code == 200, opened.text
        yield Case(opened.headers["location"], anna, lea, ada)


async def test_a_ticket_waits_sleeps_and_ends_in_more_than_one_way(case: Case) -> None:
    await case.do("assignment", {"agent_id": "anna", "team_id": "it"})
    await case.do("label", {"label": "in_progress"})
    assert (await case.page())["label"] == "in_progress"
    await case.do("hold", {"party": "vendor", "reference": "PO-5", "until": SOON})
    held = await case.page()
    waiting = held["waiting"]
    assert isinstance(waiting, dict)
    assert (held["status"], waiting["party"], waiting["reference"]) == ("on_hold", "vendor", "PO-5")
    await case.do("snooze", {"until": SOON})
    assert (await case.page())["snoozed_until"] == "2999-01-01T00:00:00.000000Z"
    await case.do("snooze/removal")
    await case.do("reopening", {"reason": "part_came"})
    await case.do("solution", {"resolution_code": "workaround"})
    # when the customer says thanks, which needs no reply
    await case.do("replies", {"text": "Thanks!"}, case.customer)
    reopened = await case.page()
    [*_, thanks] = await case.said()
    await case.do(f"messages/{thanks['sequence']}/no-reply")
    # then it is solved as it was
    undone = await case.page()
    assert (reopened["status"], reopened["reopenings"]) == ("open", 1)
    assert (undone["status"], undone["reopenings"]) == ("solved", 0)
    assert undone["resolution_code"] == "workaround"
    [*_, thanks] = await case.said()
    assert thanks["reply_wanted"] is False
    assert (await case.said(case.customer))[-1]["reply_wanted"] is True
    # and what is no request ends, and goes on, by a lead's word alone
    assert await case.refused("spam") == (403, "forbidden")
    await case.do("spam", by=case.lead)
    assert (await case.page())["outcome"] == "spam"
    await case.do("spam/removal", by=case.lead)
    assert (await case.page())["status"] == "solved"
    await case.do("reopening")
    await case.do("cancellation", {"reason": "not_needed"})
    assert ((await case.page())["status"], (await case.page())["outcome"]) == (
        "closed",
        "cancelled",
    )


async def test_what_a_ticket_matters_and_says_is_shown_and_listed(case: Case) -> None:
    for command, body in (
        ("assessment", {"impact": "high", "urgency": "high"}),
        ("type", {"type": "incident"}),
        ("affected-item", {"service": "mail", "asset": "SRV-7"}),
        ("major-incident", {"update_every": 1_800}),
        ("category", {"category": "hardware.printer"}),
        ("tags", {"add": ["outage", "floor_3"]}),
        ("tags", {"add": ["vip"], "remove": ["outage"]}),
        ("due-date", {"due": SOON}),
        ("estimate", {"seconds": 7_200}),
        ("tier", {"tier": 1, "kind": "functional", "team_id": "second_line"}),
    ):
        await case.do(command, body)
    page = await case.page()
    assert (page["priority"], page["priority_source"], page["type"]) == (1, "matrix", "incident")
    assert page["affected_item"] == {"service": "mail", "product": "", "asset": "SRV-7"}
    assert (page["category"], page["tags"]) == ("hardware.printer", ["floor_3", "vip"])
    assert (page["due"], page["estimate_seconds"]) == ("2999-01-01T00:00:00.000000Z", 7_200)
    assert (page["tier"], page["team_id"]) == (1, "second_line")
    assert page["major_incident"] is not None
    # given its priority by hand, it keeps it until that is released
    await case.do("priority", {"priority": 4, "reason": "customer_waits_gladly"})
    await case.do("assessment", {"urgency": "medium"})
    assert (await case.page())["priority"] == 4
    await case.do("priority/removal")
    assert (await case.page())["priority"] == 2
    await case.do("major-incident/removal")
    assert (await case.page())["major_incident"] is None
    # then every list that is about any of this has it, and no other
    listed = "priority=2&type=incident&tier=1&status=new&status=open"
    for query in ("category=hardware", "category=hardware.printer", "tag=vip&tag=floor_3", ""):
        assert await _listed(case, f"{listed}&{query}"), query
    for query in ("category=hard", "tag=vip&tag=outage", "label=wait", "priority=1"):
        assert not await _listed(case, query), query


async def _listed(case: Case, query: str) -> bool:
    items = (await case.agent.get(f"/v1/tickets?{query}")).json()["items"]
    return any(case.path.endswith(ticket["id"]) for ticket in items)


async def test_people_come_and_go(case: Case, desk: Gateway) -> None:
    await case.do("assignment", {"agent_id": "anna", "team_id": "it"})
    await case.do("assignment", {"agent_id": "bob"}, case.lead)
    await case.do("return")
    assert (await case.page())["agent_id"] == "anna"
    await case.do("assignment/removal", {"reason": "holiday"})
    assert ((await case.page())["agent_id"], (await case.page())["team_id"]) == ("", "it")
    for command, body in (
        ("followers", None),
        ("followers", {"agent_id": "bob"}),
        ("followers/removal", None),
        ("collaborators", {"contact_id": MAX}),
        ("affected-user", {"contact_id": MAX}),
    ):
        await case.do(command, body)
    page = await case.page()
    assert (page["followers"], page["collaborators"]) == (["bob"], [{"id": MAX, "name": "Ada"}])
    assert page["affected"] == {"id": MAX, "name": "Ada"}
    # who takes part finds the ticket in their list, until they do no more
    assert await listed(desk, MAX) == [page["id"]]
    unknown = {"contact_id": "p-" + "0" * 26}
    assert await case.refused("collaborators", unknown) == (422, "invalid")
    # when it is another contact's, that contact sees it, and the former one no more
    await case.do("collaborators/removal", {"contact_id": MAX})
    assert await listed(desk, MAX) == []
    await case.do("requester", {"contact_id": MAX, "reason": "wrote_for_him"})
    assert (await case.customer.get(case.path)).status_code == 404
    async with desk.client("customer", MAX) as max_himself:
        assert (await max_himself.get(case.path)).status_code == 200


async def listed(desk: Gateway, contact_id: str) -> list[str]:
    """The tickets in a customer's list."""
    async with desk.client("customer", contact_id) as customer:
        return [one["id"] for one in (await customer.get("/v1/tickets")).json()["items"]]


async def test_work_is_an_agents_own_and_a_leads_to_correct(case: Case) -> None:
    await case.do("work", {"activity": "analysis"})
    [at_work] = _list((await case.page())["at_work"])
    assert at_work["activity"] == "analysis"
    await case.do("work/end")
    assert await case.refused("time", {"seconds": 600, "agent_id": "bob"}) == (403, "forbidden")
    await case.do("time", {"seconds": 600, "agent_id": "bob"}, case.lead)
    talk = {"channel": "phone", "direction": "out", "started_at": "2026-01-01T10:00:00+01:00"}
    await case.do("talks", talk | {"talk_seconds": 300, "wrap_up_seconds": 60})
    page = await case.page()
    assert page["talk"] == {
        "count": 1,
        "talk_seconds": 300,
        "hold_seconds": 0,
        "wrap_up_seconds": 60,
    }
    time = page["time"]
    assert isinstance(time, dict)
    bobs = f"time/{time['entries'][-1]['sequence']}/correction"
    assert await case.refused(bobs, {"seconds": 900}) == (403, "forbidden")
    await case.do(bobs, {"seconds": 900}, case.lead)
    corrected = (await case.page())["time"]
    assert isinstance(corrected, dict)
    assert corrected["by_agent"]["bob"] == 900


async def test_reminders_promises_and_scheduled_answers_wait(case: Case) -> None:
    reminder = await case.do("reminders", {"due": SOON, "text": "Call back."})
    promise = await case.do("promises", {"due": SOON, "text": "A new one by noon."})
    later = {"text": "See you then.", "send_at": SOON, "cc_ids": [MAX]}
    await case.do("replies", later)
    page = await case.page()
    assert page["reminders"] == [
        {
            "id": reminder,
            "due": "2999-01-01T00:00:00.000000Z",
            "agent_id": "anna",
            "text": "Call back.",
        }
    ]
    [promised] = _list(page["promises"])
    assert (promised["id"], promised["text"]) == (promise, "A new one by noon.")
    [waiting] = _list(page["scheduled_replies"])
    [*_, scheduled] = await case.said()
    assert (scheduled["kind"], scheduled["text"]) == ("scheduled", "See you then.")
    assert scheduled["cc"] == [{"id": MAX, "name": "Ada"}]
    await case.do(f"reminders/{reminder}/removal")
    await case.do(f"promises/{promise}/fulfilment")
    await case.do(f"replies/{waiting['sequence']}/withdrawal")
    page = await case.page()
    assert (page["reminders"], page["promises"], page["scheduled_replies"]) == ([], [], [])
    [*_, scheduled] = await case.said()
    assert scheduled["schedule"] == {"send_at": "2999-01-01T00:00:00.000000Z", "withdrawn": True}
    withdrawn = await case.do("promises", {"due": SOON})
    await case.do(f"promises/{withdrawn}/withdrawal")
    # then a customer can do none of this
    assert await case.refused("replies", later, case.customer) == (403, "forbidden")


async def test_a_note_is_rewritten_and_keeps_what_it_said(case: Case) -> None:
    await case.do("notes", {"text": "He is rude.", "mentions": ["bob"]})
    [*_, note] = await case.said()
    before = (await case.page())["sequence"]
    await case.do(f"notes/{note['sequence']}/words", {"text": "He is upset."})
    [*_, edited] = await case.said()
    assert (edited["text"], edited["mentions"]) == ("He is upset.", ["bob"])
    assert [version["text"] for version in _list(edited["earlier"])] == ["He is rude."]
    [*_, then] = await case.said(query=f"?as_of={before}")
    assert (then["text"], then["earlier"]) == ("He is rude.", [])
    rewriting = f"notes/{note['sequence']}/words"
    assert await case.refused(rewriting, {"text": "x"}, case.lead) == (409, "not_your_note")
    # when it is redacted, nothing of any version is left
    await case.do(f"messages/{note['sequence']}/redaction", {"reason": "insult"})
    [*_, gone] = await case.said()
    assert (gone["text"], [v["text"] for v in _list(gone["earlier"])]) == (
        "(redacted)",
        ["(redacted)"],
    )


async def test_a_passage_is_taken_away_for_good_from_the_past_too(case: Case) -> None:
    [first] = await case.said()
    what_is_left = {"reason": "card_number", "text": "My card is …", "subject": "Printer!"}
    await case.do(f"messages/{first['sequence']}/redaction", what_is_left)
    for reader in (case.agent, case.customer):
        for query in ("", "?as_of=1"):
            [shown] = await case.said(reader, query)
            assert (shown["text"], shown["subject"]) == ("My card is …", "Printer!")
            [redaction] = _list(shown["redactions"])
            assert (redaction["reason"], redaction["whole"]) == ("card_number", False)
            assert (await reader.get(f"{case.path}{query}")).json()["subject"] == "Printer!"


async def test_talk_beside_the_ticket_is_the_agents_own(case: Case, desk: Gateway) -> None:
    side = await case.do("side-conversations", {"contact_id": SUE, "text": "Can you deliver?"})
    await case.do(f"side-conversations/{side}/messages", {"text": "By Friday?"})
    advice = await case.do("consultations", {"agent_id": "bob", "text": "Is it the drum?"})
    page = await case.page()
    assert page["side_conversations"] == [
        {
            "id": side,
            "team_id": "",
            "contact": {"id": SUE, "name": "Ada"},
            "open": True,
            "messages": 2,
        }
    ]
    [asked] = _list(page["consultations"])
    assert (asked["id"], asked["agent_id"]) == (advice, "bob")
    async with desk.client("agent", "bob") as bob:
        await case.do(f"consultations/{advice}/answer", {"text": "It is."}, bob)
    await case.do(f"side-conversations/{side}/closing")
    assert (await case.page())["consultations"] == []
    said = [(one["kind"], one["thread"], one["text"]) for one in (await case.said())[1:]]
    assert said == [
        ("side", side, "Can you deliver?"),
        ("side", side, "By Friday?"),
        ("consultation", advice, "Is it the drum?"),
        ("consultation", advice, "It is."),
    ]
    unknown = "side-conversations/none/messages"
    assert await case.refused(unknown, {"text": "x"}) == (404, "not_found")
    withdrawn = await case.do("consultations", {"team_id": "it", "text": "Anyone?"})
    await case.do(f"consultations/{withdrawn}/withdrawal")
    customer = {"contact_id": ADA, "text": "x"}
    assert await case.refused("side-conversations", customer) == (422, "that_is_the_customer")


async def test_tickets_are_linked_with_others_and_with_trackers(case: Case) -> None:
    new = {"account": "support", "subject": "Part", "text": "A part of it."}
    part = (await case.customer.post("/v1/tickets", json=new)).json()["id"]
    link = {"other_id": part, "relation": "child"}
    issue = {"tracker": "jira", "reference": "NET-17"}
    await case.do("links", link)
    await case.do("children", {"awaited": True})
    await case.do("external-links", issue)
    page = await case.page()
    assert page["children"] == {"awaited": True, "total": 1, "open": 1}
    assert (page["external_links"], len(_list(page["links"]))) == ([issue], 1)
    solution = {"resolution_code": "workaround"}
    assert await case.refused("solution", solution) == (409, "children_open")
    await case.do("links/removal", link)
    await case.do("external-links/removal", issue)
    page = await case.page()
    assert (page["links"], page["external_links"]) == ([], [])
    await case.do("solution", solution)
    assert await case.refused("incidents/solution") == (409, "no_incidents")
    assert await case.refused("merge/removal") == (409, "not_merged")


async def test_fields_are_the_desks_own_and_personal_ones_go_sealed(case: Case) -> None:
    both = {"changes": [{"field": "iban", "value": "x", "personal": "DE02"}]}
    assert await case.refused("fields", both) == (422, "invalid")
    in_clear = {"changes": [{"field": "iban", "value": "DE02"}]}
    assert await case.refused("fields", in_clear) == (422, "personal_field")
    iban = {"field": "iban", "personal": "DE02"}
    days = {"field": "days", "value": ["mon", "fri"]}
    await case.do("fields", {"changes": [iban, days, {"field": "floor", "value": 3}]})
    filled = {"iban": "DE02", "days": ["mon", "fri"], "floor": 3.0}
    assert (await case.page())["fields"] == filled
    assert (await case.page("?as_of=2"))["fields"] == filled
    await case.do("fields", {"changes": [{"field": "iban"}, {"field": "days"}]})
    assert (await case.page())["fields"] == {"floor": 3.0}


async def test_agents_answer_what_other_services_report(case: Case, desk: Gateway) -> None:
    why, due = t.Why("by_skill", 3), utc_now() + timedelta(hours=1)
    terms = t.SlaTerms("first_reply", "gold", 2, "office", 1, 3_600, due)
    articles = tuple(t.SuggestedArticle(id, 4) for id in ("wifi", "dhcp"))
    await _report(
        desk,
        case,
        t.OfferTicket("o-1", "anna", due, why),
        t.StartSlaClock("c-1", terms, 1),
        t.BreachSlaClock("c-1", due),
        t.SuggestArticles("k-1", articles, "agent"),
    )
    assert await case.refused("offers/o-1/answer", {"answer": "accepted"}, case.lead) == (
        422,
        "not_your_offer",
    )
    await case.do("offers/o-1/answer", {"answer": "accepted"})
    assert await case.refused("clocks/c-1/explanation", {"reason": "x"}) == (403, "forbidden")
    explained = {"reason": "supplier_down", "excluded": True}
    await case.do("clocks/c-1/explanation", explained, case.lead)
    await case.do("suggestions/k-1/use", {"article_id": "wifi"})
    await case.do("suggestions/k-1/rejection", {"article_id": "dhcp", "reason": "outdated"})
    page = await case.page()
    [clock] = _list(page["clocks"])
    assert (clock["breached"], clock["explained"], clock["excluded"]) == (
        True,
        "supplier_down",
        True,
    )
    assert page["suggestions"] == {"shown": 2, "used": 1, "rejected": 1}
    assert (page["agent_id"], page["offers"]) == ("anna", [])


async def _report(desk: Gateway, case: Case, *facts: msgspec.Struct) -> None:
    """Commands that only services send, to the case's ticket, carried out."""
    on = desk.resources
    id = case.path.rpartition("/")[2]
    until = cast(int, (await case.page()).get("sequence", 0)) + len(facts)
    async with on.cluster.producing() as producer:
        sender = CommandSender(on.cluster, producer, on.keyring, on.ledger.lanes)
        await sender.send(
            [Command(data=fact, aggregate_id=id, actor="service:x") for fact in facts]
        )
    async with asyncio.timeout(20):
        while (await case.page()).get("sequence", 0) != until:
            await asyncio.sleep(0.02)


async def test_messages_move_to_a_ticket_of_their_own(case: Case) -> None:
    await case.do("replies", {"text": "And my screen flickers."}, case.customer)
    await case.do("splits", {"messages": [2], "subject": "Screen"})
    [new] = _list((await case.page())["splits"])
    again = {"messages": [2], "subject": "Screen"}
    assert await case.refused("splits", again) == (422, "split_already")
    await case.do(f"splits/{new}/removal")
    assert (await case.page())["splits"] == []
    same = {"source_id": case.path.rpartition("/")[2]}
    assert await case.refused("absorptions", same) == (422, "same_ticket")


async def test_a_file_that_was_taken_away_cannot_be_had_any_more(case: Case, desk: Gateway) -> None:
    """Given a mail with two files, when one is redacted, the other and the words stay."""
    on, id = desk.resources, "t-08" + "e" * 24
    files = await on.contents.put([NewContent(ADA, b"1", "image/png", f"scan-{n}") for n in (1, 2)])
    names = Rendition("Scans", "See there", attachments=("passport.png", "printer.png"))
    [words] = await keep(on, ADA, scans=names)
    mail = msgspec.structs.replace(
        message("scans"), rendition=words, attachments=tuple(map(Attachment, files))
    )
    scans = replace(case, path=f"/v1/tickets/{id}")
    await _report(desk, scans, t.OpenTicket(ADA, "support", mail, "d"))
    path = f"{scans.path}/contents/scan-"
    assert (await case.customer.get(f"{path}1")).status_code == 200
    foreign = {"reason": "id_card", "attachments": ["scan-3"]}
    assert await scans.refused("messages/1/redaction", foreign) == (422, "invalid")
    await scans.do("messages/1/redaction", {"reason": "id_card", "attachments": ["scan-1"]})
    assert (await case.customer.get(f"{path}1")).status_code == 404
    assert (await case.customer.get(f"{path}2")).status_code == 200
    [said] = await scans.said(case.customer)
    shown = [(file["name"], file["redacted"]) for file in _list(said["attachments"])]
    assert shown == [("(redacted)", True), ("printer.png", False)]
    assert (said["subject"], said["text"]) == ("Scans", "See there")
    await scans.do("messages/1/redaction", {"reason": "id_card"})
    assert (await case.customer.get(f"{path}2")).status_code == 404
    assert (await scans.page())["subject"] == "(redacted)"


# What a customer's own messages are called in the story; all other words are nobody's but ours.
THEIRS = ("first", "me_too")


async def test_a_customer_sees_nothing_of_how_a_ticket_is_worked_on(ledger: Settings) -> None:
    """Given a ticket at which everybody is at work, agents see all of it at each of its steps, and
    its customer the same plain page, whenever and however they look."""
    async with gateway(ledger) as desk:
        on = desk.resources
        known = await known_contact(on, CUSTOMER, "eva@example.org", "Eva")
        words = (
            *THEIRS,
            *(
                "note",
                "better_note",
                "to_supplier",
                "from_supplier",
                "question",
                "later",
                "to_merged",
            ),
            *("call_back", "by_noon"),
        )
        await keep(on, CUSTOMER, **{name: Rendition(f"S {name}", f"T {name}") for name in words})
        told = await append(on, busy_story(Personal.of("DE02", CUSTOMER)))
        path = f"/v1/tickets/{BUSY}"
        async with desk.client("agent") as anna, desk.client("customer", CUSTOMER) as eva:
            await anna.get(f"/v1/contacts/{CUSTOMER}", headers={POSITION: known})
            page = (await anna.get(path, headers={POSITION: told})).json()
            assert page["fields"] == {"room": "3.14", "iban": "DE02"}
            assert (page["reminders"][0]["text"], page["promises"][0]["text"]) == (
                "T call_back",
                "T by_noon",
            )
            said = (await anna.get(f"{path}/conversation")).json()["items"]
            assert [(one["kind"], one["text"]) for one in said] == [
                ("message", "T first"),
                ("note", "T better_note"),
                ("side", "T to_supplier"),
                ("side", "T from_supplier"),
                ("consultation", "T question"),
                ("scheduled", "T later"),
                ("message", "T me_too"),
                ("message", "T to_merged"),
            ]
            steps = (await anna.get(f"{path}/history?limit=200")).json()["items"]
            assert len(steps) == len(busy_story())
            for event in busy_story():
                by_sequence = (await anna.get(f"{path}?as_of={event.sequence}")).json()
                assert by_sequence["sequence"] == event.sequence
                theirs = (await eva.get(f"{path}?as_of={event.sequence}")).json()
                assert theirs == {
                    "id": BUSY,
                    "number": 8,
                    "prefix": "ACME-",
                    "status": theirs["status"],
                    "subject": "S first",
                    "channel": "email",
                    "created_at": page["created_at"],
                    "solved_at": None,
                    "closed_at": None,
                    "rating": None,
                    "rating_scale": "stars5",
                    "erased": False,
                }
            assert by_sequence == page
            assert (await eva.get("/v1/tickets")).json()["items"] == [theirs]
            assert (await eva.get(f"{path}/history")).status_code == 403
            seen = (await eva.get(f"{path}/conversation")).json()["items"]
            assert [one["text"] for one in seen] == [f"T {name}" for name in THEIRS]
            for name in set(words) - set(THEIRS):
                assert (await eva.get(f"{path}/contents/{name}")).status_code == 404, name
            for query in ("tier=0", "tag=outage", "priority=2", "label=", "agent_id="):
                assert (await eva.get(f"/v1/tickets?{query}")).status_code == 403, query

            await on.keyring.erase(CUSTOMER)

            gone = (await anna.get(path)).json()
            assert (gone["fields"], gone["erased"]) == ({"room": "3.14", "iban": "(erased)"}, True)
            assert gone["reminders"][0]["text"] == "(erased)"


def _list(value: object) -> list[dict[str, object]]:
    assert isinstance(value, list)
    return value
