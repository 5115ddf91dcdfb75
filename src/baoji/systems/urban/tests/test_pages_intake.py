"""Hotline: from the caller's number to the task number on one screen, and what it refuses."""

import json
import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.town import COVER, case, desk, do, event, loaded, offers, report, sign_in, walk, where, words

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.models import Holding, Person
from baoji.kernel.maps.coordinates import gcj_shift
from baoji.kernel.organisations.models import Post
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import public
from baoji.systems.urban.models import Call, CallBack, Elements, Grade, Handover, HandoverOut
from baoji.systems.urban.queries.cases import load_by_id

pytestmark = pytest.mark.django_db
INSIDE = {"lon": "107.1485", "lat": "34.3605"}


@pytest.fixture
def seat(client: Client) -> Client:
    return sign_in(client, "hotline.1")


def save(client: Client, **given: Any) -> Any:
    said = {
        "description": "垃圾没人收",
        "topic": "e0110",
        "caller_phone": "13991700123",
        "caller_name": "刘女士",
        "key": "a1",
        **INSIDE,
    }
    return client.post("/intake/", said | given)


def number_of(response: Any) -> str:
    assert response.status_code == 302, words(response)
    return response["Location"].split("/")[-2]  # type: ignore[no-any-return]


def place_of(component: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_X(place), ST_Y(place) FROM urban_component WHERE code = %s", [component])
        lon, lat = cursor.fetchone()
    return {"lon": f"{lon:.6f}", "lat": f"{lat:.6f}"}


def test_a_call_becomes_a_case_with_numbers_to_read_out(seat: Client) -> None:
    number = number_of(save(seat, condition="1", condition_of="e0110"))
    found = loaded(number)
    assert (found.case.source, found.case.topic, found.extra["caller_name"]) == ("hotline", "e0110", "刘女士")
    assert found.extra["condition_id"] is not None
    page = words(seat.get(f"/intake/saved/{number}/"))
    code = found.extra["query_code"]
    assert number in page and f"{code[:5]}-{code[5:]}" in page and "下一个来电" in page


def test_saving_twice_is_one_case(seat: Client) -> None:
    assert number_of(save(seat)) == number_of(save(seat))


def test_an_answer_given_on_the_phone_stands_in_the_description(seat: Client) -> None:
    found = loaded(number_of(save(seat, answered="明早清运")))
    assert found.extra["description"] == "垃圾没人收\n已当场答复：明早清运"


def test_earlier_calls_of_the_phone_are_shown_while_it_is_typed(seat: Client) -> None:
    number = number_of(save(seat))
    page = words(seat.post("/intake/calls/", {"caller_phone": "139 9170 0123"}))
    assert "这个号码报过 1 件" in page and number in page and "待受理" in page
    assert "没有报过" in words(seat.post("/intake/calls/", {"caller_phone": "13800000000"}))
    assert "报过" not in words(seat.post("/intake/calls/", {"caller_phone": "139"}))


@pytest.mark.parametrize(
    ("before", "now"),
    [
        ("13991700123", "+8613991700123"),
        ("+8613991700123", "13991700123"),
        ("13991700123", "008613991700123"),
        ("13991700123", "013991700123"),
        ("013991700123", "13991700123"),
    ],
)
def test_a_caller_is_known_however_the_exchange_writes_the_number(
    seat: Client, before: str, now: str
) -> None:
    number = number_of(save(seat, caller_phone=before))
    assert number in words(seat.post("/intake/calls/", {"caller_phone": now}))


@pytest.mark.parametrize("phone", ["'; DROP TABLE x --", "\x00" * 9, "9" * 500, "１３９９１７００１２３"])
def test_odd_phones_find_nothing_and_break_nothing(seat: Client, phone: str) -> None:
    assert seat.post("/intake/calls/", {"caller_phone": phone}).status_code == 200


def test_the_component_gives_class_conditions_and_duplicates(seat: Client) -> None:
    earlier = report(component=COVER)
    page = words(seat.post("/intake/look/", {"parts": "components,conditions,duplicates", **place_of(COVER)}))
    assert re.search(rf'value="{COVER}"[^>]*checked', page), "the place was put right on it"
    assert "污水井盖：什么情况" in page and "特急" in page and earlier in page


def test_a_class_chosen_later_lets_the_component_go(seat: Client) -> None:
    given = {
        "parts": "components,conditions",
        "component": COVER,
        "topic": "e0110",
        "by": "class",
        **place_of(COVER),
    }
    page = words(seat.post("/intake/look/", given))
    assert not re.search(rf'value="{COVER}"[^>]*checked', page) and "暴露生活垃圾：什么情况" in page


def test_likely_duplicates_of_an_event_need_place_and_class(seat: Client) -> None:
    earlier = event(now=timezone.now())
    look = {"parts": "duplicates", **INSIDE}
    assert earlier in words(seat.post("/intake/look/", look | {"topic": "e0110"}))
    assert earlier not in words(seat.post("/intake/look/", look | {"topic": "e0406"}))
    assert earlier not in words(seat.post("/intake/look/", look))


def test_classes_are_found_by_words_and_code(seat: Client) -> None:
    found = seat.get("/intake/classes/", {"q": "井盖"}).json()["items"]
    assert {"value": "c0102", "title": "污水井盖", "note": "部件 · 公用设施"} in found
    assert seat.get("/intake/classes/", {"q": "e0110"}).json()["items"][0]["title"] == "暴露生活垃圾"
    assert seat.get("/intake/classes/", {"q": ""}).json()["items"] == []


def test_without_scripts_words_are_looked_up_on_sending(seat: Client) -> None:
    assert loaded(number_of(save(seat, topic="暴露生活垃圾"))).case.topic == "e0110"
    several = save(seat, topic="井盖", key="a2")
    assert (
        several.status_code == 422
        and "有几类都叫这个" in words(several)
        and 'value="topic=c0103"' in words(several)
    )
    picked = save(seat, topic="井盖", pick="topic=c0103", key="a3")
    assert picked.status_code == 200 and "雨水井盖：什么情况" in words(picked)
    unknown = save(seat, topic="飞碟", key="a4")
    assert unknown.status_code == 422 and "类别表里没有这个" in words(unknown)


def test_without_scripts_one_button_looks_everything_up(seat: Client) -> None:
    number = number_of(save(seat))
    page = words(save(seat, look="1", topic="", **place_of(COVER)))
    assert number in page and "尾号 000001" in page and "污水井盖：什么情况" in page


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"lon": "", "lat": ""}, "请查地址或在地图上点选位置"),
        ({"lon": "116.39", "lat": "39.91"}, "位置不在本市范围内"),
        ({"description": "", "topic": ""}, "请写来电人说了什么，或选问题类别"),
        ({"caller_phone": "139917001234"}, "多 1 位数字，手机号是 11 位"),
        ({"caller_name": "名" * 41}, "最多 40 个字"),
        ({"component": "123"}, "部件标识码是 16 位数字"),
        ({"component": "9" * 16}, "台账里没有这个部件"),
    ],
)
def test_refusals_keep_what_was_written(seat: Client, given: dict[str, str], sentence: str) -> None:
    response = save(seat, answered="请他稍等", **given)
    assert response.status_code == 422 and sentence in words(response) and "请他稍等" in words(response)


