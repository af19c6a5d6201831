"""Which hosted mailboxes are read, as a TOML file says: one ``[[mailbox]]`` table each."""

import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    model_validator,
)

from adapters.email.settings import Account, Address

Done = Literal["seen", "move", "delete", "leave"]
_PORTS = {"tls": 993, "starttls": 143, "none": 143}
_LOCAL = ("127.0.0.1", "::1", "localhost")


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class OAuth(_Table):
    """How access tokens are had (RFC 6749). With a refresh token in the name of a person who agreed
    once, else in the program's own (client credentials)."""

    token_endpoint: Annotated[str, StringConstraints(pattern=r"^https?://")]
    client_id: str
    client_secret_file: Path | None = None
    refresh_token_file: Path | None = None
    scope: str = ""

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if self.refresh_token_file is None and self.client_secret_file is None:
            raise ValueError("oauth needs a refresh_token_file or a client_secret_file")
        insecure = self.token_endpoint.startswith("http://")
        if insecure and not any(f"//{local}" in self.token_endpoint for local in _LOCAL):
            raise ValueError("a token_endpoint elsewhere is https://")
        return self


class Mailbox(_Table):
    """One mailbox. name: under which its position is kept; address: ours that it is the mailbox of;
    done: what becomes of messages that are in the ledger; take_existing: whether what lies there
    at the first start is taken, too; poll_seconds: how often it is looked at, and without IDLE the
    longest that a new message waits."""

    name: Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,40}$")]
    account: Account
    address: Address
    host: str
    port: int = 0
    security: Literal["tls", "starttls", "none"] = "tls"
    ca_file: Path | None = None
    user: str
    password_file: Path | None = None
    oauth: OAuth | None = None
    folder: str = "INBOX"
    done: Done = "seen"
    done_folder: str = "Deskledger"
    take_existing: bool = False
    poll_seconds: float = Field(60.0, gt=0, le=1_500)

    @property
    def at_port(self) -> int:
        """The port, by default that of the protocol."""
        return self.port or _PORTS[self.security]

    @model_validator(mode="after")
    def _is_complete(self) -> Self:
        if (self.password_file is None) == (self.oauth is None):
            raise ValueError("give either password_file or oauth")
        if self.security == "none" and self.host not in _LOCAL:
            raise ValueError("security is none only for a server on this machine")
        if self.done == "move" and self.done_folder == self.folder:
            raise ValueError("done_folder is the folder that is read")
        return self


class _File(_Table):
    mailbox: tuple[Mailbox, ...] = ()


def read(file: Path) -> Sequence[Mailbox]:
    """The mailboxes. Raises OSError, or ValueError with a sentence for each mistake, which shows no
    value."""
    try:
        found = _File.model_validate(tomllib.loads(file.read_text())).mailbox
    except ValidationError as error:
        wrong = "; ".join(
            f"{'.'.join(map(str, each['loc']))}: {each['msg']}"
            for each in error.errors(include_input=False)
        )
        raise ValueError(f"{file.name}: {wrong}") from None
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{file.name}: {error}") from None
    names = [mailbox.name for mailbox in found]
    if twice := {name for name in names if names.count(name) > 1}:
        raise ValueError(f"{file.name}: the name {min(twice)} stands for two mailboxes")
    return found
