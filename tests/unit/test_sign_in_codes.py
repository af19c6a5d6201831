"""Codes to sign in with: where they come from, and which tokens they lead to."""

from datetime import timedelta

import pytest

from libs.events.published.setup import DEFAULT
from libs.letters import BadTemplate, Wording, checked, sample
from libs.letters.defaults import DEFAULTS
from libs.tokens import Claims, SignInCodes, TokenRefused, Tokens
from services.gateway.callers import Callers, offline
from services.gateway.keys.known import KnownKeys
from services.gateway.signing_in.tokens import PREFIX, CustomerTokens

ADDRESS, OTHER = "a-00" + "1" * 24, "a-00" + "2" * 24
CONTACT = "p-00" + "3" * 24


def test_a_code_is_six_digits_of_this_address_this_id_and_this_secret() -> None:
    codes = SignInCodes(bytes(32))
    code = codes.code(ADDRESS, "one")
    assert code == codes.code(ADDRESS, "one")
    others = [codes.code(OTHER, "one"), codes.code(ADDRESS, "two")]
    others.append(SignInCodes(b"1" * 32).code(ADDRESS, "one"))
    assert code not in others
    assert code.isascii()
    assert code.isdigit()
    assert len(code) == 6


def test_codes_begin_with_zeros_as_often_as_with_anything_else() -> None:
    codes = SignInCodes(bytes(32))
    drawn = [codes.code(ADDRESS, str(n)) for n in range(5_000)]
    assert {len(code) for code in drawn} == {6}
    for digit in "0123456789":
        assert 380 < sum(code[0] == digit for code in drawn) < 620


def test_a_secret_that_is_too_short_is_none() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        SignInCodes(b"short")


def test_a_customers_token_is_good_for_a_customer_alone() -> None:
    secret = b"k" * 32
    tokens = CustomerTokens(secret, timedelta(hours=1))
    token, _ = tokens.issue(CONTACT)
    claims = tokens.verify(token)
    assert (claims.subject, claims.roles) == (CONTACT, ("customer",))
    for other in (
        Tokens(secret, "deskledger-gateway").issue("anna", ["admin"], timedelta(hours=1)),
        Tokens(secret).issue(CONTACT, ["customer"], timedelta(hours=1)),
        Tokens(b"x" * 32, "deskledger-gateway").issue(CONTACT, ["customer"], timedelta(hours=1)),
        token[len(PREFIX) :][:-2],
    ):
        with pytest.raises(TokenRefused):
            tokens.verify(PREFIX + other)


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_letter_tells_the_code_and_for_how_long(language: str) -> None:
    told = sample("sign_in", DEFAULTS["sign_in", language])
    for part in (told.text, told.html):
        assert "048213" in part
        assert "10 " in part
    assert "048213" not in told.subject  # which stands on locked screens


def test_a_letter_of_the_desks_own_cannot_leave_the_code_out() -> None:
    with pytest.raises(BadTemplate, match="leaves out"):
        checked("sign_in", Wording("Code", "Hello."))


async def as_themselves(contact_id: str) -> str:
    return contact_id


async def test_a_token_counts_while_its_contact_would_be_let_in_as_themselves() -> None:
    # given a customer who has a token
    tokens = CustomerTokens(b"k" * 32, timedelta(hours=1))
    token, _ = tokens.issue(CONTACT)
    standing = {CONTACT: CONTACT}

    async def let_in(contact_id: str) -> str:
        return standing[contact_id]

    keys = KnownKeys(None)  # type: ignore[arg-type]
    company = offline(Tokens(b"0" * 32))
    callers = Callers(company, keys, lambda: DEFAULT, tokens, let_in)
    assert (await callers.known(token)).sight.customer_id == CONTACT
    # when they are erased or blocked, or merged into another
    for who in ("", "p-" + "9" * 26):
        standing[CONTACT] = who
        # then it counts no longer
        with pytest.raises(TokenRefused, match="sign in again"):
            await callers.known(token)


async def test_a_customer_comes_in_beside_whatever_issuer_is_believed() -> None:
    async def of_the_company(token: str) -> Claims:
        raise TokenRefused("nobody of ours")

    tokens = CustomerTokens(b"k" * 32, timedelta(hours=1))
    keys = KnownKeys(None)  # type: ignore[arg-type]
    callers = Callers(of_the_company, keys, lambda: DEFAULT, tokens, as_themselves)
    token, _ = tokens.issue(CONTACT)
    caller = await callers.known(token)
    assert (caller.actor, caller.role, caller.scopes) == (f"contact:{CONTACT}", "customer", None)
    assert caller.sight.customer_id == CONTACT
    for other in (token.removeprefix(PREFIX), f"{token}x", PREFIX):
        with pytest.raises(TokenRefused):
            await callers.known(other)
