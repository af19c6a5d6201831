"""Settings: where values come from, and that secrets stay out of sight."""

from pathlib import Path

import pytest
from pydantic import SecretStr, ValidationError

from libs.settings import Settings, kafka_client_options
from libs.settings.table import page


@pytest.fixture(autouse=True)
def stack(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("DESKLEDGER_HOME", str(tmp_path))
    return tmp_path / "env"


def test_the_stacks_file_is_read_and_the_environment_wins(
    stack: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.write_text("DESKLEDGER_KAFKA=127.0.0.1:1\nDESKLEDGER_LANES=2\nDESKLEDGER_UNKNOWN=x\n")
    monkeypatch.setenv("DESKLEDGER_KAFKA", "broker:9093")

    settings = Settings()

    assert (settings.kafka, settings.lanes) == ("broker:9093", 2)


def test_a_service_adds_fields_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    class ShopSettings(Settings):
        shelf_count: int = 3

    monkeypatch.setenv("DESKLEDGER_SHELF_COUNT", "4")

    assert ShopSettings().shelf_count == 4


def test_secrets_are_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESKLEDGER_MONGO", "mongodb://root:hunter2@db/")
    monkeypatch.setenv("DESKLEDGER_KAFKA_SASL_PASSWORD", "hunter2")
    monkeypatch.setenv("DESKLEDGER_MASTER_KEY", "hunter2")
    assert "hunter2" not in repr(Settings())

    monkeypatch.setenv("DESKLEDGER_LANES", "hunter2")
    with pytest.raises(ValidationError) as refused:
        Settings()
    assert "hunter2" not in str(refused.value)


@pytest.mark.parametrize("namespace", ["Upper", "with space", "dots.", "-leading", "x" * 21])
def test_a_namespace_fits_topics_and_databases(namespace: str) -> None:
    with pytest.raises(ValidationError):
        Settings(namespace=namespace)


def test_a_plain_broker_needs_only_its_address() -> None:
    assert kafka_client_options(Settings(kafka="broker:9092")) == {
        "bootstrap_servers": "broker:9092",
        "security_protocol": "PLAINTEXT",
    }


def test_a_broker_with_tls_and_sasl_gets_context_and_credentials() -> None:
    settings = Settings(
        kafka_security_protocol="SASL_SSL",
        kafka_sasl_mechanism="SCRAM-SHA-256",
        kafka_sasl_username="intake",
        kafka_sasl_password=SecretStr("s3cret"),
    )

    options = kafka_client_options(settings)

    assert options.pop("ssl_context") is not None
    assert options == {
        "bootstrap_servers": "127.0.0.1:9092",
        "security_protocol": "SASL_SSL",
        "sasl_mechanism": "SCRAM-SHA-256",
        "sasl_plain_username": "intake",
        "sasl_plain_password": "s3cret",
    }


def test_the_table_names_every_variable_and_no_secret() -> None:
    text = page()

    for name, field in Settings.model_fields.items():
        assert f"`DESKLEDGER_{name.upper()}`" in text
        assert field.description
