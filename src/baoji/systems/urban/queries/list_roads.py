"""On which indexes a list begins: what leaves the fewest cases and has an index in the list's order."""

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller
from baoji.kernel.organisations.names import within
from baoji.systems.urban import access
from baoji.systems.urban.queries.list_filters import Filters, body_id
from baoji.systems.urban.queries.list_query import NEWEST, ListQuery, Road
from baoji.systems.urban.queries.todo import HERE, at_once, todo
from baoji.systems.urban.rules.table import FLOW

# Statuses and severities that few cases have; written out, so that the planner sees that their partial index fits.
RARE = frozenset({"suspended", "rejected", "declined", "void", "merged"})
PRESSING = frozenset({"urgent", "critical"})
FEW = 3_000  # so many cases are read and sorted at once
HELD_BY_PARTY = frozenset({"status", "topic", "area", "source"})
BY_PARTY = ("p.created_at", "p.case_id")
OF_TOPICS = "unnest(%(topics)s::text[]) g(topic)"
LAST_OF_MINE = (
    "NOT EXISTS (SELECT 1 FROM flow_record l WHERE l.case_id = t.case_id AND l.by_id = %(me)s AND l.n > t.n)"
)
STILL_MINE = (
    "(c.reporter_id = %(me)s OR c.holder_person_id = ANY(%(people)s::bigint[]) OR EXISTS (SELECT 1 FROM flow_party p WHERE p.case_id = c.id"
    " AND (p.person_id = %(me)s OR p.org_id = ANY(%(orgs)s::bigint[]))))"
)
Served = frozenset[str]
NONE: Served = frozenset()


def begun(reader: Caller, filters: Filters, ids: list[int] | None) -> tuple[ListQuery, Served]:
    """The list before it is narrowed, and the filters that its roads serve already. `ids`: the few cases that words mean."""
    query, served = _on_desk(reader, filters, ids) if filters.desk else _visible(reader, filters, ids)
    if ids is not None:
        case = query.order[-1]
        query.begin(f"{case} = ANY(%(ids)s::bigint[])", ids=ids)
    return query, served


def _on_desk(reader: Caller, filters: Filters, ids: list[int] | None) -> tuple[ListQuery, Served]:
    me = {"me": reader.id}
    if filters.desk == "todo":
        query = todo(reader, filters.stage, filters.step, heard=filters.heard)
        if ids is not None or filters.demanded:
            query = at_once(query)
        if filters.demanded:
            query.begin("c.pending ? 'supervise'")
        if filters.severity:
            query.begin("c.rank = %(rank)s", rank=int(filters.severity != "critical"))
        return query, frozenset(
            {"stage", "step"} if filters.status or filters.light else {"stage", "step", "status"}
        )
    if filters.desk == "done":
        road = Road("t.by_id = %(me)s", start="flow_record t", alias="t")
        query = ListQuery((road,), order=("t.at", "t.case_id"), params=me, columns=", k.o0 AS at")
        query.where(LAST_OF_MINE)
        return _still_seen(query, reader), NONE
    if filters.desk == "started":
        return ListQuery((Road("c.reporter_id = %(me)s"),), params=me), NONE
    road = Road("w.person_id = %(me)s", start="flow_watch w JOIN flow_case c ON c.id = w.case_id")
    return _still_seen(ListQuery((road,), params=me), reader), NONE


def _still_seen(query: ListQuery, reader: Caller) -> ListQuery:
    """What somebody did and what they follow outlive the post for which they had it; what they may read does not."""
    if access.sees_all(reader):
        return query
    lent = [hold.lender for hold in reader.holds if hold.lender is not None]
    given = {"orgs": access.organisations_of(reader), "people": [reader.id, *lent]}
    if query.roads[0].alias == "c":
        query.begin(STILL_MINE, **given)
    else:
        query.where(STILL_MINE, **given)
    return query


