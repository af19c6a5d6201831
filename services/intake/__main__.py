"""``python -m services.intake``"""

from libs.telemetry import crash_only
from services.intake.app import main

crash_only(main)
