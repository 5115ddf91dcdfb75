"""Settings that every city shares. Variables are read through `baoji.config.env` only."""

import sys
from pathlib import Path

from baoji.config import env, gdal_later
from baoji.config.lean import geo_without_numpy
from baoji.kernel.worktime import calendar

geo_without_numpy()
gdal_later.stand_in()

PACKAGE = Path(__file__).resolve().parents[2]
# BAOJI_DATA: where photos, keys and logs live (./dev sets it; default var/ in the working directory).
DATA = Path(env.text("BAOJI_DATA", "var")).resolve()
# BAOJI_CITY: folder with the city's master data; as shipped, the checkout's or the installed package's.
SHIPPED = PACKAGE.parents[1] / "data" / "baoji"
CITY_DATA = Path(
    env.text("BAOJI_CITY", str(SHIPPED if SHIPPED.is_dir() else Path(sys.prefix) / "share/baoji/data/baoji"))
)

# DATABASE_URL: libpq address of the application's role (cannot change the journal).
DATABASE_URL = env.text("DATABASE_URL", "postgresql://baoji@/baoji")
# DATABASE_OWNER_URL: the owner's address, used by migrations and operators' commands only.
DATABASE_OWNER_URL = env.text("DATABASE_OWNER_URL", DATABASE_URL)
DATABASES = {"default": env.database(DATABASE_URL)}

# BAOJI_MODE: `demo` offers one-click sign-in and says so on every page; `production` does not.
MODE = env.text("BAOJI_MODE", "production")
DEMO = MODE == "demo"
DEBUG = False
# BAOJI_SECRET_KEY or BAOJI_SECRET_KEY_FILE: signs sessions and links; never in the repository.
SECRET_KEY = env.secret("BAOJI_SECRET_KEY", "")
ALLOWED_HOSTS = env.text("BAOJI_HOSTS", "*" if DEMO else "localhost,127.0.0.1").split(",")
# BAOJI_TRUSTED_PROXIES: networks of the proxies in front; only what they say of a visitor's address is believed.
TRUSTED_PROXIES = env.networks("BAOJI_TRUSTED_PROXIES")
# BAOJI_STREAM_URL: address of the live-update process as browsers see it; empty means same host, port + 1.
STREAM_URL = env.text("BAOJI_STREAM_URL", "")
PORT = env.number("PORT", 8000)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.gis",
    "ninja",
    "procrastinate.contrib.django",
    "baoji.kernel.base",
    "baoji.kernel.registry",
    "baoji.kernel.ui",
    "baoji.kernel.organisations",
    "baoji.kernel.worktime",
    "baoji.kernel.identity",
    "baoji.kernel.audit",
    "baoji.kernel.records",
    "baoji.kernel.maps",
    "baoji.kernel.notices",
    "baoji.kernel.evidence",
    "baoji.kernel.flow",
    "baoji.kernel.wire",
    "baoji.kernel.registers",
    "baoji.systems.urban",
    "baoji.portals.internal",
    "baoji.portals.public",
    "baoji.portals.openapi",
]
# The business systems switched on in this city, by the folder's name.
SYSTEMS = ["urban"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "baoji.kernel.ui.assets.Assets",
    "baoji.kernel.wire.middleware.LimitBody",
    "baoji.kernel.wire.middleware.ApiProblems",
    "baoji.kernel.wire.middleware.Sessions",
    "baoji.kernel.wire.middleware.Language",
    "baoji.kernel.wire.nul.NoNul",
    "django.middleware.common.CommonMiddleware",
    "baoji.kernel.wire.middleware.Csrf",
    "baoji.kernel.wire.middleware.Authentication",
    "baoji.kernel.wire.middleware.Messages",
    "baoji.kernel.wire.middleware.XFrameOptions",
    "baoji.kernel.ui.policy.ContentPolicy",
]

ROOT_URLCONF = "baoji.config.urls"
WSGI_APPLICATION = "baoji.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "baoji.kernel.ui.context.ui",
                "baoji.portals.internal.context.shell",
                "baoji.portals.public.context.shell",
            ],
        },
    }
]

