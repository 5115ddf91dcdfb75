"""SOS: calling for help in the street, and who looks after it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID
from zlib import crc32

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused
from baoji.kernel.identity.callers import Caller
from baoji.kernel.maps.queries import in_bounds, nearest_address
from baoji.kernel.notices.actions import notify, retell
from baoji.kernel.notices.words import Value, Words
from baoji.systems.urban.actions.field_duty import require_street

SUBJECT = "urban.distress"
HELPERS = ("chief", "commander", "head")
CRY = """
INSERT INTO urban_distress (name, person_id, at, place, words, outcome)
VALUES (%s, %s, %s, ST_SetSRID(ST_MakePoint(%s, %s), 4490), %s, '') ON CONFLICT (name) DO NOTHING
"""
TAKE = "UPDATE urban_distress SET taken_by_id = %s, taken_at = %s WHERE name = %s AND taken_by_id IS NULL AND ended_at IS NULL"
END = "UPDATE urban_distress SET ended_at = %s, outcome = %s WHERE name = %s AND ended_at IS NULL"
# A call that nobody ended is over, too, when so much time has passed.
FORGET = """
UPDATE urban_distress SET place = NULL, words = '' WHERE name IN (
  SELECT name FROM urban_distress WHERE (place IS NOT NULL OR words <> '') AND coalesce(ended_at, at) < %s
   ORDER BY at LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING name
"""
AT_ONCE = 500
LEAST_OUTCOME = 2


def cry_for_help(
    *, by: Caller, name: UUID, place: tuple[float, float] | None, words: str, now: datetime
) -> None:
    """SOS, heard at once by duty chief, commander and head of the centre; sent again it is one cry."""
    require_street(by)
    lon, lat = place or (None, None)
    with transaction.atomic():
        if not sql.execute(CRY, [name, by.id, now, lon, lat, words.strip()[:200]]):
            return
        _note(name, "cry", {"words": bool(words.strip()), "place": place is not None}, by, now)
        where: Value = _where(*place) if place else [noop("位置不明")]
        said: dict[str, Value] = {"who": by.name, "where": where, "words": words.strip()[:60]}
        for post in HELPERS:
            notify(
                _once(name, post),
                post=post,
                kind="sos",
                title=Words(noop("求助：%(who)s（%(where)s）%(words)s"), said),
                link=f"/street/#sos-{name}",
                at=now,
                urgent=True,
            )


def _where(lon: float, lat: float) -> str:
    """The nearest address, else the figures."""
    address = nearest_address(lon, lat) if in_bounds(lon, lat) else ""
    return address or f"{lat:.5f}, {lon:.5f}"


def may_help(caller: Caller) -> bool:
    """Takes calls up and ends them."""
    return bool(caller.kinds() & set(HELPERS))


@transaction.atomic
def take_distress(*, by: Caller, name: UUID, now: datetime) -> None:
    """Somebody at the centre looks after it; the alarm ends."""
    _require_helper(by)
    if not sql.execute(TAKE, [by.id, now, name]):
        raise Refused(_("已经有人在处理，或已经结束"), code="already-taken")
    _note(name, "take", {}, by, now)


@transaction.atomic
def end_distress(*, by: Caller, name: UUID, outcome: str, now: datetime) -> None:
    _require_helper(by)
    if len(outcome.strip()) < LEAST_OUTCOME:
        raise Invalid(_("请写结果"), errors={"outcome": [_("请写结果")]})
    if not sql.execute(END, [now, outcome.strip()[:200], name]):
        raise NotThere(_("没有这次求助，或已经结束"))
    _note(name, "end", {}, by, now)


@transaction.atomic
def forget_cries(kept: int, now: datetime) -> int:
    """Takes place and words from calls that ended more than `kept` days ago, and from what was told of them; how many, some at a time."""
    names = [row[0] for row in sql.tuples(FORGET, [now - timedelta(days=kept), AT_ONCE])]
    for name in names:
        retell([_once(name, post) for post in HELPERS], where=[noop("位置已删除")], words="")
        facts = {"distress": str(name), "rule": "sos", "days": kept, "what": ["place", "words"]}
        audit.record(SUBJECT, crc32(name.bytes), "erase", facts, None, now)
    return len(names)


def _once(name: UUID, post: str) -> str:
    return f"sos:{name}:{post}"


def _note(name: UUID, verb: str, facts: dict[str, Any], by: Caller, now: datetime) -> None:
    """Who called and who looked after it stands in the journal; what was written does not."""
    audit.record(SUBJECT, crc32(name.bytes), verb, {"distress": str(name), **facts}, by.id, now)


def _require_helper(by: Caller) -> None:
    if not may_help(by):
        raise NotAllowed(_("您的岗位不处理求助"))
