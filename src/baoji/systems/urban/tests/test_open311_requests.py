"""Reading requests: what is asked for, what is told, and what nobody but the sender is told; in both formats."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from tests.town import COVER, NOW, body, case, do, event, loaded, report, walk, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.maps.models import Address
from baoji.kernel.wire.rates import Bucket
from baoji.systems.urban.actions.citizen_photos import review_photo
from baoji.systems.urban.actions.citizen_publish import publish
from baoji.systems.urban.api.open311 import limits
from baoji.systems.urban.api.open311.formats import MIMES
from baoji.systems.urban.api.open311.shapes import Reader, photo_url
from baoji.systems.urban.models import PhotoReview, Policy
from baoji.systems.urban.queries import open311_services
from baoji.systems.urban.queries.open311_services import OPEN_FIELDS
from baoji.systems.urban.tests.open311_reading import (
    PLACE,
    SERVICE,
    errors,
    key,
    number_of,
    post,
    told,
)

pytestmark = pytest.mark.django_db
KINDS = ("json", "xml")
FIELDS = [
    "service_request_id",
    "status",
    "status_notes",
    "service_name",
    "service_code",
    "description",
    "agency_responsible",
    "service_notice",
    "requested_datetime",
    "updated_datetime",
    "expected_datetime",
    "address",
    "address_id",
    "zipcode",
    "lat",
    "long",
    "media_url",
]
MARCH = {"start_date": "2026-03-01T00:00:00Z", "end_date": "2026-04-01T00:00:00Z"}


@pytest.fixture(autouse=True)
def _fresh_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "strangers", Bucket(10, 600))
    monkeypatch.setattr(limits, "photos", Bucket(10, 600))
    monkeypatch.setattr(limits, "_programs", {})


def public(number: str) -> str:
    """The number of a case that the worker has written down for everybody."""
    publish([case(number).pk], NOW)
    return number


def filed(**draft: Any) -> str:
    return public(walk(event(**draft), "dispatch/filed"))


def asked(client: Client, kind: str = "json", **given: Any) -> Any:
    answer = client.get(f"/open311/v2/requests.{kind}", given)
    assert answer.status_code == 200, answer.content.decode()
    return told(answer)


def numbers(client: Client, **given: Any) -> list[str]:
    return [one["service_request_id"] for one in asked(client, **{**MARCH, **given})]


def one(client: Client, number: str, kind: str = "json", **given: Any) -> Any:
    answer = client.get(f"/open311/v2/requests/{number}.{kind}", given)
    assert answer.status_code == 200, answer.content.decode()
    (found,) = told(answer)
    return found


def places(**by_class: str) -> None:
    """Sets how exactly event classes are shown: `e0107="coarse"`."""
    classes = [{"kind": "event", "class": name[1:], "place": place} for name, place in by_class.items()]
    Policy.objects.update_or_create(name="public", defaults={"value": {"classes": classes, "coarse_m": 200}})
    bump("policies")


def opened(**value: Any) -> None:
    """Sets what strangers may read: `words=True`, `fields=[…]`."""
    Policy.objects.update_or_create(name="open311", defaults={"value": value})
    bump("policies")


@pytest.mark.parametrize("kind", KINDS)
def test_every_field_of_the_specification_is_told(client: Client, kind: str) -> None:
    found = one(client, filed(), kind)
    assert list(found) == FIELDS
    assert (found["status"], found["service_code"], found["service_name"]) == (
        "open",
        "e0110",
        "暴露生活垃圾",
    )
    assert found["status_notes"] == "正在确定由谁处置"
    assert found["requested_datetime"] == NOW.isoformat(timespec="seconds")
    assert (float(found["lat"]), float(found["long"])) == (34.3605, 107.1485)
    assert [found[name] for name in ("zipcode", "media_url", "expected_datetime", "agency_responsible")] == [
        None
    ] * 4


def test_both_formats_tell_the_same(client: Client) -> None:
    filed()
    plain, tagged = asked(client, **MARCH), asked(client, "xml", **MARCH)
    for line in plain:
        line["lat"], line["long"] = str(line["lat"]), str(line["long"])
    assert plain == tagged != []


def test_nothing_found_is_an_empty_list(client: Client) -> None:
    assert client.get("/open311/v2/requests.json").json() == []
    assert b"<service_requests/>" in client.get("/open311/v2/requests.xml").content


# What it says of where a request stands ---------------------------------------------------------


def test_the_way_of_a_case_in_plain_words(client: Client) -> None:
    number = filed()
    said = {}
    for step in (
        "handle/to_sign",
        "handle/handling",
        "feedback/answered",
        "check/checking",
        "evaluate/closed",
    ):
        walk(number, step)
        found = one(client, number)
        said[step] = (found["status"], found["status_notes"])
    assert said == {
        "handle/to_sign": ("open", "等待处置单位签收"),
        "handle/handling": ("open", "正在处置"),
        "feedback/answered": ("open", "处置单位已回复，正在复核"),
        "check/checking": ("open", "正在现场核查"),
        "evaluate/closed": ("closed", "已结案。已清除"),
    }
    assert one(client, number, locale="en")["status_notes"].startswith("Closed")


@pytest.mark.parametrize("kind", KINDS)
def test_what_the_chief_wrote_instead_of_a_closing_condition_is_for_the_sender(
    client: Client, kind: str
) -> None:
    sender = key()
    sent = number_of(post(client, sender, attribute={"condition": "1"}))
    now = timezone.now()
    do(walk(sent, "file/verified", now=now), "chief.1", "file", now=now)
    written, opinion = "已与张三家私下谈妥 13800138000", "现场封闭，无法核查"
    for number in (walk(sent, "check/to_check", now=now), walk(event(), "check/to_check")):
        at = now if number == sent else NOW
        do(number, "chief.1", "close", now=at, kind="forced", opinion=opinion, closing_condition=written)
        publish([case(number).pk], at)
        for more in ({}, {"extensions": "true"}):
            found = one(client, number, kind, **more)
            assert found["status_notes"] == "已结案（未经核查）" and "张三" not in str(found)
    assert written in one(client, sent, kind, api_key=sender)["status_notes"]


def test_the_body_and_its_time_are_told_once_it_has_the_case(client: Client) -> None:
    number = walk(filed(), "handle/handling")
    found, held = one(client, number), loaded(number).case
    assert found["agency_responsible"] and found["service_notice"] == "派遣后 4 工作时内处置"
    assert datetime.fromisoformat(found["expected_datetime"]) == held.clock_due_at
    walk(number, "evaluate/closed")
    assert one(client, number)["expected_datetime"] is None


def test_a_closed_request_was_updated_when_it_was_closed(client: Client) -> None:
    number = walk(filed(), "evaluate/closed")
    closed = loaded(number).case.closed_at
    do(number, body(number), "appeal", now=NOW + timedelta(hours=2))
    assert loaded(number).case.last_at > closed
    assert datetime.fromisoformat(one(client, number)["updated_datetime"]) == closed


@pytest.mark.parametrize(
    ("person", "act", "notes"),
    [
        ("acceptor.1", "reject", "没有受理。情况属实，请按此办理"),
        ("acceptor.1", "settle", "已答复。已到现场办理"),
    ],
)
def test_an_end_before_filing_is_told_with_its_reason(
    client: Client, person: str, act: str, notes: str
) -> None:
    sender = key()
    number = number_of(post(client, sender))
    do(number, person, act, now=timezone.now())
    found = one(client, number, api_key=sender)
    assert (found["status"], found["status_notes"]) == ("closed", notes)
    assert one(client, number)["status_notes"] == notes.partition("。")[0], "words are for who sent it"
    opened(words=True)
    assert one(client, number)["status_notes"] == notes


def test_a_merged_request_stands_where_it_went_on(client: Client) -> None:
    """The specification calls a duplicate closed and closed resolved; ours is not closed before it is resolved."""
    sender = key()
    number = number_of(post(client, sender))
    first, last = number_of(post(client, sender)), event(now=timezone.now())
    do(number, "acceptor.1", "merge", now=timezone.now(), into=first)
    do(first, "acceptor.1", "merge", now=timezone.now(), into=last)
    found = one(client, number)
    assert (found["status"], found["status_notes"]) == ("open", f"已与 {last} 合并办理。等待受理")
    assert {number, first} <= set(numbers(client, status="open", start_date="", end_date=""))
    do(last, "acceptor.1", "reject", now=timezone.now())
    found = one(client, number)
    assert (found["status"], found["status_notes"]) == ("closed", f"已与 {last} 合并办理。没有受理")
    assert {number, first} <= set(numbers(client, status="closed", start_date="", end_date=""))
    assert numbers(client, status="open", start_date="", end_date="") == []


# Which ones -------------------------------------------------------------------------------------


def test_newest_first_and_only_of_the_time_asked_for(client: Client) -> None:
    early, late = filed(now=NOW - timedelta(days=10)), filed()
    assert numbers(client) == [late, early]
    assert numbers(client, start_date="2026-03-10") == [late]
    assert numbers(client, end_date="2026-03-07T10:00:00+08:00") == [early]
    assert numbers(client, end_date="2026-03-06") == []
    assert asked(client) == []  # the last 90 days: the town's day is long ago


def test_one_end_of_the_time_reaches_ninety_days(client: Client) -> None:
    number = filed()
    for given in ({"start_date": "2026-01-01"}, {"end_date": "2026-06-01"}):
        assert [found["service_request_id"] for found in asked(client, **given)] == [number]
    for given in ({"start_date": "2025-12-01"}, {"end_date": "2026-07-01"}):
        assert asked(client, **given) == []


def test_by_status_and_by_several_services(client: Client) -> None:
    rubbish, litter = filed(), filed(class_code="0112", description="道路不洁")
    closed = walk(filed(), "evaluate/closed")
    public(closed)
    assert set(numbers(client, status="open")) == {rubbish, litter}
    assert numbers(client, status="CLOSED") == [closed]
    assert set(numbers(client, status="open,closed")) == {rubbish, litter, closed}
    assert numbers(client, service_code="e0112") == [litter]
    assert set(numbers(client, service_code="e0112,e0110")) == {rubbish, litter, closed}
    assert set(numbers(client, service_code=["e0112", "e0110"])) == {rubbish, litter, closed}
    assert numbers(client, service_code="nosuch") == []
    assert set(numbers(client, service_code="", status="")) == {rubbish, litter, closed}


def test_by_number_overrides_everything_else(client: Client) -> None:
    first, second = filed(), filed(now=NOW - timedelta(days=300))
    by_case_number = loaded(first).case.case_number
    found = asked(
        client, service_request_id=f"{second}, {first} ,T000000-0000000", status="closed", start_date="x"
    )
    assert [line["service_request_id"] for line in found] == [second, first]
    assert one(client, str(by_case_number))["service_request_id"] == first
    assert one(client, first.lower())["service_request_id"] == first
    assert asked(client, service_request_id="nosuch") == []


def test_pages(client: Client) -> None:
    all_five = [filed(now=NOW - timedelta(minutes=n)) for n in range(5)]
    seen = [numbers(client, page=page, page_size=2) for page in (1, 2, 3, 4)]
    assert seen == [all_five[:2], all_five[2:4], all_five[4:], []]
    answer = client.get("/open311/v2/requests.json", {**MARCH, "page_size": 2, "api_key": key()})
    following = answer["Link"].partition(">")[0].removeprefix("<http://testserver")
    assert "api_key" not in following
    assert [line["service_request_id"] for line in client.get(following).json()] == all_five[2:4]
    assert "Link" not in client.get("/open311/v2/requests.json", {**MARCH, "page": 3, "page_size": 2})


@pytest.mark.parametrize("address", ["requests", "servicerequestupdates"])
def test_strangers_page_so_deep_and_programs_with_a_key_deeper(client: Client, address: str) -> None:
    def status(**given: Any) -> int:
        return client.get(f"/open311/v2/{address}.json", {**MARCH, **given}).status_code

    assert [status(page=20), status(page=21), status(page=10_000, page_size=2)] == [200, 400, 200]
    assert status(page=21, api_key=key()) == 200
    [(code, sentence)] = errors(client.get(f"/open311/v2/{address}.json", {**MARCH, "page": 100_000}))
    assert code == 400 and all(word in sentence for word in ("page", "start_date", "20000"))


def test_pages_run_through_filed_and_unfiled_ones_alike(client: Client) -> None:
    sender = key()
    mixed = []
    for n in range(6):
        mixed.append(number_of(post(client, sender)) if n % 2 else filed(now=timezone.now()))
    seen = [
        line["service_request_id"] for page in (1, 2, 3, 4) for line in asked(client, page=page, page_size=2)
    ]
    assert seen == mixed[::-1]


def test_never_more_than_a_thousand(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = client.get("/open311/v2/requests.json", {"page_size": "1001"})
    assert errors(answer) == [(400, "page_size 是 1 到 1000 的整数")]
    listed = ",".join(f"T260317-{n:07}" for n in range(1001))
    assert errors(client.get("/open311/v2/requests.json", {"service_request_id": listed})) == [
        (400, "service_request_id: 一次最多 1000 个编号")
    ]


def test_by_the_time_of_the_last_change(client: Client) -> None:
    old = filed(now=NOW - timedelta(days=300))
    quiet = filed()
    do(old, "dispatcher.1", "dispatch", now=NOW + timedelta(hours=1))
    public(old)
    since = (NOW + timedelta(minutes=30)).isoformat()
    assert [line["service_request_id"] for line in asked(client, updated_after=since)] == [old]
    assert [line["service_request_id"] for line in asked(client, updated_before=since)] == [quiet]
    assert numbers(client, updated_after=since) == []  # both times together: requested in March as well
    assert numbers(client, updated_before=since) == [quiet]


def test_the_change_of_what_is_not_filed_counts_too(client: Client) -> None:
    number = number_of(post(client, key()))
    since = timezone.now().isoformat()
    assert asked(client, updated_after=since) == []
    do(number, "acceptor.1", "accept", now=timezone.now())
    assert [line["service_request_id"] for line in asked(client, updated_after=since)] == [number]


# Who may learn what -----------------------------------------------------------------------------


def test_what_came_by_another_door_is_told_once_it_is_public(client: Client) -> None:
    number = report()
    assert asked(client, service_request_id=number) == []
    assert client.get(f"/open311/v2/requests/{number}.json").status_code == 404
    walk(number, "dispatch/filed")
    assert client.get(f"/open311/v2/requests/{number}.json").status_code == 404
    public(number)
    assert one(client, number)["service_request_id"] == number


def test_the_words_and_the_name_of_who_called_stay_inside(client: Client) -> None:
    number = filed(
        by="hotline.1", caller_name="赵敏", caller_phone="13900000000", description="张三家门口，电话 3261234"
    )
    found = one(client, number, extensions="true")
    for secret in ("赵敏", "13900000000", "张三", "3261234", "hotline"):
        assert secret not in str(found)
    assert found["description"] == "暴露生活垃圾 · 垃圾散落在收集容器以外"


def test_a_program_reads_its_own_words_whole_and_strangers_read_them_redacted(client: Client) -> None:
    sender, other = key(), key("Other App")
    opened(words=True)
    number = number_of(
        post(
            client,
            sender,
            description="李小龙说垃圾散落，电话 13912345678，陕C12345",
            first_name="小龙",
            last_name="李",
            phone="029-88888888",
            email="bruce@example.org",
            media_url="https://pictures.example.org/1.jpg",
            address_string="经二路 12 号 3号楼2单元501室",
        )
    )
    own = one(client, number, api_key=sender)
    assert own["description"] == "李小龙说垃圾散落，电话 13912345678，陕C12345"
    assert own["media_url"] == "https://pictures.example.org/1.jpg"
    assert own["address"] == "经二路 12 号 3号楼2单元501室"
    for given in ({}, {"api_key": other}):
        found = one(client, number, extensions="true", **given)
        assert found["description"] == "***说垃圾散落，电话 ***，***"
        assert found["media_url"] is None and found["address"] is None
        for secret in ("小龙", "13912345678", "88888888", "bruce", "501室", "Street App"):
            assert secret not in str(found)


def test_strangers_read_no_words_unless_the_city_says_so(client: Client) -> None:
    sender = key()
    number = number_of(post(client, sender, attribute={"condition": "1"}))
    Policy.objects.filter(name="open311").delete()
    bump("policies")
    assert one(client, number)["description"].startswith("暴露生活垃圾 · ")
    assert "垃圾散落" in one(client, number, api_key=sender)["description"]


@pytest.mark.parametrize("kind", KINDS)
def test_a_city_decides_which_fields_are_open(client: Client, kind: str) -> None:
    sender = key()
    number = number_of(post(client, sender, attribute={"condition": "1"}, address_string="经二路 12 号"))
    opened(words=True, fields=["status_notes"])
    for found in (one(client, number, kind), asked(client, kind, service_request_id=number)[0]):
        assert found["status_notes"] and found["status"] == "open" and found["service_code"] == SERVICE
        for name in set(OPEN_FIELDS) - {"status_notes"}:
            assert not found[name], name
    own = one(client, number, kind, api_key=sender)
    assert own["description"] and own["address"] == "经二路 12 号" and own["service_notice"]
    opened(words=True)
    assert one(client, number, kind)["service_notice"], "a change of the policy holds at once"


@pytest.mark.parametrize("kind", KINDS)
def test_a_list_that_was_told_before_says_what_is_so_now(client: Client, kind: str) -> None:
    """Answers are kept for a while; each act, review and edit of names makes them new."""
    number = walk(event(now=timezone.now()), "handle/handling", now=timezone.now())
    publish([loaded(number).case.pk])

    def listed(**given: Any) -> Any:
        return next(found for found in asked(client, kind, **given) if found["service_request_id"] == number)

    first = listed()
    assert listed() == first
    english = listed(locale="en")
    assert english["description"] != first["description"]
    photo = sql.value(
        "SELECT min(id) FROM flow_attachment WHERE case_id = %s AND kind = 'photo'", [loaded(number).case.pk]
    )
    assert not first["media_url"]
    review_photo(who("acceptor.1"), photo, True, NOW)
    assert f"/photos/{photo}.jpg" in listed()["media_url"]
    review_photo(who("acceptor.1"), photo, False, NOW, seen=True)
    assert not listed()["media_url"]
    do(number, "@body", "answer", now=timezone.now())
    assert listed()["status_notes"] != first["status_notes"]


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_is_told_what_was_kept_for_another(client: Client, kind: str) -> None:
    sender, other = key(), key("Other App")
    number = number_of(post(client, sender, address_string="我家门口 3号楼2单元501室"))
    given = {"service_request_id": number}
    own = asked(client, kind, **given, api_key=sender)[0]
    assert "501室" in own["address"]
    for reader in ({}, {"api_key": other}):
        assert "501室" not in str(asked(client, kind, **given, **reader))
    assert asked(client, kind, **given, api_key=sender)[0] == own


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", ["requests", "servicerequestupdates", "services", "nowhere"])
def test_a_body_over_the_limit_gets_the_error_array(client: Client, kind: str, path: str) -> None:
    answer = client.post(
        f"/open311/v2/{path}.{kind}",
        "api_key=x",
        content_type="application/x-www-form-urlencoded",
        CONTENT_LENGTH=str(settings.MAX_REQUEST_BYTES + 1),
    )
    assert answer.status_code == 413 and answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Content-Type"] == MIMES[kind]
    ((code, description),) = errors(answer)
    assert code == 413 and "64 MB" in description


def test_strangers_read_the_gazetteers_address(client: Client) -> None:
    Address.objects.create(
        kind="plate", name="经二路 8 号", place=f"SRID=4490;POINT({PLACE['long']} {PLACE['lat']})"
    )
    assert one(client, number_of(post(client, key(), address_string="我家门口")))["address"] == "经二路 8 号"


@pytest.mark.parametrize("kind", KINDS)
def test_who_sent_a_place_without_words_reads_the_address_that_strangers_do(
    client: Client, kind: str
) -> None:
    Address.objects.create(
        kind="plate", name="经二路 8 号", place=f"SRID=4490;POINT({PLACE['long']} {PLACE['lat']})"
    )
    sender = key()
    sent = number_of(post(client, sender, attribute={"condition": "1"}))
    typed = number_of(post(client, sender, address_string="我家门口"))
    for number, own in ((sent, "经二路 8 号"), (typed, "我家门口")):
        assert one(client, number, kind)["address"] == "经二路 8 号"
        assert one(client, number, kind, api_key=sender)["address"] == own
    walk(sent, "handle/handling", now=timezone.now())
    publish([loaded(sent).case.pk])
    assert one(client, sent, kind, api_key=sender)["address"] == one(client, sent, kind)["address"] != ""
    listed = {found["service_request_id"]: found["address"] for found in asked(client, kind, api_key=sender)}
    assert (listed[sent], listed[typed]) == ("经二路 8 号", "我家门口")


def test_what_concerns_a_home_is_told_coarsely(client: Client) -> None:
    places(e0107="coarse")
    sender = key()
    sent = number_of(
        post(client, sender, service_code="e0107", description="三楼晾衣服", address_string="经二路 12 号")
    )
    other = filed(class_code="0107", condition=1, description="三楼晾衣服", address="经二路 12 号")
    for number in (sent, other):
        found = one(client, number, extensions="true")
        assert (found["lat"], found["long"]) != (34.3605, 107.1485)
        assert abs(found["lat"] - 34.3605) < 0.002 and abs(found["long"] - 107.1485) < 0.002
        assert "三楼" not in str(found) and "12 号" not in str(found)
        assert "渭滨区" in found["address"] and len(found["extended_attributes"]["area"]) == 9
        assert found["extended_attributes"]["coarse"] is True
    own = one(client, sent, api_key=sender)
    assert (own["lat"], own["long"], own["description"]) == (34.3605, 107.1485, "三楼晾衣服")


def test_a_hidden_class_is_told_to_its_sender_alone(client: Client) -> None:
    sender = key()
    number = number_of(post(client, sender, service_code="e0403"))
    other = filed(class_code="0403", condition=1, now=timezone.now())
    assert len(asked(client)) == 2
    places(e0403="hidden")
    assert asked(client) == [] and asked(client, service_request_id=f"{number},{other}") == []
    assert told(client.get("/open311/v2/servicerequestupdates.json")) == []
    assert [line["service_request_id"] for line in asked(client, api_key=sender)] == [number]
    assert asked(client, api_key=key("Other App")) == []


def test_what_was_closed_long_ago_is_told_to_its_sender_alone(client: Client) -> None:
    sender = key()
    number = number_of(post(client, sender))
    do(number, "acceptor.1", "reject", now=timezone.now())
    assert one(client, number)["status"] == "closed"
    Policy.objects.update_or_create(name="public", defaults={"value": {"shown_days": 0}})
    bump("policies")
    assert client.get(f"/open311/v2/requests/{number}.json").status_code == 404
    assert one(client, number, api_key=sender)["status"] == "closed"


# Extensions -------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_extensions_are_told_when_asked_for(client: Client, kind: str) -> None:
    number = public(walk(report(), "handle/handling"))
    assert list(one(client, number, kind)) == FIELDS
    found = one(client, number, kind, extensions="true")
    assert list(found) == [*FIELDS, "attributes", "extended_attributes", "notes", "updates"]
    assert [line["code"] for line in found["attributes"]] == ["condition", "component"]
    assert (found["attributes"][0]["value"], found["attributes"][1]["value"]) == ("3", COVER)
    assert found["address_id"] == COVER
    assert found["extended_attributes"]["kind"] == "component"
    titles = [line["description"] for line in found["updates"]]
    assert (
        titles[:3] == ["收到上报", "受理", "立案"] and titles[3].startswith("派遣：") and titles[4] == "签收"
    )
    assert [line["type"] for line in found["notes"]] == ["report", "accept", "file", "dispatch", "sign"]
    assert {line["service_request_id"] for line in found["updates"]} == {number}


def test_what_offices_say_among_themselves_is_no_update(client: Client) -> None:
    number = public(walk(report(), "handle/handling"))
    do(number, "commander.1", "supervise", opinion="请抓紧处置这一件")
    do(number, body(number), "opinion", opinion="内部意见")
    found = one(client, number, extensions="true")
    assert "抓紧" not in str(found) and "内部意见" not in str(found)
    assert [line["type"] for line in found["notes"]][-1] == "sign"


@pytest.mark.parametrize("kind", KINDS)
def test_updates_of_a_span_of_time(client: Client, kind: str) -> None:
    number = public(walk(report(), "dispatch/filed"))
    do(number, "dispatcher.1", "dispatch", now=NOW + timedelta(hours=3))
    hidden = report()  # not public
    address = f"/open311/v2/servicerequestupdates.{kind}"
    found = told(client.get(address, MARCH))
    assert list(found[0]) == [
        "update_id",
        "service_request_id",
        "status",
        "updated_datetime",
        "description",
        "media_url",
    ]
    assert [line["description"] for line in found][1:] == ["立案", "受理", "收到上报"]
    assert {line["service_request_id"] for line in found} == {number} and hidden not in str(found)
    late = told(client.get(address, {**MARCH, "start_date": (NOW + timedelta(hours=1)).isoformat()}))
    assert [line["update_id"] for line in late] == [found[0]["update_id"]]
    assert [
        line["update_id"] for line in told(client.get(address, {**MARCH, "page": 2, "page_size": 3}))
    ] == [found[3]["update_id"]]


def test_photos_are_told_to_their_sender_and_once_cleared_to_everybody(client: Client) -> None:
    number = filed(pictures=1)
    assert one(client, number)["media_url"] is None
    ((attachment,),) = [list(case(number).attachments.all())]
    address = f"/open311/v2/photos/{attachment.pk}.jpg"
    assert client.get(address).status_code == 404
    PhotoReview.objects.create(
        attachment=attachment, shown=True, by_id=loaded(number).case.reporter_id, at=NOW
    )
    url = one(client, number)["media_url"]
    assert url == f"http://testserver{address}"
    answer = client.get(url)
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")


def test_photos_are_limited_by_address_except_signed_ones(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "photos", Bucket(1, 2))
    address = "/open311/v2/photos/1.jpg"
    assert [client.get(address).status_code for _n in range(3)] == [404, 404, 429]
    refused = client.get(f"{address}?sig=made-up")
    assert (refused.status_code, refused["Retry-After"]) == (429, "1")
    assert errors(refused)[0][0] == 429
    signed = photo_url({"id": 1, "shown": False}, Reader(0, "http://testserver/open311/v2"))
    assert client.get(signed).status_code == 404, "a signed address was given to a program, which is counted"


# Errors -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("address", "given", "status", "words"),
    [
        ("requests", {"start_date": "yesterday"}, 400, "start_date"),
        ("requests", {"end_date": "2026-02-30"}, 400, "end_date"),
        ("requests", {"updated_after": "x"}, 400, "updated_after"),
        ("requests", {"start_date": "2026-01-01", "end_date": "2026-06-01"}, 400, "90"),
        ("requests", {"start_date": "2026-02-01", "end_date": "2026-01-01"}, 400, "end_date"),
        ("requests", {"status": "fixed"}, 400, "status"),
        ("requests", {"page": "0"}, 400, "page"),
        ("requests", {"page": "-1"}, 400, "page"),
        ("requests", {"page": "9" * 30}, 400, "page"),
        ("requests", {"page_size": "many"}, 400, "page_size"),
        ("requests", {"jurisdiction_id": "sfgov.org"}, 404, "jurisdiction_id"),
        ("services", {"jurisdiction_id": "sfgov.org"}, 404, "jurisdiction_id"),
        ("services/c0102", {"jurisdiction_id": "sfgov.org"}, 404, "jurisdiction_id"),
        ("requests/T000000-0000000", {}, 404, "T000000-0000000"),
        ("tokens/nosuch", {}, 404, "nosuch"),
        ("requests", {"api_key": "wrong"}, 403, "api_key"),
        ("servicerequestupdates", {"start_date": "2026-01-01", "end_date": "2026-06-01"}, 400, "90"),
        ("nosuch", {}, 404, ""),
        ("requests/a/b", {}, 404, ""),
    ],
)
def test_each_error_in_both_formats(
    client: Client, kind: str, address: str, given: dict[str, str], status: int, words: str
) -> None:
    answer = client.get(f"/open311/v2/{address}.{kind}", given)
    assert answer.status_code == status
    assert answer["Content-Type"].startswith("text/xml" if kind == "xml" else "application/json")
    found = errors(answer)
    assert found and all(code == status and words in description for code, description in found)


def test_the_jurisdiction_may_be_left_out_or_be_ours(client: Client) -> None:
    number = filed()
    for given in ("", "baoji.gov.cn", "Baoji.gov.cn"):
        assert one(client, number, jurisdiction_id=given)["service_request_id"] == number


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_not_supported(client: Client, method: str) -> None:
    answer = getattr(client, method)("/open311/v2/requests.json")
    assert (answer.status_code, answer["Allow"]) == (405, "GET, POST, OPTIONS")
    assert errors(answer)[0][0] == 405
    assert client.post("/open311/v2/services.json").status_code == 405


def test_browsers_of_other_sites_may_read(client: Client) -> None:
    answer = client.get("/open311/v2/services.json")
    assert answer["Access-Control-Allow-Origin"] == "*" and "Link" in answer["Access-Control-Expose-Headers"]
    before = client.options("/open311/v2/requests.json")
    assert before.status_code == 204 and "POST" in before["Access-Control-Allow-Methods"]
    assert client.head("/open311/v2/services.json").status_code == 200


def test_strangers_read_at_a_pace_and_keys_at_their_own(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "strangers", Bucket(0.1, 2))
    address = "/open311/v2/services.json"
    assert [client.get(address).status_code for _n in range(3)] == [200, 200, 429]
    refused = client.get(address)
    assert int(refused["Retry-After"]) >= 1 and errors(refused)[0][0] == 429
    sender = key(reads_a_minute=2)
    assert [client.get(address, {"api_key": sender}).status_code for _n in range(3)] == [200, 200, 429]


def test_a_fault_of_ours_is_an_error_and_says_nothing_more(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:

    def broken() -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr(open311_services, "services", broken)
    answer = client.get("/open311/v2/services.xml")
    assert answer.status_code == 500 and errors(answer)[0][0] == 500 and b"secret" not in answer.content


NASTY = [
    "\x00",
    "'",
    "%",
    "\ud7ff\ufffe",
    "9" * 400,
    "-1",
    "2026-01-01T00:00:00+99:99",
    "0001-01-01",
    "9999-12-31T23:59:59-14:00",
    "[]",
    "😀" * 50,
]
NAMES = [
    "service_request_id",
    "service_code",
    "status",
    "start_date",
    "end_date",
    "updated_after",
    "updated_before",
    "page",
    "page_size",
    "extensions",
    "locale",
    "jurisdiction_id",
    "api_key",
]


@pytest.mark.parametrize("name", NAMES)
def test_whatever_is_asked_is_answered_or_refused(client: Client, name: str) -> None:
    for value in NASTY:
        for address in (
            "requests.json",
            "servicerequestupdates.xml",
            "services/c0102.json",
            "discovery.json",
        ):
            answer = client.get(f"/open311/v2/{address}", {name: value})
            assert answer.status_code in {200, 400, 403, 404}, (name, value, answer.content)
            told(answer)


@pytest.mark.parametrize("value", NASTY)
def test_whatever_is_sent_is_taken_or_refused(client: Client, value: str) -> None:
    sender = key(posts_a_minute=1000)
    for name in (
        "service_code",
        "lat",
        "long",
        "address_string",
        "address_id",
        "description",
        "email",
        "phone",
        "first_name",
    ):
        given = {name: value} | ({"lat": None, "long": None} if name.startswith("address") else {})
        answer = post(client, sender, **given, kind="xml")
        assert answer.status_code in {200, 400, 404}, (name, value, answer.content)
    answer = post(
        client,
        sender,
        media_url=value,
        account_id=value,
        device_id=value,
        attribute={"condition": value, value: "1"},
    )
    assert answer.status_code in {200, 400}
