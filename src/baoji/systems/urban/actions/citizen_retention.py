"""What people left is erased when its time is over: phone numbers, mail addresses, originals; the journal says so each time.

How long each kind is kept stands in the policy `retention`, with its source; the time runs from the end of the case, of a
report that was merged from the end of the case it went into. What belongs to no case says below from when.
"""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson
from django.db import transaction

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.notices.actions import forget
from baoji.kernel.records import storage
from baoji.kernel.records.erasure import erase, is_older, unlink
from baoji.kernel.wire import once
from baoji.systems.urban.actions import help_retention
from baoji.systems.urban.actions.citizen_photos import PHOTOS
from baoji.systems.urban.actions.field_help import forget_cries
from baoji.systems.urban.queries.book import policies
from baoji.systems.urban.queries.merged import ended_at

AT_ONCE = 500
REPORT = "urban.report"
DEFAULTS = {
    "caller_days": 180,
    "mail_days": 30,
    "citizen_photo_days": 365,
    "staff_photo_days": 1095,
    "voice_days": 365,
    "held_days": 30,
    "held_contact_days": 90,
    "subscription_days": 2,
    "upload_days": 35,
    "sos_days": 365,
    "answer_days": 30,
    "notice_days": 730,
}
ENDED_AT = ended_at("c")


def days(name: str) -> int:
    return int(policies().get("retention", {}).get(name, DEFAULTS[name]))


def erase_due(now: datetime) -> dict[str, int]:
    """Erases all that is due, some at a time, each batch in a transaction of its own; how many of each kind."""
    kinds: dict[str, Callable[[datetime], int]] = {
        "callers": _callers,
        "mails": _mails,
        "files": _files,
        "held": _held,
        "held_contacts": _held_contacts,
        "sos": _sos,
        "subscriptions": _subscriptions,
        "notices": _notices,
        **help_retention.kinds(days("caller_days")),
    }
    finish_unlinking(now)
    done = {name: _all(work, now) for name, work in kinds.items()}
    answers = once.forget(now - timedelta(days=days("answer_days")))
    return done | {"uploads": _strays(now), "beside": _beside(now), "answers": answers}


def _all(work: Callable[[datetime], int], now: datetime) -> int:
    total = 0
    while done := work(now):
        total += done
    return total


CALLERS = f"""
SELECT r.case_id FROM urban_report r JOIN flow_case c ON c.id = r.case_id
 WHERE (r.caller_phone <> '' OR r.caller_name <> '') AND {ENDED_AT} < %s ORDER BY r.case_id LIMIT {AT_ONCE}
"""


@transaction.atomic
def _callers(now: datetime) -> int:
    kept = days("caller_days")
    ids = [row[0] for row in sql.tuples(CALLERS, [now - timedelta(days=kept)])]
    sql.execute("UPDATE urban_report SET caller_name = '', caller_phone = '' WHERE case_id = ANY(%s)", [ids])
    for id_ in ids:
        record(REPORT, id_, "erase", _facts("caller", kept, "caller_name", "caller_phone"), None, now)
    return len(ids)


MAILS = f"""
SELECT f.id, f.case_id FROM urban_follower f JOIN flow_case c ON c.id = f.case_id
 WHERE f.mail <> '' AND {ENDED_AT} < %s ORDER BY f.id LIMIT {AT_ONCE}
"""


@transaction.atomic
def _mails(now: datetime) -> int:
    kept = days("mail_days")
    rows = sql.tuples(MAILS, [now - timedelta(days=kept)])
    sql.execute("UPDATE urban_follower SET mail = '' WHERE id = ANY(%s)", [[row[0] for row in rows]])
    for case_id in sorted({row[1] for row in rows}):
        record(REPORT, case_id, "erase", _facts("mail", kept, "mail"), None, now)
    return len(rows)


def _facts(rule: str, kept: int, *what: str) -> dict[str, Any]:
    return {"rule": rule, "days": kept, "what": list(what)}


