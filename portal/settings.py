"""Settings of the portal: production is the default, every value comes from the environment.

``PORTAL_ENV`` loosens what must be loosened: ``demo`` (one machine, HTTP, made-up data) and ``test``.
A missing or wrong value stops the start with one line that names the variable (``portal/env.py``).
All variables stand in docs/running.md.
"""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from portal import env

BASE_DIR = Path(__file__).resolve().parent.parent
PORTAL_ENV = env.choice("PORTAL_ENV", "production", ["production", "demo", "test"])
PRODUCTION = PORTAL_ENV == "production"
DEMO = PORTAL_ENV == "demo"
DEBUG = False

# --- Keys -------------------------------------------------------------------------------------
SECRET_KEY = env.text("SECRET_KEY", minimum=50)
# Keys the hash of access codes; whoever reads the database alone cannot test guesses.
ACCESS_CODE_KEY = env.text("ACCESS_CODE_KEY", minimum=32)
# AES keys, base64 of 32 bytes each, newest first; older ones still open what they sealed.
SEALING_KEYS = env.keys("SEALING_KEYS", size=32)

# --- Where we are -----------------------------------------------------------------------------
BASE_URL = env.url("BASE_URL", ["https"] if PRODUCTION else ["http", "https"]).rstrip("/")
ALLOWED_HOSTS = env.hosts("ALLOWED_HOSTS")
CSRF_TRUSTED_ORIGINS = [BASE_URL]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
# How many proxies in front of us set X-Forwarded-For; 0 trusts nobody but the socket.
ALLAUTH_TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXIES", 1 if PRODUCTION else 0, at_most=10)

INSTALLED_APPS = [
    "portal.apps.PortalConfig",
    "groups",
    "accounts",
    "messaging",
    "roster",
    "billing",
    "portal.apps.StaffAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "guardian",
    "csp",
    "django_htmx",
    "template_partials",
]
if DEMO:
    INSTALLED_APPS.append("portal.demo")

MIDDLEWARE = [
    "portal.middleware.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.IdleSignOut",  # before: it says why a session ended
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "portal.middleware.PrivatePages",
    "accounts.middleware.CurrentTerms",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.brand.context",
                "portal.views.navigation.context",
            ],
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    [
                        (
                            "django.template.loaders.cached.Loader",
                            [
                                "django.template.loaders.filesystem.Loader",
                                "django.template.loaders.app_directories.Loader",
                            ],
                        )
                    ],
                )
            ],
        },
    }
]
FORM_RENDERER = "portal.forms.PortalRenderer"

# --- Database, cache, queue ---------------------------------------------------------------------
# 0.4 ms per request instead of 4.6 ms with a connection each; tests keep one plain connection.
POOL: bool | dict[str, object] = (
    False if PORTAL_ENV == "test" else {"min_size": 1, "max_size": 8, "timeout": 10}
)


def _database(dsn: str) -> dict[str, object]:
    """Return Django's database settings for a postgresql:// address."""
    parts = urlsplit(dsn)
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": parts.hostname or "",
        "PORT": parts.port or "",
        "OPTIONS": {"pool": POOL, "application_name": "portal"},
        "CONN_HEALTH_CHECKS": False,
    }


DATABASES = {"default": _database(env.url("DATABASE_URL", ["postgresql", "postgres"]))}
# The owner of the tables signs in to migrate, and for nothing else: row-level security is not for owners.
if owner_url := env.url("DATABASE_OWNER_URL", ["postgresql", "postgres"], ""):
    DATABASES["owner"] = _database(owner_url)
    DATABASES["owner"]["OPTIONS"] = {"application_name": "portal-owner"}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.url("REDIS_URL", ["redis", "rediss"])
CACHES = {
    "default": {
        "BACKEND": "portal.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 2},
    }
}

