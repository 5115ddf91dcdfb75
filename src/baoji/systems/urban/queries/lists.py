"""Lists of cases. Each starts from what the reader may see, pages by key and never counts exactly beyond 999."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from django.utils.translation import gettext as _

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid
from baoji.kernel.flow import store
from baoji.kernel.flow.models import Case
from baoji.kernel.identity.callers import Caller
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import access
from baoji.systems.urban.queries.cases import column_for
from baoji.systems.urban.rules.table import FLOW

COUNT_TO = 999
LINE = (
    "c.id, c.number, c.case_number, c.title, c.topic, c.area, c.address, c.source, c.severity, c.stage, c.step, c.status, c.body_id,"
    " c.due_at, c.near_at, c.rank, c.sort_at, c.created_at, c.step_since, c.returns, c.rework, c.supervised, c.limit_value, c.limit_unit,"
    " c.clock_due_at, c.taken_by_id, c.version, c.holder_post, c.holder_org_id, c.asks, "
    + "c.clock, c.clock_limit_s, "
    + store.LON_LAT
    + ", c.notes ? 'asked' AS asked, r.kind, r.class_code, r.condition_id, r.component, r.off_grid"
)
DESKS = ("todo", "done", "started", "watched")


@dataclass
class Filters:
    """What to list; empty means no restriction. `desk` is one of DESKS or '' for everything the reader may see."""

    desk: str = ""
    status: str = ""
    stage: str = ""
    step: str = ""
    kind: str = ""
    class_code: str = ""
    source: str = ""
    severity: str = ""
    area: str = ""
    responsible: str = ""
    light: str = ""
    supervised: bool | None = None
    created_from: datetime | None = None
    created_to: datetime | None = None
    words: str = ""
    asks: str = ""
    heard: bool = False  # only those whose reporter waits for an answer
    demanded: bool = False  # only those under 督办 whose reply is still to come


@dataclass
class Page:
    rows: list[dict[str, Any]]
    next: str | None
    previous: str | None = None


@dataclass
class _Query:
    """A statement growing clause by clause; parameters are named, nothing is pasted in."""

    source: str = "flow_case c"
    clauses: list[str] = field(default_factory=list)
    params: dict[str, Any] = field(default_factory=dict)
    order: tuple[str, ...] = ("c.created_at", "c.id")
    descending: bool = True
    columns: str = ""  # besides those of LINE
    nearer: frozenset[str] = frozenset()  # columns of the case that `p`, where the list starts, repeats

    def where(self, clause: str, **params: Any) -> None:
        self.clauses.append(clause)
        self.params |= params

    def column(self, name: str) -> str:
        """Where a column of the case is read: in the index that the list starts from, if it stands there."""
        return f"p.{name}" if name in self.nearer else f"c.{name}"


def cases(
    reader: Caller, filters: Filters, *, after: str = "", before: str = "", limit: int = 50, now: datetime
) -> Page:
    """One page; `after` is the `next` of the page before it, `before` the `previous` of the page behind it."""
    query = _scoped(reader, filters)
    _narrow(query, reader, filters, now)
    if after or before:
        _continue(query, after or before, back=not after)
    if before and not after:
        query.descending = not query.descending
        rows = _rows(query, limit + 1)
        return Page(
            rows[:limit][::-1],
            _cursor(query, rows[0]) if rows else None,
            _cursor(query, rows[limit - 1]) if len(rows) > limit else None,
        )
    rows = _rows(query, limit + 1)
    following = _cursor(query, rows[limit - 1]) if len(rows) > limit else None
    return Page(rows[:limit], following, _cursor(query, rows[0]) if after and rows else None)


def _rows(query: _Query, limit: int) -> list[dict[str, Any]]:
    direction = " DESC" if query.descending else ""
    order = ", ".join(name + direction for name in query.order)
    return sql.rows(
        f"SELECT {LINE}{query.columns} FROM {query.source} JOIN urban_report r ON r.case_id = c.id"
        f" WHERE {' AND '.join(query.clauses) or 'true'} ORDER BY {order} LIMIT {limit}",
        query.params,
    )


def neighbours(reader: Caller, filters: Filters, case: Case, now: datetime) -> tuple[str | None, str | None]:
    """The numbers before and after this case in a list, by where the case stands in its order (it may have left it)."""
    found: list[str | None] = []
    for back in (True, False):
        query = _scoped(reader, filters)
        _narrow(query, reader, filters, now)
        _continue(query, _encoded([_place(reader, case, name) for name in query.order]), back=back)
        query.descending ^= back
        rows = _rows(query, 1)
        found.append(rows[0]["number"] if rows else None)
    return found[0], found[1]


def _place(reader: Caller, case: Case, column: str) -> Any:
    """Where the case stands in a list by this column of its order."""
    if column == "t.at":
        return (
            sql.value(
                "SELECT max(at) FROM flow_record WHERE case_id = %s AND by_id = %s", [case.pk, reader.id]
            )
            or case.created_at
        )
    return case.pk if column.endswith("id") else getattr(case, column.split(".")[1])


def _cursor(query: _Query, row: dict[str, Any]) -> str:
    return _encoded([row[name.split(".")[1].replace("case_id", "id")] for name in query.order])


def _encoded(key: list[Any]) -> str:
    return urlsafe_b64encode(orjson.dumps(key)).decode().rstrip("=")


def _continue(query: _Query, after: str, *, back: bool = False) -> None:
    try:
        key = orjson.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
        if not isinstance(key, list) or len(key) != len(query.order) or not isinstance(key[-1], int):
            raise ValueError
        for name, part in zip(query.order, key, strict=True):
            if name.endswith("at"):
                datetime.fromisoformat(part)
    except (ValueError, TypeError) as fault:
        raise Invalid(_("翻页标记不对，请从第一页看起"), errors={"after": [_("翻页标记不对")]}) from fault
    names, casts = ", ".join(query.order), {"at": "::timestamptz", "id": "::bigint", "nk": "::int"}
    places = ", ".join(f"%(k{i})s{casts.get(name[-2:], '')}" for i, name in enumerate(query.order))
    query.where(
        f"({names}) {'<' if query.descending is not back else '>'} ({places})",
        **{f"k{i}": part for i, part in enumerate(key)},
    )


def _scoped(reader: Caller, filters: Filters) -> _Query:
    if filters.desk == "todo":
        return todo(reader, f"{filters.stage}/{filters.step}" if filters.step else "")
    if filters.desk == "done":
        return _Query(
            source="flow_record t JOIN flow_case c ON c.id = t.case_id",
            columns=", t.at",
            order=("t.at", "t.case_id"),
            params={"me": reader.id},
            clauses=[
                "t.by_id = %(me)s",
                "NOT EXISTS (SELECT 1 FROM flow_record l WHERE l.case_id = t.case_id AND l.by_id = %(me)s AND l.n > t.n)",
            ],
        )
    if filters.desk == "started":
        return _Query(clauses=["c.reporter_id = %(me)s"], params={"me": reader.id})
    if filters.desk == "watched":
        return _Query(
            source="flow_watch w JOIN flow_case c ON c.id = w.case_id",
            clauses=["w.person_id = %(me)s"],
            params={"me": reader.id},
        )
    return visible(reader)


def visible(reader: Caller) -> _Query:
    """Everything the reader may see, newest first; the departments' lists start from their parties."""
    if access.sees_all(reader):
        return _Query(clauses=["c.flow = 'urban'"])
    orgs = access.organisations_of(reader)
    party = _Query(
        source="flow_party p JOIN flow_case c ON c.id = p.case_id",
        order=("p.created_at", "p.case_id"),
        nearer=frozenset({"status", "topic", "area", "source"}),
    )
    if len(orgs) == 1:
        party.where("p.org_id = %(org)s", org=orgs[0])
    elif orgs:
        return _Query(
            source="flow_case c",
            clauses=[
                "EXISTS (SELECT 1 FROM flow_party p WHERE p.case_id = c.id AND p.org_id = ANY(%(orgs)s))"
            ],
            params={"orgs": orgs},
        )
    else:
        party.where("p.person_id = %(me)s", me=reader.id)
    return party


