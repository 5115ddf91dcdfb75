"""Citizens: report without an account, follow by code, and what strangers are refused."""

import re
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from typing import Any

import pytest
from django.contrib.gis.geos import Point
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import ExifTags, Image
from tests.town import case, do, event, loaded, report, walk, words

from baoji.kernel.maps.models import Address
from baoji.kernel.wire.rates import Bucket
from baoji.systems.urban.actions import citizen_gate
from baoji.systems.urban.pages.citizen import limits

pytestmark = pytest.mark.django_db
INSIDE = {"lon": "107.1485", "lat": "34.3605"}


@pytest.fixture(autouse=True)
def _fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    citizen_gate.forget()
    for name, bucket in (
        ("codes", Bucket(60 / 3600, 60)),
        ("looks", Bucket(1, 60)),
        ("joins", Bucket(20 / 3600, 20)),
    ):
        monkeypatch.setattr(limits, name, bucket)


def picture(name: str = "井盖.jpg") -> SimpleUploadedFile:
    made = BytesIO()
    Image.new("RGB", (40, 30), (90, 120, 60)).save(made, "JPEG")
    return SimpleUploadedFile(name, made.getvalue(), "image/jpeg")


def send(client: Client, **given: Any) -> Any:
    return client.post("/report/", {"what": "rubbish", "key": "k1", **INSIDE, **given})


def code_of(response: Any) -> str:
    assert response.status_code == 302, words(response)
    return re.search(r"/follow/([0-9A-Z]{10})", response["Location"])[1]  # type: ignore[index]


def newest() -> Any:
    with connection.cursor() as cursor:
        cursor.execute("SELECT number FROM flow_case ORDER BY id DESC LIMIT 1")
        return loaded(cursor.fetchone()[0])


def count() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM flow_case")
        return int(cursor.fetchone()[0])


def test_a_stranger_reports_with_a_photo_and_gets_a_query_code(client: Client) -> None:
    code = code_of(send(client, description="味道很大", photo=picture(), caller_phone="139 9170 0123"))
    found = newest()
    assert found.extra["query_code"] == code
    assert (found.case.source, found.case.topic, found.extra["caller_phone"]) == (
        "citizen",
        "e0110",
        "13991700123",
    )
    page = words(client.get(f"/follow/{code}/?new=1"))
    assert f"{code[:5]}-{code[5:]}" in page and "等待受理" in page


def test_the_first_page_leads_to_both(client: Client) -> None:
    page = words(client.get("/public/"))
    assert 'href="/report/"' in page and 'href="/follow/"' in page
    assert client.get("/public/accessibility/").status_code == 200


def test_a_kind_of_several_classes_goes_into_the_words(client: Client) -> None:
    code_of(send(client, what="cover", description="没有盖子"))
    found = newest()
    assert (found.extra["class_code"], found.extra["description"]) == ("", "井盖：没有盖子")


def test_a_second_press_makes_no_second_report(client: Client) -> None:
    before = count()
    codes = {code_of(send(client, photo=picture())) for _press in range(3)}
    assert len(codes) == 1 and count() == before + 1


def test_a_used_form_with_other_words_is_explained_and_can_be_sent_again(client: Client) -> None:
    code_of(send(client))
    again = send(client, description="另一件")
    assert again.status_code == 422 and "这张表已经提交过" in words(again) and "另一件" in words(again)
    key = re.search(r'name="key" value="([0-9a-f]+)"', words(again))[1]  # type: ignore[index]
    assert code_of(send(client, description="另一件", key=key))


@pytest.mark.parametrize(
    ("given", "field", "sentence"),
    [
        ({"caller_phone": "1399170012"}, "phone-error", "少 1 位数字，手机号是 11 位"),
        ({"caller_phone": "abc"}, "phone-error", "电话只写数字"),
        ({"lon": "", "lat": ""}, "", "请在地图上点一下"),
        ({"mail": "nobody"}, "mail-error", "邮箱地址不对"),
        ({"lon": "116.39", "lat": "39.91"}, "", "位置不在本市范围内"),
        ({"lon": "34.3605", "lat": "107.1485"}, "", "经度和纬度写反了"),
        ({"lon": "这里", "lat": "34"}, "", "经度和纬度请写数字"),
        ({"what": ""}, "", "请选是什么问题"),
        ({"what": "other"}, "description-error", "请写是什么问题"),
        ({"what": "other", "description": "长" * 2001}, "description-error", "最多 2000 个字"),
    ],
)
def test_each_refusal_stands_at_its_field_and_the_input_stays(
    client: Client, given: dict[str, str], field: str, sentence: str
) -> None:
    before = count()
    response = send(client, address="经二路 1 号", **given)
    page = words(response)
    assert response.status_code == 422 and sentence in page and "经二路 1 号" in page and count() == before
    assert not field or f'id="{field}"' in page