def test_a_place_shifted_like_a_phone_map_is_said(seat: Client) -> None:
    lon, lat = (float(part) for part in place_of(COVER).values())
    d_lon, d_lat = gcj_shift(lon, lat)
    response = save(seat, component=COVER, topic="", lon=f"{lon + d_lon:.6f}", lat=f"{lat + d_lat:.6f}")
    assert response.status_code == 422 and "手机地图的偏移" in words(response)


def test_a_condition_of_another_class_is_not_taken_over(seat: Client) -> None:
    assert loaded(number_of(save(seat, condition="1", condition_of="c0102"))).extra["condition_id"] is None


def test_a_seat_that_is_also_acceptor_settles_at_once(seat: Client) -> None:
    Holding.objects.create(
        person=Person.objects.get(code="hotline.1"),
        post=Post.objects.get(kind="acceptor"),
        since=date(2020, 1, 1),
    )
    bump("people")
    number = number_of(save(seat))
    assert "当场办结" in words(seat.get(f"/intake/saved/{number}/"))
    short = seat.post(f"/intake/saved/{number}/", {"opinion": ""})
    assert short.status_code == 422 and "请填写" in words(short)
    assert seat.post(f"/intake/saved/{number}/", {"opinion": "已解释清楚"}).status_code == 302
    assert where(number) == "evaluate/settled"


