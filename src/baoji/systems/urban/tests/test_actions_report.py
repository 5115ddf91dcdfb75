"""上报: the door it came in by, what is taken from the ledger, what is refused, one report for one key."""

from typing import Any

import pytest
from tests.town import (
    COVER,
    EVENT_PLACE,
    NOW,
    at,
    case,
    desk,
    do,
    event,
    loaded,
    photos,
    report,
    where,
    who,
    words,
)

from baoji.kernel.base.errors import Refused
from baoji.kernel.flow.models import Party, Record
from baoji.kernel.wire.once import earlier_answer
from baoji.systems.urban import public

pytestmark = pytest.mark.django_db


def _code(by: str | None = "collector.01", pictures: int = 1, **draft: Any) -> str | None:
    try:
        report(by, pictures=pictures, **draft)
    except Refused as refused:
        return refused.code
    return None


@pytest.mark.parametrize(
    ("draft", "field", "word"),
    [
        ({"kind": "event", "class_code": "0110"}, "component", "报的是事件"),
        ({"kind": "component", "class_code": "0103"}, "class", "类别是 0102"),
    ],
)
def test_a_component_and_a_class_that_contradict_it(draft: dict[str, Any], field: str, word: str) -> None:
    with pytest.raises(Refused) as caught:
        report(**draft)
    assert list(caught.value.errors) == [field]
    assert word in caught.value.message


def test_a_component_alone_makes_it_a_component() -> None:
    assert loaded(report(kind="event", component=COVER)).extra["kind"] == "component"


@pytest.mark.parametrize(
    ("by", "source"),
    [
        ("collector.01", "collector"),
        ("officer.001", "officer"),
        ("cleaner.0001", "cleaner"),
        ("hotline.1", "hotline"),
        (None, "citizen"),
    ],
)
def test_the_source_comes_from_the_post(by: str | None, source: str) -> None:
    assert case(report(by)).source == source


@pytest.mark.parametrize(
    "by", ["acceptor.1", "chief.1", "dispatcher.1", "handler.D29", "mayor.1", "nobody.1"]
)
def test_other_posts_do_not_report(by: str) -> None:
    assert _code(by) == "not-allowed"


def test_a_component_brings_its_class_place_grid_and_address() -> None:
    found = loaded(report(location=None))
    assert (found.extra["class_code"], found.case.area, found.case.address) == (
        "0102",
        "610302001001002",
        "经二路 2 号",
    )
    assert (found.case.topic, found.case.limit_unit, float(found.case.limit_value or 0)) == (
        "c0102",
        "work_day",
        2,
    )


@pytest.mark.parametrize(
    ("draft", "code"),
    [
        ({"component": "6103020102999999"}, "validation"),
        ({"component": "61030201"}, "validation"),
        ({"class_code": "0103"}, "validation"),
        ({"component": None, "kind": "event", "class_code": "0110", "location": None}, "validation"),
        ({"component": None, "kind": "event", "class_code": "9999", "location": EVENT_PLACE}, "validation"),
        (
            {
                "component": None,
                "kind": "event",
                "class_code": "0110",
                "condition": 99,
                "location": EVENT_PLACE,
            },
            "validation",
        ),
        (
            {
                "component": None,
                "kind": "event",
                "class_code": "0110",
                "condition": 1,
                "location": {"type": "Point", "coordinates": [34.36, 107.14]},
            },
            "coordinates-swapped",
        ),
        (
            {
                "component": None,
                "kind": "event",
                "class_code": "0110",
                "condition": 1,
                "location": {"type": "Point", "coordinates": [116.4, 39.9]},
            },
            "outside-city",
        ),
        ({"description": "坏\x00字"}, "validation"),
        ({"description": "长" * 2001}, "validation"),
        ({"found_at": at("03-17 12:00")}, "validation"),
    ],
)
def test_what_cannot_be_used_is_refused_and_nothing_is_written(draft: dict[str, Any], code: str) -> None:
    before = Record.objects.count()
    assert _code(**draft) == code
    assert Record.objects.count() == before


