"""What an application asks for when it sends somebody to sign in (OAuth 2.1, OpenID Connect). Pure.

Only the code flow, and only with PKCE (S256). A request that does not prove where it comes from is
told to the person, not sent back: an address that is not registered gets nothing from us.
"""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

_CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")
_VERIFIER = re.compile(r"[A-Za-z0-9._~-]{43,128}")
_LOOPBACK = ("127.0.0.1", "::1")
_LONGEST = 512


@dataclass(frozen=True, slots=True)
class Client:
    """An application that people sign in to. redirects: where they may be sent back to."""

    id: str
    redirects: tuple[str, ...]

    def may_return_to(self, place: str) -> bool:
        """Exactly a registered address; of one on this machine with any port (RFC 8252, 7.3)."""
        return any(place == known or _same_but_port(place, known) for known in self.redirects)

    def may_call_from(self, page: str) -> bool:
        """Whether a page of this origin may read what codes are exchanged for."""
        return any(
            self.may_return_to(page + known[len(origin(known)) :]) for known in self.redirects
        )


class Unacceptable(Exception):
    """A request that cannot be answered to the application; the message is for the person."""


class Denied(Exception):
    """A request that the application is told about: ``place`` is where."""

    def __init__(self, error: str, place: str) -> None:
        super().__init__(error)
        self.place = place


@dataclass(frozen=True, slots=True)
class Wanted:
    """A request that can be granted. challenge: of PKCE; nonce, state: the application's own."""

    redirect: str
    challenge: str
    state: str
    nonce: str

    def granted(self, code: str, issuer: str) -> str:
        """Where somebody goes with their code (``iss``: RFC 9207)."""
        return _with(self.redirect, {"code": code, "state": self.state, "iss": issuer})

    def denied(self, error: str) -> str:
        """Where somebody goes without."""
        return _with(self.redirect, {"error": error, "state": self.state})


def wanted(query: Mapping[str, str], client: Client) -> Wanted:
    """What is asked for. Raises Unacceptable, Denied."""
    if query.get("client_id") != client.id:
        raise Unacceptable("This application is not known here.")
    redirect = query.get("redirect_uri", "")
    if len(redirect) > _LONGEST or not client.may_return_to(redirect):
        raise Unacceptable("This application asks to be answered where it is not known.")
    state, nonce = query.get("state", ""), query.get("nonce", "")

    def denied(error: str) -> Denied:
        return Denied(error, _with(redirect, {"error": error, "state": state[:_LONGEST]}))

    if len(state) > _LONGEST or len(nonce) > _LONGEST:
        raise denied("invalid_request")
    if query.get("response_type") != "code":
        raise denied("unsupported_response_type")
    if query.get("code_challenge_method") != "S256":
        raise denied("invalid_request")
    challenge = query.get("code_challenge", "")
    if _CHALLENGE.fullmatch(challenge) is None:
        raise denied("invalid_request")
    if "openid" not in query.get("scope", "").split():
        raise denied("invalid_scope")
    return Wanted(redirect, challenge, state, nonce)


def proves(verifier: str, challenge: str) -> bool:
    """Whether whoever brings a code is who asked for it (RFC 7636, 4.6)."""
    if _VERIFIER.fullmatch(verifier) is None:
        return False
    digest = hashlib.sha256(verifier.encode()).digest()
    made = base64.urlsafe_b64encode(digest).decode().rstrip("=")
    return hmac.compare_digest(made, challenge)


def origin(place: str) -> str:
    """``https://desk.example:8443`` of an address."""
    parts = urlsplit(place)
    return f"{parts.scheme}://{parts.netloc}"


def _same_but_port(place: str, known: str) -> bool:
    try:
        one, other = urlsplit(place), urlsplit(known)
        port = one.port
    except ValueError:
        return False
    bare = one._replace(netloc=other.netloc).geturl() == known
    at = f"[{one.hostname}]" if ":" in (one.hostname or "") else one.hostname
    plain = one.netloc == (at if port is None else f"{at}:{port}")  # no user, nothing odd
    loopback = other.hostname in _LOOPBACK and one.hostname == other.hostname
    return loopback and plain and bare and other.scheme == "http"


def _with(place: str, answer: Mapping[str, str]) -> str:
    sign = "&" if urlsplit(place).query else "?"
    return f"{place}{sign}{urlencode({key: value for key, value in answer.items() if value})}"
