"""The 15-minute promise: from capture to arrival, of everybody, by person and by area, and what of it was without contact."""

from datetime import date
from typing import Any

from baoji.kernel.base import sql
from baoji.systems.urban.queries.field_track import CLOCK_AHEAD, clock_days, span_of

PROMISE_S = 15 * 60  # 采集信息 15 分钟内传到中心: the city's own promise
# A phone with a network and the app open asks for a ticket every four to five minutes. Less than that is no gap.
CONTACT_S = 5 * 60
STREET_DIGITS = 9
# From capture to arrival: what the report names, else the first of its envelopes that a known key signed. Either is the
# device's word; a negative span counts as none, and a clock that is off by days or years is counted apart. `away`: until the
# first contact of that phone after the capture, by the server's clock, which the report itself may be; NULL where no known
# key signed anything of it.
_ARRIVED = f"""
SELECT d.person_id, left(c.area, {STREET_DIGITS}) AS area, greatest(0, extract(epoch FROM d.delivered_at - said.at)) AS s,
       said.at BETWEEN d.delivered_at - %(clock)s AND d.delivered_at + %(ahead)s AS fits,
       CASE WHEN said.device_id IS NOT NULL THEN extract(epoch FROM greatest(interval '0', coalesce(
            (SELECT min(t.at) FROM evidence_ticket t WHERE t.device_id = said.device_id AND t.at >= said.at AND t.at < d.delivered_at),
            d.delivered_at) - said.at)) END AS gap
  FROM urban_delivery d LEFT JOIN flow_case c ON c.number = d.number,
       LATERAL (SELECT coalesce(d.captured_at, min(e.at) FILTER (WHERE e.kind IN ('photo', 'voice', 'report'))) AS at,
                       min(e.device_id) AS device_id
                  FROM evidence_envelope e WHERE e.device_id IS NOT NULL
                   AND e.id = ANY(ARRAY(SELECT n::bigint FROM jsonb_array_elements_text(d.envelopes) n))) said
 WHERE d.kind = 'report' AND d.status = 201 AND d.delivered_at >= %(start)s AND d.delivered_at < %(end)s AND said.at IS NOT NULL
"""
ARRIVED = f"""
WITH arrived AS MATERIALIZED (
    SELECT person_id, area, s, fits, gap, CASE WHEN gap >= {CONTACT_S} THEN gap ELSE gap * 0 END AS away FROM ({_ARRIVED}) x
), counted AS (
    SELECT person_id, area, grouping(person_id, area) AS by, count(*) FILTER (WHERE fits) AS n, count(*) FILTER (WHERE NOT fits) AS odd,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY s) FILTER (WHERE fits) AS p50,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY s) FILTER (WHERE fits) AS p95,
           count(*) FILTER (WHERE fits AND s <= {PROMISE_S}) AS kept,
           count(*) FILTER (WHERE fits AND away > 0) AS away,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY away) FILTER (WHERE fits AND away > 0) AS away_p50,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY away) FILTER (WHERE fits AND away > 0) AS away_p95,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY s - away) FILTER (WHERE fits AND away IS NOT NULL) AS near_p50,
           percentile_cont(0.95) WITHIN GROUP (ORDER BY s - away) FILTER (WHERE fits AND away IS NOT NULL) AS near_p95
      FROM arrived GROUP BY GROUPING SETS ((), (person_id), (area))
)
SELECT c.*, p.code, p.name FROM counted c LEFT JOIN identity_person p ON p.id = c.person_id
 ORDER BY c.p95 DESC NULLS LAST, p.code, c.area
"""
ALL, BY_PERSON, BY_AREA = 3, 1, 2  # what `grouping` says of each set
MOST = 100


def arrivals(day: date) -> dict[str, Any]:
    """The promise on a day, in seconds: `{n, p50, p95, kept, odd, away, away_p50, away_p95, near_p50, near_p95, rows, areas}`.

    `away` reports came from a phone that had no contact for five minutes or more after the capture (no network, or the app
    shut), `away_p50` and `away_p95` are of those; `near_*` of all, from the first contact to the arrival. `odd` are reports
    of phones whose clock cannot be believed (policy `field.clock_days`); no figure has them. `rows` are the people, `areas`
    the streets (9 digits, '' where no case is known), the slowest first.
    """
    found = sql.rows(ARRIVED, {**span_of(day), "clock": clock_days(), "ahead": CLOCK_AHEAD})
    (whole,) = (row for row in found if row["by"] == ALL)
    return whole | {
        "rows": [row for row in found if row["by"] == BY_PERSON and row["n"]][:MOST],
        "areas": [row | {"area": row["area"] or ""} for row in found if row["by"] == BY_AREA and row["n"]][
            :MOST
        ],
    }
