"""协作分析: the monthly sums of who met whom, weighed over a period, and exactly the cases behind each pair.

The sums are made from flow records by the worker (`REFRESH`), so that a year of a million cases is looked through at
once; which month is how fresh stands beside them.
"""

from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from django.utils import timezone

from baoji.kernel.base import sql
from baoji.kernel.organisations.names import org_name
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.worktime.calendar import ZONE
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.rules.collusion import (
    HOURS,
    SAME_PEOPLE,
    Met,
    Pattern,
    Weighed,
    same_hour,
    weigh,
)

PAGE = 50
MOST_SHOWN = 100
# Who saw it with their own eyes; the hotline and citizens name what others saw.
SEEN = "c.source IN ('collector', 'officer', 'cleaner')"
BY_HOUR = ", ".join(f"count(*) FILTER (WHERE hour = {hour})" for hour in range(HOURS))

# Each check of the month with whom it was asked of and drawn among, and whose answer it checked.
CHECKS = f"""
WITH checks AS MATERIALIZED (
  SELECT t.case_id, left(c.area, 9) AS area, CASE WHEN {SEEN} THEN c.reporter_id END AS reporter, t.by_id AS checker, o.body_id AS body,
         coalesce((t.facts ->> 'fixed')::boolean, false) AS fixed, t.at - q.at <= %(quick)s AS quick,
         extract(hour FROM t.at AT TIME ZONE '{ZONE}')::int AS hour, q.facts -> 'draw' -> 'among' AS among,
         coalesce((q.facts -> 'draw' ->> 'chosen')::boolean, false) AS chosen, t.id AS check_record, a.id AS answer_record
    FROM flow_record t JOIN flow_case c ON c.id = t.case_id
    JOIN LATERAL (SELECT at, facts FROM flow_record x WHERE x.case_id = t.case_id AND x.n < t.n AND x.act = 'check_request'
                   ORDER BY x.n DESC LIMIT 1) q ON true
    LEFT JOIN LATERAL (SELECT id, org_id FROM flow_record x WHERE x.case_id = t.case_id AND x.n < t.n AND x.act = 'answer'
                        ORDER BY x.n DESC LIMIT 1) a ON true
    LEFT JOIN organisations_organisation o ON o.id = a.org_id
   WHERE t.act = 'check_answer' AND t.at >= %(start)s AND t.at < %(end)s AND t.by_id IS NOT NULL AND c.flow = 'urban'
)"""
# Photos with an envelope of an enrolled device, by case and stage.
DEVICES = """, devices AS MATERIALIZED (
  SELECT DISTINCT x.case_id, x.stage, e.device_id FROM flow_attachment x JOIN evidence_envelope e ON e.id = x.envelope_id
   WHERE x.envelope_id IS NOT NULL AND e.device_id IS NOT NULL AND x.case_id IN (SELECT case_id FROM {of})
), shared AS MATERIALIZED (
  SELECT DISTINCT a.case_id FROM devices a JOIN devices b ON b.case_id = a.case_id AND b.device_id = a.device_id
   WHERE a.stage = '{one}' AND b.stage = '{other}'
)"""
CHANCES = """, chances AS (
  SELECT area, {one} AS one, who::bigint AS other, sum(1.0 / jsonb_array_length(among)) AS expected
    FROM checks, jsonb_array_elements_text(among) AS who WHERE among IS NOT NULL AND {one} IS NOT NULL GROUP BY 1, 2, 3
)"""
SUMMED = f"""
INSERT INTO urban_pair_month (month, kind, area, one, other, n, positive, quick, same_device, chosen, drawn, expected, hours)
SELECT %(month)s, %(kind)s, m.area, m.one, m.other, m.n, m.positive, m.quick, m.same_device, m.chosen, m.drawn,
       coalesce(k.expected, 0), m.hours
  FROM (SELECT area, {{one}} AS one, checker AS other, count(*) AS n, count(*) FILTER (WHERE fixed) AS positive,
               count(*) FILTER (WHERE quick) AS quick, count(*) FILTER (WHERE case_id IN (SELECT case_id FROM shared)) AS same_device,
               count(*) FILTER (WHERE chosen) AS chosen, count(*) FILTER (WHERE among IS NOT NULL) AS drawn,
               ARRAY[{BY_HOUR}] AS hours
          FROM checks WHERE {{one}} IS NOT NULL GROUP BY 1, 2, 3) m
  LEFT JOIN chances k USING (area, one, other)
"""
# Each answer of the month with who reported and who, a body or one of its crews, answered; dispatch is no lottery.
ANSWERS = f"""
WITH answers AS MATERIALIZED (
  SELECT t.case_id, left(c.area, 9) AS area, c.reporter_id AS one, t.org_id AS other, t.at - d.at <= %(quick)s AS quick,
         extract(hour FROM t.at AT TIME ZONE '{ZONE}')::int AS hour, coalesce(k.fixed, false) AS fixed
    FROM flow_record t JOIN flow_case c ON c.id = t.case_id
    JOIN LATERAL (SELECT at FROM flow_record x WHERE x.case_id = t.case_id AND x.n < t.n AND x.act IN ('dispatch', 'arbitrate', 'send_back')
                   ORDER BY x.n DESC LIMIT 1) d ON true
    LEFT JOIN LATERAL (SELECT (x.facts ->> 'fixed')::boolean AS fixed FROM flow_record x
                        WHERE x.case_id = t.case_id AND x.n > t.n AND x.act = 'check_answer' ORDER BY x.n LIMIT 1) k ON true
   WHERE t.act = 'answer' AND t.at >= %(start)s AND t.at < %(end)s AND t.org_id IS NOT NULL AND c.reporter_id IS NOT NULL AND {SEEN}
     AND c.flow = 'urban'
){DEVICES.format(of="answers", one="report", other="handle")}
INSERT INTO urban_pair_month (month, kind, area, one, other, n, positive, quick, same_device, chosen, drawn, expected, hours)
SELECT %(month)s, 'crew', area, one, other, count(*), count(*) FILTER (WHERE fixed), count(*) FILTER (WHERE quick),
       count(*) FILTER (WHERE case_id IN (SELECT case_id FROM shared)), 0, 0, 0, ARRAY[{BY_HOUR}]
  FROM answers GROUP BY area, one, other
"""
REFRESH = {
    "checker": CHECKS
    + DEVICES.format(of="checks", one="report", other="check")
    + CHANCES.format(one="reporter")
    + SUMMED.format(one="reporter"),
    "body": CHECKS
    + DEVICES.format(of="checks", one="handle", other="check")
    + CHANCES.format(one="body")
    + SUMMED.format(one="body"),
    "crew": ANSWERS,
}
MONTHS = """
SELECT month, area, one, other, n, drawn, expected, positive, quick, same_device, chosen FROM urban_pair_month
 WHERE kind = %(kind)s AND month >= %(first)s AND month <= %(last)s ORDER BY month, area, one, other
"""
SHOWN_HOURS = """
SELECT w.one, w.other, array_agg(h.n ORDER BY h.hour) FROM unnest(%(one)s::bigint[], %(other)s::bigint[]) AS w(one, other)
  JOIN LATERAL (SELECT u.hour, sum(u.n)::int AS n FROM urban_pair_month p, unnest(p.hours) WITH ORDINALITY AS u(n, hour)
                 WHERE p.kind = %(kind)s AND p.month >= %(first)s AND p.month <= %(last)s AND p.one = w.one AND p.other = w.other
                 GROUP BY u.hour) h ON true
 GROUP BY 1, 2
"""
ALL_HOURS = """
SELECT array_agg(n ORDER BY hour) FROM (
  SELECT u.hour, sum(u.n)::int AS n FROM urban_pair_month p, unnest(p.hours) WITH ORDINALITY AS u(n, hour)
   WHERE p.kind = %(kind)s AND p.month >= %(first)s AND p.month <= %(last)s GROUP BY u.hour) x
"""
FRESH = "SELECT name, at FROM urban_plausibility_mark WHERE name LIKE 'pairs:%'"
PEOPLE = "SELECT id, code, name FROM identity_person WHERE id = ANY(%s)"


