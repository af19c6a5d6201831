"""Who may what: every operation of the interface, for every role, with a declared answer."""

import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator
from datetime import timedelta

import httpx
import pytest
from msgspec.structs import replace

from libs.contents import Rendition
from libs.events.published import tickets as t
from libs.settings import Settings
from services.gateway.principal import EVERYBODY
from tests.support.gateway import Gateway, append, gateway, keep, known_contact
from tests.support.gateway_story import CUSTOMER, STRANGER, TICKET, opened, recorded

pytestmark = pytest.mark.integration

WHO = (
    "nobody",
    "admin",
    "lead",
    "agent",
    "owner",
    "stranger",
    "light_agent",
    "partner",
    "analyst",
)
TEAM = "field"
REASON = {"reason": "why"}
FIRM = "o-00" + "7" * 24
NEW = {"account": "support", "subject": "s", "text": "t", "requester_id": CUSTOMER}

DOMAIN = {"domain": "nordwind.example"}
TAGS = {"tags": ["pilot"]}

# What agents may say of contacts and organisations.
EDITS: dict[str, object] = {
    "contacts": {"address": "eve@example.com"},
    "contacts/{id}/name": {"name": "Ada"},
    "contacts/{id}/language": {"language": "de"},
    "contacts/{id}/time-zone": {"time_zone": "Europe/Berlin"},
    "contacts/{id}/fields": {"field": "seat", "value": "7"},
    "contacts/{id}/external-ids": {"system": "crm", "external_id": "7"},
    "contacts/{id}/organisation": {},
    "contacts/{id}/addresses": {"address": "ada@example.com"},
    "contacts/{id}/addresses/{address}/verification": {},
    "contacts/{id}/addresses/{address}/removal": None,
    "contacts/{id}/addresses/{address}/bounce": {},
    "contacts/{id}/addresses/{address}/recovery": {},
    "contacts/{id}/notes": {"text": "t"},
    "organisations": {"name": "Nordwind"},
    "organisations/{id}/name": {"name": "Nordwind"},
    "organisations/{id}/fields": {"field": "seat", "value": "7"},
    "organisations/{id}/domains/removal": DOMAIN,
    "organisations/{id}/sharing": {"shared": True},
    "organisations/{id}/parent": {},
    **{
        f"{kind}/{{id}}/{command}": body
        for kind in ("contacts", "organisations")
        for command, body in (
            ("plan", {"plan": "gold"}),
            ("vip", {"vip": True}),
            ("tags", TAGS),
            ("tags/removal", TAGS),
            ("notes/{note}/removal", None),
        )
    },
}

SOON = "2999-01-01T00:00:00Z"
OTHER = {"other_id": FIRM.replace("o", "t"), "relation": "related"}
ISSUE = {"tracker": "jira", "reference": "NET-17"}
CONTACT = {"contact_id": STRANGER}
LETTER = {"kind": "reply", "text": "{{ message }}"}
TALK = {"channel": "phone", "direction": "in", "started_at": SOON, "talk_seconds": 9}

# What agents may do to tickets.
WORK: dict[str, object] = {
    "label": {"label": "in_progress"},
    "pending": REASON,
    "hold": {"party": "vendor"},
    "snooze": {"until": SOON},
    "snooze/removal": None,
    "solution": {"resolution_code": "workaround"},
    "reopening": REASON,
    "closing": None,
    "cancellation": REASON,
    "messages/{sequence}/no-reply": None,
    "messages/{sequence}/redaction": REASON,
    "assessment": {"impact": "high"},
    "priority": {"priority": 1} | REASON,
    "priority/removal": None,
    "type": {"type": "incident"},
    "affected-item": {"service": "mail"},
    "major-incident": {"update_every": 600},
    "major-incident/removal": None,
    "replies/{sequence}/withdrawal": None,
    "notes": {"text": "t"},
    "notes/{sequence}/words": {"text": "t"},
    "side-conversations": {"team_id": "it", "text": "t"},
    "side-conversations/{side}/closing": None,
    "consultations": {"agent_id": "bob", "text": "t"},
    "consultations/{consultation}/answer": {"text": "t"},
    "consultations/{consultation}/withdrawal": None,
    "category": {"category": "network"},
    "tags": {"add": ["outage"]},
    "fields": {"changes": [{"field": "iban", "personal": "DE02"}]},
    "due-date": {"due": SOON},
    "estimate": {"seconds": 60},
    "reminders": {"due": SOON},
    "reminders/{reminder}/removal": None,
    "promises": {"due": SOON},
    "promises/{promise}/fulfilment": None,
    "promises/{promise}/withdrawal": None,
    "assignment": {"agent_id": "a"},
    "assignment/removal": None,
    "return": None,
    "tier": {"tier": 1},
    "requester": CONTACT,
    "affected-user": CONTACT,
    "followers": None,
    "followers/removal": None,
    "collaborators": CONTACT,
    "collaborators/removal": CONTACT,
    "links/revocation": CONTACT,
    "offers/{offer}/answer": {"answer": "accepted"},
    "work": None,
    "work/end": None,
    "time": {"seconds": 60},
    "time/{sequence}/correction": {"seconds": 60},
    "talks": TALK,
    "links": OTHER,
    "links/removal": OTHER,
    "children": {"awaited": True},
    "incidents/solution": None,
    "external-links": ISSUE,
    "external-links/removal": ISSUE,
    "absorptions": {"source_id": FIRM.replace("o", "t")},
    "merge/removal": None,
    "splits": {"messages": [2], "subject": "s"},
    "splits/{new}/removal": None,
    "suggestions/{suggestion}/use": {"article_id": "wifi"},
    "suggestions/{suggestion}/rejection": {"article_id": "wifi"},
}

