"""Which addresses are ours, and to which account each one belongs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from libs.settings import Settings

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")


@dataclass(frozen=True)
class Accounts:
    """Our addresses, in lower case and without a ``+`` part, and their accounts."""

    by_address: Mapping[str, str]

    @classmethod
    def of(cls, settings: Settings) -> "Accounts":
        """The support address alone; its account is called by its local part."""
        address = settings.support_address.lower()
        local = address.rpartition("@")[0]
        return cls({address: local if _ACCOUNT.fullmatch(local) else "support"})

    def account_of(self, address: str) -> str | None:
        """The account of one of our addresses or its plus addresses; None for any other."""
        local, _, domain = address.lower().rpartition("@")
        return self.by_address.get(f"{local.partition('+')[0]}@{domain}")
