"""Answers of people who are away: how their programs head them, and the day of return. Pure."""

import re
from datetime import date, datetime, time
from itertools import islice

import dateparser
import re2

_READ_LENGTH = 4_000
_FAR_DAYS = 400
_MOST_DATES = 10


def _compiled(pattern: str) -> "re2._Regexp[str]":
    options = re2.Options()
    options.case_sensitive = False
    return re2.compile(pattern, options)


_HEADS = (
    r"auto(?:matic|mated|matical)?[ -]?(?:reply|response|answer)|autoreply|auto:"
    r"|out of (?:the )?office|ooo|away from (?:the|my) (?:office|desk)"
    r"|on (?:vacation|holiday|annual leave)"
    r"|automatische antwort|abwesenheits(?:notiz|nachricht|meldung)|abwesend|nicht im büro"
    r"|réponse automatique|message automatique|absence du bureau|absent du bureau"
    r"|notification d.absence"
    r"|respuesta automática|contestación automática|fuera de (?:la )?oficina|ausente de la oficina"
    r"|risposta automatica|fuori (?:sede|ufficio)|assenza dall.ufficio"
    r"|resposta automática|ausência (?:temporária|do escritório)|fora do escritório"
    r"|automatisch(?:e)? antwoord|afwezig(?:heid)?(?:sbericht)?|niet aanwezig"
    r"|autosvar|automatiskt svar|automatisk svar|frånvaro(?:meddelande)?|fraværsmelding"
    r"|fravær(?:smeddelelse|sbesked)?|ikke til stede"
    r"|automaattinen vastaus|poissaoloviesti|poissa"
    r"|odpowiedź automatyczna|automatyczna odpowiedź|nieobecność|poza biurem"
    r"|automatická odpověď|mimo kancelář|automatická odpoveď"
    r"|автоматический ответ|автоответ|вне офиса|автоматична відповідь"
    r"|automatikus válasz|házon kívül|răspuns automat|otomatik (?:yanıt|cevap)|ofis dışında"
    r"|αυτόματη απάντηση|מענה אוטומטי|رد تلقائي|trả lời tự động|balasan otomatis"
    r"|自动(?:回复|答复)|自動(?:回覆|回復)|自動(?:返信|応答)"
    r"|不在(?:通知|のお知らせ)?|자동 ?(?:회신|응답)|부재 ?중"
)
# The whole subject, or what stands before a colon or a bracket: people write of such answers, too.
_HEADED = _compiled(rf"^(?:\[[^\]]{{1,30}}\]\s*)?(?:{_HEADS})\s*(?:$|[:：(\[!-])")
# What stands before the day (or, in some languages, right after it).
_CUES = _compiled(
    r"(?:^|[^\pL])(?:until|till|thru|through|back|return(?:ing)?|again"
    r"|bis|wieder|ab|erst|jusqu.au|retour|partir|hasta|regreso|vuelvo|volveré"
    r"|fino|rientro|rientrerò|dal|até|retorno|volto|regresso|tot|t/m|terug|vanaf"
    r"|t\.?o\.?m|tillbaka|til|tilbage|tilbake|saakka|asti|palaan|do|wracam|wrócę|od|vrátím|opět"
    r"|naspäť|до|вернусь|повернусь|ig|vissza|până|kadar|tarihine|μέχρι|έως)(?:$|[^\pL])"
    r"|直到|至|到|まで|から|까지"
)
_BEFORE, _AFTER = 30, 20
_DATE = re.compile(
    r"(?:\d{4}\s?[年년]\s?)?\d{1,2}\s?[月월]\s?\d{1,2}\s?[日일号號]"
    r"|\b\d{4}-\d{1,2}-\d{1,2}|\b\d{1,2}[./-]\s?\d{1,2}(?:[./-]\s?(?:\d{4}|\d{2})|\.|\b)"
    r"|\b\d{1,2}(?:\.|er|st|nd|rd|th|º|°)?\s(?:de\s|of\s)?[^\W\d_]{3,12}\.?(?:,?\s(?:de\s)?\d{4})?"
    r"|\b\d{4}\.\s[^\W\d_]{3,12}\s\d{1,2}"
    r"|\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]{0,6}\.?\s\d{1,2}"
    r"(?:st|nd|rd|th)?\b(?:,?\s\d{4})?",
    re.IGNORECASE,
)
_DIGITS = re.compile(r"\d+")
# Languages by the names that dateparser has for them.
_NAMED = {"no": "nb"}
_CODES = "bg cs da de el en es et fi fr he hr hu id it ko ja lv nb nl pl pt ro ru sk sv tr uk zh"
_READ = frozenset(_CODES.split())


def is_one(subject: str) -> bool:
    """Whether a program that answers for somebody who is away heads its answers so."""
    return _HEADED.match(subject[:200]) is not None


def away_until(text: str, language: str, sent: datetime) -> date | None:
    """The day that an answer names for the return; None when it names none ahead.

    language: of the text (ISO 639-1), "" when unknown; sent: when it came, which tells the year.
    The latest of the days it names counts ("from 2 May until 20 May").
    """
    said = " ".join(text[:_READ_LENGTH].split())
    named = (
        _day(found[0], language, sent.date())
        for found in islice(_DATE.finditer(said), _MOST_DATES)
        if _CUES.search(said[max(0, found.start() - _BEFORE) : found.start()])
        or _CUES.search(said[found.end() : found.end() + _AFTER])
    )
    ahead = (day for day in named if day and 0 <= (day - sent.date()).days <= _FAR_DAYS)
    return max(ahead, default=None)


def _day(written: str, language: str, today: date) -> date | None:
    numbers = [int(number) for number in _DIGITS.findall(written)]
    if any(letter.isalpha() and letter not in "年月日号號년월일" for letter in written):
        return _in_words(written, language, today)
    if len(numbers) == 3 and numbers[0] > 31:
        return _of(numbers[0], numbers[1], numbers[2])
    if any(sign in written for sign in "月월"):
        year, month, day = numbers if len(numbers) == 3 else (0, *numbers)
    else:
        day, month, year = numbers if len(numbers) == 3 else (*numbers, 0)
        # Of the languages here only American English has the month first, behind a slash.
        american = language == "en" and "/" in written and day <= 12
        if month > 12 or american:
            day, month = month, day
    year += 2_000 if 0 < year < 100 else 0
    return _of(year, month, day) if year else _next(month, day, today)


def _in_words(written: str, language: str, today: date) -> date | None:
    """Months by their names. Raises nothing: what is no date is None."""
    named = _NAMED.get(language, language)
    found = dateparser.parse(
        written,
        languages=[named if named in _READ else "en"],
        settings={
            "RELATIVE_BASE": datetime.combine(today, time()),
            "PREFER_DATES_FROM": "future",
            "REQUIRE_PARTS": ["day", "month"],
            "DATE_ORDER": "DMY",
        },
    )
    return found.date() if found else None


def _next(month: int, day: int, today: date) -> date | None:
    """This day of the year, the next time it comes."""
    this_year = _of(today.year, month, day)
    return this_year if this_year and this_year >= today else _of(today.year + 1, month, day)


def _of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
