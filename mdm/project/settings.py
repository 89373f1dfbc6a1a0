"""The hub's settings: every environment variable is read here, once.

Without DATABASE_URL and REDIS_URL the addresses are those of the embedded services of this checkout, whether they run
or not. That, and a secret key of our own making, is allowed only while ASSAY_PUBLIC_URL is on this machine.
"""

import os
from pathlib import Path
from typing import Any

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from mdm.project.choices import AutoRepartition, MatchProfile
from mdm.project.database import connection_settings
from mdm.project.env import Environment
from mdm.project.logs import LogFormat, logging_settings
from mdm.project.secret_key import local_secret_key
from mdm.project.supervisor.places import Places

BASE_DIR = Path(__file__).resolve().parents[2]
_env = Environment(os.environ)

STATE_DIR = _env.folder("ASSAY_STATE_DIR", default=BASE_DIR / "var")
_public = _env.web_address("ASSAY_PUBLIC_URL", default="http://127.0.0.1:8000")
PUBLIC_URL = _public.geturl().rstrip("/")
_local = _public.hostname in {"127.0.0.1", "localhost", "::1"}
_https = _public.scheme == "https"
_embedded = Places(state=STATE_DIR, for_tests=False)


def _only_here(value: str) -> str | None:
    """A default that is good enough on this machine and nowhere else."""
    return value if _local else None


# Django
DEBUG = False
SECRET_KEY = _env.text("ASSAY_SECRET_KEY", default=local_secret_key(STATE_DIR) if _local else None)
ALLOWED_HOSTS = list(_env.words("ASSAY_ALLOWED_HOSTS")) or (
    ["127.0.0.1", "localhost", "[::1]"] if _local else [_public.hostname or ""]
)
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL]
ROOT_URLCONF = "mdm.project.urls"
WSGI_APPLICATION = "mdm.project.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
INSTALLED_APPS = [
    "mdm.project.apps.ProjectConfig",  # first: its `migrate` stands before Django's
    "mdm.apps.MdmConfig",
    "stewardship.apps.StewardshipConfig",
    "sync.apps.SyncConfig",
    "stewardship.apps.HubAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "simple_history",
    "django_celery_beat",
    "csp",
    "django_htmx",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "mdm.project.request_ids.RequestIdMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
]
TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "stewardship"],  # pages/<page>/<page>.html: see stewardship/pages/__init__.py
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

# Databases: `default` runs, `owner` migrates.
_statement_seconds = _env.integer("ASSAY_STATEMENT_TIMEOUT_SECONDS", default=120, minimum=1, maximum=86_400)
DATABASES = {
    "default": connection_settings(
        _env.database("DATABASE_URL", default=_only_here(_embedded.database_url())),
        statement_timeout_seconds=_statement_seconds,
    )
}
_owner_is_embedded = _local and not _env.text("DATABASE_URL", default="")
if _owner_is_embedded or _env.text("ASSAY_OWNER_DATABASE_URL", default=""):
    DATABASES["owner"] = connection_settings(
        _env.database("ASSAY_OWNER_DATABASE_URL", default=_embedded.owner_database_url), statement_timeout_seconds=None
    )
DATABASE_ROUTERS = ["mdm.project.database.OwnerMigrates"]

# Redis and Celery: they only wake workers up; every promise rests on a committed row.
REDIS_URL = _env.redis("REDIS_URL", default=_only_here(_embedded.redis_url))
CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1).replace("?db=", "?virtual_host=")
CELERY_TASK_SERIALIZER = CELERY_RESULT_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_SOFT_TIME_LIMIT = 10 * 60
CELERY_TASK_TIME_LIMIT = CELERY_TASK_SOFT_TIME_LIMIT + 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# A task taken by a worker that was killed comes back after this; it must exceed the time limit.
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 15 * 60, "socket_timeout": 10}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "django_celery_beat.schedulers:DatabaseScheduler"
CELERY_TIMEZONE = "UTC"

# Sessions, passwords and what browsers are told
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 3600
LOGIN_URL, LOGIN_REDIRECT_URL, LOGOUT_REDIRECT_URL = "login", "home", "login"
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "assay_session", "assay_csrf"
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _https else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = _https
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 10_000_000
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SILENCED_SYSTEM_CHECKS = [] if _https else ["security.W004", "security.W008", "security.W012", "security.W016"]

# Languages, times, static files
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German"))]
USE_I18N = USE_TZ = True
TIME_ZONE = "UTC"
STATIC_URL = "/static/"
# On this machine files are served from where they lie, and nobody has to collect them before a start.
STATIC_ROOT = None if _local else STATE_DIR / "static"
WHITENOISE_USE_FINDERS = _local
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "stewardship.pages.finders.PageFilesFinder",
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if _local
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}

# API
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Assay",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "DEFAULT_GENERATOR_CLASS": "mdm.api.documentation.Generator",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}
# What a signed-in person needs for a scope of the API; clients with a key have the scopes themselves.
ASSAY_API_PERMISSIONS = {
    "read": "stewardship.view_hub",
    "source_record:write": "mdm.add_sourcerecord",
    "change_request:write": "stewardship.propose_changes",
    "change_request:approve": "stewardship.approve_changes",
    "match_decision:write": "stewardship.decide_reviews",
    "national_id:read": "stewardship.view_national_ids",
}

# The hub
ASSAY_MATCH_PROFILE = _env.choice("ASSAY_MATCH_PROFILE", default=MatchProfile.CAUTIOUS).value
ASSAY_AUTO_REPARTITION = _env.choice("ASSAY_AUTO_REPARTITION", default=AutoRepartition.REVIEW).value
# Keys the commitments in audit entries and the frequency tables of match models: known only to this installation.
ASSAY_COMMITMENT_KEY = _env.text("ASSAY_COMMITMENT_KEY", default=SECRET_KEY)
# The register of VAT numbers is asked only where its address is given.
ASSAY_VIES_URL = _env.service("ASSAY_VIES_URL")
ASSAY_VAT_NUMBER = _env.text("ASSAY_VAT_NUMBER", default="")
ASSAY_VERIFY_TAX_DAYS = _env.integer("ASSAY_VERIFY_TAX_DAYS", default=90, minimum=1, maximum=3_650)

# Logs
LOGGING_CONFIG = "mdm.project.logs.configure"
LOGGING = logging_settings(
    log_format=_env.choice("ASSAY_LOG_FORMAT", default=LogFormat.CONSOLE),
    level=_env.text("ASSAY_LOG_LEVEL", default="INFO").upper(),
)
