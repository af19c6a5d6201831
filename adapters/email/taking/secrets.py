"""What opens a mailbox: a password, or an access token that is renewed in time.

A token endpoint may replace the refresh token with each use (RFC 6749 6). The new one is kept in
MongoDB under a secret of the installation; it counts as long as the file that it came from says
the same.
"""

import hashlib
import time
from pathlib import Path

import httpx
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from adapters.email.taking.imap import Broken, Refused, Secret
from adapters.email.taking.mailboxes import Mailbox, OAuth
from libs.keyring import Keyring
from libs.keyring.sealing import decrypt, encrypt
from libs.mongo import Collection

_EARLY_SECONDS = 120.0
_TIMEOUT_SECONDS = 20.0
_USUAL_SECONDS = 3_600.0
_AGAIN = frozenset({408, 425, 429})


class Secrets:
    """The secrets of one mailbox. Files are read when they are needed, so that a new password
    counts at the next attempt."""

    def __init__(self, mailbox: Mailbox, collection: Collection, keyring: Keyring) -> None:
        self._mailbox = mailbox
        self._collection = collection
        self._keyring = keyring
        self._token = ""
        self._good_until = 0.0

    async def current(self) -> Secret:
        """For a new connection. Raises Refused, Broken, PyMongoError or KeyringError."""
        oauth = self._mailbox.oauth
        if oauth is None:
            assert self._mailbox.password_file is not None
            return Secret(_read(self._mailbox.password_file))
        if time.monotonic() > self._good_until:
            await self._renew(oauth)
        return Secret(self._token, is_token=True)

    def forget(self) -> None:
        """The server did not accept it: get another one."""
        self._good_until = 0.0

    async def _renew(self, oauth: OAuth) -> None:
        form = {"client_id": oauth.client_id, "grant_type": "client_credentials"}
        if oauth.scope:
            form["scope"] = oauth.scope
        if oauth.client_secret_file is not None:
            form["client_secret"] = _read(oauth.client_secret_file)
        given = _read(oauth.refresh_token_file) if oauth.refresh_token_file else ""
        if given:
            form |= {"grant_type": "refresh_token", "refresh_token": await self._kept(given)}
        answer = await self._ask(oauth.token_endpoint, form)
        token, seconds = answer.get("access_token"), answer.get("expires_in")
        if not isinstance(token, str):
            raise Broken(f"{oauth.token_endpoint} answered without an access_token")
        lasts = seconds if isinstance(seconds, int | float) else _USUAL_SECONDS
        replaced = answer.get("refresh_token")
        if given and isinstance(replaced, str) and replaced != form["refresh_token"]:
            await self._keep(given, replaced)
        self._token = token
        self._good_until = time.monotonic() + max(0.0, lasts - _EARLY_SECONDS)

    async def _ask(self, endpoint: str, form: dict[str, str]) -> dict[str, object]:
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT_SECONDS) as client:
                response = await client.post(endpoint, data=form)
            answer = response.json()
        except (httpx.HTTPError, ValueError) as error:
            raise Broken(f"{endpoint} did not answer: {type(error).__name__}") from error
        if not isinstance(answer, dict):
            raise Broken(f"{endpoint} answered with something else")
        if response.is_success:
            return answer
        # RFC 6749 5.2: an error is a word, "invalid_grant" where the consent is gone.
        word = f"{endpoint} answered {response.status_code} {str(answer.get('error', ''))[:60]}"
        if response.is_server_error or response.status_code in _AGAIN:
            raise Broken(word)
        raise Refused(f"{word}: agree anew, or correct oauth of {self._mailbox.name}")

    async def _kept(self, given: str) -> str:
        """The newest refresh token that came from the one in the file."""
        found = await self._collection.find_one({"_id": self._mailbox.name}) or {}
        if found.get("refresh_from") != _mark(given):
            return given
        return decrypt(await self._cipher(), found["refresh"], self._about()).decode()

    async def _keep(self, given: str, replaced: str) -> None:
        sealed = encrypt(await self._cipher(), replaced.encode(), self._about())
        await self._collection.update_one(
            {"_id": self._mailbox.name},
            {"$set": {"refresh_from": _mark(given), "refresh": sealed}},
            upsert=True,
        )

    async def _cipher(self) -> AESGCM:
        return AESGCM(await self._keyring.secret("mailboxes"))

    def _about(self) -> bytes:
        return self._mailbox.name.encode()


def _read(file: Path) -> str:
    try:
        return file.read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise Refused(f"{file} cannot be read: {error}") from error


def _mark(token: str) -> str:
    """By which a file's token is recognised without being kept."""
    return hashlib.sha256(token.encode()).hexdigest()
