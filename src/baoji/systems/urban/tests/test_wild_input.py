"""What strangers and broken phones send: clocks of year 1 and 9999, letters no database holds, points on no map."""

import json
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone
from tests.town import COVER, body, case, desk, do, loaded, new, player, program, report, who

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid
from baoji.kernel.base.instants import of_milliseconds
from baoji.kernel.evidence import envelopes
from baoji.kernel.evidence.verification.signed import canonical
from baoji.kernel.identity.models import Holding, Person
from baoji.kernel.records import uploads
from baoji.kernel.worktime.calendar import SHANGHAI
from baoji.systems.urban import public
from baoji.systems.urban.actions.plausibility import look_again, look_at_new
from baoji.systems.urban.tests.open311_reading import key, post
from baoji.systems.urban.tests.test_field_deliveries import HERE, Collector, picture

pytestmark = pytest.mark.django_db
LAST_MS = 253402300799999  # 9999-12-31T23:59:59.999Z
WAY = "0cc78f7f-6efb-456c-aeb4-8a6dc7a41435"  # the same in every process that collects these tests
WILD = "手机时钟不可信"


def now_collector() -> Collector:
    """With a ticket of today: what arrives is compared with the real clock."""
    made = Collector()
    made.phone.contact(timezone.now())
    return made


def shot(collector: Collector, **more: Any) -> dict[str, str]:
    data, now = picture(), timezone.now()
    envelope, sig = collector.phone.shoot(now, data, **more)
    uploads.put(collector.person.id or 0, data, kind="photo", now=now)
    said = collector.phone.says(now, data)["sha256"]
    sealed = {"envelope": b64encode(envelope).decode(), "sig": b64encode(sig).decode()}
    return {"sha256": said, "kind": "photo", **sealed}


EVENT = {"kind": "event", "class": "0110", "description": "垃圾散落", "location": HERE}


# Instants -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "found_at",
    [
        "0001-01-01T00:00:00+14:00",
        "1999-12-31T00:00:00+08:00",
        1700000000,
        "1700000000",
        "2026-11-01",
        "9999-12-31T23:59:59Z",
    ],
)
@pytest.mark.parametrize("door", ["/api/v1/public/reports", "/api/v1/reports"])
def test_a_report_names_a_time_of_these_days(door: str, found_at: object) -> None:
    client = program("hotline.1") if door == "/api/v1/reports" else Client()
    answer = client.post(door, EVENT | {"found_at": found_at}, content_type="application/json")
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["found_at"]), answer.content
    assert "Input" not in answer.content.decode()


def test_a_time_without_an_offset_is_the_citys() -> None:
    local = timezone.localtime(timezone.now() - timedelta(hours=1)).replace(microsecond=0)
    given = EVENT | {"found_at": local.replace(tzinfo=None).isoformat()}
    number = (
        program("hotline.1").post("/api/v1/reports", given, content_type="application/json").json()["number"]
    )
    seen = program("acceptor.1").get(f"/api/v1/cases/{number}").json()
    assert datetime.fromisoformat(seen["found_at"]) == local


