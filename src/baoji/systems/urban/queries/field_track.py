"""Where people in the street were: one's own track, coverage by grid and time."""

from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.instants import FIRST, is_sane_day
from baoji.kernel.identity.callers import Caller
from baoji.kernel.worktime.calendar import ZONE
from baoji.systems.urban import access
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.queries.names import grid_name

TRACK_GAP = timedelta(minutes=10)
CLOCK_AHEAD = timedelta(minutes=10)  # a phone's clock may be this far ahead of ours
TRACK = """
SELECT p.at, ST_X(p.place), ST_Y(p.place), p.accuracy_m FROM urban_position p JOIN urban_duty_time d ON d.id = p.duty_id
 WHERE d.person_id = %s AND p.at >= %s AND p.at < %s ORDER BY p.at
"""
DUTIES = """
SELECT greatest(started_at, %(start)s), least(coalesce(ended_at, %(now)s), %(end)s) FROM urban_duty_time
 WHERE person_id = %(person)s AND started_at < %(end)s AND coalesce(ended_at, %(now)s) > %(start)s ORDER BY 1
"""
SINCE = "SELECT started_at FROM urban_duty_time WHERE person_id = %s AND ended_at IS NULL"
NEWEST = """
SELECT d.started_at AS since, d.ended_at AS until, d.by_rule,
       (SELECT min(p.received_at) FROM urban_duty_press p WHERE p.person_id = d.person_id AND p.begins AND p.at = d.started_at) AS since_received
  FROM urban_duty_time d WHERE d.person_id = %s ORDER BY d.started_at DESC LIMIT 1
"""
RULED = timedelta(days=7)  # for so long somebody is told that the rule ended their duty


def on_duty_since(caller: Caller) -> datetime | None:
    found: datetime | None = sql.value(SINCE, [caller.id])
    return found


def duty(caller: Caller, now: datetime) -> dict[str, Any]:
    """`since` (None when off duty), `since_received` (when that arrived), `ended_by_rule` {since, until, hours} of a duty that
    nobody ended, when it is the last one and not long ago."""
    last = sql.row(NEWEST, [caller.id]) or {"until": FIRST, "by_rule": False}
    if last["until"] is None:
        return {"since": last["since"], "since_received": last["since_received"], "ended_by_rule": None}
    ruled = last["by_rule"] and now - last["until"] < RULED
    hours = longest_duty() / timedelta(hours=1)
    told = {"since": last["since"], "until": last["until"], "hours": hours} if ruled else None
    return {"since": None, "since_received": None, "ended_by_rule": told}


def longest_duty() -> timedelta:
    """Who says no 下班 for longer than this is off duty (policy `field.duty_hours`)."""
    return timedelta(hours=float(policies().get("field", {}).get("duty_hours", 16)))


def session_term(caller: Caller) -> timedelta | None:
    """How long after its last contact a phone stays signed in (policy `field.session_days`). None for who holds or stands in at a
    desk: desks keep their own term, wherever they are opened."""
    if not caller.holds or caller.kinds() - access.TOOLS.keys():
        return None
    return timedelta(days=int(policies().get("field", {}).get("session_days", 7)))


def kept_days() -> int:
    return int(policies().get("field", {}).get("track_days", 30))


def clock_days() -> timedelta:
    """What a phone dates back further before it arrives is a wrong clock (policy `field.clock_days`)."""
    return timedelta(days=int(policies().get("field", {}).get("clock_days", 30)))


def own_track(caller: Caller, day: str, now: datetime) -> dict[str, Any]:
    """`{day, points, gaps, runs, kept_days}` of the caller's own; `runs`: how many positions each run of `track_runs` has."""
    found = track(caller.id or 0, day_of(day, now), now)
    return {**found, "runs": [len(run) for run in track_runs(found["points"])]}


def day_of(text: str, now: datetime) -> date:
    try:
        day = date.fromisoformat(text) if text else timezone.localdate(now)
        if not is_sane_day(day):
            raise ValueError(text)
        return day
    except ValueError as fault:
        raise Invalid(_("日期写成 2026-11-24 这样"), errors={"day": [_("日期不对")]}) from fault


def track(person_id: int, day: date, now: datetime) -> dict[str, Any]:
    """One person's day: the positions that are kept, and the times on duty without any. Gaps are never filled in."""
    start = timezone.make_aware(datetime.combine(day, time()))  # noqa: DTZ001
    end = start + timedelta(days=1)
    points = sql.tuples(TRACK, [person_id, start, end])
    duties = sql.tuples(DUTIES, {"person": person_id, "start": start, "end": end, "now": now})
    return {
        "day": day.isoformat(),
        "points": [[at, round(lon, 6), round(lat, 6), accuracy] for at, lon, lat, accuracy in points],
        "gaps": [gap for since, until in duties for gap in _gaps(since, until, points)],
        "kept_days": kept_days(),
    }


