"""外勤 at the desk: who is out, what was walked, how soon things arrive, calls for help, corrections, control areas."""

import json
import re
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from tests.town import COVER, NOW, case, desk, event, photo, who

from baoji.kernel.base import sql
from baoji.kernel.evidence.tests.phone import Phone
from baoji.kernel.organisations.names import division_name
from baoji.kernel.records import renditions, storage
from baoji.kernel.records.actions import keep
from baoji.kernel.records.tests.pictures import picture
from baoji.systems.urban import public
from baoji.systems.urban.queries.stamps import correction_stamp
from baoji.systems.urban.tests.test_pages_case import contrast

pytestmark = pytest.mark.django_db
PLACE = (107.1485, 34.3605)
MINUTE = timedelta(minutes=1)


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


def out(code: str = "collector.01") -> Any:
    now = timezone.now()
    public.start_duty(by=who(code), now=now - 30 * MINUTE)
    point = public.Point(now - 10 * MINUTE, *PLACE, 8.0)
    public.keep_positions(by=who(code), points=[point], now=now)
    return now


def test_who_is_out_and_what_was_walked() -> None:
    out()
    seen = page(desk("chief.1"), "/street/")
    assert who("collector.01").name in seen and "误差 8 米" in seen
    grid = sql.value("SELECT unit_grid FROM urban_position")
    code = sql.value("SELECT code FROM urban_responsibility_grid WHERE %s = ANY(unit_grids)", [grid])
    if code:
        seen = page(desk("chief.1"), f"/street/grids/{code}/")
        assert grid not in seen.partition("没有走到的单元网格")[2]
    assert "1 个位置" in page(desk("chief.1"), "/street/tracks/collector.01/")


def test_a_line_joins_what_follows_each_other_and_nothing_fills_a_gap() -> None:
    now = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=1)
    public.start_duty(by=who("collector.01"), now=now - 70 * MINUTE)
    away = [60, 55, 45, 34, 33]  # 45 and 55 are joined, ten minutes apart; 45 and 34 are not
    points = [public.Point(now - n * MINUTE, PLACE[0] + n * 0.0001, PLACE[1], 8.0) for n in away]
    public.keep_positions(by=who("collector.01"), points=points, now=now)
    public.end_duty(by=who("collector.01"), now=now)
    seen = page(desk("chief.1"), f"/street/tracks/collector.01/?day={now.date().isoformat()}")
    drawn = json.loads(unescape(re.search(r'track="([^"]*)"', seen)[1]))  # type: ignore[index]
    ends = [
        [f"{timezone.localtime(now - n * MINUTE):%H:%M}" for n in run] for run in ([60, 55, 45], [34, 33])
    ]
    assert [[at for _lon, _lat, at in run] for run in drawn] == ends
    assert "11 分" in seen


def test_hours_without_positions_are_told_from_those_that_have_not_come() -> None:
    yesterday, tomorrow = (timezone.localdate() + timedelta(days=days) for days in (-1, 1))
    gone = page(desk("chief.1"), f"/street/?day={yesterday.isoformat()}")
    assert gone.count("bar-none") == 18 and "bar-later" not in gone and "没有位置" in gone
    ahead = page(desk("chief.1"), f"/street/?day={tomorrow.isoformat()}")
    assert "今天还没有" not in gone and "这一天没有" in gone
    assert (
        ahead.count("bar-later") == 1 and "06–23" in ahead and "bar-none" not in ahead and "还没到" in ahead
    )


def test_what_was_walked_at_night_is_shown_too() -> None:
    night = timezone.localtime().replace(hour=2, minute=30, second=0, microsecond=0) - timedelta(days=1)
    public.start_duty(by=who("collector.01"), now=night - 30 * MINUTE)
    public.keep_positions(
        by=who("collector.01"), points=[public.Point(night, *PLACE, 8.0)], now=night + MINUTE
    )
    public.end_duty(by=who("collector.01"), now=night + 30 * MINUTE)
    seen = page(desk("chief.1"), f"/street/?day={night.date().isoformat()}")
    assert "02 时" in seen and "03 时" not in seen and seen.count("bar-none") == 18


