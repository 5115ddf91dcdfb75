"""A week in town, counted by hand. The cover has two working days: dispatched on Tuesday at ten it is due on Thursday at
ten, and to be closed by 11:45 (review 30, check 15 + 30, closing 30 minutes)."""

from dataclasses import asdict
from functools import partial
from typing import Any

import pytest
from tests.town import NOW, at, case, do, report, walk

from baoji.kernel.flow.models import Case, Timer
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban.queries import score, score_attention, score_check, score_posts
from baoji.systems.urban.rules.score import FIGURES, Period

pytestmark = pytest.mark.django_db
MARCH = Period(at("03-01 00:00"), at("04-01 00:00"), at("03-23 12:00"))
THURSDAY = at("03-19 10:00")


def _answer(number: str, when: str) -> None:
    do(number, "@body", "answer", now=at(when))


def _finish(number: str, answered: str, closed: str) -> str:
    walk(number, "handle/handling")
    _answer(number, answered)
    walk(number, "evaluate/closed", now=at(closed))
    return number


def _week() -> dict[str, str]:
    made = {
        "in time": _finish(report(), "03-18 09:00", "03-18 10:00"),
        "late": _finish(report(), "03-19 15:00", "03-19 16:00"),
        "open": walk(report(), "handle/handling"),
        "closed late": _finish(report(), "03-19 09:00", "03-19 11:46"),
    }
    back = walk(report(), "handle/handling")
    _answer(back, "03-18 09:00")
    do(back, "dispatcher.1", "send_back", now=at("03-18 09:10"))
    _answer(back, "03-20 09:00")
    made["sent back, then late"] = back
    again = walk(report(), "handle/handling")
    _answer(again, "03-17 11:00")
    walk(again, "check/checking", now=at("03-17 11:10"))
    do(again, "@asked", "check_answer", fixed=False, now=at("03-17 11:20"))
    _answer(again, "03-18 11:00")
    walk(again, "evaluate/closed", now=at("03-18 11:30"))
    made["redone"] = again
    asleep = walk(report(), "handle/suspended")
    made["asleep"] = asleep
    made["void"] = walk(report(), "handle/void")
    made["settled"] = walk(report(), "evaluate/settled")
    other = walk(report(), "handle/to_sign")
    do(other, "@body", "return", now=at("03-17 10:30"))
    do(other, "dispatcher.1", "dispatch", to="D38", now=at("03-17 11:00"))
    made["returned"] = other
    return made


def test_the_week_by_hand() -> None:
    made = _week()
    found = score.score(MARCH)
    total = found.total
    # due: in time, late, open, closed late, sent back, redone, returned (to D38, due on Thursday at eleven)
    assert total.rate("in_time_rate") == (3, 7)
    assert total.rate("dispose_rate") == (5, 7)
    assert (total.counts["overdue_disposed"], total.counts["overdue_undone"], total.counts["overdue"]) == (
        2,
        2,
        4,
    )
    assert total.rate("close_rate") == (4, 7)
    assert total.rate("close_in_time_rate") == (2, 7)
    assert total.rate("close_late_rate") == (2, 7)
    assert total.rate("rework_rate") == (1, 5)
    assert total.rate("return_rate") == (1, 7)
    rows = {row.code: row for row in found.departments}
    assert set(rows) == {"D29", "D38"}
    assert (rows["D29"].counts["need_dispose"], rows["D38"].counts["need_dispose"]) == (6, 1)
    assert (rows["D29"].counts["returned"], rows["D38"].counts["returned"]) == (1, 0), (
        "whoever returned it bears the return"
    )
    assert [row.counts for row in found.areas] == [total.counts], "all of it lies in one county"
    assert {day.isoformat(): split for day, *split in found.days} == {"2026-03-19": [3, 4]}
    assert case(made["asleep"]).clock == "paused"


def test_each_figure_leads_to_exactly_its_cases() -> None:
    made = _week()
    found = score.score(MARCH)
    for figure in FIGURES:
        listed = score.behind(MARCH, figure)
        assert len(listed) == len({line["number"] for line in listed}) == found.total.counts[figure], figure
        for row in found.departments:
            own = score.behind(MARCH, figure, bodies=[organisations().by_code[row.code].id])
            assert len(own) == row.counts[figure], (figure, row.code)
        for row in found.areas:
            assert len(score.behind(MARCH, figure, area=row.code)) == row.counts[figure], (figure, row.code)
    late = {line["number"] for line in score.behind(MARCH, "overdue_disposed")}
    assert late == {made["late"], made["sent back, then late"]}
    assert [line["number"] for line in score.behind(MARCH, "reworked")] == [made["redone"]]
    assert [line["number"] for line in score_posts.returns_behind(MARCH)] == [made["returned"]]