def test_a_plain_seat_settles_nothing(seat: Client) -> None:
    number = number_of(save(seat))
    assert 'name="opinion"' not in words(seat.get(f"/intake/saved/{number}/"))
    assert seat.post(f"/intake/saved/{number}/", {"opinion": "已解释清楚"}).status_code == 422
    assert where(number) == "collect/reported"


@pytest.mark.parametrize("code", ["collector.01", "dispatcher.1", "handler.D29", "chief.1", "nobody.1"])
def test_the_screen_is_for_seats_only(client: Client, code: str) -> None:
    other = sign_in(client, code)
    assert other.get("/intake/").status_code == 403
    assert save(other).status_code == 403
    assert other.post("/intake/calls/", {"caller_phone": "13991700123"}).status_code == 403
    assert other.post("/intake/look/", {"parts": "duplicates", **INSIDE}).status_code == 403


def test_strangers_are_asked_to_sign_in(client: Client) -> None:
    assert client.get("/intake/")["Location"].startswith("/sign-in/")
    assert save(client).status_code == 302 and "/sign-in/" in save(client)["Location"]


def test_a_report_of_another_door_has_no_page_here(seat: Client) -> None:
    assert seat.get(f"/intake/saved/{report()}/").status_code == 404


def test_the_screen_asks_the_database_little(seat: Client, django_assert_max_num_queries: Any) -> None:
    save(seat)
    seat.get("/intake/")
    with django_assert_max_num_queries(12):
        seat.get("/intake/")
    with django_assert_max_num_queries(10):
        seat.post(
            "/intake/look/", {"parts": "address,components,conditions,duplicates", "topic": "e0110", **INSIDE}
        )


# The five elements -------------------------------------------------------------------


def test_the_elements_are_asked_for_in_order(seat: Client) -> None:
    page = words(seat.get("/intake/"))
    places = [page.index(f"</span>{word}</h2>") for word in ("时间", "地点", "人物", "事件", "诉求")]
    assert places == sorted(places)


def test_all_elements_reach_whoever_handles_it(seat: Client) -> None:
    number = number_of(
        save(seat, demand="尽快清运", involved="东风小区物业", happened="2026-03-16T20:15", no_call_back="1")
    )
    found = loaded(number)
    assert found.extra["description"] == "垃圾没人收\n诉求：尽快清运\n涉及：东风小区物业"
    assert f"{timezone.localtime(found.extra['found_at']):%Y-%m-%d %H:%M}" == "2026-03-16 20:15"
    row = Elements.objects.get()
    assert (row.involved, row.demand, row.call_back, row.answered) == ("东风小区物业", "尽快清运", False, "")


@pytest.mark.parametrize(
    ("given", "sentence"),
    [
        ({"happened": "soon"}, "请写日期和时间"),
        ({"happened": "2926-03-16T20:15"}, "请写日期和时间"),
        ({"happened": "2126-03-16T20:15"}, "发生时间在将来"),
        ({"resolution": "answered"}, "请写答复了什么"),
        ({"demand": "求" * 501}, "最多 500 个字"),
        ({"involved": "店" * 201}, "最多 200 个字"),
    ],
)
def test_elements_are_refused_by_field_and_nothing_is_saved(
    seat: Client, given: dict[str, str], sentence: str
) -> None:
    response = save(seat, **given)
    assert response.status_code == 422 and sentence in words(response)
    assert not Elements.objects.exists()


