"""Each account's letters come from an address of its own, where it has one that can."""

from pathlib import Path

import pytest

from adapters.email.accounts import Accounts
from adapters.email.settings import EmailSettings

MAILBOX = """[[mailbox]]
name = "hosted"
account = "hosted"
address = "hosted@cloud.example"
host = "imap.example.org"
user = "hosted@cloud.example"
password_file = "secret"
"""


@pytest.mark.parametrize(
    ("account", "address"),
    [
        ("support", "support@helpdesk.example"),
        ("shop", "sales@shop.example"),
        ("hosted", "hosted@cloud.example"),
        ("rest", None),  # a whole domain is no address
        ("long", None),  # no room for a reference
        ("form", None),
    ],
)
def test_an_accounts_letters_come_from_its_first_address(
    tmp_path: Path, account: str, address: str | None
) -> None:
    file = tmp_path / "mailboxes.toml"
    file.write_text(MAILBOX)
    given = {
        "sales@shop.example": "shop",
        "orders@shop.example": "shop",
        "@other.example": "rest",
        f"{'x' * 24}@shop.example": "long",
    }
    accounts = Accounts.of(EmailSettings(mail_accounts=given, mailboxes_file=file))

    assert accounts.address_of(account) == address
    assert accounts.account_of("hosted+ref@cloud.example") == "hosted"
