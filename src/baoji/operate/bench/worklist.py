"""`worklist`: what a restricted department user sees, page by page, through the API and at the desk."""

import http.client
import re
from base64 import urlsafe_b64decode
from collections.abc import Callable
from time import perf_counter
from urllib.parse import quote, urlencode

import orjson
from django.utils import timezone

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import Caller, caller_by_code
from baoji.operate.bench import floor, machine
from baoji.operate.bench.crowd import Ask, Client, request
from baoji.operate.bench.fill import fill
from baoji.operate.bench.ground import Ground
from baoji.operate.bench.result import Figures, Result, beside, figures, middle, ratio
from baoji.operate.errors import Trouble
from baoji.systems.urban.queries.lists import LINE

CLIENTS = 8
LIMIT = 50
DEEP = 200
LIST = "/api/v1/cases"
BUSIEST = """
SELECT p.code FROM flow_party f JOIN organisations_organisation o ON o.id = f.org_id
  JOIN identity_person p ON p.code = 'handler.' || o.code AND p.is_active
 GROUP BY p.code ORDER BY count(*) DESC, p.code LIMIT 1
"""


def page_ask(token: str, label: str, **query: str | int) -> Ask:
    return Ask(
        label,
        request(
            "GET", f"{LIST}?{urlencode({'limit': LIMIT, **query})}", {"Authorization": f"Bearer {token}"}
        ),
    )


def desk_ask(cookie: str, label: str, path: str) -> Ask:
    return Ask(
        label, request("GET", path, {"Cookie": cookie, "Accept": "text/html", "Accept-Encoding": "identity"})
    )


def again(ask: Ask, until: float, refused: list[str]) -> Client:
    while perf_counter() < until:
        answer = yield ask
        if answer.status != 200:
            refused.append(f"{ask.label}: {answer.status}")


def measure(ground: Ground, ask: Ask, result: Result) -> Figures:
    refused: list[str] = []
    until, before = perf_counter() + ground.size.seconds, machine.used()
    tally = ground.run([again(ask, until, refused) for _n in range(CLIENTS)])
    for words in refused:
        tally.fault(words)
    result.count(tally)
    return {**figures(tally), "cpu_ms": machine.spent(before, tally.count)}


def walk(ground: Ground, token: str) -> tuple[str, int]:
    """The key of page 200 by following `next`, or of the last page there is; and its number."""
    found = {"after": "", "page": "1"}

    def client() -> Client:
        for n in range(1, DEEP):
            answer = yield page_ask(token, "", **({"after": found["after"]} if found["after"] else {}))
            following = orjson.loads(answer.body).get("next") if answer.good else None
            if not following:
                return
            found.update(after=following, page=str(n + 1))

    ground.run([client()])
    return found["after"], int(found["page"])


def signed_in(ground: Ground, code: str) -> str:
    """The cookies of a browser after one press on the demo's sign-in page."""
    line = http.client.HTTPConnection(*ground.place, timeout=30)
    line.request("GET", "/sign-in/")
    answer = line.getresponse()
    page, cookies = answer.read().decode(), _cookies(answer)
    field = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', page)
    form = urlencode({"code": code, "csrfmiddlewaretoken": field.group(1) if field else ""})
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Cookie": _joined(cookies)}
    line.request("POST", "/sign-in/demo/", form, headers)
    answer = line.getresponse()
    answer.read()
    cookies |= _cookies(answer)
    if "sessionid" not in cookies:
        raise Trouble(f"The demo's sign-in did not let {code} in (status {answer.status}).")
    return _joined(cookies)


def _cookies(answer: http.client.HTTPResponse) -> dict[str, str]:
    pairs = [line.split(";", 1)[0].partition("=") for line in answer.headers.get_all("Set-Cookie") or []]
    return {name: value for name, _equals, value in pairs}


def _joined(cookies: dict[str, str]) -> str:
    return "; ".join(f"{name}={value}" for name, value in cookies.items())


def floor_script(caller: Caller, condition: str = "true") -> str:
    """The page as bare SQL: one organisation's cases, newest first, with what a line shows."""
    org = next(hold.org_id for hold in caller.holds if hold.side == "department")
    return (
        f"SELECT {LINE} FROM flow_party p JOIN flow_case c ON c.id = p.case_id JOIN urban_report r ON r.case_id = c.id"
        f" WHERE p.org_id = {org} AND {condition} ORDER BY p.created_at DESC, p.case_id DESC LIMIT {LIMIT + 1};"
    )


def deep_condition(after: str) -> str:
    at, case_id = orjson.loads(urlsafe_b64decode(after + "=" * (-len(after) % 4)))
    return f"(p.created_at, p.case_id) < ('{at}'::timestamptz, {int(case_id)})"