def test_what_was_answered_on_the_spot_is_proposed_to_the_acceptor(seat: Client) -> None:
    number = number_of(save(seat, resolution="answered", answered="明早清运"))
    assert offers(number, "acceptor.1")["settle"]["schema"]["properties"]["opinion"]["default"] == "明早清运"
    other = number_of(save(seat, key="b2"))
    assert "default" not in offers(other, "acceptor.1")["settle"]["schema"]["properties"]["opinion"]


def test_classes_are_proposed_while_words_are_typed(seat: Client) -> None:
    given = {"parts": "suggested", "description": "楼下烧烤摊露天烧烤"}
    page = words(seat.post("/intake/look/", given))
    assert 'value="topic=e0129"' in page and "建议类别" in page and "露天烧烤" in page
    assert "topic=" not in words(seat.post("/intake/look/", given | {"topic": "e0110"}))
    assert "建议类别" in words(save(seat, look="1", topic="", description="楼下烧烤摊露天烧烤"))


# The ringing telephone -----------------------------------------------------------------


def ring(seat: str = "hotline.1", number: str = "c-1", ago: int = 0, **more: Any) -> int:
    now = timezone.now() - timedelta(minutes=ago)
    told = public.CallEvent(number, more.pop("event", "ringing"), more.pop("phone", "13991700123"), seat, now)
    return public.call_told(told, timezone.now())


def test_a_call_fills_the_untouched_screen(seat: Client) -> None:
    id_ = ring()
    page = words(seat.post("/intake/ringing/", {}))
    assert 'value="13991700123"' in page and f'name="call" value="{id_}"' in page and "正在呼入" in page
    assert "这个号码没有报过" in page


@pytest.mark.parametrize(
    "typed", [{"caller_phone": "13800000000"}, {"description": "垃圾"}, {"handover": "1"}]
)
def test_what_is_typed_is_left_alone(seat: Client, typed: dict[str, str]) -> None:
    id_ = ring()
    page = words(seat.post("/intake/ringing/", typed))
    assert 'id="phone-field"' not in page and f"?call={id_}" in page


def test_a_saved_call_is_tied_to_its_case_and_leaves_the_screen(seat: Client) -> None:
    id_ = ring()
    assert f'name="call" value="{id_}"' in words(seat.get(f"/intake/?call={id_}"))
    number = number_of(save(seat, call=str(id_)))
    assert Call.objects.get().case.number == number
    assert "正在呼入" not in words(seat.post("/intake/ringing/", {}))
    ring(event="recording", phone="")
    public.call_told(
        public.CallEvent("c-1", "recording", recording="https://calls.example/1.mp3"), timezone.now()
    )
    assert "https://calls.example/1.mp3" in words(seat.get(f"/cases/{number}"))


def test_a_call_of_which_nothing_more_was_heard_is_not_said_to_ring(seat: Client) -> None:
    ring(ago=4)
    page = words(seat.post("/intake/ringing/", {}))
    assert "正在呼入" not in page and " 来电" in page and 'value="13991700123"' in page


def test_a_call_with_a_recording_has_ended(seat: Client) -> None:
    ring()
    told = public.CallEvent("c-1", "recording", recording="https://calls.example/1.mp3")
    public.call_told(told, timezone.now())
    page = words(seat.post("/intake/ringing/", {}))
    assert "正在呼入" not in page and "已挂断" in page
    sql.execute("UPDATE urban_call SET rang_at = rang_at - interval '20 minutes'")
    assert "已挂断" not in words(seat.post("/intake/ringing/", {})), "it leaves the screen as any other"


def test_recordings_are_not_for_departments(seat: Client) -> None:
    id_ = ring()
    number = number_of(save(seat, call=str(id_), condition="1", condition_of="e0110"))
    public.call_told(
        public.CallEvent("c-1", "recording", recording="https://calls.example/1.mp3"), timezone.now()
    )
    walk(number, "handle/handling", now=loaded(number).case.last_at)
    body = case(number).body_id
    handler = desk(f"handler.{organisations().code(body)}")
    assert "calls.example" not in words(handler.get(f"/cases/{number}"))