CELERY_BROKER_URL = REDIS_URL
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # above CELERY_TASK_TIME_LIMIT, or a long task runs twice
    "unacked_restore_throttle": 1,  # a killed worker's tasks come back in seconds, not minutes
    "socket_connect_timeout": 2,
    "socket_timeout": 5,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0.1}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_MAX_TASKS_PER_CHILD = 200
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SOFT_TIME_LIMIT = 270
CELERY_TASK_TIME_LIMIT = 300
CELERY_TIMEZONE = "UTC"


def _every(seconds: float, task: str) -> dict[str, object]:
    """Return a beat entry; a turn that found no free worker until the next one is dropped, not queued up."""
    return {"task": task, "schedule": seconds, "options": {"expires": seconds * 0.9}}


CELERY_BEAT_SCHEDULE = {
    "send-due-emails": _every(30, "portal.send_due_emails"),
    "expire-access-codes": _every(300, "accounts.expire_access_codes"),
    "remind-of-expiring-codes": _every(600, "accounts.remind_of_expiring_codes"),
    "expire-grants": _every(300, "accounts.expire_grants"),
    "take-over-imports": _every(300, "accounts.take_over_imports"),
    "announce-endings": _every(3600, "accounts.announce_endings"),
    "open-access-reviews": _every(3600, "accounts.open_access_reviews"),
    "remind-of-access-reviews": _every(3600, "accounts.remind_of_access_reviews"),
    "escalate-overdue-requests": _every(600, "accounts.escalate_overdue_requests"),
    "escalate-transactions": _every(300, "groups.escalate_transactions"),
    "scan-waiting-documents": _every(600, "groups.scan_waiting_documents"),
    "write-announcements": _every(60, "accounts.write_announcements"),
    "lapse-renewals": _every(3600, "groups.lapse_renewals"),
    "tidy-up": _every(3600, "portal.tidy_up"),
}

