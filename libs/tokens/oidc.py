"""Tokens of any OpenID issuer: found by discovery, verified by its published keys.

Only asymmetric signatures count, and a key only for its own algorithm: a token that says ``none``,
or that is signed with a public key as if it were a secret, is refused before anything is computed.
Keys are kept for minutes; one that is not known is asked for, but not oftener than every ten
seconds, whatever tokens come. While the issuer does not answer, keys that are known go on counting.
"""

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import cast
from urllib.parse import urlsplit

import httpx
import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.types import Options

from libs.tokens.claims import AUDIENCE, ROLES, Claims, Role, TokenRefused, is_id

ALGORITHMS = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512"),
    *("ES256", "ES384", "ES512", "EdDSA"),
)
KEEP_SECONDS = 600.0
AGAIN_SECONDS = 10.0
FIRST_AGAIN_SECONDS = 1.0
FETCH_SECONDS = 5.0
LARGEST_ANSWER = 1_000_000
MOST_KEYS = 100
_LEAST_RSA_BITS = 2_048
_REMEMBERED = 4_096
_SILENT = "The issuer of tokens does not answer; try again soon."
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

Payload = Mapping[str, object]


class IssuerUnreachable(Exception):
    """The issuer does not answer, or not as an issuer does; the message is a sentence."""


@dataclass(frozen=True, slots=True)
class Trust:
    """Which issuer is believed, and how its words are ours.

    roles_claim, teams_claim: a name, or a path with dots (``realm_access.roles``); role_names: what
    stands there by what it is here, none where they are called as here; skew_seconds: by how much
    its clock may differ.
    """

    issuer: str
    audience: str = AUDIENCE
    roles_claim: str = "roles"
    teams_claim: str = "teams"
    role_names: Mapping[str, Role] = field(default_factory=lambda: {role: role for role in ROLES})
    skew_seconds: int = 30