# Steps at which somebody besides the holder may be asked for something (`actions.perform.Urban.asks`).
ASKED = frozenset({"", "handle/handling", "evaluate/closed", "evaluate/settled"})
HERE = "c.status IN ('open', 'suspended') AND "
# The words of the partial indexes on `asks` and `co_bodies`, so that the planner sees that they fit.
CALLED = (
    "CASE WHEN c.co_bodies IS NULL THEN NULL::integer ELSE COALESCE(array_length(c.co_bodies, 1), 0) END > 0"
)
ASKING = "CASE WHEN c.asks IS NULL THEN NULL::integer ELSE COALESCE(array_length(c.asks, 1), 0) END > 0"


def todo(reader: Caller, step: str = "") -> _Query:
    """待办: what waits for this person now, 特急 first, then by the time left.

    Each alternative repeats the condition of its partial index; otherwise every case of the city would be looked at.
    """
    posts = sorted({hold.kind for hold in reader.holds} & set(access.LETTER))
    orgs = access.organisations_of(reader)
    holders = [HERE + "c.holder_person_id = ANY(%(people)s)"]
    params: dict[str, Any] = {
        "people": sorted({reader.id or 0, *(hold.lender for hold in reader.holds if hold.lender)})
    }
    if posts:
        holders.append(HERE + "c.holder_post = ANY(%(posts)s)")
        if step in ASKED:
            holders.append(
                f"c.asks && %(posts)s::varchar[] AND {ASKING} AND c.status IN ('open', 'suspended', 'closed')"
                + (" AND c.pending ? 'appeal'" if step == "evaluate/closed" else "")
            )
        params["posts"] = posts
    if orgs:
        holders.append(HERE + "c.holder_org_id = ANY(%(orgs)s)")
        holders.append(
            f"c.co_bodies && %(orgs)s::bigint[] AND {CALLED} AND c.stage = 'handle' AND NOT c.co_answered @> %(orgs)s::bigint[] AND c.status = 'open'"
        )
        params["orgs"] = orgs
    clauses = ["(" + " OR ".join(f"({holder})" for holder in holders) + ")"]
    return _Query(clauses=clauses, params=params, order=("c.rank", "c.sort_at", "c.id"), descending=False)


