"""The letters of a desk that has written none of its own, in English and in German. Pure."""

from collections.abc import Mapping
from typing import NamedTuple

from libs.letters.kinds import Kind

DEFAULT_LANGUAGE = "en"


class Wording(NamedTuple):
    """The templates of one letter. subject: "" is that of the thread, which mail programs need to
    keep it whole; html: "" makes it of the text."""

    subject: str
    text: str
    html: str = ""


# What stands below it is folded by mail programs (RFC 3676, 4.3).
_DASHES = "-- \n"
_FRAME = (
    '<div style="font-family:system-ui,-apple-system,Segoe UI,Roboto,Helvetica,Arial,sans-serif;'
    'font-size:15px;line-height:1.5;color:#1f2328;max-width:42em">\n{}\n</div>\n'
)
_FOOT = '<p style="color:#656d76;font-size:13px;margin-top:2em">{}</p>'
_QUOTE = (
    '{% if quote %}<blockquote style="margin:1.5em 0 0;padding-left:1em;'
    'border-left:3px solid #d0d7de;color:#656d76">{{ quote }}</blockquote>\n{% endif %}'
)
_BUTTON = (
    'style="display:inline-block;padding:.5em 1em;border-radius:6px;background:#0b57d0;'
    'color:#ffffff;text-decoration:none"'
)
_STAR = (
    'style="display:inline-block;padding:.4em .7em;margin-right:.3em;border:1px solid #d0d7de;'
    'border-radius:6px;color:#0b57d0;text-decoration:none"'
)


def _stars(worst: str, best: str) -> str:
    return (
        f"<p>{worst} "
        + "".join(f'<a href="{{{{ rate_{n} }}}}" {_STAR}>{n}</a>' for n in range(1, 6))
        + f" {best}</p>"
    )


_REPLY_HTML = "{{{{ message }}}}\n{{% if files %}}<p>{}</p>{{{{ files }}}}{{% endif %}}\n"
_HEAD = "{% if brand.name %}{{ brand.name }} · {% endif %}{{ ticket.number }}"

