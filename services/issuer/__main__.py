"""``python -m services.issuer``: login page, sessions, tokens."""

from libs.telemetry import crash_only
from services.issuer.app import main

crash_only(main)
