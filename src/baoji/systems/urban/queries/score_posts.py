"""岗位: what each person did at each post in a period, counted from the flow records."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from baoji.kernel.base import sql
from baoji.systems.urban.rules.score import Period

# What a post is judged by, in the order of the loop. Acts without a limit of their own are only counted.
POST_ACTS: dict[str, tuple[str, ...]] = {
    "collector": ("report", "verify_answer", "check_answer"),
    "officer": ("report",),
    "cleaner": ("report",),
    "hotline": ("report",),
    "acceptor": ("accept", "reject", "settle", "verify_request", "check_request"),
    "chief": ("file", "decline", "close", "void"),
    "dispatcher": ("dispatch", "review", "send_back", "refer_back", "extend_decide"),
    "commander": ("arbitrate", "extend_decide", "suspend_decide", "supervise"),
    "handler": ("sign", "answer", "return", "pass_on"),
    "crew": ("answer",),
}
ACTS = sorted({act for acts in POST_ACTS.values() for act in acts})
# Acts that can be late: they take a case off a step with a limit.
TIMED = frozenset(ACTS) - {
    "report",
    "void",
    "pass_on",
    "supervise",
    "extend_decide",
    "suspend_decide",
    "return",
}

DONE = """
SELECT t.by_id, t.post, t.act, count(*), count(*) FILTER (WHERE t.overdue), sum(t.used_s)::bigint
  FROM flow_record t JOIN flow_case c ON c.id = t.case_id WHERE c.flow = 'urban' AND t.at >= %(start)s AND t.at < %(end)s
   AND t.at <= %(as_of)s AND t.by_id IS NOT NULL AND t.post = ANY(%(posts)s) AND t.act = ANY(%(acts)s) GROUP BY 1, 2, 3
"""
# 有效上报: the report became a case.
VALID = """
SELECT c.reporter_id, count(*) FILTER (WHERE c.case_number IS NOT NULL) FROM flow_case c
 WHERE c.flow = 'urban' AND c.created_at >= %(start)s AND c.created_at < %(end)s AND c.created_at <= %(as_of)s AND c.reporter_id IS NOT NULL
 GROUP BY 1
"""
# Wrongly filed: a dispatcher referred it back. Wrongly dispatched: a return that led to another body.
_WRONG = """
  JOIN LATERAL (SELECT by_id, post, act FROM flow_record x WHERE x.case_id = t.case_id AND x.n < t.n
       AND x.act = CASE t.act WHEN 'return' THEN 'dispatch' ELSE 'file' END ORDER BY n DESC LIMIT 1) w ON w.by_id IS NOT NULL
  LEFT JOIN LATERAL (SELECT act FROM flow_record y WHERE y.case_id = t.case_id AND y.n > t.n
       AND y.act IN ('dispatch', 'arbitrate', 'send_back', 'refer_back') ORDER BY n LIMIT 1) d ON t.act = 'return'
 WHERE c.flow = 'urban' AND t.act IN ('return', 'refer_back') AND t.at >= %(start)s AND t.at < %(end)s AND t.at <= %(as_of)s
   AND (t.act = 'refer_back' OR d.act IN ('dispatch', 'arbitrate'))
"""
WRONG = f"SELECT w.by_id, w.post, w.act, count(*) FROM flow_record t JOIN flow_case c ON c.id = t.case_id {_WRONG} GROUP BY 1, 2, 3"
WRONG_BEHIND = f"""
SELECT t.id, c.number, c.case_number, c.title, c.address, c.status, c.stage, c.step, t.at, t.used_s, t.overdue, t.due_at AS due, t.opinion,
       t.act, c.source, r.caller_name, r.caller_phone
  FROM flow_record t JOIN flow_case c ON c.id = t.case_id JOIN urban_report r ON r.case_id = c.id {_WRONG}
   AND w.by_id = (SELECT id FROM identity_person WHERE code = %(person)s) AND w.post = %(post)s AND w.act = %(act)s
   AND (%(after_at)s::timestamptz IS NULL OR (t.at, t.id) > (%(after_at)s::timestamptz, %(after_id)s::bigint))
 ORDER BY t.at, t.id LIMIT %(limit)s
"""
PEOPLE = "SELECT id, code, name FROM identity_person WHERE id = ANY(%s)"
ACTS_BEHIND = """
SELECT t.id, c.number, c.case_number, c.title, c.address, c.status, c.stage, c.step, t.at, t.used_s, t.overdue, t.due_at AS due, t.opinion,
       t.act, c.source, r.caller_name, r.caller_phone
  FROM flow_record t JOIN flow_case c ON c.id = t.case_id JOIN urban_report r ON r.case_id = c.id
 WHERE c.flow = 'urban' AND t.by_id = (SELECT id FROM identity_person WHERE code = %(person)s) AND t.post = %(post)s
   AND t.act = %(act)s AND t.at >= %(start)s AND t.at < %(end)s AND t.at <= %(as_of)s
   AND (%(late)s::boolean IS NULL OR t.overdue = %(late)s) AND (NOT %(valid)s OR c.case_number IS NOT NULL)
   AND (%(after_at)s::timestamptz IS NULL OR (t.at, t.id) > (%(after_at)s::timestamptz, %(after_id)s::bigint))
 ORDER BY t.at, t.id LIMIT %(limit)s