@pytest.mark.parametrize("code", ["handler.D01", "collector.01", "hotline.1"])
def test_departments_and_people_in_the_street_do_not_see_others_tracks(code: str) -> None:
    for address in ("/street/", "/street/tracks/collector.02/", "/street/corrections/"):
        assert desk(code).get(address).status_code == 403


def test_the_promise_counts_from_capture_to_arrival() -> None:
    now, me = timezone.now(), who("collector.01")
    for minutes in (1, 5, 40):
        sql.execute(
            "INSERT INTO urban_delivery (name, person_id, kind, request_hash, number, envelopes, captured_at, delivered_at, status, answer)"
            " VALUES (%s, %s, 'report', '', 'T1', '[]', %s, %s, 201, '{}')",
            [uuid4(), me.id, now - minutes * MINUTE, now],
        )
    told = public.arrivals(timezone.localdate(now))
    assert (told["n"], told["kept"], told["p50"]) == (3, 2, 300)
    assert "66.7" in page(desk("chief.1"), "/street/")


def delivered(phone: Phone, number: str, taken: datetime, contact: datetime | None, came: datetime) -> None:
    """A report whose words were signed at `taken`; the phone's first contact after that was `contact`, or the report itself."""
    words = phone.says(
        taken, kind="report", sha256=None, size=None, mime=None, role=None, report=str(uuid4())
    )
    row = phone.send(phone.seal(words), came).id
    if contact is not None:
        phone.contact(contact)
    sql.execute(
        "INSERT INTO urban_delivery (name, person_id, kind, request_hash, number, envelopes, captured_at, delivered_at, status, answer)"
        " VALUES (%s, %s, 'report', '', %s, %s::jsonb, NULL, %s, 201, '{}')",
        [uuid4(), phone.owner.id, number, f"[{row}]", came],
    )


def test_the_promise_is_told_by_area_and_apart_from_the_time_without_contact() -> None:
    """One who was in a valley for 40 minutes and one who sat on a report for 40 minutes are not the same."""
    now = timezone.localtime().replace(hour=12, minute=0, second=0, microsecond=0)
    valley, desk_sitter = (
        Phone(who(code)).enrol(now - 300 * MINUTE, by=who("chief.1"))
        for code in ("collector.01", "collector.02")
    )
    here, there = event(now=now), event(now=now)
    sql.execute("UPDATE flow_case SET area = '610303001001' WHERE number = %s", [there])
    for phone in (valley, desk_sitter):
        phone.contact(now - 62 * MINUTE)
    delivered(
        valley, here, now - 60 * MINUTE, None, now - 20 * MINUTE
    )  # nothing was heard of it before it came
    delivered(desk_sitter, there, now - 61 * MINUTE, now - 58 * MINUTE, now - 21 * MINUTE)
    delivered(desk_sitter, there, now - 10 * MINUTE, None, now - 9 * MINUTE)
    told = public.arrivals(timezone.localdate(now))
    assert (told["n"], told["kept"], told["away"], told["away_p50"]) == (3, 1, 1, 2400)
    by = {row["code"]: row for row in told["rows"]}
    assert [by[code]["away"] for code in ("collector.01", "collector.02")] == [1, 0]
    assert (by["collector.01"]["near_p95"], round(by["collector.02"]["near_p95"])) == (0, 2283)
    areas = {row["area"]: (row["n"], row["kept"], row["away"]) for row in told["areas"]}
    assert areas == {case(here).area[:9]: (1, 0, 1), "610303001": (2, 1, 0)}
    seen = page(desk("chief.1"), f"/street/?day={timezone.localdate(now)}")
    assert "按区域" in seen and "没有联系" in seen
    assert division_name(case(here).area[:9]) in seen