@pytest.mark.parametrize(
    ("by", "pictures", "more", "code"),
    [
        ("collector.01", 0, {}, "photo-required"),
        ("collector.01", 1, {}, None),
        ("collector.01", 10, {}, "validation"),
        ("hotline.1", 0, {}, None),
        ("officer.001", 0, {}, None),
        (None, 0, {}, None),
        ("collector.01", 1, {"self_disposed": True}, "photo-required"),
        ("collector.01", 2, {"self_disposed": True}, None),
        ("officer.001", 2, {"self_disposed": True}, "validation"),
    ],
)
def test_photos_as_the_policy_says(
    by: str | None, pictures: int, more: dict[str, Any], code: str | None
) -> None:
    assert _code(by, pictures, **more) == code


def test_a_report_far_from_its_own_grids_is_flagged() -> None:
    assert loaded(report("collector.01")).extra["off_grid"] is False
    assert loaded(report("collector.04")).extra["off_grid"] is True


@pytest.mark.parametrize(("metres", "is_said"), [(150, False), (250, True), (4000, True)])
def test_a_place_far_from_the_component_is_said(metres: int, is_said: bool) -> None:
    known = case(report())
    away = {"type": "Point", "coordinates": [known.lon, known.lat + metres / 111_320]}
    draft = public.Draft(kind="component", component=COVER, condition=3, location=away)
    taken = public.take_report(by=who("hotline.1"), draft=draft, now=NOW)
    found = case(taken.number)
    assert (found.lon, found.lat) == (known.lon, known.lat), "the case lies where the component lies"
    facts = Record.objects.get(case__number=taken.number).facts
    assert ("off_component_m" in facts) is ("off_component_m" in taken.answer) is is_said
    page = words(desk("acceptor.1").get(f"/cases/{taken.number}/", follow=True))
    assert ("发来的位置离部件" in page) is is_said
    if is_said:
        assert abs(facts["off_component_m"] - metres) <= metres * 0.01
        assert taken.answer["off_component_m"] == facts["off_component_m"]


def test_without_a_place_nothing_is_said_of_it() -> None:
    assert "off_component_m" not in Record.objects.get(case__number=report("collector.01")).facts


def test_a_report_by_its_journal_its_record_and_its_party() -> None:
    number = report("collector.01")
    first = Record.objects.get(case__number=number)
    assert (first.act, first.post, first.from_step, first.to_step, first.receiver_post) == (
        "report",
        "collector",
        "",
        "collect/reported",
        "acceptor",
    )
    assert Party.objects.filter(case__number=number, person_id=who("collector.01").id).exists()


def test_a_citizen_gets_a_query_code() -> None:
    draft = public.Draft(kind="event", class_code="0110", location=EVENT_PLACE, description="垃圾散落")
    taken = public.take_report(by=None, draft=draft, now=NOW)
    assert len(taken.answer["query_code"]) == 10
    assert "query_code" not in public.take_report(by=who("officer.001"), draft=draft, now=NOW).answer


def test_a_report_without_a_class_gets_one_when_it_is_filed() -> None:
    number = event("officer.001", class_code="", condition=None)
    do(number, "acceptor.1", "accept")
    do(number, "chief.1", "file", **{"class": "0110", "condition": 1})
    assert (where(number), loaded(number).case.topic) == ("dispatch/filed", "e0110")


def test_one_key_one_report() -> None:
    draft = public.Draft(kind="component", component=COVER, condition=3, description="井盖松动异响")

    def send(request_hash: str, person: str = "collector.01") -> public.Taken:
        return public.take_report(
            by=who(person), draft=draft, now=NOW, files=photos(1), key="k-1", request_hash=request_hash
        )

    first, again = send("a"), send("a")
    assert again.earlier is not None
    assert earlier_answer(again.earlier, "a") == (201, {"number": first.number})
    other_body = send("b").earlier
    assert other_body is not None
    with pytest.raises(Refused) as conflict:
        earlier_answer(other_body, "b")
    assert conflict.value.code == "idempotency-conflict"
    assert send("a", "collector.02").number not in {"", first.number}, "the key is each caller's own"
