"""Tokens of the local issuer: signed with ES256 under keys that derive from one secret.

A key's number is the month it begins in, counted in spans of thirty days; it is used for a span,
and verifies for one more. So keys rotate by themselves, every process that has the secret knows
them all, and whoever has only the public ones (``jwks``) can verify and nothing else. Another
secret ends every token at once.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import cache

import jwt
import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from jwt.algorithms import ECAlgorithm

from libs.settings import Settings
from libs.tokens.claims import AUDIENCE, ROLES, Claims, Role, TokenRefused, is_id

ISSUER = "deskledger"
ALGORITHM = "ES256"
SPAN = timedelta(days=30)
_MIN_SECRET_BYTES = 32
_REMEMBERED = 4_096
# The order of P-256 (SEC 2, 2.4.2).
_ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551


class Tokens:
    """Issues and verifies. One secret, shared by the issuer and who signs beside it."""

    def __init__(self, secret: bytes, issuer: str = ISSUER) -> None:
        if len(secret) < _MIN_SECRET_BYTES:
            raise ValueError(f"the token secret needs at least {_MIN_SECRET_BYTES} bytes")
        self._secret = secret
        self.issuer = issuer
        self._verified: dict[str, Claims] = {}

    def issue(
        self,
        subject: str,
        roles: Sequence[Role],
        lifetime: timedelta,
        name: str = "",
        teams: Sequence[str] = (),
    ) -> str:
        """A token for the gateway. Raises ValueError for what cannot be."""
        if not is_id(subject):
            raise ValueError(f"{subject!r} cannot be an id: letters, digits, dot, dash, underscore")
        if not roles or not set(roles) <= set(ROLES):
            raise ValueError(f"the roles are {', '.join(ROLES)}; {list(roles)} is not among them")
        for team in teams:
            if not is_id(team):
                raise ValueError(f"{team!r} cannot be the id of a team")
        who = {"sub": subject, "roles": list(roles), "name": name, "teams": list(teams)}
        return self.sign(who, lifetime, AUDIENCE)

    def sign(self, claims: Mapping[str, object], lifetime: timedelta, audience: str) -> str:
        """A token of any claims. Raises ValueError for one that would outlive its key."""
        if lifetime > SPAN:
            raise ValueError(
                f"a token lasts {SPAN.days} days at most; what is to last longer is an API key"
            )
        now = datetime.now(UTC)
        number = _number(now)
        whole = {**claims, "iss": self.issuer, "aud": audience, "iat": now, "exp": now + lifetime}
        headers = {"kid": _kid(number)}
        return jwt.encode(whole, _key(self._secret, number), ALGORITHM, headers)

    def jwks(self) -> dict[str, list[dict[str, object]]]:
        """The public keys: of this span, the one before and the next (RFC 7517)."""
        return {"keys": [self._public(number) for number in self._numbers()]}

    def verify(self, token: str) -> Claims:
        """Whose token this is. Raises TokenRefused."""
        claims = self._verified.get(token)
        if claims is None:
            claims = self._read(token)
            if len(self._verified) >= _REMEMBERED:
                self._verified.clear()
            self._verified[token] = claims
        if claims.expires_at <= datetime.now(UTC):
            raise TokenRefused("the token has expired: get a new one")
        return claims

    def _read(self, token: str) -> Claims:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            number = next((n for n in self._numbers() if _kid(n) == kid), None)
            if number is None:
                raise TokenRefused("the token is not one of this installation's")
            payload = jwt.decode(
                token,
                _key(self._secret, number).public_key(),
                algorithms=[ALGORITHM],
                issuer=self.issuer,
                audience=AUDIENCE,
                options={"require": ["exp", "sub", "iss", "aud"]},
            )
            claims = msgspec.convert(
                {
                    "subject": payload["sub"],
                    "roles": payload.get("roles"),
                    "name": payload.get("name", ""),
                    "expires_at": payload["exp"],
                    "teams": payload.get("teams", ()),
                },
                Claims,
                strict=False,
            )
        except jwt.ExpiredSignatureError as error:
            raise TokenRefused("the token has expired: get a new one") from error
        except (jwt.InvalidTokenError, msgspec.ValidationError) as error:
            raise TokenRefused("the token is not one of this installation's") from error
        if not claims.roles or not is_id(claims.subject):
            raise TokenRefused("the token names no subject or no role")
        return claims

    def _numbers(self) -> Sequence[int]:
        now = _number(datetime.now(UTC))
        return now, now - 1, now + 1

    def _public(self, number: int) -> dict[str, object]:
        key = _key(self._secret, number).public_key()
        known: dict[str, object] = dict(ECAlgorithm.to_jwk(key, as_dict=True))
        return {**known, "kid": _kid(number), "use": "sig", "alg": ALGORITHM}


def local_issuer(settings: Settings) -> Tokens:
    """The issuer under ``settings.token_secret_file``. Raises ValueError or OSError without one."""
    if settings.token_secret_file is None:
        raise ValueError("set DESKLEDGER_TOKEN_SECRET_FILE: tokens are signed under its secret")
    secret = settings.token_secret_file.read_bytes().strip()
    return Tokens(secret, settings.issuer_url or ISSUER)


def _number(instant: datetime) -> int:
    return int(instant.timestamp() // SPAN.total_seconds())


def _kid(number: int) -> str:
    return f"deskledger-{number}"


@cache
def _key(secret: bytes, number: int) -> ec.EllipticCurvePrivateKey:
    """Deterministic: 48 bytes of HKDF modulo the order less one, plus one (FIPS 186-5, A.2.1)."""
    derived = HKDF(hashes.SHA256(), 48, None, f"deskledger token {number}".encode())
    scalar = int.from_bytes(derived.derive(secret), "big") % (_ORDER - 1) + 1
    return ec.derive_private_key(scalar, ec.SECP256R1())
