"""An invitation in words, for mails that say nothing else (RFC 5545). Pure, bounded."""

from datetime import date, datetime

from icalendar import Calendar, Component

_LONGEST = 30_000
_SAID = ("SUMMARY", "DTSTART", "DTEND", "LOCATION", "DESCRIPTION")


def readable(text: str) -> str:
    """What, when and where of the first event; "" for what is no calendar, or an endless one."""
    if len(text) > _LONGEST:
        return ""
    try:
        event = next(iter(Calendar.from_ical(text).walk("VEVENT")), None)
        said = [_said(event, name) for name in _SAID] if event is not None else []
    except Exception:  # it raises several kinds of errors, and there is no list of them
        return ""
    return "\n".join(filter(None, said))


def _said(event: Component, name: str) -> str:
    value = event.get(name)
    moment = getattr(value, "dt", None)
    if isinstance(moment, datetime):
        return f"{moment:%Y-%m-%d %H:%M} {moment.tzname() or ''}".rstrip()
    if isinstance(moment, date):
        return f"{moment:%Y-%m-%d}"
    return str(value) if isinstance(value, str) else ""
