"""外勤 at the desk, on the ground: where somebody calls for help, which unit grids nobody walked, one person's day."""

import json
import re
from datetime import timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.utils import timezone
from tests.town import desk, who

from baoji.kernel.base import sql
from baoji.kernel.notices.queries import notices
from baoji.kernel.organisations.names import division_name
from baoji.systems.urban import public
from baoji.systems.urban.tests.test_pages_street import MINUTE, PLACE, out, page

pytestmark = pytest.mark.django_db


def door(name: str, lon: float, lat: float) -> None:
    sql.execute(
        "INSERT INTO maps_address (kind, name, place, provenance)"
        " VALUES ('plate', %s, ST_SetSRID(ST_MakePoint(%s, %s), 4490), 'generated')",
        [name, lon, lat],
    )


def drawn(seen: str, name: str) -> Any:
    found = re.search(rf' {name}="([^"]*)"', seen)
    assert found
    return json.loads(unescape(found[1]))


def cry(code: str = "collector.01", place: tuple[float, float] | None = PLACE) -> str:
    name = uuid4()
    public.cry_for_help(by=who(code), name=name, place=place, words="被围住", now=timezone.now())
    return str(name)


def test_a_cry_says_where_in_words_and_on_the_map() -> None:
    out("collector.02")
    door("经二路 12 号", *PLACE)
    name, address = cry(), "经二路 12 号"
    seen = page(desk("chief.1"), "/street/")
    assert f"<b>{address}</b>" in seen
    assert [one.get("sos", 0) for one in drawn(seen, "markers")] == [1, 0]
    assert f'lon="{PLACE[0]}" lat="{PLACE[1]}"' in seen and f"sos={name}#on-map" in seen
    notice = next(row for row in notices(who("chief.1"))[0] if row["kind"] == "sos")
    assert address in notice["title"] and notice["link"] == f"/street/#sos-{name}"
    assert f'id="sos-{name}"' in seen


def test_of_many_calls_the_map_begins_with_the_one_asked_for() -> None:
    first = cry()
    cry("collector.02", (PLACE[0] + 0.01, PLACE[1]))
    cry("collector.03", None)
    for address, lon in (("/street/", PLACE[0] + 0.01), (f"/street/?sos={first}", PLACE[0])):
        seen = page(desk("chief.1"), address)
        assert drawn(seen, "markers")[0]["lon"] == pytest.approx(lon) and len(drawn(seen, "markers")) == 2
        assert "位置不明" in seen


@pytest.mark.parametrize(("code", "may"), [("chief.1", True), ("head.1", True), ("acceptor.1", False)])
def test_who_looks_after_calls_reads_the_telephone(code: str, may: bool) -> None:
    cry()
    sql.execute("UPDATE identity_person SET phone = '' WHERE code = 'collector.01'")
    assert ("没有登记电话" in page(desk(code), "/street/")) is may
    sql.execute("UPDATE identity_person SET phone = '13909170001' WHERE code = 'collector.01'")
    assert ('href="tel:13909170001"' in page(desk(code), "/street/")) is may


def responsibility() -> tuple[str, list[str]]:
    """The grid of PLACE, and its unit grids."""
    walked = sql.value("SELECT unit_grid FROM urban_position LIMIT 1")
    return sql.tuples(
        "SELECT code, unit_grids FROM urban_responsibility_grid WHERE %s = ANY(unit_grids)", [walked]
    )[0]


def test_coverage_is_on_the_map_and_leads_to_each_responsibility_grid() -> None:
    out()
    code, grids = responsibility()
    seen = page(desk("chief.1"), "/street/")
    told = {one["number"]: (one["full"], one["label"]) for one in drawn(seen, "areas")}
    assert told.pop(code) == (2, f"1 / {len(grids)}") and {full for full, _label in told.values()} <= {0}
    assert 'case-url="/street/grids/{number}/?day=' in seen


def test_a_responsibility_grid_shows_where_nobody_walked() -> None:
    out()
    code, grids = responsibility()
    walked = sql.value("SELECT unit_grid FROM urban_position")
    left = [one for one in grids if one != walked]
    lon, lat = sql.tuples(
        "SELECT ST_X(p), ST_Y(p) FROM (SELECT ST_PointOnSurface(place) FROM maps_unit_grid"
        " WHERE code = %s AND valid_to IS NULL) x(p)",
        [left[0]],
    )[0]
    door("高坪路 79 号", lon, lat)
    seen = page(desk("chief.1"), f"/street/grids/{code}/")
    areas = drawn(seen, "areas")
    assert len(areas) == len(grids) and sum(one["full"] for one in areas) == 1
    listed = seen.partition('aria-labelledby="left-title"')[2]
    assert walked not in listed and all(one in listed for one in left)
    assert f"{division_name(left[0][:12])} {left[0][12:]}</a>" in listed
    assert f'{left[0][12:]}</a> <span class="small">高坪路 79 号</span>' in listed
    link = re.search(rf'href="(\?[^"#]*grid={left[0]})#on-map"', listed)
    assert link
    shown = page(desk("chief.1"), f"/street/grids/{code}/{unescape(link[1])}")
    chosen = [one["label"] for one in drawn(shown, "areas") if one["chosen"]]
    assert chosen == [left[0][12:]] and f'lon="{lon}" lat="{lat}"' in shown


def test_a_responsibility_grid_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    out()
    address, chief = f"/street/grids/{responsibility()[0]}/", desk("chief.1")
    page(chief, address)
    with django_assert_max_num_queries(14):
        page(chief, address)
    assert chief.get("/street/grids/none/").status_code == 404


def test_calls_cost_no_more_queries_when_they_are_many(django_assert_max_num_queries: Any) -> None:
    for n in range(8):
        cry("collector.01", (PLACE[0] + n * 0.001, PLACE[1]))
    chief = desk("chief.1")
    page(chief, "/street/")
    with django_assert_max_num_queries(19):
        page(chief, "/street/")


def test_a_persons_day_is_told_in_words_and_another_can_be_chosen() -> None:
    now = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    public.start_duty(by=who("collector.01"), now=now - 60 * MINUTE)
    points = [public.Point(now - n * MINUTE, *PLACE, 8.0) for n in (60, 55, 35, 34, 33)]
    public.keep_positions(by=who("collector.01"), points=points, now=now)
    public.end_duty(by=who("collector.01"), now=now - 30 * MINUTE)
    day = now.date().isoformat()
    seen = page(desk("chief.1"), f"/street/tracks/collector.01/?day={day}")
    told = re.findall(r"<b class=\"number\">([^<]*)</b> · ([^<]*)", seen)
    assert told == [
        ("11:00–11:05", "2 个位置"),
        ("11:05–11:25", "上班，20 分没有位置"),
        ("11:25–11:27", "3 个位置"),
    ]
    assert re.search(rf'<input[^>]*type="date"[^>]*name="day" value="{day}"', seen)
