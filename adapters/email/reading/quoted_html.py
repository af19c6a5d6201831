"""Quotes in strangers' HTML, put where a reader opens them: as ``details`` in a page, as lines with
``>`` in a text. By what the common mail programs write around them. Pure, bounded."""

import re
from collections.abc import Iterator

from resiliparse.parse.html import ElementNode, HTMLTree, Node

from adapters.email.reading import phrases

MOST_QUOTES = 20
SUMMARY = "…"
# What is quoted stands inside of these: Gmail, Yahoo, ProtonMail, Zoho, GMX, Tutanota, Outlook's
# app, Apple Mail and Thunderbird (a cited blockquote), any other's blockquote.
_WHOLE = (
    "div.gmail_quote, div.gmail_extra, div.yahoo_quoted, div[id^=yahoo_quoted], "
    "div.protonmail_quote, blockquote.protonmail_quote, div.zmail_extra, div[name=quote], "
    "div.tutanota_quote, #mail-editor-reference-message-container, "
    "div.ms-outlook-mobile-reference-message, #OLK_SRC_BODY_SECTION, blockquote"
)
# Here it begins, and takes whatever follows: Outlook's header block, and where it would stand.
_FROM_HERE = "#divRplyFwdMsg, #appendonsend, #x_divRplyFwdMsg"
_OUTLOOK_RULE = "div[style*='border-top:solid'], div[style*='border-top: solid']"
_FORWARDED = re.compile(phrases.FORWARDED, re.IGNORECASE)
_FROM = re.compile(rf"(?:^|\s)(?:{phrases.FIELDS['from']})\s*:", re.IGNORECASE)
_TAKEN = "data-quoted"
_HEADER_LENGTH = 300
_OPENING = re.compile(r"<blockquote\b[^<>]*>", re.IGNORECASE)
_CLOSING = re.compile(r"</blockquote\s*>", re.IGNORECASE)
# Of the private use area: no mail says anything by them.
_BEGIN, _END = "\ue000", "\ue001"


def folded(page: str, sent_on: bool = False) -> str:
    """The page with its quotes in ``details``, closed unless an answer stands below in the same
    place, or the page sends on what it quotes. A page of quotes alone stays as it is."""
    tree = HTMLTree.parse(page)
    body = tree.body
    quotes = list(_quotes(body)) if body is not None else []
    if body is None or not quotes or not _says_something_else(body, quotes):
        return page
    for run in quotes:
        is_open = sent_on or _is_forward(run[0]) or _is_answered(run[-1])
        _wrap(tree, run, is_open)
    return str(tree)


def _wrap(tree: HTMLTree, run: list[Node], is_open: bool) -> None:
    details, summary = tree.create_element("details"), tree.create_element("summary")
    place = run[0].parent
    if not isinstance(details, ElementNode) or summary is None or place is None:
        return
    if is_open:
        details.set_attribute("open", "")
    summary.text = SUMMARY
    place.insert_before(details, run[0])
    for node in (summary, *run):
        details.append_child(node)


def marked(page: str) -> str:
    """The page with marks that survive its being made text of; for ``lined``."""
    clean = page.replace(_BEGIN, "").replace(_END, "")
    begun = _OPENING.sub(lambda found: f"{found[0]}<p>{_BEGIN}</p>", clean)
    return _CLOSING.sub(f"<p>{_END}</p></blockquote>", begun)


def lined(text: str) -> str:
    """The text of a ``marked`` page, its quoted lines with a quote sign."""
    if _BEGIN not in text:
        return text.replace(_END, "")
    lines: list[str] = []
    depth = 0
    for line in text.split("\n"):
        depth += line.count(_BEGIN)
        said = line.replace(_BEGIN, "").replace(_END, "").rstrip()
        if depth == 0:
            lines.append(said)
        elif said or (lines and lines[-1].startswith("> ")):
            lines.append(f"> {said}".rstrip())
        depth = max(0, depth - line.count(_END))
        if depth == 0 and lines and lines[-1] == ">":
            lines.pop()
    return "\n".join(lines)


def _quotes(body: ElementNode) -> Iterator[list[Node]]:
    """The outermost quotes: what stands together, as it stands."""
    left = MOST_QUOTES
    from_here = body.query_selector_all(_FROM_HERE)[:MOST_QUOTES]
    for begins in (*from_here, *_outlook_blocks(body)):
        if left and not _is_taken(begins):
            left -= 1
            yield _take([begins, *_following(begins)])
    for quote in body.query_selector_all(_WHOLE)[: 2 * MOST_QUOTES]:
        if left and not _is_taken(quote):
            left -= 1
            yield _take([quote])


def _take(run: list[Node]) -> list[Node]:
    for node in run:
        if isinstance(node, ElementNode):
            node.set_attribute(_TAKEN, "")
    return run


def _is_taken(node: Node) -> bool:
    """Whether it stands in a quote, or holds one that was found before."""
    up: Node | None = node
    while isinstance(up, ElementNode):
        if up.has_attribute(_TAKEN):
            return True
        up = up.parent
    return isinstance(node, ElementNode) and node.query_selector(f"[{_TAKEN}]") is not None


def _outlook_blocks(body: ElementNode) -> Iterator[Node]:
    """Header blocks under a line, as Outlook draws it; such lines of others hold no header."""
    for rule in body.query_selector_all(_OUTLOOK_RULE)[:MOST_QUOTES]:
        said = _said(rule)
        if said[:_HEADER_LENGTH].count(":") >= 3 and _FROM.search(said[:_HEADER_LENGTH]):
            wraps = rule.parent
            yield wraps if wraps is not None and _said(wraps) == said else rule


def _following(node: Node) -> Iterator[Node]:
    while (following := node.next) is not None:
        yield following
        node = following


def _said(node: Node) -> str:
    return " ".join((node.text or "").split())


def _is_forward(node: Node) -> bool:
    return _FORWARDED.search(_said(node)[:_HEADER_LENGTH]) is not None


def _is_answered(last: Node) -> bool:
    """Whether something is said below a quote, beside it."""
    return any(_said(after) for after in _following(last))


def _says_something_else(body: ElementNode, quotes: list[list[Node]]) -> bool:
    quoted = sum(len(_said(node).replace(" ", "")) for run in quotes for node in run)
    return len(_said(body).replace(" ", "")) > quoted
