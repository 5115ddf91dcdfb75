"""What waits for a person on the staff side of the citizens' door: reports held back, photos to be looked at."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import NotThere

HELD = """
SELECT h.id, h.at, h.why, h.alike, h.draft::text AS draft, jsonb_array_length(h.files) AS files,
       count(*) OVER (PARTITION BY h.alike) AS twins
  FROM urban_held_report h WHERE h.status = 'held' AND (%(before)s::bigint IS NULL OR h.id < %(before)s::bigint)
 ORDER BY h.id DESC LIMIT %(limit)s
"""


def held(*, before: int | None = None, limit: int = 50) -> tuple[list[dict[str, Any]], int | None]:
    """Reports held back, the newest first, each with its draft; and the `before` of the next page."""
    rows = sql.rows(HELD, {"before": before, "limit": limit + 1})
    for row in rows:
        row["draft"] = orjson.loads(row["draft"])
    return rows[:limit], rows[limit - 1]["id"] if len(rows) > limit else None


def held_count() -> int:
    """How many reports are held back, exact to 999."""
    return int(
        sql.value("SELECT count(*) FROM (SELECT 1 FROM urban_held_report WHERE status = 'held' LIMIT 1000) x")
    )


# Photos of public cases that nobody has looked at; what was sent last comes first, because it is looked at most.
UNSEEN = """
SELECT a.id, a.stage, a.at, p.number, p.title, c.number AS task, f.sha256 FROM urban_public_case p
  JOIN flow_case c ON c.id = p.case_id JOIN flow_attachment a ON a.case_id = p.case_id AND a.kind = 'photo'
  JOIN records_file f ON f.id = a.file_id
 WHERE NOT EXISTS (SELECT 1 FROM urban_photo_review v WHERE v.attachment_id = a.id)
   AND p.changed_at >= %(since)s AND a.id <> ALL(%(skipped)s)
 ORDER BY p.changed_at DESC, a.id LIMIT %(limit)s
"""


def unseen_photos(since: datetime, skipped: list[int], limit: int = 20) -> list[dict[str, Any]]:
    """Photos to be looked at before everybody may see them, of cases that changed since."""
    return sql.rows(UNSEEN, {"since": since, "skipped": skipped, "limit": limit})


ONE_PHOTO = """
SELECT a.id, a.stage, a.at, c.case_number AS number, c.title, c.number AS task, f.sha256, v.shown, v.at AS said_at, n.name AS said_by
  FROM flow_attachment a JOIN flow_case c ON c.id = a.case_id AND c.flow = 'urban' JOIN records_file f ON f.id = a.file_id
  LEFT JOIN urban_photo_review v ON v.attachment_id = a.id LEFT JOIN identity_person n ON n.id = v.by_id
 WHERE a.id = %s AND a.kind = 'photo'
"""


def photo_to_review(id_: int) -> dict[str, Any]:
    """One photo as `unseen_photos` has it, with what was said of it (`shown` None where nobody has looked), by whom and when. Raises NotThere."""
    found = sql.row(ONE_PHOTO, [id_]) if id_ < 2**63 else None
    if found is None:
        raise NotThere(_("没有这张照片"))
    return found


REVIEWS = """
SELECT v.attachment_id, v.shown FROM flow_attachment a JOIN urban_photo_review v ON v.attachment_id = a.id WHERE a.case_id = %s
"""


def photo_reviews(case_id: int) -> dict[int, bool]:
    """Of each photo of the case that a person has looked at, whether strangers may see it."""
    return dict(sql.tuples(REVIEWS, [case_id]))


def cleared_photos(attachment_ids: Iterable[int]) -> set[int]:
    """Those of these photos that a person found free of faces and number plates."""
    ids = list(attachment_ids)
    return {
        row[0]
        for row in sql.tuples(
            "SELECT attachment_id FROM urban_photo_review WHERE shown AND attachment_id = ANY(%s)", [ids]
        )
    }


GRADES = """
SELECT g.grade, count(*) AS n FROM urban_grade g WHERE g.closed_at >= %(start)s AND g.closed_at < %(end)s
   AND (%(body)s::bigint[] IS NULL OR g.body_id = ANY(%(body)s::bigint[])) GROUP BY 1
"""


def grades(start: datetime, end: datetime, bodies: list[int] | None = None) -> dict[str, int]:
    """How often each grade was given for cases closed in this time."""
    return dict(sql.tuples(GRADES, {"start": start, "end": end, "body": bodies}))
