"""What phones delivered and where they were, as the rules of 核对 look at it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

import orjson
from django.utils import timezone

from baoji.kernel.base import sql
from baoji.kernel.base.instants import bounded, bounded_skew, of_milliseconds
from baoji.kernel.base.snapshot import Snapshot
from baoji.kernel.evidence.verification.signed import accuracy, position
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.rules.plausibility import Capture, Fix, Limits, Shot

AROUND = timedelta(minutes=60)  # how much of the track before and after a delivery's photos is looked at
DELIVERIES = """
SELECT name, person_id, number, envelopes::text AS envelopes, delivered_at FROM urban_delivery
 WHERE (delivered_at, name) > (%s, %s) AND delivered_at <= %s AND status = 201 ORDER BY delivered_at, name LIMIT %s
"""
# Signed by an enrolled key of who sent it, and genuine: only these say anything about where that phone was.
ENVELOPES = """
SELECT id, device_id, seq, bytes, at, issued_at, received_at, skew_ms FROM evidence_envelope
 WHERE id = ANY(%s) AND device_id IS NOT NULL AND holds AND kind = 'photo' AND at IS NOT NULL ORDER BY seq
"""
CHAIN = """
SELECT w.device, w.seq, (SELECT max(b.seq) FROM evidence_envelope b WHERE b.device_id = w.device AND b.seq < w.seq) AS last,
       (SELECT b.id FROM evidence_envelope b WHERE b.device_id = w.device AND b.seq < w.seq AND b.kind = 'photo' AND b.holds
         ORDER BY b.seq DESC LIMIT 1) AS photo
  FROM unnest(%s::bigint[], %s::bigint[]) AS w(device, seq)
