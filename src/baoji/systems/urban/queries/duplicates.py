"""Likely duplicates of a report."""

from datetime import datetime, timedelta
from typing import Any

from baoji.kernel.base import sql
from baoji.systems.urban.queries.book import policies

# Most strangers' reports have no class until somebody takes them in.
SAME_CLASS = "c.topic = ANY(ARRAY[%(topic)s, ''])"
MOST = 300  # of each of the two kinds, the newest: of more, nobody reads which are the nearest
LOOKED_AT = 2_000  # of a component's reports, the newest; an older one that is still open is not looked for
ANY_CLASS = "c.flow = 'urban' AND c.place && ST_Expand(p.pt, 0.02)"  # some 2 km; the policy's distance is 1 km at most


def duplicates(
    case_id: int, topic: str, component: str, lon: float, lat: float, at: datetime
) -> list[dict[str, Any]]:
    """Likely duplicates: the same component while open, or the same class within the policy's distance and hours.

    What is near in place and time is likely whatever its class where one of the two has none yet, or the city's policy says
    `same_class` = false. `is_same_component` and `is_same_class` say what they share; neither: the place alone.
    """
    rule = policies().get("duplicates", {})
    alike = SAME_CLASS if topic and rule.get("same_class", True) else ANY_CLASS
    return sql.rows(
        # Two branches, because each has its own index; joined by OR they would read every case.
        "WITH p AS (SELECT ST_SetSRID(ST_MakePoint(%(lon)s, %(lat)s), 4490) AS pt), likely AS ("
        "  (SELECT c.id, true AS same FROM (SELECT case_id FROM urban_report"
        f"     WHERE component = %(component)s AND component <> '' ORDER BY case_id DESC LIMIT {LOOKED_AT}) r"
        "    JOIN flow_case c ON c.id = r.case_id WHERE c.status IN ('open', 'suspended')"
        f"   ORDER BY r.case_id DESC LIMIT {MOST})"
        "  UNION ALL"
        f"  (SELECT c.id, false FROM flow_case c, p WHERE {alike} AND c.created_at > %(since)s AND c.created_at <= %(until)s"
        # The box first, in degrees, wide enough up to 57° north: a day with thousands of one class is compared by numbers.
        "      AND c.place && ST_Expand(p.pt, %(radius)s / 60000) AND ST_DWithin(c.place::geography, p.pt::geography, %(radius)s)"
        f"   ORDER BY c.created_at DESC LIMIT {MOST}))"
        " SELECT c.number, c.case_number, c.title, c.status, c.created_at, l.same AS is_same_component, c.topic = %(topic)s AND c.topic <> '' AS is_same_class,"
        "        ST_Distance(c.place::geography, p.pt::geography) AS metres"
        "  FROM p, (SELECT id, bool_or(same) AS same FROM likely GROUP BY id) l JOIN flow_case c USING (id) WHERE c.id <> %(id)s AND c.status <> 'merged' ORDER BY metres LIMIT 10",
        {
            "id": case_id,
            "topic": topic,
            "component": component,
            "lon": lon,
            "lat": lat,
            "since": at - _hours(rule),
            "until": at + _hours(rule),
            "radius": float(rule.get("radius_m", 50)),
        },
    )


def _hours(rule: dict[str, Any]) -> timedelta:
    return timedelta(hours=float(rule.get("hours", 24)))
