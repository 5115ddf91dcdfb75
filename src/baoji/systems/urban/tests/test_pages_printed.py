"""The 案卷 on paper as it is given away: nothing that leads to a person, and it says so; the whole is one press away."""

import pytest
from tests.town import NOW, body, case, desk, do, event, walk, who

from baoji.kernel.base import sql
from baoji.kernel.base.snapshot import bump
from baoji.systems.urban import public
from baoji.systems.urban.actions.hotline_words import described
from baoji.systems.urban.models import Policy

pytestmark = pytest.mark.django_db
SAID = "本件供外部使用"
INSIDE = "含个人信息，不得外传"


@pytest.fixture
def number() -> str:
    """A citizen's case in the hands of a body, with words that name people, and two photos."""
    number = event(
        None,
        pictures=2,
        caller_name="刘秘密",
        caller_phone="13991700123",
        description="刘秘密家门口的垃圾，车牌陕C12345，电话 13991700123",
        address="东风路 16 号 3单元502室",
    )
    walk(number, "file/verified")
    do(number, "chief.1", "file")
    walk(number, "handle/handling")
    do(number, body(number), "answer", opinion="已清理，请联系王师傅 029-8765432")
    return number


def paper(number: str, query: str = "") -> str:
    return desk("chief.1").get(f"/cases/{number}/print{query}").content.decode()


def photos_on(text: str) -> list[int]:
    return [int(part.partition("/")[0]) for part in text.split('src="/files/')[1:]]


def test_what_is_given_away_leads_to_nobody_and_says_so(number: str) -> None:
    text = paper(number)
    verifier = sql.value(
        "SELECT p.name FROM flow_record t JOIN identity_person p ON p.id = t.by_id WHERE t.case_id = %s AND t.act = 'verify_answer'",
        [case(number).pk],
    )
    assert SAID in text and INSIDE not in text
    for part in ("刘秘密", "13991700123", "陕C12345", "502室", "8765432", "王师傅", verifier):
        assert part not in text, part
    assert "***家门口的垃圾" in text and "东风路 16 号" in text
    assert "值班长" in text, "the posts stay"
    assert who("chief.1").name in text.rpartition("</ol>")[2], "who printed it stands at its foot"


def test_whom_a_caller_named_is_not_given_away() -> None:
    given = {"involved": "王建国、对面烧烤店", "demand": "希望尽快清走"}
    text = described("王建国把垃圾倒在路上", **given)
    number = event("hotline.1", pictures=0, caller_phone="13991700123", description=text)
    sql.execute(
        "INSERT INTO urban_elements (case_id, involved, demand, answered, call_back) VALUES (%s, %s, %s, '', true)",
        [case(number).pk, given["involved"], given["demand"]],
    )
    walk(number, "file/verified")
    do(number, "chief.1", "file")
    walk(number, "check/passed")
    do(number, "chief.1", "close", closing_condition="王建国已清走，电话 13991700123")
    whole, text = paper(number, "?full=1"), paper(number)
    for part in ("王建国把", "涉及：王建国、对面烧烤店", "王建国已清走"):
        assert part in whole, part
    for part in ("王建国", "烧烤店", "13991700123"):
        assert part not in text, part
    assert "***把垃圾倒在路上" in text and "希望尽快清走" in text and "***已清走" in text


def test_only_photos_that_a_person_has_cleared_are_given_away(number: str) -> None:
    ids = [
        row[0]
        for row in sql.tuples(
            "SELECT id FROM flow_attachment WHERE case_id = %s ORDER BY id", [case(number).pk]
        )
    ]
    first, second, third = ids[:3]
    text = paper(number)
    assert photos_on(text) == [] and f"另有 {len(ids)} 张照片没有收入" in text
    public.review_photo(who("acceptor.1"), second, True, NOW)
    public.review_photo(who("acceptor.1"), third, False, NOW)
    text = paper(number)
    assert photos_on(text) == [second] and f"另有 {len(ids) - 1} 张照片没有收入" in text
    assert photos_on(paper(number, "?full=1")) == ids


def test_the_version_for_the_house_is_whole_and_says_that_too(number: str) -> None:
    text = paper(number, "?full=1")
    assert INSIDE in text and SAID not in text
    for part in ("刘秘密", "13991700123", "陕C12345", "502室", "王师傅 029-8765432"):
        assert part in text, part
    handler = desk("dispatcher.1").get(f"/cases/{number}/print?full=1").content.decode()
    assert "来电人" not in handler, "nobody prints what they may not read"


def test_the_paper_says_who_printed_it_by_name_and_whole_post(number: str) -> None:
    chief = desk("chief.1")
    assert f"{who('chief.1').name}（值班长）" in chief.get(f"/cases/{number}/print").content.decode()
    english = chief.get(f"/cases/{number}/print", headers={"Accept-Language": "en"}).content.decode()
    assert f"{who('chief.1').name} (Duty chief)" in english


def test_the_place_of_a_home_is_not_given_away(number: str) -> None:
    row, _made = Policy.objects.get_or_create(name="public", defaults={"value": {}})
    row.value = {"classes": [{"kind": "event", "class": case(number).topic[1:], "place": "coarse"}]}
    row.save()
    bump("policies")
    text, whole = paper(number), paper(number, "?full=1")
    assert "位置从略" in text and 'id="locator"' in whole
    assert case(number).area in whole
    for part in ('id="locator"', f"{case(number).lon:.5f}", "东风路", case(number).area):
        assert part not in text, part
