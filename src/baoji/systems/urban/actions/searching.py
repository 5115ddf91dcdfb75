"""Keeps the words of cases searchable; the worker calls it after the journal's seal."""

from baoji.kernel.base import sql

_WORDS = "c.title || ' ' || c.address || ' ' || r.description"
_FILL = f"""
INSERT INTO urban_search (case_id, pairs)
SELECT c.id, urban_pairs({_WORDS}) FROM flow_case c JOIN urban_report r ON r.case_id = c.id WHERE c.id = ANY(%s)
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
    if case_ids:
        sql.execute(_FILL, [case_ids])


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