def test_what_is_not_a_photo_is_said_at_the_photo_and_by_name(client: Client) -> None:
    before = count()
    response = send(client, photo=SimpleUploadedFile("合同.jpg", b"%PDF-1.7", "image/jpeg"))
    error = re.search(r'id="photo-error".*?<span>(.*?)</span>', words(response))[1]  # type: ignore[index]
    assert "不是能打开的照片" in error and "请重新选择：合同.jpg" in error and count() == before


def test_scripts_in_words_stay_words(client: Client) -> None:
    response = send(client, description="<script>alert(1)</script>", caller_phone="1")
    assert (
        "<script>alert" not in response.content.decode()
        and "&lt;script&gt;alert" in response.content.decode()
    )


def test_the_trap_field_stops_programs(client: Client) -> None:
    before = count()
    assert send(client, website="http://example.com").status_code == 422
    assert count() == before


def test_codes_may_be_typed_loosely(client: Client) -> None:
    code = code_of(send(client))
    assert "等待受理" in words(
        client.get("/follow/", {"code": f" {code[:5].lower()}-{code[5:]} "}, follow=True)
    )


@pytest.mark.parametrize("code", ["ABCDEFGHJK", "short", "' OR 1=1 --", "一二三四五六七八九十", "A" * 500])
def test_a_wrong_code_opens_nothing(client: Client, code: str) -> None:
    code_of(send(client))
    response = client.get(f"/follow/{code}/")
    assert response.status_code == 404 and "没有这个查询码" in words(response)


def test_no_address_has_a_nul(client: Client) -> None:
    assert client.get("/follow/A\x00BCDEFGHJK/").status_code == 404


def test_guessing_codes_is_slowed_down(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "codes", Bucket(1 / 3600, 2))
    code = code_of(send(client))
    assert [client.get(f"/follow/{code}/").status_code for _look in range(5)] == [200] * 5, "no guess"
    assert [client.get("/follow/AAAAABBBBB/").status_code for _try in range(3)] == [
        404,
        404,
        429,
    ]
    assert client.get(f"/follow/{code}/").status_code == 429


FOLLOWED = {
    "collect/reported": "等待受理",
    "file/accepted": "决定是否立案",
    "file/verifying": "正在派人到现场核实",
    "dispatch/filed": "正在确定由谁处置",
    "handle/handling": "正在处置",
    "handle/suspended": "经批准暂缓处置",
    "feedback/answered": "正在复核",
    "check/checking": "正在现场核查",
    "evaluate/closed": "已结案",
    "collect/rejected": "没有受理",
    "file/declined": "没有立案",
    "evaluate/settled": "已答复",
    "handle/void": "已作废",
    "collect/merged": "合并办理",
}


def citizens(to: str) -> tuple[str, str]:
    number = event(None, pictures=0, caller_name="刘秘密", caller_phone="13991700123")
    if to.startswith(("collect", "file")) or to == "evaluate/settled":
        return walk(number, to), loaded(number).extra["query_code"]
    walk(number, "file/verified")
    do(number, "chief.1", "file")
    return walk(number, to), loaded(number).extra["query_code"]


@pytest.mark.parametrize("to", FOLLOWED)
def test_every_stage_is_said_in_plain_words(client: Client, to: str) -> None:
    _number, code = citizens(to)
    page = words(client.get(f"/follow/{code}/"))
    assert FOLLOWED[to] in page


@pytest.mark.parametrize("to", FOLLOWED)
def test_no_staff_no_caller_no_inside_words_are_shown(client: Client, to: str) -> None:
    _number, code = citizens(to)
    page = words(client.get(f"/follow/{code}/"))
    with connection.cursor() as cursor:
        cursor.execute("SELECT code, name FROM identity_person")
        people = [word for row in cursor.fetchall() for word in row]
    shown = re.sub(r"<[^>]+>", " ", page)
    assert [word for word in people if word in shown] == []
    assert "刘秘密" not in page and "13991700123" not in page
    if to not in {"collect/rejected", "file/declined", "handle/void", "evaluate/settled"}:
        assert "情况属实，请按此办理" not in page and "已到现场办理" not in page


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("collect/rejected", "情况属实，请按此办理"),
        ("file/declined", "情况属实，请按此办理"),
        ("evaluate/settled", "已到现场办理"),
    ],
)
def test_the_reason_of_a_refusal_is_read_by_the_reporter(client: Client, to: str, reason: str) -> None:
    _number, code = citizens(to)
    assert reason in words(client.get(f"/follow/{code}/"))


