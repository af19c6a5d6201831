"""Whose token this is, and what they may see by how the desk is set up now."""

from collections.abc import Callable

from libs.events.published.setup import Setup
from libs.tokens import Tokens
from services.gateway.principal import Principal, principal


class Callers:
    """Knows whoever calls. setup: the desk as it stands at this moment."""

    def __init__(self, tokens: Tokens, setup: Callable[[], Setup]) -> None:
        self._tokens = tokens
        self._setup = setup

    async def known(self, token: str) -> Principal:
        """Who has this token. Raises TokenRefused."""
        return principal(self._tokens.verify(token), self._setup())
