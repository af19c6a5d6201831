"""Runs the webhook adapter: ``python -m adapters.webhooks``."""

from functools import partial

from adapters.webhooks.app import main
from adapters.webhooks.settings import WebhookSettings
from libs.telemetry import crash_only

crash_only(partial(main, WebhookSettings()))