def test_the_limit_and_its_light_are_shown_while_it_runs(client: Client) -> None:
    number, code = citizens("handle/handling")
    page = words(client.get(f"/follow/{code}/"))
    assert "要求 4 个工作小时内处置好" in page and "应在" in page and "light-" in page
    assert case(number).due_at is not None


def test_a_merged_report_is_followed_where_it_went(client: Client) -> None:
    number = event(None, pictures=0)
    into = report()
    do(number, "acceptor.1", "merge", into=into)
    walk(into, "handle/handling")
    page = words(client.get(f"/follow/{loaded(number).extra['query_code']}/"))
    assert "合并办理" in page and "正在处置" in page


@pytest.mark.parametrize(
    "written", ["经二路18号", "经二路 18号", "宝鸡市金台区经二路18号", "陕西省宝鸡市金台区经二路 18 号"]
)
def test_an_address_is_found_as_people_write_it(client: Client, written: str) -> None:
    Address.objects.create(name="经二路 18 号", kind="plate", place=Point(107.1485, 34.3605))
    found = words(client.post("/report/look", {"parts": "places", "address": written}))
    assert "经二路 18 号" in found
    assert client.post("/report/", {"what": "rubbish", "key": "k1", "address": written}).status_code == 302
    assert (newest().case.lon, newest().case.lat) == (107.1485, 34.3605)


def test_an_address_that_is_nowhere_is_said_to_be(client: Client) -> None:
    found = words(client.post("/report/look", {"parts": "places", "address": "没有的路 9 号"}))
    assert "没有找到这个地址" in found
    assert "没有找到这个地址" not in words(client.post("/report/look", {"parts": "places", "address": ""}))
    refused = client.post("/report/", {"what": "rubbish", "key": "k1", "address": "没有的路 9 号"})
    assert refused.status_code == 422 and "写清路名和门牌号" in words(refused)


def test_a_road_alone_places_no_report(client: Client) -> None:
    Address.objects.create(name="经二路", kind="street", place=Point(107.1485, 34.3605))
    before = count()
    refused = client.post("/report/", {"what": "rubbish", "key": "k1", "address": "宝鸡市金台区经二路"})
    assert refused.status_code == 422 and "写清路名和门牌号" in words(refused) and count() == before
    Address.objects.create(name="经二路与文化路口", kind="crossing", place=Point(107.1495, 34.3605))
    found = {"what": "rubbish", "key": "k2", "address": "经二路与文化路口"}
    assert client.post("/report/", found).status_code == 302 and newest().case.lon == 107.1495


def test_every_page_says_what_it_may_load(client: Client) -> None:
    for address in ("/", "/report/", "/public/", "/sign-in/", "/nowhere"):
        policy = client.get(address)["Content-Security-Policy"]
        assert "script-src 'self';" in policy and "frame-ancestors 'none'" in policy, address


def test_an_address_is_found_and_a_place_is_named(client: Client) -> None:
    Address.objects.create(kind="plate", name="经二路 18 号", place=Point(107.1485, 34.3605, srid=4490))
    found = words(client.post("/report/look", {"parts": "places", "address": "经二路"}))
    assert "经二路 18 号" in found and "lon=107.148500" in found
    named = words(client.post("/report/look", {"parts": "address", **INSIDE}))
    assert 'value="经二路 18 号"' in named
    picked = send(client, pick="lon=107.148500&lat=34.360500&address=经二路 18 号", lon="", lat="")
    assert picked.status_code == 200 and 'value="107.148500"' in words(picked)


def test_strangers_may_not_look_components_or_callers_up(client: Client) -> None:
    found = words(client.post("/report/look", {"parts": "components,duplicates,conditions", **INSIDE}))
    assert "尾号" not in found and "component" not in found


@pytest.mark.django_db(transaction=True)
def test_ten_identical_posts_at_once_make_one_report() -> None:
    before = count()

    def press(_n: int) -> str:
        try:
            return code_of(send(Client(), photo=picture()))
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        codes = set(pool.map(press, range(10)))
    assert len(codes) == 1 and count() == before + 1


def _act(client: Client, code: str, act: str, **given: Any) -> Any:
    return client.post(
        f"/follow/{code}/", {"act": act, "reason": "已经有人处理了", "idempotency_key": "k", **given}
    )