def _gaps(since: datetime, until: datetime, points: list[tuple[Any, ...]]) -> list[list[datetime]]:
    marks = [since, *(point[0] for point in points if since <= point[0] <= until), until]
    return [[a, b] for a, b in zip(marks, marks[1:], strict=False) if b - a > TRACK_GAP]


def track_runs(points: list[list[Any]]) -> list[list[list[Any]]]:
    """The positions of `track` that follow each other within TRACK_GAP, run by run: through each a line may be drawn, none between."""
    runs: list[list[list[Any]]] = []
    for point in points:
        if not runs or point[0] - runs[-1][-1][0] > TRACK_GAP:
            runs.append([])
        runs[-1].append(point)
    return runs


# At the desk ------------------------------------------------------------------

ON_DUTY = """
SELECT p.code, p.name, d.started_at, x.at, (SELECT min(b.received_at) FROM urban_duty_press b
         WHERE b.person_id = d.person_id AND b.begins AND b.at = d.started_at) AS started_received, ST_X(x.place) AS lon, ST_Y(x.place) AS lat, x.accuracy_m, x.unit_grid
  FROM urban_duty_time d JOIN identity_person p ON p.id = d.person_id
  LEFT JOIN LATERAL (SELECT at, place, accuracy_m, unit_grid FROM urban_position o WHERE o.duty_id = d.id ORDER BY at DESC LIMIT 1) x ON true
 WHERE d.ended_at IS NULL ORDER BY p.code LIMIT 500
"""
WALKED = """
SELECT g.code, g.name, p.code AS collector, p.name AS collector_name, cardinality(g.unit_grids) AS grids,
       ST_AsGeoJSON(ST_Multi(ST_SimplifyPreserveTopology(g.place, 0.0001)), 4) AS outline,
       (SELECT count(DISTINCT o.unit_grid) FROM urban_position o
         WHERE o.unit_grid = ANY(g.unit_grids) AND o.at >= %(start)s AND o.at < %(end)s) AS walked,
       (SELECT max(o.at) FROM urban_position o
         WHERE o.unit_grid = ANY(g.unit_grids) AND o.at >= %(start)s AND o.at < %(end)s) AS last_at
  FROM urban_responsibility_grid g LEFT JOIN identity_person p ON p.id = g.collector_id ORDER BY g.code
"""
UNIT_GRIDS = """
SELECT g.name, u AS code, ST_AsGeoJSON(ST_Multi(m.place), 5) AS outline, ST_X(m.middle) AS lon, ST_Y(m.middle) AS lat,
       EXISTS (SELECT 1 FROM urban_position o WHERE o.unit_grid = u AND o.at >= %(start)s AND o.at < %(end)s) AS walked
  FROM urban_responsibility_grid g CROSS JOIN unnest(g.unit_grids) u
  LEFT JOIN LATERAL (SELECT place, ST_PointOnSurface(place) AS middle FROM maps_unit_grid
                      WHERE code = u AND valid_to IS NULL) m ON true
 WHERE g.code = %(code)s ORDER BY 2
"""
BY_HOUR = f"""
SELECT extract(hour FROM o.at AT TIME ZONE '{ZONE}')::int AS hour, count(DISTINCT o.unit_grid)
  FROM urban_position o WHERE o.at >= %(start)s AND o.at < %(end)s AND o.unit_grid <> '' GROUP BY 1 ORDER BY 1
"""
CRIES = """
SELECT d.name, p.code, p.name AS who, p.phone, d.at, d.words, ST_X(d.place) AS lon, ST_Y(d.place) AS lat, t.name AS taken_by, d.ended_at, d.outcome
  FROM urban_distress d JOIN identity_person p ON p.id = d.person_id LEFT JOIN identity_person t ON t.id = d.taken_by_id
 WHERE d.ended_at IS NULL OR d.ended_at > now() - interval '7 days' ORDER BY d.ended_at IS NOT NULL, d.at DESC LIMIT 30
"""
CORRECTIONS = """
SELECT c.name, c.at, c.kind, c.component, c.class_code, c.state, c.words, c.status, c.reason, c.made, c.files::text AS files,
       p.code, p.name AS who, ST_X(c.place) AS lon, ST_Y(c.place) AS lat, k.name AS thing, ST_X(k.place) AS thing_lon, ST_Y(k.place) AS thing_lat
  FROM urban_correction c JOIN identity_person p ON p.id = c.person_id LEFT JOIN urban_component k ON k.code = c.component
 WHERE {which}
"""
FROM_ON = "(%(first)s::uuid IS NULL OR (c.at, c.name) >= (SELECT at, name FROM urban_correction WHERE name = %(first)s))"
UNDECIDED = CORRECTIONS.format(
    which=f"c.status = 'waiting' AND {FROM_ON} ORDER BY c.at, c.name LIMIT %(most)s"
)
BACK_ON = FROM_ON.replace(">=", "<=")
DECIDED = CORRECTIONS.format(
    which=f"c.status = %(status)s AND {BACK_ON} ORDER BY c.at DESC, c.name DESC LIMIT %(most)s"
)


