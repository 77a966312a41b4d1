"""The one settings file. What an operator may change comes from `vaultpay.environment`; the rest is how we build."""

from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qs, unquote, urlsplit

import django_stubs_ext
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from vaultpay.environment import ROOT, Environment, Mode

django_stubs_ext.monkeypatch()

ENV: Final = Environment()
SANDBOX: Final = ENV.mode is Mode.SANDBOX
LIVE: Final = ENV.mode is Mode.LIVE
BASE_DIR: Final = ROOT
STATE_DIR: Final = ENV.state_dir
RUN_DIR: Final = ENV.run_dir or STATE_DIR / "run"

# --- The instance -----------------------------------------------------------------------------------------------------
BASE_URL = ENV.base_url.rstrip("/")
COMMERCE = {"name": ENV.commerce_name, "operator": ENV.operator_name, "support_email": ENV.support_email}
_origin = urlsplit(BASE_URL)
HTTPS = _origin.scheme == "https"

DEBUG = ENV.debug
# Django refuses an empty one with its own words; a check of ours says what to do.
SECRET_KEY = ENV.secret_key.get_secret_value() or ("sandbox-only-secret-key" * 3 if SANDBOX else "missing")
SECRET_KEY_FALLBACKS = [key for key in ENV.secret_key_fallbacks.get_secret_value().split(",") if key]
API_KEY_SECRET = (ENV.api_key_secret.get_secret_value() or ("sandbox-only-api-key-secret" if SANDBOX else "")).encode()
WEBHOOK_KEY_SECRET = ENV.webhook_key_secret.get_secret_value() or (
    "c2FuZGJveC1vbmx5LXdlYmhvb2sta2V5LXNlY3JldCE=" if SANDBOX else ""
)
ALLOWED_HOSTS = [_origin.hostname or "", *(["localhost", "127.0.0.1"] if SANDBOX else [])]
CSRF_TRUSTED_ORIGINS = [BASE_URL]
ROOT_URLCONF = "vaultpay.urls"
WSGI_APPLICATION = "vaultpay.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

ROOMS: Final = [
    "common", "events", "ledger", "vault", "accounts", "merchants", "points", "payments", "webhooks",
    "api", "dashboard", "portal", *(["sandbox"] if SANDBOX else []),
]  # fmt: skip
"""From the ground up; which floor is whose is in pyproject.toml, for import-linter."""

INSTALLED_APPS = [
    "vaultpay",
    *reversed(ROOMS),
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "rest_framework",
    "django_htmx",
    "csp",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "portal.middleware.Headers",
    "api.middleware.PastPages",  # what is below /v1 ends its way in here
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "portal.middleware.FormLimit",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.signin.middleware.SessionLimits",
    "portal.middleware.RememberedLanguage",
    "allauth.account.middleware.AccountMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "portal.middleware.Refusals",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [ROOT / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "portal.context.page",
            ],
        },
    }
]

# --- PostgreSQL decides, Redis only wakes -----------------------------------------------------------------------------


def _postgres(url: str) -> dict[str, Any]:
    """Django's words for a `postgresql://role:password@host:port/name?host=/socket/folder` URL."""
    parts = urlsplit(url)
    query = parse_qs(parts.query)
    return {
        "ENGINE": "common.postgres",
        "NAME": unquote(parts.path.lstrip("/")) or "vaultpay",
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query["host"][0] if "host" in query else (parts.hostname or ""),
        "PORT": str(parts.port or query.get("port", [""])[0]),
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "options": "-c lock_timeout=2s -c statement_timeout=5s -c idle_in_transaction_session_timeout=10s",
            "application_name": "vaultpay",
        },
    }


DATABASES = {"default": _postgres(ENV.database_url)}
REDIS_URL = ENV.redis_url
# What is counted to slow a guesser down is counted here too: people can sign in while Redis is away.
CACHE_TABLE = "vaultpay_cache"
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": CACHE_TABLE,
        "OPTIONS": {"MAX_ENTRIES": 100_000},
    }
}

