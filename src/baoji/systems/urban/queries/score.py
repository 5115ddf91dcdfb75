"""考核评价, first cut: figures for 区域 and 部门 over any period, from what the flow's acts left on record.

The database brings cases together where all comparisons that the rules make come out alike (`mask`), so that the
rules look at a few hundred groups instead of a million cases; a group's smallest times stand for all of its members.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.organisations.names import division_name, org_name
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.worktime.limits import MeasureKind, measure_for
from baoji.kernel.worktime.queries import current_calendar
from baoji.systems.urban.queries.book import policies, rates
from baoji.systems.urban.queries.score_closing import pieces
from baoji.systems.urban.queries.score_voices import Voices, voices
from baoji.systems.urban.rules.score import FIGURES, GRADES, Facts, Period, Row, tally

# The steps whose own limits are added to the body's limit before a closing is late.
CLOSING_STEPS = ("feedback/answered", "check/to_check", "check/checking", "check/passed")
AREA_LEVELS = (6, 9, 12)  # county, street, community
# Office hours may rest this long between a deadline and the closing deadline that follows it.
REST = timedelta(days=15)

# `answered_at` and `closed_at` are set and taken back by the acts themselves: an answer that was sent back or found not
# fixed has gone from the case; `baoji evaluate --check` compares them with the records one by one.
FACTS = """
WITH curve AS MATERIALIZED (
  SELECT %(cuts)s::timestamptz[] AS cuts, %(anchors)s::timestamptz[] AS anchors, %(plus)s::interval[] AS plus
), timed AS (
  SELECT c.id, c.number, c.case_number, c.title, c.address, c.body_id, c.area, c.status, c.stage, c.step, c.clock_due_at AS due,
         c.answered_at AS answered, CASE WHEN c.status = 'closed' THEN c.closed_at END AS closed,
         c.rework, c.severity, c.exempt, c.deferred, c.clock_used_s AS used,
         CASE WHEN c.severity <> 'normal' OR c.limit_unit LIKE 'urgent%%' THEN c.clock_due_at + %(closing)s
              ELSE greatest(c.clock_due_at, k.anchors[width_bucket(c.clock_due_at, k.cuts)]) + k.plus[width_bucket(c.clock_due_at, k.cuts)] END AS close_due
    FROM flow_case c CROSS JOIN curve k
   WHERE c.flow = 'urban' AND c.clock_due_at >= %(from)s AND c.clock_due_at < %(end)s AND c.body_id IS NOT NULL AND c.scored
     AND c.status IN ('open', 'suspended', 'closed') AND c.clock <> 'paused'
), facts AS (
  SELECT *, (due >= %(start)s)::int + 2 * (due <= %(as_of)s)::int + 4 * coalesce(answered <= %(as_of)s, false)::int
         + 8 * coalesce(answered <= due, false)::int + 16 * (close_due >= %(start)s AND close_due < %(end)s)::int
         + 32 * (close_due <= %(as_of)s)::int + 64 * coalesce(closed <= %(as_of)s, false)::int
         + 128 * coalesce(closed <= close_due, false)::int + 256 * (rework > 0)::int + 512 * (severity = 'critical')::int
         + 1024 * exempt::int + 2048 * deferred::int AS mask
    FROM timed WHERE due >= %(start)s OR close_due >= %(start)s
)
"""
GROUPS = """
SELECT body_id, left(area, %(level)s) AS place, (due AT TIME ZONE %(zone)s)::date AS day, mask, min(due), min(close_due), min(answered),
       min(closed), bool_or(rework > 0), bool_or(severity = 'critical'), bool_or(exempt), bool_or(deferred), sum(used)::bigint, count(*)
  FROM facts WHERE %(body)s::bigint[] IS NULL OR body_id = ANY(%(body)s::bigint[])
 GROUP BY GROUPING SETS ((body_id, mask), (left(area, %(level)s), mask), ((due AT TIME ZONE %(zone)s)::date, mask))
