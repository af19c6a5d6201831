"""Which addresses are ours, and to which account each one belongs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from adapters.email.settings import EmailSettings
from adapters.email.taking.mailboxes import read
from libs.references import LONGEST_LOCAL

_ACCOUNT = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
# RFC 5321 4.5.1: a server that takes mail takes what is sent to its postmaster.
_POSTMASTER = "postmaster"


@dataclass(frozen=True)
class Accounts:
    """Our addresses, in lower case and without a ``+`` part, and their accounts.

    A key ``@domain`` stands for every other address of that domain. An account's brand, and with it
    the team, is the desk's to say (`BrandDefined.accounts`), not mail's.
    """

    by_address: Mapping[str, str]

    @classmethod
    def of(cls, settings: EmailSettings) -> "Accounts":
        """The configured addresses, those of hosted mailboxes and the support address; where the
        configuration does not name the latter, its account is called by its local part. Raises
        what `mailboxes.read` does."""
        address = settings.support_address.lower()
        local = address.rpartition("@")[0]
        main = local if _ACCOUNT.fullmatch(local) else "support"
        mailboxes = read(settings.mailboxes_file) if settings.mailboxes_file else ()
        hosted = {mailbox.address: mailbox.account for mailbox in mailboxes}
        return cls({address: main, **hosted, **settings.mail_accounts})

    def account_of(self, address: str) -> str | None:
        """The account of one of our addresses or its plus addresses; None for any other."""
        local, _, domain = address.lower().rpartition("@")
        plain = local.partition("+")[0]
        found = self.by_address.get(f"{plain}@{domain}") or self.by_address.get(f"@{domain}")
        to_postmaster = domain == _POSTMASTER or (plain == _POSTMASTER and domain in self.domains)
        return next(iter(self.by_address.values())) if found is None and to_postmaster else found

    def address_of(self, account: str) -> str | None:
        """Where an account's letters come from: its first address that has room for a reference;
        None for an account without one, such as a form's."""
        own = (address for address, named in self.by_address.items() if named == account)
        locals_ = ((address, address.rpartition("@")[0]) for address in own)
        fitting = (a for a, local in locals_ if local and len(local.encode()) <= LONGEST_LOCAL)
        return next(fitting, None)

    @property
    def domains(self) -> frozenset[str]:
        """The domains of our addresses."""
        return frozenset(address.rpartition("@")[2] for address in self.by_address)
