"""What the mail adapter may be told beside what every process may."""

import ipaddress
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from adapters.email.sending.outbox import News
from libs.settings import Settings

Address = Annotated[str, StringConstraints(pattern=r"^[^\s@+]*@[^\s@]+$", to_lower=True)]
Account = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9_.-]{0,63}$")]

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


class EmailSettings(Settings):
    """Settings of ``python -m adapters.email``."""

    smtp_max_bytes: int = Field(
        35_000_000, ge=10_000, description="largest mail that is taken (SIZE), encoded as it comes"
    )
    mail_accounts: dict[Address, Account] = Field(
        {},
        description="our addresses beside the support address and the account of each, as JSON: "
        '{"sales@helpdesk.example": "sales"}; `@helpdesk.example` stands for every other address '
        "of that domain (catch-all)",
    )
    lmtp_port: int = Field(
        0, ge=0, le=65535, description="port on which mail is taken by LMTP; 0 = none"
    )
    smtp_own_networks: str = Field(
        "127.0.0.0/8,::1/128",
        description="networks of servers of ours, whose connections and mails are not limited one "
        "client at a time",
    )
    smtp_connections: int = Field(200, ge=1, description="most connections of mail in at a time")
    smtp_connections_of_a_client: int = Field(
        20, ge=1, description="most connections at a time from one address (IPv6: one /64)"
    )
    smtp_mails_a_minute: int = Field(300, ge=1, description="most mails a minute from one client")
    smtp_recipients: int = Field(100, ge=1, description="most recipients of a mail that comes in")
    smtp_errors: int = Field(
        20, ge=1, description="commands refused for good after which a client has to go"
    )
    smtp_idle_seconds: float = Field(
        300.0, gt=0, description="longest pause of a client between two commands"
    )
    smtp_data_seconds: float = Field(
        600.0, gt=0, description="longest time that the data of one mail may take to come"
    )
    smtp_spool_bytes: int = Field(
        2_000_000_000,
        ge=1_000_000,
        description="most bytes of mails that are just coming in; larger ones wait on disk "
        "(TMPDIR); beyond it senders are asked to come again",
    )
    mail_work_bytes: int = Field(
        30_000_000,
        ge=1_000_000,
        description="most bytes of large mails that are read and stored at a time; memory needs "
        "some ten times as much",
    )
    smtp_tls_certificate_file: Path | None = Field(
        None, description="PEM file of mail in's certificate and its chain; offers STARTTLS"
    )
    smtp_tls_key_file: Path | None = Field(
        None, description="PEM file of its key, unless that is in the same file"
    )
    smtp_tls_required: bool = Field(False, description="take mail after STARTTLS only")
    smtp_users_file: Path | None = Field(
        None,
        description="file of `name:password` lines for systems of ours that hand in mail; offers "
        "AUTH, after STARTTLS only; their mails are not limited",
    )
    smtp_auth_required: bool = Field(False, description="take mail from such systems only")
    smtp_proxy_protocol: bool = Field(
        False,
        description="every connection begins with a PROXY line (a load balancer tells the client's "
        "address); others are closed",
    )
    mailboxes_file: Path | None = Field(
        None, description="TOML file of hosted mailboxes that are read by IMAP"
    )
    trusted_authentication: str = Field(
        "",
        pattern=r"^[A-Za-z0-9., -]*$",
        description="authserv-ids (RFC 8601), with commas, of the servers in front of this one "
        "whose results count; they must remove fields that others wrote in their name",
    )
    trusted_forwarders: str = Field(
        "",
        pattern=r"^[A-Za-z0-9., -]*$",
        description="domains, with commas, whose ARC seals count (RFC 8617), say a mailing list's: "
        "what they found out about a sender before they sent the mail on",
    )
    check_authentication: bool = Field(
        False,
        description="check senders ourselves by the DNS (SPF, DKIM, DMARC, ARC) where no server "
        "in front of this one has; needs clients' own addresses: no other server in between, or "
        "the PROXY protocol",
    )
    authentication_seconds: float = Field(
        3.0, gt=0, le=30, description="longest time that checking one sender may take"
    )
    name_servers: str = Field(
        "",
        pattern=r"^$|^[0-9a-fA-F.:]+(#\d+)?( *, *[0-9a-fA-F.:]+(#\d+)?)*$",
        description="addresses of the name servers that are asked, with commas, as `address` or "
        "`address#port`; empty = the system's",
    )
    smarthost_seconds: int = Field(
        60, ge=1, description="longest time that handing a mail to the smarthost may take"
    )
    delivery_attempts: int = Field(
        20, ge=1, description="how often a reply is tried before it counts as failed"
    )
    delivery_retry_seconds: float = Field(
        30.0, gt=0, description="pause before the second attempt; each next one is twice as long"
    )
    delivery_retry_most_seconds: float = Field(
        3_600.0, gt=0, description="longest pause between two attempts"
    )
    acknowledge_after_seconds: float = Field(
        3.0,
        ge=0,
        description="pause before a new request is acknowledged, in which it may turn out to be "
        "spam, or get a promise that the acknowledgement can name",
    )
    acknowledge_most: int = Field(
        2, ge=1, description="how many requests of one customer are acknowledged within the window"
    )
    acknowledge_window: timedelta = Field(
        timedelta(days=1),
        ge=timedelta(minutes=1),
        description="over how long acknowledgements to one customer are counted (ISO 8601, or "
        "seconds); who answers each of them by a new request is told no more",
    )
    attachments_bytes: int = Field(
        15_000_000,
        ge=0,
        description="files of an answer go along up to this size, all in all; what is beyond is "
        "fetched by the tracking link",
    )
    agent_addresses: dict[str, str] = Field(
        {},
        repr=False,
        description="mail addresses of agents and their ids, as a JSON object; an agent is told by "
        "mail what happens to their tickets and webhooks, and answers by mail",
    )
    notices_declined: dict[str, list[News]] = Field(
        {},
        description="of which news an agent wants no mail, by the agent's id, as a JSON object: "
        "assigned, mentioned, replied, breached, undelivered, paused (a webhook of theirs)",
    )
    notice_after_seconds: float = Field(
        60.0, ge=0, description="what happens to a ticket within so long is told in one mail"
    )
    link_days: int = Field(
        90, ge=1, le=3_650, description="how long a tracking link in a mail can be used"
    )

    @property
    def own_networks(self) -> Sequence[Network]:
        """``smtp_own_networks``, read."""
        return _networks(self.smtp_own_networks)

    @field_validator("smtp_own_networks")
    @classmethod
    def _are_networks(cls, value: str) -> str:
        _networks(value)
        return value

    @model_validator(mode="after")
    def _tls(self) -> Self:
        if self.smtp_tls_certificate_file is None:
            if self.smtp_tls_required:
                raise ValueError("smtp_tls_required needs smtp_tls_certificate_file")
            if self.smtp_users_file:
                raise ValueError(
                    "smtp_users_file needs smtp_tls_certificate_file: passwords come after "
                    "STARTTLS only"
                )
        if self.smtp_auth_required and not self.smtp_users_file:
            raise ValueError("smtp_auth_required needs smtp_users_file")
        return self


def _networks(text: str) -> list[Network]:
    return [ipaddress.ip_network(each) for each in text.replace(" ", "").split(",") if each]
