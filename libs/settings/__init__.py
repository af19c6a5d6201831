"""Configuration by environment: one class, every field described, secrets never shown."""

import os
import ssl
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import (
    BaseSettings,
    DotEnvSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
)

__all__ = ["Settings", "home", "kafka_client_options"]

CHECKOUT = Path(__file__).resolve().parents[2]


def home() -> Path:
    """The folder of the local stack's data, logs and addresses: DESKLEDGER_HOME or .deskledger."""
    return Path(os.environ.get("DESKLEDGER_HOME") or CHECKOUT / ".deskledger").absolute()


class Settings(BaseSettings):
    """What every process may be told: DESKLEDGER_<FIELD>, or a line of the stack's `env` file.

    The environment wins over the file. A service with fields of its own subclasses this in its
    `settings.py`, which puts them into docs/reference/configuration.md.
    """

    model_config = SettingsConfigDict(
        env_prefix="DESKLEDGER_", extra="ignore", frozen=True, hide_input_in_errors=True
    )

    kafka: str = Field("127.0.0.1:9092", description="Kafka bootstrap servers, host:port,host:port")
    kafka_security_protocol: Literal["PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"] = Field(
        "PLAINTEXT", description="how Kafka clients connect"
    )
    kafka_sasl_mechanism: Literal["PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"] = Field(
        "SCRAM-SHA-512", description="used when the protocol is SASL_*"
    )
    kafka_sasl_username: str = Field("", description="used when the protocol is SASL_*")
    kafka_sasl_password: SecretStr = Field(
        SecretStr(""), description="used when the protocol is SASL_*"
    )
    kafka_ca_file: Path | None = Field(
        None,
        description="PEM file of the authority that signed the brokers' certificates; "
        "without it the system's authorities count",
    )

    mongo: str = Field(
        "mongodb://127.0.0.1:27017/?directConnection=true",
        description="MongoDB URI of a replica set",
        repr=False,  # may carry a password
    )
    mongo_tls_ca_file: Path | None = Field(
        None,
        description="PEM file of the authority that signed MongoDB's certificate; turns TLS on",
    )
    mongo_driver: Literal["motor", "pymongo"] = Field(
        "motor", description="asynchronous client behind libs/mongo"
    )

    namespace: str = Field(
        "",
        pattern=r"^([a-z0-9][a-z0-9-]{0,19})?$",
        description="put before every topic and database name as it is, so that several "
        "ledgers can share servers; end it with a hyphen",
    )
    lanes: int = Field(
        12, ge=1, le=256, description="partition count of a fresh ledger; never changes in place"
    )
    replica: int = Field(0, ge=0, description="this process's ordinal among its replicas")
    replicas: int = Field(
        1, ge=1, description="how many replicas this service has; replica i owns lanes i, i+n, ..."
    )

    master_key: SecretStr | None = Field(
        None, description="key that wraps the keyring's keys: 32 bytes in base64"
    )
    master_key_file: Path | None = Field(
        None, description="file that holds the master key instead, 32 bytes in base64"
    )
    token_secret_file: Path | None = Field(
        None, description="file that holds the secret from which the local issuer's keys derive"
    )
    issuer_url: str = Field(
        "",
        pattern=r"^(https?://[^/?#\s]+(/[^?#\s]*[^/?#\s])?)?$",
        description="where browsers reach the local issuer, https://login.example.com; "
        "empty = there is none, and tokens are made with `deskledger token`",
    )

    health_port: int = Field(
        0, ge=0, le=65535, description="port of /health/live and /health/ready; 0 = none"
    )
    health_host: str = Field("127.0.0.1", description="address that the health port listens on")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        "INFO", description="least severe level that is logged"
    )
    log_format: Literal["text", "json"] = Field("text", description="one line a record, either way")
    otlp_endpoint: str = Field(
        "", description="OpenTelemetry collector, http://host:4318; empty = telemetry off"
    )

    http_host: str = Field("127.0.0.1", description="address the gateway listens on")
    http_port: int = Field(8080, ge=0, le=65535, description="port the gateway listens on")
    public_url: str = Field(
        "",
        pattern=r"^(https?://[^/?#\s]+(/[^?#\s]*[^/?#\s])?)?$",
        description="where customers reach the gateway, https://help.example.com; empty = mails "
        "hold no tracking links",
    )
    smtp_host: str = Field("127.0.0.1", description="address mail in listens on")
    smtp_port: int = Field(2525, ge=0, le=65535, description="port mail in listens on")
    smarthost: str = Field(
        "127.0.0.1:2526",
        pattern=r"^.+:\d+$",
        description="host:port of the server that takes mail out",
    )
    support_address: str = Field(
        "support@helpdesk.example", description="address that customers write to"
    )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then environment, then the local stack's `env` file, looked for now."""
        stack = DotEnvSettingsSource(settings_cls, env_file=home() / "env")
        return init_settings, env_settings, stack


def kafka_client_options(settings: Settings) -> dict[str, object]:
    """Address, TLS and SASL as keyword arguments for every client of aiokafka.

    Raises OSError or ssl.SSLError when the authority's file cannot be read.
    """
    options: dict[str, object] = {
        "bootstrap_servers": settings.kafka,
        "security_protocol": settings.kafka_security_protocol,
    }
    if settings.kafka_security_protocol.endswith("SSL"):
        options["ssl_context"] = ssl.create_default_context(cafile=settings.kafka_ca_file)
    if settings.kafka_security_protocol.startswith("SASL"):
        options["sasl_mechanism"] = settings.kafka_sasl_mechanism
        options["sasl_plain_username"] = settings.kafka_sasl_username
        options["sasl_plain_password"] = settings.kafka_sasl_password.get_secret_value()
    return options