_EQUAL = ("stage", "step", "source", "severity")
# Statuses that few cases have; written out, so that the planner sees that their partial index fits.
RARE = frozenset({"suspended", "rejected", "declined", "void", "merged"})
# What a step says of the status, where it says it: lists narrow by status first.
STATUS_AT = {
    name: statuses.pop()
    for name in {step.name for step in FLOW.steps}
    if len(statuses := {step.status for step in FLOW.steps if step.name == name}) == 1
}
_LIGHTS = {
    "red": "c.due_at < %(now)s",
    "yellow": "c.due_at >= %(now)s AND c.near_at <= %(now)s",
    "green": "c.due_at >= %(now)s AND (c.near_at IS NULL OR c.near_at > %(now)s)",
}


def _narrow_status(query: _Query, filters: Filters) -> None:
    column = query.column("status")
    status = filters.status or ("open" if filters.light in _LIGHTS else STATUS_AT.get(filters.step, ""))
    if not status:
        return
    if status in RARE and not query.nearer:
        query.where(f"{column} = '{status}' AND {column} NOT IN ('open', 'closed')")
    else:
        query.where(f"{column} = %(status)s", status=status)


def _narrow(query: _Query, reader: Caller, filters: Filters, now: datetime) -> None:
    _narrow_status(query, filters)
    for name in _EQUAL:
        wanted = getattr(filters, name)
        if wanted:
            query.where(f"{query.column(name)} = %({name})s", **{name: wanted})
    if filters.kind:
        query.where("r.kind = %(kind)s", kind=filters.kind)
    if filters.light in _LIGHTS:
        query.where(f"c.status = 'open' AND {_LIGHTS[filters.light]}", now=now)
    if filters.heard:
        query.where("c.notes ? 'asked'")
    if filters.asks:
        query.where("c.asks @> ARRAY[%(asks)s]::varchar[]", asks=filters.asks)
    _narrow_subject(query, filters)
    _narrow_time(query, filters)
    if filters.words.strip():
        _search(query, reader, filters.words.strip())