def test_who_holds_the_code_withdraws_the_report_once(client: Client) -> None:
    code = code_of(send(client))
    number = newest().case.number
    assert "撤回上报" in words(client.get(f"/follow/{code}/"))
    assert _act(client, code, "withdraw", reason="短").status_code == 422
    assert case(number).status == "open"
    for _press in range(2):
        assert _act(client, code, "withdraw").status_code == 302
    assert (case(number).status, case(number).records) == ("void", 2)
    assert "已撤回" in words(client.get(f"/follow/{code}/"))


def test_who_holds_the_code_asks_again_once(client: Client) -> None:
    code = code_of(send(client))
    number = newest().case.number
    do(number, "acceptor.1", "reject")
    assert _act(client, code, "reopen").status_code == 302
    assert (case(number).step, case(number).reporter_reopenings) == ("accepted", 1)
    do(number, "chief.1", "decline")
    assert _act(client, code, "reopen", idempotency_key="other").status_code == 409
    assert case(number).status == "declined"


def test_a_code_opens_its_own_report_and_only_the_acts_of_a_reporter(client: Client) -> None:
    code = code_of(send(client))
    first, other = newest().case.number, event()
    do(first, "acceptor.1", "merge", into=other)
    assert "<form" not in words(client.get(f"/follow/{code}/")).split("全部经过")[1]
    assert _act(client, code, "withdraw").status_code == 409
    assert _act(client, code, "void").status_code == 403
    assert _act(client, "AAAAABBBBB", "withdraw").status_code == 404
    assert (case(first).status, case(other).status) == ("merged", "open")


def test_the_class_is_proposed_by_words_alone_and_picked(client: Client) -> None:
    given = {"parts": "class", "description": "楼下烧烤摊露天烧烤", **INSIDE}
    page = words(client.post("/report/look/", given))
    assert 'value="topic=e0129"' in page and "您说的是不是" in page
    assert "米处有" not in page, "strangers learn nothing of the ledger from it"
    picked = words(client.post("/report/look/", given | {"topic": "e0129"}))
    assert "不是这一类" in picked and "您说的是不是" not in picked
    assert "不是这一类" in words(send(client, pick="topic=e0129")), (
        "without scripts the same button sends the form"
    )
    code_of(send(client, what="", topic="e0129", description="楼下烧烤摊露天烧烤"))
    assert newest().case.topic == "e0129"


FAR_ROAD = (107.2085, 34.3605)  # some 5.5 km to the east


@pytest.fixture
def written() -> str:
    Address.objects.create(kind="plate", name="宝福路 316 号", place=Point(*FAR_ROAD, srid=4490))
    return "宝福路316号"


def test_a_pin_far_from_the_address_written_is_said_once(client: Client, written: str) -> None:
    """Who presses again with both unchanged means both; who moves one is asked about that."""
    before = count()
    asked = send(client, address=written)
    assert asked.status_code == 422 and count() == before
    assert "地图上的位置离您写的地址约 5.5 公里" in words(asked)
    token = re.search(r'name="apart" value="([^"]+)"', words(asked))[1]  # type: ignore[index]
    assert send(client, address=written, apart=token, lat="34.3615").status_code == 422
    code_of(send(client, address=written, apart=token, key="k2"))
    assert count() == before + 1


def test_what_lies_near_its_address_or_was_found_for_the_pin_is_not_asked(
    client: Client, written: str
) -> None:
    lon, lat = (str(part) for part in FAR_ROAD)
    code_of(send(client, address=written, lon=str(FAR_ROAD[0] + 0.002), lat=lat, key="a"))
    code_of(send(client, address=written, address_found=written, key="b"))
    code_of(send(client, address="没有这条路 9 号", key="c"))


def test_without_scripts_an_address_counts_before_the_photos_place(client: Client, written: str) -> None:
    image = Image.new("RGB", (40, 30), (90, 120, 60))
    exif = image.getexif()
    place = exif.get_ifd(ExifTags.IFD.GPSInfo)
    place[ExifTags.GPS.GPSLatitudeRef], place[ExifTags.GPS.GPSLongitudeRef] = "N", "E"
    place[ExifTags.GPS.GPSLatitude], place[ExifTags.GPS.GPSLongitude] = (34.0, 21.0, 37.8), (107.0, 8.0, 54.6)
    made = BytesIO()
    image.save(made, "JPEG", exif=exif)
    given = {"what": "rubbish", "key": "k1", "lon": "", "lat": "", "address": written}
    answer = client.post(
        "/report/", given | {"photo": SimpleUploadedFile("1.jpg", made.getvalue(), "image/jpeg")}
    )
    code_of(answer)
    assert "photo=1" not in answer["Location"]
    assert (newest().case.lon, newest().case.lat) == FAR_ROAD
