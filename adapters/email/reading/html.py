"""HTML that strangers wrote: a safe copy to show, a plain text to read. Pure, bounded.

nh3 takes the page apart and writes it anew; what is done before and after is told by text alone.
After it every tag has one form: names in lower case, values in double quotes, ``<``, ``>`` and
``"`` nowhere else. So what comes after may look for tags by pattern.
"""

import binascii
import re
from hashlib import sha256
from html import escape, unescape
from urllib.parse import unquote

import nh3
from resiliparse.extract.html2text import extract_plain_text

from adapters.email.reading import links, quoted_html, styles

LONGEST = 500_000
# Where a remote image's address stands: a desk that was told to may make it its src.
REMOTE = "data-remote-src"
LEADS_TO = "data-leads-to"
# Parsers of HTML5 take time by depth, and by tags times what stands open around them (formatting
# that was never closed is opened anew in every paragraph). People's mails stay below a fifth.
_DEEPEST = 400
_MOST_TANGLED = 1_500_000
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_MARKUP = re.compile(r"<[^<>]*>")
_META_CHARSET = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?([A-Za-z0-9_-]{2,40})", re.I)
_META_READ = 2_048
_SHOWN = re.compile(r"<img [^<>]*?src=\"cid:([^\"]*)\"")
_NO_LETTERS = re.compile(r"[\W_]+")
# Elements without an end tag, or whose end tag people leave out.
_OPEN_ENDED = re.compile(
    "area|base|br|col|colgroup|dd|dt|embed|hr|img|input|li|link|meta|option|p|param|source|tbody"
    "|td|tfoot|th|thead|tr|track|wbr"
)
_PAGE = re.compile(r"<(/?)body(?=[\s>/])", re.IGNORECASE)
_STYLE = re.compile(r"<style(?=[\s>])[^>]{0,500}>", re.IGNORECASE)
_STYLE_END = re.compile(r"</style", re.IGNORECASE)
_TAGS = (nh3.ALLOWED_TAGS | {"big", "font", "tfoot"}) - {"area", "map", "nav"}
# Their words are for programs, not for readers.
_UNREAD = {"script", "style", "title", "template", "noscript", "svg", "math", "iframe", "object"}
_UNREAD |= {"select", "noembed", "noframes"}
_SIZED = {"width", "height"}
_CELLS = {"bgcolor", "valign", *_SIZED}
_ATTRIBUTES = {
    **nh3.ALLOWED_ATTRIBUTES,
    "*": {"style", "class", "dir", "lang", "align", "title"},
    "img": {"src", "alt", "border", *_SIZED},
    "a": {"href"},
    "details": {"open"},
    "font": {"color", "face", "size"},
    "table": {"border", "cellpadding", "cellspacing", *_CELLS},
    "tr": _CELLS,
    "td": {"colspan", "rowspan", *_CELLS},
    "th": {"colspan", "rowspan", *_CELLS},
    "div": {"bgcolor"},  # the page's own, see _PAGE
}
_MEASURES = {*_SIZED, "border", "cellpadding", "cellspacing", "colspan", "rowspan", "span"}
_MEASURE = re.compile(r"(?:0|[1-9]\d{0,2}|1[01]\d\d|1200)(?:px)?|(?:100|[1-9]?\d)%")
_SCHEMES = {"http", "https", "mailto", "tel", "cid"}
# Tags as nh3 writes them.
_PAIRS = r'((?: [\w-]+="[^"]*")*)'
_PAIR = re.compile(r' ([\w-]+)="([^"]*)"')
_IMAGE = re.compile(rf"<img{_PAIRS}>")
_LINK = re.compile(rf"<a{_PAIRS}>(.*?)</a>", re.DOTALL)
_PAINTED = re.compile(r'<div(?: [\w-]+="[^"]*")* bgcolor="[^"]*"(?: [\w-]+="[^"]*")*>')
_COLOUR = re.compile(r"#[0-9a-fA-F]{3,8}|[a-zA-Z]{3,30}")
_UNSEEN = re.compile(r"(?:width|height|font-size): 0|display: none|visibility: hidden")
_TINY = re.compile(r"[0-3](?:px)?")
_EMBEDDED = re.compile(
    r"(\ssrc\s*=\s*[\"']?)data:(image/(?:png|jpe?g|gif|webp));base64,([A-Za-z0-9+/=\s]*)",
    re.IGNORECASE,
)
_MOST_EMBEDDED = 100


def safe(html: str, sent_on: bool = False) -> str | None:
    """What may be shown: no scripts, nothing loaded from elsewhere, style that stays within.

    Remote images have their address in ``data-remote-src``; those that only tell that they were
    loaded are gone. A link that looks as if it led elsewhere says in ``data-leads-to`` where it
    leads. Quotes are folded (``quoted_html``); sent_on: what it quotes is to be read.
    None for markup too long or too tangled to be taken apart in time; its text is still
    readable.
    """
    if len(html) > LONGEST or _is_tangled(html):
        return None
    token = sha256(html.encode("utf-8", "replace")).hexdigest()[:8]
    scope, prefix = f"mail-{token}", f"m{token}-"
    sheet = styles.sheet(_style_of(html), scope, prefix)
    page = nh3.clean(
        _PAGE.sub(r"<\1div", quoted_html.folded(html, sent_on)),
        tags=_TAGS,
        clean_content_tags=_UNREAD,
        attributes=_ATTRIBUTES,
        attribute_filter=_Attributes(prefix),
        url_schemes=_SCHEMES,
        url_relative="deny",
        link_rel="noopener noreferrer nofollow",
    )
    page = _PAINTED.sub(_painted, _LINK.sub(_honest, _IMAGE.sub(_local, page)))
    if LEADS_TO in page:
        sheet += f'\n.{scope} [{LEADS_TO}]::after {{ content: " (" attr({LEADS_TO}) ")" }}'
    if "<img " in page:
        sheet += f"\n.{scope} img {{ max-width: 100% }}"
    if not (sheet or " style=" in page):
        return page
    # A box that nothing inside can leave or paint beyond (CSS Containment).
    return (
        f'<div style="contain: content; overflow: auto"><div class="{scope}">'
        + (f"<style>\n{sheet.strip()}\n</style>" if sheet else "")
        + f"{page}</div></div>"
    )