"""
MASKS = """
SELECT mask, min(due), min(close_due), min(answered), min(closed), bool_or(rework > 0), bool_or(severity = 'critical'),
       bool_or(exempt), bool_or(deferred), sum(used)::bigint, count(*)
  FROM facts WHERE %(body)s::bigint[] IS NULL OR body_id = ANY(%(body)s::bigint[]) GROUP BY mask
"""
LISTED = """
SELECT id, number, case_number, title, address, body_id, status, stage, step, due, close_due, answered, closed
  FROM facts WHERE mask = ANY(%(masks)s) AND (%(body)s::bigint[] IS NULL OR body_id = ANY(%(body)s::bigint[]))
   AND area LIKE %(place)s AND (%(day)s::date IS NULL OR (due AT TIME ZONE %(zone)s)::date = %(day)s::date)
   AND (%(after_due)s::timestamptz IS NULL OR (due, id) > (%(after_due)s::timestamptz, %(after_id)s::bigint))
 ORDER BY due, id LIMIT %(limit)s
"""
RETURNS = """
SELECT d.receiver_org_id, left(c.area, %(level)s), count(*) FROM flow_record t JOIN flow_case c ON c.id = t.case_id JOIN LATERAL (
    SELECT receiver_org_id FROM flow_record x WHERE x.case_id = t.case_id AND x.n < t.n AND x.act IN ('dispatch', 'arbitrate') ORDER BY n DESC LIMIT 1) d ON true
 WHERE t.act = 'return' AND t.at >= %(start)s AND t.at < %(end)s AND t.at <= %(as_of)s AND c.flow = 'urban' AND c.scored
   AND c.status IN ('open', 'suspended', 'closed') AND (%(body)s::bigint[] IS NULL OR d.receiver_org_id = ANY(%(body)s::bigint[]))
 GROUP BY 1, 2
"""


@dataclass
class Score:
    """Everything one page or export shows of a period; the rows are as fresh as `period.as_of`."""

    period: Period
    departments: list[Row]
    areas: list[Row]
    total: Row
    days: list[tuple[date, int, int]] = field(default_factory=list)  # day, in time, overdue


def period(start: datetime, end: datetime, now: datetime, as_of: datetime | None = None) -> Period:
    return Period(start, end, as_of or now)


def of_days(first: date, end: date, now: datetime, as_of: datetime | None = None) -> Period:
    """The period of these days, `end` not included, in the city's time."""
    tz = timezone.get_default_timezone()
    start, stop = (datetime(day.year, day.month, day.day, tzinfo=tz) for day in (first, end))
    return period(start, stop, now, as_of)


def grades() -> Mapping[str, float]:
    given = policies().get("grades", {})
    return {name: float(given.get(name, least)) for name, least in GRADES.items()}


def closing_seconds() -> int:
    """What review, check and closing may take together."""
    minutes = rates().minutes
    return 60 * sum(minutes.get(step, 0) for step in CLOSING_STEPS)


def _params(over: Period, bodies: list[int] | None) -> dict[str, Any]:
    seconds, calendar = closing_seconds(), current_calendar()
    begin = (
        min(
            measure_for(MeasureKind.WORK, calendar).add(over.start, -seconds),
            over.start - timedelta(seconds=seconds),
        )
        - REST
    )
    made = pieces(calendar, begin, over.end, seconds)
    return {
        "start": over.start,
        "end": over.end,
        "as_of": over.as_of,
        "from": begin,
        "closing": timedelta(seconds=seconds),
        "cuts": made.cuts,
        "anchors": made.anchors,
        "plus": made.plus,
        "body": bodies,
        "zone": timezone.get_default_timezone_name(),
    }


