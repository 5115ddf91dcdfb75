"""当班 in the street: where the phone was meanwhile, and who goes on with what is left at the end."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, Refused
from baoji.kernel.base.instants import is_sane
from baoji.kernel.identity.callers import SYSTEM, Caller
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.words import Words
from baoji.systems.urban import access
from baoji.systems.urban.actions.perform import perform
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.queries.cases import load
from baoji.systems.urban.queries.field_pack import tasks
from baoji.systems.urban.queries.proposals import draw_collector

IN_THE_STREET = frozenset({"collector", "officer", "cleaner", "crew"})
PASSED_BY = {"verify_answer": "verify_request", "check_answer": "check_request"}
MOST_POINTS = 1000
WEST, SOUTH, EAST, NORTH = 73.0, 3.0, 136.0, 54.0  # China's land and islands, in degrees
WORST_M = 100_000  # a phone that knows only its network says so; more is no position
LATE = timedelta(minutes=10)  # a phone's clock may be this far ahead of ours
# One person's duty times are settled by one at a time; positions only wait while they are.
LOCK = "SELECT pg_advisory_xact_lock(hashtext('urban.duty'), (%s::bigint %% 2147483647)::int)"
SHARED = LOCK.replace("_lock(", "_lock_shared(")
DUTIES = "SELECT id, started_at, coalesce(ended_at, %s) FROM urban_duty_time WHERE person_id = %s AND coalesce(ended_at, %s) >= %s"
POINTS = """
INSERT INTO urban_position (duty_id, at, place, accuracy_m, unit_grid, received_at)
SELECT p.duty, p.at, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4490), p.accuracy, coalesce(g.code, ''), %s
  FROM unnest(%s::bigint[], %s::timestamptz[], %s::float8[], %s::float8[], %s::float8[]) AS p(duty, at, lon, lat, accuracy)
  LEFT JOIN maps_unit_grid g ON g.valid_to IS NULL AND ST_Covers(g.place, ST_SetSRID(ST_MakePoint(p.lon, p.lat), 4490))
ON CONFLICT DO NOTHING
"""
FORGET = "DELETE FROM urban_position WHERE at < %s"
LEFT = """
SELECT s.id, s.number, s.arrived_at, p.name, (SELECT max(d.ended_at) FROM urban_duty_time d WHERE d.person_id = s.person_id) AS ended_at
  FROM urban_stay s JOIN flow_case c ON c.number = s.number JOIN identity_person p ON p.id = s.person_id
 WHERE s.person_id = %s AND s.until IS NULL AND c.status IN ('open', 'suspended')
   AND NOT EXISTS (SELECT 1 FROM urban_duty_time d WHERE d.person_id = s.person_id AND d.ended_at IS NULL) ORDER BY s.since
"""
WATCHERS = ("chief", "commander")  # who sees to it that a dangerous place is watched


class Point(NamedTuple):
    """Where a phone says it was: longitude and latitude in degrees of CGCS2000, accuracy in metres."""

    at: datetime
    lon: float
    lat: float
    accuracy_m: float


def require_street(by: Caller) -> None:
    if not by.own_kinds() & IN_THE_STREET:
        raise NotAllowed(_("只有外勤人员有这个功能"))


def require_tool(by: Caller, tool: str) -> None:
    """The app hides what a post has no use for; the door says so too."""
    if tool not in access.tools_of(by):
        raise NotAllowed(_("您的岗位没有这个功能"))


def pass_tasks_on(by: Caller, now: datetime) -> list[str]:
    """What somebody off duty was asked to look at goes to the next on the roster, where the city wants it so.

    Each task by itself: one that nobody can take stays where it is.
    """
    if not policies().get("field", {}).get("pass_tasks_on", True):
        return []
    passed = []
    for task in tasks(by):
        act = PASSED_BY.get(task["act"], "")  # what a crew is to do stays with the crew
        if not act:
            continue
        case = load(task["number"]).case
        drawn = draw_collector(case, act, now) if case.holder_person_id == by.id else None
        if drawn is None or not drawn[0].is_on_shift(now.astimezone()):
            continue
        try:
            perform(number=task["number"], act=act, by=_for(by), facts={"collector": drawn[0].code}, now=now)
        except Refused:
            continue
        passed.append(task["number"])
    return passed


def _for(by: Caller) -> Caller:
    """The system, handing over for this person: the record says so (`on_behalf_of`)."""
    return replace(
        SYSTEM, holds=tuple(hold._replace(kind="system", principal=by.id) for hold in by.holds[:1])
    )


def tell_left_watches(person_id: int, now: datetime) -> list[str]:
    """The cases at which this person still stays (守候) and is off duty by now; whoever sees to watches hears of each, once
    for each end of a duty. The watch goes on: nobody knows whether they have left."""
    left = sql.rows(LEFT, [person_id])
    for row in left:
        tell_watchers(
            f"stay:{row['id']}:left:{row['ended_at'].isoformat() if row['ended_at'] else ''}",
            Words(_left(row["arrived_at"] is not None), {"who": row["name"], "number": row["number"]}),
            row["number"],
            now,
        )
    return [row["number"] for row in left]


def _left(was_there: bool) -> str:
    if was_there:
        return noop("%(who)s已下班，还在守候：%(number)s")
    return noop("%(who)s已下班，交来的守候还没有确认到场：%(number)s")


def tell_watchers(once: str, title: Words, number: str, now: datetime) -> None:
    """Duty chief and commander, at once."""
    for post in WATCHERS:
        link = f"/cases/{number}"
        notify(f"{once}:{post}", post=post, kind="stay", title=title, link=link, at=now, urgent=True)


@transaction.atomic
def keep_positions(*, by: Caller, points: Sequence[Point], now: datetime) -> tuple[int, dict[str, int]]:
    """Keeps where the phone was while its holder was on duty; how many of the points, and how many not, by reason.

    Reasons: clock (no time of these days), place (not in China), accuracy (none), off_duty. Twins are one.
    """
    require_street(by)
    if len(points) > MOST_POINTS:
        raise Invalid(_("一次最多 %(n)d 个位置点") % {"n": MOST_POINTS})
    wrong = Counter(reason for point in points if (reason := _unlikely(point, now)))
    likely = [point for point in points if not _unlikely(point, now)]
    since = min((point.at for point in likely), default=now)
    sql.value(SHARED, [by.id])
    duties = sql.tuples(DUTIES, [now + LATE, by.id, now + LATE, since]) if likely else []
    kept = [
        (duty, point) for point in likely for duty, start, end in duties if start - LATE <= point.at <= end
    ]
    if kept:
        columns = zip(*((duty, *point) for duty, point in kept), strict=True)
        sql.execute(POINTS, [now, *(list(column) for column in columns)])
    wrong["off_duty"] = len(likely) - len({id(point) for _duty, point in kept})
    return len(kept), {reason: n for reason, n in wrong.items() if n}


def _unlikely(point: Point, now: datetime) -> str:
    """Why nobody on duty can have been there."""
    if not is_sane(point.at) or point.at > now + LATE:
        return "clock"
    if not (WEST <= point.lon <= EAST and SOUTH <= point.lat <= NORTH):
        return "place"
    return "" if 0 <= point.accuracy_m <= WORST_M else "accuracy"


def forget_positions(now: datetime) -> int:
    """Takes away positions older than the city keeps them (policy `field.track_days`); how many."""
    days = int(policies().get("field", {}).get("track_days", 30))
    return sql.execute(FORGET, [now - timedelta(days=days)])
