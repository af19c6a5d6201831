"""The issuer's addresses: discovery, keys, authorize, sign in and out, tokens."""

import hmac
import secrets
from collections.abc import Mapping
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from libs.slowing import Slowing, host_of
from libs.tokens import Tokens
from services.issuer.authorization import (
    Client,
    Denied,
    Unacceptable,
    Wanted,
    origin,
    proves,
    wanted,
)
from services.issuer.page import headers, page
from services.issuer.sessions import Sessions
from services.issuer.users import User, Users

LARGEST_FORM = 10_000
_WRONG = "This name and this password do not belong together."


class Issuer:
    """The addresses, on what they need. secret: under which forms are bound to their browser."""

    def __init__(
        self,
        *,
        tokens: Tokens,
        client: Client,
        users: Users,
        sessions: Sessions,
        slowing: Slowing,
        secret: bytes,
        token_lifetime: timedelta,
    ) -> None:
        self._tokens = tokens
        self._client = client
        self._users = users
        self._sessions = sessions
        self._slowing = slowing
        self._secret = secret
        self._lifetime = token_lifetime
        secure = urlsplit(tokens.issuer).scheme == "https"
        self._secure = secure
        prefix = "__Host-" if secure else ""
        self._session, self._form = f"{prefix}deskledger_session", f"{prefix}deskledger_form"

    def application(self) -> ASGIApp:
        """The application."""
        routes = [
            Route("/.well-known/openid-configuration", self._discovery, methods=["GET"]),
            Route("/jwks", self._jwks, methods=["GET"]),
            Route("/authorize", self._authorize, methods=["GET"]),
            Route("/authorize", self._sign_in, methods=["POST"]),
            Route("/token", self._token, methods=["POST", "OPTIONS"]),
            Route("/logout", self._leaving, methods=["GET"]),
            Route("/logout", self._leave, methods=["POST"]),
        ]
        return Safe(Starlette(routes=routes), self._secure)

    async def _discovery(self, request: Request) -> Response:
        at = self._tokens.issuer
        return JSONResponse(
            {
                "issuer": at,
                "authorization_endpoint": f"{at}/authorize",
                "token_endpoint": f"{at}/token",
                "end_session_endpoint": f"{at}/logout",
                "jwks_uri": f"{at}/jwks",
                "response_types_supported": ["code"],
                "response_modes_supported": ["query"],
                "grant_types_supported": ["authorization_code"],
                "subject_types_supported": ["public"],
                "id_token_signing_alg_values_supported": ["ES256"],
                "token_endpoint_auth_methods_supported": ["none"],
                "code_challenge_methods_supported": ["S256"],
                "scopes_supported": ["openid"],
                "claims_supported": ["sub", "name", "roles", "teams"],
                "authorization_response_iss_parameter_supported": True,
            },
            headers=_FOR_ALL,
        )

    async def _jwks(self, request: Request) -> Response:
        return JSONResponse(self._tokens.jwks(), headers=_FOR_ALL)

    async def _authorize(self, request: Request) -> Response:
        """Somebody is sent here to sign in; who is signed in goes straight on."""
        asked = self._asked(request)
        if isinstance(asked, Response):
            return asked
        user = await self._signed_in(request)
        if user is not None and request.query_params.get("prompt") != "login":
            return await self._granted(user, asked)
        if request.query_params.get("prompt") == "none":
            return RedirectResponse(asked.denied("login_required"), 303, _NO_STORE)
        return self._login_page(request, asked)

    async def _sign_in(self, request: Request) -> Response:
        asked = self._asked(request)
        if isinstance(asked, Response):
            return asked
        form = await _form(request)
        if not self._is_ours(request, form):
            why = "This page is too old. Sign in again."
            return self._login_page(request, asked, why, status=403)
        name, password = form.get("user", "").strip(), form.get("password", "")
        address = host_of(request.client.host) if request.client else ""
        wait = await self._slowing.admit(name, address)
        if wait:
            why = f"Too many tries. Wait {int(wait) + 1} seconds, then try again."
            page = self._login_page(request, asked, why, name, 429)
            page.headers["Retry-After"] = str(int(wait) + 1)
            return page
        user = await self._users.with_password(name, password)
        if user is None:
            return self._login_page(request, asked, _WRONG, name, 401)
        await self._slowing.succeeded(name, address)
        going = await self._granted(user, asked)
        # A new session each time: one that somebody planted in the browser before is not used.
        seconds = int(self._sessions.lifetime.total_seconds())
        self._set(going, self._session, await self._sessions.begin(user), seconds)
        return going

    async def _token(self, request: Request) -> Response:
        """A code becomes tokens, once, for whoever can prove that they asked for it."""
        allowed = self._cross_origin(request)
        if request.method == "OPTIONS":
            return Response(status_code=204, headers=allowed)
        form = await _form(request)
        if form.get("grant_type") != "authorization_code":
            return _refused("unsupported_grant_type", allowed)
        if form.get("client_id") != self._client.id:
            return _refused("invalid_client", allowed)
        known = await self._sessions.exchange(form.get("code", ""))
        user = await self._users.find(known["user"]) if known is not None else None
        if known is None or user is None:
            return _refused("invalid_grant", allowed)
        same = form.get("redirect_uri") == known["redirect"]
        if not same or not proves(form.get("code_verifier", ""), known["challenge"]):
            return _refused("invalid_grant", allowed)
        name, roles, teams = user["name"], user["roles"], user["teams"]
        access = self._tokens.issue(user["_id"], roles, self._lifetime, name, teams)
        who: dict[str, object] = {"sub": user["_id"], "name": name}
        if known["nonce"]:
            who["nonce"] = known["nonce"]
        return JSONResponse(
            {
                "access_token": access,
                "id_token": self._tokens.sign(who, self._lifetime, self._client.id),
                "token_type": "Bearer",
                "expires_in": int(self._lifetime.total_seconds()),
                "scope": "openid",
            },
            headers={**_NO_STORE, **allowed},
        )

    async def _leaving(self, request: Request) -> Response:
        user = await self._signed_in(request)
        if user is None:
            return HTMLResponse(
                page("plain", "Signed out", why="You are not signed in here."), 200, headers()
            )
        made, cookie = self._made_form(request)
        shown = page("sign_out", "Sign out", form=made, user=user["_id"], action="/logout")
        answer = HTMLResponse(shown, 200, headers())
        self._set(answer, self._form, cookie)
        return answer

    async def _leave(self, request: Request) -> Response:
        if not self._is_ours(request, await _form(request)):
            why = "This page is too old. Go back, load it again and try once more."
            return HTMLResponse(page("plain", "Not signed out", why=why), 403, headers())
        await self._sessions.end(request.cookies.get(self._session, ""))
        answer = HTMLResponse(page("plain", "Signed out", why="Good-bye."), 200, headers())
        self._set(answer, self._session, "", 0)
        return answer

    def _asked(self, request: Request) -> Wanted | Response:
        """What the application asks for, or the answer to what it may not."""
        try:
            return wanted(request.query_params, self._client)
        except Unacceptable as error:
            return HTMLResponse(page("plain", "Not like this", why=str(error)), 400, headers())
        except Denied as error:
            return RedirectResponse(error.place, 303, _NO_STORE)

    async def _signed_in(self, request: Request) -> User | None:
        """Whose session the browser has, unless they were disabled or changed since."""
        found = await self._sessions.of(request.cookies.get(self._session, ""))
        user = await self._users.find(found[0]) if found is not None else None
        if found is None or user is None or user["changed_at"] > found[1]:
            return None
        return user

    async def _granted(self, user: User, asked: Wanted) -> Response:
        code = await self._sessions.code(user, asked)
        return RedirectResponse(asked.granted(code, self._tokens.issuer), 303, _NO_STORE)

    def _login_page(
        self, request: Request, asked: Wanted, wrong: str = "", user: str = "", status: int = 200
    ) -> Response:
        made, cookie = self._made_form(request)
        action = f"/authorize?{request.url.query}"
        shown = page("sign_in", "Sign in", form=made, wrong=wrong, user=user[:64], action=action)
        answer = HTMLResponse(shown, status, headers(origin(asked.redirect)))
        self._set(answer, self._form, cookie)
        return answer

    def _made_form(self, request: Request) -> tuple[str, str]:
        """A form's proof, and the cookie that it is bound to (a signed double submit)."""
        cookie = request.cookies.get(self._form) or secrets.token_urlsafe(32)
        return hmac.digest(self._secret, cookie.encode(), "sha256").hex(), cookie

    def _is_ours(self, request: Request, form: Mapping[str, str]) -> bool:
        """Whether a form was sent from a page that this browser got from us."""
        cookie = request.cookies.get(self._form, "")
        made = hmac.digest(self._secret, cookie.encode(), "sha256").hex()
        came_from = request.headers.get("origin", "null")
        ours = came_from in ("null", origin(self._tokens.issuer))
        return bool(cookie) and ours and hmac.compare_digest(made, form.get("form", ""))

    def _set(self, answer: Response, name: str, value: str, seconds: int | None = None) -> None:
        # Lax, since people come here from the application's own address.
        answer.set_cookie(
            name, value, seconds, path="/", secure=self._secure, httponly=True, samesite="lax"
        )

    def _cross_origin(self, request: Request) -> dict[str, str]:
        """What lets the application's page read the answer."""
        from_where = request.headers.get("origin", "")
        if not self._client.may_call_from(from_where):
            return {"Vary": "Origin"}
        return {
            "Access-Control-Allow-Origin": from_where,
            "Access-Control-Allow-Methods": "POST",
            "Vary": "Origin",
        }


class Safe:
    """What every answer has: safe headers; and no body that has no end."""

    def __init__(self, app: ASGIApp, secure: bool) -> None:
        self._app = app
        self._headers = [(b"x-content-type-options", b"nosniff")]
        if secure:
            self._headers.append((b"strict-transport-security", b"max-age=31536000"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *self._headers]
            await send(message)

        await self._app(scope, receive, with_headers)


_NO_STORE = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
_FOR_ALL = {"Cache-Control": "public, max-age=300", "Access-Control-Allow-Origin": "*"}


def _refused(error: str, allowed: Mapping[str, str]) -> Response:
    """RFC 6749, 5.2."""
    return JSONResponse({"error": error}, 400, {**_NO_STORE, **allowed})


async def _form(request: Request) -> Mapping[str, str]:
    """The first of each field; nothing for what is too long or no form."""
    body = bytearray()
    try:
        async for piece in request.stream():
            body += piece
            if len(body) > LARGEST_FORM:
                return {}
        found = parse_qs(body.decode("ascii"), keep_blank_values=True, max_num_fields=20)
    except (ValueError, ClientDisconnect):
        return {}
    return {name: values[0] for name, values in found.items()}