def _narrow_subject(query: _Query, filters: Filters) -> None:
    if filters.class_code:
        _narrow_class(query, filters)
    if filters.area:
        query.where(
            f"{query.column('area')} LIKE %(area)s", area=filters.area.replace("%", "").replace("_", "") + "%"
        )
    if filters.responsible:
        org = organisations().by_code.get(filters.responsible)
        query.where("c.body_id = %(body)s", body=org.id if org else 0)
    if filters.supervised is not None:
        query.where("c.supervised = %(supervised)s", supervised=filters.supervised)
    if filters.demanded:
        query.where("c.pending ? 'supervise'")


def _narrow_time(query: _Query, filters: Filters) -> None:
    if filters.created_from:
        query.where(
            f"{query.order[0] if query.order[0].endswith('created_at') else 'c.created_at'} >= %(created_from)s",
            created_from=filters.created_from,
        )
    if filters.created_to:
        query.where(
            f"{query.order[0] if query.order[0].endswith('created_at') else 'c.created_at'} < %(created_to)s",
            created_to=filters.created_to,
        )


def _narrow_class(query: _Query, filters: Filters) -> None:
    if filters.kind:
        query.where(f"{query.column('topic')} = %(topic)s", topic=filters.kind[0] + filters.class_code)
    else:
        query.where(
            f"{query.column('topic')} IN (%(t1)s, %(t2)s)",
            t1="c" + filters.class_code,
            t2="e" + filters.class_code,
        )


def _search(query: _Query, reader: Caller, words: str) -> None:
    """A number, a phone (for those who may see callers), or words of title and address."""
    words = words.replace("\x00", "")
    column, key = column_for(words)
    digits = words.replace("-", "").replace(" ", "")
    if column == "case_number" or (words[:1] in "Tt" and digits[1:].isdigit()):
        query.where(f"c.{column} = %(key)s", key=key)
    elif digits.isdigit() and len(digits) == 16:
        query.where("r.component = %(key)s", key=digits)
    elif digits.isdigit() and len(digits) >= 7 and access.may_see_caller(reader):
        query.where("r.caller_phone = %(key)s", key=digits)
    else:
        for n, term in enumerate(words.split()[:8]):
            _search_term(query, n, term)


def _search_term(query: _Query, n: int, term: str) -> None:
    """One word of title, address or description; pairs of characters find it, the text itself confirms it."""
    pattern = "%" + term.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
    query.where(
        f"(c.title ILIKE %(w{n})s OR c.address ILIKE %(w{n})s OR r.description ILIKE %(w{n})s)",
        **{f"w{n}": pattern},
    )
    pairs = sorted({term[i : i + 2].lower() for i in range(len(term) - 1)})
    if pairs:
        query.where(
            f"EXISTS (SELECT 1 FROM urban_search s WHERE s.case_id = c.id AND s.pairs @> %(p{n})s::varchar[])",
            **{f"p{n}": pairs},
        )


def counts(reader: Caller) -> dict[str, int]:
    """How much waits at each step of the reader's 待办, exact to 999."""
    query = todo(reader)
    rows = sql.tuples(
        f"SELECT stage || '/' || step, count(*) FROM (SELECT c.stage, c.step FROM flow_case c WHERE {' AND '.join(query.clauses)}"
        f" LIMIT {COUNT_TO + 1}) x GROUP BY 1",
        query.params,
    )
    return dict(rows)


def alarms(reader: Caller) -> list[dict[str, Any]]:
    """特急 cases at this person's desk that nobody has taken yet."""
    query = todo(reader)
    query.where("c.rank = 0 AND c.taken_by_id IS NULL AND c.status = 'open'")
    return sql.rows(
        f"SELECT c.number, c.title, c.address, c.step_since, c.due_at FROM flow_case c WHERE {' AND '.join(query.clauses)}"
        " ORDER BY c.rank, c.sort_at, c.id LIMIT 5",
        query.params,
    )