DEFAULTS: Mapping[tuple[Kind, str], Wording] = {
    ("reply", "en"): Wording(
        "",
        """{{ message }}
{% if files %}

Too large to attach:
{{ files }}
{% endif %}
{% if quote %}

You wrote:
{{ quote }}
{% endif %}

"""
        + _DASHES
        + _HEAD
        + """
{% if link %}
Where your request stands: {{ link }}
{% endif %}
""",
        _FRAME.format(
            _REPLY_HTML.format("Too large to attach:")
            + _FOOT.format(
                _HEAD + '{% if link %} · <a href="{{ link }}">Where your request stands</a>'
                "{% endif %}"
            )
            + _QUOTE
        ),
    ),
    ("reply", "de"): Wording(
        "",
        """{{ message }}
{% if files %}

Zu groß für eine Anlage:
{{ files }}
{% endif %}
{% if quote %}

Sie schrieben:
{{ quote }}
{% endif %}

"""
        + _DASHES
        + _HEAD
        + """
{% if link %}
Stand Ihrer Anfrage: {{ link }}
{% endif %}
""",
        _FRAME.format(
            _REPLY_HTML.format("Zu groß für eine Anlage:")
            + _FOOT.format(
                _HEAD + '{% if link %} · <a href="{{ link }}">Stand Ihrer Anfrage</a>{% endif %}'
            )
            + _QUOTE
        ),
    ),
    ("acknowledgement", "en"): Wording(
        "",
        """Hello{% if contact.first_name %} {{ contact.first_name }}{% endif %},

we have your request. Its number is {{ ticket.number }}.
{% if major %}
Many people are affected by this disturbance, and we are working on it. You need not write again:
we will tell you as soon as there is news.
{% elif promise %}
You will hear from us by {{ promise }}.
{% else %}
Somebody will look at it and answer you.
{% endif %}

To add something, answer this mail.
{% if link %}
Where your request stands: {{ link }}
{% endif %}

{{ brand.name }}
""",
        _FRAME.format(
            """<p>Hello{% if contact.first_name %} {{ contact.first_name }}{% endif %},</p>
<p>we have your request. Its number is <strong>{{ ticket.number }}</strong>.</p>
<p>{% if major %}Many people are affected by this disturbance, and we are working on it. You need
not write again: we will tell you as soon as there is news.{% elif promise %}You will hear from us
by <strong>{{ promise }}</strong>.{% else %}Somebody will look at it and answer you.{% endif %}</p>
<p>To add something, answer this mail.</p>
{% if link %}<p><a href="{{ link }}" """
            + _BUTTON
            + """>Where your request stands</a></p>{% endif %}
<p>{{ brand.name }}</p>"""
        ),
    ),
    ("acknowledgement", "de"): Wording(
        "",
        """Guten Tag{% if contact.name %} {{ contact.name }}{% endif %},

Ihre Anfrage ist angekommen. Sie hat die Nummer {{ ticket.number }}.
{% if major %}
Von dieser Störung sind viele betroffen, und wir arbeiten daran. Sie brauchen nicht noch einmal zu
schreiben: Sobald es Neues gibt, hören Sie von uns.
{% elif promise %}
Sie hören von uns bis {{ promise }}.
{% else %}
Wir sehen sie uns an und antworten Ihnen.
{% endif %}

Wenn Sie etwas ergänzen möchten, antworten Sie auf diese Mail.
{% if link %}
Stand Ihrer Anfrage: {{ link }}
{% endif %}

{{ brand.name }}
""",
        _FRAME.format(
            """<p>Guten Tag{% if contact.name %} {{ contact.name }}{% endif %},</p>
<p>Ihre Anfrage ist angekommen. Sie hat die Nummer <strong>{{ ticket.number }}</strong>.</p>
<p>{% if major %}Von dieser Störung sind viele betroffen, und wir arbeiten daran. Sie brauchen
nicht noch einmal zu schreiben: Sobald es Neues gibt, hören Sie von uns.{% elif promise %}Sie hören
von uns bis <strong>{{ promise }}</strong>.{% else %}Wir sehen sie uns an und antworten
Ihnen.{% endif %}</p>
<p>Wenn Sie etwas ergänzen möchten, antworten Sie auf diese Mail.</p>
{% if link %}<p><a href="{{ link }}" """
            + _BUTTON
            + """>Stand Ihrer Anfrage</a></p>{% endif %}
<p>{{ brand.name }}</p>"""
        ),
    ),
    ("survey", "en"): Wording(
        "How did we do? ({{ ticket.number }})",
        """Hello{% if contact.first_name %} {{ contact.first_name }}{% endif %},

we have marked your request {{ ticket.number }} as solved.
It is still broken: {{ still_broken }}

How content are you?
5 (very)       {{ rate_5 }}
4              {{ rate_4 }}
3              {{ rate_3 }}
2              {{ rate_2 }}
1 (not at all) {{ rate_1 }}

{{ brand.name }}
""",
        _FRAME.format(
            """<p>Hello{% if contact.first_name %} {{ contact.first_name }}{% endif %},</p>
<p>we have marked your request <strong>{{ ticket.number }}</strong>{% if ticket.subject %}
({{ ticket.subject }}){% endif %} as solved.
<a href="{{ still_broken }}">It is still broken.</a></p>
<p>How content are you?</p>
"""
            + _stars("Not at all", "Very")
            + "\n<p>{{ brand.name }}</p>"
        ),
    ),
    ("survey", "de"): Wording(
        "Wie zufrieden sind Sie? ({{ ticket.number }})",
        """Guten Tag{% if contact.name %} {{ contact.name }}{% endif %},

wir halten Ihre Anfrage {{ ticket.number }} für gelöst.
Es geht immer noch nicht: {{ still_broken }}

Wie zufrieden sind Sie?
5 (sehr)          {{ rate_5 }}
4                 {{ rate_4 }}
3                 {{ rate_3 }}
2                 {{ rate_2 }}
1 (gar nicht)     {{ rate_1 }}

{{ brand.name }}
""",
        _FRAME.format(
            """<p>Guten Tag{% if contact.name %} {{ contact.name }}{% endif %},</p>
<p>wir halten Ihre Anfrage <strong>{{ ticket.number }}</strong>{% if ticket.subject %}
({{ ticket.subject }}){% endif %} für gelöst.
<a href="{{ still_broken }}">Es geht immer noch nicht.</a></p>
<p>Wie zufrieden sind Sie?</p>
"""
            + _stars("Gar nicht", "Sehr")
            + "\n<p>{{ brand.name }}</p>"
        ),
    ),
    ("notice", "en"): Wording(
        "[{{ ticket.number }}] {{ ticket.subject }}",
        """{{ news }}
{% if message %}

{{ message }}
{% endif %}

"""
        + _DASHES
        + """Answer this mail to answer the customer. A first line that says #note makes it a note.
""",
    ),
    ("notice", "de"): Wording(
        "[{{ ticket.number }}] {{ ticket.subject }}",
        """{{ news }}
{% if message %}

{{ message }}
{% endif %}

"""
        + _DASHES
        + """Antworten Sie auf diese Mail, um dem Kunden zu antworten. Eine erste Zeile #note
macht daraus eine Notiz.
""",
    ),
    ("sign_in", "en"): Wording(
        "Your code to sign in{% if brand.name %} to {{ brand.name }}{% endif %}",
        """Hello{% if contact.first_name %} {{ contact.first_name }}{% endif %},

your code is {{ code }}. It counts once, for {{ minutes }} minutes.

We never ask for it. If you did not want to sign in, you need do nothing.

{{ brand.name }}
""",
        _FRAME.format(
            """<p>Hello{% if contact.first_name %} {{ contact.first_name }}{% endif %},</p>
<p>your code is</p>
<p style="font-size:28px;letter-spacing:.2em"><strong>{{ code }}</strong></p>
<p>It counts once, for {{ minutes }} minutes.</p>
<p>We never ask for it. If you did not want to sign in, you need do nothing.</p>
<p>{{ brand.name }}</p>"""
        ),
    ),
    ("sign_in", "de"): Wording(
        "Ihr Code zum Anmelden{% if brand.name %} bei {{ brand.name }}{% endif %}",
        """Guten Tag{% if contact.name %} {{ contact.name }}{% endif %},

Ihr Code ist {{ code }}. Er gilt einmal und {{ minutes }} Minuten lang.

Wir fragen nie danach. Wollten Sie sich nicht anmelden, brauchen Sie nichts zu tun.

{{ brand.name }}
""",
        _FRAME.format(
            """<p>Guten Tag{% if contact.name %} {{ contact.name }}{% endif %},</p>
<p>Ihr Code ist</p>
<p style="font-size:28px;letter-spacing:.2em"><strong>{{ code }}</strong></p>
<p>Er gilt einmal und {{ minutes }} Minuten lang.</p>
<p>Wir fragen nie danach. Wollten Sie sich nicht anmelden, brauchen Sie nichts zu tun.</p>
<p>{{ brand.name }}</p>"""
        ),
    ),
    ("webhook_paused", "en"): Wording(
        "The webhook {{ webhook.name }} is paused",
        """Hello,

the webhook {{ webhook.name }} to {{ webhook.host }}, which you defined, is paused
since {{ paused_at }}: {% if gone %}its receiver answered 410, so it wants no more.
{% else %}nothing has come through for long.{% if last %} The last time: {{ last }}{% endif %}

{% endif %}

Nothing is lost meanwhile: what happens is kept for as long as the log is, and when the webhook is
resumed it goes on where it stopped. To resume it, once its receiver works:

{{ call }}

{{ brand.name }}
""",
        _FRAME.format(
            """<p>Hello,</p>
<p>the webhook <strong>{{ webhook.name }}</strong> to {{ webhook.host }}, which you defined, is
paused since {{ paused_at }}: {% if gone %}its receiver answered 410, so it wants no more.{% else
%}nothing has come through for long.{% if last %} The last time: {{ last }}{% endif
%}{% endif %}</p>
<p>Nothing is lost meanwhile: what happens is kept for as long as the log is, and when the webhook
is resumed it goes on where it stopped. To resume it, once its receiver works:</p>
<p><code>{{ call }}</code></p>
<p>{{ brand.name }}</p>"""
        ),
    ),
    ("webhook_paused", "de"): Wording(
        "Der Webhook {{ webhook.name }} ist angehalten",
        """Guten Tag,

der Webhook {{ webhook.name }} zu {{ webhook.host }}, den Sie definiert haben, ist
seit {{ paused_at }} angehalten: {% if gone %}Sein Empfänger hat mit 410 geantwortet, will also
nichts mehr.
{% else %}Lange ist nichts mehr angekommen.{% if last %} Zuletzt: {{ last }}{% endif %}

{% endif %}

Inzwischen geht nichts verloren: Was geschieht, bleibt so lange erhalten wie das Log, und wenn der
Webhook fortgesetzt wird, geht es dort weiter, wo er stehen geblieben ist. So setzen Sie ihn fort,
sobald sein Empfänger wieder arbeitet:

{{ call }}

{{ brand.name }}
""",
        _FRAME.format(
            """<p>Guten Tag,</p>
<p>der Webhook <strong>{{ webhook.name }}</strong> zu {{ webhook.host }}, den Sie definiert haben,
ist seit {{ paused_at }} angehalten: {% if gone %}Sein Empfänger hat mit 410 geantwortet, will
also nichts mehr.{% else %}Lange ist nichts mehr angekommen.{% if last %} Zuletzt: {{ last
}}{% endif %}{% endif %}</p>
<p>Inzwischen geht nichts verloren: Was geschieht, bleibt so lange erhalten wie das Log, und wenn
der Webhook fortgesetzt wird, geht es dort weiter, wo er stehen geblieben ist. So setzen Sie ihn
fort, sobald sein Empfänger wieder arbeitet:</p>
<p><code>{{ call }}</code></p>
<p>{{ brand.name }}</p>"""
        ),
    ),
}
