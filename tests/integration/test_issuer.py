"""Signing in: the local issuer as browsers, applications and attackers meet it.

    ISSUER_SCREENSHOTS=some/folder pytest tests/integration/test_issuer.py

keeps pictures of the login page at the width of a desk and of a phone.
"""

import asyncio
import base64
import hashlib
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx
import jwt
import pytest
from playwright.sync_api import Browser, sync_playwright

import libs.tokens.local
from deploy.local.ports import spare
from libs.mongo import connect
from libs.settings import Settings
from libs.tokens import OpenId, TokenRefused, Tokens, Trust
from services.issuer.users import Users
from tests.integration.test_mail_browser import DESK_WIDTH, PHONE_WIDTH, PROGRAMS

pytestmark = pytest.mark.integration

_HOUR = timedelta(hours=1)
PASSWORD = "correct horse battery"
CALLBACK = "http://127.0.0.1:9/callback"
VERIFIER = secrets.token_urlsafe(48)
CHALLENGE = (
    base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
)


@dataclass(frozen=True)
class Running:
    """An issuer, and how the command line reaches its users."""

    url: str
    env: Mapping[str, str]

    def deskledger(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "deskledger", *arguments]
        return subprocess.run(
            command, env=self.env, input=stdin, capture_output=True, text=True, check=False
        )

    def user(self, name: str, role: str = "agent", *more: str) -> None:
        added = self.deskledger(
            *("user", "add", name, "--role", role, "--password-stdin", *more), stdin=PASSWORD
        )
        assert added.returncode == 0, added.stderr

    def authorize(self, **changes: str) -> str:
        """The address that an application sends people to."""
        wanted = {
            "client_id": "deskledger-web",
            "redirect_uri": CALLBACK,
            "response_type": "code",
            "scope": "openid",
            "state": "s-1",
            "nonce": "n-1",
            "code_challenge": CHALLENGE,
            "code_challenge_method": "S256",
        }
        return f"{self.url}/authorize?{urlencode(wanted | changes)}"

    def sign_in(
        self, http: httpx.Client, user: str, password: str = PASSWORD, **changes: str
    ) -> httpx.Response:
        """What a browser does: get the page, send its form."""
        place = self.authorize(**changes)
        form = re.search(r'name="form" value="([0-9a-f]+)"', http.get(place).text)
        assert form is not None
        data = {"form": form[1], "user": user, "password": password}
        return http.post(place, data=data)

    def exchange(self, http: httpx.Client, code: str, /, **changes: str) -> httpx.Response:
        form = {
            "grant_type": "authorization_code",
            "client_id": "deskledger-web",
            "redirect_uri": CALLBACK,
            "code": code,
            "code_verifier": VERIFIER,
        }
        return http.post(f"{self.url}/token", data=form | changes)


