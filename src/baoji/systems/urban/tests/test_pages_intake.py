"""Hotline: from the caller's number to the task number on one screen, and what it refuses."""

import re
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from tests.town import COVER, event, loaded, report, where

from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.models import Holding, Person
from baoji.kernel.maps.coordinates import gcj_shift
from baoji.kernel.organisations.models import Post

pytestmark = pytest.mark.django_db
INSIDE = {"lon": "107.1485", "lat": "34.3605"}


@pytest.fixture
def seat(client: Client) -> Client:
    return signed_in(client, "hotline.1")


def signed_in(client: Client, code: str) -> Client:
    client.force_login(Person.objects.get(code=code), backend="baoji.kernel.identity.backends.PersonBackend")
    return client


def words(response: Any) -> str:
    return re.sub(r"\s+", " ", response.content.decode())


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
    other = signed_in(client, code)
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
