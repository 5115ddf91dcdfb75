"""待办: what waits for a person now, on every road on which it can come to them, and how much it is."""

from collections.abc import Collection
from typing import Any

from baoji.kernel.base import sql
from baoji.kernel.flow.declare import Step
from baoji.kernel.identity.callers import Caller
from baoji.systems.urban import access
from baoji.systems.urban.queries.discretion import written
from baoji.systems.urban.queries.list_query import ListQuery, Road
from baoji.systems.urban.rules.table import FLOW

COUNT_TO = 999
ORDER = ("c.rank", "c.sort_at", "c.id")
# Posts at whose desk cases stand, or at which something is asked of a case that stands elsewhere.
DESKS = {step.holder for step in FLOW.steps if step.is_open} & set(access.LETTER)
# Steps at which somebody besides the holder may be asked for something (`actions.perform.Urban.asks`).
ASKED = frozenset({"handle/handling", "evaluate/closed", "evaluate/settled"})
# The words of the partial indexes, so that the planner sees that they fit.
HERE = "c.status IN ('open', 'suspended')"
CALLED = (
    "CASE WHEN c.co_bodies IS NULL THEN NULL::integer ELSE COALESCE(array_length(c.co_bodies, 1), 0) END > 0"
)
ASKING = (
    "CASE WHEN c.asks IS NULL THEN NULL::integer ELSE COALESCE(array_length(c.asks, 1), 0) END > 0"
    " AND c.status IN ('open', 'suspended', 'closed')"
)
OF_PERSON = f"c.holder_person_id = h.person AND {HERE}"
OF_POST = f"c.holder_post = h.post AND c.step = h.step AND c.holder_post <> '' AND {HERE}"
OF_BODY = f"c.holder_org_id = h.org AND c.step = h.step AND c.holder_org_id IS NOT NULL AND {HERE}"
OF_ASKED = f"c.step = h.step AND c.asks && %(posts)s::varchar[] AND {ASKING}"
OF_HELPER = (
    f"c.co_bodies @> ARRAY[h.org] AND {CALLED} AND c.stage = 'handle' AND c.status = 'open'"
    " AND NOT c.co_answered @> ARRAY[h.org]"
)
HELD = frozenset({"step", "rank", "sort_at", "id", "severity", "source", "area", "topic"})
# What is answered of cases that lie at other desks or at none: what a reporter wrote, and 督办 of what has ended.
HEARD = "c.notes ? 'asked' AND NOT c.pending ? 'appeal'"
ANSWERED_FOR = "c.status = 'closed' AND c.pending ? 'supervise' AND NOT c.pending ? 'appeal'"
# The case lies at the reader's own desk already, or in their own hands.
OWN = (
    "(c.holder_post = ANY(%(posts)s::text[]) OR c.holder_person_id = ANY(%(people)s::bigint[])"
    " OR c.holder_org_id = ANY(%(orgs)s::bigint[])) IS TRUE"
)


def _steps(stage: str, step: str) -> list[Step]:
    return [one for one in FLOW.steps if stage in {"", one.stage} and step in {"", one.name}]


def _asked_steps(steps: list[Step], posts: Collection[str]) -> list[str]:
    """Where something can be asked of a post; what stands at the desks of `posts` themselves comes on their own road."""
    asked = (step for step in steps if step.is_open or step.key in ASKED)
    return sorted({step.name for step in asked if step.holder not in posts})


def _params(reader: Caller, steps: list[Step], *, heard: bool = False) -> dict[str, Any]:
    posts = sorted({hold.kind for hold in reader.holds} & DESKS)
    pairs = [(step.holder, step.name) for step in steps if step.is_open and step.holder in posts]
    return {
        "people": sorted({reader.id or 0, *(hold.lender for hold in reader.holds if hold.lender)}),
        "posts": posts,
        "orgs": access.held_for(reader),
        "helpers": access.organisations_of(reader),
        "pair_posts": [post for post, _step in pairs],
        "pair_steps": [step for _post, step in pairs],
        "steps": sorted({step.name for step in steps}),
        "body_steps": sorted({step.name for step in steps if step.holder == "body"}),
        "asked_steps": _asked_steps(steps, () if heard else posts),
    }