@pytest.mark.parametrize("found_at", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_phone_with_a_wild_clock_is_heard_and_not_believed(found_at: str) -> None:
    collector = now_collector()
    answer = collector.report(uuid4(), [shot(collector)], found_at=found_at)
    assert answer.status_code == 201, answer.content
    number = answer.json()["number"]
    seen = program("acceptor.1").get(f"/api/v1/cases/{number}").json()
    assert abs(datetime.fromisoformat(seen["found_at"]) - timezone.now()) < timedelta(minutes=5)
    assert seen["timeline"][0]["facts"]["clock_off"] is True
    assert WILD in desk("acceptor.1").get(f"/cases/{number}/").content.decode()


@pytest.mark.parametrize("ms", [LAST_MS, -62135596800000, 2**53 - 1, -(2**53) + 1])
def test_a_signed_time_that_no_calendar_reaches_breaks_no_page(ms: int) -> None:
    collector = now_collector()
    number = collector.report(uuid4(), [shot(collector, at=ms, fix_at=ms)]).json()["number"]
    look_at_new(timezone.now())
    look_again(timezone.now() + timedelta(hours=3))
    for code in ("chief.1", "head.1"):
        for address in (
            f"/cases/{number}/",
            f"/cases/{number}/print",
            f"/cases/{number}/evidence",
            "/street/plausibility/",
            "/street/",
        ):
            answer = desk(code).get(address, follow=True)
            assert answer.status_code == 200, address
    page = desk("chief.1").get(f"/cases/{number}/").content.decode()
    assert WILD in page and "9999-" not in page
    assert sql.value(
        "SELECT extract(year FROM max(at)) <= 2200 AND extract(year FROM min(at)) >= 1900 FROM evidence_envelope"
    )


def test_rows_that_are_broken_already_are_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    collector = now_collector()
    last = datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)
    monkeypatch.setattr(
        envelopes, "of_milliseconds", lambda ms: last if ms == LAST_MS else of_milliseconds(ms)
    )
    sql.execute("UPDATE evidence_ticket SET skew_ms = 9000000000000000")
    number = collector.report(uuid4(), [shot(collector, at=LAST_MS)]).json()["number"]
    assert sql.value("SELECT extract(year FROM at) FROM evidence_envelope") == 9999
    look_at_new(timezone.now())
    sql.execute("UPDATE urban_report SET found_at = '0001-12-31T10:00:00+00 BC'")
    sql.execute("UPDATE urban_delivery SET captured_at = '0001-12-31T10:00:00+00 BC'")
    sql.execute(
        "INSERT INTO urban_plausibility (kind, subject, person_id, at, found_at, facts, state, note)"
        " VALUES ('skew', 'delivery:x', %s, '9999-12-31T23:59:59.999+00', now(), '{\"seconds\": 9, \"limit_seconds\": 120}', 'new', '')",
        [collector.person.id],
    )
    look_again(timezone.now() + timedelta(hours=3))
    seen = program("acceptor.1").get(f"/api/v1/cases/{number}")
    assert (seen.status_code, seen.json()["found_at"]) == (200, None)
    do(number, "acceptor.1", "accept")
    chief = desk("chief.1")
    for address in (
        f"/cases/{number}/",
        f"/cases/{number}/print",
        f"/cases/{number}/evidence",
        "/street/plausibility/",
        "/street/",
    ):
        assert chief.get(address, follow=True).status_code == 200, address
    assert WILD in chief.get("/street/plausibility/").content.decode()


def test_wild_clocks_are_counted_apart_and_envelopes_tell_the_time() -> None:
    collector = now_collector()
    ago = int((timezone.now() - timedelta(minutes=3)).timestamp() * 1000)
    assert collector.report(uuid4(), [shot(collector, at=ago)]).status_code == 201
    for found_at in ("0001-01-01T00:00:00+14:00", "2150-01-01T00:00:00Z"):
        assert collector.report(uuid4(), [shot(collector)], found_at=found_at).status_code == 201
    told = public.arrivals(timezone.localdate())
    assert (told["n"], told["odd"], told["kept"]) == (1, 2, 1)
    assert 170 <= told["p50"] <= 300
    assert "另有 2 件手机时钟不可信" in desk("chief.1").get("/street/").content.decode()


def test_a_wild_clock_on_an_answer_or_a_watch_reaches_no_row() -> None:
    number = new("check/checking")
    collector = Collector(player(number, "@asked"))
    wild = {"number": number, "captured_at": "0001-01-01T00:00:00+14:00"}
    answer = {"act": "check_answer", "facts": {"fixed": True}, "media": [shot(collector)]}
    sent = collector.put("answers", uuid4(), wild | answer)
    assert sent.status_code in {201, 409}, sent.content
    watch = collector.put("stays", uuid4(), wild | {"number": report(), "act": "start"})
    assert watch.status_code in {201, 409}, watch.content
    assert sql.value(
        "SELECT bool_and(captured_at >= '1900-01-01') FROM urban_delivery WHERE captured_at IS NOT NULL"
    )


@pytest.mark.parametrize(
    "found_at", ["0001-01-01T00:00:00Z", "1999-12-31T10:00:00Z", "1700000000", "2026-11-20"]
)
def test_open311_names_a_time_of_these_days(found_at: str) -> None:
    answer = post(Client(), key(), attribute={"found_at": found_at, "condition": ""})
    assert answer.status_code == 400 and "attribute[found_at]" in answer.content.decode()


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "2200-01-01"])
def test_a_day_of_no_calendar_is_refused(day: str) -> None:
    for address in ("/street/", "/street/tracks/collector.01/"):
        assert desk("chief.1").get(f"{address}?day={day}").status_code == 422
    assert program("collector.01").get(f"/api/v1/field/track?day={day}").status_code == 422