# What administrators say of the desk.
DEFINITIONS: dict[str, object] = {
    "labels": {"labels": [{"status": "open", "labels": ["assigned"]}]},
    "priority-matrix": {"impacts": ["all"], "urgencies": ["now"], "priorities": [[1]]},
    "resolution-codes": {"codes": ["done"]},
    "categories": {"categories": ["network"]},
    "solve-rules": {"rules": [{"field": "category"}]},
    "tiers": {"highest": 2},
    "undo-send": {"seconds": 10},
    "close-after": {"seconds": 86400},
    "fields/{field}": {"type": "text"},
    "brands/{brand}": {"name": "Nordwind"},
    "departments/{department}": {"name": "People", "teams": ["hr"]},
    "light-replies": {"allowed": True},
}
KEY = {
    "name": "CRM",
    "subject": "service.crm",
    "role": "agent",
    "scopes": ["read"],
    "expires_at": "2027-06-01T00:00:00Z",
}
MACRO = {"name": "Ask", "steps": [{"command": "ChangeTags", "data": {"add": ["asked"]}}]}
CANNED = {"name": "Hello", "text": "Hello."}
VIEW = {"name": "Own", "filter": {"agent_id": "me"}}
WEBHOOK = {"name": "Billing", "url": "https://billing.example/hooks"}
SINCE = {"since": "2026-03-01T09:30:00Z"}