# --- People ---------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "allauth.account.auth_backends.AuthenticationBackend",
    "guardian.backends.ObjectPermissionBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "accounts.passwords.MaximumLengthValidator"},
    {"NAME": "accounts.passwords.VarietyValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "accounts:landing"
LOGOUT_REDIRECT_URL = "accounts:session_ended"

ANONYMOUS_USER_NAME = None
GUARDIAN_RAISE_403 = False

SESSION_ENGINE = "portal.session_store"
IDLE_SIGN_OUT_SECONDS = env.integer("IDLE_SIGN_OUT_SECONDS", 900, at_least=60, at_most=86400)
IDLE_WARNING_SECONDS = env.integer("IDLE_WARNING_SECONDS", 120, at_least=10, at_most=3600)
SESSION_COOKIE_AGE = 12 * 3600  # visitors' half-filled forms; signed-in people are idle-limited
SESSION_COOKIE_NAME = "portal_session"
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "portal_csrf"
CSRF_FAILURE_VIEW = "portal.views.errors.csrf_failure"

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
# The adapter writes to nobody then, but does the work of a letter, so that the answer takes as long.
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600  # seconds, as for every code by e-mail
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGIN_BY_CODE_REQUIRED = {"password"}  # the e-mail code is the default second step
ACCOUNT_LOGIN_BY_CODE_TIMEOUT = 600
ACCOUNT_LOGIN_BY_CODE_SUPPORTS_RESEND = True
ACCOUNT_LOGIN_BY_CODE_TRUST_ENABLED = True
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_USERNAME_MIN_LENGTH = 4
ACCOUNT_USERNAME_VALIDATORS = "accounts.user_names.VALIDATORS"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_DEFAULT_HTTP_PROTOCOL = BASE_URL.partition(":")[0]
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_FORMS = {
    "signup": "accounts.adapter.ClosedSignupForm",
    "add_email": "accounts.forms.profile.ChangeEmailForm",
    "change_password": "accounts.forms.profile.ChangePasswordForm",
    "confirm_email_verification_code": "accounts.forms.profile.EmailCodeForm",
    "confirm_login_code": "accounts.forms.sign_in.LoginCodeForm",
    "confirm_password_reset_code": "accounts.forms.sign_in.ResetCodeForm",
    "reauthenticate": "accounts.forms.profile.ReauthenticateForm",
    "reset_password": "accounts.forms.sign_in.ResetPasswordForm",
    "reset_password_from_key": "accounts.forms.sign_in.NewPasswordForm",
    "set_password": "accounts.forms.profile.SetPasswordForm",
}
MFA_ADAPTER = "accounts.adapter.SecondStepAdapter"
MFA_FORMS = {
    "activate_totp": "accounts.forms.profile.ActivateAppForm",
    "add_webauthn": "accounts.forms.keys.AddKeyForm",
    "authenticate": "accounts.forms.sign_in.SecondStepForm",
    "authenticate_webauthn": "accounts.forms.keys.AuthenticateWithKeyForm",
    "edit_webauthn": "accounts.forms.keys.RenameKeyForm",
    "login_webauthn": "accounts.forms.keys.LoginWithKeyForm",
    "reauthenticate": "accounts.forms.profile.ConfirmWithCodeForm",
    "reauthenticate_webauthn": "accounts.forms.keys.ReauthenticateWithKeyForm",
}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TRUST_ENABLED = True
MFA_TOTP_ISSUER = env.text("BRAND_NAME", "Evergreen Health Plan")
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION
USERSESSIONS_TRACK_ACTIVITY = False  # accounts.middleware.IdleSignOut does, in one statement

# --- What a carrier sets --------------------------------------------------------------------------
TIME_ZONE = env.zone("CARRIER_TIME_ZONE", "America/New_York")
USE_TZ = True
USE_I18N = True
LANGUAGE_CODE = "en-us"
FORMAT_MODULE_PATH = "portal.formats"
LANGUAGES = [("en", _("English"))]

BRAND_NAME = env.text("BRAND_NAME", "Evergreen Health Plan")
BRAND_LOGO = env.text("BRAND_LOGO", "img/brand/logo.svg")
BRAND_COLORS = dict(
    env.pairs(
        "BRAND_COLORS",
        "brand=#0b5d4e,brand-dark=#084639,brand-darker=#063028,brand-tint=#e7f1ee,brand-tint-2=#c9dfd8",
    )
)
BRAND_CONTACT_TEAM = env.text("BRAND_CONTACT_TEAM", "Account Management")
BRAND_PHONE = env.text("BRAND_PHONE", "800-555-0142, Option 2")
BRAND_HOURS = env.text("BRAND_HOURS", "Mon–Fri, 8 a.m. to 6 p.m. ET")
BRAND_EMAIL = env.text("BRAND_EMAIL", "account.management@evergreen.example")
REGIONS = env.pairs(
    "REGIONS",
    "MA=Massachusetts,CT=Connecticut,ME=Maine,NH=New Hampshire,RI=Rhode Island,VT=Vermont",
)
TERMS_VERSION = env.text("TERMS_VERSION", "2026-11")
REGISTRATION_BUSINESS_DAYS = env.integer("REGISTRATION_BUSINESS_DAYS", 2, at_least=1, at_most=10)
BUSINESS_DAY_ENDS = env.integer("BUSINESS_DAY_ENDS", 17, at_least=12, at_most=23)  # hour of the day
ACCESS_CODE_DAYS = env.integer("ACCESS_CODE_DAYS", 7, at_least=1, at_most=30)
# Before the end of its life and after its first day; 0 reminds nobody.
ACCESS_CODE_REMINDER_DAYS = env.integer(
    "ACCESS_CODE_REMINDER_DAYS", min(2, ACCESS_CODE_DAYS - 1), at_most=ACCESS_CODE_DAYS - 1
)
ACCESS_CODE_TRIES = env.integer("ACCESS_CODE_TRIES", 5, at_least=1, at_most=20)
# Off: a primary administrator is activated without a code and just signs in (Kaiser Mid-Atlantic).
PRIMARY_NEEDS_ACCESS_CODE = env.flag("PRIMARY_NEEDS_ACCESS_CODE", default=True)
FOUR_EYES = env.choice("FOUR_EYES", "below_limit", ["never", "below_limit", "always"])
MATCH_LIMIT = env.integer("MATCH_LIMIT", 80, at_most=100)

# --- Mail -------------------------------------------------------------------------------------------
DEFAULT_FROM_EMAIL = env.text("MAIL_FROM", f"{BRAND_NAME} <no-reply@evergreen.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
MAIL_SPOOL = env.text("MAIL_SPOOL", "")
if DEMO:
    EMAIL_BACKEND = "portal.demo.mailbox.SpoolBackend"
else:
    EMAIL_HOST = env.text("SMTP_HOST")
    EMAIL_PORT = env.integer("SMTP_PORT", 587, at_least=1, at_most=65535)
    EMAIL_HOST_USER = env.text("SMTP_USER", "")
    EMAIL_HOST_PASSWORD = env.text("SMTP_PASSWORD", "")
    EMAIL_USE_TLS = env.flag("SMTP_STARTTLS", default=PRODUCTION)
EMAIL_TIMEOUT = 20

# --- Documents --------------------------------------------------------------------------------------
DOCUMENT_MAX_MB = env.integer("DOCUMENT_MAX_MB", 10, at_least=1, at_most=100)
MAX_UPLOAD_BYTES = DOCUMENT_MAX_MB * 1024 * 1024
FILE_UPLOAD_HANDLERS = [
    "portal.uploads.LimitedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_PERMISSIONS = 0o600
CLAMAV_ADDRESS = env.address("CLAMAV_ADDRESS", "")  # host:port or a path; empty: nothing is scanned


def _documents() -> dict[str, object]:
    """Return where documents are kept: a bucket that several web servers share, or a folder."""
    bucket = env.text("DOCUMENT_BUCKET", "")
    if not bucket:
        folder = env.text("DOCUMENT_FOLDER", "/var/lib/employer-portal/documents")
        return {
            "BACKEND": "django.core.files.storage.FileSystemStorage",
            "OPTIONS": {"location": folder},
        }
    options = {
        "bucket_name": bucket,
        "endpoint_url": env.url("DOCUMENT_S3_ENDPOINT", ["https", "http"], "") or None,
        "region_name": env.text("DOCUMENT_S3_REGION", "") or None,
        "file_overwrite": False,
        "default_acl": None,  # the bucket's own; it must be private
    }
    return {"BACKEND": "storages.backends.s3.S3Storage", "OPTIONS": options}


# --- Static files -----------------------------------------------------------------------------------
STATIC_URL = "/static/"
# Collected once in production; elsewhere WhiteNoise finds the files where they are.
STATIC_ROOT = env.text("STATIC_ROOT", str(BASE_DIR / "staticfiles")) if PRODUCTION else None
STATICFILES_DIRS = [
    (name, BASE_DIR / "static" / name) for name in ("css", "js", "img", "fonts", "vendor")
]
STORAGES = {
    "default": _documents(),
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not PRODUCTION
WHITENOISE_AUTOREFRESH = False

# --- Security ---------------------------------------------------------------------------------------
SECURE_SSL_REDIRECT = PRODUCTION
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]  # probes come from inside
# Without a proxy in front the header is the visitor's own claim.
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION and ALLAUTH_TRUSTED_PROXY_COUNT else None
)
SECURE_HSTS_SECONDS = 31536000 if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # the QR code of the authenticator app
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# --- Logs: one JSON object a line, with the request id, never personal data --------------------------
LOG_LEVEL = env.choice("LOG_LEVEL", "INFO", ["DEBUG", "INFO", "WARNING", "ERROR"])
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"json": {"()": "portal.logs.JsonFormatter"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"level": "INFO"},
        "django.request": {"level": "ERROR"},  # 4xx are counted in portal.access
        "django.server": {"handlers": [], "propagate": False},
        "fontTools": {"level": "WARNING"},
        "weasyprint": {"level": "ERROR"},
    },
}
