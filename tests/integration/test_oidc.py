"""Tokens of an OpenID issuer that is asked over HTTP: found, verified, rotated, and refused."""

import base64
import json
import threading
from collections.abc import AsyncIterator, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

import libs.tokens.oidc
from libs.tokens import IssuerUnreachable, OpenId, TokenRefused, Trust

pytestmark = pytest.mark.integration

RSA_KEY = rsa.generate_private_key(65_537, 2_048)
SMALL_KEY = rsa.generate_private_key(65_537, 1_024)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
DESK_TEAMS: dict[str, Any] = {"https://desk.example/teams": "it network"}
Key = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey


class Issuer:
    """An issuer's two documents, and how often it was asked for the keys."""

    def __init__(self) -> None:
        self.keys: list[dict[str, object]] = [public(RSA_KEY, "a")]
        self.asked = 0
        issuer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = issuer.answer(self.path)
                self.send_response(200 if body else 404)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}/realms/desk"
        self.name = self.url
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def answer(self, path: str) -> bytes:
        if path == "/realms/desk/.well-known/openid-configuration":
            return json.dumps({"issuer": self.name, "jwks_uri": f"{self.url}/keys"}).encode()
        if path == "/realms/desk/keys":
            self.asked += 1
            return json.dumps({"keys": self.keys}).encode()
        return b""

    def token(self, key: Key = RSA_KEY, kid: str = "a", alg: str = "RS256", **more: object) -> str:
        claims = {
            "iss": self.url,
            "aud": "deskledger-gateway",
            "sub": "anna",
            "roles": ["agent"],
            "exp": datetime.now(UTC) + timedelta(hours=1),
        }
        return jwt.encode(claims | more, key, alg, {"kid": kid})

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


def public(key: Key, kid: str, use: str = "sig") -> dict[str, object]:
    kind = RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else ECAlgorithm
    known: dict[str, object] = json.loads(kind.to_jwk(key.public_key()))  # type: ignore[arg-type]
    return known | {"kid": kid, "use": use}


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    running = Issuer()
    yield running
    running.close()


@pytest.fixture
async def http() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as client:
        yield client


def trusting(issuer: Issuer, http: httpx.AsyncClient, **how: object) -> OpenId:
    return OpenId(Trust(issuer.url, **how), http)  # type: ignore[arg-type]


async def test_a_token_is_believed_by_what_its_issuer_publishes(
    issuer: Issuer, http: httpx.AsyncClient
) -> None:
    claims = await trusting(issuer, http).verify(issuer.token(name="Anna", teams=["it", "a b"]))
    assert (claims.subject, claims.roles, claims.teams) == ("anna", ("agent",), ("it",))
    assert claims.name == "Anna"


