"""Links whose words name another place than the one that they lead to. Pure, linear."""

import re
from mimetypes import MimeTypes
from urllib.parse import urlsplit

_SHOWN = re.compile(
    r"(?P<scheme>https?://)?(?:[^\s/@]{1,64}@)?(?P<host>(?:[\w-]{1,63}\.){1,8}[^\W\d_]{2,24})"
    r"(?::\d{1,5})?(?P<path>[/?#]\S*)?\.?"
)
_LONGEST = 2_000
_TABLE = MimeTypes()


def leads_to(href: str, words: str) -> str:
    """The host (or mail address) that a link leads to where it looks as if it led elsewhere.

    Else "". A host counts as shown where it stands alone, and names below it count as the same.
    """
    words = words.strip().strip("<>()[]\"'").rstrip(".,;:")
    try:
        link = urlsplit(href.strip())
        host = (link.hostname or "").rstrip(".")
    except ValueError:  # an address of IPv6 that is none
        return ""
    if link.scheme == "mailto":
        address = link.path.partition("?")[0].strip().lower()
        shown = words.lower()
        return address if "@" in shown and " " not in shown and shown != address else ""
    if "@" in link.netloc:
        return host  # what stands before it looks like a host, and is none
    found = _SHOWN.fullmatch(words) if len(words) <= _LONGEST else None
    if found is None or not host or _is_name_of_file(found):
        return ""
    return "" if _is_same(found["host"].lower(), host) else host


def _is_name_of_file(found: re.Match[str]) -> bool:
    return not (found["scheme"] or found["path"]) and bool(_TABLE.guess_type(found[0])[0])


def _is_same(shown: str, real: str) -> bool:
    shown, real = shown.removeprefix("www."), _ascii(real.removeprefix("www."))
    shown = _ascii(shown)
    return shown == real or real.endswith(f".{shown}") or shown.endswith(f".{real}")


def _ascii(host: str) -> str:
    try:
        return host.encode("idna").decode()
    except UnicodeError:
        return host
