"""Tokens: what the local issuer signs is believed, and nothing else."""

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

import libs.tokens.local
from libs.tokens import AUDIENCE, TokenRefused, Tokens

SECRET = b"s" * 32
HOUR = timedelta(hours=1)


def test_a_token_says_who_and_what() -> None:
    tokens = Tokens(SECRET)
    claims = tokens.verify(tokens.issue("anna", ["agent", "lead"], HOUR, name="Anna Berg"))
    assert (claims.subject, claims.roles, claims.name) == ("anna", ("agent", "lead"), "Anna Berg")


def test_another_secret_is_refused() -> None:
    with pytest.raises(TokenRefused):
        Tokens(SECRET).verify(Tokens(b"t" * 32).issue("anna", ["agent"], HOUR))


def test_an_unsigned_token_is_refused() -> None:
    def part(content: dict[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    soon = int((datetime.now(UTC) + HOUR).timestamp())
    claims = {"iss": "deskledger", "aud": "deskledger-gateway", "sub": "anna", "exp": soon}
    unsigned = f"{part({'alg': 'none'})}.{part(claims | {'roles': ['admin']})}."
    with pytest.raises(TokenRefused):
        Tokens(SECRET).verify(unsigned)


def test_a_changed_token_is_refused() -> None:
    tokens = Tokens(SECRET)
    head, body, signature = tokens.issue("anna", ["agent"], HOUR).split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    changed = base64.urlsafe_b64encode(json.dumps(claims | {"roles": ["admin"]}).encode()).decode()
    with pytest.raises(TokenRefused):
        tokens.verify(f"{head}.{changed.rstrip('=')}.{signature}")


def test_an_expired_token_is_refused() -> None:
    tokens = Tokens(SECRET)
    with pytest.raises(TokenRefused, match="expired"):
        tokens.verify(tokens.issue("anna", ["agent"], -HOUR))


def test_a_token_expires_although_it_was_verified_before(monkeypatch: pytest.MonkeyPatch) -> None:
    tokens = Tokens(SECRET)
    token = tokens.issue("anna", ["agent"], HOUR)
    tokens.verify(token)

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Later":
            return cls.fromtimestamp(datetime.now(UTC).timestamp() + 3_601, UTC)

    monkeypatch.setattr(libs.tokens.local, "datetime", Later)
    with pytest.raises(TokenRefused, match="expired"):
        tokens.verify(token)


@pytest.mark.parametrize("roles", [[], ["root"], "agent", None])
def test_roles_that_there_are_not_are_refused(roles: object) -> None:
    claims: dict[str, object] = {
        "sub": "anna",
        "roles": roles,
    }
    with pytest.raises(TokenRefused):
        Tokens(SECRET).verify(Tokens(SECRET).sign(claims, HOUR, AUDIENCE))


def test_a_name_or_an_address_is_no_subject() -> None:
    with pytest.raises(ValueError, match="cannot be an id"):
        Tokens(SECRET).issue("anna@example.org", ["agent"], HOUR)


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32 bytes"):
        Tokens(b"short")