# U+0000 ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "address", "field"),
    [
        ("acceptor.1", "components?q=%00", "q"),
        ("collector.01", "field/tasks?have=a,%00", "have"),
        ("acceptor.1", "cases?q=a%00b", "q"),
    ],
)
def test_nul_in_a_query_is_told_to_programs(code: str, address: str, field: str) -> None:
    answer = program(code).get(f"/api/v1/{address}")
    assert (answer.status_code, answer.json()["code"], list(answer.json()["errors"])) == (
        422,
        "validation",
        [field],
    )


def test_nul_in_an_address_is_refused() -> None:
    answer = program("chief.1").post("/api/v1/field/devices/a%00b/approve")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-there")
    assert desk("chief.1").get("/cases/a%00b").status_code == 404


@pytest.mark.parametrize(
    "address",
    [
        "/devices/?q=a%00",
        "/cases/?status=%00",
        "/cases/?q=%0%000",
        "/operator/organisations/?kind=%00",
        "/operator/conditions/?class=%00&kind=%00",
        "/operator/classes/?kind=%00",
    ],
)
def test_pages_leave_nul_out(address: str) -> None:
    for code in ("operator.1", "chief.1"):
        assert desk(code).get(address).status_code in {200, 403, 404}


@pytest.mark.parametrize(
    ("method", "what", "sent", "field"),
    [
        ("POST", "devices", {"spki": "AA==", "label": "a\x00"}, "label"),
        ("PUT", f"sos/{WAY}", {"words": "\x00"}, "words"),
        ("PUT", f"corrections/{WAY}", {"kind": "missing", "component": COVER, "words": "\x00"}, "words"),
        ("PUT", f"reports/{WAY}", EVENT | {"caller": {"name": "a\x00"}}, "caller.name"),
        (
            "PUT",
            f"answers/{WAY}",
            {"number": "T", "act": "a", "facts": {"opinion": ["\x00"]}},
            "facts.opinion.0",
        ),
    ],
)
def test_nul_in_a_body_is_told_at_its_field(method: str, what: str, sent: dict[str, Any], field: str) -> None:
    answer = program("collector.01").generic(
        method,
        f"/api/v1/field/{what}",
        canonical(sent),
        content_type="application/json",
    )
    assert (answer.status_code, answer.json()["code"], list(answer.json()["errors"])) == (
        422,
        "validation",
        [field],
    )


def test_nul_in_a_report_stands_at_its_field() -> None:
    answer = Client().post(
        "/api/v1/public/reports",
        EVENT | {"caller": {"name": "a\x00", "phone": "1"}},
        content_type="application/json",
    )
    assert list(answer.json()["errors"]) == ["caller.name"]


def test_an_envelope_with_nul_is_kept_as_it_came() -> None:
    collector = now_collector()
    answer = collector.report(uuid4(), [shot(collector, report="a\x00b", source="x\x00")])
    assert answer.status_code == 201, answer.content
    report, source, data = sql.tuples("SELECT report, source, bytes FROM evidence_envelope")[0]
    assert (report, source) == ("ab", "x") and b"\\u0000" in bytes(data)


# A component's class ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "address"),
    [
        ("dispatcher.1", "/notices/?before=²"),
        ("chief.1", "/devices/?before=²"),
        ("operator.1", "/outgoing/?before=²"),
        ("operator.1", "/operator/people/history?before=²"),
        ("acceptor.1", "/citizens/?before=²"),
        ("acceptor.1", "/intake/handovers/?before=²"),
        ("chief.1", "/street/plausibility/?before=²"),
        ("chief.1", "/score/cases?figure=closed&after=2026-03-17T10:00:00%2B08:00,²"),
    ],
)
def test_digits_that_are_no_number_break_no_page(code: str, address: str) -> None:
    assert desk(code).get(address).status_code in {200, 404}


