"""What a process tells about itself: traces, metrics, logs, whether it makes progress.

`libs.telemetry.health` serves the last over HTTP; it is imported by name, for what it pulls in.
"""

from libs.telemetry.crash import crash_only
from libs.telemetry.metrics import Attribute, Counter, Gauge, Histogram, Metrics
from libs.telemetry.progress import Progress
from libs.telemetry.telemetry import Telemetry, setup

__all__ = [
    "Attribute",
    "Counter",
    "Gauge",
    "Histogram",
    "Metrics",
    "Progress",
    "Telemetry",
    "crash_only",
    "setup",
]
