"""Runs the mail adapter: ``python -m adapters.email``."""

from functools import partial

from adapters.email.app import main
from adapters.email.settings import EmailSettings
from libs.telemetry import crash_only

crash_only(partial(main, EmailSettings()))