def test_a_long_list_is_read_page_by_page() -> None:
    _week()
    whole = [line["number"] for line in score.behind(MARCH, "need_dispose")]
    read: list[str] = []
    after = None
    while page := score.behind(MARCH, "need_dispose", after=after, limit=2):
        read += [line["number"] for line in page]
        after = (page[-1]["due"], page[-1]["id"])
    assert read == whole
    assert len(read) == 7


def test_the_average_is_the_bodys_own_working_time() -> None:
    number = _finish(report(), "03-18 09:00", "03-18 10:00")
    # Tuesday 10–12 and 14–18, Wednesday 8–9
    assert score.score(MARCH).total.average_s == 7 * 3600
    assert case(number).clock_used_s == 7 * 3600


def test_the_average_leaves_out_what_reviewers_took_beyond_their_limits() -> None:
    number = walk(report(), "handle/handling")
    do(number, "@body", "answer", now=at("03-17 11:00"))  # the review is due at 11:30
    do(number, "dispatcher.1", "send_back", now=at("03-17 15:30"))  # two office hours later
    _finish(number, "03-17 16:30", "03-17 17:00")
    # One hour, the reviewer's own half hour, and one hour more.
    assert score.score(MARCH).total.average_s == 2.5 * 3600


def test_as_of_an_earlier_instant_later_answers_are_not_seen() -> None:
    _finish(report(), "03-19 15:00", "03-19 16:00")
    then = score.score(Period(MARCH.start, MARCH.end, at("03-19 12:00"))).total
    assert (then.counts["overdue_undone"], then.counts["overdue_disposed"]) == (1, 0)
    assert then.rate("close_rate") == (0, 1)


def test_what_a_deferred_or_exempt_case_does() -> None:
    deferred = walk(report(), "handle/handling")
    do(deferred, "@body", "suspend_request", kind="defer")
    do(deferred, "commander.1", "suspend_decide", grant=True)
    do(deferred, "@body", "resume", now=at("03-17 11:00"))
    exempt = _finish(report(), "03-19 15:00", "03-19 16:00")
    do(exempt, "@body", "appeal", now=at("03-19 17:00"))
    do(exempt, "dispatcher.2", "appeal_decide", grant=True, now=at("03-19 17:10"))
    do(exempt, "acceptor.2", "appeal_decide", grant=True, now=at("03-19 17:20"))
    counts = score.score(MARCH).total.counts
    assert (counts["need_dispose"], counts["deferred"], counts["exempted"]) == (0, 1, 1)


def test_posts_by_hand() -> None:
    _week()
    rows = {(row.code, row.post): row for row in score_posts.posts(MARCH)}
    collector = rows["collector.01", "collector"]
    assert collector.done["report"] == 10
    assert collector.valid_reports == 9, "the one settled on the spot became no case"
    assert rows["acceptor.1", "acceptor"].done["accept"] == 9
    assert rows["acceptor.1", "acceptor"].done["settle"] == 1
    assert rows["chief.1", "chief"].done["file"] == 9
    dispatcher = rows["dispatcher.1", "dispatcher"]
    assert dispatcher.done["dispatch"] == 10
    assert dispatcher.wrong == {"dispatch": 1}, "the return led to another body"
    why = score_posts.wrong_behind(MARCH, "dispatcher.1", "dispatcher", "dispatch")
    assert [(line["act"], line["at"]) for line in why] == [("return", at("03-17 10:30"))]
    handler = rows["handler.D29", "handler"]
    # answers: in time, late, closed late, twice the one sent back, twice the redone one; late are two
    assert (handler.done["answer"], handler.late["answer"]) == (7, 2)
    for row in rows.values():
        for act, n in row.done.items():
            assert len(score_posts.acts_behind(MARCH, row.code, row.post, act)) == n, (row.code, act)
            assert len(score_posts.acts_behind(MARCH, row.code, row.post, act, late=True)) == row.late[act]


