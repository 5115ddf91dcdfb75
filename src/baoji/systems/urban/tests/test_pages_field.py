"""The phone pages: tasks and their answers, reporting, own reports with the reasons, messages."""

import re
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image
from tests.town import (
    COVER,
    NOW,
    at,
    case,
    desk,
    do,
    event,
    loaded,
    new,
    report,
    sign_in,
    walk,
    where,
    who,
    words,
)

from baoji.kernel.base import sql
from baoji.kernel.identity.callers import caller
from baoji.systems.urban import public

pytestmark = pytest.mark.django_db
INSIDE = {"lon": "107.1485", "lat": "34.3605"}


@pytest.fixture
def phone(client: Client) -> Client:
    return sign_in(client, "collector.01")


def picture(colour: int = 60, name: str = "p.jpg") -> SimpleUploadedFile:
    made = BytesIO()
    Image.new("RGB", (40, 30), (90, 120, colour)).save(made, "JPEG")
    return SimpleUploadedFile(name, made.getvalue(), "image/jpeg")


def send(client: Client, **given: Any) -> Any:
    said = {
        "topic": "e0110",
        "condition": "1",
        "condition_of": "e0110",
        "key": "f1",
        "photo": picture(),
        **INSIDE,
    } | given
    return client.post("/field/report/", {name: value for name, value in said.items() if value is not None})


def number_of(response: Any) -> str:
    assert response.status_code == 302, words(response)
    return response["Location"].split("new=")[1]  # type: ignore[no-any-return]


def asked(number: str) -> str:
    found = caller(case(number).holder_person_id or 0)
    assert found is not None
    return found.code