# For nobody, admin, lead, agent, the customer whose it is, another customer. Nobody decides here,
# so a command that may be sent is answered with 202.
TICKETS = "/v1/tickets/{ticket}"
EXPECTED: dict[str, tuple[object, tuple[int, int, int, int, int, int]]] = {
    "GET /v1/tickets": (None, (401, 200, 200, 200, 200, 200)),
    f"GET {TICKETS}": (None, (401, 200, 200, 200, 200, 404)),
    f"GET {TICKETS}/conversation": (None, (401, 200, 200, 200, 200, 404)),
    f"GET {TICKETS}/history": (None, (401, 200, 200, 200, 403, 403)),
    f"GET {TICKETS}/contents/{{content}}": (None, (401, 200, 200, 200, 200, 404)),
    f"GET {TICKETS}/stream": (None, (401, 200, 200, 200, 200, 404)),
    f"GET {TICKETS}/presence": (None, (401, 200, 200, 200, 200, 404)),
    f"PUT {TICKETS}/presence": ({"doing": "looking"}, (401, 200, 200, 200, 200, 404)),
    "GET /v1/stream": (None, (401, 200, 200, 200, 403, 403)),
    "GET /v1/stream/me": (None, (401, 200, 200, 200, 403, 403)),
    "GET /v1/contacts/{contact}": (None, (401, 200, 200, 200, 200, 404)),
    "POST /v1/uploads": (None, (401, 201, 201, 201, 201, 201)),
    # There is no such upload.
    "GET /v1/uploads/{upload}": (None, (401, 404, 404, 404, 404, 404)),
    "DELETE /v1/uploads/{upload}": (None, (401, 404, 404, 404, 404, 404)),
    "GET /v1/commands/{command}": (None, (401, 404, 404, 404, 404, 404)),
    "POST /v1/tickets": (NEW, (401, 202, 202, 202, 202, 403)),
    # Each ticket's outcome is in the answer.
    "POST /v1/tickets/batch": (
        {"tickets": [TICKET], "action": "closing"},
        (401, 200, 200, 200, 403, 403),
    ),
    f"POST {TICKETS}/replies": ({"text": "t"}, (401, 202, 202, 202, 202, 404)),
    **{
        f"POST {TICKETS}/{command}": (body, (401, 202, 202, 202, 403, 403))
        for command, body in WORK.items()
    },
    **{
        f"POST {TICKETS}/{command}": (body, (401, 202, 202, 403, 403, 403))
        for command, body in (
            ("spam", None),
            ("spam/removal", None),
            ("clocks/{clock}/explanation", REASON),
        )
    },
    # There is no such talk, and this looks before it sends anything.
    f"POST {TICKETS}/side-conversations/{{side}}/messages": (
        {"text": "t"},
        (401, 404, 404, 404, 403, 403),
    ),
    f"POST {TICKETS}/rating": ({"score": 5}, (401, 403, 403, 403, 202, 404)),
    "POST /v1/contacts/{contact}/erasure": (REASON, (401, 202, 202, 403, 403, 403)),
    "POST /v1/contacts/{id}/export": (None, (401, 202, 202, 403, 403, 403)),
    "GET /v1/contacts/{id}/exports/{export}": (None, (401, 404, 404, 403, 403, 403)),
    "GET /v1/contacts/{id}/exports/{export}/archive": (None, (401, 404, 404, 403, 403, 403)),
    "GET /v1/organisations/{organisation}": (None, (401, 404, 404, 404, 403, 403)),
    "GET /v1/organisations/{organisation}/contacts": (None, (401, 404, 404, 404, 403, 403)),
    **{
        f"POST /v1/{place}": (body, (401, 202, 202, 202, 403, 403)) for place, body in EDITS.items()
    },
    **{
        f"POST /v1/contacts/{{id}}/{command}": (body, (401, 202, 202, 403, 403, 403))
        for command, body in (
            ("block", REASON),
            ("unblock", REASON),
            ("merge", {"source_id": STRANGER}),
            ("unmerge", {"source_id": STRANGER}),
        )
    },
    "GET /v1/desk": (None, (401, 200, 200, 200, 403, 403)),
    "GET /v1/desk/history": (None, (401, 200, 200, 200, 403, 403)),
    **{
        f"PUT /v1/desk/{kind}": (body, (401, 202, 403, 403, 403, 403))
        for kind, body in DEFINITIONS.items()
    },
    "GET /v1/suspended": (None, (401, 200, 200, 200, 403, 403)),
    "POST /v1/senders/block": (DOMAIN | REASON, (401, 202, 202, 403, 403, 403)),
    "POST /v1/senders/unblock": (DOMAIN, (401, 202, 202, 403, 403, 403)),
    "POST /v1/senders/distrust": (DOMAIN | {"suspicion": "flood"}, (401, 202, 202, 403, 403, 403)),
    # There is no such message or sender, and these look before they send anything.
    **dict.fromkeys(
        (
            "GET /v1/senders/{id}",
            "GET /v1/suspended/{id}",
            "POST /v1/suspended/{id}/release",
            "POST /v1/suspended/{id}/release-and-trust",
            "POST /v1/suspended/{id}/rejection",
        ),
        (None, (401, 404, 404, 404, 403, 403)),
    ),
    "DELETE /v1/desk/fields/{field}": (None, (401, 202, 403, 403, 403, 403)),
    "DELETE /v1/desk/departments/{department}": (None, (401, 202, 403, 403, 403, 403)),
    "DELETE /v1/desk/brands/{brand}": (None, (401, 202, 403, 403, 403, 403)),
    "DELETE /v1/desk/letters/{letter}": (None, (401, 202, 403, 403, 403, 403)),
    "PUT /v1/desk/letters/{letter}": (LETTER, (401, 202, 403, 403, 403, 403)),
    "POST /v1/desk/letter-preview": (LETTER, (401, 200, 403, 403, 403, 403)),
    "PUT /v1/desk/correspondence/{brand}": ({}, (401, 202, 403, 403, 403, 403)),
    "GET /v1/api-keys": (None, (401, 200, 403, 403, 403, 403)),
    "POST /v1/api-keys": (KEY, (401, 202, 403, 403, 403, 403)),
    # There is no such key.
    **dict.fromkeys(
        (
            "GET /v1/api-keys/{key}",
            "GET /v1/api-keys/{key}/history",
            "POST /v1/api-keys/{key}/rotation",
            "POST /v1/api-keys/{key}/revocation",
        ),
        (None, (401, 404, 403, 403, 403, 403)),
    ),
    "GET /v1/macros": (None, (401, 200, 200, 200, 403, 403)),
    "POST /v1/macros": (MACRO, (401, 202, 202, 403, 403, 403)),
    "DELETE /v1/macros/{macro}": (None, (401, 404, 404, 403, 403, 403)),
    "GET /v1/canned-replies": (None, (401, 200, 200, 200, 403, 403)),
    "POST /v1/canned-replies": (CANNED, (401, 202, 202, 403, 403, 403)),
    "DELETE /v1/canned-replies/{reply}": (None, (401, 404, 404, 403, 403, 403)),
    f"GET {TICKETS}/diff": (None, (401, 200, 200, 200, 403, 403)),
    "GET /v1/away": (None, (401, 422, 422, 422, 403, 403)),  # it takes an instant
    "GET /v1/contacts/{contact}/tickets": (None, (401, 200, 200, 200, 403, 403)),
    "GET /v1/organisations/{organisation}/tickets": (None, (401, 404, 404, 404, 403, 403)),
    "GET /v1/events": (None, (401, 200, 200, 200, 403, 403)),
    "GET /v1/webhooks": (None, (401, 200, 403, 403, 403, 403)),
    "POST /v1/webhooks": (WEBHOOK, (401, 202, 403, 403, 403, 403)),
    **{
        f"{method} /v1/webhooks/{{webhook}}{below}": (body, (401, 404, 403, 403, 403, 403))
        for method, below, body in (
            ("GET", "", None),
            ("GET", "/history", None),
            ("GET", "/deliveries", None),
            ("GET", "/deliveries/{delivery}", None),
            ("POST", "/deliveries/{delivery}/retry", None),
            ("PUT", "", WEBHOOK),
            ("DELETE", "", None),
            ("POST", "/secret", None),
            ("POST", "/pause", {}),
            ("POST", "/resume", None),
            ("POST", "/replay", SINCE),
        )
    },
    # Whoever they are, and there is no such code.
    "POST /v1/sign-in/codes": ({"address": "ada@example.org"}, (202,) * 6),
    "POST /v1/sign-in": ({"address": "ada@example.org", "code": "000000"}, (401,) * 6),
    "GET /v1/audit": (None, (401, 200, 403, 403, 403, 403)),
    "GET /v1/audit/export": (None, (401, 200, 403, 403, 403, 403)),
    "GET /v1/views": (None, (401, 200, 200, 200, 403, 403)),
    "GET /v1/views/counts": (None, (401, 200, 200, 200, 403, 403)),
    "POST /v1/views": (VIEW, (401, 202, 202, 202, 403, 403)),
    # There is no such view, and these look before they send anything.
    **dict.fromkeys(
        (
            "GET /v1/views/{view}",
            "GET /v1/views/{view}/history",
            "GET /v1/views/{view}/tickets",
            "DELETE /v1/views/{view}",
        ),
        (None, (401, 404, 404, 404, 403, 403)),
    ),
    "PUT /v1/views/{view}": (VIEW, (401, 404, 404, 404, 403, 403)),
    f"GET {TICKETS}/canned-replies": (None, (401, 200, 200, 200, 403, 403)),
    # There is no such macro or canned reply, and these look before they send anything.
    "GET /v1/macros/{macro}": (None, (401, 404, 404, 404, 403, 403)),
    "GET /v1/macros/{macro}/history": (None, (401, 404, 404, 404, 403, 403)),
    "PUT /v1/macros/{macro}": (MACRO, (401, 404, 404, 403, 403, 403)),
    "GET /v1/canned-replies/{reply}": (None, (401, 404, 404, 404, 403, 403)),
    "GET /v1/canned-replies/{reply}/history": (None, (401, 404, 404, 404, 403, 403)),
    "PUT /v1/canned-replies/{reply}": (CANNED, (401, 404, 404, 403, 403, 403)),
    f"POST {TICKETS}/macros/{{macro}}/preview": (None, (401, 404, 404, 404, 403, 403)),
    f"POST {TICKETS}/macros/{{macro}}/apply": (None, (401, 404, 404, 404, 403, 403)),
    # There is no such organisation, and these look before they send anything.
    "POST /v1/organisations/{id}/notes": ({"text": "t"}, (401, 404, 404, 404, 403, 403)),
    "POST /v1/organisations/{id}/domains": (DOMAIN, (401, 404, 404, 404, 403, 403)),
}

