"""核对: the worker's looks over what came in, and what a person says to what was found."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import NamedTuple

import orjson
from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.access import may_weigh
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.queries.plausibility_facts import (
    FIRST,
    Looked,
    deliveries,
    limits,
    settle_time,
    tracks_of,
)
from baoji.systems.urban.rules.plausibility import UNKNOWN, Found, look, look_at_track

BATCH = 200
OVERLAP = timedelta(minutes=2)  # what was being written while the last look was over
BEGIN = timedelta(days=2)  # how far back the first look of all goes
LONGEST_NOTE = 300
LEAST_NOTE = 2
DECISIONS = frozenset({"seen", "follow"})
MARK = "SELECT at FROM urban_plausibility_mark WHERE name = %s"
SET_MARK = """
INSERT INTO urban_plausibility_mark (name, at) VALUES (%s, %s) ON CONFLICT (name) DO UPDATE SET at = excluded.at
"""
# Found again, it is the same; as long as nobody has decided, its numbers are the newest. What lapsed and is back is new.
KEEP = """
INSERT INTO urban_plausibility (kind, subject, person_id, case_id, at, found_at, facts, state, note)
SELECT w.kind, w.subject, w.person, w.case_id, w.at, %s, w.facts::jsonb, w.state, ''
  FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::bigint[], %s::timestamptz[], %s::text[], %s::text[])
    AS w(kind, subject, person, case_id, at, facts, state)
ON CONFLICT (subject, kind) DO UPDATE SET facts = excluded.facts, at = excluded.at, state = excluded.state
 WHERE urban_plausibility.decided_at IS NULL AND (urban_plausibility.facts, urban_plausibility.state) <> (excluded.facts, excluded.state)
"""
LAPSE = """
UPDATE urban_plausibility f SET state = 'gone' WHERE f.subject = ANY(%s) AND f.decided_at IS NULL AND f.state <> 'gone' AND f.kind <> 'sample'
   AND NOT EXISTS (SELECT 1 FROM unnest(%s::text[], %s::text[]) AS w(subject, kind) WHERE w.subject = f.subject AND w.kind = f.kind)
"""
FORGET = "DELETE FROM urban_plausibility WHERE found_at < %s AND state <> 'follow'"
DECIDE = """
UPDATE urban_plausibility SET state = %s, note = %s, by_id = %s, decided_at = %s WHERE id = %s AND person_id <> %s
RETURNING kind, subject, case_id
"""


class Line(NamedTuple):
    """A finding before it is a row."""

    kind: str
    subject: str
    person: int
    case: int | None
    found: Found


def require_may_weigh(by: Caller) -> None:
    if not may_weigh(by):
        raise NotAllowed(_("核对和协作分析由值班长和中心主任本人看"))


def look_at_new(now: datetime) -> int:
    """Looks at what came in since the last time, by what the envelopes alone say; how many deliveries."""
    return _look_on("new", now, now, settled=False)


def look_again(now: datetime) -> int:
    """Looks once more when late tracks have had their time, at everything; what no longer holds lapses."""
    return _look_on("settled", now - settle_time(), now, settled=True)


def _look_on(name: str, until: datetime, now: datetime, *, settled: bool) -> int:
    """Batch by batch, each in a transaction with its mark: whatever breaks, the next time goes on where it stopped."""
    mark = sql.value(MARK, [name])
    since, after, count = (mark - OVERLAP if mark else until - BEGIN), FIRST, 0
    while True:
        with transaction.atomic():
            found = deliveries(since, after, until, BATCH, with_tracks=settled)
            _keep_found(found, now, settled=settled)
            if found:
                since, after = found[-1].delivered_at, found[-1].name
            # at the end of the list nothing older than this moment is left
            sql.execute(SET_MARK, [name, since if len(found) == BATCH else until])
        count += len(found)
        if len(found) < BATCH:
            return count


def _keep_found(found: Iterable[Looked], now: datetime, *, settled: bool) -> None:
    lines: list[Line] = []
    subjects: list[str] = []
    for one in found:
        if one.capture is None:
            continue
        subjects += [one.subject, one.chain]
        for each in look(one.capture, limits(), settled=settled):
            subject = one.chain if each.kind == "gap" else one.subject
            lines.append(Line(each.kind, subject, one.person, one.case, each))
    keep(lines, now)
    if settled:
        lapse(subjects, lines)


def keep(lines: list[Line], now: datetime) -> None:
    """Writes findings; those that are there already stay as they are, or get the newest numbers."""
    if not lines:
        return
    columns = zip(
        *(
            (
                line.kind,
                line.subject,
                line.person,
                line.case,
                line.found.at,
                orjson.dumps(line.found.facts, option=orjson.OPT_SORT_KEYS).decode(),
                "unknown" if line.kind in UNKNOWN else "new",
            )
            for line in lines
        ),
        strict=True,
    )
    sql.execute(KEEP, [now, *(list(column) for column in columns)])


def lapse(subjects: list[str], lines: list[Line]) -> None:
    """What was found before about these subjects and is not among the lines any more; decisions of people stay."""
    if subjects:
        sql.execute(LAPSE, [subjects, [line.subject for line in lines], [line.kind for line in lines]])


def look_at_tracks(day: date, now: datetime) -> int:
    """Looks at everybody's positions of a day; how many people."""
    count = 0
    for person, track in tracks_of(day):
        subject = f"track:{person}:{day.isoformat()}"
        lines = [Line(found.kind, subject, person, None, found) for found in look_at_track(track, limits())]
        with transaction.atomic():
            keep(lines, now)
            lapse([subject], lines)
        count += 1
    return count


def forget_findings(now: datetime) -> int:
    """Takes away what is older than the city keeps it (policy `plausibility.keep_days`), but for what is followed up; how many."""
    days = int(policies().get("plausibility", {}).get("keep_days", 180))
    return sql.execute(FORGET, [now - timedelta(days=days)])


@transaction.atomic
def decide_finding(*, by: Caller, finding: int, state: str, note: str, now: datetime) -> None:
    """看过 or 需要跟进, with a note; a later word replaces the earlier one, the journal has both. Nobody decides on themselves."""
    require_may_weigh(by)
    words = note.strip()
    errors: dict[str, list[str]] = {}
    if state not in DECISIONS:
        errors["state"] = [_("请选看过或需要跟进")]
    if state == "follow" and len(words) < LEAST_NOTE:
        errors["note"] = [_("需要跟进的请写一句")]
    if len(words) > LONGEST_NOTE or "\x00" in words:
        errors["note"] = [_("最多 %(n)d 个字") % {"n": LONGEST_NOTE}]
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)
    own = sql.value("SELECT person_id FROM urban_plausibility WHERE id = %s FOR UPDATE", [finding])
    if own is None:
        raise NotThere(_("没有这一条"))
    if own == by.id:
        raise NotAllowed(_("自己的由别人看"))
    kind, subject, case = sql.tuples(DECIDE, [state, words, by.id, now, finding, by.id])[0]
    facts = {"kind": kind, "subject": subject, "case": case, "state": state, "noted": bool(words)}
    audit.record("urban.plausibility", finding, state, facts, by.id, now)
