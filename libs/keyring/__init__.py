"""Data keys of persons: what is sealed under a key is gone when the key is (crypto-shredding)."""

from libs.keyring.errors import (
    KeyAbsent,
    KeyNotLoaded,
    KeyRefused,
    KeyringError,
    MasterKeyError,
    Tampered,
)
from libs.keyring.keyring import TRANSIT_PREFIX, Keyring, Role
from libs.keyring.master import MasterKey, master_keys
from libs.keyring.sealing import ERASED, Erased

__all__ = [
    "ERASED",
    "TRANSIT_PREFIX",
    "Erased",
    "KeyAbsent",
    "KeyNotLoaded",
    "KeyRefused",
    "Keyring",
    "KeyringError",
    "MasterKey",
    "MasterKeyError",
    "Role",
    "Tampered",
    "master_keys",
]
