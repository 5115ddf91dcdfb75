"""Lists of cases over random data: the roads of 待办 against one plain condition, pages that end before they are full, figures."""

import random
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoDbBlocker
from tests.town import NOW, who

from baoji.kernel.base import sql
from baoji.kernel.flow.models import Case, Party
from baoji.kernel.flow.run import FAR
from baoji.kernel.identity.callers import Caller
from baoji.kernel.identity.models import Person
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import access, public
from baoji.systems.urban.actions.searching import index
from baoji.systems.urban.models import Report
from baoji.systems.urban.public import Filters
from baoji.systems.urban.queries import list_query, list_words, todo
from baoji.systems.urban.rules.table import FLOW

pytestmark = pytest.mark.django_db
READERS = (
    "acceptor.1", "chief.1", "dispatcher.1", "commander.1", "head.1", "hotline.1", "collector.01", "handler.D29", "handler.D38",
)  # fmt: skip
# What waits for a reader, as one condition: what the roads of `queries.todo` must come to.
HERE = "c.status IN ('open', 'suspended')"
WAITS = f"""(
    ({HERE} AND (c.holder_person_id = %(me)s OR c.holder_post = ANY(%(posts)s) OR c.holder_org_id = ANY(%(held)s)))
    OR (c.status IN ('open', 'suspended', 'closed') AND c.asks && %(posts)s::varchar[])
    OR (c.status = 'open' AND c.stage = 'handle'
        AND EXISTS (SELECT 1 FROM unnest(%(orgs)s::bigint[]) o WHERE o = ANY(c.co_bodies) AND o <> ALL(c.co_answered))))"""
SEES = "EXISTS (SELECT 1 FROM flow_party p WHERE p.case_id = c.id AND (p.org_id = ANY(%(orgs)s) OR p.person_id = %(me)s))"
FILTERS: tuple[tuple[dict[str, Any], str], ...] = (
    ({}, "true"),
    ({"severity": "critical"}, "c.severity = 'critical'"),
    ({"severity": "urgent"}, "c.severity = 'urgent'"),
    ({"severity": "normal"}, "c.severity = 'normal'"),
    ({"source": "citizen"}, "c.source = 'citizen'"),
    ({"area": "610303"}, "c.area LIKE '610303%%'"),
    ({"area": "610300"}, "c.area LIKE '6103%%'"),
    ({"area": "610302001000"}, "c.area LIKE '610302001%%'"),
    ({"kind": "event"}, "c.topic LIKE 'e%%'"),
    ({"class_code": "0102"}, "c.topic IN ('c0102', 'e0102')"),
    ({"kind": "component", "class_code": "0102"}, "c.topic = 'c0102'"),
    ({"class_code": "0102", "status": "closed"}, "c.topic IN ('c0102', 'e0102') AND c.status = 'closed'"),
    ({"responsible": "D29", "class_code": "0102"}, "c.body_id = %(body)s AND c.topic IN ('c0102', 'e0102')"),
    ({"supervised": True}, "c.supervised"),
    ({"supervised": False}, "NOT c.supervised"),
    ({"responsible": "D29"}, "c.body_id = %(body)s"),
    ({"status": "open"}, "c.status = 'open'"),
    ({"status": "closed"}, "c.status = 'closed'"),
    ({"status": "void"}, "c.status = 'void'"),
    ({"stage": "handle"}, "c.stage = 'handle'"),
    ({"stage": "evaluate"}, "c.stage = 'evaluate'"),
    ({"light": "red"}, "c.status = 'open' AND c.due_at < %(now)s"),
    ({"light": "green"}, "c.status = 'open' AND c.due_at >= %(now)s AND (c.near_at IS NULL OR c.near_at > %(now)s)"),
    ({"created_from": NOW - timedelta(days=40)}, "c.created_at >= %(now)s - interval '40 days'"),
    ({"words": "井盖 渭滨"}, "c.title LIKE '%%井盖%%' AND c.address LIKE '%%渭滨%%'"),
    ({"words": "盖"}, "c.title LIKE '%%盖%%'"),
    ({"severity": "critical", "supervised": True, "source": "collector"}, "c.severity = 'critical' AND c.supervised AND c.source = 'collector'"),
    ({"status": "merged", "area": "610302"}, "c.status = 'merged' AND c.area LIKE '610302%%'"),
    ({"responsible": "D29", "severity": "urgent"}, "c.body_id = %(body)s AND c.severity = 'urgent'"),
)  # fmt: skip


