"""照片再用 on pages: side by side for supervision, a quiet line on the case, nothing for departments and strangers."""

from typing import Any

import pytest
from django.template.loader import render_to_string
from django.test import Client
from tests.town import NOW, OTHER_COVER, desk, player, who

from baoji.kernel.base import sql
from baoji.kernel.evidence.likeness.looking import Eye
from baoji.kernel.evidence.likeness.trial.changes import jpeg
from baoji.kernel.evidence.likeness.trial.scenes import Place, View, photo
from baoji.systems.urban.actions import likeness
from baoji.systems.urban.queries import likeness as reads
from baoji.systems.urban.tests.likeness_case import Pixels, answered, changed, look, reported

pytestmark = [pytest.mark.django_db, pytest.mark.thorough]
LIST = "/street/likeness/"
LOOKS_LIKE = "两件案卷里的照片看上去是同一张"


@pytest.fixture(scope="module")
def shot() -> Pixels:
    return photo(Place(3), View(moment=1))


@pytest.fixture
def pair(eye: Eye, shot: Pixels) -> tuple[int, str, str]:
    first = reported(jpeg(shot))
    second = reported(jpeg(changed(shot, "darker")), by="collector.02", component=OTHER_COVER, days=1)
    return look(eye, first, second)[0]["id"], first, second


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200, answer.content
    return answer.content.decode()


@pytest.mark.parametrize("code", ["acceptor.1", "chief.1", "head.1"])
def test_supervision_sees_both_photos_and_says_what_it_saw(pair: Any, code: str) -> None:
    id_, first, second = pair
    client = desk(code)
    seen = page(client, LIST)
    assert LOOKS_LIKE in seen and first in seen and second in seen and who("collector.02").name in seen
    sent = {"seen": "", "verdict": "same", "reason": "就是那张，调暗了"}
    assert client.post(f"{LIST}{id_}/", sent).status_code == 302
    assert LOOKS_LIKE not in page(client, LIST)
    assert "就是那张，调暗了" in page(client, f"{LIST}?state=seen")


@pytest.mark.parametrize(
    "code", ["dispatcher.1", "commander.1", "handler.D01", "collector.01", "hotline.1", "operator.1"]
)
def test_nobody_else_sees_the_list(pair: Any, code: str) -> None:
    client = desk(code)
    assert client.get(LIST).status_code == 403
    assert client.post(f"{LIST}{pair[0]}/", {"verdict": "same", "reason": "同一张"}).status_code == 403


def test_a_word_without_reason_comes_back_with_what_is_missing(pair: Any) -> None:
    answer = desk("chief.1").post(f"{LIST}{pair[0]}/", {"seen": "", "verdict": "same", "reason": "是"})
    assert answer.status_code == 422
    text = answer.content.decode()
    assert "至少 2 个字" in text and 'value="是"' in text


def test_who_comes_second_is_told(pair: Any) -> None:
    id_, _first, _second = pair
    likeness.decide_likeness(by=who("acceptor.1"), id_=id_, seen="", verdict="unsure", reason="太暗", now=NOW)
    answer = desk("chief.1").post(f"{LIST}{id_}/", {"seen": "", "verdict": "same", "reason": "同一张"})
    assert answer.status_code == 412 and "刚被别人看过" in answer.content.decode()


@pytest.mark.parametrize("id_", [0, 2**62, 2**70])
def test_there_is_no_such_pair(id_: int) -> None:
    answer = desk("chief.1").post(f"{LIST}{id_}/", {"verdict": "same", "reason": "同一张"})
    assert answer.status_code == 404 and "没有这条提示" in answer.content.decode()


def test_nothing_waits() -> None:
    assert "没有等着看的" in page(desk("acceptor.1"), LIST)
    assert "还没有看过的" in page(desk("acceptor.1"), f"{LIST}?state=seen&before=x")


