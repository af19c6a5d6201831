"""Mailboxes in an address field: RFC 5322, its obsolete forms, and worse. Pure, linear."""

import re
from collections.abc import Iterator

from adapters.email.reading import charsets, words

_TOKEN = re.compile(
    r"(?P<word>=\?[^?\s]{1,100}\?[bBqQ]\?.{0,1000}?\?=)"
    r'|"(?P<quoted>(?:[^"\\]|\\.){0,1000})"(?P<local>@)?'
    r"|\((?P<comment>(?:[^()\\]|\\.|\([^()]*\)){0,1000})\)"
    r"|<(?P<angle>[^<>]{0,1000})(?:>|$)"
    r"|(?P<end>[,;])"
    r"|(?P<group>:)"
    r'|(?P<bare>(?:[^"(<,;:=]++|=(?!\?))++)'
    r"|.",
    re.DOTALL,
)
_ADDRESS = re.compile(r"(?:[^\s<>\"(),;:\[\]@]{1,320}|\"[^\"<>@]{1,318}\")@[^\s<>\"(),;:@]{1,255}")
_IN_ANGLES = re.compile(r"(?:[^\s<>\"(),;:@]{1,320}|\"[^\"<>@]{1,318}\")@[^\s<>\"(),;:@]{1,255}")
_ROUTE = re.compile(r"^(?:@[^:]*|mailto):", re.IGNORECASE)
_COMMENT = re.compile(r"\((?:[^()\\]|\\.)*\)")
_ESCAPED = re.compile(r"\\(.)")


class _Reading:
    """What was read of one mailbox so far."""

    def __init__(self) -> None:
        self.words: list[str] = []
        self.comment = ""
        self.angle: str | None = None

    def mailbox(self) -> tuple[str, str] | None:
        """Address and name; None when there is no address."""
        text = "".join(self.words)
        if self.angle is not None:
            inside = _ROUTE.sub("", "".join(_COMMENT.sub("", self.angle).split()))
            if _IN_ANGLES.fullmatch(inside) is None:
                return None
            return inside, self._name(text or self.comment, inside)
        found = _ADDRESS.search(text)
        if found is None:
            return None
        around = text[: found.start()].strip() or self.comment
        return found[0], self._name(around, found[0])

    def _name(self, text: str, address: str) -> str:
        name = charsets.printable(words.decoded(text))
        name = " ".join(name.split()).strip("<> ")
        if name.count('"') == 1 or (name[:1] == name[-1:] and name[:1] in ("'", '"')):
            name = name.strip("\"' ")
        return "" if name.lower() == address.lower() else name


def read(value: str) -> Iterator[tuple[str, str]]:
    """Address and display name ("" without one) of every mailbox in an unfolded field."""
    reading = _Reading()
    for token in _TOKEN.finditer(value):
        if token["end"] or (token["angle"] is not None and reading.angle is not None):
            if found := reading.mailbox():
                yield found
            reading = _Reading()
        if token["group"]:  # its name is nobody's
            reading = _Reading()
        elif token["angle"] is not None:
            reading.angle = token["angle"]
        elif token["quoted"] is not None:
            said = _ESCAPED.sub(r"\1", token["quoted"])
            reading.words.append(f'"{said}"@' if token["local"] else said)
        elif token["comment"] is not None:
            reading.comment = reading.comment or _ESCAPED.sub(r"\1", token["comment"])
        elif not token["end"]:
            reading.words.append(token[0])
    if found := reading.mailbox():
        yield found


def first(value: str) -> tuple[str, str]:
    """The first mailbox of a field; what is not there is ""."""
    if found := next(read(value), None):
        return found
    # All of it in an encoded word, address included.
    if "=?" in value and (hidden := next(read(words.decoded(value)), None)):
        return hidden
    return "", ""
