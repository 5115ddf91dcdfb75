"""The field's API of devices, tickets and envelopes: by token or by a browser's session with its CSRF token."""

import json
from base64 import b64encode
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone
from tests.town import program, sign_in, who

from baoji.kernel.evidence.keys import signing_key
from baoji.kernel.evidence.models import Envelope
from baoji.kernel.evidence.tests.phone import Phone, text
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.evidence.verification.signed import ZEROS, ticket_fits, unbase64
from baoji.portals.openapi import devices

pytestmark = pytest.mark.django_db
FIELD = "/api/v1/field"


@pytest.fixture(autouse=True)
def _untouched(own_folder: Path) -> None:
    for bucket in (devices.enrolments, devices.contacts, devices.envelopes):
        bucket._levels.clear()


class Line:
    """A program that calls for one person."""

    def __init__(self, person: str) -> None:
        self.client = program(person)

    def __call__(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        answer = self.client.generic(method, f"{FIELD}{path}", dumps(body), content_type="application/json")
        return answer.status_code, answer.json()


def dumps(body: Any) -> bytes:
    return json.dumps(body).encode() if body is not None else b""


@pytest.fixture
def phone() -> Phone:
    return Phone(who("collector.01"))


def enrolled(line: Line, phone: Phone) -> tuple[int, Any]:
    return line("POST", "/devices", {"spki": b64encode(phone.spki).decode(), "label": "红米"})


def contact(line: Line, phone: Phone, sent_at: int | None = None) -> tuple[int, Any]:
    now = milliseconds(timezone.now()) if sent_at is None else sent_at
    return line(
        "POST", "/ticket", {"kid": phone.kid, "head_seq": phone.seq, "head_hash": phone.prev, "sent_at": now}
    )


def test_a_device_from_enrolment_to_receipt(phone: Phone) -> None:
    line, chief = Line("collector.01"), Line("chief.1")
    status, device = enrolled(line, phone)
    assert (status, device["kid"], device["status"]) == (201, phone.kid, "waiting")
    assert enrolled(line, phone)[0] == 200
    assert chief("POST", f"/devices/{phone.kid}/approve")[1]["status"] == "active"
    status, told = contact(line, phone)
    assert status == 200 and told["status"] == "active" and told["gaps"] == []
    assert told["received_at"] <= told["answered_at"] and told["ticket"]["body"]["seen_hash"] == ZEROS
    phone.ticket = told["ticket"]
    sealed = phone.shoot(timezone.now(), kind="positions", sha256=None, size=None, mime=None)
    url = f"/envelopes/{sha256(sealed[0]).hexdigest()}"
    status, answer = line("PUT", url, text(sealed))
    assert (status, answer["proof"], answer["marks"]) == (201, "proven", [])
    assert line("PUT", url, text(sealed)) == (200, answer)
    assert answer["receipt"]["body"]["envelopes"] == [sha256(sealed[0]).hexdigest()]
    assert ticket_fits(answer["receipt"], server_key())
    mine = line("GET", "/devices")[1]["items"]
    assert [(one["kid"], one["status"], one["approved_by"], one["head_seq"]) for one in mine] == [
        (phone.kid, "active", "chief.1", 1)
    ]
    assert Line("collector.02")("GET", "/devices")[1]["items"] == []


def server_key() -> bytes:
    return signing_key("server").spki


def test_the_ticket_is_signed_over_its_canonical_body(phone: Phone) -> None:
    line = Line("collector.01")
    enrolled(line, phone)
    ticket = contact(line, phone)[1]["ticket"]
    assert ticket_fits(ticket, server_key()) and len(unbase64(ticket["sig"])) == 64


@pytest.mark.parametrize(
    ("person", "status", "code"),
    [("collector.01", 403, "not-allowed"), ("collector.02", 403, "not-allowed"), ("chief.1", 200, None)],
)
def test_approval_over_the_wire(phone: Phone, person: str, status: int, code: str | None) -> None:
    enrolled(Line("collector.01"), phone)
    got, answer = Line(person)("POST", f"/devices/{phone.kid}/approve")
    assert (got, answer.get("code")) == (status, code)


def test_ending_wants_a_reason_and_thawing_a_frozen_one(phone: Phone) -> None:
    enrolled(Line("collector.01"), phone)
    chief = Line("chief.1")
    assert chief("POST", f"/devices/{phone.kid}/end", {"reason": ""})[1]["errors"].keys() == {"reason"}
    assert chief("POST", f"/devices/{phone.kid}/thaw", {"reason": "已当面核对"})[0] == 409
    assert chief("POST", f"/devices/{phone.kid}/end", {"reason": "离职，手机已收回"})[1]["status"] == "ended"
    assert contact(Line("collector.01"), phone)[1]["ticket"] is None


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"kid": "x", "head_seq": 0, "head_hash": ZEROS, "sent_at": 1},
        {"kid": ZEROS, "head_seq": -1, "head_hash": ZEROS, "sent_at": 1},
        {"kid": ZEROS, "head_seq": 0, "head_hash": ZEROS, "sent_at": 10**20},
        {"kid": ZEROS, "head_seq": 0, "head_hash": ZEROS, "sent_at": 1.5},
    ],
)
def test_a_malformed_contact_is_refused(body: Any) -> None:
    status, answer = Line("collector.01")("POST", "/ticket", body)
    assert (status, answer["code"]) == (422, "validation")


