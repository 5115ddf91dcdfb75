"""What `./dev up` and a city's server run: base, with a secret from a file."""

from baoji.config import env
from baoji.config.settings.base import *  # noqa: F403
from baoji.config.settings.base import SECRET_KEY

# BAOJI_BEHIND_TLS: a proxy in front speaks HTTPS, sets X-Forwarded-Proto itself and passes the Host on.
if env.flag("BAOJI_BEHIND_TLS"):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 30 * 24 * 3600
    CSRF_TRUSTED_ORIGINS = [env.text("BAOJI_PUBLIC_URL")] if env.text("BAOJI_PUBLIC_URL") else []

# BAOJI_TLS: set by `./dev up --https`. The web process speaks TLS itself: with a certificate of the city (`given`),
# or of this machine's own authority (`local`), for which no browser is told to insist on HTTPS for ever.
TLS = env.text("BAOJI_TLS")
if TLS:
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 30 * 24 * 3600 if TLS == "given" else 0

if not SECRET_KEY:
    raise RuntimeError("BAOJI_SECRET_KEY_FILE names no secret; ./dev up makes one")