def test_a_component_is_filed_under_its_own_class() -> None:
    number = new("file/accepted")
    own = sql.value("SELECT class_code FROM urban_component WHERE code = %s", [COVER])
    other = next(code for kind, code in public.book().classes if kind == "component" and code != own)
    client = program("chief.1")
    refused = client.post(
        f"/api/v1/cases/{number}/acts/file", {"class": other, "condition": 1}, content_type="application/json"
    )
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["class"]), refused.content
    refused = program("acceptor.1").post(
        f"/api/v1/cases/{number}/acts/correct",
        {"component": COVER, "class": other},
        content_type="application/json",
    )
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["class"]), refused.content
    do(number, "chief.1", "file", **{"class": own}, condition=1)
    assert case(number).case_number
    assert loaded(number).extra["component"] == COVER


# Positions --------------------------------------------------------------------------------------


def test_points_that_nobody_walked_are_left_out_and_told() -> None:
    client, now = program("collector.01"), timezone.now()
    public.start_duty(by=who("collector.01"), now=now - timedelta(minutes=30))
    ms = int(now.timestamp() * 1000)
    lon, lat = 1071485000, 343605000
    points = [
        [ms, lon, lat, 80],
        [ms - 1000, 10**25, 10**25, 80],
        [ms - 2000, 2**64 * 10, lat, 80],
        [ms - 3000, 0, 0, 80],
        [ms - 4000, lon, lat, -50],
        [ms - 5000, lon, lat, 2**60],
        [LAST_MS * 1000, lon, lat, 80],
        [0, lon, lat, 80],
    ]
    answer = client.post("/api/v1/field/positions", {"points": points}, content_type="application/json")
    assert answer.status_code == 200, answer.content
    assert answer.json()["kept"] == 1
    assert answer.json()["left_out"] == {"place": 3, "accuracy": 2, "clock": 1, "off_duty": 1}
    assert sql.value("SELECT count(*) FROM urban_position") == 1


# The smaller ones -------------------------------------------------------------------------------


def act(number: str, code: str, name: str, facts: dict[str, Any]) -> Any:
    return program(code).post(f"/api/v1/cases/{number}/acts/{name}", facts, content_type="application/json")


def test_co_handlers_are_a_list() -> None:
    number = new("dispatch/filed")
    refused = act(number, "dispatcher.1", "dispatch", {"to": "D01", "co_handlers": "D02"})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["co_handlers"])


def test_words_of_no_width_are_none() -> None:
    number = new("dispatch/filed")
    refused = act(number, "dispatcher.1", "refer_back", {"reason": "\u200b\u2060\ufeff\u200d\u3164\u200b"})
    assert refused.status_code == 422 and list(refused.json()["errors"]) == ["reason"], refused.content


def test_a_correction_of_nothing_is_not_offered() -> None:
    number = report()
    acts = {one["act"]: one for one in program("acceptor.1").get(f"/api/v1/cases/{number}").json()["acts"]}
    assert acts["correct"]["schema"]["minProperties"] == 1
    assert "minProperties" not in acts["accept"]["schema"]


@pytest.mark.parametrize(
    ("more", "field"),
    [({"condition": 10**30}, "condition"), ({"caller": {"phone": "abc"}}, "caller.phone")],
)
def test_what_is_wrong_with_a_report_is_said_in_our_words(more: dict[str, Any], field: str) -> None:
    answer = program("hotline.1").post("/api/v1/reports", EVENT | more, content_type="application/json")
    lines = answer.json()["errors"]
    assert (answer.status_code, list(lines)) == (422, [field])
    assert not any(letter.isascii() and letter.isalpha() for letter in lines[field][0])


@pytest.mark.parametrize(
    "phone", ["13909170000", "0917-3262000", "+86 139 0917 0000", "(0917) 3262000", "12345", "3262000转12"]
)
def test_phones_are_taken_as_people_write_them(phone: str) -> None:
    answer = program("hotline.1").post(
        "/api/v1/reports", EVENT | {"caller": {"phone": phone}}, content_type="application/json"
    )
    assert answer.status_code == 201, answer.content


# What a report is of -------------------------------------------------------------------------

BARE = {"class": "0137", "description": "路灯不亮", "location": HERE}
KINDLESS = [BARE, BARE | {"class": None, "condition": 1}, BARE | {"condition": 1}, BARE | {"kind": None}]


