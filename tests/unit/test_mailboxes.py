"""The file of mailboxes: what it may say, and what is told to whoever wrote something else."""

from pathlib import Path

import pytest

from adapters.email.taking.mailboxes import read

GIVEN = """[[mailbox]]
name = "support"
account = "support"
address = "support@helpdesk.example"
host = "imap.example.org"
user = "support@helpdesk.example"
"""


def said(tmp_path: Path, *lines: str) -> str:
    """What is wrong with a file whose mailbox has these lines, too."""
    file = tmp_path / "mailboxes.toml"
    file.write_text(GIVEN + "\n".join(lines))
    with pytest.raises(ValueError, match=r"mailboxes\.toml") as raised:
        read(file)
    return str(raised.value)


def test_a_mailbox_needs_little(tmp_path: Path) -> None:
    file = tmp_path / "mailboxes.toml"
    file.write_text(GIVEN + 'password_file = "secret"')
    [mailbox] = read(file)
    assert (mailbox.at_port, mailbox.folder, mailbox.done) == (993, "INBOX", "seen")
    file.write_text("")
    assert read(file) == ()


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ([], "give either password_file or oauth"),
        (['password_file = "p"', 'security = "none"'], "only for a server on this machine"),
        (['password_file = "p"', 'done = "move"', 'done_folder = "INBOX"'], "done_folder is the"),
        (['password_file = "p"', 'done = "burn"'], "mailbox.0.done: Input should be"),
        (['password_file = "p"', "passwort = 1"], "mailbox.0.passwort: Extra inputs"),
        (["password_file = "], "Invalid value (at end"),
        (
            [
                "[mailbox.oauth]",
                'token_endpoint = "http://example.org"',
                'client_id = "x"',
                'refresh_token_file = "r"',
            ],
            "a token_endpoint elsewhere is https://",
        ),
        (
            ["[mailbox.oauth]", 'token_endpoint = "https://example.org"', 'client_id = "x"'],
            "oauth needs a refresh_token_file or a client_secret_file",
        ),
        (['password_file = "p"', GIVEN + 'password_file = "p"'], "stands for two mailboxes"),
    ],
)
def test_what_makes_no_sense_is_said(tmp_path: Path, lines: list[str], sentence: str) -> None:
    assert sentence in said(tmp_path, *lines)


def test_no_value_is_shown(tmp_path: Path) -> None:
    assert "hunter2" not in said(tmp_path, 'password = "hunter2"')
