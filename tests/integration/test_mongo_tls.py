"""The MongoDB seam over TLS: with the authority's file, and only with it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from socket import create_server

import pytest

from deploy.local import Narrator, mongod
from libs.mongo import PyMongoError, connect
from libs.settings import Settings
from tests.support.certificates import write_certificate

pytestmark = pytest.mark.integration


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """A certificate for 127.0.0.1 that is its own authority, with its private key."""
    return write_certificate(tmp_path / "server.pem")


@pytest.fixture
def uri(tmp_path: Path, certificate: Path) -> Iterator[str]:
    """A mongod that takes nothing but TLS."""
    with create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    (tmp_path / "data").mkdir()
    server = subprocess.Popen(
        [
            mongod.binary(Narrator()),
            *("--dbpath", tmp_path / "data", "--port", str(port), "--bind_ip", "127.0.0.1"),
            *("--tlsMode", "requireTLS", "--tlsCertificateKeyFile", certificate),
            *("--tlsCAFile", certificate, "--tlsAllowConnectionsWithoutCertificates"),
        ],
        stdout=subprocess.DEVNULL,
    )
    yield mongod.uri(port)
    server.kill()
    server.wait()


@pytest.mark.parametrize("driver", ["motor", "pymongo"])
async def test_the_authoritys_file_turns_tls_on(uri: str, certificate: Path, driver: str) -> None:
    settings = Settings(mongo=uri, mongo_tls_ca_file=certificate).model_copy(
        update={"mongo_driver": driver}
    )
    trusting = connect(settings)
    await trusting.ping()
    await trusting.close()

    without = connect(settings.model_copy(update={"mongo_tls_ca_file": None}))
    with pytest.raises(PyMongoError):
        await without.ping()
    await without.close()
