"""What class is proposed for which words and place, why, and what a city's own closed cases teach."""

from datetime import timedelta
from random import Random
from typing import Any

import pytest
from django.test import Client
from tests.town import COVER, NOW, event

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Refused
from baoji.kernel.base.snapshot import bump
from baoji.kernel.identity.callers import new_token
from baoji.kernel.identity.models import Person
from baoji.systems.urban import public
from baoji.systems.urban.models import CaseClass, Component, Lesson
from baoji.systems.urban.suggest import teaching
from baoji.systems.urban.suggest.grams import cleaned, grams, telling, words_that_counted
from baoji.systems.urban.suggest.lesson import Lesson as Taught
from baoji.systems.urban.suggest.lesson import learn

pytestmark = pytest.mark.django_db


def cover() -> tuple[float, float]:
    place = Component.objects.get(code=COVER).place
    return place.x, place.y


# Words -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "clean"),
    [("ＡＢＣ井盖", "abc井盖"), ("电话13991700123", "电话0"), ("２号楼 12单元", "0号楼 0单元")],
)
def test_one_way_of_writing_and_no_number_is_kept(text: str, clean: str) -> None:
    assert cleaned(text) == clean


def test_runs_do_not_cross_a_gap() -> None:
    assert [gram.text for gram in grams("井盖，坏了", 2)] == ["井盖", "坏了"]
    assert [gram.text for gram in grams("路灯坏")] == ["路", "路灯", "路灯坏", "灯", "灯坏", "坏"]


def test_words_that_counted_are_stretches_of_the_text() -> None:
    text = "门口垃圾堆了三天，路灯也坏了"
    told = words_that_counted(
        text, grams(text), {"垃圾": 2.0, "垃": 1.0, "圾堆": 1.0, "路灯": 0.9, "门": 0.05}
    )
    assert told == ("垃圾堆", "路灯")
    assert words_that_counted(text, grams(text), {}) == ()


# The class table alone ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("小区门口垃圾散落一地没人管", ("event", "0110")),
        ("楼下烧烤摊露天烧烤，烟很大", ("event", "0129")),
        ("路灯不亮", ("component", "0137")),
        ("墙上贴满了小广告", ("event", "0201")),
        ("污水井盖松动异响", ("component", "0102")),
        ("路面塌陷一个大坑", ("event", "0505")),
    ],
)
def test_before_there_are_data_the_table_speaks(text: str, expected: tuple[str, str]) -> None:
    told = public.suggest(text, None)
    assert (told[0].kind, told[0].class_code) == expected
    assert told[0].words and all(word in text for word in told[0].words)
    assert 0 < sum(one.share for one in told) <= 1.001


def test_a_manhole_cover_is_the_one_at_the_place() -> None:
    anywhere, there = public.suggest("井盖没有了", None), public.suggest("井盖没有了", cover())
    assert {one[:2] for one in there[:2]} == {("component", "0102"), ("component", "0106")}, (
        "two covers are there"
    )
    told = next(one for one in there if one.class_code == "0102")
    assert told.words == ("井盖", "0 米处有污水井盖")
    before = {one[:2]: one.share for one in anywhere}
    assert told.share > before.get(("component", "0102"), 0.0) * 2


def test_the_place_does_not_shout_down_the_words() -> None:
    assert public.suggest("楼下露天烧烤", cover())[0][:2] == ("event", "0129")


def test_without_words_what_stands_there_is_a_guess_of_half() -> None:
    told = public.suggest("", cover())
    assert ("component", "0102") in [one[:2] for one in told] and sum(one.share for one in told) <= 0.501
    assert public.suggest("", None) == [] == public.suggest("zzz qqq", None)


@pytest.mark.parametrize("text", ["\x00" * 9, "！？。，", "💧" * 50, "a" * 100_000, "' OR 1=1 --"])
def test_odd_texts_break_nothing(text: str) -> None:
    public.suggest(text, None)


# What closed cases teach ----------------------------------------------------------

STORIES = {
    ("event", "0110"): ("垃圾桶边上堆得到处都是", "没人清垃圾臭得很", "垃圾袋扔了一地"),
    ("event", "0406"): ("摆摊把人行道占了", "卖水果的车堵在路口", "小摊占着路卖菜"),
    ("component", "0137"): ("晚上黑灯瞎火的", "灯杆那盏不亮", "夜里路灯一直闪"),
}


def told_and_right(n: int, seed: int = 3) -> tuple[list[str], list[tuple[str, str]]]:
    rng = Random(seed)
    pairs = [
        (rng.choice(words) + rng.choice(["，请处理", "！", "好几天了", ""]), label)
        for label, words in STORIES.items()
        for _n in range(n)
    ]
    rng.shuffle(pairs)
    return [text for text, _label in pairs], [label for _text, label in pairs]


def test_a_lesson_learns_what_no_table_says() -> None:
    lesson = learn(*told_and_right(40))
    for text, label in [("黑灯瞎火看不见路", ("component", "0137")), ("又摆摊了", ("event", "0406"))]:
        shares = lesson.shares(grams(cleaned(text)))
        assert max(shares, key=lambda one: shares[one]) == label
        assert sum(shares.values()) == pytest.approx(1, abs=1e-4)


def test_a_lesson_is_the_same_each_time_and_after_being_written_down() -> None:
    first, second = learn(*told_and_right(30)), learn(*told_and_right(30))
    asked = grams(cleaned("摆摊占路"))
    assert first.shares(asked) == second.shares(asked)
    again = Taught.load(first.dump())
    for one, share in first.shares(asked).items():
        assert again.shares(asked)[one] == pytest.approx(share, abs=2e-3)


