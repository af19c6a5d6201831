"""The pages of the issuer: sign in, sign out, and what went wrong. Plain HTML, without script.

Values are escaped by the template engine; the one style sheet stands in the page, and the policy
names its hash, so that nothing else is applied and nothing at all is run or fetched.
"""

import base64
import hashlib
from collections.abc import Mapping

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

_STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--line:#8c959f;--page:#f6f8fa;
--card:#fff;--act:#0b57d0;--on:#fff;--bad:#b3261e}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--line:#656c76;--page:#0d1117;
--card:#151b23;--act:#4493f8;--on:#0d1117;--bad:#ff8a80}}
*{box-sizing:border-box}
body{margin:0;min-height:100vh;display:grid;align-items:center;background:var(--page);
color:var(--ink);font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main{width:100%;max-width:25rem;margin:0 auto;padding:1.5rem 1rem 4rem}
.name{font-weight:700;color:var(--soft);text-align:center;margin:0 0 1rem}
.card{background:var(--card);border:1px solid var(--line);border-radius:12px;padding:1.75rem}
h1{font-size:1.4rem;line-height:1.25;margin:0 0 1.25rem}
label{display:block;font-weight:600;margin:0 0 .35rem}
input{width:100%;padding:.65rem .8rem;margin:0 0 1.1rem;font:inherit;color:inherit;
background:var(--page);border:1px solid var(--line);border-radius:8px}
button{width:100%;font:inherit;font-weight:600;border:0;border-radius:8px;padding:.7rem 1.3rem;
background:var(--act);color:var(--on);cursor:pointer}
.bad{border-left:4px solid var(--bad);padding:.4rem .8rem;margin:0 0 1.25rem}
p{margin:0 0 1rem}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
"""
_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()

_FRAME = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} · Deskledger</title>
<style>{{ style }}</style>
</head>
<body>
<main>
<p class="name">Deskledger</p>
<div class="card">
<h1>{{ title }}</h1>
{% block content %}{% endblock %}
</div>
</main>
</body>
</html>
"""
_SIGN_IN = """{% extends "frame" %}
{% block content %}
{% if wrong %}<p class="bad" role="alert">{{ wrong }}</p>{% endif %}
<form method="post" action="{{ action }}">
<input type="hidden" name="form" value="{{ form }}">
<label for="user">User name</label>
<input id="user" name="user" value="{{ user }}" autocomplete="username" autocapitalize="none"
spellcheck="false" maxlength="64" required{% if not user %} autofocus{% endif %}>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password"
maxlength="1024" required{% if user %} autofocus{% endif %}>
<button>Sign in</button>
</form>
{% endblock %}
"""
_SIGN_OUT = """{% extends "frame" %}
{% block content %}
<form method="post" action="{{ action }}">
<input type="hidden" name="form" value="{{ form }}">
<p>You are signed in as {{ user }}.</p>
<button>Sign out</button>
</form>
{% endblock %}
"""
_PLAIN = """{% extends "frame" %}
{% block content %}
<p>{{ why }}</p>
{% endblock %}
"""
_ENVIRONMENT = Environment(
    autoescape=True,
    undefined=StrictUndefined,
    loader=DictLoader(
        {"frame": _FRAME, "sign_in": _SIGN_IN, "sign_out": _SIGN_OUT, "plain": _PLAIN}
    ),
)


def page(name: str, title: str, **values: object) -> str:
    """A page by its name."""
    template = _ENVIRONMENT.get_template(name)
    return template.render(title=title, style=Markup(_STYLE), **values)


def headers(goes_to: str = "") -> Mapping[str, str]:
    """What every page is sent with. goes_to: the origin of the application that a form leads back
    to, since browsers apply ``form-action`` to where they are sent on, too."""
    return {
        "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; "
        f"form-action 'self' {goes_to}; base-uri 'none'; frame-ancestors 'none'",
        "Referrer-Policy": "no-referrer",
        "Cache-Control": "no-store",
        "X-Frame-Options": "DENY",
    }
