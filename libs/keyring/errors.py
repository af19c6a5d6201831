"""What can go wrong with a key, each with a sentence. An erased key is no error but a value."""


class KeyringError(Exception):
    """Root of this package's errors."""


class KeyNotLoaded(KeyringError):
    """The key is not in the cache, or no longer: `await keyring.load([key_id])` and try again."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"the key {key_id} is not loaded")
        self.key_id = key_id


class KeyAbsent(KeyringError):
    """Nobody ever made this key, so nothing can be sealed under it: load it with `create`."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"the key {key_id} does not exist, so nothing can be sealed under it")
        self.key_id = key_id


class KeyRefused(KeyringError):
    """This keyring's role may not use the key or the secret."""

    def __init__(self, name: str) -> None:
        super().__init__(f"an adapter's keyring does not reach {name}")
        self.name = name


class Tampered(KeyringError):
    """A sealed value was changed, cut, or belongs to another key."""

    def __init__(self, key_id: str) -> None:
        super().__init__(f"a value sealed under {key_id} is damaged or belongs to another key")
        self.key_id = key_id


class MasterKeyError(KeyringError):
    """The master key is missing, malformed, or not the one that a key was wrapped under."""