def photos_of(number: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM flow_attachment WHERE case_id = %s", [case(number).pk])
        return int(cursor.fetchone()[0])


def answer(client: Client, number: str, act: str, **given: Any) -> Any:
    return client.post(f"/field/tasks/{number}/", {"act": act, "idempotency_key": "t1", **given})


# Reporting


@pytest.mark.parametrize(
    ("code", "source", "photo"),
    [
        ("collector.01", "collector", True),
        ("officer.001", "officer", False),
        ("cleaner.0001", "cleaner", False),
    ],
)
def test_each_door_reports_under_its_own_source(client: Client, code: str, source: str, photo: bool) -> None:
    number = number_of(send(sign_in(client, code), photo=picture() if photo else None))
    assert case(number).source == source and loaded(number).extra["condition_id"] is not None


def test_a_component_gives_class_and_place(phone: Client) -> None:
    number = number_of(
        send(phone, component=COVER, topic="", condition="2", condition_of="c0102", lon="", lat="")
    )
    assert (loaded(number).extra["component"], case(number).topic) == (COVER, "c0102")


def test_two_presses_are_one_report(phone: Client) -> None:
    assert number_of(send(phone)) == number_of(send(phone))


def test_a_collector_needs_a_photo_and_what_was_written_stays(phone: Client) -> None:
    response = send(phone, photo=None, description="垃圾堆在路口")
    assert (
        response.status_code == 422
        and "请至少附 1 张照片" in words(response)
        and "垃圾堆在路口" in words(response)
    )


def test_a_refused_report_says_which_photos_to_take_again(phone: Client) -> None:
    response = send(phone, photo=picture(name="路口.jpg"), lon="116.39", lat="39.91")
    assert "位置不在本市范围内" in words(response) and "请重新选择：路口.jpg" in words(response)


def test_settling_on_the_spot_needs_before_and_after(phone: Client) -> None:
    assert "处置前、处置后两张照片" in words(send(phone, self_disposed="1"))
    number = number_of(send(phone, self_disposed="1", photo_after=picture(200), key="f2"))
    assert loaded(number).extra["self_disposed"] and photos_of(number) == 2


def test_two_photos_from_before_do_not_show_what_was_settled(phone: Client) -> None:
    """Nor one that stands on both sides."""

    def settled(after: int | None, key: str) -> Any:
        more = {} if after is None else {"photo_after": picture(after)}
        return send(phone, photo=[picture(90), picture(140)], self_disposed="1", key=key, **more)

    assert "处置前、处置后两张照片" in words(settled(None, "f3"))
    assert "处置前、处置后两张照片" in words(settled(140, "f4"))
    number = number_of(settled(200, "f5"))
    assert photos_of(number) == 3


def test_an_officer_cannot_settle_on_the_spot(client: Client) -> None:
    officer = sign_in(client, "officer.001")
    assert "已自行处置" not in words(officer.get("/field/report/"))
    assert "只有采集员可以自行处置" in words(send(officer, self_disposed="1", photo_after=picture(200)))


def test_recent_classes_are_offered_first(phone: Client) -> None:
    number_of(send(phone, topic="e0406", condition=""))
    assert re.search(
        r'class="picks"[^>]*> ?<button[^>]*value="topic=e0406"', words(phone.get("/field/report/"))
    )


def test_components_near_are_listed_for_a_phone(phone: Client) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT ST_X(place), ST_Y(place) FROM urban_component WHERE code = %s", [COVER])
        lon, lat = cursor.fetchone()
    page = words(phone.post("/field/look/", {"parts": "components,address", "lon": lon, "lat": lat}))
    assert re.search(rf'value="{COVER}"[^>]*checked', page) and "0 米" in page


@pytest.mark.parametrize("code", ["hotline.1", "dispatcher.1", "handler.D29"])
def test_other_posts_do_not_report_here(client: Client, code: str) -> None:
    other = sign_in(client, code)
    assert other.get("/field/report/").status_code == 403 and send(other).status_code == 403


def test_strangers_are_asked_to_sign_in(client: Client) -> None:
    for url in ("/field/plain/", "/field/report/", "/field/mine/", "/field/messages/"):
        assert client.get(url)["Location"].startswith("/sign-in/")


# Tasks


def test_a_verification_is_shown_and_answered(client: Client) -> None:
    number = walk(event(None, pictures=0), "file/verifying")
    person = sign_in(client, asked(number))
    assert number in words(person.get("/field/plain/")) and "核实：有没有这个问题" in words(
        person.get("/field/plain/")
    )
    page = words(person.get(f"/field/tasks/{number}/"))
    assert "垃圾散落" in page and "没有发现" in page
    done = answer(person, number, "verify_answer", found="false", opinion="现场干净")
    assert done["Location"] == f"/field/tasks/{number}/done/"
    assert where(number) == "file/verified" and loaded(number).extra["verified_found"] is False
    assert number not in words(person.get("/field/plain/"))


def test_a_check_needs_an_answer_and_a_photo(client: Client) -> None:
    number = new("check/checking")
    person = sign_in(client, asked(number))
    assert "请选一项" in words(answer(person, number, "check_answer", photo=picture()))
    without = answer(person, number, "check_answer", fixed="true", opinion="看过了")
    assert without.status_code == 422 and "请至少附 1 张照片" in words(without) and "看过了" in words(without)
    assert (
        answer(
            person, number, "check_answer", fixed="true", photo=picture(), idempotency_key="t2"
        ).status_code
        == 302
    )
    assert where(number) == "check/passed"


def test_not_fixed_sends_the_case_back(client: Client) -> None:
    number = new("check/checking")
    answer(sign_in(client, asked(number)), number, "check_answer", fixed="false", photo=picture())
    assert where(number) == "handle/handling" and case(number).rework == 1


def test_pressing_twice_answers_once(client: Client) -> None:
    number = new("check/checking")
    person, records = sign_in(client, asked(number)), case(number).records
    for _press in range(2):
        assert answer(person, number, "check_answer", fixed="true", photo=picture()).status_code in {200, 302}
    assert case(number).records == records + 1


def test_somebody_elses_task_is_not_there(client: Client) -> None:
    number = walk(event(None, pictures=0), "file/verifying")
    other = next(code for code in ("collector.01", "collector.02", "collector.03") if code != asked(number))
    stranger = sign_in(client, other)
    assert stranger.get(f"/field/tasks/{number}/").status_code == 404
    assert answer(stranger, number, "verify_answer", found="true").status_code == 404
    assert where(number) == "file/verifying"


def test_a_task_answered_before_says_so(client: Client) -> None:
    number = walk(event(None, pictures=0), "file/verifying")
    person = sign_in(client, asked(number))
    do(number, "@asked", "verify_answer")
    assert "这件现在不等您回复" in words(person.get(f"/field/tasks/{number}/"))


def test_a_stale_page_is_refused_with_the_newest_state(client: Client) -> None:
    number = walk(event(None, pictures=0), "file/verifying")
    person = sign_in(client, asked(number))
    refused = answer(person, number, "verify_answer", found="true", etag="1")
    assert (
        refused.status_code == 412
        and "刚被别人办理过" in words(refused)
        and where(number) == "file/verifying"
    )


def test_distance_is_from_where_the_phone_is(client: Client) -> None:
    number = walk(event(None, pictures=0), "file/verifying")
    person = sign_in(client, asked(number))
    near = person.post("/field/plain/", INSIDE, headers={"HX-Request": "true"})
    assert "0 米" in words(near) and "<html" not in words(near)
    assert person.post("/field/plain/", {"lon": "x", "lat": "y"}).status_code == 200


# Own reports and messages


def test_what_became_of_my_reports_with_the_reason(phone: Client) -> None:
    number = report()
    do(number, "acceptor.1", "reject", reason="属于施工单位自行清扫")
    page = words(phone.get("/field/mine/"))
    assert number in page and "不予受理" in page and "属于施工单位自行清扫" in page
    assert "没有受理" in words(phone.get(f"/field/mine/{number}/"))


def test_a_report_is_withdrawn_with_a_reason(phone: Client) -> None:
    number = report()
    url = f"/field/mine/{number}/"
    short = phone.post(url, {"act": "withdraw", "reason": "错", "idempotency_key": "w1"})
    assert short.status_code == 422 and "至少 2 个字" in words(short)
    assert (
        phone.post(
            url, {"act": "withdraw", "reason": "位置报错了，重新报", "idempotency_key": "w2"}
        ).status_code
        == 302
    )
    assert where(number) == "collect/void"


def test_only_the_reporters_acts_are_done_from_here(phone: Client) -> None:
    number = report()
    assert phone.post(f"/field/mine/{number}/", {"act": "accept"}).status_code == 403
    assert where(number) == "collect/reported"


def test_others_reports_are_not_mine(client: Client) -> None:
    number = report()
    assert sign_in(client, "collector.02").get(f"/field/mine/{number}/").status_code == 404


def test_messages_lead_to_the_phones_own_pages_and_count_as_read(client: Client) -> None:
    number = walk(event(None, pictures=0), "file/verifying")
    person = sign_in(client, asked(number))
    page = words(person.get("/field/messages/"))
    assert f'href="/field/tasks/{number}/"' in page and "未读" in page
    assert "未读" not in words(person.get("/field/messages/"))


def test_a_message_leads_to_where_something_can_be_done(client: Client) -> None:
    """Not to a page of own reports, where what somebody else reported is not."""
    number = walk(event(None, pictures=0), "file/verifying")
    do(number, "acceptor.1", "urge")
    person = asked(number)
    stays = "collector.02" if person == "collector.01" else "collector.01"
    watched = report(stays, condition=1)
    sql.execute("UPDATE flow_case SET severity = 'critical', rank = 0 WHERE number = %s", [watched])
    for code in (stays, person):
        public.start_duty(by=who(code), now=NOW)
    public.stay_at(by=who(stays), number=watched, now=NOW)
    public.hand_stay_over(by=who(stays), number=watched, to=person, now=NOW)
    found = words(sign_in(client, person).get("/field/messages/"))
    assert f'href="/field/#/stay/{watched}"' in found
    assert found.count(f'href="/field/tasks/{number}/"') == 2 and f"/field/mine/{number}" not in found


def test_many_tasks_cost_no_more_queries_than_one(client: Client, django_assert_max_num_queries: Any) -> None:
    number = walk(event(None, pictures=0), "file/verifying")
    person = sign_in(client, asked(number))
    for _more in range(4):
        walk(event(None, pictures=0), "file/verifying")
    person.get("/field/plain/")
    with django_assert_max_num_queries(10):
        person.get("/field/plain/")
    with django_assert_max_num_queries(10):
        person.get("/field/mine/")


def test_a_task_says_that_its_clock_stands_outside_office_hours(monkeypatch: pytest.MonkeyPatch) -> None:
    number = new("file/verifying")
    person = asked(number)
    monkeypatch.setattr("django.utils.timezone.now", lambda: at("03-17 22:00"))
    client = desk(person)
    assert '<small class="stands">下班时间不计时</small>' in words(client.get("/field/plain/"))
    assert re.search(r"下班时间不计时，3月18日 周三 08:00 继续", words(client.get(f"/field/tasks/{number}/")))
