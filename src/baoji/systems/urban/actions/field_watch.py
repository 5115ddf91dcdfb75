"""The rows of watches (守候): one of them is open at a place at a time, in the caller's transaction."""

from datetime import datetime
from typing import Any

from baoji.kernel.base import sql

STAY = """
INSERT INTO urban_stay (number, person_id, since, arrived_at, fenced) VALUES (%s, %s, %s, %s, false)
ON CONFLICT (number) WHERE until IS NULL DO NOTHING
"""
OPEN = """
SELECT s.id, s.person_id, s.since, s.arrived_at, p.name FROM urban_stay s JOIN identity_person p ON p.id = s.person_id
 WHERE s.number = %s AND s.until IS NULL FOR UPDATE OF s
"""
# A photo of the fence shows that they were there.
LEAVE = """
UPDATE urban_stay SET until = %(until)s, handed_to_id = %(to)s, fenced = %(fenced)s,
       arrived_at = coalesce(arrived_at, CASE WHEN %(fenced)s THEN %(until)s::timestamptz END)
 WHERE number = %(number)s AND until IS NULL
"""
ARRIVE = "UPDATE urban_stay SET arrived_at = %s WHERE id = %s"
LAST_THERE = """
SELECT person_id FROM urban_stay WHERE number = %s AND until <= %s AND arrived_at IS NOT NULL ORDER BY until DESC, id DESC LIMIT 1
"""
WAS_THERE = """
UPDATE urban_stay SET arrived_at = %(at)s WHERE id = (
       SELECT id FROM urban_stay WHERE number = %(number)s AND person_id = %(person)s AND arrived_at IS NULL
          AND since <= %(at)s AND (until IS NULL OR until >= %(at)s) ORDER BY since DESC, id DESC LIMIT 1)
"""
BEFORE = """
INSERT INTO urban_stay (number, person_id, since, arrived_at, until, handed_to_id, fenced)
VALUES (%(number)s, %(person)s, %(at)s, %(at)s, %(until)s, %(to)s, false)
"""
ENDED_AT = "SELECT max(until) FROM urban_stay WHERE number = %s"
HANDED = "SELECT EXISTS (SELECT 1 FROM urban_stay WHERE number = %s AND person_id = %s AND handed_to_id = %s)"
ENDED = """
SELECT person_id = %s AND fenced = %s AND handed_to_id IS NULL FROM urban_stay WHERE number = %s ORDER BY id DESC LIMIT 1
"""
SEES = """
INSERT INTO flow_party (case_id, person_id, created_at, status, topic, area, source)
SELECT id, %s, created_at, status, topic, area, source FROM flow_case WHERE number = %s ON CONFLICT DO NOTHING
"""


def begin(number: str, person: int | None, since: datetime, *, arrived_at: datetime | None) -> bool:
    """Whether it began; False where somebody has the watch already. Who has it reads the case from then on."""
    if not sql.execute(STAY, [number, person, since, arrived_at]):
        return False
    sql.execute(SEES, [person, number])
    return True


def staying(number: str) -> dict[str, Any] | None:
    """`{id, person_id, name, since, arrived_at}` of whoever has the watch, locked."""
    return sql.row(OPEN, [number])


def known(stays: dict[str, Any]) -> datetime:
    """Before this nothing can have followed this watch: it began then, or they have been there since."""
    since: datetime = stays["arrived_at"] or stays["since"]
    return since


def arrive(stays: dict[str, Any], at: datetime) -> None:
    sql.execute(ARRIVE, [at, stays["id"]])


def pass_on(number: str, to: int | None, since: datetime, *, arrived_at: datetime | None) -> None:
    leave(number, since, to=to)
    begin(number, to, since, arrived_at=arrived_at)


def leave(number: str, until: datetime, *, to: int | None = None, fenced: bool = False) -> None:
    sql.execute(LEAVE, {"number": number, "until": until, "to": to, "fenced": fenced})


def last_there(number: str, before: datetime) -> int | None:
    """Who was at the place last before the watch that began at this time: they may still be standing there."""
    person: int | None = sql.value(LAST_THERE, [number, before])
    return person


def was_there(number: str, person: int | None, at: datetime) -> None:
    """Of a watch that this person had at `at` and had not confirmed: there from then on."""
    sql.execute(WAS_THERE, {"number": number, "person": person, "at": at})


def write_before(number: str, person: int | None, at: datetime, stays: dict[str, Any]) -> None:
    """Who was there before the one who has the watch now."""
    before = {"number": number, "person": person, "at": at}
    sql.execute(BEFORE, before | {"until": stays["since"], "to": stays["person_id"]})


def ended_at(number: str) -> datetime | None:
    """When the last watch that ended did."""
    at: datetime | None = sql.value(ENDED_AT, [number])
    return at


def has_handed(number: str, person: int | None, to: int | None) -> bool:
    return bool(sql.value(HANDED, [number, person, to]))


def has_ended(number: str, person: int | None, *, fenced: bool) -> bool:
    """Whether this person has ended the last watch there just so."""
    return bool(sql.value(ENDED, [person, fenced, number]))