def test_what_the_same_people_do_in_another_flow_is_not_counted() -> None:
    """Also not as wrong, and not behind a figure."""
    made = _week()
    before = {(row.code, row.post): asdict(row) for row in score_posts.posts(MARCH)}
    for name in ("returned", "late"):
        Case.objects.filter(number=made[name]).update(flow="permits")
    after = {(row.code, row.post): row for row in score_posts.posts(MARCH)}
    dispatcher = after["dispatcher.1", "dispatcher"]
    assert (dispatcher.done["dispatch"], dispatcher.wrong) == (10 - 3, {})
    assert score_posts.wrong_behind(MARCH, "dispatcher.1", "dispatcher", "dispatch") == []
    assert after["handler.D29", "handler"].late.get("answer", 0) == 1
    assert after["collector.01", "collector"].valid_reports == 7
    assert before["collector.01", "collector"]["done"]["report"] == 10
    for row in after.values():
        for act, n in row.done.items():
            assert len(score_posts.acts_behind(MARCH, row.code, row.post, act)) == n, (row.code, act)


def test_a_refused_return_is_nobodys_wrong_dispatch() -> None:
    number = walk(report(), "dispatch/returned")
    do(number, "dispatcher.1", "send_back", now=at("03-17 10:30"))
    rows = {(row.code, row.post): row for row in score_posts.posts(MARCH, ["dispatcher"])}
    assert rows["dispatcher.1", "dispatcher"].wrong == {}


def test_what_needs_attention() -> None:
    made = _week()
    found = score_attention.attention(MARCH, MARCH.as_of)
    tree = organisations()
    assert {(tree.code(body), n) for body, n, _since in found.late} == {("D29", 1), ("D38", 1)}
    assert found.late[0][2] in {THURSDAY, at("03-19 11:00")}
    listed = score_attention.late_behind([tree.by_code["D29"].id], MARCH.as_of)
    assert [line["number"] for line in listed] == [made["open"]]
    ((topic, area, n, *_words),) = found.repeated
    assert len(score_attention.repeated_behind(topic, area, MARCH.as_of)) == n == 8
    assert found.asleep[0] == 1
    assert [line["number"] for line in score_attention.asleep_behind()] == [made["asleep"]]


def test_what_needs_attention_is_listed_to_its_end_page_by_page() -> None:
    _week()
    walk(report(), "handle/suspended")
    lost = case(walk(report(), "handle/suspended"))
    Timer.objects.filter(case=lost, kind="wake").delete()
    walk(report(), "handle/handling", now=at("03-17 10:20"))
    now, found = MARCH.as_of, score_attention.attention(MARCH, MARCH.as_of)
    bodies = [body for body, *_rest in found.late]
    topic, area, *_words = found.repeated[0]
    lists: dict[str, tuple[int, Any]] = {
        "late": (
            sum(n for _body, n, _since in found.late),
            partial(score_attention.late_behind, bodies, now),
        ),
        "repeated": (found.repeated[0][2], partial(score_attention.repeated_behind, topic, area, now)),
        "asleep": (found.asleep[0], score_attention.asleep_behind),
    }
    for name, (counted, ask) in lists.items():
        read: list[str] = []
        after = None
        while page := ask(after=after, limit=2):
            read += [line["number"] for line in page]
            after = (page[-1].get("at") or page[-1]["due"], page[-1]["id"])
        assert len(read) == len(set(read)) == counted > 2, name


def test_cases_agree_with_their_records() -> None:
    _week()
    assert list(score_check.differences(MARCH.start, MARCH.end)) == []


def test_a_case_that_disagrees_with_its_records_is_found() -> None:
    number = _finish(report(), "03-19 15:00", "03-19 16:00")
    changed = case(number)
    type(changed).objects.filter(pk=changed.pk).update(answered_at=NOW)
    (found,) = score_check.differences(MARCH.start, MARCH.end)
    told = at("03-19 15:00")
    assert (found.number, found.said) == (number, (("answered", NOW, told), ("answered_at", NOW, told)))


def test_only_ones_own_body() -> None:
    _week()
    own = score.score(MARCH, bodies=[organisations().by_code["D38"].id])
    assert [row.code for row in own.departments] == ["D38"]
    assert asdict(own.total)["counts"] == asdict(own.departments[0])["counts"]
