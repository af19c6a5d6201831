"""Letters: which templates a desk has for what it sends, and what comes out of them. Pure."""

from libs.letters.choosing import Letters, Written, checked, sample
from libs.letters.defaults import DEFAULTS, Wording
from libs.letters.kinds import KINDS, MARKUP, NAMES, Kind
from libs.letters.templates import BadTemplate, Template, Values

__all__ = [
    "DEFAULTS",
    "KINDS",
    "MARKUP",
    "NAMES",
    "BadTemplate",
    "Kind",
    "Letters",
    "Template",
    "Values",
    "Wording",
    "Written",
    "checked",
    "sample",
]