"""
RETURNS_BEHIND = """
SELECT t.id, c.number, c.case_number, c.title, c.address, c.status, c.stage, c.step, t.at, t.used_s, t.overdue, t.due_at AS due, t.opinion,
       t.act, c.source, r.caller_name, r.caller_phone
  FROM flow_record t JOIN flow_case c ON c.id = t.case_id JOIN urban_report r ON r.case_id = c.id JOIN LATERAL (
    SELECT receiver_org_id FROM flow_record x WHERE x.case_id = t.case_id AND x.n < t.n AND x.act IN ('dispatch', 'arbitrate') ORDER BY n DESC LIMIT 1) d ON true
 WHERE t.act = 'return' AND t.at >= %(start)s AND t.at < %(end)s AND t.at <= %(as_of)s AND c.flow = 'urban' AND c.scored
   AND c.status IN ('open', 'suspended', 'closed') AND (%(body)s::bigint[] IS NULL OR d.receiver_org_id = ANY(%(body)s::bigint[]))
   AND c.area LIKE %(place)s AND (%(after_at)s::timestamptz IS NULL OR (t.at, t.id) > (%(after_at)s::timestamptz, %(after_id)s::bigint))
 ORDER BY t.at, t.id LIMIT %(limit)s
"""


@dataclass
class PostRow:
    """What one person did at one post: how often each act, how often late, how often it proved wrong."""

    code: str
    name: str
    post: str
    done: dict[str, int] = field(default_factory=dict)
    late: dict[str, int] = field(default_factory=dict)
    wrong: dict[str, int] = field(default_factory=dict)
    used_s: int = 0
    valid_reports: int = 0

    @property
    def timed(self) -> int:
        """Acts that had a limit."""
        return sum(n for act, n in self.done.items() if act in TIMED)

    @property
    def timed_late(self) -> int:
        return sum(n for act, n in self.late.items() if act in TIMED)

    @property
    def in_time_share(self) -> float | None:
        return (self.timed - self.timed_late) / self.timed if self.timed else None

    @property
    def average_s(self) -> float | None:
        return self.used_s / self.timed if self.timed else None


def posts(over: Period, kinds: list[str] | None = None) -> list[PostRow]:
    """People who did something at these posts (all if None), by post in the order of the loop, the least punctual first."""
    wanted = kinds if kinds is not None else list(POST_ACTS)
    span: dict[str, Any] = {
        "start": over.start,
        "end": over.end,
        "as_of": over.as_of,
        "posts": wanted,
        "acts": ACTS,
    }
    found: dict[tuple[int, str], PostRow] = {}
    for by, post, act, n, late, used in sql.tuples(DONE, span):
        if act not in POST_ACTS[post]:
            continue
        row = found.setdefault((by, post), PostRow("", "", post))
        row.done[act], row.late[act] = n, late
        row.used_s += used if act in TIMED else 0
    for by, post, act, n in sql.tuples(WRONG, span):
        if (by, post) in found:
            found[by, post].wrong[act] = n
    _add_valid(found, span)
    names = {id_: (code, name) for id_, code, name in sql.tuples(PEOPLE, [[by for by, _post in found]])}
    for (by, _post), row in found.items():
        row.code, row.name = names[by]
    order = list(POST_ACTS)
    return sorted(found.values(), key=lambda row: (order.index(row.post), _share(row), row.code))


def _share(row: PostRow) -> float:
    return share if (share := row.in_time_share) is not None else 2.0


def _add_valid(found: dict[tuple[int, str], PostRow], span: dict[str, Any]) -> None:
    reporting = {key: row for key, row in found.items() if "report" in row.done}
    if not reporting:
        return
    valid = dict(sql.tuples(VALID, span))
    for (by, _post), row in reporting.items():
        row.valid_reports = valid.get(by, 0)


def acts_behind(
    over: Period,
    person: str,
    post: str,
    act: str,
    *,
    late: bool | None = None,
    valid: bool = False,
    after: tuple[datetime, int] | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """Exactly the acts that a figure of 岗位 counts, oldest first."""
    return sql.rows(
        ACTS_BEHIND,
        {
            "person": person,
            "post": post,
            "act": act,
            "late": late,
            "valid": valid,
            **_span(over, after, limit),
        },
    )


def wrong_behind(
    over: Period,
    person: str,
    post: str,
    act: str,
    *,
    after: tuple[datetime, int] | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """The returns and the referrals back that `PostRow.wrong` counts for this person, post and act."""
    asked = {"person": person, "post": post, "act": act, **_span(over, after, limit)}
    return sql.rows(WRONG_BEHIND, asked)


def returns_behind(
    over: Period,
    *,
    bodies: list[int] | None = None,
    area: str = "",
    after: tuple[datetime, int] | None = None,
    limit: int = 200,
) -> list[dict[str, Any]]:
    """Each act of returning of the period: a case returned twice stands here twice."""
    return sql.rows(RETURNS_BEHIND, {"body": bodies, "place": f"{area}%", **_span(over, after, limit)})


def _span(over: Period, after: tuple[datetime, int] | None, limit: int) -> dict[str, Any]:
    return {
        "start": over.start,
        "end": over.end,
        "as_of": over.as_of,
        "limit": limit,
        "after_at": after[0] if after else None,
        "after_id": after[1] if after else None,
    }
