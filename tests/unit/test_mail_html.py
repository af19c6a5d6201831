"""Strangers' HTML can be shown: it runs nothing, loads nothing and stays where it is shown."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.email.reading import html, links, styles
from adapters.email.reading.parse import parse

PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5Erk"
    "Jggg=="
)


def safe(page: str) -> str:
    found = html.safe(page)
    assert found is not None
    return found


# Nothing runs


@pytest.mark.parametrize(
    "page",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "<svg onload=alert(1)><script>alert(1)</script></svg>",
        "<math><mtext><table><mglyph><style><!--</style>"
        "<img title='--&gt;&lt;img src=1 onerror=alert(1)&gt;'>",
        "<a href='java&#10;script:alert(1)'>x</a>",
        "<a href=' JaVaScRiPt:alert(1)'>x</a>",
        "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
        "<a href='vbscript:alert(1)'>x</a>",
        "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
        "<object data='data:text/html,<script>alert(1)</script>'></object>",
        "<form action=https://evil.example><input name=password><button formaction=x>go</button>",
        "<meta http-equiv=refresh content='0;url=https://evil.example'><base href=https://evil.example>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<template><img src=x onerror=alert(1)></template>",
        "<p style='width: expression(alert(1)); -moz-binding: url(x); behavior: url(x)'>x</p>",
        "<style></style/><img src=x onerror=alert(1)></style>",
        "<div style=\"font-family:'</style><script>alert(1)</script>'\">x</div>",
        "<style>p{font-family:'</style><script>alert(1)</script>'}</style>",
        "<label for=send>x</label><select><option>a</select>",
    ],
)
def test_nothing_in_it_runs(page: str) -> None:
    found = safe(page).lower()
    for never in ("<script", "onerror=", "onload=", "javascript:", "vbscript:", "data:", "srcdoc"):
        assert never not in found.replace("&lt;", "").replace("title=", "")
    assert not re.search(
        r"<(form|input|button|iframe|object|meta|base|svg|math|label|select|template)", found
    )
    assert "expression" not in found


# Nothing is loaded


@pytest.mark.parametrize(
    "page",
    [
        '<img src="https://t.example/a.png">',
        '<img src="HTTPS://t.example/a.png">',
        '<img src="//t.example/a.png">',
        '<img srcset="https://t.example/a.png 2x" src=cid:a>',
        '<table background="https://t.example/a.png"><td background=https://t.example/a.png>x',
        '<p style="background:url(https://t.example/a.png)">x',
        '<p style="background:\\75\\72\\6c(https://t.example/a.png)">x',
        "<p style=\"background:image-set('https://t.example/a.png' 1x)\">x",
        '<p style="--x:url(https://t.example/a.png);background:var(--x)">x',
        '<p style="list-style-image:url(https://t.example/a.png);cursor:url(https://t.example)">x',
        "<style>@import 'https://t.example/a.css';</style>x",
        "<style>@font-face{font-family:a;src:url(https://t.example/a.woff)}</style>x",
        "<style>p{background:url(https://t.example/a.png)}</style>x",
        "<style>@media screen{p{background:url(https://t.example/a.png)}}</style>x",
        "<link rel=stylesheet href=https://t.example/a.css><link rel=prefetch href=https://t.example>",
        '<video src=https://t.example poster=https://t.example></video><audio src="https://t.example">',
        "<input type=image src=https://t.example/a.png>",
        "<svg><image href=https://t.example/a.png></svg>",
    ],
)
def test_nothing_is_loaded_from_elsewhere(page: str) -> None:
    found = safe(page)
    assert "t.example" not in re.sub(r'data-remote-src="[^"]*"', "", found)
    assert "url(" not in found


def test_a_remote_image_waits_to_be_asked_for_and_a_tracking_pixel_is_gone() -> None:
    found = safe(
        '<img src="https://a.example/logo.png?a=1&amp;b=2" alt="Logo" width="120" height="60">'
        '<img src="https://t.example/1.gif" width="1" height="1">'
        '<img src="https://t.example/2.gif" width=0>'
        '<img src="https://t.example/3.gif" style="display:none">'
        '<img src="https://t.example/4.gif" height="1px" width="3px">'
        '<img src="https://t.example/5.gif" style="width:0;height:0">'
    )
    assert 'data-remote-src="https://a.example/logo.png?a=1&amp;b=2"' in found
    assert "t.example" not in found


def test_an_image_of_the_message_is_shown_and_one_that_stands_in_it_becomes_a_file() -> None:
    page = f'<p>Hi <img src="cid:a@b"><img src="data:image/png;base64,{PNG}">'
    found = parse(f"Content-Type: text/html\r\n\r\n{page}".encode())
    [file] = found.files
    assert found.html is not None
    assert '<img src="cid:a@b">' in found.html
    assert f'<img src="cid:{file.content_id}">' in found.html
    assert (file.name, file.media_type, file.inline) == ("attachment.png", "image/png", True)
    assert file.data.startswith(b"\x89PNG")


# It stays where it is shown


@pytest.mark.parametrize(
    ("css", "left"),
    [
        ("color: red", "color: red"),
        (
            "COLOR:#FFF;font: bold 12px/1.5 'A b', serif",
            'color: #FFF; font: bold 12px/1.5 "A b", serif',
        ),
        ("color: rgb(1 2 3 / 50%)", "color: rgb(1 2 3 / 50%)"),
        ("position: fixed; top: 0; left: 0; z-index: 9999", ""),
        ("margin: -100px; text-indent: -9999px", ""),
        ("width: 99999px; height: 1e9px; width: 100vw; height: 100vh", ""),
        ("font-size: 9999px; line-height: 500", ""),
        ("transform: scale(9); opacity: 0; filter: blur(1px); content: 'x'", ""),
        ("display: flex; display: block; display: fixed", "display: block"),
        ("width: calc(100% + 9px); color: var(--a); color: attr(x)", ""),
        ("pos\\69tion: fixed; color: r\\65 d !important", "color: red !important"),
        ("background: red url(x); background: blue", "background: blue"),
        ("color: red; } body { color: blue", "color: red"),
        ("mso-line-height-rule: exactly; -webkit-mask: none", ""),
        ("font-family: '</style>'", ""),
        (":;;:{}}{", ""),
    ],
)
def test_only_style_that_stays_within_is_kept(css: str, left: str) -> None:
    assert styles.attribute(css) == left


@pytest.mark.parametrize(
    ("css", "left"),
    [
        ("p { color: red }", ".s p { color: red }"),
        ("body, html p.a > b { margin: 0 }", ".s, .s p.m-a > b { margin: 0 }"),
        ("* { color: red }", ".s * { color: red }"),
        ("body, p { display: none; color: red }", ".s, .s p { color: red }"),
        ("a:hover, a:not(b), #id, [x] { color: red }", ".s a:hover { color: red }"),
        ("p { position: fixed }", ""),
        ("@import 'x'; @charset 'x'; @supports (a:b) { p { color: red } }", ""),
        (
            "@media only screen and (max-width: 600px) { .a { width: 100% !important } }",
            "@media only screen and (max-width: 600px) {\n.s .m-a { width: 100% !important }\n}",
        ),
        ("@media screen { @media print { p { color: red } } }", ""),
        ("@media x<y { p { color: red } }", ""),
        ("+ p, ~ p, > p { color: red }", ".s p, .s p, .s p { color: red }"),
        ("p { color: red", ".s p { color: red }"),
        ("} p { color: red }", ""),
    ],
)
def test_a_sheet_is_for_its_message_alone(css: str, left: str) -> None:
    assert styles.sheet(css, "s", "m-") == left


def test_classes_are_the_message_s_own_and_ids_are_none() -> None:
    found = safe('<style>.btn{color:red}</style><p class="btn modal" id="app" name="app">x')
    [scope] = set(re.findall(r"mail-[0-9a-f]{8}", found))
    prefix = scope.replace("mail-", "m") + "-"
    assert f'<p class="{prefix}btn {prefix}modal">x' in found
    assert f".{scope} .{prefix}btn {{ color: red }}" in found
    assert "id=" not in found
    assert found.startswith('<div style="contain: content; overflow: auto">')


def test_the_page_s_own_colours_are_kept() -> None:
    found = safe('<body bgcolor="#000" style="color: #fff"><p>x</body>')
    assert '<div style="background-color: #000; color: #fff"><p>x</p></div>' in found


# Links


@pytest.mark.parametrize(
    ("href", "words", "host"),
    [
        ("https://evil.example/x", "https://bank.example/login", "evil.example"),
        ("https://evil.example/x", "www.bank.example", "evil.example"),
        ("https://evil.example/x", "bank.example", "evil.example"),
        ("https://bank.example.evil.example", "bank.example", "bank.example.evil.example"),
        ("https://bank.example@evil.example/", "click here", "evil.example"),
        ("mailto:eve@evil.example", "support@bank.example", "eve@evil.example"),
        ("https://bank.example/login", "https://www.bank.example", ""),
        ("https://click.bank.example/x", "bank.example", ""),
        ("https://BANK.example", "bank.EXAMPLE.", ""),
        ("https://xn--bcher-kva.example", "bücher.example", ""),
        ("https://evil.example", "click here", ""),
        ("https://evil.example", "report.pdf", ""),
        ("https://evil.example", "Read more at bank.example today", ""),
        ("mailto:a@b.example?subject=x", "A@b.example", ""),
        ("https://[x", "bank.example", ""),
        ("tel:+49", "bank.example", ""),
    ],
)
def test_a_link_that_looks_as_if_it_led_elsewhere_says_where_it_leads(
    href: str, words: str, host: str
) -> None:
    assert links.leads_to(href, words) == host


def test_a_marked_link_says_so_to_who_reads() -> None:
    found = safe('<a href="https://evil.example/a?b=1&amp;c=2">https://<b>bank.example</b>/</a>')
    assert 'data-leads-to="evil.example">https://<b>bank.example</b>/</a>' in found
    assert '[data-leads-to]::after { content: " (" attr(data-leads-to) ")" }' in found


def test_a_link_leads_out_and_tells_nothing_about_us() -> None:
    found = safe(
        '<a href="https://a.example" target="_top" rel="opener">x</a><a href="/v1/x">y</a>'
    )
    assert found == (
        '<a href="https://a.example" rel="noopener noreferrer nofollow">x</a>'
        '<a rel="noopener noreferrer nofollow">y</a>'
    )


# Any page


PIECES = st.sampled_from(
    ["<p ", "style=\"", "class='", "<style>", "</style>", "<img src=cid:", "<a href=", "@media ",
     "{", "}", "(", "url(", "<body ", "<!--", "-->", "</", ">", "color:red;", ".a", "&quot;",
     "<table>"]
)  # fmt: skip


@given(st.lists(st.one_of(PIECES, st.text(max_size=8)), max_size=30))
def test_any_page_is_made_safe_and_stays_so(pieces: list[str]) -> None:
    found = html.safe("".join(pieces))
    assert found is not None
    page = re.sub(r"<style>.*?</style>", "", found, flags=re.DOTALL)
    assert "<script" not in page
    assert "<style" not in page
    style = re.findall(r"<style>(.*?)</style>| style=\"([^\"]*)\"", found, flags=re.DOTALL)
    assert "url(" not in "".join(sheet + attribute for sheet, attribute in style)
    assert html.safe(found) is not None


@pytest.mark.parametrize(
    "page",
    [
        "".join(f'<i style="margin:{n}px;c:{n}">x</i>' for n in range(13_000)),
        "<style>" + "@media (" * 60_000,
        "<style>" + "p(" * 200_000,
        "<style>" + "p{color:red}" * 40_000,
        "<style></style>" * 30_000,
        '<a href="http://a.b">a.c</a>' * 17_000,
        "<a href=x>" + "<b>x</b>" * 60_000,
        '<img src="data:image/png;base64,AAAA">' * 12_000,
        '<p style="color:' + "rgb(" * 400 + '">',
    ],
    ids=lambda page: page[:20],
)
def test_a_page_takes_bounded_time(page: str) -> None:
    started = time.process_time()
    html.safe(page)
    html.without_embedded(page)
    assert time.process_time() - started < 8