def test_calls_of_others_and_old_ones_do_not_ring_here(seat: Client) -> None:
    other = ring("hotline.2")
    assert "正在呼入" not in words(seat.post("/intake/ringing/", {}))
    assert f'value="{other}"' not in words(seat.get(f"/intake/?call={other}"))
    ring(number="c-2", ago=121)
    assert "正在呼入" not in words(seat.post("/intake/ringing/", {}))
    number = number_of(save(seat, call=str(other)))
    assert Call.objects.get(pk=other).case is None, number


# Orders of other hotlines ----------------------------------------------------------------

ORDER = {
    "type": "handover",
    "version": 1,
    "kind": "order",
    "sender_number": "SX-1",
    "sent_at": "2026-03-17T10:00:00+08:00",
    "grade": "normal",
    "reason": "属城市管理",
    "elements": {
        "time": "2026-03-16T20:15:00+08:00",
        "place": {"address": "火车站东侧"},
        "people": {"caller": {"name": "刘女士", "phone": "13991700125"}, "involved": "摊点"},
        "event": "夜市油烟大",
        "demand": "请取缔",
    },
}


def test_an_order_is_checked_saved_and_acknowledged(seat: Client) -> None:
    public.receive("12345", ORDER, timezone.now())
    row = Handover.objects.get()
    page = words(seat.get("/intake/handovers/"))
    assert "SX-1" in page and "待登记" in page and f"?handover={row.pk}" in page
    screen = words(seat.get(f"/intake/?handover={row.pk}"))
    for text in ("夜市油烟大", "请取缔", "摊点", "刘女士", "13991700125", "火车站东侧", "2026-03-16T20:15"):
        assert text in screen, text
    given = {"handover": str(row.pk), "description": "夜市油烟大", "topic": "", "caller_phone": "13991700125"}
    number = number_of(save(seat, **given))
    row.refresh_from_db()
    assert (row.state, row.case.number, row.by.code) == ("accepted", number, "hotline.1")
    assert HandoverOut.objects.get().body["sender_number"] == number
    twice = save(seat, **given, key="b3")
    assert twice.status_code == 422 and "已由别人登记或退回" in words(twice)
    assert Elements.objects.count() == 1, "the second report was not kept either"


def test_an_order_that_waits_is_not_left_behind_by_what_comes_in(seat: Client) -> None:
    public.receive("12345", ORDER, timezone.now())
    sql.execute(
        'INSERT INTO urban_handover (direction, platform, their_number, "order", state, reason, at)'
        " SELECT 'in', '110', 'P-' || n, %s::jsonb, 'declined', '', now() FROM generate_series(1, 40) n",
        [json.dumps(ORDER)],
    )
    first = words(seat.get("/intake/handovers/"))
    assert "SX-1" in first and first.index("SX-1") < first.index("P-40")
    rows, following = public.handovers("in")
    older, last = public.handovers("in", before=following)
    numbers = [row["their_number"] for row in [*rows, *older]]
    assert numbers == ["SX-1", *(f"P-{n}" for n in range(40, 0, -1))] and last is None


def test_an_order_is_declined_with_a_reason(seat: Client) -> None:
    public.receive("12345", ORDER, timezone.now())
    id_ = str(Handover.objects.get().pk)
    short = seat.post("/intake/handovers/", {"handover": id_, "reason": "不"})
    assert short.status_code == 422 and "至少 2 个字" in words(short)
    assert seat.post("/intake/handovers/", {"handover": id_, "reason": "属市场监管"}).status_code == 302
    assert "已退回对方" in words(seat.get("/intake/handovers/"))


def test_a_case_is_handed_over_from_its_page(seat: Client) -> None:
    number = number_of(save(seat))
    assert f"/intake/handovers/{number}/" in words(seat.get(f"/cases/{number}"))
    url = f"/intake/handovers/{number}/"
    assert "请从可选项中选择" in words(seat.post(url, {"platform": "119", "reason": "x"}))
    assert seat.post(url, {"platform": "110", "reason": "有人打架，属公安"}).status_code == 302
    assert "已转出，等对方确认" in words(seat.get(url))
    assert number in words(seat.get("/intake/handovers/?to=out"))