def _visible(reader: Caller, filters: Filters, ids: list[int] | None) -> tuple[ListQuery, Served]:
    """Everything the reader may see, newest first; the departments' lists start from their parties."""
    if access.sees_all(reader):
        return (_newest(), NONE) if ids is not None else _of_city(filters)
    orgs = access.organisations_of(reader)
    if not orgs:
        return _of_parties("p.person_id = %(me)s", me=reader.id), NONE
    if len(orgs) == 1:
        return _of_bodies("p.org_id = %(org)s", filters, org=orgs[0])
    return _of_bodies("p.org_id = h.org", filters, "unnest(%(orgs)s::bigint[]) h(org)", orgs=orgs)


def _of_parties(near: str, keys: str = "", **params: object) -> ListQuery:
    return ListQuery((Road(near, keys, "flow_party p", "p", HELD_BY_PARTY),), order=BY_PARTY, params=params)


def _of_bodies(near: str, filters: Filters, keys: str = "", **params: object) -> tuple[ListQuery, Served]:
    """The cases of bodies: those of a class, which leaves the fewest, or of a status, or all."""
    if filters.class_code:
        keys = f"{keys} CROSS JOIN {OF_TOPICS}" if keys else OF_TOPICS
        query = _of_parties(f"{near} AND p.topic = g.topic", keys, topics=filters.topics, **params)
        return query, frozenset({"class"})
    if len(filters.statuses) == 1:
        query = _of_parties(f"{near} AND p.status = %(status)s", keys, status=filters.statuses[0], **params)
        return query, frozenset({"status"})
    return _of_parties(near, keys, **params), NONE


def _newest() -> ListQuery:
    return ListQuery((Road("c.flow = 'urban'"),))


def _of_city(filters: Filters) -> tuple[ListQuery, Served]:
    """All cases of the city, from the end that leaves the fewest."""
    if filters.area and (query := _of_small_area(filters)):
        return query, frozenset({"area"})
    (status,) = filters.statuses if len(filters.statuses) == 1 else ("",)
    if status in RARE:
        return ListQuery((_of_rare(status),)), frozenset({"status"})
    if filters.supervised:
        return ListQuery((Road("c.supervised"),)), frozenset({"supervised"})
    if filters.severity in PRESSING:
        road = Road(f"c.severity = '{filters.severity}' AND c.severity IN ('urgent', 'critical')")
        return ListQuery((road,)), frozenset({"severity"})
    if filters.responsible:  # who is responsible is among those whom a case concerns
        return _of_bodies("p.org_id = %(org)s", filters, org=body_id(filters))
    if filters.class_code:
        road = Road("c.topic = g.topic", OF_TOPICS)
        return ListQuery((road,), params={"topics": filters.topics}), frozenset({"class"})
    return _of_steps(filters) or (_newest(), NONE)


def _of_small_area(filters: Filters) -> ListQuery | None:
    """An area with few cases is read whole: its index is not in the order of the list."""
    first = within(filters.area)
    span = {"low": first, "high": first + "~"}
    inside = "area ~>=~ %(low)s::text AND area ~<~ %(high)s::text"
    few = sql.value(f"SELECT count(*) FROM (SELECT 1 FROM flow_case WHERE {inside} LIMIT {FEW + 1}) x", span)
    if few > FEW:
        return None
    start = f"(SELECT * FROM flow_case WHERE {inside} OFFSET 0) c"
    return ListQuery((Road("true", start=start),), params=span)


def _of_steps(filters: Filters) -> tuple[ListQuery, Served] | None:
    """By step and by rare status, if no closed case can be meant."""
    if not filters.statuses or "closed" in filters.statuses:
        return None
    steps = [
        step.name
        for step in FLOW.steps
        if step.is_open and step.status in filters.statuses and filters.has_step(step.stage, step.name)
    ]
    roads = [Road(f"c.step = h.step AND {HERE}", "unnest(%(steps)s::text[]) h(step)")]
    roads += [_of_rare(status) for status in filters.statuses if status in RARE - {"suspended"}]
    served = frozenset({"stage", "step", "status"}) if len(roads) == 1 else frozenset({"status"})
    return ListQuery(tuple(roads), order=NEWEST, params={"steps": steps}), served


def _of_rare(status: str) -> Road:
    return Road(f"c.status = '{status}' AND c.status NOT IN ('open', 'closed')")
