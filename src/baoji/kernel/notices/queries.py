"""Reading notices: one's own, those to one's posts and those to one's organisations."""

from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.kernel.notices.delivery import masked

# A notice to a post at an organisation is for whoever holds that post there; to a post alone, for all who hold it.
_MINE = """
(n.person_id = %(me)s
 OR (n.person_id IS NULL AND n.post <> '' AND n.organisation_id IS NULL AND n.post = ANY(%(posts)s))
 OR (n.person_id IS NULL AND n.organisation_id = ANY(%(orgs)s)
     AND (n.post = '' OR (n.post || '@' || n.organisation_id) = ANY(%(holds)s))))
"""
_UNREAD = "NOT EXISTS (SELECT 1 FROM notices_reading r WHERE r.notice_id = n.id AND r.person_id = %(me)s)"
# Older notices count as read: nobody catches up on a quarter's worth of them.
_RECENT = "n.at > now() - interval '30 days'"
COUNT_TO = 99


def _params(reader: Caller) -> dict[str, Any]:
    return {
        "me": reader.id,
        "posts": sorted({hold.kind for hold in reader.holds}),
        "orgs": sorted({hold.org_id for hold in reader.holds}),
        "holds": sorted({f"{hold.kind}@{hold.org_id}" for hold in reader.holds}),
    }


# `_MINE`, one way after the other: each has an index. A plan for all at once, made for any reader, reads the whole table.
_UNREAD_COUNT = f"""
SELECT count(*) FROM (
    SELECT 1 FROM notices_notice n WHERE n.person_id = %(me)s AND {_RECENT} AND {_UNREAD}
    UNION ALL
    SELECT 1 FROM unnest(%(posts)s::text[]) held(post) CROSS JOIN LATERAL (
        SELECT 1 FROM notices_notice n WHERE n.post = held.post AND n.post <> '' AND n.organisation_id IS NULL
           AND n.person_id IS NULL AND {_RECENT} AND {_UNREAD} LIMIT {COUNT_TO + 1}) of_post
    UNION ALL
    SELECT 1 FROM unnest(%(orgs)s::bigint[]) at(org) CROSS JOIN LATERAL (
        SELECT 1 FROM notices_notice n WHERE n.organisation_id = at.org AND n.person_id IS NULL
           AND (n.post = '' OR (n.post || '@' || n.organisation_id) = ANY(%(holds)s)) AND {_RECENT} AND {_UNREAD}
         LIMIT {COUNT_TO + 1}) of_organisation
    LIMIT {COUNT_TO + 1}) x
"""


def unread_count(reader: Caller) -> int:
    """How many notices of the last 30 days wait to be read, counted to 100."""
    return int(sql.value(_UNREAD_COUNT, _params(reader)))


def notices(
    reader: Caller, *, before: int | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], int | None]:
    """Notices, newest first, each with `read`; and the `before` of the next page."""
    params = _params(reader) | {"before": before, "limit": limit + 1}
    older = " AND n.id < %(before)s" if before else ""
    rows = sql.rows(
        f"SELECT n.id, n.kind, n.title, n.link, n.urgent, n.at, NOT {_UNREAD} AS read FROM notices_notice n"
        f" WHERE {_MINE}{older} ORDER BY n.id DESC LIMIT %(limit)s",
        params,
    )
    return rows[:limit], rows[limit - 1]["id"] if len(rows) > limit else None


def mine_among(reader: Caller, ids: list[int]) -> list[int]:
    """Those of these notices that are for this reader."""
    found = sql.tuples(
        f"SELECT n.id FROM notices_notice n WHERE n.id = ANY(%(ids)s) AND {_MINE}",
        _params(reader) | {"ids": ids},
    )
    return [row[0] for row in found]


def outgoing(*, before: int | None = None, limit: int = 50) -> tuple[list[dict[str, Any]], int | None]:
    """Messages to people outside, newest first, without their words; and the `before` of the next page."""
    rows = sql.rows(
        "SELECT id, ref, channel, recipient, state, attempts, said, queued_at, ended_at FROM notices_outgoing"
        " WHERE %(before)s::bigint IS NULL OR id < %(before)s ORDER BY id DESC LIMIT %(limit)s",
        {"before": before, "limit": limit + 1},
    )
    shown = [
        {**row, "recipient": masked(row["recipient"])} if row["state"] == "waiting" else row for row in rows
    ]
    return shown[:limit], rows[limit - 1]["id"] if len(rows) > limit else None
