"""Any part may be killed at any moment, and still every promise is kept.

make test-chaos                 CHAOS_ROUNDS=50 kills, in an order that CHAOS_SEED decides
"""

import asyncio
import os
import random
import time

import pytest

from adapters.email.sending.threads import THREADS
from deploy.local import Narrator, stack
from deskledger.services import WIRED
from libs.contents import ContentStore
from libs.events.kafka import Cluster
from libs.events.verify import verify
from libs.keyring import Keyring
from libs.mongo import connect
from libs.references import References
from libs.settings import Settings
from services.gateway.read_models import PROJECTIONS
from tests.chaos import proof
from tests.chaos.harm import Harm, deck
from tests.chaos.load import Load, Promises
from tests.chaos.settling import Say, at_rest, kept, mended
from tests.chaos.summary import Round, summary

pytestmark = [pytest.mark.chaos, pytest.mark.timeout(1_800)]

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "50"))
SEED = int(os.environ.get("CHAOS_SEED") or random.SystemRandom().randrange(10**6))
FINDINGS_SHOWN = 40
# So often the next blow falls before the last one is mended.
IMPATIENCE = 0.2


async def test_every_promise_survives(say: Say) -> None:
    for kind in ("OPENING", "ANSWERING", "DOMAIN"):  # every mail is to become a ticket
        os.environ[f"DESKLEDGER_FLOOD_{kind}"] = "1000000000"
    stack.up(Narrator(), owner=int(os.environ["PYTEST_OWNER"]))
    say(f"\nCHAOS_SEED={SEED} CHAOS_ROUNDS={ROUNDS}")
    try:
        findings = await survive(Settings(), say)
    except Exception:
        say(f"CHAOS_SEED={SEED}: logs are kept in {kept([])}")
        raise
    if findings:
        shown = "\n".join(f"  {finding}" for finding in findings[:FINDINGS_SHOWN])
        reason = f"CHAOS_SEED={SEED}: {len(findings)} findings; all and the logs: {kept(findings)}"
        pytest.fail(f"{reason}\n{shown}", pytrace=False)


async def survive(settings: Settings, say: Say) -> list[str]:
    """Fight under load; what is wrong when everything has come to rest."""
    cluster = Cluster(settings)
    lanes = (await cluster.ledger()).lanes
    mongo = connect(settings)
    keyring = Keyring(mongo, settings)
    references = References(await keyring.secret("references"))
    load = Load(settings, references, SEED)
    dice = random.Random(SEED)

    harm = Harm(cluster, lanes, dice)
    async with load.running():
        await mended(harm, load.promises, time.monotonic())
        rounds = await fight(harm, load.promises, dice, say)
        await mended(harm, load.promises, time.monotonic())
    say(summary(rounds, load.promises))

    async def look() -> list[str]:
        report = await verify(settings, WIRED)
        log = await proof.read_log(cluster, lanes)
        contents = ContentStore(mongo, keyring)
        findings = [
            *load.promises.surprises,
            *(f"{finding.kind} {finding.where}: {finding.sentence}" for finding in report.findings),
            *proof.check_sequences(log),
            *await proof.check_mails(log, contents, load.promises),
            *proof.check_commands(log, load.promises),
            *proof.check_deliveries(log, references, settings),
        ]
        if report.open_promises:
            findings.append(f"{report.open_promises} messages are still on their way")
        for projection in (*PROJECTIONS, THREADS):
            findings += await proof.check_projection(log, projection, mongo)
        return findings

    findings = await at_rest(look)
    await mongo.close()
    copies = proof.copies_delivered().values()
    say(f"replies delivered {len(copies)}, of which twice or more {sum(n > 1 for n in copies)}")
    return findings


async def fight(harm: Harm, promises: Promises, dice: random.Random, say: Say) -> list[Round]:
    """Deal every blow of the deck."""
    rounds = []
    for number, blow in enumerate(deck(ROUNDS, dice), 1):
        await asyncio.sleep(dice.uniform(0, 2))
        began = time.monotonic()
        await harm.deal(blow)
        if dice.random() < IMPATIENCE:
            rounds.append(Round(blow))
            say(f"{number:3} {rounds[-1]}")
        else:
            round = await mended(harm, promises, began, blow)
            rounds.append(round)
            say(f"{number:3} {round}")
    return rounds
