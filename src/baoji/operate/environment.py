"""Django made ready for a command; settings that are not there are a sentence, not a traceback."""

import os
from collections.abc import Iterator
from contextlib import contextmanager

import django
from django.core.exceptions import ImproperlyConfigured

from baoji.operate.errors import Trouble

CITY = "BAOJI_CITY"
OURS = ("BAOJI_", "DATABASE_", "DJANGO_SETTINGS_MODULE", "PORT")


def ready() -> None:
    """Sets Django up with the environment's settings. Raises Trouble when they are missing or wrong."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "baoji.config.settings.prod")
    try:
        django.setup()
    except (RuntimeError, ValueError, OSError, ImportError, ImproperlyConfigured) as error:
        raise Trouble(
            f"The settings in the environment do not do: {error}. An installation sets DATABASE_URL, "
            "DATABASE_OWNER_URL, BAOJI_DATA and BAOJI_SECRET_KEY_FILE; inside a checkout use ./dev baoji."
        ) from error


def ready_for_reading() -> Trouble | None:
    """As `ready`, but what is wrong with the settings comes back, and Django stands without a city.

    So help can be read, and files be checked, where nothing is installed yet.
    """
    try:
        ready()
    except Trouble as trouble:
        with _no_settings():
            django.setup()
        return trouble
    return None


@contextmanager
def _no_settings() -> Iterator[None]:
    """Takes our own variables away for a moment: one of them is what is wrong. Which city is meant stays."""
    kept = {name: value for name, value in os.environ.items() if name.startswith(OURS) and name != CITY}
    for name in kept:
        del os.environ[name]
    os.environ["DJANGO_SETTINGS_MODULE"] = "baoji.config.settings.base"
    try:
        yield
    finally:
        del os.environ["DJANGO_SETTINGS_MODULE"]
        os.environ.update(kept)
