"""Certificates for servers of tests."""

from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
    pkcs12,
)

PASSWORD = b"changeit"


def write_certificate(file: Path) -> Path:
    """A certificate for 127.0.0.1 that is its own authority, with its private key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "test")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    private = key.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, NoEncryption())
    file.write_bytes(certificate.public_bytes(Encoding.PEM) + private)
    return file


def write_pkcs12(pem: Path) -> Path:
    """The same beside it, as Java reads it, under ``PASSWORD``."""
    data = pem.read_bytes()
    key = load_pem_private_key(data, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey)
    file = pem.with_suffix(".p12")
    certificate = x509.load_pem_x509_certificate(data)
    file.write_bytes(
        pkcs12.serialize_key_and_certificates(
            b"server", key, certificate, None, BestAvailableEncryption(PASSWORD)
        )
    )
    return file