# What light agents, the partner whose team has the ticket, and analysts are answered elsewhere than
# here is that it is not for them.
OTHERS: dict[str, tuple[int, int, int]] = {
    "POST /v1/sign-in/codes": (202, 202, 202),
    "POST /v1/sign-in": (401, 401, 401),
    "GET /v1/tickets": (200, 200, 200),
    f"GET {TICKETS}": (200, 200, 200),
    f"GET {TICKETS}/history": (200, 200, 200),
    f"GET {TICKETS}/conversation": (200, 200, 403),
    f"GET {TICKETS}/contents/{{content}}": (200, 200, 403),
    f"GET {TICKETS}/stream": (200, 200, 403),
    f"GET {TICKETS}/presence": (200, 200, 403),
    f"PUT {TICKETS}/presence": (200, 200, 403),
    "GET /v1/stream": (200, 200, 403),
    "GET /v1/stream/me": (200, 200, 403),
    "POST /v1/uploads": (201, 201, 403),
    "GET /v1/uploads/{upload}": (404, 404, 403),
    "DELETE /v1/uploads/{upload}": (404, 404, 403),
    "GET /v1/commands/{command}": (404, 404, 403),
    "GET /v1/contacts/{contact}": (200, 403, 403),
    "GET /v1/organisations/{organisation}": (404, 403, 403),
    "GET /v1/organisations/{organisation}/contacts": (404, 403, 403),
    f"GET {TICKETS}/diff": (200, 200, 403),
    "GET /v1/away": (422, 422, 403),
    "GET /v1/contacts/{contact}/tickets": (200, 403, 403),
    "GET /v1/organisations/{organisation}/tickets": (404, 403, 403),
    "GET /v1/events": (200, 200, 403),
    "GET /v1/views": (200, 200, 403),
    "GET /v1/views/counts": (200, 200, 403),
    "POST /v1/views": (202, 202, 403),
    **{
        f"{method} /v1/views/{{view}}{below}": (404, 404, 403)
        for method, below in (
            ("GET", ""),
            ("GET", "/history"),
            ("GET", "/tickets"),
            ("PUT", ""),
            ("DELETE", ""),
        )
    },
    "POST /v1/tickets/batch": (200, 200, 403),
    f"POST {TICKETS}/replies": (403, 202, 403),
    f"POST {TICKETS}/notes": (202, 202, 403),
    f"POST {TICKETS}/notes/{{sequence}}/words": (202, 202, 403),
    **{
        f"POST {TICKETS}/{command}": (403, 202, 403)
        for command in (
            "label",
            "pending",
            "hold",
            "snooze",
            "snooze/removal",
            "solution",
            "reopening",
            "messages/{sequence}/no-reply",
            "work",
            "work/end",
            "time",
            "time/{sequence}/correction",
            "talks",
        )
    },
}
# Light agents may answer where the desk lets them, and here it does not.
BY_SETTING = {f"POST {TICKETS}/replies": "light_agent"}


