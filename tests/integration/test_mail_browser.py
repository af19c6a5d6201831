"""Nasty mails in a real browser: made safe they run nothing, ask nobody and stay in their place.

The desk's page here is one without any protection of its own (no iframe, no policy), so that the
sanitiser alone is tried; and the same mails unsanitised set both canaries off.

    MAIL_SCREENSHOTS=some/folder pytest tests/integration/test_mail_browser.py

keeps pictures of each mail at the width of a desk and of a phone.
"""

import os
import shutil
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from adapters.email.reading.parse import Mail, parse
from tests.support.nasty_mails import NASTY, Harm, Nasty

pytestmark = pytest.mark.integration

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESK_WIDTH, PHONE_WIDTH = 1280, 390
DESK = """<!doctype html><html><head><meta charset="utf-8"><title>desk</title><style>
body {{ margin: 0; font: 15px sans-serif; background: #f4f4f4 }}
.toolbar {{ background: #143c6e; color: #fff; padding: 10px }}
article {{ background: #fff; margin: 12px; padding: 12px }} footer {{ padding: 12px }}
</style></head><body><header class="toolbar">Deskledger <button id="send">Send</button></header>
<main><article id="message">{message}</article></main><footer>Footer of the desk</footer>
</body></html>"""


class Server:
    """Serves the pages that it was given, and remembers what else it was asked for."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.asked: list[str] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                media_type, body = server.pages.get(self.path, ("", b""))
                if not media_type:
                    server.asked.append(self.path)
                self.send_response(200 if media_type else 404)
                self.send_header("Content-Type", media_type or "text/plain")
                self.send_header("Access-Control-Allow-Origin", "*")
                self.end_headers()
                self.wfile.write(body)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self._http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._http.shutdown()
        self._http.server_close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        pytest.skip("no browser is here: apt-get install chromium")
    with sync_playwright() as playwright:
        # Its own sandbox needs rights that a container's root does not have.
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def canary() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def desk() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def shown(desk: Server, mail: Mail) -> str:
    """The message's HTML with its pictures where the desk serves them."""
    html = mail.html or ""
    for file in mail.files:
        if file.inline:
            path = f"/file/{quote(file.content_id)}"
            desk.pages[path] = (file.media_type, file.data)
            html = html.replace(f'src="cid:{file.content_id}"', f'src="{path}"')
    return html


def opened(browser: Browser, desk: Server, message: str, width: int) -> Page:
    desk.pages["/"] = ("text/html", DESK.format(message=message).encode())
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{desk.url}/", wait_until="load")
    return page


def keep(page: Page, name: str, width: int) -> None:
    if folder := os.environ.get("MAIL_SCREENSHOTS"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=Path(folder) / f"{name}-{width}.png")


TOOLBAR = """() => {
    const button = document.getElementById('send'), box = button.getBoundingClientRect();
    const header = document.querySelector('header').getBoundingClientRect();
    const style = getComputedStyle(button);
    const at = (x, y) => document.elementFromPoint(x, y);
    return [
        document.querySelectorAll('#send').length, box.x, box.y, box.width, header.height,
        style.color, style.backgroundColor, style.visibility,
        getComputedStyle(document.body).display,
        at(box.x + 5, box.y + 5) === button, at(innerWidth - 3, 3).tagName,
        document.documentElement.scrollWidth <= innerWidth,
    ];
}"""


@pytest.mark.parametrize("width", [DESK_WIDTH, PHONE_WIDTH])
@pytest.mark.parametrize("nasty", NASTY, ids=lambda nasty: nasty.name)
def test_a_nasty_mail_does_nothing_but_be_read(
    browser: Browser, desk: Server, canary: Server, nasty: Nasty, width: int
) -> None:
    # given the desk with a harmless mail
    page = opened(browser, desk, "<p>Hello</p>", width)
    before = page.evaluate(TOOLBAR)
    page.close()
    # when the nasty one is shown as it was made safe, and there is time for a refresh
    mail = parse(nasty.raw(canary.url))
    assert mail.html
    desk.asked.clear()
    page = opened(browser, desk, shown(desk, mail), width)
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.wait_for_timeout(1_300 if "refresh" in nasty.html else 300)
    # then neither canary was heard
    assert canary.asked == []
    assert page.title() == "desk"
    assert page.url == f"{desk.url}/"
    assert [asked for asked in desk.asked if asked != "/favicon.ico"] == []
    assert requests == []
    # and the desk is as it was: nothing covers, moves, hides or paints it
    assert page.evaluate(TOOLBAR) == before
    # and what is to be read can be read
    assert page.inner_text("#message").strip()
    keep(page, nasty.name, width)
    page.close()


@pytest.mark.parametrize(
    ("nasty", "harm"),
    [(nasty, harm) for nasty in NASTY for harm in nasty.harm],
    ids=lambda value: value if isinstance(value, str) else value.name,
)
def test_the_same_mail_unsanitised_does_harm(
    browser: Browser, desk: Server, canary: Server, nasty: Nasty, harm: Harm
) -> None:
    page = opened(browser, desk, nasty.page(canary.url), DESK_WIDTH)
    until = time.monotonic() + 10
    while time.monotonic() < until and not fired(canary, harm):
        page.wait_for_timeout(50)
    assert fired(canary, harm)
    page.close()


def fired(canary: Server, harm: Harm) -> bool:
    if harm == "script":
        return "/script" in canary.asked
    return any(asked != "/script" for asked in canary.asked)


def test_a_picture_of_the_message_and_its_colours_are_shown(
    browser: Browser, desk: Server, canary: Server
) -> None:
    [newsletter] = [nasty for nasty in NASTY if "newsletter" in nasty.name]
    page = opened(browser, desk, shown(desk, parse(newsletter.raw(canary.url))), DESK_WIDTH)
    width, colour = page.evaluate(
        """() => [
            document.querySelector('#message img').naturalWidth,
            getComputedStyle(document.querySelector('#message a')).backgroundColor,
        ]"""
    )
    assert (width, colour) == (160, "rgb(20, 60, 110)")
    page.close()