@dataclass(frozen=True)
class Asked:
    """Which pairs, over which months (their first days), both included."""

    kind: str
    first: date
    last: date

    @property
    def months(self) -> list[date]:
        found, month = [], self.first
        while month <= self.last:
            found.append(month)
            month = next_month(month)
        return found


@dataclass(frozen=True)
class Side:
    """A person or an organisation of a pair."""

    id: int
    code: str
    name: str


@dataclass(frozen=True)
class Shown:
    """What a page tells of a period: `fresh_at` is when the oldest of its months was summed up, None if one is missing."""

    weighed: Weighed
    sides: dict[tuple[str, int], Side]
    fresh_at: datetime | None


def next_month(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def starts_at(month: date) -> datetime:
    """The first instant of a month in the city's time."""
    return timezone.make_aware(datetime.combine(month, time()))  # noqa: DTZ001


def least_together() -> int:
    return max(1, int(policies().get("pairs", {}).get("least", 10)))


def quick_minutes() -> int:
    return int(policies().get("pairs", {}).get("quick_min", 10))


def mark_of(month: date) -> str:
    return f"pairs:{month:%Y-%m}"


def met(asked: Asked) -> Weighed:
    """All pairs of the period that met often enough to be looked at, the least likely first."""
    rows = (Met((month, area), *rest) for month, area, *rest in sql.tuples(MONTHS, vars(asked)))
    return weigh(rows, same_people=asked.kind in SAME_PEOPLE, least=least_together())


def shown(asked: Asked, most: int = MOST_SHOWN) -> Shown:
    """The least likely pairs with their names and patterns; `weighed.pairs` keeps all that were looked at."""
    weighed = met(asked)
    top = weighed.pairs[:most]
    given = vars(asked) | {"one": [pair.one for pair in top], "other": [pair.other for pair in top]}
    usual = sql.value(ALL_HOURS, given) or []
    hours = {(one, other): found for one, other, found in sql.tuples(SHOWN_HOURS, given)} if top else {}
    for pair in top:
        always = same_hour(hours.get((pair.one, pair.other), []), usual)
        pair.patterns += [always] if always is not None else []
    return Shown(weighed, sides_of(asked.kind, top), _fresh(asked))


def _fresh(asked: Asked) -> datetime | None:
    """When the oldest of the months was summed up; those before the first case never are."""
    known = dict(sql.tuples(FRESH))
    wanted = [mark_of(month) for month in asked.months if mark_of(month) >= min(known, default="")]
    return min((known[name] for name in wanted), default=None) if set(wanted) <= set(known) else None


def sides_of(kind: str, pairs: list[Any]) -> dict[tuple[str, int], Side]:
    """("one" or "other", id) → who that is."""
    people = [pair.one for pair in pairs if kind != "body"] + [pair.other for pair in pairs if kind != "crew"]
    named = {id_: Side(id_, code, name) for id_, code, name in sql.tuples(PEOPLE, [people])}
    tree = organisations().known
    orgs = {id_: Side(id_, org.code, org_name(org)) for id_, org in tree.items()}
    one, other = (orgs if kind == "body" else named), (orgs if kind == "crew" else named)
    nobody = {pair: Side(pair, str(pair), str(pair)) for line in pairs for pair in (line.one, line.other)}
    return {
        **{("one", pair.one): one.get(pair.one, nobody[pair.one]) for pair in pairs},
        **{("other", pair.other): other.get(pair.other, nobody[pair.other]) for pair in pairs},
    }


# Behind a pair ----------------------------------------------------------------------

_BEHIND = """
SELECT t.id, t.at, c.number, c.case_number, c.title, c.address, c.status, c.stage, c.step,
       extract(epoch FROM t.at - q.at)::bigint AS took_s, {fixed} AS fixed, {draw} AS draw
"""
_OF_CHECKER = (
    _BEHIND.format(fixed="(t.facts ->> 'fixed')::boolean", draw="(q.facts -> 'draw')::text")
    + """  FROM flow_record t JOIN flow_case c ON c.id = t.case_id
  JOIN LATERAL (SELECT at, facts FROM flow_record x WHERE x.case_id = t.case_id AND x.n < t.n AND x.act = 'check_request'
                 ORDER BY x.n DESC LIMIT 1) q ON true
"""
)
_PAGE = """
   AND t.at >= %(start)s AND t.at < %(end)s AND (%(at)s::timestamptz IS NULL OR (t.at, t.id) < (%(at)s::timestamptz, %(id)s::bigint))
 ORDER BY t.at DESC, t.id DESC LIMIT %(limit)s
"""
BEHIND = {
    "checker": _OF_CHECKER
    + f" WHERE t.by_id = %(other)s AND t.act = 'check_answer' AND c.reporter_id = %(one)s AND c.flow = 'urban' AND {SEEN}"
    + _PAGE,
    "body": _OF_CHECKER
    + """  JOIN LATERAL (SELECT org_id FROM flow_record x WHERE x.case_id = t.case_id AND x.n < t.n AND x.act = 'answer'
                 ORDER BY x.n DESC LIMIT 1) a ON true JOIN organisations_organisation o ON o.id = a.org_id
 WHERE t.by_id = %(other)s AND t.act = 'check_answer' AND o.body_id = %(one)s AND c.flow = 'urban'"""
    + _PAGE,
    "crew": _BEHIND.format(fixed="k.fixed", draw="NULL::text")
    + f"""  FROM flow_case c JOIN flow_record t ON t.case_id = c.id AND t.act = 'answer' AND t.org_id = %(other)s
  JOIN LATERAL (SELECT at FROM flow_record x WHERE x.case_id = t.case_id AND x.n < t.n AND x.act IN ('dispatch', 'arbitrate', 'send_back')
                 ORDER BY x.n DESC LIMIT 1) q ON true
  LEFT JOIN LATERAL (SELECT (x.facts ->> 'fixed')::boolean AS fixed FROM flow_record x
                      WHERE x.case_id = t.case_id AND x.n > t.n AND x.act = 'check_answer' ORDER BY x.n LIMIT 1) k ON true
 WHERE c.reporter_id = %(one)s AND c.created_at < %(end)s AND c.flow = 'urban' AND {SEEN}"""
    + _PAGE,
}


def behind(
    asked: Asked, one: int, other: int, *, after: tuple[datetime, int] | None = None, limit: int = PAGE
) -> list[dict[str, Any]]:
    """Exactly the checks, or answers, that a pair's number counts, newest first; `after` is (at, id) of the last one seen."""
    at, id_ = after or (None, None)
    return sql.rows(
        BEHIND[asked.kind],
        {
            "one": one,
            "other": other,
            "start": starts_at(asked.first),
            "end": starts_at(next_month(asked.last)),
            "at": at,
            "id": id_,
            "limit": limit,
        },
    )


__all__ = ["Asked", "Pattern", "Shown", "Side", "behind", "least_together", "met", "quick_minutes", "shown"]