def test_a_cry_is_taken_up_and_ended_at_the_desk() -> None:
    name = uuid4()
    public.cry_for_help(by=who("collector.01"), name=name, place=PLACE, words="被围住", now=timezone.now())
    chief = desk("chief.1")
    assert "我来处理" in page(chief, "/street/")
    chief.post(f"/street/sos/{name}/", {"do": "take"})
    assert "在处理" in page(chief, "/street/")
    chief.post(f"/street/sos/{name}/", {"do": "end", "outcome": "人已平安"})
    assert sql.value("SELECT outcome FROM urban_distress") == "人已平安"
    assert desk("acceptor.1").post(f"/street/sos/{name}/", {"do": "take"}).status_code == 403


def test_a_cry_of_long_ago_makes_room() -> None:
    for days in (8, 6):
        at = timezone.now() - timedelta(days=days)
        name = uuid4()
        public.cry_for_help(by=who("collector.01"), name=name, place=None, words=f"第 {days} 天", now=at)
        public.end_distress(by=who("chief.1"), name=name, outcome="人已平安", now=at)
    seen = page(desk("chief.1"), "/street/")
    assert "第 6 天" in seen and "第 8 天" not in seen


@pytest.mark.parametrize("code", ["acceptor.1", "operator.1"])
def test_who_cannot_look_after_a_cry_reads_it_and_is_offered_nothing(code: str) -> None:
    name = uuid4()
    public.cry_for_help(by=who("collector.01"), name=name, place=PLACE, words="被围住", now=timezone.now())
    seen = page(desk(code), "/street/")
    assert "被围住" in seen and "/street/sos/" not in seen
    desk("chief.1").post(f"/street/sos/{name}/", {"do": "take"})
    seen = page(desk(code), "/street/")
    assert "在处理" in seen and "/street/sos/" not in seen


def test_a_correction_is_decided_at_the_desk() -> None:
    name = uuid4()
    public.propose_correction(
        by=who("collector.01"),
        name=name,
        finding=public.Finding("missing", COVER, words="只剩一个坑"),
        files=[(photo(), "photo", None)],
        now=timezone.now(),
    )
    operator = desk("operator.1")
    assert "只剩一个坑" in page(operator, "/street/corrections/")
    assert operator.get(f"/street/corrections/{name}/0").status_code == 200
    operator.post(f"/street/corrections/{name}/", {"do": "accept"})
    assert sql.value("SELECT state FROM urban_component WHERE code = %s", [COVER]) == "丢失"
    assert "已采纳" in page(operator, "/street/corrections/")


def test_what_waits_longest_is_not_left_behind_by_what_comes_in() -> None:
    sql.execute(
        "INSERT INTO urban_correction (name, person_id, at, kind, component, class_code, state, place, words, files, status, reason, made)"
        " SELECT gen_random_uuid(), %s, now() - make_interval(mins => 200 - n), 'missing', %s, '', '', NULL, '第 ' || n || ' 处', '[]', 'waiting', '', ''"
        " FROM generate_series(1, 130) n",
        [who("collector.01").id, COVER],
    )
    seen = page(desk("operator.1"), "/street/corrections/")
    assert "第 1 处" in seen and "第 130 处" not in seen
    assert "99+" in page(desk("operator.1"), "/street/control/")


def lay_corrections(count: int, minute: str, status: str) -> None:
    """So many, 第 1 条 first; `minute` and `status` of the n-th as SQL says them."""
    sql.execute(
        "INSERT INTO urban_correction (name, person_id, at, kind, component, class_code, state, place, words, files, status, reason, made)"
        f" SELECT gen_random_uuid(), %s, now() - make_interval(mins => 60 - {minute}), 'missing', %s, '', '', NULL, '第 ' || n || ' 条',"
        f" '[]', {status}, '第 ' || n || ' 条', '' FROM generate_series(1, %s) n",
        [who("collector.01").id, COVER, count],
    )