@pytest.mark.parametrize(
    ("code", "status"), [("acceptor.1", 200), ("chief.1", 200), ("dispatcher.1", 403), ("handler.D29", 403)]
)
def test_who_sees_orders(client: Client, code: str, status: int) -> None:
    assert sign_in(client, code).get("/intake/handovers/").status_code == status


# Call-backs -------------------------------------------------------------------------------


@pytest.fixture
def ended(seat: Client) -> int:
    """A closed hotline report whose caller agreed to be asked."""
    number = number_of(save(seat, condition="1", condition_of="e0110"))
    walk(number, "evaluate/closed", now=timezone.now())
    return int(case(number).pk)


def test_one_call_one_question(seat: Client, ended: int) -> None:
    page = words(seat.get("/intake/call-backs/"))
    assert "我来打" in page and "13991700123" not in page, "the number is for who takes it"
    assert seat.post("/intake/call-backs/", {"case": str(ended), "do": "take"}).status_code == 302
    page = words(seat.get("/intake/call-backs/"))
    assert "tel:13991700123" in page and "问题解决了吗" in page
    for word in ("解决了", "没有解决", "说不好，或不想说", "没有接通"):
        assert word in page
    assert seat.post("/intake/call-backs/", {"case": str(ended), "do": "solved"}).status_code == 302
    page = words(seat.get("/intake/call-backs/"))
    assert "我来打" not in page and "最近的回访" in page
    assert CallBack.objects.get().answer == "solved"


def test_not_solved_opens_the_case_and_sends_somebody(seat: Client, ended: int) -> None:
    seat.post("/intake/call-backs/", {"case": str(ended), "do": "take"})
    said = seat.post(
        "/intake/call-backs/", {"case": str(ended), "do": "not_solved", "words": "还是没人收"}, follow=True
    )
    assert "已重新办理" in words(said)
    found = load_by_id(ended)
    assert (found.case.status, found.case.step) == ("open", "checking")
    grade = Grade.objects.get(case_id=ended)
    assert (grade.grade, grade.via) == ("not_fixed", "call")


def test_whose_report_was_merged_is_called_when_the_whole_is_closed(seat: Client) -> None:
    number = number_of(save(seat, condition="1", condition_of="e0110"))
    target = event(now=timezone.now())
    do(number, "acceptor.1", "merge", into=target, now=timezone.now())
    merged = str(case(number).pk)
    assert "我来打" not in words(seat.get("/intake/call-backs/")), "not before it is closed"
    walk(target, "evaluate/closed", now=timezone.now())
    assert number in words(seat.get("/intake/call-backs/"))
    seat.post("/intake/call-backs/", {"case": merged, "do": "take"})
    assert "tel:13991700123" in words(seat.get("/intake/call-backs/"))
    said = seat.post("/intake/call-backs/", {"case": merged, "do": "not_solved"}, follow=True)
    assert "已重新办理" in words(said) and where(target) == "check/checking"
    assert not Grade.objects.exists(), "their word is no grade of the other report"


def test_whose_report_went_by_way_of_another_is_called_too(seat: Client) -> None:
    number = number_of(save(seat, condition="1", condition_of="e0110"))
    between, target = event(now=timezone.now()), event(now=timezone.now())
    do(number, "acceptor.1", "merge", into=between, now=timezone.now())
    do(between, "acceptor.1", "merge", into=target, now=timezone.now())
    assert "我来打" not in words(seat.get("/intake/call-backs/"))
    walk(target, "evaluate/closed", now=timezone.now())
    assert number in words(seat.get("/intake/call-backs/"))
    seat.post("/intake/call-backs/", {"case": str(case(number).pk), "do": "take"})
    assert "tel:13991700123" in words(seat.get("/intake/call-backs/"))
    seat.post("/intake/call-backs/", {"case": str(case(number).pk), "do": "not_solved"})
    assert where(target) == "check/checking"