# --- People who sign in -----------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/home/"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_signed_out"
# There are no passwords: a passkey, or a code by e-mail, which opens nothing any more once a passkey stands guard.
ACCOUNT_ADAPTER = "portal.signin.adapter.SignInAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 5 * 60
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_FORMAT = ACCOUNT_LOGIN_BY_CODE_FORMAT = {"numeric": True, "length": 8}
ACCOUNT_RATE_LIMITS = {  # beside the library's own
    "guess_code": "10/5m/key",  # portal.signin.views.few_guesses
    "come_back": "20/m/key",  # portal.views.card_company: one run of 3-D Secure, whose browser returns once or twice
    "hear_results": "20/m/key",
    "guess_results": "600/m/ip",  # the directory's own address brings the results of everybody
}
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ALLAUTH_TRUSTED_PROXY_COUNT = ENV.trusted_proxies
# Believed only behind a proxy that overwrites it; without one, anybody could claim that plain HTTP was https.
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENV.trusted_proxies else None
MFA_ADAPTER = "accounts.adapter.MfaAdapter"
MFA_SUPPORTED_TYPES = ["webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_USER_VERIFICATION = "required"
MFA_RECOVERY_CODE_DIGITS = 20
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_REAUTHENTICATION_REQUIRED = False  # accounts.guards.recently_authenticated is stricter, and asks everybody
MFA_RATE_LIMITS = {"webauthn_login": "60/m/ip"}  # nothing to guess there, and a whole town may share an address
ACCOUNT_FORMS = {
    "request_login_code": "portal.signin.forms.AskForCodeForm",
    "confirm_login_code": "portal.signin.forms.SignInCodeForm",
    "signup": "portal.signin.forms.SignUpForm",
    "confirm_email_verification_code": "portal.signin.forms.SignUpCodeForm",
}
MFA_FORMS = {
    "authenticate": "portal.signin.forms.RecoveryCodeForm",
    "login_webauthn": "portal.signin.forms.SignInForm",
    "authenticate_webauthn": "portal.signin.forms.SecondStepForm",
    "add_webauthn": "portal.signin.forms.AddPasskeyForm",
}
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"  # Strict would drop the session of a customer who comes from a shop
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_refused"
SESSION_COOKIE_AGE = 12 * 60 * 60
WEBAUTHN_RP_ID = _origin.hostname or "localhost"
WEBAUTHN_ORIGIN = BASE_URL

# --- Pages ------------------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "ja"
LANGUAGES = [("ja", _("Japanese")), ("en", _("English"))]
LOCALE_PATHS = [ROOT / "locale"]
FORMAT_MODULE_PATH = ["vaultpay.formats"]
USE_I18N = USE_TZ = True
TIME_ZONE = "Asia/Tokyo"
STATIC_URL = "static/"
STATICFILES_DIRS = [ROOT / "static"]
STATIC_ROOT = STATE_DIR / "staticfiles"
WHITENOISE_USE_FINDERS = SANDBOX
SECURE_HSTS_SECONDS = 63_072_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
# The edge redirects, and a plain-HTTP request from outside never reaches a live instance.
SECURE_SSL_REDIRECT = False
SILENCED_SYSTEM_CHECKS = ["security.W008"]
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"  # nobody else learns anything; with no-referrer a form posts `Origin: null`
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "manifest-src": [SELF],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FILES = 1

# --- Mail -------------------------------------------------------------------------------------------------------------
EMAIL_BACKEND = "events.mail.QueueBackend"
EMAIL_HOST, EMAIL_PORT = ENV.email_host, ENV.email_port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = ENV.email_user, ENV.email_password.get_secret_value()
EMAIL_USE_TLS = ENV.email_use_tls
EMAIL_TIMEOUT = 10
DEFAULT_FROM_EMAIL = SERVER_EMAIL = ENV.email_from

# --- The safe and the wire --------------------------------------------------------------------------------------------
SAFE_SOCKET: Path = ENV.safe_socket or RUN_DIR / "safe.sock"
KEK_FILE: Path = ENV.kek_file or STATE_DIR / "keys" / "kek.json"
NETWORK_ADDRESS, NETWORK_LINKS = ENV.network_address, ENV.network_links
ACQUIRER_ID, TERMINAL_ID = ENV.acquirer_id, ENV.terminal_id
WIRE_TOTAL_SECONDS = ENV.wire_total_seconds
SECURITY_CODE_MISMATCH = ENV.security_code_mismatch

# --- Disputes ---------------------------------------------------------------------------------------------------------
EVIDENCE_DIR: Path = ENV.evidence_dir or STATE_DIR / "evidence"
DISPUTE_FEE_MINOR = ENV.dispute_fee

# --- 3-D Secure -------------------------------------------------------------------------------------------------------
THREE_DS, THREE_DS_UNAVAILABLE = str(ENV.three_ds), str(ENV.three_ds_unavailable)
THREEDS_DIRECTORY_URL = ENV.threeds_directory_url
# The directory brings results to the first, with a secret of each question's own; browsers come back to the second.
THREEDS_RESULTS_URL, THREEDS_RETURN_URL = f"{BASE_URL}/3ds/results", f"{BASE_URL}/3ds/return"

# --- The merchants' API -----------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["api.parsers.StrictJson"],
    "DEFAULT_AUTHENTICATION_CLASSES": ["api.authentication.ApiKeyAuthentication"],
    # A view that forgets to say who may use it is used by nobody.
    "DEFAULT_PERMISSION_CLASSES": ["api.authentication.Nobody"],
    "EXCEPTION_HANDLER": "api.problems.answer_problem",
    "UNAUTHENTICATED_USER": None,
    "COMPACT_JSON": True,
}

API_REQUESTS_PER_WINDOW = ENV.api_requests
REQUEST_LOG_DAYS = ENV.request_log_days

# --- Logs -------------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"card_numbers": {"()": "common.logs.MaskCardNumbers"}},
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["card_numbers"], "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    # Django's own handlers would write (and mail) without the filter.
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "level": "INFO", "propagate": True},
    },
}

# --- The sandbox ------------------------------------------------------------------------------------------------------
VAULTPAY_CLOCK_FILE: Path | None = (ENV.clock_file or STATE_DIR / "clock") if SANDBOX else None
