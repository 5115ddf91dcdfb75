"""Loads cases in bulk, for benches. Rows are copies of played stories, moved in time and place; no act was done for them.

Acts move by whole weeks (and whole seconds, less than a minute), so that they keep their weekday and hour; to be the present, some
move by any whole seconds. Deadlines, lights and what clocks have used are reckoned anew for their times (`deadlines`). Each chunk
is one transaction.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from math import ceil
from random import Random
from typing import NamedTuple

from django.db import connection, transaction
from django.utils import timezone

from baoji.kernel.base import sql
from baoji.kernel.flow.store import COLUMNS
from baoji.systems.urban.simulate.bulk.deadlines import make_deadlines
from baoji.systems.urban.simulate.bulk.digests import make_digests
from baoji.systems.urban.simulate.bulk.stories import make_stories, statement

CHUNK = 50_000
OPEN_SHARE = 0.03
WEEKS = 52
MEAN_RECORDS = 5.0
LONGEST_SHORT = 4  # records of a story that ended without a body
PICKS, OPENS = 10_000, 2_000
SETTLED_WEIGHT = 6
SPREAD_SHARE = 0.3  # of the open rows, spread evenly over the steps
FEW_CASES, FEW_REPORTS, MANY_REPORTS = 5_000, 8.0, 25.0
# Stories that tell of a case which a copy has none to stand for.
LONE = (
    "NOT EXISTS (SELECT FROM story_record r WHERE r.case_id = s.id AND r.act IN ('unmerge', 'absorb', 'release'))"
    " AND s.id NOT IN (SELECT story FROM story_odd)"
)
ENDED = f"""
SELECT s.id, s.records, s.status, s.step, s.last_at FROM story_state s JOIN story_meta m ON m.story = s.id
 WHERE {LONE} AND m.zone IS NOT NULL AND (m.things > 0 OR m.spots > 0) AND s.status NOT IN ('open', 'suspended')
   AND s.records = (SELECT count(*) FROM story_record r WHERE r.case_id = s.id)
   AND s.records = (SELECT count(*) FROM story_state x WHERE x.id = s.id) ORDER BY s.id
"""
OPEN = f"""
SELECT s.id, s.records, s.stage || '/' || s.step, s.last_at, coalesce(f.last_at, %s)
  FROM story_state s JOIN story_meta m ON m.story = s.id LEFT JOIN story_state f ON f.id = s.id AND f.records = s.records + 1
 WHERE {LONE} AND m.zone IS NOT NULL AND (m.things > 0 OR m.spots > 0) AND s.status IN ('open', 'suspended')
   AND (SELECT count(*) FROM story_record r WHERE r.case_id = s.id) = (SELECT count(*) FROM story_state x WHERE x.id = s.id)
 ORDER BY s.id, s.records
"""
MOVED = (
    "created_at",
    "step_since",
    "closed_at",
    "clock_since",
    "dispatched_at",
    "answered_at",
    "last_at",
)
# `urged` says when each was.
NOTES = "(CASE WHEN s.notes ? 'urged' THEN pg_temp.moved(s.notes, b.shift) ELSE s.notes END)"
OTHER = {
    "id": "b.id",
    "number": "b.number",
    "area": "b.area",
    "address": "b.address",
    "salt": "b.salt",
    "merged_into_id": "b.into_id",
    "case_number": "CASE WHEN s.case_number IS NOT NULL THEN b.case_number END",
    "title": "CASE WHEN b.was_address = '' THEN s.title ELSE left(replace(s.title, b.was_address, b.address), 120) END",
    "recorded_at": "now()",
    "due_at": "k.due_at",
    "near_at": "k.near_at",
    "sort_at": "coalesce(k.due_at, s.sort_at)",
    "clock_due_at": "k.clock_due_at",
    "clock_near_at": "k.clock_near_at",
    "clock_used_s": "coalesce(k.used_s, s.clock_used_s)",
    "clock_credit_s": "coalesce(k.credit_s, s.clock_credit_s)",
    "pending": "CASE WHEN s.pending = '{}' THEN s.pending ELSE pg_temp.moved(s.pending, b.shift) END",
    "notes": f"""CASE WHEN k.used_s IS NULL THEN {NOTES} ELSE {NOTES} - '{{credit,given_back}}'::text[] || jsonb_strip_nulls(
        jsonb_build_object('credit', nullif(k.kept_s, 0), 'given_back', nullif(k.given_back_s, 0))) END || '{{"bulk": true}}'""",
    **{name: f"s.{name} + b.shift" for name in MOVED},
}
HOSTLESS = """
DELETE FROM bulk_case b USING story_state s
 WHERE s.id = b.story AND s.records = b.n AND s.status = 'merged' AND b.into_id IS NULL