"""
CASES = """
SELECT c.id, c.number, coalesce(ST_X(k.place), ST_X(c.place)) AS lon, coalesce(ST_Y(k.place), ST_Y(c.place)) AS lat,
       r.component = '' AND EXISTS (SELECT 1 FROM flow_record s WHERE s.case_id = c.id AND s.n = 1 AND s.facts ->> 'place_by' = 'hand')
         AND NOT EXISTS (SELECT 1 FROM flow_record m WHERE m.case_id = c.id AND m.act = 'correct'
               AND m.facts #> '{before,location}' <> jsonb_build_array(ST_X(c.place), ST_Y(c.place))) AS by_hand
  FROM flow_case c JOIN urban_report r ON r.case_id = c.id LEFT JOIN urban_component k ON k.code = r.component AND r.component <> ''
 WHERE c.number = ANY(%s)
"""
# When the act that a delivery did was asked for: the request before it.
ASKED = """
SELECT w.n, (SELECT max(q.at) FROM flow_record q WHERE q.case_id = w.case_id AND q.n < a.n AND q.act = ANY(CASE a.act
         WHEN 'verify_answer' THEN ARRAY['verify_request'] WHEN 'check_answer' THEN ARRAY['check_request']
         WHEN 'sample_answer' THEN ARRAY['sample_request'] WHEN 'answer' THEN ARRAY['dispatch', 'arbitrate', 'pass_on'] ELSE '{}' END))
  FROM unnest(%s::int[], %s::bigint[], %s::bigint[], %s::timestamptz[]) AS w(n, case_id, person, at)
  JOIN LATERAL (SELECT n, act FROM flow_record t WHERE t.case_id = w.case_id AND t.by_id = w.person AND t.at >= w.at ORDER BY t.n LIMIT 1) a ON true
"""
TRACK = """
SELECT p.at, ST_X(p.place), ST_Y(p.place), p.accuracy_m FROM urban_duty_time d JOIN urban_position p ON p.duty_id = d.id
 WHERE d.person_id = %(person)s AND d.started_at < %(end)s AND coalesce(d.ended_at, %(end)s) >= %(start)s
   AND p.at >= %(start)s AND p.at < %(end)s ORDER BY p.at
"""
ON_DUTY = """
SELECT EXISTS (SELECT 1 FROM urban_duty_time WHERE person_id = %s AND started_at <= %s AND coalesce(ended_at, %s) >= %s)
"""
OUT = """
SELECT DISTINCT person_id FROM urban_duty_time
 WHERE started_at < %(end)s AND started_at >= %(start)s - interval '2 days' AND coalesce(ended_at, %(end)s) > %(start)s ORDER BY 1
"""
FIRST = UUID(int=0)


@dataclass
class Looked:
    """A delivery as it is looked at; `chain` names the hole before its first envelope."""

    name: UUID
    person: int
    delivered_at: datetime
    number: str
    envelopes: list[int]
    case: int | None = None
    device: int = 0
    shots: list[Shot] = field(default_factory=list)
    seqs: list[int] = field(default_factory=list)
    capture: Capture | None = None

    @property
    def subject(self) -> str:
        return f"delivery:{self.name}"

    @property
    def chain(self) -> str:
        return f"chain:{self.device}:{self.seqs[0]}"


def _limits() -> Limits:
    given = policies().get("plausibility", {})
    return Limits(**{name: int(given[name]) for name in Limits.__annotations__ if name in given})


limits = Snapshot(_limits, "policies")


def settle_time() -> timedelta:
    return timedelta(minutes=int(policies().get("plausibility", {}).get("settle_min", 120)))


def deliveries(
    since: datetime, after: UUID, until: datetime, most: int, *, with_tracks: bool
) -> list[Looked]:
    """What came in behind (`since`, `after`), oldest first, with what the rules need; tracks cost two queries each."""
    rows = sql.rows(DELIVERIES, [since, after, until, most])
    found = [
        Looked(
            row["name"],
            row["person_id"],
            row["delivered_at"],
            row["number"],
            orjson.loads(row["envelopes"]),
        )
        for row in rows
    ]
    _add_shots(found)
    signed = [one for one in found if one.shots]
    if signed:
        _complete(signed, with_tracks=with_tracks)
    return found


def _add_shots(found: Sequence[Looked]) -> None:
    of = {id_: one for one in found for id_ in one.envelopes}
    for row in sql.rows(ENVELOPES, [list(of)]) if of else ():
        one = of[row["id"]]
        one.device = row["device_id"]
        one.shots.append(_shot(row))
        one.seqs.append(row["seq"])


def _shot(row: dict[str, Any]) -> Shot:
    said = orjson.loads(bytes(row["bytes"]))
    at = bounded(row["at"])
    return Shot(
        at,
        row["received_at"],
        _fix(said, at),
        bounded_skew(row["skew_ms"] or 0) / 1000,
        row["issued_at"],
    )


def _fix(said: dict[str, Any], at: datetime) -> Fix | None:
    place = position(said)
    if place is None:
        return None
    made_at = said.get("fix_at")
    when = of_milliseconds(made_at) if made_at is not None else at
    return Fix(when, *place, accuracy(said) or 0.0)


def _complete(found: Sequence[Looked], *, with_tracks: bool) -> None:
    cases = {row["number"]: row for row in sql.rows(CASES, [[one.number for one in found]])}
    for one in found:
        one.case = cases[one.number]["id"] if one.number in cases else None
    asked, chains = _asked(found), _chains(found)
    for one in found:
        row = cases.get(one.number)
        last, before = chains.get((one.device, one.seqs[0]), (None, None))
        missing = (
            ((last or 0) + 1, one.seqs[0] - 1)
            if (one.device, one.seqs[0]) in chains and (last or 0) < one.seqs[0] - 1
            else None
        )
        times = [shot.fix.at if shot.fix else shot.at for shot in one.shots]
        one.capture = Capture(
            one.shots,
            before,
            (row["lon"], row["lat"]) if row is not None and row["lon"] is not None else None,
            asked.get(one.name),
            _track(one.person, min(times) - AROUND, max(times) + AROUND) if with_tracks else [],
            with_tracks and bool(sql.value(ON_DUTY, [one.person, times[0], times[0], times[0]])),
            missing,
            by_hand=row is not None and row["by_hand"],
        )


def _asked(found: Sequence[Looked]) -> dict[UUID, datetime]:
    on_cases = [one for one in found if one.case is not None]
    columns = [
        list(range(len(on_cases))),
        [one.case for one in on_cases],
        [one.person for one in on_cases],
        [one.delivered_at for one in on_cases],
    ]
    return {on_cases[n].name: at for n, at in sql.tuples(ASKED, columns) if at is not None}


def _chains(found: Sequence[Looked]) -> dict[tuple[int, int], tuple[int | None, Shot | None]]:
    """By device and number: the last number that is known before, and the photo before."""
    rows = sql.rows(CHAIN, [[one.device for one in found], [one.seqs[0] for one in found]])
    photos = [row["photo"] for row in rows if row["photo"] is not None]
    shots = {row["id"]: _shot(row) for row in sql.rows(ENVELOPES, [photos])} if photos else {}
    return {(row["device"], row["seq"]): (row["last"], shots.get(row["photo"])) for row in rows}


def _track(person: int, start: datetime, end: datetime) -> list[Fix]:
    return [Fix(*row) for row in sql.tuples(TRACK, {"person": person, "start": start, "end": end})]


def tracks_of(day: date) -> Iterable[tuple[int, list[Fix]]]:
    """Each person who was on duty on the day, in the city's time, with the positions that are kept of it."""
    start = timezone.make_aware(datetime.combine(day, time()))  # noqa: DTZ001
    end = start + timedelta(days=1)
    for (person,) in sql.tuples(OUT, {"start": start, "end": end}):
        yield person, _track(person, start, end)
