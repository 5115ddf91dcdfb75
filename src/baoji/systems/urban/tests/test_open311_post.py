"""Posting a request: by key, with every way of saying where, photos, attributes, once; and each refusal."""

import tracemalloc
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from io import BytesIO
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import timezone
from PIL import Image
from tests.town import COVER, OTHER_COVER, case, do, loaded, sign_in, where

from baoji.kernel.base.snapshot import bump
from baoji.kernel.flow.models import Case
from baoji.kernel.maps.models import Address
from baoji.kernel.records.models import StoredFile
from baoji.kernel.records.tests.pictures import heic
from baoji.kernel.wire.once import fingerprint
from baoji.systems.urban import public
from baoji.systems.urban.api.open311.given import Given
from baoji.systems.urban.api.open311.intake import _fingerprint
from baoji.systems.urban.models import Open311Request, Policy
from baoji.systems.urban.tests.open311_reading import PLACE, SERVICE, errors, key, number_of, post, told

pytestmark = pytest.mark.django_db
KINDS = ("json", "xml")
NOWHERE = {"lat": None, "long": None}


def picture(mode: str = "JPEG", name: str = "a.jpg", shade: int = 60) -> SimpleUploadedFile:
    made = BytesIO()
    Image.new("RGB", (40, 30), (90, 120, shade)).save(made, mode)
    return SimpleUploadedFile(name, made.getvalue(), f"image/{mode.lower()}")


def count() -> int:
    return Case.objects.count()


def plate(name: str, lon: float = 107.1485, lat: float = 34.3605) -> None:
    Address.objects.create(kind="plate", name=name, place=f"SRID=4490;POINT({lon} {lat})")


@pytest.mark.parametrize("kind", KINDS)
def test_a_request_is_a_citizens_report_and_its_number_the_task_number(client: Client, kind: str) -> None:
    answer = post(client, key(), kind=kind, account_id="u-7", attribute={"condition": "1"})
    assert answer.status_code == 200
    (one,) = told(answer)
    assert list(one) == ["service_request_id", "service_notice", "account_id"]
    assert (one["service_notice"], one["account_id"]) == ("已收到，等待受理。派遣后 4 工作时内处置", "u-7")
    found = loaded(one["service_request_id"])
    assert (found.case.source, found.case.topic, found.case.reporter_id) == ("citizen", "e0110", None)
    assert (found.extra["description"], found.extra["class_code"]) == ("垃圾散落一地", "0110")
    assert public.book().by_id[found.extra["condition_id"]].n == 1
    assert where(one["service_request_id"]) == "collect/reported"
    assert (found.case.lon, found.case.lat) == (107.1485, 34.3605)


@pytest.mark.parametrize("kind", KINDS)
def test_created_then_read_by_token_and_by_number(client: Client, kind: str) -> None:
    """The scenario of open311-api-tests; our numbers are given at once, and stand for tokens as well."""
    number = number_of(post(client, key(), kind=kind))
    (by_token,) = told(client.get(f"/open311/v2/tokens/{number}.{kind}"))
    assert by_token == {"service_request_id": number, "token": number}
    (found,) = told(client.get(f"/open311/v2/requests/{number}.{kind}"))
    assert (found["service_request_id"], found["service_code"], found["status"]) == (number, SERVICE, "open")
    assert number in {line["service_request_id"] for line in told(client.get(f"/open311/v2/requests.{kind}"))}


@pytest.mark.parametrize("kind", KINDS)
def test_a_missing_required_attribute_is_named(client: Client, kind: str) -> None:
    Policy.objects.filter(name="open311").update(value={"required": ["condition"]})
    bump("policies")
    answer = post(client, key(), kind=kind)
    assert answer.status_code == 400
    assert errors(answer) == [(400, "attribute[condition]: 必填")]
    assert post(client, key("Other App"), kind=kind, attribute={"condition": "1"}).status_code == 200


def test_the_acceptor_sees_by_which_program_it_came_and_who_sent_it(client: Client) -> None:
    number = number_of(
        post(
            client,
            key("Street App"),
            first_name="小龙",
            last_name="李",
            phone="139 1234 5678",
            media_url="https://pictures.example.org/1.jpg",
        )
    )
    extra = loaded(number).extra
    assert (extra["caller_name"], extra["caller_phone"]) == ("李小龙", "139 1234 5678")
    assert extra["description"] == "垃圾散落一地\nhttps://pictures.example.org/1.jpg"
    assert case(number).timeline.get().facts == {"via": "Open311 Street App"}
    sign_in(client, "acceptor.1")
    assert "上报：Open311 Street App" in client.get(f"/cases/{number}").content.decode()
    western = number_of(post(client, key("Other App"), first_name="Bruce", last_name="Lee"))
    assert loaded(western).extra["caller_name"] == "Bruce Lee"