def without_embedded(html: str) -> tuple[str, list[tuple[str, str, bytes]]]:
    """The page with images that stood in it (``data:``) as files: Content-ID, type and bytes."""
    files: list[tuple[str, str, bytes]] = []

    def taken_out(found: re.Match[str]) -> str:
        try:
            data = binascii.a2b_base64("".join(found[3].split()))
        except binascii.Error:
            return found[1]
        if len(files) == _MOST_EMBEDDED or not data:
            return found[1]
        content_id = f"embedded-{len(files) + 1}-{sha256(data).hexdigest()[:16]}"
        files.append((content_id, found[2].lower().replace("jpg", "jpeg"), data))
        return f"{found[1]}cid:{content_id}"

    return (_EMBEDDED.sub(taken_out, html), files) if "base64," in html else (html, files)


def readable(html: str) -> str:
    """The text of a page, with its paragraphs, lists and line breaks."""
    page = html[:LONGEST]
    if _is_tangled(page):
        return unescape(_MARKUP.sub(" ", page))
    text = str(extract_plain_text(quoted_html.marked(page), alt_texts=False))
    text = quoted_html.lined(text)
    return text if text.strip() else str(extract_plain_text(page, alt_texts=True))


def declared_charset(page: bytes) -> str:
    """What a page says of itself (HTML, 13.2.3.2), "" when it says nothing."""
    found = _META_CHARSET.search(page[:_META_READ])
    return found[1].decode("ascii").lower() if found else ""


def content_ids(safe_html: str) -> frozenset[str]:
    """The files that safe HTML shows, by their Content-IDs."""
    return frozenset(unquote(unescape(found)) for found in _SHOWN.findall(safe_html))


def says(html: str, text: str) -> bool:
    """Whether a page says what a text says, however either is set."""
    if len(html) > LONGEST or len(text) > LONGEST:
        return False
    return _letters(readable(html)) == _letters(text)


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text)


class _Attributes:
    """What an attribute may say; None leaves it out. One for each page."""

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix
        self._styles: dict[str, str] = {}

    def __call__(self, element: str, attribute: str, value: str) -> str | None:
        if attribute == "style":
            known = self._styles.get(value)
            if known is None:
                known = self._styles[value] = styles.attribute(value)
            return known or None
        if attribute == "class":
            names = (name for name in value.split()[:20] if len(name) <= 60)
            return " ".join(f"{self._prefix}{name}" for name in names) or None
        if attribute in _MEASURES:
            return value.strip() if _MEASURE.fullmatch(value.strip()) else None
        return value.strip() if attribute in ("src", "href") else value


def _style_of(html: str) -> str:
    """What stands in the page's style elements."""
    sheets, place = [], 0
    while found := _STYLE.search(html, place):
        end = _STYLE_END.search(html, found.end())
        place = end.start() if end else len(html)
        sheets.append(html[found.end() : place])
    return "\n".join(sheets).replace("<!--", "").replace("-->", "")


def _local(tag: re.Match[str]) -> str:
    """An image of the message itself as it is; a remote one not loaded, or gone if it is a bug."""
    pairs: dict[str, str] = dict(_PAIR.findall(tag[1]))
    source = pairs.get("src", "")
    if source.lower().startswith("cid:"):
        return tag[0]
    pairs.pop("src", None)
    if not source:
        return pairs.get("alt", "")
    sizes = [pairs[size] for size in _SIZED & pairs.keys()]
    is_tiny = "0" in sizes or (len(sizes) == 2 and all(map(_TINY.fullmatch, sizes)))
    if is_tiny or _UNSEEN.search(pairs.get("style", "")):
        return ""
    pairs[REMOTE] = source
    return f"<img{_written(pairs)}>"


def _painted(tag: re.Match[str]) -> str:
    """The page's colour, which only its own element may have as an attribute."""
    pairs: dict[str, str] = dict(_PAIR.findall(tag[0]))
    colour = pairs.pop("bgcolor")
    if _COLOUR.fullmatch(colour):
        pairs["style"] = "; ".join(
            filter(None, [f"background-color: {colour}", pairs.get("style")])
        )
    return f"<div{_written(pairs)}>"


def _written(pairs: dict[str, str]) -> str:
    return "".join(f' {name}="{value}"' for name, value in pairs.items())


def _honest(tag: re.Match[str]) -> str:
    """A link, marked where it leads elsewhere than it says."""
    href = unescape(dict(_PAIR.findall(tag[1])).get("href", ""))
    words = unescape(_MARKUP.sub("", tag[2]))
    if not href or not (host := links.leads_to(href, words)):
        return tag[0]
    return f'<a{tag[1]} {LEADS_TO}="{escape(host)}">{tag[2]}</a>'


def _is_tangled(html: str) -> bool:
    depth = total = 0
    for end, name in _TAG.findall(html):
        if not _OPEN_ENDED.fullmatch(name.lower()):
            depth = max(0, depth - 1) if end else depth + 1
        total += depth
        if depth > _DEEPEST or total > _MOST_TANGLED:
            return True
    return False
