"""Where a quoted mail begins: attributions, header blocks and marks, line by line. Pure, linear."""

import re2

from adapters.email.reading import phrases

LINE_LENGTH = 500
_MOST_JOINED = 5  # lines of an attribution that was wrapped
_HEADER_LINES = 12
_TRIMMED = " \t*_\u200e\u200f\ufeff\u202a\u202c\xa0\u202f"


def _compiled(pattern: str) -> "re2._Regexp[str]":
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    return re2.compile(pattern, options)


_DATED = _compiled(r"\d{4}|\d{1,2}[:.h]\d{2}|\d{1,2}[./-]\d{1,2}")
_OPENED = _compiled(
    rf"^(?:(?:{phrases.OPENERS})[\s,:.]+.*\d|\d{{4}}[-/.年년]|\d{{1,2}}[-/.]\s?\d"
    r"|\d{1,2}\.? \pL{2,}.*\d|\pL{2,5}[.,]{0,2} \d|\pL{5,12}[.,]* .{0,12}\d{1,2}.*\d{4})"
)
_LAST_VERB = _compiled(
    rf"(?:^|[\s,>\")\]])(?:{phrases.WROTE_LAST})\s*[:：]$|(?:写道|寫道|のメール|님이 작성)\s*[:：]$"
)
_INNER_VERB = _compiled(rf"(?:^|[\s,>])(?:{phrases.WROTE_WITHIN})[\s,].*[:：]$")
_NAME_FIRST = _compiled(
    rf"^[^@:]{{0,80}}[<(\[][^<>@]*@[^<>]*[>)\]]+[\s,](?:.{{0,60}}\s)?(?:{phrases.WROTE_LAST})\b?.{{0,80}}[:：]$"
)
_DATE_FIRST = _compiled(r"<[^<>]*@[^<>]*>+\s*[:：]?$")
_QUOTING = _compiled(rf"^(?:{phrases.QUOTING}) .{{1,200}}[:：]$")
_OWN_WORDS = _compiled(phrases.WITHOUT_ME)
_RULE = _compiled(r"^[>\s]*(?:-{5,}|_{5,}|={5,}|—{3,}|\*{5,})\s*$")
_ORIGINAL = _compiled(
    rf"^[>\s*_]*[-—_=]{{2,}}[\s>*]*(?:{phrases.ORIGINAL})[^-—_=]{{0,60}}[-—_=]{{2,}}[\s*_]*$"
)
_FORWARDED = _compiled(
    rf"^[>\s*_]*[-—_=]{{2,}}[\s>*]*(?:{phrases.FORWARDED})[^-—_=]{{0,60}}[-—_=]{{2,}}[\s*_]*$"
    rf"|^[>\s*_]*(?:{phrases.FORWARDED})\s*[:：][\s*_]*$"
)
# ``---- Ada Byron wrote ----``, ``-----On 5/6/2026, Ada Byron wrote-----``.
_FRAMED = _compiled(
    rf"^[>\s*_]*-{{3,}}\s*([^-].{{2,150}}\s(?:{phrases.WROTE_LAST}))\s*[:：]?\s*-{{3,}}\s*$"
)
_ABOVE = _compiled(phrases.REPLY_ABOVE)
_FIELD = {
    what: _compiled(rf"^(?:{names})[\s*_]*[:：][\s*_]*(.*)$")
    for what, names in phrases.FIELDS.items()
}
_QUOTED = _compiled(r"^\s{0,8}(?:>(?:[^F]|F[^r]|$)|\w{1,20}> )")


class Mark:
    """Lines [start, end) that introduce what somebody else has written before. forward: it is sent
    on, not answered."""

    __slots__ = ("end", "forward", "start")

    def __init__(self, start: int, end: int, forward: bool = False) -> None:
        self.start, self.end, self.forward = start, end, forward


def bare(line: str) -> str:
    """A line without emphasis, quote signs and odd blanks around, cut at 500 characters."""
    return line[:LINE_LENGTH].replace("\xa0", " ").replace("\u202f", " ").strip(_TRIMMED)


def is_quoted(line: str) -> bool:
    """Whether a line bears a quote sign (``>``, ``Ana> ``)."""
    return _QUOTED.match(line[:40]) is not None


def field_of(line: str) -> tuple[str, str]:
    """Which header field a quoted line is ("from", "date", "to", "copy", "subject", "other"), and
    its value; "" for none."""
    text = bare(line).lstrip(">| \t*_")
    if ":" in text[:40] or "：" in text[:40]:
        for what, pattern in _FIELD.items():
            if found := pattern.match(text):
                return what, found[1].strip()
    return "", ""