def test_a_mail_address_follows_the_case(client: Client) -> None:
    number = number_of(post(client, key(), email="bruce@example.org"))
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mail, code, language FROM urban_follower WHERE case_id = %s", [case(number).pk]
        )
        assert cursor.fetchall() == [("bruce@example.org", "", "zh-hans")]


def test_extensions_give_the_query_code(client: Client) -> None:
    (one,) = told(post(client, key(), extensions="true"))
    code = one["extended_attributes"]["query_code"]
    assert loaded(one["service_request_id"]).extra["query_code"] == code
    assert one["extended_attributes"]["follow_url"] == f"http://testserver/follow/{code}"


# Where ------------------------------------------------------------------------------------------


def test_coordinates_are_wgs84_and_come_before_an_address(client: Client) -> None:
    plate("经二路 8 号", lon=107.1525)
    number = number_of(post(client, key(), address_string="经二路 8 号"))
    assert (case(number).place.x, case(number).place.y) == (107.1485, 34.3605)
    assert loaded(number).case.address == "经二路 8 号"


@pytest.mark.parametrize(
    "words",
    [
        "经二路12号",
        "宝鸡市渭滨区经二路12号",
        "陕西省宝鸡市渭滨区金陵街道经二路12号",
        "经二路12号, 渭滨区, 宝鸡市",
        "经二路 12 号",
        "经二路12号门口",
    ],
)
def test_an_address_in_words_is_looked_up(client: Client, words: str) -> None:
    plate("经二路 12 号")
    plate("经二路 120 号", lon=107.1525)
    number = number_of(post(client, key(), **NOWHERE, address_string=words))
    assert (case(number).place.x, case(number).place.y) == (107.1485, 34.3605)
    assert loaded(number).case.address == words


def test_an_address_that_several_places_have_or_none_is_refused(client: Client) -> None:
    plate("经二路 12 号")
    plate("经二路 120 号", lon=107.1525)
    sender = key()
    assert errors(post(client, sender, **NOWHERE, address_string="经二路 1")) == [
        (400, "address_string: 有几处叫这个：经二路 12 号、经二路 120 号。请写全，或发送 lat 和 long")
    ]
    for n in range(1, 9):  # as many near each other as are looked at, and more behind them
        plate(f"纬三路 {n} 号")
    plate("纬三路 100 号", lon=107.1525)
    assert "有几处叫这个" in errors(post(client, sender, **NOWHERE, address_string="纬三路"))[0][1]
    assert errors(post(client, sender, **NOWHERE, address_string="长安街1号")) == [
        (400, "address_string: 找不到这个地址，请发送 lat 和 long")
    ]


@pytest.mark.parametrize("words", ["经二路", "宝鸡市渭滨区经二路", "经二"])
def test_a_road_is_no_place(client: Client, words: str) -> None:
    """One point stands for all of it."""
    Address.objects.create(kind="street", name="经二路", place="SRID=4490;POINT(107.1485 34.3605)")
    sender = key()
    assert errors(post(client, sender, **NOWHERE, address_string=words)) == [
        (400, "address_string: “经二路”是一条路，请写门牌号或路口，或发送 lat 和 long")
    ]
    plate("经二路 12 号")
    assert number_of(post(client, sender, **NOWHERE, address_string="经二路，12 号，经二路12号"))


def test_an_address_id_is_a_component_of_the_ledger(client: Client) -> None:
    sender = key()
    number = number_of(post(client, sender, **NOWHERE, service_code="c0102", address_id=COVER))
    assert loaded(number).extra["component"] == COVER
    beside = number_of(post(client, sender, **NOWHERE, address_id=COVER))
    assert loaded(beside).extra["component"] == "" and case(beside).place.coords == case(number).place.coords
    assert loaded(beside).case.address == loaded(number).case.address != ""
    (found,) = told(client.get(f"/open311/v2/requests/{number}.json"))
    assert found["address_id"] == COVER