def test_the_newest_decisions_are_shown_whichever_they_were() -> None:
    lay_corrections(40, "n", "CASE n WHEN 40 THEN 'refused' ELSE 'accepted' END")
    seen = page(desk("operator.1"), "/street/corrections/")
    assert "第 40 条" in seen and "第 11 条" in seen and "第 10 条" not in seen
    earlier = re.search(r'href="(\?done=[^"#]+)#', seen)
    assert earlier
    rest = page(desk("operator.1"), f"/street/corrections/{earlier[1]}")
    assert "第 10 条" in rest and "第 1 条" in rest and "第 11 条" not in rest
    assert "更早审过的" not in rest and 'href="/street/corrections/#done-title"' in rest


def test_the_name_of_an_old_decision_leads_to_it() -> None:
    """From one of two alike photos, say. One that nobody knows leads to what waits."""
    lay_corrections(40, "n", "CASE WHEN mod(n, 2) = 0 THEN 'refused' ELSE 'accepted' END")
    name = sql.value("SELECT name FROM urban_correction WHERE reason = '第 5 条'")
    seen = page(desk("operator.1"), f"/street/corrections/?from={name}")
    assert f'id="c-{name}"' in seen and "第 6 条" not in seen
    assert "第 40 条" in page(desk("operator.1"), f"/street/corrections/?from={uuid4()}")
    assert "第 40 条" not in page(desk("operator.1"), f"/street/corrections/?done={uuid4()}")


def test_of_two_who_found_the_same_wrong_class_one_makes_the_new_component() -> None:
    for code in ("collector.01", "collector.02"):
        finding = public.Finding("class", COVER, class_code="0103")
        public.propose_correction(by=who(code), name=uuid4(), finding=finding, files=[], now=NOW)
    names = [row["name"] for row in public.corrections(None, 9)[0]]
    before = sql.value("SELECT count(*) FROM urban_component")
    operator = desk("operator.1")
    for name in names:
        answer = operator.post(f"/street/corrections/{name}/", {"do": "accept"}, follow=True)
    assert "已经废弃" in answer.content.decode()
    assert sql.value("SELECT count(*) FROM urban_component") == before + 1
    assert [row["name"] for row in public.corrections(None, 9)[0]] == names[1:]


def test_what_waits_is_paged_from_the_oldest_on_and_a_name_leads_to_its_page() -> None:
    """A page has no more maps than a browser draws."""
    lay_corrections(30, "n / 2", "'waiting'")
    operator, address, seen = desk("operator.1"), "/street/corrections/", []
    while address:
        shown = page(operator, address)
        assert shown.count("<baoji-map") <= 12
        seen += re.findall(r"第 \d+ 条", shown)
        following = re.search(r'href="(\?from=[0-9a-f-]{36})" rel="next"', shown)
        address = f"/street/corrections/{following[1]}" if following else ""
    assert len(seen) == len(set(seen)) == 30 and seen[0] == "第 1 条"
    name = sql.value("SELECT name FROM urban_correction WHERE words = '第 25 条'")
    assert f'id="c-{name}"' in page(operator, f"/street/corrections/?from={name}")
    assert "第 1 条" in page(operator, "/street/corrections/?from=nothing")


@pytest.mark.parametrize("kind", ["missing", "new"])
def test_the_copy_of_a_findings_picture_is_marked_and_the_original_is_not(kind: str) -> None:
    """As every picture's: about which thing (a new one: of which class), when it came, and where that is."""
    code = {"missing": COVER, "new": "0137"}[kind]
    kept = keep(picture(1600, 1200), now=NOW)
    finding = public.Finding(kind, *{"missing": (COVER,), "new": ("", code)}[kind], place=PLACE)
    name, files = uuid4(), [(kept.id, "photo", None)]
    public.propose_correction(by=who("collector.01"), name=name, finding=finding, files=files, now=NOW)
    original = storage.original_path(kept.sha256)
    before = original.read_bytes()
    seen = b"".join(desk("operator.1").get(f"/street/corrections/{name}/0").streaming_content)
    bare = renditions.made_copy(kept.sha256, "1600").read_bytes()
    assert contrast(bare) < 20 < contrast(seen) and original.read_bytes() == before
    found = public.correction_picture(name, 0)
    assert found is not None
    words = correction_stamp(found, "1600")
    assert (words[0], words[1], words[-1]) == (code, "2026-03-17 10:00", "34.36050, 107.14850")
    copy = renditions.copy_path(kept.sha256, "1600", words)
    assert copy.read_bytes() == seen, "another finding with the same picture has a copy of its own"


