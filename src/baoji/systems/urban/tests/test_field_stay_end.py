"""The end of a watch told at once by its case's number: with photos it is a delivery, with a receipt and each envelope once."""

from base64 import b64decode
from typing import Any
from uuid import uuid4

import pytest
from tests.town import NOW, loaded, who

from baoji.kernel.base import sql
from baoji.systems.urban import public
from baoji.systems.urban.tests.test_field_deliveries import Collector
from baoji.systems.urban.tests.test_field_stay import MINUTE, ONE, TWO, critical, opinions, stays, tell

pytestmark = pytest.mark.django_db


@pytest.fixture
def watch() -> tuple[str, Collector]:
    """A dangerous place, and the phone of who stays there."""
    number = critical()
    tell(number, ONE, "start", 5, 5)
    return number, Collector(ONE)


def end(phone: Collector, number: str, *media: dict[str, str], fenced: bool = True) -> Any:
    body = {"fenced": fenced, "media": list(media)}
    return phone.client.post(f"/api/v1/field/stays/{number}/end", body, content_type="application/json")


def proofs(number: str) -> list[tuple[str, list[str]]]:
    """Of the photos on the case's opinions, in their order; that the town's clock is days off is no matter here."""
    seen = public.view(who("head.1"), loaded(number), NOW)["attachments"]
    return [
        (one["proof"], [mark for mark in one["marks"] if mark != "late"])
        for one in seen
        if one["act"] == "opinion"
    ]


def test_the_photo_of_a_fence_has_a_receipt_and_is_proven(watch: tuple[str, Collector]) -> None:
    number, phone = watch
    name = uuid4()
    medium = phone.shoot(1, report=str(name))
    first = end(phone, number, medium)
    assert (first.status_code, first.json()["number"]) == (201, number), first.content
    assert first.json()["receipt"]["body"]["report"] == str(name)
    assert proofs(number) == [("proven", [])]
    again = end(phone, number, medium)
    assert (again.status_code, again.json()) == (200, first.json())
    assert opinions(number)[-1] == "已围挡，结束守候" and len(opinions(number)) == 2


def test_a_late_photo_is_kept_with_a_receipt(watch: tuple[str, Collector]) -> None:
    number, phone = watch
    tell(number, TWO, "take", 20, 20)
    medium = phone.shoot(2, report=str(uuid4()))
    answers = [end(phone, number, medium) for _time in range(2)]
    for late in answers:
        assert (late.status_code, late.json()["code"]) == (409, "task-gone")
        assert len(late.json()["receipt"]["body"]["envelopes"]) == 1
    assert answers[0].json()["receipt"] == answers[1].json()["receipt"]
    assert proofs(number) == [("proven", [])]
    assert sum("没有接上" in words for words in opinions(number)) == 1
    assert [row[0] for row in stays(number) if row[2] is None] == [TWO]


def test_an_envelope_that_came_with_another_turn_proves_no_fence(watch: tuple[str, Collector]) -> None:
    """Signed for the beginning, sent with it, and used again for the fence by the address without a name."""
    number, phone = watch
    name = uuid4()
    medium = phone.shoot(3, report=str(name))
    began = phone.put("stays", name, {"number": number, "act": "start", "media": [medium]})
    assert began.status_code == 201
    assert end(phone, number, medium).status_code == 201
    assert proofs(number) == [("failed", ["other-report"])]


def test_an_envelope_of_another_case_proves_no_fence(watch: tuple[str, Collector]) -> None:
    number, phone = watch
    name = uuid4()
    medium = phone.shoot(4, report=str(name))
    assert phone.report(name, [medium]).status_code == 201
    assert end(phone, number, medium).status_code == 201
    assert proofs(number) == [("failed", ["other-report"])]


def test_an_envelope_that_names_no_delivery_proves_the_first_end_only(watch: tuple[str, Collector]) -> None:
    number, phone = watch
    medium = phone.shoot(5)
    first = end(phone, number, medium)
    assert end(phone, number, medium).json() == first.json()
    assert phone.put("stays", uuid4(), {"number": number, "act": "start"}).status_code == 201
    second = end(phone, number, medium)  # another watch: it ends, and the old photo does not prove it
    assert second.status_code == 201 and second.json()["receipt"] != first.json()["receipt"]
    assert [row[2] is None for row in stays(number)] == [False, False]
    assert proofs(number) == [("proven", []), ("failed", ["other-report"])]


def test_what_is_not_uploaded_or_no_photo_ends_nothing(watch: tuple[str, Collector]) -> None:
    number, phone = watch
    missing = phone.shoot(6, upload=False)
    assert (end(phone, number, missing).status_code, stays(number)[0][2]) == (424, None)
    assert end(phone, number, fenced=True).json()["code"] == "photo-required"
    assert sql.value("SELECT count(*) FROM urban_delivery WHERE kind = 'stay' AND number = ''") == 0
    assert stays(number)[0][2] is None


def test_broken_envelopes_and_photos_without_one_end_it_too(watch: tuple[str, Collector]) -> None:
    """What a phone signed badly is marked, and never a reason to refuse a fence."""
    number, phone = watch
    plain = {name: text for name, text in phone.shoot(7).items() if name in {"sha256", "kind"}}
    broken = phone.shoot(8) | {"envelope": "e30="}
    assert end(phone, number, plain, broken).status_code == 201
    assert [proof for proof, _marks in proofs(number)] == ["claimed", "failed"]


def test_an_end_of_before_whose_answer_was_lost_gets_its_receipt_by_asking_again(
    watch: tuple[str, Collector],
) -> None:
    """The release before hung the photo on the case and gave no receipt; the phone sends it once more to this one."""
    number, phone = watch
    medium = phone.shoot(9, report=str(uuid4()))
    signed = public.Signed(b64decode(medium["envelope"]), b64decode(medium["sig"]))
    files = public.files_of(by=who(ONE), media=[public.Medium(medium["sha256"], "photo", signed)], now=NOW)
    public.end_stay(by=who(ONE), number=number, fenced=True, files=files, now=NOW + 9 * MINUTE)
    assert proofs(number) == [("claimed", ["no-receipt"])]
    told = len(opinions(number))
    assert end(phone, number, medium).status_code == 201
    assert (proofs(number), len(opinions(number))) == ([("proven", [])], told)


def test_leaving_without_a_photo_is_answered_as_ever(watch: tuple[str, Collector]) -> None:
    number, phone = watch
    assert [end(phone, number, fenced=False).status_code for _time in range(2)] == [204, 204]
    assert end(Collector(TWO), number, fenced=False).status_code == 403
    assert opinions(number)[-1] == "未围挡，离开现场"
