"""HTML that strangers wrote: a safe copy to show, a plain text to read. Pure, bounded."""

import re
from html import unescape
from urllib.parse import unquote

import nh3
from resiliparse.extract.html2text import extract_plain_text

LONGEST = 500_000
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


def safe(html: str) -> str | None:
    """What may be shown: no scripts, no styles, nothing loaded from elsewhere.

    None for markup too long or too tangled to be taken apart in time; its text is still readable.
    """
    if len(html) > LONGEST or _is_tangled(html):
        return None
    return nh3.clean(
        html,
        url_schemes={"http", "https", "mailto", "tel", "cid"},
        link_rel="noopener noreferrer nofollow",
        attribute_filter=_local_images,
    )


def readable(html: str) -> str:
    """The text of a page, with its paragraphs, lists and line breaks."""
    page = html[:LONGEST]
    if _is_tangled(page):
        return unescape(_MARKUP.sub(" ", page))
    return str(extract_plain_text(page, alt_texts=False))


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


def _local_images(element: str, attribute: str, value: str) -> str | None:
    """Images of the message itself only: a remote one tells its sender who reads, and when."""
    if attribute == "src" and not value.startswith("cid:"):
        return None
    return value


def _is_tangled(html: str) -> bool:
    depth = total = 0
    for end, name in _TAG.findall(html):
        if not _OPEN_ENDED.fullmatch(name.lower()):
            depth = max(0, depth - 1) if end else depth + 1
        total += depth
        if depth > _DEEPEST or total > _MOST_TANGLED:
            return True
    return False