def at_door(door: str, given: dict[str, Any]) -> Any:
    """The report by one of the API's four doors."""
    if door == "field":
        collector = now_collector()
        return collector.put("reports", uuid4(), given | {"media": [shot(collector)]})
    client = Client() if door == "public" else program("hotline.1")
    url = "/api/v1/public/reports" if door == "public" else "/api/v1/reports"
    if door == "multipart":
        return client.post(url, {"report": json.dumps(given)})
    return client.post(url, given, content_type="application/json")


DOORS = ["json", "multipart", "public", "field"]


@pytest.mark.usefixtures("fresh_gate")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("given", KINDLESS)
def test_a_class_without_a_kind_is_no_event(door: str, given: dict[str, Any]) -> None:
    before = sql.value("SELECT count(*) FROM flow_case")
    answer = at_door(door, given)
    assert (answer.status_code, answer.json()["errors"]) == (422, {"kind": ["请选部件或事件"]})
    assert sql.value("SELECT count(*) FROM flow_case") == before


@pytest.mark.usefixtures("fresh_gate")
@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize(
    ("given", "found"),
    [
        ({"description": "路灯不亮", "location": HERE}, ("event", "")),
        ({"kind": "component", "description": "路灯不亮", "location": HERE}, ("component", "")),
        (BARE | {"kind": "component"}, ("component", "0137")),
        (BARE | {"kind": "event"}, ("event", "0137")),
        ({"component": COVER}, ("component", "0102")),
        ({"component": COVER, "class": "0102", "condition": 3}, ("component", "0102")),
    ],
)
def test_what_says_what_it_is_of_is_taken(door: str, given: dict[str, Any], found: tuple[str, str]) -> None:
    answer = at_door(door, given)
    assert answer.status_code == 201, answer.content
    extra = loaded(answer.json()["number"]).extra
    assert (extra["kind"], extra["class_code"]) == found


def test_a_component_of_another_class_is_refused_at_the_class_also_without_a_kind() -> None:
    answer = at_door("json", {"component": COVER, "class": "0110"})
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["class"]), answer.content


def fits(way: dict[str, Any], given: dict[str, Any]) -> bool:
    """As JSON Schema reads `required` and the types of `properties`."""
    of_type = {"string": str, "null": type(None)}
    return all(name in given for name in way.get("required", [])) and all(
        isinstance(given[name], of_type[told["type"]])
        for name, told in way["properties"].items()
        if name in given
    )


def test_the_document_says_when_a_report_needs_its_kind() -> None:
    told = Client().get("/api/v1/openapi.json").json()
    shapes = told["components"]["schemas"]
    for path, verb, name in (
        ("/api/v1/reports", "post", "ReportIn"),
        ("/api/v1/public/reports", "post", "ReportIn"),
        ("/api/v1/field/reports/{name}", "put", "FieldReportIn"),
    ):
        content = told["paths"][path][verb]["requestBody"]["content"]
        assert content["application/json"]["schema"] == {"$ref": f"#/components/schemas/{name}"}
        ways = shapes[name]["anyOf"]
        assert shapes[name]["properties"]["kind"].get("default") is None
        assert not any(fits(way, given) for way in ways for given in KINDLESS)
        for given in (
            {"description": "路灯不亮", "location": HERE},
            {"component": COVER, "class": "0102"},
            BARE | {"kind": "component"},
            {"class": None, "condition": None, "kind": None},
        ):
            assert any(fits(way, given) for way in ways), given


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"location": {"type": "Point", "coordinates": ["107.1442", "34.3693"]}}, "location.coordinates.0"),
        ({"location": {"type": "Point", "coordinates": [107.1442, True]}}, "location.coordinates.1"),
        ({"condition": True}, "condition"),
        ({"condition": "1"}, "condition"),
    ],
)
def test_numbers_are_numbers(more: dict[str, Any], field: str) -> None:
    answer = program("hotline.1").post("/api/v1/reports", EVENT | more, content_type="application/json")
    assert answer.status_code == 422 and field in answer.json()["errors"], answer.content


@pytest.mark.parametrize("behind", ["%0a", "%0d%0a", "%09"])
def test_one_case_has_one_address(behind: str) -> None:
    number, client = report(), program("acceptor.1")
    assert client.get(f"/api/v1/cases/{number}").status_code == 200
    answer = client.get(f"/api/v1/cases/{number}{behind}")
    assert (answer.status_code, answer.json()["code"]) == (404, "not-there")


