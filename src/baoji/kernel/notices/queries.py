"""Reading notices: one's own, those to one's posts and those to one's organisations."""

from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.kernel.notices.delivery import masked
from baoji.kernel.notices.words import title_of

# A notice to a post at an organisation is for whoever holds that post there; to a post alone, for all who hold it; to an
# organisation alone (`holds` have '' for it), for all who hold a post there.
_MINE = """
(n.person_id = %(me)s
 OR (n.person_id IS NULL AND n.post <> '' AND n.organisation_id IS NULL AND n.post = ANY(%(posts)s))
 OR (n.person_id IS NULL AND n.organisation_id = ANY(%(orgs)s)
     AND (n.post || '@' || n.organisation_id) = ANY(%(holds)s)))
"""
# `_MINE`, one way after the other, each with its index: a plan for all at once, made for any reader, reads the whole table.
# What none of a way's notices has is named in its order too, since it stands in the index before the instant.
_WAYS = (
    ("unnest(ARRAY[%(me)s::bigint]) h(person)", "n.person_id = h.person", ""),
    (
        "unnest(%(posts)s::text[]) h(post)",
        "n.post = h.post AND n.post <> '' AND n.organisation_id IS NULL AND n.person_id IS NULL",
        "n.organisation_id, ",
    ),
    (
        "unnest(%(held_posts)s::text[], %(held_orgs)s::bigint[]) h(post, org)",
        "n.post = h.post AND n.organisation_id = h.org AND n.person_id IS NULL",
        "",
    ),
)
_UNREAD = "NOT EXISTS (SELECT 1 FROM notices_reading r WHERE r.notice_id = n.id AND r.person_id = %(me)s)"
# Older notices count as read: nobody catches up on a quarter's worth of them.
_RECENT = "n.at > now() - interval '30 days'"
COUNT_TO = 99


def _params(reader: Caller) -> dict[str, Any]:
    pairs = {(post, hold.org_id) for hold in reader.holds for post in (hold.kind, "")}
    return {
        "me": reader.id,
        "posts": sorted({hold.kind for hold in reader.holds}),
        "orgs": sorted({hold.org_id for hold in reader.holds}),
        "holds": sorted(f"{post}@{org}" for post, org in pairs),
        "held_posts": [post for post, _org in sorted(pairs)],
        "held_orgs": [org for _post, org in sorted(pairs)],
    }


def _way_by_way(columns: str, condition: str, limit: str, *, newest: bool = False) -> str:
    """So many rows of each way, with `newest` those; no notice comes on two."""
    return " UNION ALL ".join(
        f"(SELECT b.* FROM {keys} CROSS JOIN LATERAL (SELECT {columns} FROM notices_notice n WHERE {way} AND {condition}"
        f"{f' ORDER BY {first}n.at DESC, n.id DESC' if newest else ''} LIMIT {limit}) b)"
        for keys, way, first in _WAYS
    )


def unread_count(reader: Caller) -> int:
    """How many notices of the last 30 days wait to be read, counted to 100."""
    found = _way_by_way("1", f"{_RECENT} AND {_UNREAD}", str(COUNT_TO + 1))
    return int(sql.value(f"SELECT count(*) FROM ({found} LIMIT {COUNT_TO + 1}) x", _params(reader)))


def notices(
    reader: Caller, *, before: int | None = None, limit: int = 50
) -> tuple[list[dict[str, Any]], int | None]:
    """Notices, newest first, in the reader's language, each with `read`; and the `before` of the next page."""
    older = "true"
    if before:
        older = "(n.at, n.id) < (SELECT m.at, m.id FROM notices_notice m WHERE m.id = %(before)s)"
    columns = "n.id, n.kind, n.title, n.words, n.link, n.urgent, n.at"
    found = _way_by_way(columns, older, "%(limit)s", newest=True)
    rows = sql.rows(
        f"SELECT n.*, NOT {_UNREAD} AS read FROM ({found}) n ORDER BY n.at DESC, n.id DESC LIMIT %(limit)s",
        _params(reader) | {"before": before, "limit": limit + 1},
    )
    for row in rows:
        row["title"] = title_of(row.pop("words"), row["title"])
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