def answers_to(operation: str) -> dict[str, int]:
    """What each of WHO is answered."""
    expected = (*EXPECTED[operation][1], *OTHERS.get(operation, (403, 403, 403)))
    return dict(zip(WHO, expected, strict=True))


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway over one ticket, with nobody who decides."""
    async with gateway(module_ledger) as running:
        on = running.resources
        tokens = [
            await known_contact(on, CUSTOMER, "ada@example.org", "Ada"),
            await known_contact(on, STRANGER, "eve@example.org", "Eve"),
        ]
        [words] = await keep(on, CUSTOMER, first=Rendition("Printer", "It does not print."))
        said = replace(opened().message, rendition=words)
        begun = replace(opened(), message=said)
        given = t.TicketAssigned("", TEAM)
        steps = [recorded(begun, 1, f"contact:{CUSTOMER}"), recorded(given, 2, "agent:anna")]
        told = await append(on, steps)
        async with running.client("agent") as anna:
            await anna.get("/v1/tickets", headers={"Deskledger-Position": told})
            for contact, token in zip((CUSTOMER, STRANGER), tokens, strict=True):
                await anna.get(f"/v1/contacts/{contact}", headers={"Deskledger-Position": token})
        yield running


@pytest.fixture(scope="module")
async def callers(desk: Gateway) -> AsyncIterator[dict[str, httpx.AsyncClient]]:
    """One client for each of WHO."""
    async with contextlib.AsyncExitStack() as stack:
        yield {who: await stack.enter_async_context(client(desk, who)) for who in WHO}


def client(desk: Gateway, who: str) -> httpx.AsyncClient:
    match who:
        case "nobody":
            return httpx.AsyncClient(base_url=desk.url)
        case "owner":
            return desk.client("customer", CUSTOMER)
        case "stranger":
            return desk.client("customer", STRANGER)
        case "admin" | "lead" | "agent" | "light_agent" | "partner" | "analyst" as role:
            return desk.client(role, teams=[TEAM])
    raise ValueError(who)


async def test_the_table_names_every_operation_and_every_role(
    desk: Gateway,
) -> None:
    async with desk.client("agent") as anna:
        paths = (await anna.get("/v1/openapi.json")).json()["paths"]
    described = {
        f"{method.upper()} {path}": operation["x-roles"]
        for path, operations in paths.items()
        for method, operation in operations.items()
    }
    assert set(described) == set(EXPECTED)
    for operation in EXPECTED:
        answers = answers_to(operation)
        answers["customer"] = answers["owner"]
        by_setting = BY_SETTING.get(operation)
        allowed = [role for role in EVERYBODY if answers[role] != 403 or role == by_setting]
        assert sorted(described[operation]) == sorted(allowed), operation


@pytest.mark.parametrize("operation", EXPECTED)
async def test_each_role_gets_its_answer(
    callers: dict[str, httpx.AsyncClient], operation: str
) -> None:
    body, _ = EXPECTED[operation]
    method, template = operation.split(" ")
    named = {
        "ticket": TICKET,
        "contact": CUSTOMER,
        "content": "first",
        "organisation": FIRM,
        "id": FIRM if "/organisations/" in template else CUSTOMER,
        "address": "a-00" + "6" * 24,
        "macro": "m-00" + "6" * 24,
        "key": "k-00" + "6" * 24,
        "reply": "r-00" + "6" * 24,
        "sequence": "1",
    }
    path = template.format_map(defaultdict(lambda: "none", named))
    soon = {"Prefer": "respond-async"}
    got = []
    for who in WHO:
        if "/sign-in" in path and isinstance(body, dict):
            body = {**body, "address": f"{who}@example.org"}  # so that no address is slowed
        # A stream goes on for as long as it is read.
        async with callers[who].stream(method, path, json=body, headers=soon) as answer:
            got.append(answer.status_code)
    assert dict(zip(WHO, got, strict=True)) == answers_to(operation)


async def test_the_highest_role_of_a_token_counts(desk: Gateway) -> None:
    token = desk.tokens.issue("anna", ["customer", "agent"], timedelta(hours=1))
    async with httpx.AsyncClient(base_url=desk.url) as nobody:
        found = await nobody.get(
            f"/v1/tickets/{TICKET}", headers={"Authorization": f"Bearer {token}"}
        )
    assert found.headers["etag"] == '"2.agent"'


@pytest.mark.parametrize("authorization", ["", "Bearer", "Bearer x.y.z", "Basic YTpi", "bearer"])
async def test_what_is_no_token_is_a_401(desk: Gateway, authorization: str) -> None:
    async with httpx.AsyncClient(base_url=desk.url) as nobody:
        refused = await nobody.get("/v1/tickets", headers={"Authorization": authorization})
    assert (refused.status_code, refused.json()["code"]) == (401, "unauthenticated")


async def test_an_address_under_another_host_or_prefix_leads_nowhere(desk: Gateway) -> None:
    async with desk.client("agent") as anna:
        for path in (
            "/v1/tickets/../../health",
            "/V1/tickets",
            "//v1/tickets",
            "/v1/tickets/%2e%2e",
        ):
            answer = await anna.get(path, headers={"Host": "evil.example", "X-Forwarded-For": "1"})
            assert answer.status_code in (404, 307), path
