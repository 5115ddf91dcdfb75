"""Writes down what everybody may see of a case. The worker calls it after each seal of the journal, for the cases touched."""

from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import transaction
from django.utils import timezone

from baoji.kernel.base import sql
from baoji.systems.urban.actions.citizen_words import await_review
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.queries.shown import coarse_m, shown_days
from baoji.systems.urban.rules.citizens import Place, middle_of_square, places

AT_ONCE = 2000
STREET = 9  # digits of a street office's code: as far as a coarse place says where it is
# What anybody typed as the address may say more than a place: the ledger's stands for it, else the gazetteer's nearest.
SEEN = """
SELECT c.id AS case_id, c.case_number AS number, c.title, c.topic, c.area, ST_X(c.place) AS lon, ST_Y(c.place) AS lat,
       coalesce(nullif(k.address, ''), a.name, '') AS address,
       c.stage, c.step, c.status, c.severity, c.body_id, c.created_at, c.due_at, c.near_at, c.closed_at, c.last_at AS changed_at, c.version,
       (SELECT max(t.at) FROM flow_record t WHERE t.case_id = c.id AND t.act = 'file') AS filed_at
  FROM flow_case c JOIN urban_report r ON r.case_id = c.id LEFT JOIN urban_component k ON k.code = nullif(r.component, '')
  LEFT JOIN LATERAL (SELECT name FROM maps_address m WHERE ST_DWithin(m.place, c.place, 0.003)
       ORDER BY m.place <-> c.place LIMIT 1) a ON true
 WHERE c.id = ANY(%(ids)s) AND c.flow = 'urban' AND c.case_number IS NOT NULL AND c.topic <> '' AND c.place IS NOT NULL
   AND c.status IN ('open', 'suspended', 'closed') AND (c.closed_at IS NULL OR c.closed_at >= %(since)s)
"""
NAMES = [
    "case_id",
    "number",
    "title",
    "topic",
    "area",
    "address",
    "coarse",
    "stage",
    "step",
    "status",
    "severity",
    "body_id",
    "created_at",
    "filed_at",
    "due_at",
    "near_at",
    "closed_at",
    "changed_at",
    "version",
]
# What was only written anew (a policy, an upgrade: version 0) is no news.
WRITE = f"""
INSERT INTO urban_public_case AS p ({", ".join(NAMES)}, news, place)
SELECT {", ".join(f"s.{name}" for name in NAMES)}, nextval('urban_public_news'), ST_SetSRID(ST_MakePoint(s.lon, s.lat), 4490) FROM jsonb_to_recordset(%s::jsonb) AS s(
  case_id bigint, number text, title text, topic text, area text, address text, coarse boolean, stage text, step text, status text,
  severity text, body_id bigint, created_at timestamptz, filed_at timestamptz, due_at timestamptz, near_at timestamptz,
  closed_at timestamptz, changed_at timestamptz, version int, lon float8, lat float8)
ON CONFLICT (case_id) DO UPDATE SET {", ".join(f"{name} = excluded.{name}" for name in [*NAMES[1:], "place"])},
  news = CASE WHEN p.changed_at = excluded.changed_at AND p.version IN (0, excluded.version) THEN p.news ELSE excluded.news END
"""
# Who publishes holds it until it is written: of two numbers the smaller one is there first, and none comes late.
IN_TURN = "SELECT pg_advisory_xact_lock(hashtext('urban_public_news'))"
NOBODY_WRITES = "SELECT pg_advisory_xact_lock_shared(hashtext('urban_public_news'))"
WAIT_NO_MORE = """
DELETE FROM urban_words_review v USING flow_case c WHERE v.state = 'waiting' AND c.id = v.case_id AND c.closed_at < %s
"""
STALE = """
SELECT c.id FROM flow_case c LEFT JOIN urban_public_case p ON p.case_id = c.id
 WHERE c.flow = 'urban' AND c.id > %(after)s AND p.version IS DISTINCT FROM c.version AND (p.case_id IS NOT NULL OR (
   c.case_number IS NOT NULL AND c.status IN ('open', 'suspended', 'closed') AND (c.closed_at IS NULL OR c.closed_at >= %(since)s)))
 ORDER BY c.id LIMIT %(limit)s
"""