def test_not_solved_after_the_rules_term_is_written_down_all_the_same(seat: Client, ended: int) -> None:
    seat.post("/intake/call-backs/", {"case": str(ended), "do": "take"})
    sql.execute("UPDATE flow_case SET closed_at = now() - interval '16 days' WHERE id = %s", [ended])
    said = seat.post("/intake/call-backs/", {"case": str(ended), "do": "not_solved"}, follow=True)
    assert "已记下，但案卷没有重新办理" in words(said)
    assert CallBack.objects.get().answer == "not_solved" and case_status(ended) == "closed"


def case_status(id_: int) -> str:
    return str(load_by_id(id_).case.status)


def test_nobody_is_called_twice(seat: Client, ended: int) -> None:
    seat.post("/intake/call-backs/", {"case": str(ended), "do": "take"})
    other = desk("hotline.2")
    assert "我来打" not in words(other.get("/intake/call-backs/"))
    late = other.post("/intake/call-backs/", {"case": str(ended), "do": "take"})
    assert late.status_code == 422 and "每件只回访一次" in words(late)
    assert other.post("/intake/call-backs/", {"case": str(ended), "do": "solved"}).status_code == 422
    seat.post("/intake/call-backs/", {"case": str(ended), "do": "unreached"})
    for client in (seat, other):
        assert client.post("/intake/call-backs/", {"case": str(ended), "do": "take"}).status_code == 422
    walk_again(ended)
    assert "我来打" not in words(seat.get("/intake/call-backs/")), (
        "once a report, also after it was opened again"
    )


def walk_again(id_: int) -> None:
    number = load_by_id(id_).case.number
    do(number, "chief.1", "reopen", now=timezone.now())
    walk(number, "evaluate/closed", now=timezone.now())


def test_a_call_not_dialled_is_put_back(seat: Client, ended: int) -> None:
    seat.post("/intake/call-backs/", {"case": str(ended), "do": "take"})
    assert seat.post("/intake/call-backs/", {"case": str(ended), "do": "put_back"}).status_code == 302
    assert "我来打" in words(seat.get("/intake/call-backs/")) and not CallBack.objects.exists()
    assert seat.post("/intake/call-backs/", {"case": str(ended), "do": "put_back"}).status_code == 422


def test_a_call_that_a_seat_went_home_with_goes_to_others(seat: Client, ended: int) -> None:
    seat.post("/intake/call-backs/", {"case": str(ended), "do": "take"})
    sql.execute("UPDATE urban_call_back SET taken_at = now() - interval '25 hours'")
    other = desk("hotline.2")
    assert "我来打" in words(other.get("/intake/call-backs/"))
    assert other.post("/intake/call-backs/", {"case": str(ended), "do": "take"}).status_code == 302
    assert CallBack.objects.get().by.code == "hotline.2"
    assert seat.post("/intake/call-backs/", {"case": str(ended), "do": "solved"}).status_code == 422
    assert other.post("/intake/call-backs/", {"case": str(ended), "do": "solved"}).status_code == 302
    late = seat.post("/intake/call-backs/", {"case": str(ended), "do": "take"})
    assert late.status_code == 422 and "每件只回访一次" in words(late)


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE urban_elements SET call_back = false WHERE case_id = %s",
        "UPDATE urban_report SET caller_phone = '' WHERE case_id = %s",
        "UPDATE flow_case SET source = 'citizen' WHERE id = %s",
        "INSERT INTO urban_grade (case_id, grade, not_fixed, via, at) VALUES (%s, 'good', 0, 'follow', now() + interval '1 hour')",
    ],
)
def test_who_did_not_agree_or_has_spoken_is_left_alone(seat: Client, ended: int, change: str) -> None:
    assert "我来打" in words(seat.get("/intake/call-backs/"))
    sql.execute(change, [ended])
    assert "我来打" not in words(seat.get("/intake/call-backs/"))
    assert seat.post("/intake/call-backs/", {"case": str(ended), "do": "take"}).status_code == 422


def test_call_backs_are_for_seats(client: Client) -> None:
    assert sign_in(client, "acceptor.1").get("/intake/call-backs/").status_code == 403
