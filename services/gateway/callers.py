"""Whose token this is, and what they may see by how the desk is set up now."""

from collections.abc import Awaitable, Callable

from libs.events.published.setup import Setup
from libs.tokens import Claims, IssuerUnreachable, TokenRefused, Tokens
from services.gateway.availability import Unavailable, needing
from services.gateway.keys.known import PREFIX, KnownKeys
from services.gateway.principal import Principal, principal
from services.gateway.signing_in.tokens import PREFIX as CUSTOMER_PREFIX
from services.gateway.signing_in.tokens import CustomerTokens

Verify = Callable[[str], Awaitable[Claims]]
# Whom a contact is let in as now, "" for nobody.
LetIn = Callable[[str], Awaitable[str]]


class Callers:
    """Knows whoever calls. verify: whose token it is; keys: whose API key; setup: the desk as it
    stands now; customers: whom we have let in by a code; let_in: whom we would let in now."""

    def __init__(
        self,
        verify: Verify,
        keys: KnownKeys,
        setup: Callable[[], Setup],
        customers: CustomerTokens,
        let_in: LetIn,
    ) -> None:
        self._verify = verify
        self._keys = keys
        self._customers = customers
        self._let_in = let_in
        self.setup = setup

    async def known(self, token: str) -> Principal:
        """Who has this token, or API key. Raises TokenRefused, Unavailable."""
        if token.startswith(PREFIX):
            claims, scopes = await self._keys.verify(token)
            return principal(claims, self.setup(), scopes)
        if token.startswith(CUSTOMER_PREFIX):
            return principal(await self._customer(token), self.setup())
        try:
            claims = await self._verify(token)
        except IssuerUnreachable as error:
            raise Unavailable(str(error)) from error
        return principal(claims, self.setup())

    async def _customer(self, token: str) -> Claims:
        """It counts for as long as signing in would let in the same contact."""
        claims = self._customers.verify(token)
        async with needing("MongoDB"):
            contact = await self._let_in(claims.subject)
        if contact != claims.subject:
            raise TokenRefused("its contact has changed; sign in again")
        return claims


def offline(tokens: Tokens) -> Verify:
    """Tokens of the local issuer, by the secret that its keys derive from."""

    async def verify(token: str) -> Claims:
        return tokens.verify(token)

    return verify
