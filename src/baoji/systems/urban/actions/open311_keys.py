"""Keys of Open311 programs: made, ended, counted."""

from collections.abc import Mapping
from datetime import datetime
from secrets import token_urlsafe
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused, TooMany
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.callers import digest
from baoji.systems.urban.models import Open311Key
from baoji.systems.urban.queries.open311_keys import TOPIC, Key

SUBJECT = "urban.open311_key"
QUOTAS = ("posts_a_minute", "posts_a_day", "reads_a_minute")


def create_key(name: str, now: datetime, quotas: Mapping[str, int] | None = None) -> str:
    """Makes a key and returns it; only its hash is kept. Raises Refused (name-taken) while a live one has the name."""
    given = {quota: number for quota, number in (quotas or {}).items() if quota in QUOTAS}
    text = f"o311_{token_urlsafe(24)}"
    with transaction.atomic():
        if Open311Key.objects.filter(name=name, ended_at=None).exists():
            raise Refused(_("已经有一个叫“%(name)s”的密钥") % {"name": name}, code="name-taken")
        key = Open311Key(name=name, digest=digest(text), created_at=now, **given)
        key.save()
        record(
            SUBJECT, key.pk, "create", {"name": name} | {one: getattr(key, one) for one in QUOTAS}, None, now
        )
        bump(TOPIC)
    return text


def end_key(name: str, now: datetime) -> bool:
    """Ends the live key of this name at once; False if there is none."""
    with transaction.atomic():
        key = Open311Key.objects.select_for_update().filter(name=name, ended_at=None).first()
        if key is None:
            return False
        key.ended_at = now
        key.save(update_fields=["ended_at"])
        record(SUBJECT, key.pk, "end", {"name": name}, None, now)
        bump(TOPIC)
    return True


def known_keys() -> list[dict[str, Any]]:
    """Every key by name, live ones first, with what it posted on the last day it posted."""
    return sql.rows(
        "SELECT k.name, k.created_at, k.ended_at, k.posts_a_minute, k.posts_a_day, k.reads_a_minute, u.day, u.in_day"
        "  FROM urban_open311_key k LEFT JOIN urban_open311_use u ON u.key_id = k.id"
        " ORDER BY k.ended_at IS NOT NULL, k.name, k.id"
    )


def count_post(key: Key, now: datetime) -> None:
    """Counts a post against the key's quotas. Raises TooMany with the seconds to wait."""
    wait = int(
        sql.value(
            "SELECT urban_open311_take(%s, %s, %s, %s)", [key.id, now, key.posts_a_minute, key.posts_a_day]
        )
    )
    if wait:
        raise TooMany(_("这个密钥的额度已用完，请稍后再试"), retry_after=wait)
