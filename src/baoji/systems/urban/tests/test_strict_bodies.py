"""A body's values are of the type that the document says: true is no 1, and text is no number."""

import json
from typing import Any

import pytest
from django.utils import timezone
from pydantic import ValidationError
from tests.town import program

from baoji.kernel.evidence.verification.signed import ZEROS
from baoji.systems.urban.api.hotline_schemas import MESSAGE, CallIn

pytestmark = pytest.mark.django_db
NAME = "0cc78f7f-6efb-456c-aeb4-8a6dc7a41436"
CONTACT = {"kid": ZEROS, "head_seq": 0, "head_hash": ZEROS, "sent_at": 0}
SAID = {"type": "handover", "version": 1, "sent_at": "2026-11-24T17:30:00+08:00", "receiver_number": "1"}
DECLINED = SAID | {"kind": "acknowledgement", "accepted": False}
CLOSED = SAID | {"kind": "result", "sender_number": "2", "ended": "closed", "ended_at": SAID["sent_at"]}


def sent(method: str, path: str, body: Any) -> tuple[int, Any]:
    answer = program("collector.01").generic(
        method, f"/api/v1{path}", json.dumps(body), content_type="application/json"
    )
    return answer.status_code, json.loads(answer.content or b"null")


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("POST", "/field/messages/read", {"ids": [False]}, "ids.0"),
        ("POST", "/field/messages/read", {"ids": ["1"]}, "ids.0"),
        ("POST", "/field/messages/read", {"ids": [1.5]}, "ids.0"),
        ("POST", "/field/positions", {"points": [[0, 0, 0, False]]}, "points.0.3"),
        ("POST", "/field/positions", {"points": [["0", 0, 0, 0]]}, "points.0.0"),
        ("POST", "/field/positions", {"points": [[0, 0, 0]]}, "points.0.3"),
        ("POST", "/field/ticket", CONTACT | {"head_seq": True}, "head_seq"),
        ("POST", "/field/ticket", CONTACT | {"sent_at": "0"}, "sent_at"),
        ("PUT", f"/field/stays/{NAME}", {"number": "T1", "act": "end", "fenced": 1}, "fenced"),
        ("POST", "/field/stays/T1/end", {"fenced": "yes"}, "fenced"),
        ("PUT", f"/field/reports/{NAME}", {"self_disposed": 0}, "self_disposed"),
        ("PUT", f"/field/duty/{NAME}", {"act": "start", "captured_at": True}, "captured_at"),
        ("PUT", f"/field/sos/{NAME}", {"words": 1}, "words"),
        ("POST", "/reports", {"self_disposed": "true"}, "self_disposed"),
    ],
)
def test_another_type_is_refused_at_its_field(method: str, path: str, body: Any, field: str) -> None:
    status, told = sent(method, path, body)
    assert (status, told["code"], list(told["errors"])) == (422, "validation", [field])


def test_what_json_can_say_of_these_types_is_taken() -> None:
    """An integer may be written with a point (JSON Schema), and times and names of things come as text."""
    assert sent("POST", "/field/messages/read", {"ids": [7.0]})[0] == 204
    assert sent("POST", "/field/positions", {"points": [[0.0, 0, 1e3, 0]]})[0] == 200
    turn = {"act": "start", "captured_at": timezone.now().isoformat(), "after": NAME}
    assert sent("PUT", f"/field/duty/{NAME}", turn)[0] == 201


@pytest.mark.parametrize(
    "message", [DECLINED | {"accepted": 0}, CLOSED | {"sequence": True}, SAID | {"version": True}]
)
def test_hotlines_send_the_types_of_the_schema(message: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        MESSAGE.validate_json(json.dumps(message))


def test_messages_of_hotlines_are_read() -> None:
    assert not MESSAGE.validate_json(json.dumps(DECLINED)).accepted
    assert MESSAGE.validate_json(json.dumps(CLOSED | {"sequence": 2})).ended_at.utcoffset()
    call = {"call": "1", "event": "ended", "at": SAID["sent_at"]}
    assert CallIn.model_validate_json(json.dumps(call)).at is not None