@pytest.fixture(scope="module")
def issuer(module_ledger: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    port = spare()
    secret = tmp_path_factory.mktemp("keys") / "token.secret"
    secret.write_bytes(secrets.token_hex(32).encode())
    env = os.environ | {
        "DESKLEDGER_NAMESPACE": module_ledger.namespace,
        "DESKLEDGER_TOKEN_SECRET_FILE": str(secret),
        "DESKLEDGER_ISSUER_URL": f"http://127.0.0.1:{port}",
        "DESKLEDGER_ISSUER_PORT": str(port),
    }
    process = subprocess.Popen([sys.executable, "-m", "services.issuer"], env=env)
    running = Running(f"http://127.0.0.1:{port}", env)
    try:
        for _ in range(300):
            time.sleep(0.05)
            try:
                httpx.get(f"{running.url}/jwks", trust_env=False)
                break
            except httpx.TransportError:
                assert process.poll() is None
        running.user("anna", "lead", "--team", "it", "--display-name", "Anna")
        asyncio.run(others(module_ledger))
        yield running
    finally:
        process.terminate()
        process.wait(20)


async def others(ledger: Settings) -> None:
    """As the command line adds them, without its start."""
    mongo = connect(ledger)
    for name in ("bob", "carl", "dora", "finn"):
        await Users(mongo.database("issuer")).add(name, name.title(), ["agent"], [], PASSWORD)
    await mongo.close()


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    """A browser without pictures: it keeps cookies and does not follow."""
    with httpx.Client(trust_env=False, timeout=20) as client:
        yield client


def code_in(answer: httpx.Response) -> str:
    assert answer.status_code == 303, answer.text
    return parse_qs(urlsplit(answer.headers["location"]).query)["code"][0]


async def test_a_login_becomes_a_token_that_discovery_verifies(
    issuer: Running, http: httpx.Client
) -> None:
    sent_back = issuer.sign_in(http, "anna")
    place = sent_back.headers["location"]
    assert place.startswith(CALLBACK)
    answered = parse_qs(urlsplit(place).query)
    assert (answered["state"], answered["iss"]) == (["s-1"], [issuer.url])

    tokens = issuer.exchange(http, code_in(sent_back)).json()
    said = jwt.decode(tokens["id_token"], options={"verify_signature": False})
    assert (said["sub"], said["aud"], said["nonce"]) == ("anna", "deskledger-web", "n-1")
    async with httpx.AsyncClient(trust_env=False) as asking:
        trust = OpenId(Trust(issuer.url), asking)
        claims = await trust.verify(tokens["access_token"])
        with pytest.raises(TokenRefused):  # it is the application's, not the gateway's
            await trust.verify(tokens["id_token"])
        made = issuer.deskledger("token", "rob", "--role", "agent").stdout.strip()
        assert (await trust.verify(made)).subject == "rob"
    assert (claims.roles, claims.teams, claims.name) == (("lead",), ("it",), "Anna")


def test_who_is_signed_in_goes_straight_on_until_they_sign_out(
    issuer: Running, http: httpx.Client
) -> None:
    code_in(issuer.sign_in(http, "anna"))
    assert code_in(http.get(issuer.authorize()))
    assert http.get(issuer.authorize(prompt="login")).status_code == 200
    page = http.get(f"{issuer.url}/logout").text
    form = re.search(r'name="form" value="([0-9a-f]+)"', page)
    assert form is not None
    assert http.post(f"{issuer.url}/logout", data={"form": "0" * 64}).status_code == 403
    assert http.post(f"{issuer.url}/logout", data={"form": form[1]}).status_code == 200
    assert "error=login_required" in http.get(issuer.authorize(prompt="none")).headers["location"]


def test_a_code_counts_once_for_who_asked_for_it(issuer: Running, http: httpx.Client) -> None:
    wrong = {
        "code_verifier": secrets.token_urlsafe(48),
        "redirect_uri": "http://127.0.0.1:9/other",
        "client_id": "another",
        "grant_type": "password",
        "code": "made-up",
    }
    issuer.sign_in(http, "anna")
    for field, value in wrong.items():
        code = code_in(http.get(issuer.authorize()))
        assert issuer.exchange(http, code, **{field: value}).status_code == 400, field
    code = code_in(http.get(issuer.authorize()))
    assert issuer.exchange(http, code).status_code == 200
    again = issuer.exchange(http, code)
    assert (again.status_code, again.json()) == (400, {"error": "invalid_grant"})


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "https://evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:9/other"},
        {"redirect_uri": "http://127.0.0.1@evil.example/callback"},
        {"redirect_uri": "http://127.0.0.1:9@evil.example:80/callback"},
        {"redirect_uri": "http://127.0.0.1:x/callback"},
        {"redirect_uri": "https://127.0.0.1:9/callback"},
        {"redirect_uri": "http://127.0.0.1:9/callback#here"},
        {"redirect_uri": "javascript:alert(1)"},
        {"redirect_uri": ""},
        {"client_id": "another"},
    ],
)
def test_nobody_is_sent_where_the_application_is_not_known(
    issuer: Running, http: httpx.Client, changes: dict[str, str]
) -> None:
    answer = http.get(issuer.authorize(**changes))
    assert answer.status_code == 400
    assert "location" not in answer.headers


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge": ""}, "invalid_request"),
        ({"scope": "email"}, "invalid_scope"),
        ({"state": "x" * 600}, "invalid_request"),
    ],
)
def test_an_application_is_told_what_cannot_be_granted(
    issuer: Running, http: httpx.Client, changes: dict[str, str], error: str
) -> None:
    answer = http.get(issuer.authorize(**changes))
    assert f"error={error}" in answer.headers["location"]


def test_a_form_that_another_page_sends_is_refused(issuer: Running, http: httpx.Client) -> None:
    place, data = issuer.authorize(), {"user": "anna", "password": PASSWORD}
    assert http.post(place, data=data).status_code == 403
    form = re.search(r'name="form" value="([0-9a-f]+)"', http.get(place).text)
    assert form is not None
    evil = {"Origin": "https://evil.example"}
    assert http.post(place, data=data | {"form": form[1]}, headers=evil).status_code == 403
    with httpx.Client(trust_env=False) as another:
        assert another.post(place, data=data | {"form": form[1]}).status_code == 403


def test_pages_and_cookies_are_safe(issuer: Running, http: httpx.Client) -> None:
    page = http.get(issuer.authorize())
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "frame-ancestors 'none'" in policy
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["cache-control"] == "no-store"
    assert "<script>" not in http.get(issuer.authorize(state="<script>")).text
    cookies = issuer.sign_in(http, "anna").headers.get_list("set-cookie")
    assert cookies
    assert all("HttpOnly" in one and "SameSite=lax" in one for one in cookies)


