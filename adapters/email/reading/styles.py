"""Strangers' style: only what paints within the message passes, and only onto it. Pure, bounded.

What is not known to be harmless is left out: a property, a unit, a function, a selector. So nothing
is loaded (``url()``, ``image-set()``, ``@import``, ``@font-face``), nothing leaves its place
(``position``, negative margins, ``transform``), nothing is computed (``var()``, ``attr()``).
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

import tinycss2

LONGEST_SHEET = 100_000
LONGEST_ATTRIBUTE = 2_000
_MOST_RULES = 2_000
# How much of a unit an element may ask for; none may be negative.
_MOST_OF = {
    "px": 1_200, "pt": 900, "pc": 75, "in": 12, "cm": 32, "mm": 320,
    "em": 20, "rem": 20, "ex": 40, "ch": 120, "deg": 360,
}  # fmt: skip
_MOST_PERCENT, _MOST_NUMBER = 400, 1_000
_OF_TEXT = re.compile("font.*|line-height|(letter|word)-spacing|text-indent")
_MOST_OF_TEXT = {"px": 120, "pt": 90, "em": 6, "rem": 6, "ex": 12, "ch": 12}
_MOST_LINES = 10
_PROPERTIES = re.compile(
    "color|background(-color)?|font(-(family|size|style|variant|weight|stretch))?|line-height"
    "|letter-spacing|word-spacing|text-(align|decoration(-(line|color|style))?|indent|transform)"
    "|vertical-align|white-space|word-(break|wrap)|overflow-wrap|direction"
    "|(margin|padding)(-(top|right|bottom|left))?"
    "|border(-(top|right|bottom|left))?(-(color|style|width))?"
    "|border-(collapse|spacing|radius|(top|bottom)-(left|right)-radius)"
    "|((min|max)-)?(width|height)|display|visibility|float|clear|table-layout|caption-side"
    "|empty-cells|list-style(-(type|position))?"
)
_COLOURS = ("rgb", "rgba", "hsl", "hsla")
_DISPLAY = re.compile("none|block|inline|inline-block|list-item|table(-(row|cell|caption))?")
_MEDIA = re.compile(r"[a-z0-9 :(),.-]{1,200}", re.IGNORECASE)
_OF_MEDIA = ("ident", "whitespace", "dimension", "number", "percentage", "literal")
_NAME = re.compile(r"[A-Za-z][\w-]{0,60}")
_STATES = ("link", "visited", "hover", "active", "first-child", "last-child")


class Node(Protocol):
    """What tinycss2 makes of style (it has no types): of each kind these are there or not."""

    type: str
    value: float
    lower_name: str
    lower_unit: str
    lower_at_keyword: str
    important: bool
    prelude: Sequence["Node"]
    content: Sequence["Node"] | None
    arguments: Sequence["Node"]

    def serialize(self) -> str: ...


def attribute(css: str) -> str:
    """A style attribute without what is not allowed; "" when nothing is left."""
    if len(css) > LONGEST_ATTRIBUTE:
        return ""
    return _declarations(tinycss2.parse_blocks_contents(css, skip_comments=True))


def sheet(css: str, scope: str, prefix: str) -> str:
    """A style sheet for what is inside an element of the class ``scope``, whose own classes have
    been given this prefix."""
    rules = tinycss2.parse_stylesheet(css[:LONGEST_SHEET], skip_comments=True, skip_whitespace=True)
    return "\n".join(_rules(rules[:_MOST_RULES], scope, prefix))


def _rules(
    rules: Iterable[Node], scope: str, prefix: str, *, nested: bool = False
) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = list(_selectors(rule.prelude, scope, prefix))
            nodes = tinycss2.parse_blocks_contents(rule.content or [])
            declared = _declarations(nodes, of_page=f".{scope}" in selectors)
            if selectors and declared:
                yield f"{', '.join(selectors)} {{ {declared} }}"
        elif rule.type == "at-rule" and rule.lower_at_keyword == "media" and not nested:
            media = _media(rule.prelude)
            inside = tinycss2.parse_rule_list(rule.content or [], skip_whitespace=True)
            kept = "\n".join(_rules(inside[:_MOST_RULES], scope, prefix, nested=True))
            if kept and media:
                yield f"@media {media} {{\n{kept}\n}}"


def _media(prelude: Sequence[Node]) -> str:
    """On which screens, "" when that is not said plainly."""
    said = ""
    for node in prelude[:60]:
        inside = (node.content or []) if node.type == "() block" else []
        if any(one.type not in _OF_MEDIA for one in [*inside, *([] if inside else [node])]):
            return ""
        said += f"({''.join(one.serialize() for one in inside)})" if inside else node.serialize()
    return said.strip() if _MEDIA.fullmatch(said) else ""


def _selectors(prelude: Sequence[Node], scope: str, prefix: str) -> Iterator[str]:
    """Each selector that is plain enough, below the scope."""
    selector: list[Node] = []
    for node in [*prelude, None]:
        if node is not None and not _is_any(node, ","):
            selector.append(node)
            continue
        if (plain := _selector(selector, prefix)) is not None:
            yield f".{scope} {plain}".rstrip()
        selector = []


def _selector(nodes: Sequence[Node], prefix: str) -> str | None:
    """Names of elements and classes, first states, and how they follow one another; else None."""
    read = ""
    before = " "
    for node in nodes:
        # Only of these two kinds: what is nested a thousand times cannot be written out.
        text = node.serialize() if node.type in ("ident", "literal") else ""
        if node.type == "whitespace":
            read += " "
        elif text in (".", ":", "*", ">", "+", "~"):
            read += text
        elif node.type == "ident" and _NAME.fullmatch(text):
            if before == ":" and text.lower() not in _STATES:
                return None
            if before == ".":
                text = prefix + text
            elif before != ":" and text.lower() in ("html", "body"):
                text = ""  # the scope stands for the page
            read += text
        else:
            return None
        before = text
    return " ".join(read.split()).lstrip(">+~ ")


def _declarations(nodes: Iterable[Node], *, of_page: bool = False) -> str:
    """What is allowed of these, one after the other; a page cannot hide as a whole."""
    kept = []
    for node in nodes:
        if node.type != "declaration" or not _PROPERTIES.fullmatch(node.lower_name):
            continue
        if of_page and node.lower_name in ("display", "visibility"):
            continue
        value = _value(node.lower_name, node.value)  # type: ignore[arg-type]
        if value:
            kept.append(f"{node.lower_name}: {value}{' !important' if node.important else ''}")
    return "; ".join(kept)


def _value(name: str, nodes: Sequence[Node]) -> str:
    """The value as it may be, "" when there is anything in it that is not known."""
    parts = []
    for node in nodes:
        if node.type == "whitespace":
            parts.append(" ")
        elif (
            node.type in ("ident", "hash", "string")
            or _is_any(node, ",/")
            or _is_measure(node, name)
        ):
            parts.append(node.serialize())
        elif node.type == "function" and node.lower_name in _COLOURS:
            inside = [one for one in node.arguments if one.type != "whitespace"]
            if not all(_is_any(one, ",/") or _is_measure(one, name) for one in inside):
                return ""
            parts.append(node.serialize())
        else:
            return ""
    value = " ".join("".join(parts).split())
    if "<" in value or "\\" in value or len(value) > LONGEST_ATTRIBUTE:
        return ""
    return value if name != "display" or _DISPLAY.fullmatch(value.lower()) else ""


def _is_measure(node: Node, name: str) -> bool:
    """A number, share or length that is not negative, and no larger than anybody needs."""
    if node.type == "dimension":
        most = _MOST_OF_TEXT if _OF_TEXT.fullmatch(name) else _MOST_OF
        return 0 <= node.value <= most.get(node.lower_unit, -1)
    if node.type == "percentage":
        return 0 <= node.value <= _MOST_PERCENT
    most_of_it = _MOST_LINES if name == "line-height" else _MOST_NUMBER
    return node.type == "number" and 0 <= node.value <= most_of_it


def _is_any(node: Node, literals: str) -> bool:
    return node.type == "literal" and str(node.value) in literals
