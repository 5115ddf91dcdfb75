"""The digest of a record's columns that its journal entry carries (`kernel.flow.journal.digest_of`), made ready for copying.

A copy's digest differs from its story's by the salt, the due time, whether that was over, and the number that `file` and `merge` tell. What stands
around these is kept as text, so that the database can hash a copy's own. Records whose facts hold other moments or places
carry no digest in bulk rows.
"""

from typing import Any

import orjson
from django.db import connection

from baoji.kernel.base import sql

MARK = "@@"
NUMBER_IN = {"file": "case_number", "merge": "into"}
WITHOUT = frozenset({"supervise", "suspend_decide", "correct"})
RECORDS = """
SELECT case_id, n, act, on_behalf_of_id, post, side, org_id, receiver_post, receiver_org_id, receiver_person_id, facts, used_s
  FROM story_record
"""


def text_around(act: str, columns: list[Any], facts: dict[str, Any], used_s: int) -> tuple[str, str]:
    """The digested text before the number, and from there to the due time (all of it before, if there is no number)."""
    name = NUMBER_IN.get(act)
    given = {**facts, name: MARK} if name else facts
    text = orjson.dumps([*columns, given, used_s], option=orjson.OPT_SORT_KEYS).decode()[:-1] + ","
    before, _mark, after = text.partition(f'"{MARK}"')
    return before, after


def make_digests() -> None:
    """Fills `story_digest`."""
    sql.execute(
        "CREATE TEMP TABLE story_digest (story bigint, n integer, before text, after text, PRIMARY KEY (story, n))"
    )
    lines = []
    for story, n, act, *columns, facts, used_s in sql.tuples(RECORDS):
        if act not in WITHOUT:
            known = orjson.loads(facts) if isinstance(facts, str) else facts
            lines.append((story, n, *text_around(act, columns, known, used_s)))
    with connection.cursor() as cursor, cursor.copy("COPY story_digest FROM STDIN") as copy:
        for line in lines:
            copy.write_row(line)
    sql.execute("ANALYZE story_digest")