def test_the_list_of_one_case(pair: Any, eye: Eye) -> None:
    _id, first, _second = pair
    third = reported(jpeg(photo(Place(8))))
    look(eye, third)
    assert LOOKS_LIKE in page(desk("chief.1"), f"{LIST}?case={first}")
    assert LOOKS_LIKE not in page(desk("chief.1"), f"{LIST}?case={third}")
    assert desk("chief.1").get(f"{LIST}?case=T000000-0000000").status_code == 404


def test_a_quiet_line_on_both_cases_for_supervision_alone(pair: Any) -> None:
    id_, first, second = pair
    assert f"像 {second} 里的一张" in page(desk("acceptor.1"), f"/cases/{first}")
    assert f"像 {first} 里的一张" in page(desk("chief.1"), f"/cases/{second}")
    for code in ("dispatcher.1", "collector.02", "hotline.1"):
        assert "里的一张" not in page(desk(code), f"/cases/{second}")
    likeness.decide_likeness(by=who("head.1"), id_=id_, seen="", verdict="different", reason="两处", now=NOW)
    assert "里的一张" not in page(desk("chief.1"), f"/cases/{second}")


def test_after_the_work_the_desks_read_what_it_looks_like_and_the_department_does_not(
    eye: Eye, shot: Pixels
) -> None:
    same = answered(jpeg(shot), jpeg(changed(shot, "crop 10 %")))
    good = answered(jpeg(shot), jpeg(photo(Place(3), View(aside=0.2, tilt=1, moment=9, has_problem=False))))
    other = answered(jpeg(shot), jpeg(photo(Place(4))))
    look(eye, same, good, other)
    told = {
        same: "看上去就是处置前的那张",
        good: "是同一个地方，画面不同",
        other: "认不出和处置前是同一个地方",
    }
    for number, words in told.items():
        assert words in page(desk("dispatcher.1"), f"/cases/{number}")
        assert "处置前是" not in page(desk(player(number, "@body")), f"/cases/{number}")


def test_many_pairs_cost_no_more_queries_than_few(pair: Any, django_assert_max_num_queries: Any) -> None:
    uses = [row[0] for row in sql.tuples("SELECT id FROM evidence_use ORDER BY id")]
    copy = (
        "INSERT INTO evidence_use SELECT u.id + n * 1000, u.case_id, u.file_id, u.moment, u.by_id, u.org_id, u.thing, u.at, u.looked_at"
        " FROM evidence_use u, generate_series(1, 30) n WHERE u.id = ANY(%s)"
    )
    sql.execute(
        copy.replace(
            "INTO evidence_use SELECT",
            "INTO evidence_use (id, case_id, file_id, moment, by_id, org_id, thing, at, looked_at) SELECT",
        ),
        [uses],
    )
    sql.execute(
        "INSERT INTO evidence_likeness (later_id, earlier_id, later_case, earlier_case, kind, inliers, alike, mirrored, found_at, salt, verdict, reason)"
        " SELECT later_id + n * 1000, earlier_id + n * 1000, later_case, earlier_case, kind, inliers, alike, mirrored, found_at, salt, '', ''"
        " FROM evidence_likeness, generate_series(1, 30) n WHERE id = %s",
        [pair[0]],
    )
    client = desk("chief.1")
    page(client, LIST)
    with django_assert_max_num_queries(16):
        seen = page(client, LIST)
    assert seen.count("<figure>") == 2 * reads.PAGE and "before=" in seen
    following = reads.likenesses(is_open=True)[1]
    assert page(client, f"{LIST}?before={following}").count("<figure>") == 2 * reads.PAGE


def test_many_notes_do_not_push_the_case_away() -> None:
    notes = [{"word": f"像 {n} 里的一张", "is_odd": True} for n in range(5)]
    at_once, _, folded = render_to_string("urban/case/_likeness.html", {"notes": notes}).partition("<details")
    assert [note["word"] in at_once for note in notes] == [True, True, True, False, False]
    assert all(note["word"] in folded for note in notes[3:]) and "还有 2 条" in folded
    assert "<details" not in render_to_string("urban/case/_likeness.html", {"notes": notes[:3]})
