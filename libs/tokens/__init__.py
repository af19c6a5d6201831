"""Who somebody is: tokens that the local issuer signs, those of any OpenID issuer, links and
codes."""

from libs.tokens.claims import AUDIENCE, ROLES, Claims, Role, TokenRefused
from libs.tokens.codes import CODE_LASTS, SignInCodes
from libs.tokens.links import Link, Links
from libs.tokens.local import Tokens, local_issuer
from libs.tokens.oidc import IssuerUnreachable, OpenId, Trust

__all__ = [
    "AUDIENCE",
    "CODE_LASTS",
    "ROLES",
    "Claims",
    "IssuerUnreachable",
    "Link",
    "Links",
    "OpenId",
    "Role",
    "SignInCodes",
    "TokenRefused",
    "Tokens",
    "Trust",
    "local_issuer",
]