def run(ground: Ground) -> Result:
    result = Result("worklist", machine=machine.facts())
    for at in ground.at or (0,):
        fill(at, ground, result)
        _measure_at(ground, result)
    _grown(result, len(ground.at))
    result.machine["memory"] = machine.memory()
    result.promise("no errors", result.errors, result.errors == 0)
    return result


def _measure_at(ground: Ground, result: Result) -> None:
    code = sql.value(BUSIEST)
    caller = caller_by_code(code) if code else None
    if caller is None:
        raise Trouble("No department has a case yet; load some with ./dev baoji simulate --cases 1000.")
    cases, token = ground.cases(), ground.token(code)
    own = sql.value("SELECT count(*) FROM flow_party WHERE org_id = %s", [caller.holds[0].org_id])
    after, deep = walk(ground, token)
    records = sql.value("SELECT reltuples::bigint FROM pg_class WHERE relname = 'flow_record'")
    result.notes.append(
        f"at {cases:,} cases, about {records:,} records: {code} has {own:,} of them; the deep page is page {deep} of 50"
    )
    asks = _asks(ground, code, token, after, deep)
    least = {"api page 1": "true"} | ({f"api page {deep}": deep_condition(after)} if after else {})
    mark = f"@{cases}"
    ours: dict[str, list[Figures]] = {name: [] for name in asks}
    bare: dict[str, list[Figures]] = {name: [] for name in least}
    # Round by round: a machine whose processors are slow for a while is so for every list.
    for n in range(ground.size.runs):
        ground.say(f"worklist {mark}: round {n + 1} of {ground.size.runs} through {len(asks)} lists …")
        for name, ask in asks.items():
            ours[name].append(measure(ground, ask, result))
            if name in least:
                script = floor_script(caller, least[name])
                bare[name].append(floor.pgbench(script, clients=CLIENTS, seconds=ground.size.seconds))
    result.ours |= {name + mark: middle(runs) for name, runs in ours.items()}
    for name, runs in bare.items():
        result.floor[name + mark] = middle(runs)
        result.ratio[name + mark] = beside(ours[name], runs)
    deeper = beside(ours["api page 1"], ours[f"api page {deep}"]) if after else None
    _promise(result, mark, deep, deeper)


def _asks(ground: Ground, code: str, token: str, after: str, deep: int) -> dict[str, Ask]:
    cookie, today = signed_in(ground, code), timezone.localdate()
    topic, area = sql.tuples(
        "SELECT class_code, left(area, 6) FROM urban_report r JOIN flow_case c ON c.id = r.case_id ORDER BY c.id DESC LIMIT 1"
    )[0]
    api: Callable[..., Ask] = lambda name, **query: page_ask(token, name, **query)  # noqa: E731
    found = {"api page 1": api("p1")}
    if after:
        found[f"api page {deep}"] = api("deep", after=after)
    found |= {
        "api status=closed": api("status", status="closed"),
        "api status=open": api("open", status="open"),
        "api class": api("class", **{"class": topic}),
        "api area": api("area", area=area),
        "api source=officer": api("source", source="officer"),
        "api open, officer, area, this year": api(
            "all",
            status="open",
            source="officer",
            area=area,
            created_from=f"{today.year}-01-01T00:00:00+08:00",
        ),
        "api desk=todo": api("todo", desk="todo"),
        "html /work/": desk_ask(cookie, "work", "/work/"),
        "html /cases/": desk_ask(cookie, "cases", "/cases/"),
    }
    if after:
        found[f"html /cases/ page {deep}"] = desk_ask(cookie, "deep", f"/cases/?after={quote(after)}")
    return found


def _promise(result: Result, mark: str, deep: int, deeper: float | None) -> None:
    for name, figure in result.ours.items():
        if name.endswith(mark):
            most = 120 if name.startswith("html") else 40
            result.promise(f"{name}: p95 at most {most} ms", figure["p95"], figure["p95"] <= most)
    first = result.ours[f"api page 1{mark}"]
    result.promise(f"{mark}: at least 400 API pages a second", first["rate"], first["rate"] >= 400)
    if deeper is not None:
        result.promise(f"{mark}: page {deep} within 1.2 of page 1", deeper, deeper <= 1.2)


def _grown(result: Result, sizes: int) -> None:
    firsts = [name for name in result.ours if name.startswith("api page 1@")]
    if sizes > 1 and len(firsts) > 1:
        slower = ratio(result.ours[firsts[0]]["rate"], result.ours[firsts[-1]]["rate"])
        result.promise("growth within 1.2", slower, slower <= 1.2)
