"""``python -m services.gateway``: the API, the read models, or both."""

from libs.telemetry import crash_only
from services.gateway.app import main

crash_only(main)