def test_an_application_s_page_may_read_tokens_and_no_other(
    issuer: Running, http: httpx.Client
) -> None:
    def allowed(origin: str) -> str | None:
        asked = http.options(f"{issuer.url}/token", headers={"Origin": origin})
        found: str | None = asked.headers.get("access-control-allow-origin")
        return found

    assert allowed("http://127.0.0.1:5173") == "http://127.0.0.1:5173"
    assert allowed("https://evil.example") is None
    assert allowed("null") is None


def test_who_guesses_waits_and_nobody_learns_who_there_is(
    issuer: Running, http: httpx.Client
) -> None:
    answers = [issuer.sign_in(http, "bob", f"wrong password {n}") for n in range(7)]
    assert [one.status_code for one in answers] == [401] * 6 + [429]
    assert int(answers[-1].headers["retry-after"]) >= 1
    right = issuer.sign_in(http, "bob")
    assert right.status_code == 429  # even who knows it, while they wait
    strangers = [issuer.sign_in(http, "nobody", "wrong password").status_code for _ in range(7)]
    assert strangers == [401] * 6 + [429]
    first, unknown = answers[0].text, issuer.sign_in(http, "nobody-2", "wrong password 0").text

    def plain(page: str) -> str:
        return re.sub(r'value="[^"]*"', "", page)

    assert plain(first) == plain(unknown)


def test_who_is_disabled_or_has_a_new_password_is_signed_out(issuer: Running) -> None:
    with httpx.Client(trust_env=False) as carl, httpx.Client(trust_env=False) as dora:
        code_in(issuer.sign_in(carl, "carl"))
        code_in(issuer.sign_in(dora, "dora"))
        assert issuer.deskledger("user", "disable", "carl").returncode == 0
        changed = issuer.deskledger(
            *("user", "password", "dora", "--password-stdin"), stdin="another long password"
        )
        assert changed.returncode == 0
        for client, name in ((carl, "carl"), (dora, "dora")):
            assert client.get(issuer.authorize()).status_code == 200  # the login page again
            assert issuer.sign_in(client, name).status_code == 401
        assert code_in(issuer.sign_in(dora, "dora", "another long password"))


def test_users_that_cannot_be_are_refused_with_a_sentence(issuer: Running) -> None:
    for arguments, stdin, why in (
        (("anna", "--role", "agent"), PASSWORD, "already"),
        (("gina", "--role", "agent"), "short", "12 characters"),
        (("gina@example.org", "--role", "agent"), PASSWORD, "cannot be an id"),
        (("gina", "--role", "customer"), PASSWORD, "roles are"),
    ):
        done = issuer.deskledger("user", "add", *arguments, "--password-stdin", stdin=stdin)
        assert done.returncode != 0
        assert why in done.stderr + done.stdout
    listed = issuer.deskledger("user", "list").stdout
    assert "anna  lead  it" in listed
    assert "argon2" not in listed


def test_keys_rotate_and_the_one_before_still_verifies(
    monkeypatch: pytest.MonkeyPatch, issuer: Running
) -> None:
    tokens = Tokens(b"k" * 32)
    old = jwt.get_unverified_header(tokens.sign({"sub": "a"}, _HOUR, "x"))["kid"]
    later = time.time() + 30 * 86_400

    class Later(datetime):
        @classmethod
        def now(cls, tz: object = None) -> "Later":
            return cls.fromtimestamp(later, UTC)

    monkeypatch.setattr(libs.tokens.local, "datetime", Later)
    assert jwt.get_unverified_header(tokens.sign({"sub": "a"}, _HOUR, "x"))["kid"] != old
    assert old in {key["kid"] for key in tokens.jwks()["keys"]}


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no browser is here: apt-get install chromium")
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield running
        running.close()


@pytest.mark.parametrize("width", [DESK_WIDTH, PHONE_WIDTH])
def test_somebody_signs_in_with_a_browser(
    issuer: Running, http: httpx.Client, browser: Browser, width: int
) -> None:
    page = browser.new_page(viewport={"width": width, "height": 800})
    refused: list[str] = []
    page.on("console", lambda said: refused.append(said.text) if said.type == "error" else None)
    page.route("http://127.0.0.1:9/**", lambda route: route.fulfill(body="signed in"))
    page.goto(issuer.authorize())
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    if folder := os.environ.get("ISSUER_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"login-{width}.png")
    page.get_by_label("User name").fill("finn")
    page.get_by_label("Password").fill("not the password")
    page.get_by_role("button", name="Sign in").click()
    assert page.get_by_role("alert").inner_text().startswith("This name and this password")
    if folder := os.environ.get("ISSUER_SCREENSHOTS"):
        page.screenshot(path=Path(folder) / f"wrong-{width}.png")
    assert page.get_by_label("User name").input_value() == "finn"
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{CALLBACK}?*")
    code = parse_qs(urlsplit(page.url).query)["code"][0]
    assert issuer.exchange(http, code).status_code == 200
    page.goto(f"{issuer.url}/logout")
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_role("heading").inner_text() == "Signed out"
    assert not [one for one in refused if "401" not in one]
    page.close()