async def test_keys_are_rotated_without_anybody_noticing(
    issuer: Issuer, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(libs.tokens.oidc, "AGAIN_SECONDS", 0.0)
    trust = trusting(issuer, http)
    old = issuer.token()
    await trust.verify(old)
    issuer.keys = [public(EC_KEY, "b"), public(RSA_KEY, "a")]
    assert (await trust.verify(issuer.token(EC_KEY, "b", "ES256"))).subject == "anna"
    assert (await trust.verify(old)).subject == "anna"
    issuer.keys = [public(EC_KEY, "b")]
    await_gone = issuer.token(name="another")
    monkeypatch.setattr(libs.tokens.oidc, "KEEP_SECONDS", 0.0)
    with pytest.raises(TokenRefused, match="no key"):
        await trust.verify(await_gone)


async def test_made_up_keys_do_not_make_us_ask_again_and_again(
    issuer: Issuer, http: httpx.AsyncClient
) -> None:
    trust = trusting(issuer, http)
    for n in range(50):
        with pytest.raises(TokenRefused, match="no key"):
            await trust.verify(issuer.token(kid=f"made-up-{n}"))
    assert issuer.asked == 1


async def test_what_is_not_signed_by_the_issuer_is_refused(
    issuer: Issuer, http: httpx.AsyncClient
) -> None:
    trust = trusting(issuer, http)
    pem = RSA_KEY.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    issuer.keys += [public(SMALL_KEY, "small"), public(EC_KEY, "enc", "enc")]

    def part(content: Mapping[str, object]) -> str:
        return base64.urlsafe_b64encode(json.dumps(content).encode()).decode().rstrip("=")

    head, body, signature = issuer.token().split(".")
    claims = json.loads(base64.urlsafe_b64decode(body + "=="))
    symmetric = jwt.api_jws.PyJWS()
    symmetric.unregister_algorithm("HS256")
    symmetric.register_algorithm("HS256", _Lax("SHA256"))
    refused = {
        "unsigned": f"{part({'alg': 'none', 'kid': 'a'})}.{body}.",
        "the public key as a secret": symmetric.encode(
            json.dumps(claims).encode(), pem, "HS256", {"kid": "a"}
        ),
        "another's key": issuer.token(rsa.generate_private_key(65_537, 2_048)),
        "changed": f"{head}.{part(claims | {'roles': ['admin']})}.{signature}",
        "for somebody else": issuer.token(aud="another"),
        "of another issuer": issuer.token(iss="https://evil.example"),
        "expired": issuer.token(exp=datetime.now(UTC) - timedelta(minutes=1)),
        "not yet": issuer.token(nbf=datetime.now(UTC) + timedelta(minutes=5)),
        "without an end": issuer.token(exp=None),
        "weak": issuer.token(SMALL_KEY, "small"),
        "a key for something else": issuer.token(EC_KEY, "enc", "ES256"),
        "the key of another algorithm": issuer.token(alg="RS512"),
        "without a role": issuer.token(roles=["cleaner"]),
        "nothing": "x.y.z",
    }
    believed = []
    for why, token in refused.items():
        try:
            await trust.verify(token)
            believed.append(why)
        except TokenRefused:
            pass
    assert not believed


class _Lax(jwt.algorithms.HMACAlgorithm):
    """What an attacker has: HS256 that takes a public key for a secret."""

    def __init__(self, _: str) -> None:
        super().__init__(jwt.algorithms.HMACAlgorithm.SHA256)

    def prepare_key(self, key: str | bytes) -> bytes:
        return key if isinstance(key, bytes) else key.encode()


async def test_clocks_may_differ_a_little(issuer: Issuer, http: httpx.AsyncClient) -> None:
    late = issuer.token(exp=datetime.now(UTC) - timedelta(seconds=20))
    assert (await trusting(issuer, http).verify(late)).subject == "anna"
    with pytest.raises(TokenRefused, match="expired"):
        await trusting(issuer, http, skew_seconds=5).verify(late)


async def test_an_issuer_s_own_words_for_roles_teams_and_people(
    issuer: Issuer, http: httpx.AsyncClient
) -> None:
    trust = trusting(
        issuer,
        http,
        roles_claim="realm_access.roles",
        teams_claim="https://desk.example/teams",
        role_names={"Helpdesk-Leads": "lead"},
    )
    token = issuer.token(
        sub="anna@example.org",
        roles=["admin"],
        realm_access={"roles": ["Helpdesk-Leads", "everybody"]},
        **DESK_TEAMS,
    )
    claims = await trust.verify(token)
    assert (claims.roles, claims.teams) == (("lead",), ("it", "network"))
    assert claims.subject.startswith("u-")
    assert "anna" not in claims.subject


async def test_while_the_issuer_is_away_known_keys_count(
    issuer: Issuer, http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    trust = trusting(issuer, http)
    await trust.verify(issuer.token())
    monkeypatch.setattr(libs.tokens.oidc, "KEEP_SECONDS", 0.0)
    monkeypatch.setattr(libs.tokens.oidc, "AGAIN_SECONDS", 0.0)
    issuer.name = "https://another.example"
    assert (await trust.verify(issuer.token(name="other"))).name == "other"
    with pytest.raises(IssuerUnreachable):
        await trusting(issuer, http).verify(issuer.token())


async def test_an_issuer_elsewhere_is_asked_by_https_only(http: httpx.AsyncClient) -> None:
    trust = OpenId(Trust("http://login.example.com"), http)
    token = jwt.encode({"sub": "a"}, RSA_KEY, "RS256", {"kid": "a"})
    with pytest.raises(IssuerUnreachable):
        await trust.verify(token)
