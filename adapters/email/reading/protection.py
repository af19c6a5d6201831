"""Whether a mail is signed or encrypted, as its structure says; nothing is verified. Pure."""

from typing import Literal

from adapters.email.reading.headers import Part

Protection = Literal["", "signed", "encrypted"]

_PKCS7 = ("application/pkcs7-mime", "application/x-pkcs7-mime")
_ARMOUR: dict[str, Protection] = {
    "-----BEGIN PGP MESSAGE-----": "encrypted",
    "-----BEGIN PGP SIGNED MESSAGE-----": "signed",
}
_READ = 5_000


def of_part(part: Part) -> Protection:
    """S/MIME (RFC 8551) and PGP/MIME (RFC 3156)."""
    declared = part.declared_type()
    if declared == "multipart/encrypted":
        return "encrypted"
    if declared == "multipart/signed":
        return "signed"
    if declared in _PKCS7:
        kind = part.parameters("content-type").get("smime-type", "enveloped-data").lower()
        return "signed" if kind == "signed-data" else "encrypted"
    return ""


def of_text(text: str) -> Protection:
    """PGP within the text (RFC 9580, 6.2)."""
    start = text[:_READ]
    for line, protection in _ARMOUR.items():
        if start.startswith(line) or f"\n{line}" in start:
            return protection
    return ""