def _roads(params: dict[str, Any], *, is_narrow: bool, is_asked: bool) -> dict[str, Road]:
    """`is_narrow`: only some steps are wanted; `is_asked`: among them one at which posts besides the holder are asked."""
    at_step = " AND c.step = ANY(%(steps)s::text[])" if is_narrow else ""
    found = {"person": Road(OF_PERSON + at_step, "unnest(%(people)s::bigint[]) h(person)", is_short=True)}
    if params["pair_posts"]:
        keys = "unnest(%(pair_posts)s::text[], %(pair_steps)s::text[]) h(post, step)"
        found["post"] = Road(OF_POST, keys, held=HELD, is_waiting=True)
    if params["posts"] and params["asked_steps"] and is_asked:
        appeals = " AND c.pending ? 'appeal'" if params["steps"] == ["closed"] else ""
        found["asked"] = Road(OF_ASKED + appeals, "unnest(%(asked_steps)s::text[]) h(step)", is_short=True)
    if params["orgs"] and params["body_steps"]:
        keys = (
            "(SELECT o, s FROM unnest(%(orgs)s::bigint[]) o, unnest(%(body_steps)s::text[]) s) h(org, step)"
        )
        found["body"] = Road(OF_BODY, keys, held=HELD, is_waiting=True)
    if params["helpers"] and params["body_steps"]:
        found["helper"] = Road(OF_HELPER + at_step, "unnest(%(helpers)s::bigint[]) h(org)", is_short=True)
    return found


def todo(reader: Caller, stage: str = "", step: str = "", *, heard: bool = False) -> ListQuery:
    """What waits for this person now, at this step or at all, 特急 first, then by the time left.

    With `heard` only what a reporter wrote: whoever holds the case, the post is asked for an answer (`Urban.asks`).
    """
    steps = _steps(stage, step)
    params = _params(reader, steps, heard=heard)
    is_asked = not step or any(one.key in ASKED for one in steps)
    roads = _roads(params, is_narrow=bool(stage or step), is_asked=is_asked)
    wanted = [road for name, road in roads.items() if name == "asked" or not heard]
    return ListQuery(tuple(wanted), order=ORDER, descending=False, params=params)


def at_once(query: ListQuery) -> ListQuery:
    """The same list as one road with the others as alternatives: where a clause leaves few cases of the whole city."""
    ways = (f"EXISTS (SELECT 1 FROM {road.keys} WHERE {road.near})" for road in query.roads)
    alike = Road(f"({' OR '.join(ways)})" if query.roads else "false")
    return ListQuery((alike,), order=query.order, descending=query.descending, params=query.params)


def waiting(reader: Caller) -> tuple[dict[str, int], int]:
    """How much waits at each step of the reader's 待办 and how much of all is under 督办; each exact to 999, 1000 if more.

    `heard` stands for questions of reporters on cases that are not at this desk themselves, `ended` for closed cases
    under 督办.
    """
    params = _params(reader, list(FLOW.steps))
    roads = _roads(params, is_narrow=False, is_asked=True)
    counted = " UNION ALL ".join(_counted(name, road, reader) for name, road in roads.items())
    rows = sql.tuples(
        f"SELECT at, count(*)::int FROM (SELECT DISTINCT * FROM ({counted}) x) x GROUP BY at", params
    )
    keys = {step.name: step.key for step in FLOW.steps if step.is_open or step.key in ASKED}
    return {keys.get(at, at): min(n, COUNT_TO + 1) for at, n in rows}, _supervised(reader)


def _counted(name: str, road: Road, reader: Caller) -> str:
    """Where each case of a road waits; one that is at the reader's own desk is counted there.

    What is asked is found in the index, and only those cases are read.
    """
    if name not in {"asked", "helper"}:
        return (
            f"SELECT b.* FROM {road.keys} CROSS JOIN LATERAL (SELECT c.id, c.step AS at FROM flow_case c"
            f" WHERE {road.near} LIMIT {COUNT_TO + 1}) b"
        )
    at, other = "c.step", " AND NOT (c.asks && %(posts)s::varchar[])"
    if name == "asked":
        heard = f"WHEN {HEARD} THEN 'heard' " if "acceptor" in reader.kinds() else ""
        at, other = f"CASE {heard}WHEN {ANSWERED_FOR} THEN 'ended' ELSE c.step END", ""
    return (
        f"SELECT c.id, {at} AS at FROM {road.keys} CROSS JOIN LATERAL (SELECT c.id FROM flow_case c WHERE {road.near}"
        f" LIMIT {COUNT_TO + 1}) b JOIN flow_case c ON c.id = b.id WHERE NOT {OWN}{other}"
    )


def _supervised(reader: Caller) -> int:
    query = at_once(todo(reader))
    return int(
        sql.value(
            f"SELECT count(*) FROM (SELECT 1 FROM flow_case c WHERE {query.roads[0].near} AND c.pending ? 'supervise'"
            f" LIMIT {COUNT_TO + 1}) x",
            query.params,
        )
    )


def alarms(reader: Caller) -> list[dict[str, Any]]:
    """特急 cases at this person's desk that nobody has taken yet."""
    query = todo(reader)
    query.begin("c.rank = 0")
    query.begin("c.taken_by_id IS NULL AND c.status = 'open'")
    columns = "c.number, c.title, c.address, c.step_since, c.due_at, r.caller_name, r.caller_phone"
    return [
        row | {"address": written(reader, row["address"], row["caller_name"], row["caller_phone"])}
        for row in query.rows(5, columns)
    ]
