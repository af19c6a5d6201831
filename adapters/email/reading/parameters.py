"""Parameters of a field (``; name=value``): RFC 2045 and 2231, and how they are broken. Pure."""

import re
from urllib.parse import unquote_to_bytes

from adapters.email.reading import charsets, words

_MOST = 200
# Possessive, so that a value of a megabyte leaves no megabytes of places to come back to.
_PARAMETER = re.compile(
    r"[;\s]([^\s=;\"]{1,100})[ \t]{0,9}=[ \t]{0,9}(\"(?:[^\"\\]++|\\.)*+\"|[^;]*+)"
)
_ESCAPED = re.compile(r"\\([\"\\])")  # other backslashes are of Windows
_SECTION = re.compile(r"([^*]+)(?:\*(\d{1,3}))?(\*)?")


def parameters(value: str) -> dict[str, str]:
    """Names in lower case and what they say; of two of a name the extended one, then the first."""
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for place, found in enumerate(_PARAMETER.finditer(value)):
        if place == _MOST:
            break
        text = _unquoted(found[2])
        section = _SECTION.fullmatch(found[1].lower())
        if section is None or not (section[2] or section[3]):
            plain.setdefault(found[1].lower(), words.decoded(text))
        else:
            name, number, extended = section[1], int(section[2] or 0), bool(section[3])
            sections.setdefault(name, {}).setdefault(number, (text, extended))
    return plain | {name: _joined(parts) for name, parts in sections.items()}


def _unquoted(text: str) -> str:
    text = text.strip()
    if len(text) > 1 and text[0] == text[-1] == '"':
        return _ESCAPED.sub(r"\1", text[1:-1])
    return text.strip("\"'") if text[:1] in ("'", '"') else text


def _joined(parts: dict[int, tuple[str, bool]]) -> str:
    """Sections in the order of their numbers, whatever order they came in (RFC 2231, 3 and 4)."""
    charset, data = "", b""
    ordered = sorted(parts.items())
    for place, (_, (text, extended)) in enumerate(ordered):
        if extended and place == 0 and text.count("'") >= 2:
            charset, _, text = text.split("'", 2)
        data += unquote_to_bytes(text) if extended else text.encode("utf-8", "replace")
    return words.decoded(charsets.decode(data, charset))