def test_a_component_may_be_named_in_its_attribute(client: Client) -> None:
    sender = key()
    number = number_of(
        post(client, sender, **NOWHERE, service_code="c0102", attribute={"component": OTHER_COVER})
    )
    assert loaded(number).extra["component"] == OTHER_COVER
    assert errors(post(client, sender, **NOWHERE, service_code="c0106", attribute={"component": COVER})) == [
        (400, f"service_code: 部件 {COVER} 的类别是 0102")
    ]
    wrong = {"component": "6103029999000001"}
    assert errors(post(client, sender, service_code="c0102", attribute=wrong)) == [
        (400, "attribute[component]: 台账里没有这个部件")
    ]


# Photos -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "name"), [("JPEG", "a.jpg"), ("PNG", "a.png"), ("WEBP", "a.webp"), ("HEIC", "a.heic")]
)
def test_photos_come_with_the_request(client: Client, mode: str, name: str) -> None:
    sender = key()
    sent = SimpleUploadedFile(name, heic(), "image/heic") if mode == "HEIC" else picture(mode, name)
    number = number_of(post(client, sender, media=sent))
    (attachment,) = case(number).attachments.all()
    assert (attachment.kind, attachment.stage) == ("photo", "report")
    (own,) = told(client.get(f"/open311/v2/requests/{number}.json", {"api_key": sender}))
    address = own["media_url"].removeprefix("http://testserver")
    assert client.get(address)["Content-Type"] == "image/jpeg"
    assert client.get(address.partition("?")[0]).status_code == 404
    assert client.get(address[:-1] + ("A" if address[-1] != "A" else "B")).status_code == 404
    (stranger,) = told(client.get(f"/open311/v2/requests/{number}.json"))
    assert stranger["media_url"] is None


def test_several_photos_up_to_the_policys_number(client: Client) -> None:
    sender, before = key(), count()
    nine = [picture(shade=16 * nth) for nth in range(9)]
    assert case(number_of(post(client, sender, media=nine))).attachments.count() == 9
    assert errors(post(client, sender, media=[picture() for _n in range(10)])) == [
        (400, "media: 最多附 9 张照片")
    ]
    assert count() == before + 1


def test_what_is_no_photo_is_refused(client: Client) -> None:
    before = count()
    answer = post(client, key(), media=SimpleUploadedFile("a.jpg", b"<script>", "image/jpeg"))
    assert answer.status_code == 400 and "照片" in errors(answer)[0][1] and count() == before


def test_what_is_refused_leaves_no_row_of_its_photos(client: Client) -> None:
    sender, before = key(), StoredFile.objects.count()
    assert post(client, sender, lat="39.9", long="116.4", media=picture(shade=3)).status_code == 400
    assert StoredFile.objects.count() == before
    number = number_of(post(client, sender, media=picture(shade=3)))
    assert StoredFile.objects.count() == before + 1
    assert say(client, sender, number, description="", media=picture(shade=4)).status_code == 400
    assert StoredFile.objects.count() == before + 1
    assert say(client, sender, number, media=picture(shade=4)).status_code == 200
    assert StoredFile.objects.count() == before + 2