@pytest.mark.parametrize("n", [1, 2**31, 2**63, 10**30])
def test_a_picture_that_a_finding_does_not_have_is_not_there(n: int) -> None:
    name = uuid4()
    public.propose_correction(
        by=who("collector.01"),
        name=name,
        finding=public.Finding("missing", COVER),
        files=[(photo(), "photo", None)],
        now=NOW,
    )
    assert desk("operator.1").get(f"/street/corrections/{name}/{n}").status_code == 404


def _control(**more: str) -> dict[str, str]:
    now = timezone.localtime()
    usual = {
        "name": "经二路雨污分流",
        "basis": "宝住建许字〔2026〕18 号",
        "lon": str(PLACE[0]),
        "lat": str(PLACE[1]),
        "radius": "300",
        "since": f"{now - timedelta(days=1):%Y-%m-%dT%H:%M}",
        "until": f"{now + timedelta(days=9):%Y-%m-%dT%H:%M}",
        "topic": "e0113",
    }
    return usual | more


def test_a_control_area_reaches_the_phones_and_ends() -> None:
    operator = desk("operator.1")
    assert operator.post("/street/control/", _control()).status_code == 302
    told = public.pack(public.pack_asked(who("officer.001"), PLACE))["controls"]
    assert [(one["name"], one["topics"]) for one in told] == [("经二路雨污分流", ["e0113"])]
    id_ = sql.value("SELECT id FROM urban_control_area")
    operator.post("/street/control/", {"do": "end", "id": str(id_)})
    assert public.pack(public.pack_asked(who("officer.001"), PLACE))["controls"] == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": ""},
        {"until": "x"},
        {"lon": ""},
        {"lon": "nan"},
        {"radius": "9000"},
        {"lon": "116.4", "lat": "39.9"},
        {"since": "2026-02-31T10:00"},  # no day of any calendar
        {"since": "0001-01-01T00:00"},  # none that the database gives back
        {"until": "9999-12-31T23:59-10:00"},
    ],
)
def test_a_control_area_must_make_sense(wrong: dict[str, str]) -> None:
    assert desk("operator.1").post("/street/control/", _control(**wrong)).status_code == 422
    assert sql.value("SELECT count(*) FROM urban_control_area") == 0
    assert desk("acceptor.1").post("/street/control/", _control()).status_code == 403


def test_the_desk_reads_what_needs_no_report_where() -> None:
    operator, whole = desk("operator.1"), _control(name="整条街大修")
    del whole["topic"]
    for given in (_control(), whole):
        assert operator.post("/street/control/", given).status_code == 302
    listed = page(operator, "/street/control/").partition("加一个")[0]
    assert listed.count("道路破损") == listed.count("全部类别") == 1


def test_the_classes_chosen_stay_chosen_after_a_refusal() -> None:
    """Sent again with none chosen it would permit everything."""
    refused = desk("operator.1").post("/street/control/", _control(basis="")).content.decode()
    assert '<option value="e0113" selected>' in refused and refused.count(" selected>") == 1
    assert " selected>" not in page(desk("operator.1"), "/street/control/")


def test_each_page_costs_few_queries(django_assert_max_num_queries: Any) -> None:
    out()
    chief = desk("chief.1")
    page(chief, "/street/")
    with django_assert_max_num_queries(18):
        page(chief, "/street/")
