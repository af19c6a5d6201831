"""Signatures as Standard Webhooks 1.0 wants them, under secrets that are stored nowhere.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

import base64
import hmac
from collections.abc import Sequence
from datetime import datetime

from libs.events.ids import digest


def secret_of(root: bytes, webhook_id: str, secret_id: str) -> bytes:
    """The 32 bytes of a webhook's secret. root: the installation's secret ``webhooks``."""
    return hmac.digest(root, digest(webhook_id, secret_id).encode(), "sha256")


def written(secret: bytes) -> str:
    """As receivers are told it: ``whsec_`` and base64."""
    return "whsec_" + base64.b64encode(secret).decode()


def headers(id: str, at: datetime, body: bytes, secrets: Sequence[bytes]) -> dict[str, str]:
    """The headers of a message, signed with each of these secrets. at: of this attempt."""
    seconds = str(int(at.timestamp()))
    signed = b".".join((id.encode(), seconds.encode(), body))
    signatures = (hmac.digest(secret, signed, "sha256") for secret in secrets)
    return {
        "webhook-id": id,
        "webhook-timestamp": seconds,
        "webhook-signature": " ".join(f"v1,{base64.b64encode(one).decode()}" for one in signatures),
    }