# Refusals ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ({"api_key": None}, 403, "api_key"),
        ({"api_key": ""}, 403, "api_key"),
        ({"api_key": "wrong"}, 403, "api_key"),
        ({"service_code": None}, 400, "service_code"),
        ({"service_code": "nosuch"}, 404, "nosuch"),
        ({"jurisdiction_id": "sfgov.org"}, 404, "jurisdiction_id"),
        ({"lat": None}, 400, "lat"),
        ({"long": ""}, 400, "long"),
        (NOWHERE, 400, "address_string"),
        ({"lat": "north"}, 400, "lat"),
        ({"lat": "nan"}, 400, "lat"),
        ({"lat": "39.91", "long": "116.39"}, 400, "lat, long: 位置不在本市范围内"),
        ({"lat": PLACE["long"], "long": PLACE["lat"]}, 400, "lat, long: 经度和纬度写反了"),
        ({**NOWHERE, "address_id": "12"}, 400, "address_id"),
        ({"attribute": {"condition": "99"}}, 400, "attribute[condition]"),
        ({"attribute": {"nosuch": "1"}}, 400, "attribute[nosuch]"),
        ({"attribute": {"found_at": "soon"}}, 400, "attribute[found_at]"),
        ({"attribute": {"found_at": "2100-01-01T00:00:00Z"}}, 400, "attribute[found_at]"),
        ({"service_code": "c0102", "attribute": {"component": "12"}}, 400, "attribute[component]"),
        ({"description": "长" * 4001}, 400, "description: 最多 4000 个字"),
        ({"email": "nobody"}, 400, "email"),
        ({"phone": "1" * 31}, 400, "phone: 最多 30 个字"),
        ({"first_name": "名" * 41}, 400, "first_name, last_name: 最多 40 个字"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url"),
        ({"media_url": "https://x.example/ a"}, 400, "media_url"),
        ({"media_url": "https://x.example/" + "a" * 500}, 400, "media_url"),
        ({"headers": {"Idempotency-Key": "x" * 129}}, 400, "Idempotency-Key"),
    ],
)
def test_each_refusal_in_both_formats_and_nothing_is_kept(
    client: Client, kind: str, given: dict[str, Any], status: int, words: str
) -> None:
    sender, before = key(), count()
    answer = post(
        client, given.get("api_key", sender), kind=kind, **{n: v for n, v in given.items() if n != "api_key"}
    )
    assert answer.status_code == status, answer.content.decode()
    found = errors(answer)
    assert [code for code, _line in found] == [status] and words in found[0][1]
    assert count() == before


def test_everything_that_is_wrong_is_told_at_once(client: Client) -> None:
    answer = post(
        client, key(), lat="x", description="长" * 4001, attribute={"condition": "99", "nosuch": "1"}
    )
    lines = [line.partition(":")[0] for _code, line in errors(answer)]
    assert sorted(lines) == ["attribute[condition]", "attribute[nosuch]", "description", "lat"]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("service", "first"), [(None, (400, "请填写 service_code")), ("nosuch", (404, "没有这个服务代码"))]
)
def test_without_a_service_the_rest_is_looked_at_all_the_same(
    client: Client, kind: str, service: str | None, first: tuple[int, str]
) -> None:
    """Each error has its own code; what only a service could say (its attributes) is not guessed."""
    before = count()
    answer = post(
        client,
        key(),
        kind=kind,
        service_code=service,
        lat=PLACE["long"],
        long=PLACE["lat"],
        email="nobody",
        phone="1" * 31,
        media_url="ftp://x.example/",
        attribute={"nosuch": "1"},
        headers={"Idempotency-Key": "x" * 129},
    )
    assert answer.status_code == first[0]
    (code, line), *rest = errors(answer)
    assert code == first[0] and line.startswith(first[1])
    assert {found for found, _line in rest} == {400}
    lines = [line.partition(":")[0] for _code, line in rest]
    media = "media_url 是 http 或 https 地址，最多 500 个字"
    assert sorted(lines) == ["Idempotency-Key", "email", "lat, long", media, "phone"]
    assert "lat, long: 经度和纬度写反了：lat 是纬度，long 是经度" in [line for _code, line in rest]
    assert count() == before


def test_what_the_report_itself_refuses_is_told_together_too(client: Client) -> None:
    """Found out on the way in, where the first refusal ends it: the future, a name too long, a place far away, swapped."""
    sender, given = key(), {"first_name": "名" * 41, "attribute": {"found_at": "2100-01-01T00:00:00Z"}}
    for place, words in (
        ({"lat": "39.91", "long": "116.39"}, "位置不在本市范围内"),
        ({"lat": PLACE["long"], "long": PLACE["lat"]}, "经度和纬度写反了：lat 是纬度，long 是经度"),
    ):
        lines = [line for _code, line in errors(post(client, sender, **given, **place))]
        names = [line.partition(":")[0] for line in lines]
        assert sorted(names) == ["attribute[found_at]", "first_name, last_name", "lat, long"]
        assert f"lat, long: {words}" in lines


@pytest.mark.parametrize(
    ("lat", "long", "lines"),
    [
        ("nan", "inf", ["lat: 请写数字，例如 34.365", "long: 请写数字，例如 34.365"]),
        ("x", None, ["lat 和 long 要一起给", "lat: 请写数字，例如 34.365"]),
        (None, "107.1485", ["lat 和 long 要一起给"]),
        ("34.36", "东", ["long: 请写数字，例如 34.365"]),
    ],
)
def test_each_coordinate_that_is_wrong_is_named(
    client: Client, lat: str | None, long: str | None, lines: list[str]
) -> None:
    """And what else is wrong, in the same answer."""
    found = errors(post(client, key(), lat=lat, long=long, email="bad", attribute={"condition": "99"}))
    assert {code for code, _line in found} == {400}
    named = [line for _code, line in found]
    assert sorted(line for line in named if line.startswith(("lat", "long"))) == lines
    others = [line.partition(":")[0] for line in named if line not in lines]
    assert sorted(others) == ["attribute[condition]", "email"]


