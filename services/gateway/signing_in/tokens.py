"""Tokens of customers whom we let in ourselves: under a secret of their own, whatever issuer is
believed for everybody else, and good for nothing but being a customer."""

from datetime import UTC, datetime, timedelta

from libs.tokens import Claims, TokenRefused, Tokens

PREFIX = "dlc_"
_ISSUER = "deskledger-gateway"


class CustomerTokens:
    """Issues and verifies. lasting: how long one counts."""

    def __init__(self, secret: bytes, lasting: timedelta) -> None:
        self._tokens = Tokens(secret, _ISSUER)
        self._lasting = lasting

    def issue(self, contact_id: str) -> tuple[str, datetime]:
        """A token for this contact, and when it ends."""
        ends = datetime.now(UTC).replace(microsecond=0) + self._lasting
        return PREFIX + self._tokens.issue(contact_id, ["customer"], self._lasting), ends

    def verify(self, token: str) -> Claims:
        """Whose it is. Raises TokenRefused."""
        claims = self._tokens.verify(token.removeprefix(PREFIX))
        if claims.roles != ("customer",):
            raise TokenRefused("the token is not one of a customer")
        return claims
