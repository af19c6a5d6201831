"""The tracking pages as HTML: plain, readable without script and without anything from elsewhere.

Values are escaped by the template engine; the one style sheet stands in the page, and the policy
names its hash, so that nothing else is applied and nothing at all is run or fetched.
"""

import base64
import hashlib
from collections.abc import Mapping

from jinja2 import DictLoader, Environment, StrictUndefined
from markupsafe import Markup

STYLE = """
:root{color-scheme:light dark;--ink:#1f2328;--soft:#59636e;--line:#d1d9e0;--page:#f6f8fa;
--card:#fff;--us:#eef4ff;--act:#0b57d0;--on:#fff;--good:#1a7f37}
@media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--soft:#9da7b3;--line:#3d444d;--page:#0d1117;
--card:#151b23;--us:#14223a;--act:#4493f8;--on:#0d1117;--good:#3fb950}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);
font:16px/1.5 system-ui,-apple-system,"Segoe UI",Roboto,Helvetica,Arial,sans-serif}
main{max-width:46rem;margin:0 auto;padding:1.5rem 1rem 4rem}
.brand{color:var(--soft);font-size:.9rem;margin:0 0 1.25rem}
h1{font-size:1.5rem;line-height:1.25;margin:0 0 .5rem;overflow-wrap:anywhere}
h2{font-size:1.05rem;margin:2rem 0 .75rem}
.facts{color:var(--soft);margin:0 0 1rem}
.status{display:inline-block;border:1px solid var(--line);border-radius:2rem;padding:.15rem .8rem;
background:var(--card);color:var(--ink);font-weight:600;font-size:.9rem;margin:0 0 .5rem}
.status.solved,.status.closed{color:var(--good)}
.note{border-left:4px solid var(--act);background:var(--card);padding:.6rem 1rem;margin:1rem 0;
border-radius:0 8px 8px 0}
ol{list-style:none;margin:0;padding:0}
li.message{background:var(--card);border:1px solid var(--line);border-radius:10px;
padding:.9rem 1.1rem;margin:0 0 .9rem}
li.us{background:var(--us)}
.who{display:flex;flex-wrap:wrap;justify-content:space-between;gap:.1rem 1rem;margin:0 0 .4rem;
color:var(--soft);font-size:.9rem}
.who strong{color:var(--ink)}
.said{white-space:pre-wrap;overflow-wrap:anywhere;margin:0}
details{margin:.5rem 0 0;color:var(--soft)}
summary{cursor:pointer;font-size:.9rem}
.files{margin:.6rem 0 0;padding:0 0 0 1.1rem;font-size:.95rem;overflow-wrap:anywhere}
a{color:var(--act)}
label,legend{display:block;font-weight:600;margin:0 0 .4rem;padding:0}
textarea{width:100%;min-height:9rem;padding:.7rem .8rem;font:inherit;color:inherit;
background:var(--card);border:1px solid var(--soft);border-radius:8px;resize:vertical}
button{font:inherit;font-weight:600;border:0;border-radius:8px;padding:.65rem 1.3rem;
background:var(--act);color:var(--on);cursor:pointer;margin:.8rem .6rem 0 0}
button.second{background:transparent;color:var(--act);border:1px solid var(--act)}
:focus-visible{outline:3px solid var(--act);outline-offset:2px}
fieldset{border:0;margin:0 0 1.25rem;padding:0}
.scale{display:flex;flex-wrap:wrap;gap:.5rem;align-items:center}
.scale label{display:flex;align-items:center;gap:.4rem;margin:0;border:1px solid var(--line);
border-radius:8px;padding:.55rem .9rem;background:var(--card);cursor:pointer}
.scale span{color:var(--soft);font-size:.9rem}
"""

_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_HASH}'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "X-Frame-Options": "DENY",
}