def test_a_place_is_refused_in_one_way(client: Client) -> None:
    assert errors(post(client, key(), service_code=None, **NOWHERE)) == [
        (400, "请填写 service_code"),
        (400, "lat, long: 请给出位置：lat 和 long，或 address_string，或 address_id"),
    ]
    assert errors(post(client, key("Other App"), service_code=None, description=None)) == [
        (400, "请填写 service_code")
    ]


def test_four_thousand_characters_are_taken(client: Client) -> None:
    words = "长" * 3999 + "。"
    assert loaded(number_of(post(client, key(), description=words))).extra["description"] == words


def test_only_forms_are_read(client: Client) -> None:
    sender = key()
    answer = client.post(
        "/open311/v2/requests.json",
        {"api_key": sender, "service_code": SERVICE, **PLACE},
        content_type="application/json",
    )
    assert answer.status_code == 400 and "x-www-form-urlencoded" in errors(answer)[0][1]
    cut = client.generic(
        "POST",
        "/open311/v2/requests.json",
        b"--x\r\nContent-Disposition: nonsense",
        "multipart/form-data; boundary=x",
    )
    assert cut.status_code in {400, 403} and errors(cut)


def test_a_form_in_the_address_and_in_the_body(client: Client) -> None:
    """Clients in use put the jurisdiction and sometimes everything into the address."""
    sender = key()
    answer = client.post(
        f"/open311/v2/requests.json?jurisdiction_id=baoji.gov.cn&service_code={SERVICE}",
        f"api_key={sender}&lat={PLACE['lat']}&long={PLACE['long']}&description=%E5%9E%83%E5%9C%BE",
        content_type="application/x-www-form-urlencoded; charset=utf-8",
    )
    assert loaded(number_of(answer)).extra["description"] == "垃圾"


def test_attributes_in_every_spelling(client: Client) -> None:
    sender = key()
    for name in ("attribute[condition]", "attribute[condition][]", "attribute[condition][0]"):
        number = number_of(post(client, sender, **{name: "1"}))
        assert loaded(number).extra["condition_id"] is not None
    assert errors(post(client, sender, **{"attribute[condition][]": ["1", "2"]})) == [
        (400, "attribute[condition]: 只能有一个值")
    ]
    day = timezone.localdate() - timedelta(days=40)
    found_at = f"{day.isoformat()}T08:00:00+08:00"
    number = number_of(post(client, sender, attribute={"found_at": found_at, "condition": ""}))
    assert timezone.localtime(loaded(number).extra["found_at"]).isoformat() == found_at


# Once -------------------------------------------------------------------------------------------


def test_the_same_key_and_call_is_one_request_in_either_format(client: Client) -> None:
    sender, once = key(), {"Idempotency-Key": "k-1"}
    first = number_of(post(client, sender, headers=once, media=picture()))
    before = count()
    assert number_of(post(client, sender, headers=once, kind="xml", media=picture())) == first
    assert count() == before and Open311Request.objects.count() == 1
    conflict = post(client, sender, headers=once, description="另一件")
    assert conflict.status_code == 409 and errors(conflict)[0][0] == 409
    other = number_of(post(client, key("Other App"), headers=once, media=picture()))
    assert other != first


def test_a_retry_after_an_upgrade_meets_the_key_it_left(rf: Any) -> None:
    """The hash is that of releases that joined whole files, made without holding one of them in memory."""
    data = bytes(range(256)) * 40_000
    asked = rf.post(
        "/open311/v2/requests.json", {"api_key": "k", **PLACE, "media": SimpleUploadedFile("a", data)}
    )
    given = Given(asked)
    (upload,) = asked.FILES.getlist("media")
    fields = orjson.dumps([(name, [value]) for name, value in sorted(PLACE.items())])
    tracemalloc.start()
    made = _fingerprint(given, [upload])
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert made == fingerprint(b"open311/requests", fields, data)
    assert upload.read() == data and most < len(data) / 4


