"""`POST /api/v1/public/reports` without a token: number and code, once for a key, honest when there are too many."""

from io import BytesIO
from itertools import count
from typing import Any

import orjson
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from PIL import Image
from tests.town import COVER, loaded, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.callers import new_token
from baoji.systems.urban.models import Policy
from baoji.systems.urban.rules.citizens import is_solved

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("fresh_gate")]
URL = "/api/v1/public/reports"
BODY: dict[str, Any] = {
    "kind": "event",
    "class": "0110",
    "description": "垃圾堆在路边",
    "location": {"type": "Point", "coordinates": [107.1485, 34.3605]},
}


def few(**given: int) -> None:
    row, _made = Policy.objects.get_or_create(name="intake", defaults={"value": {}})
    row.value = {**row.value, "proof_bits": 6, **given}
    row.save()
    bump("policies")


def picture(blue: int = 60) -> SimpleUploadedFile:
    made = BytesIO()
    Image.new("RGB", (40, 30), (90, 120, blue)).save(made, "JPEG")
    return SimpleUploadedFile("a.jpg", made.getvalue(), "image/jpeg")


def post(client: Client, body: Any = BODY, **headers: str) -> Any:
    return client.post(URL, orjson.dumps(body), content_type="application/json", headers=headers)


def test_a_report_in_json_answers_number_and_code(client: Client) -> None:
    answer = post(client)
    assert answer.status_code == 201 and set(answer.json()) == {"number", "code"}
    found = loaded(answer.json()["number"])
    assert (found.case.source, found.extra["query_code"]) == ("citizen", answer.json()["code"])
    assert "等待受理" in client.get(answer["Location"], follow=True).content.decode()


def test_a_report_with_photos_is_a_multipart(client: Client) -> None:
    answer = client.post(URL, {"report": orjson.dumps(BODY).decode(), "photo": [picture(), picture(200)]})
    assert answer.status_code == 201
    number = answer.json()["number"]
    kinds = sql.tuples(
        "SELECT a.kind FROM flow_attachment a JOIN flow_case c ON c.id = a.case_id WHERE c.number = %s",
        [number],
    )
    assert kinds == [("photo",), ("photo",)]


@pytest.mark.parametrize(
    ("inside", "deep", "status"),
    [
        (b"", 300, 400),  # read, and more than can be written again
        (b'"\\u0000"', 1000, 422),  # as deep as calls may be
    ],
)
def test_what_is_nested_beyond_all_meaning_is_refused(
    client: Client, inside: bytes, deep: int, status: int
) -> None:
    body = orjson.dumps(BODY)[:-1] + b',"more":' + b"[" * deep + inside + b"]" * deep + b"}"
    headers = {"Idempotency-Key": "deep"}
    answer = client.post(URL, body, content_type="application/json", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (status, "validation")


def test_a_component_brings_its_class(client: Client) -> None:
    number = post(client, {"kind": "component", "component": COVER}).json()["number"]
    assert loaded(number).extra["class_code"] == "0102"


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({**BODY, "location": None}, "location"),
        ({**BODY, "class": "9999"}, "class"),
        ({**BODY, "location": {"type": "Point", "coordinates": [116.39, 39.9]}}, ""),
        ({**BODY, "self_disposed": True}, "self_disposed"),
        ([], ""),
    ],
)
def test_what_is_wrong_is_said_by_field(client: Client, body: Any, field: str) -> None:
    answer = post(client, body)
    assert answer.status_code == 422 and answer["Content-Type"] == "application/problem+json"
    assert not field or field in answer.json()["errors"]


def test_a_key_makes_one_report(client: Client) -> None:
    first, again = (post(client, **{"Idempotency-Key": "one"}) for _n in range(2))
    assert first.status_code == 201 and again.json() == first.json()
    other = post(client, {**BODY, "description": "另一件"}, **{"Idempotency-Key": "one"})
    assert (other.status_code, other.json()["code"]) == (409, "idempotency-conflict")


def test_too_many_is_honest_and_a_proof_lets_in(client: Client) -> None:
    few(per_hour=1)
    assert post(client, **{"Idempotency-Key": "a"}).status_code == 201
    refused = post(client, **{"Idempotency-Key": "b"})
    told = refused.json()
    assert (refused.status_code, told["code"]) == (429, "rate-limited") and int(refused["Retry-After"]) > 0
    proof = told["proof"]
    nonce = next(str(n) for n in count() if is_solved(proof["challenge"], str(n), proof["bits"]))
    headers = {"Idempotency-Key": proof["key"], "X-Proof-Of-Work": f"{proof['challenge']}:{nonce}"}
    assert proof["key"] == "b" and proof["algorithm"] == "SHA-256"
    assert post(client, **headers).status_code == 201


def test_without_a_key_the_problem_brings_one(client: Client) -> None:
    few(per_hour=1)
    post(client)
    assert len(post(client).json()["proof"]["key"]) == 32


def test_what_looks_like_a_flood_is_kept_apart(client: Client) -> None:
    few(per_hour=50, same_words_per_hour=1)
    words = {**BODY, "description": "楼下烧烤摊每天摆到半夜两点"}
    assert post(client, words).status_code == 201
    held = post(client, words, **{"Idempotency-Key": "held"})
    assert held.status_code == 202 and held.json()["number"] is None and len(held.json()["code"]) == 10
    assert post(client, words, **{"Idempotency-Key": "held"}).json() == held.json()


def test_a_token_changes_nothing(client: Client) -> None:
    person = who("collector.01").id
    assert person is not None
    token = new_token(person, "test")
    number = post(client, Authorization=f"Bearer {token}").json()["number"]
    found = loaded(number)
    assert (found.case.source, found.case.reporter_id) == ("citizen", None)


def test_nothing_of_the_sender_is_kept(client: Client) -> None:
    """Neither the address nor a cookie stands in any row afterwards."""
    client.cookies["baoji_device"] = "deviceAAAAnumber"
    answer = client.post(
        "/report/",
        {"what": "rubbish", "key": "k", "lon": "107.1485", "lat": "34.3605", "description": "没有人扫"},
        REMOTE_ADDR="203.0.113.77",
        HTTP_USER_AGENT="Unmistakable/1.0",
    )
    assert answer.status_code == 302
    with connection.cursor() as cursor:
        for table in connection.introspection.django_table_names(only_existing=True, include_views=False):
            cursor.execute(
                f"SELECT count(*) FROM {table} t WHERE t::text LIKE ANY(ARRAY['%203.0.113.77%', '%deviceAAAA%', '%Unmistakable%'])"
            )
            assert cursor.fetchone()[0] == 0, table


def test_it_stands_in_the_document(client: Client) -> None:
    document = client.get("/api/v1/openapi.json").json()
    post_ = document["paths"]["/api/v1/public/reports"]["post"]
    assert {"201", "202", "422", "429"} <= set(post_["responses"])
    assert {"application/json", "multipart/form-data"} == set(post_["requestBody"]["content"])