def test_strangers_devices_are_not_there(phone: Phone) -> None:
    enrolled(Line("collector.01"), phone)
    assert contact(Line("collector.02"), phone)[1]["code"] == "not-there"


@pytest.mark.parametrize("change", ["name", "base64", "large"])
def test_an_envelope_that_cannot_be_one_is_refused(phone: Phone, change: str) -> None:
    sealed = phone.shoot(timezone.now())
    name = "0" * 64 if change == "name" else sha256(sealed[0]).hexdigest()
    sent = text(sealed) | ({"sig": "%%%"} if change == "base64" else {})
    sent |= {"bytes": "A" * 100_001} if change == "large" else {}
    status, answer = Line("collector.01")("PUT", f"/envelopes/{name}", sent)
    assert status == 422 and answer["code"] in {"wrong-id", "validation"}
    assert not Envelope.objects.exists()


def test_a_failed_envelope_is_receipted_and_told(phone: Phone) -> None:
    sealed = phone.shoot(timezone.now())
    status, answer = Line("collector.01")("PUT", f"/envelopes/{sha256(sealed[0]).hexdigest()}", text(sealed))
    assert (status, answer["proof"], answer["marks"]) == (201, "failed", ["unknown-key"])


def test_without_anybody_on_the_line_nothing_is_done(phone: Phone) -> None:
    answer = Client().post(f"{FIELD}/devices", {"spki": ""}, content_type="application/json")
    assert answer.status_code == 401 and answer.json()["code"] == "not-signed-in"


def test_a_browser_writes_with_its_csrf_token_and_not_without(phone: Phone) -> None:
    client = Client(enforce_csrf_checks=True)
    sign_in(client, "collector.01")
    body = {"spki": b64encode(phone.spki).decode(), "label": ""}
    refused = client.post(f"{FIELD}/devices", body, content_type="application/json")
    assert (refused.status_code, refused.json()["code"]) == (403, "csrf")
    client.get("/notices/")
    token = client.cookies["csrftoken"].value
    made = client.post(
        f"{FIELD}/devices", body, content_type="application/json", headers={"X-CSRFToken": token}
    )
    assert made.status_code == 201, made.content
    wrong = client.post(
        f"{FIELD}/devices", body, content_type="application/json", headers={"X-CSRFToken": "a" * 32}
    )
    assert wrong.status_code == 403


def test_too_many_enrolments_are_slowed_down() -> None:
    line = Line("collector.01")
    answers = [line("POST", "/devices", {"spki": "AAAA"})[0] for _n in range(12)]
    assert answers.count(429) == 2 and answers[-1] == 429


def test_they_stand_in_the_one_document() -> None:
    document = Client().get("/api/v1/openapi.json").json()
    assert {f"{FIELD}/devices", f"{FIELD}/ticket", f"{FIELD}/envelopes/{{id}}"} <= document["paths"].keys()
    put = document["paths"][f"{FIELD}/envelopes/{{id}}"]["put"]
    assert {"200", "201", "409", "422", "429"} <= put["responses"].keys()
    assert "application/problem+json" in put["responses"]["422"]["content"]
