"""Public mail providers: domains that say nothing about whom somebody works for.

The list stands beside this module, with its sources and licences.
"""

from functools import cache
from importlib.resources import files


def is_public(domain: str) -> bool:
    """Whether anybody can have a mailbox there. domain: lower case, IDNA; subdomains count."""
    labels = domain.split(".")
    return any(".".join(labels[start:]) in _listed() for start in range(len(labels) - 1))


@cache
def _listed() -> frozenset[str]:
    text = files(__package__).joinpath("public_mail_providers.txt").read_text("utf-8")
    return frozenset(line for line in text.splitlines() if not line.startswith("#"))