"""
TABLES = (
    "flow_case",
    "urban_report",
    "flow_record",
    "flow_party",
    "flow_timer",
    "flow_attachment",
    "audit_entry",
    "urban_serial",
)


class State(NamedTuple):
    story: int
    n: int
    step: str
    since: datetime
    until: datetime


def bulk_load(count: int, *, seed: int, say: Callable[[str], None], chunk: int = CHUNK) -> None:
    """Adds `count` cases. The connection must be the owner's; prints what is done and how long it took."""
    began, now = time.monotonic(), timezone.now()
    say(
        f"Bulk: {count:,} cases are loaded as rows; no act is done for them. First the stories that they repeat are played."
    )
    _settle_session()
    acts = make_stories(FEW_REPORTS if count <= FEW_CASES else MANY_REPORTS, seed=seed, now=now, say=say)
    make_digests()
    odd = make_deadlines()
    _run_each(statement("prepare"))
    _pick(Random(seed), now)
    sql.value("SELECT setseed(%s)", [Random(seed).uniform(-1, 1)])
    say(
        f"  {acts} acts played in {time.monotonic() - began:.0f} s, rolled back; {odd} stories are left out, whose clocks vary."
    )
    done, number, chunks = 0, 0, ceil(count / chunk)
    while done < count:
        with transaction.atomic():
            done += _chunk(min(chunk, count - done), now, min(number, chunks - 1), chunks)
        number += 1
        took = time.monotonic() - began
        say(f"  {done:>10,} of {count:,} cases  {took:5.0f} s, {took / done * (count - done):.0f} s left")
    # Lists read parties from the index alone once they are vacuumed.
    how = "ANALYZE" if connection.in_atomic_block else "VACUUM ANALYZE"
    for table in TABLES:
        sql.execute(f"{how} {table}")
    took = time.monotonic() - began
    say(f"{count:,} cases loaded in {took:.1f} s ({count / took:,.0f} cases/s).")


def _settle_session() -> None:
    """Checks of references are left out where the role may: every reference comes from the tables it points at."""
    sql.execute("SET synchronous_commit = off")
    sql.execute("SET work_mem = '256MB'")
    if sql.value("SELECT rolsuper FROM pg_roles WHERE rolname = current_user"):
        sql.execute("SET session_replication_role = replica")