# A file may hang on several cases: it goes when it is due on each of them, and was not sent again since it went.
FILES = f"""
WITH hung AS (
  SELECT a.file_id, a.at,
         CASE WHEN a.kind = 'voice' THEN 'voice' WHEN a.stage = 'report' AND c.source IN ('citizen', 'hotline') THEN 'citizen_photo'
              WHEN t.post = 'reporter' THEN 'citizen_photo' ELSE 'staff_photo' END AS rule,
         {ENDED_AT} AS ended_at
    FROM flow_attachment a JOIN flow_case c ON c.id = a.case_id LEFT JOIN flow_record t ON t.id = a.record_id WHERE a.at < %(newest)s
), due AS (
  SELECT file_id, max(at) AS at, min(rule) AS rule FROM hung GROUP BY file_id
  HAVING bool_and(ended_at IS NOT NULL AND ended_at < CASE rule WHEN 'voice' THEN %(voice)s WHEN 'citizen_photo' THEN %(citizen_photo)s ELSE %(staff_photo)s END)
)
SELECT f.id, f.sha256, f.mime, d.rule FROM due d JOIN records_file f ON f.id = d.file_id
 WHERE NOT EXISTS (SELECT 1 FROM urban_erasure e WHERE e.file_id = f.id AND e.at >= d.at)
   AND NOT EXISTS (SELECT 1 FROM flow_attachment n WHERE n.file_id = f.id AND n.at >= %(newest)s)
   AND NOT EXISTS (SELECT 1 FROM records_upload u WHERE u.file_id = f.id AND u.finished_at > d.at)
 ORDER BY f.id LIMIT {AT_ONCE}
"""


@transaction.atomic
def _files(now: datetime) -> int:
    kept, since = _terms(("voice", "citizen_photo", "staff_photo"), now)
    rows = sql.rows(FILES, since | {"newest": max(since.values())})
    for row in rows:
        _erase_file(row["id"], row["sha256"], row["mime"], row["rule"], kept[row["rule"]], now)
    return len(rows)


def _terms(rules: Sequence[str], now: datetime) -> tuple[dict[str, int], dict[str, datetime]]:
    """Of each rule how many days are kept, and since when."""
    kept = {rule: days(f"{rule}_days") for rule in rules}
    return kept, {rule: now - timedelta(days=count) for rule, count in kept.items()}


def _erase_file(file_id: int, sha256: str, mime: str, rule: str, kept: int, now: datetime) -> None:
    sql.execute(
        "INSERT INTO urban_erasure (file_id, rule, days, at) VALUES (%s, %s, %s, %s)",
        [file_id, rule, kept, now],
    )
    erase(file_id, sha256, mime, rule=rule, days=kept, at=now)
    bump(PHOTOS)


# Dropped reports: their words go, and their photos where no case has them.
HELD = f"""
SELECT id, files::text AS files FROM urban_held_report
 WHERE status = 'dropped' AND decided_at < %s AND draft <> '{{}}'::jsonb ORDER BY id LIMIT {AT_ONCE}
"""
LONELY = """
SELECT f.id, f.sha256, f.mime FROM records_file f WHERE f.id = ANY(%s)
   AND NOT EXISTS (SELECT 1 FROM flow_attachment a WHERE a.file_id = f.id)
   AND NOT EXISTS (SELECT 1 FROM urban_erasure e WHERE e.file_id = f.id)
   AND NOT EXISTS (SELECT 1 FROM urban_held_report h WHERE h.status = 'held' AND h.files @> jsonb_build_array(jsonb_build_array(f.id)))
"""


@transaction.atomic
def _held(now: datetime) -> int:
    kept = days("held_days")
    rows = sql.rows(HELD, [now - timedelta(days=kept)])
    for row in rows:
        files = [int(file[0]) for file in orjson.loads(row["files"])]
        for file in sql.rows(LONELY, [files]):
            _erase_file(file["id"], file["sha256"], file["mime"], "held", kept, now)
        sql.execute(
            "UPDATE urban_held_report SET draft = '{}'::jsonb, files = '[]'::jsonb, mail = '' WHERE id = %s",
            [row["id"]],
        )
        record(
            "urban.held_report", row["id"], "erase", _facts("held", kept, "draft", "files", "mail"), None, now
        )
    return len(rows)