_FRAME = """<!doctype html>
<html lang="{{ w.language }}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="robots" content="noindex">
<meta name="referrer" content="no-referrer">
<title>{{ title }}</title>
<style>{{ style }}</style>
</head>
<body>
<main>
{% if brand %}<p class="brand">{{ brand }}</p>{% endif %}
{% block content %}{% endblock %}
</main>
</body>
</html>
"""
_TICKET = """{% extends "frame" %}
{% block content %}
<h1>{{ ticket.subject or w.request }}</h1>
<p class="status {{ ticket.status }}">{{ w[ticket.status] }}</p>
<p class="facts">{{ w.request }} {{ ticket.prefix }}{{ ticket.number }} · {{ w.opened }}
<time datetime="{{ ticket.created_at }}">{{ opened }}</time></p>
{% if notice %}<p class="note" role="status">{{ notice }}</p>{% endif %}
{% if goes_on %}<p><a href="{{ goes_on }}">{{ w.goes_on }}</a></p>{% endif %}
<h2 id="conversation">{{ w.conversation }}</h2>
<ol>
{% for one in said %}
<li class="message{% if one.ours %} us{% endif %}">
<p class="who"><strong>{{ one.author }}</strong>
<time datetime="{{ one.at }}">{{ one.when }}</time></p>
<p class="said">{{ one.text }}</p>
{% if one.folded %}<details><summary>{{ w.quoted }}</summary>
<p class="said">{{ one.folded }}</p></details>{% endif %}
{% if one.files %}<ul class="files" aria-label="{{ w.files }}">
{% for file in one.files %}<li>{% if file.gone %}{{ file.name }}{% else %}<a
href="{{ place }}/files/{{ file.id }}" download>{{ file.name or file.id }}</a>{% endif %}</li>
{% endfor %}</ul>{% endif %}
</li>
{% else %}
<li>{{ w.nothing }}</li>
{% endfor %}
</ol>
{% if more %}<p><a href="{{ place }}?after={{ more }}">{{ w.more }}</a></p>{% endif %}
{% if can_rate %}<p><a href="{{ place }}/rating">{{ w.rate }}</a></p>{% endif %}
<form method="post" action="{{ place }}">
<input type="hidden" name="key" value="{{ key }}">
<label for="text">{{ w.answer }}</label>
{% if ticket.status == "closed" %}<p class="facts">{{ w.follow_up }}</p>{% endif %}
<textarea id="text" name="text" required maxlength="20000">{{ draft }}</textarea>
<button>{{ w.send }}</button>
</form>
{% endblock %}
"""
_RATING = """{% extends "frame" %}
{% block content %}
<h1>{{ ticket.subject or w.request }}</h1>
<p class="facts">{{ w.request }} {{ ticket.prefix }}{{ ticket.number }}</p>
{% if notice %}<p class="note" role="status">{{ notice }}</p>{% endif %}
{% if scores %}
{% if broken %}
<h2>{{ w.is_solved }}</h2>
<form method="post" action="{{ place }}/rating">
<input type="hidden" name="key" value="{{ key }}">
<label for="why">{{ w.comment }}</label>
<textarea id="why" name="comment" maxlength="20000"></textarea>
<button name="solved" value="no">{{ w.broken }}</button>
</form>
<p><a href="{{ place }}/rating">{{ w.yes }}</a></p>
{% else %}
<form method="post" action="{{ place }}/rating">
<input type="hidden" name="key" value="{{ key }}">
<fieldset>
<legend><h2>{{ w.rate }}</h2></legend>
<div class="scale"><span aria-hidden="true">{{ w.worst }}</span>
{% for score in scores %}<label><input type="radio" name="score" value="{{ score }}" required
{%- if score == chosen %} checked{% endif %}> {{ score }}</label>
{% endfor %}<span aria-hidden="true">{{ w.best }}</span></div>
</fieldset>
<label for="comment">{{ w.comment }}</label>
<textarea id="comment" name="comment" maxlength="20000"></textarea>
<button>{{ w.confirm }}</button>
</form>
<p><a href="{{ place }}/rating?solved=no">{{ w.broken }}</a></p>
{% endif %}
{% endif %}
<p><a href="{{ place }}">{{ w.back }}</a></p>
{% endblock %}
"""
_ASKING = """{% extends "frame" %}
{% block content %}
<h1>{{ title }}</h1>
{% if done %}<p class="note" role="status">{{ w.no_more_done }}</p>{% else %}
<form method="post" action="{{ place }}/no-more-questions">
<p>{{ w.no_more_ask }}</p>
<button>{{ w.no_more }}</button>
</form>{% endif %}
<p><a href="{{ place }}">{{ w.back }}</a></p>
{% endblock %}
"""
_PLAIN = """{% extends "frame" %}
{% block content %}
<h1>{{ title }}</h1>
<p>{{ why }}</p>
{% endblock %}
"""
_ENVIRONMENT = Environment(
    autoescape=True,
    undefined=StrictUndefined,
    loader=DictLoader(
        {
            "frame": _FRAME,
            "ticket": _TICKET,
            "rating": _RATING,
            "asking": _ASKING,
            "plain": _PLAIN,
        }
    ),
)


def page(template: str, words: Mapping[str, str], **values: object) -> str:
    """A page: ``ticket``, ``rating``, ``asking`` or ``plain``."""
    # The style sheet is ours and holds nothing that HTML would read; escaped, its hash would fail.
    known = {"w": words, "style": Markup(STYLE), "brand": "", **values}
    return _ENVIRONMENT.get_template(template).render(known)
