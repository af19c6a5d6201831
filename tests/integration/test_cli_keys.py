"""Keys from the command line: a token that the gateway takes, and a new master key."""

from pathlib import Path

import pytest

from libs.keyring import Keyring, MasterKeyError
from libs.mongo import connect
from libs.settings import Settings
from libs.tokens import local_issuer
from tests.support.cli import run_cli

pytestmark = pytest.mark.integration


async def unsealed(settings: Settings, file: Path, sealed: str) -> bytes:
    """What was sealed under Maya's key, as a process reads it that has this master key file."""
    mongo = connect(settings)
    try:
        keyring = Keyring(mongo, settings.model_copy(update={"master_key_file": file}))
        await keyring.load(["maya"])
        clear = keyring.unseal("maya", sealed)
    finally:
        await mongo.close()
    assert isinstance(clear, bytes)
    return clear


async def test_a_token_is_one_line_that_the_gateway_takes(ledger: Settings) -> None:
    ran = await run_cli(ledger, "token", "anna", "--role", "lead", "--expires", "30m")

    claims = local_issuer(ledger).verify(ran.out.strip())
    assert (claims.subject, claims.roles) == ("anna", ("lead",))
    refused = await run_cli(ledger, "token", "Anna Berg", "--role", "lead")
    assert (refused.code, "cannot be an id" in refused.err) == (1, True)


async def test_the_master_key_is_replaced_while_both_are_known(
    ledger: Settings, tmp_path: Path
) -> None:
    # given something sealed under a key that the old master key wraps
    file = tmp_path / "master.key"
    old = (await run_cli(ledger, "master-key", "new", "old")).out
    file.write_text(old)
    mongo = connect(ledger)
    keyring = Keyring(mongo, ledger.model_copy(update={"master_key_file": file}))
    await keyring.load(["maya"], create=True)
    sealed = keyring.seal("maya", b"Maya Okafor")
    await mongo.close()
    # when a new one is added as the second line, and everything is wrapped anew
    new = (await run_cli(ledger, "master-key", "new", "2027-01")).out
    file.write_text(old + new)
    told = {"DESKLEDGER_MASTER_KEY_FILE": str(file)}
    missing = await run_cli(ledger, "master-key", "rotate", "2028-01", **told)
    rotated = await run_cli(ledger, "master-key", "rotate", "2027-01", **told)
    # then the new one alone opens everything, and the old one nothing
    assert (missing.code, "no master key named 2028-01" in missing.err) == (1, True)
    assert rotated.out == "1 keys are wrapped under 2027-01 now.\n"
    file.write_text(new)
    assert await unsealed(ledger, file, sealed) == b"Maya Okafor"
    file.write_text(old)
    with pytest.raises(MasterKeyError, match="2027-01"):
        await unsealed(ledger, file, sealed)
