"""Cases that were merged into others, as pieces of SQL; a case may go into one that goes into a third."""

# Where a case goes on: a column or more of the one it went into in the end.
_WENT_UP = """
(WITH RECURSIVE up AS (
    SELECT {case}.merged_into_id AS id
    UNION SELECT x.merged_into_id FROM up JOIN flow_case x ON x.id = up.id WHERE x.status = 'merged'
) SELECT {what} FROM up JOIN flow_case w ON w.id = up.id WHERE w.status <> 'merged')
"""
_WENT_IN = """
(WITH RECURSIVE went AS (
    SELECT x.id FROM flow_case x WHERE x.merged_into_id = {id} AND x.status = 'merged'
    UNION SELECT x.id FROM went JOIN flow_case x ON x.merged_into_id = went.id AND x.status = 'merged'
) SELECT id FROM went)
"""


def of_whole(case: str, column: str) -> str:
    """A column of the case where the row `case` of `flow_case` goes on: itself, unless it was merged."""
    up = _WENT_UP.format(case=case, what=f"w.{column}")
    return f"CASE WHEN {case}.status = 'merged' THEN {up} ELSE {case}.{column} END"


def ended_at(case: str) -> str:
    """When the row `case` of `flow_case` ended for whoever reported it, NULL while it goes on.

    What was merged ends with the case that it went into: until then its reporter waits to be told.
    """
    own = "CASE WHEN {0}.status IN ('open', 'suspended') THEN NULL ELSE {0}.closed_at END"
    up = _WENT_UP.format(case=case, what=own.format("w"))
    return f"CASE WHEN {case}.status = 'merged' THEN {up} ELSE {own.format(case)} END"


def went_into(id_: str) -> str:
    """An array of the ids of the cases that went into the one with the id `id_` (a column), by way of others too."""
    return f"ARRAY{_WENT_IN.format(id=id_)}"


def others(id_: str) -> str:
    """How many met what the case with the id `id_` (a column) is about, besides who reported it: who said so by a press, and
    citizens and callers whose own reports went into it."""
    return f"""
(SELECT (SELECT count(*) FROM urban_follower f WHERE f.code <> '' AND f.case_id = ANY(array_append(x.went, {id_})))
      + (SELECT count(*) FROM flow_case m WHERE m.id = ANY(x.went) AND m.source IN ('citizen', 'hotline'))
   FROM (SELECT {went_into(id_)} AS went) x)
"""
