"""What goes one day: said in one place, shown in headers, in the description and in the reference.

    router.get("/old", dependencies=[Depends(Going(since, sunset, "Read /v1/new."))])
    old: Annotated[str, Field(json_schema_extra=Going(since, sunset, "Say new.").schema())] = ""

The headers are those of RFC 9745 (Deprecation) and RFC 8594 (Sunset).
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime

from fastapi import Request
from pydantic.config import JsonDict

NOTICE = timedelta(days=180)
# Where more is said of it, which stands in every installation.
_MORE = '</v1/openapi.json>; rel="deprecation"; type="application/json"'


@dataclass(frozen=True, slots=True)
class Going:
    """Of an address (a dependency of its route) or of a field or parameter. since, sunset: in UTC,
    from when it should not be used any more, and may be gone; instead: a sentence that says what to
    do. Raises ValueError for less notice than the policy gives."""

    since: datetime
    sunset: datetime
    instead: str

    def __post_init__(self) -> None:
        if self.sunset - self.since < NOTICE:
            raise ValueError(f"what goes is announced {NOTICE.days} days before, at the least")

    async def __call__(self, request: Request) -> None:
        """Have the answer say so, whatever it will be."""
        request.state.said = self.headers()

    def headers(self) -> dict[str, str]:
        """What each answer says."""
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            "Sunset": format_datetime(self.sunset, usegmt=True),
            "Link": _MORE,
        }

    def schema(self) -> JsonDict:
        """What the description has of it."""
        return {
            "deprecated": True,
            "x-deprecated-since": self.since.date().isoformat(),
            "x-sunset": self.sunset.date().isoformat(),
            "x-instead": self.instead,
        }