# Reports that nobody decides wait on, without a way to reach who sent them. Whoever decides one now is not waited for: it is due again.
HELD_CONTACTS = f"""
UPDATE urban_held_report SET draft = draft || '{{"caller_name": "", "caller_phone": ""}}'::jsonb, mail = ''
 WHERE id IN (SELECT id FROM urban_held_report WHERE status = 'held' AND at < %s
                 AND (mail <> '' OR coalesce(draft ->> 'caller_phone', '') <> '' OR coalesce(draft ->> 'caller_name', '') <> '')
               ORDER BY id LIMIT {AT_ONCE} FOR UPDATE SKIP LOCKED)
RETURNING id
"""


@transaction.atomic
def _held_contacts(now: datetime) -> int:
    kept = days("held_contact_days")
    ids = [row[0] for row in sql.tuples(HELD_CONTACTS, [now - timedelta(days=kept)])]
    facts = _facts("held_contact", kept, "caller_name", "caller_phone", "mail")
    for id_ in sorted(ids):
        record("urban.held_report", id_, "erase", facts, None, now)
    return len(ids)


def _sos(now: datetime) -> int:
    return forget_cries(days("sos_days"), now)


# Files that nothing speaks of: no act, no signed envelope, no report held back, no correction of the ledger (of these `BESIDE`
# takes care), and no upload that a phone may still name. An upload is remembered for 30 days (`records.uploads`); whoever sends it again makes it young.
STRAYS = f"""
SELECT f.id, f.sha256, f.mime, 'upload' AS rule FROM records_file f
 WHERE f.id > %(after)s AND f.created_at < %(upload)s
   AND NOT EXISTS (SELECT 1 FROM flow_attachment a WHERE a.file_id = f.id)
   AND NOT EXISTS (SELECT 1 FROM records_upload u WHERE u.file_id = f.id)
   AND NOT EXISTS (SELECT 1 FROM evidence_envelope v WHERE v.sha256 = f.sha256 AND v.sha256 <> '')
   AND NOT EXISTS (SELECT 1 FROM urban_held_report h WHERE h.files @> jsonb_build_array(jsonb_build_array(f.id)))
   AND NOT EXISTS (SELECT 1 FROM urban_correction k WHERE k.files @> jsonb_build_array(jsonb_build_array(f.id)))
 ORDER BY f.id LIMIT {AT_ONCE}
"""


def _strays(now: datetime) -> int:
    """Photos and recordings that were sent whole and then belonged to no report; how many."""
    return _on_no_act(STRAYS, ("upload",), now)


def _on_no_act(statement: str, rules: Sequence[str], now: datetime) -> int:
    """Walks by id what hangs on no act, each batch in a transaction of its own: content that was sent again is young."""
    kept, since = _terms(rules, now)
    after, done = 0, 0
    while rows := sql.rows(statement, since | {"after": after}):
        with transaction.atomic():
            for row in rows:
                rule = row["rule"]
                if is_older(row["sha256"], since[rule]):
                    _erase_file(row["id"], row["sha256"], row["mime"], rule, kept[rule], now)
                    done += 1
        after = rows[-1]["id"]
    return done


# Files that hang on no act and are spoken of all the same: by corrections of the ledger, and by signed envelopes of deliveries
# that came too late for a task. The time runs from the last decision on a correction, else from the arrival.
BESIDE = f"""
WITH said AS (
  SELECT (x ->> 0)::bigint AS file_id, bool_or(k.decided_at IS NULL) AS waits, max(k.decided_at) AS decided_at
    FROM urban_correction k CROSS JOIN LATERAL jsonb_array_elements(k.files) x GROUP BY 1
)
SELECT f.id, f.sha256, f.mime, CASE WHEN f.mime LIKE 'audio/%%' THEN 'voice' ELSE 'staff_photo' END AS rule
  FROM records_file f LEFT JOIN said ON said.file_id = f.id
 WHERE f.id > %(after)s AND f.created_at < CASE WHEN f.mime LIKE 'audio/%%' THEN %(voice)s ELSE %(staff_photo)s END
   AND NOT EXISTS (SELECT 1 FROM flow_attachment a WHERE a.file_id = f.id)
   AND NOT EXISTS (SELECT 1 FROM records_upload u WHERE u.file_id = f.id)
   AND NOT EXISTS (SELECT 1 FROM urban_held_report h WHERE h.files @> jsonb_build_array(jsonb_build_array(f.id)))
   AND (said.file_id IS NOT NULL OR EXISTS (SELECT 1 FROM evidence_envelope v WHERE v.sha256 = f.sha256 AND v.sha256 <> ''))
   AND NOT coalesce(said.waits, false)
   AND coalesce(said.decided_at, f.created_at) < CASE WHEN f.mime LIKE 'audio/%%' THEN %(voice)s ELSE %(staff_photo)s END
 ORDER BY f.id LIMIT {AT_ONCE}
"""


