"""Keeps the words of cases searchable; the worker calls it after the journal's seal."""

from baoji.kernel.base import sql
from baoji.systems.urban.rules.pairs import pairs_of

_WORDS = """
SELECT c.id, c.title || ' ' || c.address || ' ' || r.description FROM flow_case c JOIN urban_report r ON r.case_id = c.id WHERE c.id = ANY(%s)
"""
_BETWEEN = "\x1f"  # a space, to Python: no pair has it
_FILL = """
INSERT INTO urban_search (case_id, pairs)
SELECT id, string_to_array(pairs, %s)::varchar[] FROM unnest(%s::bigint[], %s::text[]) AS read (id, pairs)
ON CONFLICT (case_id) DO UPDATE SET pairs = excluded.pairs WHERE urban_search.pairs <> excluded.pairs
"""
# What a worker that was killed had heard of and not yet kept: cases just made, and words just corrected.
_LATELY = """
SELECT DISTINCT case_id FROM flow_record WHERE id > (SELECT max(id) FROM flow_record) - %s
"""
LATELY = 5000  # acts
_MISSING = """
SELECT c.id FROM flow_case c WHERE c.flow = 'urban' AND c.id > %s ORDER BY c.id LIMIT %s
"""


def index(case_ids: list[int]) -> None:
    """Renews the words of these cases."""
    read = sql.tuples(_WORDS, [case_ids])
    if read:
        pairs = [_BETWEEN.join(pairs_of(words)) for _id, words in read]
        sql.execute(_FILL, [_BETWEEN, [case_id for case_id, _words in read], pairs])


def index_missing(after: int = 0, batch: int = 5000) -> int:
    """Fills in cases above `after` in batches (after a bulk load or a restore), and those that moved last; returns how many it
    looked at."""
    lately = [row[0] for row in sql.tuples(_LATELY, [LATELY])]
    index(lately)
    seen = len(lately)
    while True:
        ids = [row[0] for row in sql.tuples(_MISSING, [after, batch])]
        if not ids:
            return seen
        index(ids)
        after, seen = ids[-1], seen + len(ids)


def last_indexed() -> int:
    return int(sql.value("SELECT coalesce(max(case_id), 0) FROM urban_search"))