class OpenId:
    """Verifies tokens of one issuer."""

    def __init__(self, trust: Trust, http: httpx.AsyncClient) -> None:
        self._trust = trust
        self._http = http
        self._keys: Mapping[str, jwt.PyJWK] = {}
        self._read_at = self._tried_at = float("-inf")
        self._reading = asyncio.Lock()
        self._verified: dict[str, Claims] = {}

    async def verify(self, token: str) -> Claims:
        """Whose token this is. Raises TokenRefused, IssuerUnreachable."""
        claims = self._verified.get(token)
        if claims is None:
            claims = claims_of(self._payload(token, await self._key(token)), self._trust)
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            self._verified[token] = claims
        if (
            claims.expires_at.timestamp() + self._trust.skew_seconds
            <= datetime.now(UTC).timestamp()
        ):
            raise TokenRefused("the token has expired: get a new one")
        return claims

    def _payload(self, token: str, key: jwt.PyJWK) -> Payload:
        options: Options = {"require": ["exp", "sub", "iss", "aud"]}
        try:
            return cast(
                Payload,
                jwt.decode(
                    token,
                    key,
                    algorithms=[key.algorithm_name],
                    issuer=self._trust.issuer,
                    audience=self._trust.audience,
                    leeway=self._trust.skew_seconds,
                    options=options,
                ),
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenRefused("the token has expired: get a new one") from error
        except jwt.InvalidTokenError as error:
            raise TokenRefused("the token is not one of the issuer's, or not for us") from error

    async def _key(self, token: str) -> jwt.PyJWK:
        try:
            header = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            raise TokenRefused("this is no token") from error
        if header.get("alg") not in ALGORITHMS:
            raise TokenRefused("the token is not signed as tokens of an issuer are")
        kid = str(header.get("kid", ""))
        if time.monotonic() - self._read_at > KEEP_SECONDS or self._known(kid) is None:
            await self._refresh()
        key = self._known(kid)
        if key is None:
            raise TokenRefused("the issuer has no key of this token's name")
        return key

    def _known(self, kid: str) -> jwt.PyJWK | None:
        """The key of this name; without a name the only one that there is."""
        if not kid and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    async def _refresh(self) -> None:
        """Read the keys, unless that was tried a moment ago. Raises IssuerUnreachable when there
        are none at all."""
        async with self._reading:
            since = time.monotonic() - self._tried_at
            if self._keys and since < AGAIN_SECONDS:
                return
            if not self._keys and since < FIRST_AGAIN_SECONDS:
                raise IssuerUnreachable(_SILENT)
            self._tried_at = time.monotonic()
            try:
                self._keys = await self._read()
            except (httpx.HTTPError, ValueError, IssuerUnreachable) as error:
                if not self._keys:
                    raise IssuerUnreachable(_SILENT) from error
            else:
                self._read_at = time.monotonic()

    async def _read(self) -> Mapping[str, jwt.PyJWK]:
        place = self._trust.issuer.rstrip("/") + "/.well-known/openid-configuration"
        found = await self._fetched(place)
        if found.get("issuer") != self._trust.issuer:
            raise IssuerUnreachable("What is found by discovery is another issuer's.")
        keys = (await self._fetched(str(found.get("jwks_uri", "")))).get("keys")
        return usable(cast(Sequence[dict[str, object]], keys if isinstance(keys, list) else []))

    async def _fetched(self, url: str) -> Payload:
        parts = urlsplit(url)
        if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
            raise IssuerUnreachable("An issuer that is not on this machine is asked by https.")
        body = bytearray()
        async with self._http.stream("GET", url, timeout=FETCH_SECONDS) as answer:
            if answer.status_code != 200:
                raise IssuerUnreachable(f"The issuer answered {answer.status_code}.")
            async for piece in answer.aiter_bytes():
                body += piece
                if len(body) > LARGEST_ANSWER:
                    raise IssuerUnreachable("The issuer's answer has no end.")
        return msgspec.json.decode(body, type=dict[str, object])


def usable(keys: Sequence[dict[str, object]]) -> Mapping[str, jwt.PyJWK]:
    """The keys that may verify, by their names; others are passed over."""
    found: dict[str, jwt.PyJWK] = {}
    for one in keys[:MOST_KEYS]:
        try:
            key = jwt.PyJWK(one)
        except (jwt.PyJWTError, TypeError, ValueError):
            continue
        weak = isinstance(key.key, rsa.RSAPublicKey) and key.key.key_size < _LEAST_RSA_BITS
        if key.algorithm_name in ALGORITHMS and one.get("use", "sig") == "sig" and not weak:
            found[str(key.key_id or "")] = key
    return found


def claims_of(payload: Payload, trust: Trust) -> Claims:
    """What a payload says in our words. Raises TokenRefused for somebody without a role here.

    A subject that cannot be an id of ours, such as a mail address, gets one that derives from it:
    no name may stand in the log.
    """
    subject = str(payload["sub"])
    if not is_id(subject):
        subject = f"u-{hashlib.sha256(f'{trust.issuer} {subject}'.encode()).hexdigest()[:24]}"
    given = _listed(payload, trust.roles_claim)
    roles = tuple(dict.fromkeys(trust.role_names[one] for one in given if one in trust.role_names))
    if not roles:
        raise TokenRefused("the issuer gives you no role here: ask an administrator for one")
    teams = tuple(team for team in _listed(payload, trust.teams_claim) if is_id(team))
    name = payload.get("name")
    try:
        expires_at = datetime.fromtimestamp(float(cast(float, payload["exp"])), UTC)
    except (OverflowError, ValueError, OSError, TypeError) as error:
        raise TokenRefused("the token ends at no instant") from error
    return Claims(subject, roles, name if isinstance(name, str) else "", expires_at, teams)


def _listed(payload: Payload, path: str) -> Sequence[str]:
    """The words of a claim: a list, or text with spaces or commas between."""
    found: object = payload.get(path)
    if found is None:
        found = payload
        for part in path.split("."):
            found = found.get(part) if isinstance(found, dict) else None
    if isinstance(found, str):
        return found.replace(",", " ").split()
    return [one for one in found if isinstance(one, str)] if isinstance(found, list) else []