@transaction.atomic
def publish(case_ids: list[int], now: datetime | None = None) -> None:
    """Renews what is public of these cases; what is no longer public goes. One after another: who looked before somebody else's
    case was withdrawn would bring it back."""
    if not case_ids:
        return
    sql.value(IN_TURN)
    exact = places(policies().get("public", {}))
    found = sql.rows(SEEN, {"ids": case_ids, "since": _oldest(now)})
    rows = [_shown(row, exact) for row in found if exact.get(row["topic"]) is not Place.HIDDEN]
    if rows:
        sql.execute(WRITE, [orjson.dumps(rows).decode()])
    kept = {row["case_id"] for row in rows}
    gone = [id_ for id_ in case_ids if id_ not in kept]
    if gone:
        sql.execute("DELETE FROM urban_public_case WHERE case_id = ANY(%s)", [gone])
    await_review(case_ids, _oldest(now))


@transaction.atomic
def last_news() -> int:
    """The number of what became public, or changed, last (`PublicCase.news`): what has a smaller one is there to be read, what is
    yet to come has a greater one."""
    sql.value(NOBODY_WRITES)
    return int(sql.value("SELECT coalesce(max(news), 0) FROM urban_public_case"))


def _shown(row: dict[str, Any], exact: dict[str, Place]) -> dict[str, Any]:
    if exact.get(row["topic"]) is not Place.COARSE:
        return row | {"coarse": False}
    lon, lat = middle_of_square(row["lon"], row["lat"], coarse_m())
    return row | {"coarse": True, "lon": lon, "lat": lat, "address": "", "area": row["area"][:STREET]}


def publish_missing() -> int:
    """Catches up with what happened while nobody published (an upgrade, a restore, a stopped worker); how many cases."""
    after, seen = 0, 0
    while ids := [
        row[0] for row in sql.tuples(STALE, {"after": after, "since": _oldest(None), "limit": AT_ONCE})
    ]:
        publish(ids)
        after, seen = ids[-1], seen + len(ids)
    return seen


def publish_anew(topics: set[str]) -> int:
    """Renews every public case of these classes, after the policy of places has changed; how many."""
    after, seen = 0, 0
    statement = (
        "SELECT c.id FROM flow_case c WHERE c.flow = 'urban' AND c.topic = ANY(%s) AND c.case_number IS NOT NULL"
        " AND c.id > %s ORDER BY c.id LIMIT %s"
    )
    while ids := [row[0] for row in sql.tuples(statement, [sorted(topics), after, AT_ONCE])]:
        publish(ids)
        after, seen = ids[-1], seen + len(ids)
    return seen


class Watched:
    """Notices that a class is shown more or less exactly than before, and renews its cases."""

    def __init__(self) -> None:
        self.seen: tuple[dict[str, Place], float] | None = None

    def __call__(self) -> int:
        here, was = (places(policies().get("public", {})), coarse_m()), self.seen
        self.seen = here
        if was is None or was == here:
            return 0
        changed = {topic for topic in {*here[0], *was[0]} if here[0].get(topic) is not was[0].get(topic)}
        if was[1] != here[1]:
            changed |= {topic for topic, place in here[0].items() if place is Place.COARSE}
        return publish_anew(changed)


def take_old_ones_away(now: datetime) -> int:
    """Cases closed longer ago than the city shows them; how many. Their words wait for nobody any more."""
    sql.execute(WAIT_NO_MORE, [_oldest(now)])
    return sql.execute("DELETE FROM urban_public_case WHERE closed_at < %s", [_oldest(now)])


def _oldest(now: datetime | None) -> datetime:
    return (now or timezone.now()) - timedelta(days=shown_days())