def test_what_only_one_person_wrote_is_not_kept() -> None:
    texts, labels = told_and_right(20)
    lesson = learn([*texts, "我叫欧阳修电话13991700123"], [*labels, ("event", "0110")])
    assert not [gram for gram in lesson.vocabulary if "欧" in gram or "139" in gram]


def test_what_is_said_of_every_class_alike_is_not_kept() -> None:
    texts, labels = told_and_right(30)
    lesson = learn([f"腌臜，{text}" for text in texts], labels)
    assert "腌臜" not in lesson.vocabulary and "摆摊" in lesson.vocabulary


def test_a_run_touches_no_word_that_says_nothing() -> None:
    found = {gram.text for gram in telling("来电人反映门前垃圾已经好几天了")}
    assert found == {"垃", "垃圾", "圾"}


@pytest.fixture
def closed(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Closed cases of three classes, and a city that needs no more than that to learn."""
    monkeypatch.setattr(teaching, "LEAST_CASES", 12)
    numbers = []
    for n, (text, label) in enumerate(zip(*told_and_right(6, seed=5), strict=True)):  # 黑灯瞎火 often enough
        number = event(kind=label[0], class_code=label[1], description=text, now=NOW - timedelta(minutes=n))
        numbers.append(number)
    sql.execute(
        "UPDATE flow_case SET status = 'closed', stage = 'evaluate', step = 'closed', due_at = NULL, near_at = NULL, closed_at = now() WHERE number = ANY(%s)",
        [numbers],
    )
    return numbers


def test_the_city_teaches_and_the_lesson_is_used(closed: list[str]) -> None:
    assert public.suggest("黑灯瞎火", None) == []
    told = teaching.teach(NOW)
    assert told["used"]["cases"] == 4 and 0 <= told["used"]["top1"] <= told["used"]["top3"] <= 1
    assert told["learnt"] == 14 and set(told["kinds"]) == {"component", "event"}
    best = public.suggest("黑灯瞎火", None)[0]
    assert best[:2] == ("component", "0137") and best.words
    latest = teaching.latest()
    assert latest is not None and latest["cases"] == 18 and latest["report"] == told


def test_the_accuracy_is_that_of_cases_not_seen() -> None:
    """A lesson that knows its own texts by heart says nothing of others: marks are taken on what it did not learn."""
    lesson = learn(
        ["井盖坏了"] * 5 + ["路灯坏了"] * 5, [("component", "0102")] * 5 + [("component", "0137")] * 5
    )
    asked = [grams(cleaned(text)) for text in ("井盖没了", "路灯灭了", "垃圾")]
    found = teaching.marks(
        lesson.shares, asked, [("component", "0102"), ("component", "0137"), ("event", "0110")]
    )
    assert (found.cases, found.first, found.three) == (3, 2, 2)
    assert found.as_json() == {"cases": 3, "top1": 0.6667, "top3": 0.6667}


def test_too_few_cases_teach_nothing() -> None:
    with pytest.raises(Refused) as refused:
        teaching.teach(NOW)
    assert refused.value.code == "too-few-cases" and not Lesson.objects.exists()


def test_old_lessons_go_and_teaching_stands_in_the_journal(
    closed: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(teaching, "KEPT_LESSONS", 2)
    for _n in range(3):
        teaching.teach(NOW)
    assert Lesson.objects.count() == 2
    assert (
        sql.value("SELECT count(*) FROM audit_entry WHERE subject = 'urban.lesson' AND verb = 'train'") == 3
    )


def test_a_class_that_is_no_longer_in_force_is_not_proposed(closed: list[str]) -> None:
    teaching.teach(NOW)
    assert ("component", "0137") in [one[:2] for one in public.suggest("黑灯瞎火", None)]
    CaseClass.objects.filter(kind="component", code="0137").delete()
    bump("classes")
    assert ("component", "0137") not in [one[:2] for one in public.suggest("黑灯瞎火", None)]


# The endpoint ----------------------------------------------------------------------


def asked(client: Client, code: str = "hotline.1", **query: Any) -> Any:
    token = new_token(Person.objects.get(code=code).pk, "test")
    return client.get("/api/v1/suggest", query, headers={"Authorization": f"Bearer {token}"})


def test_programs_ask_too(client: Client) -> None:
    lon, lat = cover()
    items = asked(client, text="井盖没有了", lon=lon, lat=lat).json()["items"]
    told = next(one for one in items if one["class"] == "0102")
    assert (told["kind"], told["name"]) == ("component", "污水井盖")
    assert 0 < told["share"] <= 1 and told["words"] == ["井盖", "0 米处有污水井盖"]


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"text": "井盖", "lon": "x", "lat": "1"}, 422),
        ({"text": "井盖", "lon": "107.1"}, 422),
        ({"text": "字" * 2001}, 422),
        ({"text": "井盖", "lon": "500", "lat": "1"}, 422),
        ({}, 200),
    ],
)
def test_what_cannot_be_asked_is_said(client: Client, query: dict[str, str], status: int) -> None:
    assert asked(client, **query).status_code == status


def test_strangers_are_not_answered(client: Client) -> None:
    assert client.get("/api/v1/suggest", {"text": "井盖"}).status_code == 401


def test_a_suggestion_decides_nothing() -> None:
    """The class of a report is what its reporter said, whatever the words propose."""
    number = event(description="污水井盖松动异响", class_code="0110")
    assert public.load(number).extra["class_code"] == "0110"