def mark_at(lines: list[str], place: int, begun: int) -> Mark | None:
    """What begins in this line, or ends in it if it is an attribution; no line before ``begun``
    belongs to it."""
    text = lines[place][:LINE_LENGTH]
    if _FORWARDED.match(text) is not None:
        return Mark(place, _end_of_headers(lines, place + 1, 1) or place + 1, forward=True)
    if _ORIGINAL.match(text) is not None or _ABOVE.search(text) is not None:
        return Mark(place, _end_of_headers(lines, place + 1, 1) or place + 1)
    framed = _FRAMED.match(text)
    if framed is not None and _OWN_WORDS.search(framed[1]) is None:
        return Mark(place, place + 1)
    if _RULE.match(text) is not None:
        end = _end_of_headers(lines, place + 1, 2)
        return Mark(place, end) if end else None
    if end := _end_of_headers(lines, place, 3):
        return Mark(place, end)
    start = _start_of_attribution(lines, place, begun)
    return None if start is None else Mark(start, place + 1)


def _end_of_headers(lines: list[str], start: int, least: int) -> int:
    """Where the header block that starts here (blank lines aside) ends; 0 where none does.

    least: how many different fields make it one; a sender and a date or a subject must be there.
    """
    found: set[str] = set()
    end = place = _written(lines, start)
    if place < len(lines) and not field_of(lines[place])[0]:
        return 0
    blanks = continued = 0
    while place < len(lines) and place < start + 2 * _HEADER_LINES:
        what, _ = field_of(lines[place])
        if what:
            found.add(what)
            end, blanks, continued = place + 1, 0, 0
        elif not bare(lines[place]).strip("> "):
            blanks += 1
        elif continued or blanks:  # one line more is the rest of a long subject
            break
        else:
            continued += 1
        if blanks > 1:
            break
        place += 1
    known = "from" in found and bool(found & {"date", "subject", "to"})
    if not known or len(found) < least:
        return 0
    return end + 1 if _is_continued(lines, end) else end


def _is_continued(lines: list[str], end: int) -> bool:
    """Whether the line after the last field is its second half: a blank one follows."""
    return (
        end + 1 < len(lines)
        and bool(bare(lines[end]))
        and not bare(lines[end + 1])
        and field_of(lines[end - 1])[0] in ("to", "copy")
        and "@" in lines[end]
    )


def _start_of_attribution(lines: list[str], place: int, begun: int) -> int | None:
    """The first line of the attribution that ends in this one; None where none does."""
    last = bare(lines[place])
    if not last.endswith((":", "：", ">")):
        return None
    below = _written(lines, place + 1)
    quoted_below = below < len(lines) and (is_quoted(lines[below]) or lines[below].startswith("|"))
    joined, start, taken = "", place + 1, 0
    likely: int | None = None  # a whole one, unless an opening line stands right above
    while taken < _MOST_JOINED and start > begun:
        start -= 1
        text = bare(lines[start])
        if not text:
            if likely is not None or not bare(lines[start + 1]):
                break  # after two blank lines, whatever is above is something else
            continue
        joined = f"{text} {joined}".strip()
        taken += 1
        if is_quoted(lines[start]) and start != place:
            break
        if is_quoted(lines[start]):
            continue
        if _OPENED.match(text) is not None and _opens_one(joined, text, quoted_below):
            return start
        if _names_writer(joined) or (likely is None and quoted_below and _says_shortly(joined)):
            likely = start
    return likely


def _opens_one(joined: str, first: str, quoted_below: bool) -> bool:
    """Whether these lines, whose first one begins with a date, say who wrote then."""
    ends = joined.endswith((":", "："))
    if (ends or (quoted_below and first[:1].isdigit())) and _DATE_FIRST.search(joined) is not None:
        return True
    return ends and _says_who_wrote(joined) and _DATED.search(joined) is not None


def _names_writer(joined: str) -> bool:
    """Whether these lines, whose first one names somebody, say that they wrote."""
    if _OWN_WORDS.search(joined) is not None:
        return False
    return _NAME_FIRST.match(joined) is not None or _QUOTING.match(joined) is not None


def _says_shortly(joined: str) -> bool:
    """``Ada Byron wrote:``, above quoted lines."""
    # With more closing than opening brackets, the address began in the line above.
    whole = joined.endswith((":", "：")) and joined.count("<") >= joined.count(">")
    # What stands before a rule within the line, the sender has written.
    return whole and "---" not in joined and len(joined) <= 120 and _says_who_wrote(joined)


def _says_who_wrote(joined: str) -> bool:
    found = _LAST_VERB.search(joined) is not None or _INNER_VERB.search(joined) is not None
    return found and _OWN_WORDS.search(joined) is None


def _written(lines: list[str], place: int) -> int:
    """The next line that is not blank."""
    while place < len(lines) and not bare(lines[place]):
        place += 1
    return place