@pytest.mark.django_db(transaction=True)
def test_twins_that_arrive_together_are_one_request() -> None:
    sender = key()

    def send(_n: int) -> str:
        try:
            return number_of(post(Client(), sender, headers={"Idempotency-Key": "twin"}))
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        found = set(pool.map(send, range(8)))
    assert len(found) == 1 and Open311Request.objects.count() == 1


def test_the_case_goes_its_way_like_any_other(client: Client) -> None:
    number = number_of(post(client, key(), attribute={"condition": "1"}))
    do(number, "acceptor.1", "accept", now=timezone.now())
    assert where(number) == "file/accepted"
    (found,) = told(client.get(f"/open311/v2/requests/{number}.json"))
    assert found["status_notes"] == "正在审核，决定是否立案"


# Updates ----------------------------------------------------------------------------------------


def say(
    client: Client, api_key: str, number: str, *, kind: str = "json", headers: Any = None, **given: Any
) -> Any:
    body = {
        "api_key": api_key,
        "service_request_id": number,
        "description": "昨天又有人倒垃圾",
        "status": "OPEN",
        **given,
    }
    return client.post(f"/open311/v2/servicerequestupdates.{kind}", body, headers=headers or {})


@pytest.mark.parametrize("kind", KINDS)
def test_a_word_of_the_reporter_reaches_the_acceptor_and_its_answer_the_program(
    client: Client, kind: str
) -> None:
    sender = key()
    number = number_of(post(client, sender))
    answer = say(client, sender, number, kind=kind, media=picture())
    assert answer.status_code == 200 and told(answer) == [{"update_id": f"{number}-2"}]
    assert loaded(number).case.status == "open" and case(number).attachments.count() == 1
    do(number, "acceptor.1", "tell", now=timezone.now(), opinion="明天派人去看，请留意")
    (own,) = told(
        client.get(f"/open311/v2/requests/{number}.{kind}", {"api_key": sender, "extensions": "true"})
    )
    first, word, reply = own["updates"]
    assert word["description"] == "昨天又有人倒垃圾" and reply["description"].endswith(
        "：明天派人去看，请留意"
    )
    assert [line["media_url"] for line in (own, first, reply)] == [None] * 3
    assert client.get(word["media_url"].removeprefix("http://testserver"))["Content-Type"] == "image/jpeg"
    listed = told(client.get(f"/open311/v2/servicerequestupdates.{kind}", {"api_key": sender}))
    assert len(listed) == 3 and word["media_url"] in {line["media_url"] for line in listed}
    (stranger,) = told(client.get(f"/open311/v2/requests/{number}.{kind}", {"extensions": "true"}))
    assert len(stranger["updates"]) == 1 and "倒垃圾" not in str(stranger)
    assert len(told(client.get(f"/open311/v2/servicerequestupdates.{kind}"))) == 1


def test_the_same_word_is_said_once(client: Client) -> None:
    sender, once = key(), {"Idempotency-Key": "u-1"}
    number = number_of(post(client, sender))
    first = told(say(client, sender, number, headers=once))
    assert told(say(client, sender, number, headers=once)) == first and loaded(number).case.records == 2
    assert say(client, sender, number, headers=once, description="另一句话").status_code == 409


@pytest.mark.parametrize("kind", KINDS)
def test_who_may_not_say_a_word(client: Client, kind: str) -> None:
    sender, other = key(), key("Other App")
    number = number_of(post(client, sender))
    for api_key, given, status, words in (
        ("", {}, 403, "api_key"),
        (other, {}, 403, "api_key"),
        (sender, {"service_request_id": ""}, 400, "service_request_id"),
        (sender, {"service_request_id": "T000000-0000000"}, 404, "T000000-0000000"),
        (sender, {"description": ""}, 400, "description"),
        (sender, {"description": "长" * 2001}, 400, "description"),
    ):
        answer = say(client, api_key, number, kind=kind, **given)
        assert answer.status_code == status, answer.content.decode()
        assert [code for code, _line in errors(answer)] == [status] and words in errors(answer)[0][1]
    for _n in range(3):
        assert say(client, sender, number, kind=kind).status_code == 200
    refused = say(client, sender, number, kind=kind)
    assert refused.status_code in {400, 409} and "三条" in errors(refused)[0][1]