@pytest.fixture(scope="module")
def laid(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Five hundred cases, laid once for this file and taken back at its end; what a test does to them is undone after it."""
    with django_db_blocker.unblock(), transaction.atomic():
        _lay(random.Random(20261127), 500)
        yield
        transaction.set_rollback(True)


@pytest.fixture
def city(laid: None, db: None) -> None:
    """The cases, in this test's own transaction."""


def _lay(chance: random.Random, n: int) -> None:
    """Cases as the flow leaves them: who holds one follows from its step."""
    tree = organisations()
    orgs = [tree.by_code[code].id for code in ("D29", "D38", "D07")]
    people = list(
        Person.objects.filter(code__in=["collector.01", "collector.02", "acceptor.1"]).values_list(
            "id", flat=True
        )
    )
    made = [_case(chance, i, orgs, people) for i in range(n)]
    cases = Case.objects.bulk_create(made)
    Report.objects.bulk_create(
        Report(case=case, kind="component" if case.topic[0] == "c" else "event", class_code=case.topic[1:])
        for case in cases
    )
    Party.objects.bulk_create(party for case in cases for party in _parties(case))
    index([case.pk for case in cases])


def _parties(case: Case) -> Iterator[Party]:
    told = {name: getattr(case, name) for name in ("created_at", "status", "topic", "area", "source")}
    for org in {case.body_id, *case.co_bodies} - {None}:
        yield Party(case=case, org_id=org, **told)
    for person in {case.reporter_id, case.holder_person_id} - {None}:
        yield Party(case=case, person_id=person, **told)


def _case(chance: random.Random, i: int, orgs: list[int], people: list[int]) -> Case:
    step = chance.choice(FLOW.steps)
    body = chance.choice(orgs) if step.stage not in {"collect", "file"} else None
    severity = chance.choice(["normal"] * 6 + ["urgent", "critical"])
    due = (
        NOW + timedelta(hours=chance.randint(-40, 40))
        if step.status == "open" and chance.random() < 0.8
        else None
    )
    came = NOW - timedelta(hours=chance.randint(1, 2000))
    pending: dict[str, Any] = {}
    if chance.random() < 0.1 and (step.is_open or step.key == "evaluate/closed"):
        pending["supervise"] = {"at": came.isoformat()}
    if chance.random() < 0.3 and step.key == "evaluate/closed":
        pending["appeal"] = {"turn": "dispatcher"}
    notes = {"asked": {"n": 1}} if chance.random() < 0.1 else {}
    helpers = chance.sample(orgs, chance.randint(0, 2)) if step.stage == "handle" else []
    return Case(
        flow="urban", number=f"T2603{i:08d}", title=chance.choice(["井盖松动", "垃圾散落", "路灯不亮"]), salt="s",
        topic=chance.choice(["c0102", "c0105", "e0102", "e0110"]), area=chance.choice(["610302001001001", "610303002002002"]),
        address=chance.choice(["渭滨区经二路", "金台区中山路"]), source=chance.choice(["collector", "citizen", "hotline"]),
        severity=severity, rank=int(severity != "critical"), stage=step.stage, step=step.name, status=step.status,
        holder_post=step.holder if step.holder not in {"body", "asked"} else "", body_id=body,
        holder_org_id=body if step.holder == "body" else None,
        holder_person_id=chance.choice(people) if step.holder == "asked" else None,
        asks=_asks(step.status, step.name, pending, notes, chance), co_bodies=helpers,
        co_answered=[org for org in helpers if chance.random() < 0.4], reporter_id=chance.choice([None, *people]),
        created_at=came, recorded_at=came, step_since=came, last_at=came, due_at=due,
        near_at=due - timedelta(hours=10) if due and chance.random() < 0.8 else None, sort_at=due or FAR,
        supervised=bool(pending.get("supervise")) or chance.random() < 0.05, pending=pending, notes=notes,
    )  # fmt: skip


def _asks(
    status: str, step: str, pending: dict[str, Any], notes: dict[str, Any], chance: random.Random
) -> list[str]:
    """As `actions.perform.Urban.asks`."""
    posts = {"dispatcher"} if "appeal" in pending else set()
    if "asked" in notes:
        posts.add("acceptor")
    if "supervise" in pending and status == "closed":
        posts.add("chief")
    if step == "handling" and chance.random() < 0.3:
        posts.add(chance.choice(["dispatcher", "commander"]))
    return sorted(posts)


def _plain(reader: Caller, where: str, condition: str, order: str) -> list[str]:
    found = sql.tuples(
        f"SELECT c.number FROM flow_case c WHERE {where} AND {condition} ORDER BY {order}",
        {
            "me": reader.id,
            "posts": sorted({hold.kind for hold in reader.holds} & set(access.LETTER)),
            "orgs": access.organisations_of(reader),
            "held": access.held_for(reader),
            "body": organisations().by_code["D29"].id,
            "now": NOW,
        },
    )
    return [number for (number,) in found]


def _walked(reader: Caller, filters: Filters, limit: int = 7) -> tuple[list[str], int]:
    """All numbers, page by page, and how many pages ended before they were full."""
    found: list[str] = []
    after, partial = "", 0
    for _page in range(400):
        page = public.cases(reader, filters, after=after, limit=limit, now=NOW)
        assert len(page.rows) <= limit
        assert len(page.rows) == limit or page.is_partial or page.next is None
        found += [row["number"] for row in page.rows]
        partial += page.is_partial
        if page.next is None:
            return found, partial
        after = page.next
    raise AssertionError("the list has no end")


@pytest.fixture
def short_looks(monkeypatch: pytest.MonkeyPatch) -> None:
    """A page looks at hardly more cases than it shows."""
    for name, n in {"LOOKED_AT": 9, "READ_IN_TEXT": 8, "READ_IN_INDEX": 10}.items():
        monkeypatch.setattr(list_query, name, n)


@pytest.mark.thorough
@pytest.mark.parametrize("code", READERS)
def test_the_roads_of_todo_come_to_what_the_plain_condition_says(city: None, code: str) -> None:
    reader, full = who(code), 0
    for given, condition in FILTERS:
        wanted = _plain(reader, WAITS, condition, "c.rank, c.sort_at, c.id")
        assert _walked(reader, Filters(desk="todo", **given))[0] == wanted, given
        full += bool(wanted)
    assert full or code in {"head.1", "hotline.1"}


@pytest.mark.thorough
@pytest.mark.parametrize("code", READERS)
def test_a_list_is_whole_and_in_order_however_short_its_looks(
    city: None, short_looks: None, code: str
) -> None:
    reader, partial = who(code), 0
    scope = "true" if access.sees_all(reader) else SEES
    for given, condition in FILTERS:
        wanted = _plain(reader, scope, condition, "c.created_at DESC, c.id DESC")
        found, cut = _walked(reader, Filters(**given))
        assert found == wanted, given
        partial += cut
        waiting = _plain(reader, WAITS, condition, "c.rank, c.sort_at, c.id")
        assert _walked(reader, Filters(desk="todo", **given))[0] == waiting, given
    assert partial, "no page was cut: the test looked at too few cases"


def test_pages_lead_back_over_those_that_were_cut(city: None, short_looks: None) -> None:
    reader, filters = who("handler.D29"), Filters(severity="critical")
    wanted = _plain(reader, SEES, "c.severity = 'critical'", "c.created_at DESC, c.id DESC")
    last = public.cases(reader, Filters(created_to=NOW - timedelta(days=70)), limit=1, now=NOW)
    end = public.cases(reader, Filters(), after=str(last.next), limit=1, now=NOW)
    found: list[str] = []
    before = str(end.previous)
    for _page in range(200):
        page = public.cases(reader, filters, before=before, limit=7, now=NOW)
        found = [row["number"] for row in page.rows] + found
        if page.previous is None:
            break
        before = page.previous
    place = sql.value("SELECT created_at FROM flow_case WHERE number = %s", [end.rows[0]["number"]])
    earlier = _plain(
        reader,
        SEES,
        f"c.severity = 'critical' AND c.created_at > '{place.isoformat()}'",
        "c.created_at DESC, c.id DESC",
    )
    assert found == earlier == wanted[: len(earlier)]


@pytest.mark.parametrize("code", READERS)
def test_the_figures_are_those_of_the_plain_condition(city: None, code: str) -> None:
    reader = who(code)
    figures, supervised = public.waiting(reader)
    waits = _plain(reader, WAITS, "true", "c.id")
    assert sum(figures.values()) == len(waits)
    assert supervised == len(_plain(reader, WAITS, "c.pending ? 'supervise'", "c.id"))
    for step in FLOW.steps:
        if step.is_open and step.holder in reader.kinds():
            assert figures.get(step.key, 0) == len(
                _plain(reader, WAITS, f"c.step = '{step.name}'", "c.id")
            ), step.key
    if code == "acceptor.1":
        own = "(c.holder_post = 'acceptor' OR c.holder_person_id = %(me)s)"
        heard = f"c.notes ? 'asked' AND NOT c.pending ? 'appeal' AND NOT coalesce({own}, false)"
        assert figures["heard"] == len(_plain(reader, WAITS, heard, "c.id")) > 0
    if code == "chief.1":
        assert figures["ended"] > 0


def test_figures_are_exact_up_to_their_end_and_then_say_more(
    city: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = who("acceptor.1")
    exact = public.waiting(reader)[0]["collect/reported"]
    monkeypatch.setattr(todo, "COUNT_TO", exact)
    assert public.waiting(reader)[0]["collect/reported"] == exact
    monkeypatch.setattr(todo, "COUNT_TO", exact - 1)
    assert public.waiting(reader)[0]["collect/reported"] == exact, "one more than it counts to"
    monkeypatch.setattr(todo, "COUNT_TO", exact - 5)
    assert public.waiting(reader)[0]["collect/reported"] == exact - 4


def test_the_tabs_of_questions_and_demands_list_what_the_figures_count(city: None) -> None:
    acceptor, chief = who("acceptor.1"), who("chief.1")
    heard = _walked(acceptor, Filters(desk="todo", heard=True))[0]
    assert heard == _plain(acceptor, WAITS, "c.notes ? 'asked'", "c.rank, c.sort_at, c.id")
    for reader in (acceptor, chief, who("handler.D29")):
        demanded = _walked(reader, Filters(desk="todo", demanded=True))[0]
        assert demanded == _plain(reader, WAITS, "c.pending ? 'supervise'", "c.rank, c.sort_at, c.id")
        assert len(demanded) == public.waiting(reader)[1]


def test_at_a_step_only_what_waits_at_it_is_listed(city: None) -> None:
    reader = who("dispatcher.1")
    appeals = _walked(reader, Filters(desk="todo", stage="evaluate", step="closed"))[0]
    assert (
        appeals
        == _plain(reader, WAITS, "c.step = 'closed' AND c.pending ? 'appeal'", "c.rank, c.sort_at, c.id")
        != []
    )
    for key in ("dispatch/filed", "feedback/answered", "handle/handling"):
        stage, step = key.split("/")
        found = _walked(reader, Filters(desk="todo", stage=stage, step=step))[0]
        assert found == _plain(reader, WAITS, f"c.step = '{step}'", "c.rank, c.sort_at, c.id"), key


@pytest.mark.parametrize(
    ("given", "most"),
    [
        ({"desk": "todo"}, 1),
        ({"desk": "todo", "source": "citizen"}, 1),
        ({"desk": "todo", "light": "red"}, 2),
        ({}, 1),
        ({"severity": "critical", "source": "citizen"}, 2),
        ({"area": "610303", "supervised": True}, 3),
        ({"words": "井盖", "severity": "urgent"}, 3),
        ({"desk": "done"}, 2),
        ({"desk": "watched"}, 1),
    ],
)
@pytest.mark.parametrize("code", ["acceptor.1", "handler.D29"])
def test_a_page_costs_few_statements_whatever_is_in_it(
    city: None, code: str, given: dict[str, Any], most: int
) -> None:
    reader = who(code)
    with CaptureQueriesContext(connection) as queries:
        public.cases(reader, Filters(**given), limit=20, now=NOW)
    assert len(queries) <= most
    with CaptureQueriesContext(connection) as queries:
        public.waiting(reader)
    assert len(queries) == 2


def test_few_words_are_found_by_their_pairs_and_many_along_the_list(
    city: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    reader = who("chief.1")
    few = _walked(reader, Filters(words="路灯", severity="urgent"))[0]
    monkeypatch.setattr(list_words, "FEW", 3)
    assert _walked(reader, Filters(words="路灯", severity="urgent"))[0] == few != []


def test_the_indexes_that_lists_begin_on_are_there() -> None:
    """A list whose index is gone is right and takes seconds: nobody would see it here."""
    there = {name for (name,) in sql.tuples("SELECT indexname FROM pg_indexes WHERE tablename = 'flow_case'")}
    assert there >= {
        "flow_case_waits_post", "flow_case_waits_org", "flow_case_at_person", "flow_case_asked", "flow_case_helpers",
        "flow_case_demanded", "flow_case_open_step", "flow_case_pressing", "flow_case_supervised", "flow_case_newest",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("code", "given", "index_name"),
    [
        ("acceptor.1", {"desk": "todo"}, "flow_case_waits_post"),
        ("acceptor.1", {"desk": "todo", "source": "citizen"}, "flow_case_waits_post"),
        ("dispatcher.1", {"desk": "todo", "stage": "evaluate", "step": "closed"}, "flow_case_asked"),
        ("handler.D29", {"desk": "todo"}, "flow_case_waits_org"),
        ("chief.1", {"desk": "todo", "demanded": True}, "flow_case_demanded"),
        ("chief.1", {"severity": "critical", "source": "citizen"}, "flow_case_pressing"),
        ("chief.1", {"supervised": True}, "flow_case_supervised"),
        ("chief.1", {"light": "yellow"}, "flow_case_open_step"),
        ("handler.D29", {"class_code": "0102", "status": "closed"}, "flow_party_org_topic"),
        ("chief.1", {"responsible": "D29", "class_code": "0102"}, "flow_party_org_topic"),
    ],
)
def test_the_plan_for_any_reader_begins_on_the_index(
    city: None, code: str, given: dict[str, Any], index_name: str
) -> None:
    """The words of the partial indexes are those of the clauses, also where the values are not known yet."""
    statements: list[tuple[str, dict[str, Any]]] = []
    reader, run = who(code), sql._run

    def keep(statement: str, params: Any, factory: Any) -> Any:
        statements.append((statement, params))
        return run(statement, params, factory)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sql, "_run", keep)
        public.cases(reader, Filters(**given), limit=20, now=NOW)
    # What is left gives the order of the list.
    for name in ("enable_seqscan", "enable_sort", "enable_bitmapscan"):
        sql.execute(f"SET LOCAL {name} = off")
    sql.execute("SET LOCAL plan_cache_mode = force_generic_plan")
    # Before it may stand a look at the versions of what is kept in memory, if the last was a second ago.
    statement, params = next(one for one in statements if "flow_case" in one[0])
    plan = "\n".join(line for (line,) in sql.tuples(f"EXPLAIN {statement}", params))
    assert index_name in plan
    assert "Seq Scan on flow_case" not in plan
