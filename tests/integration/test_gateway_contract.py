"""The running interface and its description say the same: asked at random, by every role.

CONTRACT_EXAMPLES=20 asks more of each operation, and what stands on the edge of each schema:
`make test-contract`. The questions are the same each time; CONTRACT_SEED=2 asks others.
"""

import asyncio
import os
import re
import sys
from collections import defaultdict
from collections.abc import AsyncIterator, Mapping
from itertools import chain
from pathlib import Path

import pytest

from libs.settings import Settings
from libs.tokens import Role
from services.gateway.principal import EVERYBODY
from tests.support.gateway import Gateway, desk_of

pytestmark = [pytest.mark.integration, pytest.mark.timeout(3_600)]

ADA = "p-01" + "a" * 24
NEW = {"account": "support", "subject": "Printer", "text": "It does not print."}
SOON = {"Prefer": "respond-async"}
EXAMPLES = os.environ.get("CONTRACT_EXAMPLES", "")
SEED = os.environ.get("CONTRACT_SEED", "1")
ANYTHING = ("coverage,fuzzing" if EXAMPLES else "fuzzing", "--max-examples", EXAMPLES or "1")
# What goes on takes more of it to go anywhere.
GOING_ON = ("stateful", "--max-examples", str(60 * int(EXAMPLES or "0") or 10))
# Who makes little that could be gone on with.
LOOKING_ON = ("analyst", "partner", "light_agent")
CHECKOUT = Path(__file__).parents[2]
CONFIGURATION = Path(__file__).with_name("schemathesis.toml")


@pytest.fixture(scope="module")
async def desk(module_ledger: Settings) -> AsyncIterator[Gateway]:
    """A gateway and the deciders behind it, with one contact and a ticket of theirs."""
    async with desk_of(module_ledger, ADA) as running:
        async with running.client("customer", ADA) as ada:
            assert (await ada.post("/v1/tickets", json=NEW)).status_code == 200
        yield running


@pytest.mark.parametrize("role", EVERYBODY)
async def test_every_answer_is_one_that_is_described(
    desk: Gateway, role: Role, tmp_path: Path
) -> None:
    # given somebody of this role, when they ask whatever the description allows, and what it does
    # not, then nothing fails on our side, and no answer is one that the description does not have
    await _asked(desk, role, tmp_path, {}, "--phases", *ANYTHING)


@pytest.mark.parametrize("role", EVERYBODY)
async def test_every_answer_to_what_follows_from_another_is_described(
    desk: Gateway, role: Role, tmp_path: Path
) -> None:
    # given somebody of this role, and what they may do in each area of the interface
    async with desk.client(role) as client:
        paths = (await client.get("/v1/openapi.json")).json()["paths"]
    areas: dict[str, dict[str, set[str]]] = defaultdict(dict)
    for path, operations in paths.items():
        for one in operations.values():
            if role in one["x-roles"]:
                answers = one["responses"].values()
                links = {name for answer in answers for name in answer.get("links", {})}
                areas[path.split("/")[2] if EXAMPLES else ""][one["operationId"]] = links
    sensibly = {
        "SCHEMATHESIS_HOOKS": "tests.support.asking",
        "PYTHONPATH": str(CHECKOUT),
        "ASKING_FOR": "" if role == "customer" else ADA,
    }
    followed = 0
    for theirs in areas.values():
        if theirs.keys().isdisjoint(chain(*theirs.values())):
            continue
        # when they go on with the ids that they were answered
        named = [part for one in theirs for part in ("--include-operation-id", one)]
        way = ("--mode", "positive", *named, "--phases", *GOING_ON)
        report = await _asked(desk, role, tmp_path, sensibly, *way)
        counted = re.search(r"API Links: +(\d+) covered", report)
        assert counted is not None, report
        followed += int(counted[1])
    # then nothing failed, no answer is unheard of, and who asks more than a little came on
    least = 1 if role in LOOKING_ON else 5
    assert followed >= (least if EXAMPLES else 0)


async def _asked(
    desk: Gateway, role: Role, tmp_path: Path, environment: Mapping[str, str], *way: str
) -> str:
    """What schemathesis says of its questions, all of them answered well."""
    async with desk.client(role, ADA if role == "customer" else "anna") as client:
        authorization = client.headers["Authorization"]
    asking = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "schemathesis.cli", "--config-file", str(CONFIGURATION), "run"),
        *(f"{desk.url}/v1/openapi.json", "--header", f"Authorization: {authorization}"),
        # A stream is never over, and its bytes are no document: test_gateway_live.py reads them.
        *("--exclude-path-regex", "/stream(/|$)"),
        *("--continue-on-failure", "--no-color", "--seed", SEED),
        *way,
        cwd=tmp_path,
        env=os.environ | environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    said, _ = await asking.communicate()
    report = tmp_path / "report.txt"
    report.write_bytes(said)
    assert asking.returncode == 0, f"{report}\n{said.decode()[-20_000:]}"
    return said.decode()


async def test_the_example_of_each_body_is_understood(desk: Gateway) -> None:
    # given the bodies that the description shows
    async with desk.client("admin") as root, desk.client("customer", ADA) as ada:
        paths = (await root.get("/v1/openapi.json")).json()["paths"]
        misunderstood = []
        for path, operations in paths.items():
            for method, operation in operations.items():
                media = operation.get("requestBody", {}).get("content", {})
                if "application/json" not in media:
                    continue
                # when somebody who may sends them, to what is not there
                who = root if "admin" in operation["x-roles"] else ada
                body = media["application/json"]["example"]
                place = re.sub(r"{\w+}", "7", path)
                answer = await who.request(method, place, json=body, headers=SOON)
                # then at the most nobody has the ids that stand in it
                said = answer.json()
                is_known = " known" not in said.get("detail", "")
                if said.get("code") in ("malformed", "invalid") and is_known:
                    misunderstood.append(f"{method} {path} {body}: {said['detail']}")
    assert not misunderstood, "\n".join(misunderstood)


async def test_every_operation_has_a_name_of_its_own(desk: Gateway) -> None:
    async with desk.client("agent") as anna:
        paths = (await anna.get("/v1/openapi.json")).json()["paths"]
    names = [one["operationId"] for operations in paths.values() for one in operations.values()]
    assert len(set(names)) == len(names)
    assert {"tickets.list", "tickets.reply", "contacts.tag", "canned_replies.read"} <= set(names)


async def test_a_method_that_is_not_there_is_told_which_are(desk: Gateway) -> None:
    async with desk.client("agent") as anna:
        refused = await anna.delete("/v1/tickets")
    assert (refused.status_code, refused.headers["allow"]) == (405, "GET, POST")
    assert refused.json()["code"] == "method_not_allowed"