AUTH_USER_MODEL = "identity.Person"
AUTHENTICATION_BACKENDS = ["baoji.kernel.identity.backends.PersonBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
CSRF_FAILURE_VIEW = "baoji.config.faults.stale_form"
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 12 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache", "TIMEOUT": 60}}

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", "简体中文"), ("en", "English")]
LOCALE_PATHS = [PACKAGE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = calendar.ZONE

STATIC_URL = "/static/"
STATIC_ROOT = DATA / "static"
SILENCED_SYSTEM_CHECKS = ["gis.W001"]  # Debian 12 has GDAL 3.6; no spatial file from outside is read
WHITENOISE_USE_FINDERS = True  # assets come with the package: no collecting step
WHITENOISE_AUTOREFRESH = False
WHITENOISE_MAX_AGE = 600
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FILES = 20
FILE_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
MAX_PHOTO_BYTES = 20 * 1024 * 1024
# Addresses at which nobody's session or cookie is looked at.
WITHOUT_COOKIES = ("/open311/",)
MAX_REQUEST_BYTES = 64 * 1024 * 1024
# BAOJI_CLAMD: the virus scanner (clamd) that looks at every file: a socket file or host:port; empty: none.
CLAMD = env.text("BAOJI_CLAMD")
# BAOJI_CLAMD_DOWN: `refuse` files while it does not answer, or `accept` them and scan them when it is back.
CLAMD_DOWN = env.text("BAOJI_CLAMD_DOWN", "refuse")

# BAOJI_SMTP_URL: smtp://user:password@host:port ; empty means no mail is sent.
SMTP_URL = env.secret("BAOJI_SMTP_URL", "")
# BAOJI_SMS_URL: where the SMS gateway takes a POST for each message; empty means none (the demonstration writes a file).
SMS_URL = env.text("BAOJI_SMS_URL", "")
# BAOJI_SMS_BODY: what is posted, JSON or a form, with {to}, {text}, {id} (the same at each attempt) and {at} in it.
SMS_BODY = env.text("BAOJI_SMS_BODY", '{"to": "{to}", "text": "{text}", "id": "{id}"}')
# BAOJI_SMS_HEADER or BAOJI_SMS_HEADER_FILE: the gateway's secret as a header, "Authorization: Bearer …".
SMS_HEADER = env.secret("BAOJI_SMS_HEADER", "")
# BAOJI_SMS_OK: a regular expression found in the answer to a message taken; empty: any answer of status 200 to 299.
SMS_OK = env.text("BAOJI_SMS_OK", "")
# BAOJI_HOTLINE_SECRET or BAOJI_HOTLINE_SECRET_FILE: what the call system signs with (docs/hotline.md); empty: no calls are taken.
HOTLINE_SECRET = env.secret("BAOJI_HOTLINE_SECRET", "")
# BAOJI_HANDOVER_12345_SECRET, BAOJI_HANDOVER_110_SECRET (or …_FILE): what these hotlines and we sign orders with;
# BAOJI_HANDOVER_12345_URL, BAOJI_HANDOVER_110_URL: where ours are posted; empty: they are fetched.
HANDOVER = {
    name: {
        "secret": env.secret(f"BAOJI_HANDOVER_{name}_SECRET", ""),
        "url": env.text(f"BAOJI_HANDOVER_{name}_URL", ""),
    }
    for name in ("12345", "110")
}
# BAOJI_PUBLIC_URL: how people reach this city from outside, for links in mails, feeds and open data.
PUBLIC_URL = env.text("BAOJI_PUBLIC_URL", f"http://localhost:{PORT}")
PUBLIC_ORIGIN = env.text("BAOJI_PUBLIC_URL").rstrip("/")
PROCRASTINATE_AUTODISCOVER_MODULE_NAME = "jobs"
MAIL_FROM = env.text("BAOJI_MAIL_FROM", "baoji@localhost")

X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"refusals": {"()": "baoji.kernel.wire.logs.Refusals"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"baoji": {"level": "INFO"}, "django.request": {"level": "ERROR", "filters": ["refusals"]}},
}
