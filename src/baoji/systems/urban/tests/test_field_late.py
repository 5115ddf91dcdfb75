"""An answer that came after its task went: it changes nothing, and everybody at supervision can read it."""

from base64 import b64decode
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from tests.town import NOW, case, desk, do, loaded, new, where, who

from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.kernel.evidence.keys import signing_key
from baoji.systems.urban import public
from baoji.systems.urban.tests.evidence_case import MINUTE, exported
from baoji.systems.urban.tests.stranger import proven_photos
from baoji.systems.urban.tests.test_field_deliveries import Collector
from baoji.systems.urban.tests.test_field_stay import opinions

pytestmark = pytest.mark.django_db
WORDS = "另一部手机：垃圾还在"


def asked_to_check() -> tuple[str, Collector]:
    number = new("check/checking")
    code = sql.value("SELECT code FROM identity_person WHERE id = %s", [case(number).holder_person_id])
    return number, Collector(code)


def answered(number: str, asked: Collector, fixed: bool, shade: int, words: str = WORDS) -> Any:
    return asked.put(
        "answers",
        uuid4(),
        {
            "number": number,
            "act": "check_answer",
            "facts": {"fixed": fixed, "opinion": words},
            "captured_at": (datetime.now(UTC) - timedelta(hours=3)).isoformat(),
            "media": [asked.shoot(shade, task=number)],
        },
    )


def hung(number: str) -> list[tuple[str, str]]:
    seen = public.view(who("acceptor.1"), loaded(number), NOW)["attachments"]
    return [(one["proof"], one["act"]) for one in seen]


def notices(post: str) -> list[str]:
    rows = sql.tuples("SELECT title FROM notices_notice WHERE kind = 'late' AND post = %s", [post])
    return [title for (title,) in rows]


def test_the_answer_of_the_second_phone_is_read_at_the_case_with_its_photo() -> None:
    number, asked = asked_to_check()
    assert answered(number, asked, True, 51, "清理完了").status_code == 201
    before, photos = where(number), len(hung(number))
    late = answered(number, asked, False, 52)
    assert (late.status_code, late.json()["code"]) == (409, "task-gone")
    assert late.json()["detail"].endswith("您做的和拍的已作为迟到的回复记在案卷里")
    assert late.json()["receipt"]["body"]["number"] == number
    assert where(number) == before
    assert hung(number)[photos:] == [("proven", "opinion")]
    page = desk("acceptor.1").get(f"/cases/{number}").content.decode()
    for words in ("回复核查，没有算数", "已经处置好：否", WORDS, "手机记的时间"):
        assert words in page
    assert notices("chief") == [f"迟到的回复，没有算数：{number}"]


def test_the_answer_after_another_was_asked_is_kept_for_the_acceptor_and_told_once() -> None:
    number, asked = asked_to_check()
    others = sql.tuples(
        "SELECT p.code FROM identity_person p JOIN identity_holding h ON h.person_id = p.id"
        " JOIN organisations_post t ON t.id = h.post_id WHERE t.kind = 'collector' AND p.id <> %s ORDER BY p.code",
        [case(number).holder_person_id],
    )
    sql.execute(
        "UPDATE flow_case SET holder_person_id = (SELECT id FROM identity_person WHERE code = %s) WHERE number = %s",
        [others[-1][0], number],
    )
    name = uuid4()
    body = {"number": number, "act": "check_answer", "facts": {"fixed": False}, "media": [asked.shoot(53)]}
    for _time in range(2):
        assert asked.put("answers", name, body).status_code == 409
    assert len(opinions(number)) == len(notices("acceptor")) == 1
    assert where(number) == "check/checking"
    assert hung(number)[-1] == ("proven", "opinion")


@pytest.mark.usefixtures("own_folder")
def test_a_late_answer_goes_with_the_evidence_of_the_case(tmp_path: Path) -> None:
    number, asked = asked_to_check()
    do(number, "chief.1", "void")
    medium, name = asked.shoot(54, task=number), uuid4()
    signed = public.Signed(b64decode(medium["envelope"]), b64decode(medium["sig"]))
    late = public.deliver_answer(
        by=asked.person,
        parcel=public.Parcel(name, "x", [public.Medium(medium["sha256"], "photo", signed)]),
        number=number,
        act="check_answer",
        facts={"fixed": False},
        now=NOW + 5 * MINUTE,
    )
    assert late.status == 409
    link_all(NOW + 6 * MINUTE)
    made = exported(number, tmp_path)
    assert medium["sha256"] in proven_photos(made.path, signing_key("server").kid)


def test_who_stands_in_for_the_one_that_was_asked_is_heard_late_too() -> None:
    number = new("check/checking")
    sql.execute(
        "INSERT INTO identity_delegation (principal_id, deputy_id, starts_at, ends_at, reason)"
        " VALUES (%s, %s, now() - interval '1 day', now() + interval '1 day', '')",
        [case(number).holder_person_id, who("collector.05").id],
    )
    bump("people")
    do(number, "chief.1", "void")
    assert answered(number, Collector("collector.05"), False, 55).status_code == 409
    assert WORDS in opinions(number)[-1]


def test_who_was_never_asked_writes_nothing_and_is_told_so() -> None:
    number = new("check/checking")
    do(number, "chief.1", "void")
    stranger = Collector("collector.06")
    late = answered(number, stranger, False, 56)
    assert late.status_code == 409
    assert late.json()["detail"].endswith("照片已收下，没有记进案卷")
    assert opinions(number) == []


@pytest.mark.parametrize(
    "facts",
    [
        {"fixed": "§", "opinion": 7},
        {"fixed": False, "opinion": "还在" + "很长" * 1500},
        {"nonsense": {"deep": []}, "opinion": "\u200b"},
        {},
    ],
)
def test_whatever_a_late_answer_says_it_is_kept(facts: dict[str, Any]) -> None:
    number, asked = asked_to_check()
    do(number, "chief.1", "void")
    media = [asked.shoot(60 + n) for n in range(12)]
    body = {"number": number, "act": "check_answer", "facts": facts, "media": media}
    late = asked.put("answers", uuid4(), body)
    assert (late.status_code, late.json()["code"]) == (409, "task-gone"), late.content
    said = "".join(opinions(number))
    assert said.count("很长") == (1500 if "fixed" in facts and facts["fixed"] is False else 0)
    assert len([act for _proof, act in hung(number) if act == "opinion"]) == 12