def span_of(day: date) -> dict[str, Any]:
    start = timezone.make_aware(datetime.combine(day, time()))  # noqa: DTZ001
    return {"start": start, "end": start + timedelta(days=1)}


def on_duty() -> list[dict[str, Any]]:
    """Who is on duty now, and where each was last, with the time of that."""
    return sql.rows(ON_DUTY)


def coverage(day: date) -> list[dict[str, Any]]:
    """Each responsibility grid: where it lies, and of how many unit grids somebody walked how many on the day."""
    return [row | {"name": grid_name(row["name"], row["code"])} for row in sql.rows(WALKED, span_of(day))]


def walked_by_hour(day: date) -> dict[int, int]:
    return dict(sql.tuples(BY_HOUR, span_of(day)))


def walked_grids(code: str, day: date) -> list[dict[str, Any]]:
    """The unit grids of a responsibility grid: where each lies, and whether somebody walked it on the day."""
    rows = sql.rows(UNIT_GRIDS, {"code": code, **span_of(day)})
    return [row | {"name": grid_name(row["name"], code)} for row in rows]


def cries() -> list[dict[str, Any]]:
    """Calls for help that go on, and those that ended within a week."""
    return sql.rows(CRIES)


def corrections(first: UUID | None, most: int) -> tuple[list[dict[str, Any]], UUID | None]:
    """What waits for a second person, the longest first, from `first` on; and the one that the next page begins with."""
    rows = sql.rows(UNDECIDED, {"first": first, "most": most + 1})
    return rows[:most], rows[most]["name"] if len(rows) > most else None


def decided_corrections(first: UUID | None, most: int) -> tuple[list[dict[str, Any]], UUID | None]:
    """What was accepted and refused, the newest first, from `first` on; and the one that the next page begins with."""
    asked = {"first": first, "most": most + 1}
    rows = [
        row for status in ("accepted", "refused") for row in sql.rows(DECIDED, asked | {"status": status})
    ]
    rows.sort(key=lambda row: (row["at"], row["name"]), reverse=True)
    return rows[:most], rows[most]["name"] if len(rows) > most else None


def is_decided(name: UUID) -> bool:
    """Whether there is such a correction, and somebody has accepted or refused it."""
    return sql.value("SELECT status FROM urban_correction WHERE name = %s", [name]) in {"accepted", "refused"}


WAITING = "SELECT count(*) FROM (SELECT 1 FROM urban_correction WHERE status = 'waiting' LIMIT 100) x"


def corrections_waiting() -> int:
    """How many wait for a second person, exact to 99."""
    return int(sql.value(WAITING))


LIVE = """
SELECT id, name, basis, since, until, topics::text AS topics FROM urban_control_area WHERE active AND until > %s ORDER BY until LIMIT 200
"""
PICTURE = """
SELECT f.sha256, f.mime, c.at, coalesce(nullif(c.component, ''), c.class_code) AS thing, coalesce(k.address, '') AS address,
       ST_X(coalesce(c.place, k.place)) AS lon, ST_Y(coalesce(c.place, k.place)) AS lat
  FROM urban_correction c JOIN records_file f ON f.id = (c.files -> %s ->> 0)::bigint LEFT JOIN urban_component k ON k.code = c.component
 WHERE c.name = %s
"""
MOST_FILES = 100


def controls(now: datetime) -> list[dict[str, Any]]:
    """管控区 in force or to come."""
    return sql.rows(LIVE, [now])


def correction_picture(name: UUID, n: int) -> dict[str, Any] | None:
    """The file of the finding's picture `n`, counted from 0, and what its copy says: about which thing, when it came, where that is."""
    return sql.row(PICTURE, [n, name]) if n < MOST_FILES else None