def test_a_date_in_a_list_is_its_first_instant_in_the_city() -> None:
    number, client = report(now=datetime(2026, 3, 17, 0, 30, tzinfo=SHANGHAI)), program("acceptor.1")

    def found(**given: str) -> list[str]:
        answer = client.get("/api/v1/cases", given)
        assert answer.status_code == 200, answer.content
        return [line["number"] for line in answer.json()["items"]]

    assert found(created_from="2026-03-17", created_to="2026-03-18") == [number]
    assert found(created_from="2026-03-17T00:31") == found(created_to="2026-03-17") == []
    refused = client.get("/api/v1/cases", {"created_from": "2026-02-30"})
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["created_from"])


@pytest.mark.parametrize(
    ("step", "person", "act", "fact"),
    [
        ("handle/handling", "@body", "suspend_request", "until"),
        ("handle/handling", "mayor.1", "supervise", "reply_by"),
    ],
)
def test_a_day_alone_is_no_time_to_answer_by(step: str, person: str, act: str, fact: str) -> None:
    number = new(step)
    with pytest.raises(Invalid) as wrong:
        do(number, person, act, **{fact: "2026-03-20"})
    assert list(wrong.value.errors) == [fact]
    do(number, person, act, **{fact: "2026-03-20 17:30"})


@pytest.mark.parametrize("written", ["13911112222", "+8613911112222", "0086 139-1111-2222", "139 1111 2222"])
@pytest.mark.parametrize("kept", ["13911112222", "+8613911112222"])
def test_a_phone_is_found_with_and_without_the_country(written: str, kept: str) -> None:
    number = report("hotline.1", caller_phone=kept)
    report("hotline.1", caller_phone="13911112223")
    found = program("acceptor.1").get("/api/v1/cases", {"q": written}).json()["items"]
    assert [line["number"] for line in found] == [number]
    assert program(body(new("handle/handling"))).get("/api/v1/cases", {"q": written}).json()["items"] == []


def test_a_step_that_is_none_is_refused() -> None:
    client = program("acceptor.1")
    assert client.get("/api/v1/cases?step=accepted").status_code == 200
    refused = client.get("/api/v1/cases?step=foo")
    assert (refused.status_code, list(refused.json()["errors"])) == (422, ["step"])


def test_addresses_that_are_opened_by_hand() -> None:
    assert desk("dispatcher.1").get("/work/dispatch/")["Location"] == "/work/"
    answer = program("acceptor.1").get("/files/abc")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert program("acceptor.1").get(f"/files/{quote('1/2/3')}")["Content-Type"] == "application/problem+json"


def test_whoever_stands_in_at_a_post_says_for_whom() -> None:
    number = new("handle/to_sign")
    handler, other = who(body(number)), who("dispatcher.1")
    post = sql.value("SELECT post_id FROM identity_holding WHERE person_id = %s AND NOT deputy", [handler.id])
    clerk = Person.objects.create(code="clerk.9", name="副手")
    Holding.objects.create(person=clerk, post_id=post, deputy=True)
    deputy = who("clerk.9")
    assert [(hold.kind, hold.principal, hold.lender) for hold in deputy.holds] == [
        ("handler", handler.id, None)
    ]
    assert deputy.own_kinds() == {"handler"} and other.holds[0].principal is None
    do(number, "clerk.9", "sign")
    told = program("chief.1").get(f"/api/v1/cases/{number}").json()["timeline"][-1]
    assert (told["act"], told["by"], told["on_behalf_of"], told["post"]) == (
        "sign",
        "clerk.9",
        handler.code,
        "handler",
    )
    assert handler.name in desk("chief.1").get(f"/cases/{number}/", follow=True).content.decode()


def test_where_several_hold_a_post_a_deputy_stands_in_for_none_of_them() -> None:
    posts = sql.value(
        "SELECT post_id FROM identity_holding h JOIN organisations_post t ON t.id = h.post_id WHERE t.kind = 'collector' LIMIT 1"
    )
    other = Person.objects.create(code="clerk.8", name="另一位")
    Holding.objects.create(person=other, post_id=posts)
    clerk = Person.objects.create(code="clerk.9", name="副手")
    Holding.objects.create(person=clerk, post_id=posts, deputy=True)
    assert [hold.principal for hold in who("clerk.9").holds] == [None]
