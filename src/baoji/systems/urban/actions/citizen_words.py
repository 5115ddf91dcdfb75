"""上报文字公开审核: a person says whether everybody may read what a reporter wrote, and in which words. The report stays as it is."""

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from baoji.kernel.audit.actions import record
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Stale
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban.actions.citizen_photos import MAY_REVIEW
from baoji.systems.urban.queries.words import original_of, rough_topics
from baoji.systems.urban.rules.citizens import Review

WORDS = "public_words"  # the topic of what is kept in processes about reviewed words
LONGEST = 4000  # characters, as long as a report by a program may be
# Words wait as soon as strangers may learn of the case: once it is filed, and of what came by Open311 at once.
WAIT = """
WITH due AS MATERIALIZED (
  SELECT c.id, c.created_at FROM flow_case c JOIN urban_report r ON r.case_id = c.id
    LEFT JOIN urban_public_case p ON p.case_id = c.id LEFT JOIN urban_open311_request o ON o.case_id = c.id
   WHERE c.id = ANY(%(ids)s) AND c.flow = 'urban' AND c.source = 'citizen' AND c.topic <> ALL(%(rough)s)
     AND r.description <> '' AND r.description IS DISTINCT FROM o.media_url
     AND (p.case_id IS NOT NULL OR o.case_id IS NOT NULL AND (c.closed_at IS NULL OR c.closed_at >= %(since)s))
), gone AS (
  DELETE FROM urban_words_review v WHERE v.case_id = ANY(%(ids)s) AND v.state = 'waiting'
     AND NOT EXISTS (SELECT 1 FROM due WHERE due.id = v.case_id)
)
INSERT INTO urban_words_review (case_id, created_at, state, text, edited, n) SELECT id, created_at, 'waiting', '', false, 0 FROM due
ON CONFLICT (case_id) DO NOTHING
"""


def await_review(case_ids: list[int], since: datetime) -> None:
    """Queues the words of those of these cases that strangers may learn of; what they no longer may waits no longer."""
    sql.execute(WAIT, {"ids": case_ids, "rough": rough_topics(), "since": since})


@dataclass(frozen=True)
class _Outcome:
    state: Review
    text: str
    edited: bool


LOCKED = """
SELECT v.state, v.text, v.n, c.salt, r.description, coalesce(o.media_url, '') AS media_url
  FROM urban_words_review v JOIN flow_case c ON c.id = v.case_id JOIN urban_report r ON r.case_id = v.case_id
  LEFT JOIN urban_open311_request o ON o.case_id = v.case_id WHERE v.case_id = %s FOR UPDATE OF v
"""


@transaction.atomic
def review_words(by: Caller, case_id: int, shown: bool, text: str, seen: int, now: datetime) -> None:
    """`text` is what strangers shall read; `seen` the `n` of the row that the reviewer had before them.

    The same said again changes nothing. Raises NotAllowed, NotThere, Invalid without a text to show, and Stale when somebody
    else has decided otherwise meanwhile. The journal keeps each review, the published words only as a salted hash.
    """
    if not by.kinds() & MAY_REVIEW:
        raise NotAllowed(_("只有受理员和值班长能审核公开的文字"))
    row = sql.row(LOCKED, [case_id])
    if row is None:
        raise NotThere(_("这件案卷没有要审核的文字"))
    said = _outcome(shown, text, original_of(row["description"], row["media_url"]))
    if (row["state"], row["text"]) == (said.state, said.text):
        return
    if row["n"] != seen:
        raise Stale(_("没有保存：这段文字刚被别人审核过，请再看一眼"))
    sql.execute(
        "UPDATE urban_words_review SET state = %s, text = %s, edited = %s, n = n + 1, by_id = %s, at = %s WHERE case_id = %s",
        [said.state.value, said.text, said.edited, by.id, now, case_id],
    )
    bump(WORDS)
    record("urban.words", case_id, _verb(said), _facts(said, seen + 1, row["salt"]), by.id, now)


def _outcome(shown: bool, text: str, original: str) -> _Outcome:
    if not shown:
        return _Outcome(Review.KEPT, "", False)
    text = "\n".join(line.rstrip() for line in text.replace("\x00", "").strip().splitlines())
    if not text:
        raise Invalid(_("有内容需要改正"), errors={"text": [_("请写公开的文字，或选不公开")]})
    if len(text) > LONGEST:
        raise Invalid(_("有内容需要改正"), errors={"text": [_("最多 %(n)d 个字") % {"n": LONGEST}]})
    return _Outcome(Review.SHOWN, text, text != "\n".join(line.rstrip() for line in original.splitlines()))


def _verb(said: _Outcome) -> str:
    if said.state is Review.KEPT:
        return "keep"
    return "show_edited" if said.edited else "show"


def _facts(said: _Outcome, n: int, salt: str) -> dict[str, Any]:
    return {"n": n, "text": sha256(f"{salt}\n{said.text}".encode()).hexdigest() if said.text else ""}