def _run_each(text: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(text)
    for table in ("bulk_thing", "bulk_spot", "bulk_zone", "story_meta", "story_line"):
        sql.execute(f"ANALYZE {table}")


def _chunk(count: int, now: datetime, number: int, chunks: int) -> int:
    sql.execute("TRUNCATE bulk_case, bulk_record")
    sql.execute("SET CONSTRAINTS ALL IMMEDIATE")
    sql.execute(
        statement("cases"),
        {
            "count": count,
            "open_share": OPEN_SHARE,
            "weeks": WEEKS,
            "chunk": number,
            "chunks": chunks,
            "picks": PICKS,
            "opens": OPENS,
        },
    )
    sql.execute("ANALYZE bulk_case")
    sql.execute(statement("hosts"), {"now": now})
    sql.execute(HOSTLESS)
    for name in ("serials", "numbers"):
        sql.execute(statement(name))
    sql.execute(statement("record_ids"))
    sql.execute("ANALYZE bulk_record")
    sql.execute(insert_cases())
    _count_anew(number, "flow_case")
    for name in ("report", "records"):
        sql.execute(statement(name))
    _count_anew(number, "flow_record")
    for name in ("files", "journal", "parties"):
        sql.execute(statement(name))
    sql.execute(statement("timers"), {"now": now})
    _count_anew(number, *TABLES)
    return int(sql.value("SELECT count(*) FROM bulk_case"))


def _count_anew(chunk: int, *tables: str) -> None:
    """After the first rows. The played stories left the tables behind empty; whoever took that for true, as the checks of references
    and the worker do until the next count, would read all rows for each.
    """
    for table in tables if chunk == 0 else ():
        sql.execute(f"ANALYZE {table}")


def insert_cases() -> str:
    values = ", ".join(OTHER.get(name, f"s.{name}") for name in COLUMNS)
    return (
        f"INSERT INTO flow_case ({', '.join(COLUMNS)}, place) SELECT {values}, ST_SetSRID(ST_MakePoint(b.lon, b.lat), 4490)"
        " FROM bulk_case b JOIN story_state s ON s.id = b.story AND s.records = b.n"
        " JOIN bulk_record k ON k.case_id = b.id AND k.n = b.n ORDER BY b.id"
    )


# Which stories ------------------------------------------------------------------


def _pick(rng: Random, now: datetime) -> None:
    """Fills the two tables that rows are drawn from."""
    ended = sql.tuples(ENDED)
    picks = rng.choices(ended, weights_of(ended), k=PICKS)
    opens = _open_picks(rng, now)
    with connection.cursor() as cursor:
        with cursor.copy("COPY story_pick (k, story, n, ahead) FROM STDIN") as copy:
            for k, (story, n, _status, _step, last_at) in enumerate(picks):
                copy.write_row((k, story, n, (now - last_at) // timedelta(weeks=1)))
        with cursor.copy("COPY story_open (k, story, n, shift) FROM STDIN") as copy:
            for k, (state, shift) in enumerate(opens):
                copy.write_row((k, state.story, state.n, shift))
    sql.execute("ANALYZE story_pick")
    sql.execute("ANALYZE story_open")


def weights_of(ended: list[tuple[int, int, str, str, datetime]]) -> list[float]:
    """So that a row has five records on average: most reports are small things settled on the spot."""
    is_long = [row[1] > LONGEST_SHORT for row in ended]
    raw = [SETTLED_WEIGHT if row[3] == "settled" else 1.0 for row in ended]
    total = {
        side: sum(w for w, long in zip(raw, is_long, strict=True) if long is side) for side in (True, False)
    }
    records = {
        side: sum(w * row[1] for w, row, long in zip(raw, ended, is_long, strict=True) if long is side)
        for side in (True, False)
    }
    if not total[True] or not total[False]:
        return raw
    mean = {side: records[side] / total[side] for side in (True, False)}
    share = min(0.95, max(0.05, (MEAN_RECORDS - mean[False]) / (mean[True] - mean[False])))
    return [w / total[long] * (share if long else 1 - share) for w, long in zip(raw, is_long, strict=True)]


def _open_picks(rng: Random, now: datetime) -> list[tuple[State, timedelta]]:
    """States with the shift that makes them the present: as the city stood some whole weeks ago, and some of each step."""
    states = [State(*row) for row in sql.tuples(OPEN, [now])]
    natural = [
        (state, timedelta(weeks=weeks))
        for weeks in range(1, 6)
        for state in states
        if state.since <= now - timedelta(weeks=weeks) < state.until
    ]
    by_step: dict[str, list[State]] = {}
    for state in states:
        by_step.setdefault(state.step, []).append(state)
    spread: list[tuple[State, timedelta]] = []
    while len(spread) < OPENS * SPREAD_SHARE or (not natural and len(spread) < OPENS):
        state = rng.choice(by_step[rng.choice(sorted(by_step))])
        shift = now - (state.since + (state.until - state.since) * rng.random())
        spread.append((state, timedelta(seconds=shift // timedelta(seconds=1))))
    rest = OPENS - len(spread)
    return spread + (rng.choices(natural, k=rest) if rest > 0 else [])
