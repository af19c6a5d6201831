"""The blocking client: a connection, and an area for each kind of thing."""

import time
from collections.abc import Iterator, Mapping
from typing import Self, cast

import httpx

from deskledger_client import blocking_areas as areas
from deskledger_client import core
from deskledger_client.core import Call, Given, Json, Page, Session


class BlockingClient(areas.Areas):
    """Deskledger as the owner of one token sees it. Raises Problem, NotYet, httpx.TransportError.

    url: of the gateway; http: a client of your own, with its base URL and token, if need be.
    """

    def __init__(self, url: str = "", token: str = "", *, http: httpx.Client | None = None) -> None:
        self._http = http or httpx.Client(
            base_url=url,
            headers={"Authorization": f"Bearer {token}"},
            timeout=core.TIMEOUT_SECONDS,
        )
        self._session = Session()
        self._given = Given()
        super().__init__(self)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def given(
        self, *, if_match: str = "", key: str = "", wait: float | None = None
    ) -> "BlockingClient":
        """The same client, whose calls have these conditions."""
        other = BlockingClient(http=self._http)
        other._session, other._given = self._session, Given(if_match, key, wait)
        return other

    def call(self, call: Call) -> Page:
        """One call, asked again where that may help."""
        ready = call.within(self._session, self._given)
        tried = 0
        while True:
            tried += 1
            answer: httpx.Response | None = None
            failure: httpx.TransportError | None = None
            try:
                answer = self._http.send(ready.request(self._http))
            except httpx.TransportError as error:
                failure = error
            seconds = core.pause(tried, answer)
            if answer is not None and (answer.is_success or seconds is None):
                return core.read(answer, self._session)
            if seconds is None:
                assert failure is not None
                raise failure
            time.sleep(seconds)

    def pages(self, call: Call, next: str) -> Iterator[Json]:
        """What all pages of a list have. next: the parameter that takes a page's ``next``."""
        query: Mapping[str, object] = call.query
        while True:
            page = self.call(Call(call.method, call.path, query))
            for item in cast(list[Json], page["items"]):
                yield item
            if page.get("next") is None:
                return
            query = {**query, next: page["next"]}

    def pieces(self, call: Call) -> Iterator[bytes]:
        """What is no JSON, piece by piece."""
        request = call.within(self._session, self._given).request(self._http)
        answer = self._http.send(request, stream=True)
        try:
            if not answer.is_success:
                answer.read()
            core.check(answer)
            for piece in answer.iter_bytes():
                yield piece
        finally:
            answer.close()
