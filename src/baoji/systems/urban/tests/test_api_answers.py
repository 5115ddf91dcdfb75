"""What programs are told: files by token, the document's names, JSON with a file name, tags of what one gets, instants."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any
from unittest.mock import patch

import orjson
import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone
from tests.town import NOW, case, event, loaded, program, who

from baoji.kernel.flow.models import Attachment
from baoji.kernel.records.actions import keep
from baoji.kernel.records.tests.pictures import picture
from baoji.systems.urban import public

pytestmark = pytest.mark.django_db
REPORT: dict[str, Any] = {
    "kind": "event",
    "class": "0110",
    "description": "垃圾堆在路边",
    "location": {"type": "Point", "coordinates": [107.1485, 34.3605]},
}


@pytest.fixture
def file_id(settings, tmp_path) -> Iterator[int]:
    settings.DATA = tmp_path / "data"
    kept = keep(ContentFile(picture(3), "a.jpg"), now=NOW, kind="photo").id
    draft = public.Draft(kind="event", class_code="0110", description="垃圾", location=REPORT["location"])
    taken = public.take_report(by=who("collector.01"), draft=draft, now=NOW, files=[(kept, "photo")])
    yield Attachment.objects.get(case__number=taken.number).pk


@pytest.mark.parametrize("size", ["", "/320", "/1600"])
def test_copies_come_for_a_token_as_for_a_session(file_id: int, size: str) -> None:
    answer = program("dispatcher.1").get(f"/files/{file_id}{size}")
    assert (answer.status_code, answer["Content-Type"]) == (200, "image/jpeg")
    assert b"".join(answer.streaming_content).startswith(b"\xff\xd8") and "Authorization" in answer["Vary"]


def test_originals_come_for_the_token_of_who_may(file_id: int) -> None:
    address = f"/files/{file_id}/original"
    answer = program("chief.1").get(address)
    assert answer.status_code == 200 and b"".join(answer.streaming_content) == picture(3)
    refused = program("dispatcher.1").get(address)
    assert (refused.status_code, refused.json()["code"]) == (403, "not-allowed")
    assert refused["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("size", ["", "/320", "/original"])
def test_a_token_is_refused_with_problems_and_never_sent_to_sign_in(file_id: int, size: str) -> None:
    wrong = Client(HTTP_AUTHORIZATION="Bearer bj_wrong").get(f"/files/{file_id}{size}")
    assert (wrong.status_code, wrong.json()["code"]) == (401, "not-signed-in")
    assert wrong["WWW-Authenticate"] == "Bearer"
    for code, id_ in (("handler.D38", file_id), ("chief.1", 99999999999)):
        absent = program(code).get(f"/files/{id_}{size}")
        assert (absent.status_code, absent.json()["code"]) == (404, "not-there")
    assert Client().get(f"/files/{file_id}{size}").status_code == 302


def _names(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from part.get("properties", {})
        for inner in part.values():
            yield from _names(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _names(inner)


def test_the_document_says_the_names_that_are_sent(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    schemas = document["components"]["schemas"]
    for name in ("CaseOut", "CaseLine", "ComponentOut"):
        assert "class" in schemas[name]["properties"]
    assert "from" in schemas["Timeline"]["properties"]
    assert not [name for name in _names(document) if name.endswith("_")]


def test_the_document_says_how_one_signs_in_and_which_headers_count(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    assert document["components"]["securitySchemes"]["bearer"] == {"type": "http", "scheme": "bearer"}
    assert document["security"] == [{"bearer": []}]
    operations = {
        (path.removeprefix("/api/v1"), method): one
        for path, methods in document["paths"].items()
        for method, one in methods.items()
        if method != "parameters"  # what all methods of an address have
    }
    free = {key for key, one in operations.items() if one.get("security") == []}
    assert free == {
        ("/public/reports", "post"),
        ("/hotline/calls", "post"),
        ("/hotline/handovers", "post"),
        ("/hotline/handovers", "get"),
        ("/uploads/", "options"),
        ("/uploads/{sha256}", "options"),
    }
    for key, names in {
        ("/reports", "post"): {"Idempotency-Key"},
        ("/public/reports", "post"): {"Idempotency-Key"},
        ("/cases/{number}/acts/{act}", "post"): {"Idempotency-Key", "If-Match"},
        ("/cases/{number}", "get"): {"If-None-Match"},
    }.items():
        assert {one["name"] for one in operations[key]["parameters"] if one["in"] == "header"} == names
    assert "304" in operations["/cases/{number}", "get"]["responses"]


def _refs(part: Any) -> Iterator[str]:
    if isinstance(part, dict):
        yield from (part[name] for name in ("$ref",) if isinstance(part.get(name), str))
        for inner in part.values():
            yield from _refs(inner)
    elif isinstance(part, list):
        for inner in part:
            yield from _refs(inner)


def test_the_document_is_whole_each_time_it_is_asked_for(client: Client) -> None:
    first, second = (client.get("/api/v1/openapi.json").json() for _n in range(2))
    assert first == second
    known = {f"#/components/schemas/{name}" for name in second["components"]["schemas"]}
    assert set(_refs(second)) <= known


def test_a_body_too_large_for_json_is_told_so_everywhere() -> None:
    answer = program("collector.01").post(
        "/api/v1/field/stays/T1/end", orjson.dumps({"x": "x" * 3_000_000}), content_type="application/json"
    )
    assert (answer.status_code, answer.json()["code"]) == (413, "too-large")


def named(body: Any) -> SimpleUploadedFile:
    """As FormData sends a Blob."""
    return SimpleUploadedFile("blob", orjson.dumps(body), "application/json")


def test_the_json_part_may_carry_a_file_name(client: Client, settings, tmp_path) -> None:
    settings.DATA = tmp_path / "data"
    photo = SimpleUploadedFile("a.jpg", picture(), "image/jpeg")
    answer = program("collector.01").post("/api/v1/reports", {"report": named(REPORT), "photo": photo})
    assert answer.status_code == 201, answer.content
    number = answer.json()["number"]
    assert loaded(number).extra["description"] == "垃圾堆在路边"
    done = program("acceptor.1").post(f"/api/v1/cases/{number}/acts/accept", {"facts": named({"x": 1})})
    assert done.status_code == 422 and "x" in done.json()["errors"]  # the facts were read
    public_ = client.post("/api/v1/public/reports", {"report": named(REPORT)})
    assert public_.status_code == 201


def test_a_named_json_part_keeps_its_limits() -> None:
    post = program("collector.01").post
    large = post("/api/v1/reports", {"report": named({**REPORT, "description": "x" * 3_000_000})})
    assert (large.status_code, large.json()["code"]) == (413, "too-large")
    broken = post("/api/v1/reports", {"report": SimpleUploadedFile("blob", b"\xff{", "application/json")})
    assert broken.status_code == 400
    other = post("/api/v1/reports", {"facts": named(REPORT)})
    assert other.status_code == 422


def test_titles_of_acts_and_facts_are_in_the_language_asked_for_and_what_is_kept_stays() -> None:
    address = f"/api/v1/cases/{event(now=timezone.now())}"
    asked = {
        lang: program("acceptor.1").get(address, headers={"Accept-Language": lang})
        for lang in ("zh-CN", "en")
    }
    chinese, english = (
        {act["act"]: (act["title"], act["schema"]["properties"]) for act in asked[lang].json()["acts"]}
        for lang in ("zh-CN", "en")
    )
    assert (chinese["reject"][0], english["reject"][0]) == ("不予受理", "Reject")
    assert (chinese["reject"][1]["reason"]["title"], english["reject"][1]["reason"]["title"]) == (
        "理由",
        "Reason",
    )
    assert not [title for title, _facts in english.values() if not title.isascii()]
    assert asked["zh-CN"].json()["title"] == asked["en"].json()["title"]
    assert asked["zh-CN"]["ETag"] != asked["en"]["ETag"]


def test_a_tag_stands_for_what_this_reader_gets_now() -> None:
    number = event(now=timezone.now())
    address = f"/api/v1/cases/{number}"
    chief, acceptor = program("chief.1"), program("acceptor.1")
    first = acceptor.get(address)
    assert re.fullmatch(rf'"{case(number).version}-[0-9a-f]{{12}}"', first["ETag"])
    assert first["Cache-Control"] == "private, no-cache"
    assert {"Authorization", "Accept-Language", "Cookie"} <= set(first["Vary"].split(", "))
    for known in (first["ETag"], f"W/{first['ETag']}", f'"1-00", {first["ETag"]}'):
        same = acceptor.get(address, headers={"If-None-Match": known})
        assert (same.status_code, same.content, same["ETag"]) == (304, b"", first["ETag"])
        assert (same["Cache-Control"], same["Vary"]) == (first["Cache-Control"], first["Vary"])
    assert chief.get(address, headers={"If-None-Match": first["ETag"]}).status_code == 200
    then = timezone.now() + timedelta(days=20)
    with patch("baoji.systems.urban.api.endpoints.timezone.now", return_value=then):
        later = acceptor.get(address, headers={"If-None-Match": first["ETag"]})
    assert later.status_code == 200 and later.json()["version"] == first.json()["version"]
    assert (first.json()["light"], later.json()["light"]) == ("green", "red")


@pytest.mark.parametrize("form", ['"{0}"', '"{0}-0123456789ab"', 'W/"{0}-0123456789ab"', 'W/"{0}"', "{0}"])
def test_an_act_compares_the_version_alone(form: str) -> None:
    number = event(now=timezone.now())
    version, acceptor = case(number).version, program("acceptor.1")

    def accept(tag: str) -> Any:
        return acceptor.post(
            f"/api/v1/cases/{number}/acts/accept",
            b"{}",
            content_type="application/json",
            headers={"If-Match": tag},
        )

    assert accept(form.format(version + 1)).status_code == 412
    assert accept(form.format("x")).status_code == 412
    assert accept(form.format("²")).status_code == 412
    done = accept(form.format(version))
    assert done.status_code == 200 and done["ETag"] == f'"{done.json()["version"]}"'


@pytest.mark.parametrize(
    ("tags", "status"),
    [
        ('"zz", "{0}"', 200),
        ('"{1}", "{0}-0123"', 200),
        ('"{1}", "{2}"', 412),
        ('"zz", "yy"', 412),
        ("*", 200),
    ],
)
def test_an_act_may_name_several_versions(tags: str, status: int) -> None:
    number = event(now=timezone.now())
    version = case(number).version
    answer = program("acceptor.1").post(
        f"/api/v1/cases/{number}/acts/accept",
        b"{}",
        content_type="application/json",
        headers={"If-Match": tags.format(version, version + 1, version + 2)},
    )
    assert answer.status_code == status


def test_a_case_is_asked_for_by_its_head_and_any_tag() -> None:
    address, acceptor = f"/api/v1/cases/{event(now=timezone.now())}", program("acceptor.1")
    whole, head = acceptor.get(address), acceptor.head(address)
    assert (head.status_code, head["ETag"], head.content) == (200, whole["ETag"], b"")
    assert acceptor.get(address, headers={"If-None-Match": "*"}).status_code == 304
    assert acceptor.get(address, headers={"If-None-Match": '"zz", ' + whole["ETag"]}).status_code == 304
    assert program("nobody.1").head(address).status_code == 404


def _instants(part: Any, where: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(part, dict):
        for name, inner in part.items():
            yield from _instants(inner, f"{where}.{name}")
    elif isinstance(part, list):
        for n, inner in enumerate(part):
            yield from _instants(inner, f"{where}.{n}")
    elif isinstance(part, str) and re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d.*", part):
        yield where, part


def test_an_act_says_instants_as_reading_does() -> None:
    number = event(now=timezone.now())
    acceptor = program("acceptor.1")
    done = acceptor.post(f"/api/v1/cases/{number}/acts/accept", b"{}", content_type="application/json")
    assert done.status_code == 200, done.content
    read = acceptor.get(f"/api/v1/cases/{number}").json()
    told = dict(_instants({name: part for name, part in done.json().items() if name != "acts"}))
    assert told == dict(_instants({name: part for name, part in read.items() if name != "acts"}))
    assert told[".due_at"].endswith("+00:00") and datetime.fromisoformat(told[".due_at"])
