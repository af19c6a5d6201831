"""A Django project that holds django-helpdesk and nothing else: settings, addresses, one agent.

    python helpdesk_project.py          makes the database, one queue and one agent; prints a token
    gunicorn helpdesk_project:application

Runs in the peers' virtual environment. HELPDESK_FOLDER: where the database lies. As fast as its
documentation lets it be: no debugging, no mails, SQLite with a write-ahead log.
"""

# mypy: ignore-errors
# (Django is installed in the peers' environment alone.)

import os
import sys
from pathlib import Path

import django
from django.conf import settings

settings.configure(
    DEBUG=False,
    SECRET_KEY="only on the loopback interface, only for a minute",
    ALLOWED_HOSTS=["127.0.0.1"],
    ROOT_URLCONF="helpdesk_project",
    USE_TZ=True,
    SITE_ID=1,
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    EMAIL_BACKEND="django.core.mail.backends.dummy.EmailBackend",
    HELPDESK_API_ENABLED=True,
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    HELPDESK_TEAMS_MODE_ENABLED=False,  # its teams need one more package
    MEDIA_ROOT=os.environ["HELPDESK_FOLDER"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(Path(os.environ["HELPDESK_FOLDER"]) / "helpdesk.sqlite3"),
            "CONN_MAX_AGE": None,
            "OPTIONS": {
                "timeout": 30,
                "transaction_mode": "IMMEDIATE",
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    },
    INSTALLED_APPS=[
        "django.contrib.auth",
        "django.contrib.contenttypes",
        "django.contrib.humanize",
        "django.contrib.messages",
        "django.contrib.sessions",
        "django.contrib.sites",
        "django.contrib.staticfiles",
        "django.contrib.admin",
        "rest_framework",
        "rest_framework.authtoken",
        "helpdesk",
    ],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.TokenAuthentication"]
    },
    STATIC_URL="/static/",
)
django.setup()

from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.urls import include, path  # noqa: E402

urlpatterns = [path("helpdesk/", include("helpdesk.urls", namespace="helpdesk"))]
application = get_wsgi_application()


def prepare() -> str:
    """Make what is needed to open tickets; the agent's token."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from helpdesk.models import Queue
    from rest_framework.authtoken.models import Token

    call_command("migrate", verbosity=0)
    Queue.objects.create(title="Support", slug="support")
    agent = get_user_model().objects.create_superuser("agent", "agent@example.org", "unused")
    return Token.objects.create(user=agent).key


if __name__ == "__main__":
    sys.stdout.write(prepare())