def _beside(now: datetime) -> int:
    """Photos and recordings of corrections and of late deliveries; how many."""
    return _on_no_act(BESIDE, ("voice", "staff_photo"), now)


def _subscriptions(now: datetime) -> int:
    """Addresses whose owner never confirmed them."""
    sql.execute(
        "DELETE FROM urban_subscription WHERE confirmed_at IS NULL AND created_at < %s",
        [now - timedelta(days=days("subscription_days"))],
    )
    return 0


def _notices(now: datetime) -> int:
    """Of these nothing stands in the journal: the case has what was done."""
    return forget(now - timedelta(days=days("notice_days")), AT_ONCE)


ERASED = """
SELECT f.id, f.sha256, f.mime, max(e.at) AS at FROM records_file f JOIN urban_erasure e ON e.file_id = f.id
 WHERE f.sha256 = ANY(%s) GROUP BY f.id
"""
# Of these, sent again after their erasure, the ones that nothing needs: what they came with was dropped, or its own time is over.
AGAIN = """
WITH newest AS (SELECT file_id, max(at) AS at FROM flow_attachment WHERE file_id = ANY(%(ids)s) GROUP BY file_id
), held AS (
  SELECT DISTINCT (x ->> 0)::bigint AS file_id FROM urban_held_report h CROSS JOIN LATERAL jsonb_array_elements(h.files) x
), said AS (
  SELECT (x ->> 0)::bigint AS file_id, bool_or(k.decided_at IS NULL) AS waits
    FROM urban_correction k CROSS JOIN LATERAL jsonb_array_elements(k.files) x GROUP BY 1
)
SELECT f.id, CASE WHEN said.file_id IS NULL AND NOT EXISTS (
         SELECT 1 FROM evidence_envelope v WHERE v.sha256 = f.sha256 AND v.sha256 <> '' AND v.received_at >= e.at) THEN 'upload'
       WHEN f.mime LIKE 'audio/%%' THEN 'voice' ELSE 'staff_photo' END AS rule
  FROM unnest(%(ids)s::bigint[], %(at)s::timestamptz[]) AS e (id, at) JOIN records_file f USING (id)
  LEFT JOIN newest ON newest.file_id = f.id LEFT JOIN held ON held.file_id = f.id LEFT JOIN said ON said.file_id = f.id
 WHERE (newest.at IS NULL OR newest.at < e.at) AND held.file_id IS NULL AND NOT coalesce(said.waits, false)
   AND NOT EXISTS (SELECT 1 FROM records_upload u WHERE u.file_id = f.id)
"""


def finish_unlinking(now: datetime) -> int:
    """Deletes the bytes of erased files that are there, because the machine stopped in between or because they were sent again, to
    nothing that needs them; how many. It begins with the bytes: there will be more erasures than these."""
    return sum(_finished(list(names), now) for names in storage.batches(AT_ONCE))


def _finished(names: list[str], now: datetime) -> int:
    kept, since = _terms(("upload", "voice", "staff_photo"), now)
    erased = {row["id"]: row for row in sql.rows(ERASED, [names])}
    gone = {id_ for id_, row in erased.items() if unlink(row["sha256"], row["mime"], row["at"])}
    left = {id_: row for id_, row in erased.items() if is_older(row["sha256"], max(since.values()))}
    done = 0
    if left:
        for id_, rule in sql.tuples(AGAIN, {"ids": list(left), "at": [row["at"] for row in left.values()]}):
            if is_older(left[id_]["sha256"], since[rule]):
                with transaction.atomic():
                    _erase_file(id_, left[id_]["sha256"], left[id_]["mime"], rule, kept[rule], now)
                done += 1
    return len(gone) + done
