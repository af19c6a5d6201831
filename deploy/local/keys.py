"""Secrets for development: made once, 32 random bytes in base64, readable by their owner only.

`python -m deploy.local.keys` makes them for compose.yaml.
"""

import base64
import os
import secrets
from pathlib import Path

from libs.settings import home

SECRETS = {"MASTER_KEY_FILE": "master.key", "TOKEN_SECRET_FILE": "token.secret"}


def files() -> dict[str, Path]:
    """The file of each secret, by the setting that names it; what is missing is made."""
    folder = home() / "keys"
    folder.mkdir(mode=0o700, exist_ok=True)
    return {setting: made(folder / name) for setting, name in SECRETS.items()}


def made(path: Path) -> Path:
    if not path.exists():
        with open(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w") as file:
            file.write(base64.b64encode(secrets.token_bytes(32)).decode() + "\n")
    return path


if __name__ == "__main__":
    files()
