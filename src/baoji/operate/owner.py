"""Operators' commands write as the database's owner; what faces the net never does."""

from django.conf import settings
from django.db import connections

from baoji.config import env


def owner_django() -> None:
    """Points Django's connection at DATABASE_OWNER_URL; call it before the first query."""
    if settings.DATABASE_OWNER_URL == settings.DATABASE_URL:
        return
    connection = connections["default"]
    connection.close()
    connection.settings_dict.update(env.database(settings.DATABASE_OWNER_URL))
