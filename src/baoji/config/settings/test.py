"""Settings of the test suite: one database a worker, quick hashes, mail kept in memory."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("DATABASE_URL", "postgresql://baoji@/baoji")
if "BAOJI_DATA" not in os.environ:
    own = tempfile.TemporaryDirectory(prefix="baoji-test-", ignore_cleanup_errors=True)
    os.environ["BAOJI_DATA"] = own.name  # gone with the process
# Two processes of the suite keep the same pictures: what one of them erases would be gone for the other.
worker = os.environ.get("PYTEST_XDIST_WORKER", "")
if worker and Path(os.environ["BAOJI_DATA"]).name != worker:
    os.environ["BAOJI_DATA"] = str(Path(os.environ["BAOJI_DATA"]) / worker)
    Path(os.environ["BAOJI_DATA"]).mkdir(parents=True, exist_ok=True)

from baoji.config.settings.base import *  # noqa: E402, F403
from baoji.config.settings.base import DATABASES, INSTALLED_APPS  # noqa: E402

SECRET_KEY = "test-only"
DEMO = True
MODE = "demo"
ALLOWED_HOSTS = ["*"]
# BAOJI_TEST_DB: name of the test database, so that two suites can share one server.
DATABASES["default"]["TEST"] = {"NAME": os.environ.get("BAOJI_TEST_DB", "test_baoji")}
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
REPO = Path(__file__).resolve().parents[4]
INSTALLED_APPS = [*INSTALLED_APPS]