def score(over: Period, *, level: int = 6, bodies: list[int] | None = None) -> Score:
    """`level` digits of the area code make a row of 区域; `bodies` restricts everything to these organisations' cases."""
    params = _params(over, bodies) | {"level": level}
    by_body: dict[Any, list[Facts]] = defaultdict(list)
    by_area: dict[Any, list[Facts]] = defaultdict(list)
    by_day: dict[Any, list[Facts]] = defaultdict(list)
    for body, place, day, _mask, *rest in sql.tuples(FACTS + GROUPS, params):
        groups, key = (
            (by_body, body) if body is not None else (by_area, place) if place is not None else (by_day, day)
        )
        groups[key].append(Facts(*rest))
    returned, said = sql.tuples(RETURNS, params), voices(params)
    return Score(
        over,
        _departments(by_body, returned, said, over),
        _areas(by_area, returned, said, over),
        tally(
            "",
            _("合计"),
            [one for group in by_body.values() for one in group],
            over,
            sum(n for *_key, n in returned),
            said.all,
        ),
        [
            (day, *split)
            for day, group in sorted(by_day.items())
            if any(split := _in_time_and_over(group, over))
        ],
    )


def total(over: Period, bodies: list[int] | None = None) -> Row:
    """The sum alone, for comparing with another period."""
    params = _params(over, bodies)
    found = [Facts(*rest) for _mask, *rest in sql.tuples(FACTS + MASKS, params)]
    returned = sum(n for *_key, n in sql.tuples(RETURNS, params | {"level": 6}))
    return tally("", _("合计"), found, over, returned)


def name_of(code: str) -> str:
    """The name of an organisation or an area by its code; the code itself if there is none."""
    org = organisations().known_codes.get(code)
    return org_name(org) if org else division_name(code) or code


def _departments(
    groups: dict[Any, list[Facts]], returned: list[tuple[Any, ...]], said: Voices, over: Period
) -> list[Row]:
    tree, returns = organisations(), _summed(returned, 0)
    made = []
    for id_ in sorted({*groups, *returns, *said.by_body}):
        org = tree.known.get(id_)
        made.append(
            tally(
                org.code if org else str(id_),
                org_name(org) if org else str(id_),
                groups.get(id_, []),
                over,
                returns.get(id_, 0),
                said.by_body.get(id_),
            )
        )
    return _shown(made)


def _areas(
    groups: dict[Any, list[Facts]], returned: list[tuple[Any, ...]], said: Voices, over: Period
) -> list[Row]:
    returns = _summed(returned, 1)
    return _shown(
        [
            tally(
                code,
                division_name(code) or code,
                groups.get(code, []),
                over,
                returns.get(code, 0),
                said.by_area.get(code),
            )
            for code in sorted({*groups, *returns, *said.by_area})
        ]
    )


def _shown(rows: list[Row]) -> list[Row]:
    """Without those that have nothing in the period; the least punctual first."""
    found = [row for row in rows if any(row.counts.values())]
    return sorted(
        found, key=lambda row: (share if (share := row.share("in_time_rate")) is not None else 2, row.code)
    )


def _summed(returned: list[tuple[Any, ...]], place: int) -> dict[Any, int]:
    found: dict[Any, int] = defaultdict(int)
    for line in returned:
        found[line[place]] += line[2]
    return found


def _in_time_and_over(group: list[Facts], over: Period) -> tuple[int, int]:
    good = sum(one.n for one in group if FIGURES["in_time"](one, over))
    return good, sum(one.n for one in group if FIGURES["overdue"](one, over))


def behind(
    over: Period,
    figure: str,
    *,
    bodies: list[int] | None = None,
    area: str = "",
    day: date | None = None,
    after: tuple[datetime, int] | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """Exactly the cases that a figure counts, soonest deadline first; `after` is (due, id) of the last one seen."""
    test, params = FIGURES[figure], _params(over, bodies)
    masks = [mask for mask, *rest in sql.tuples(FACTS + MASKS, params) if test(Facts(*rest), over)]
    return sql.rows(
        FACTS + LISTED,
        params
        | {
            "masks": masks,
            "place": f"{area}%",
            "day": day,
            "limit": limit,
            "after_due": after[0] if after else None,
            "after_id": after[1] if after else None,
        },
    )
