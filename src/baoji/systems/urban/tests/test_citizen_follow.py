"""What whoever holds a code does: join in, say fixed or not, ask and be answered, be forgotten."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image
from tests.town import (
    NOW,
    body,
    case,
    do,
    event,
    loaded,
    may,
    offered_to,
    refusal,
    report,
    sign_in,
    walk,
    where,
    who,
)

from baoji.kernel.base import sql
from baoji.kernel.records.models import StoredFile
from baoji.kernel.wire.rates import Bucket
from baoji.systems.urban import public
from baoji.systems.urban.actions import citizen_follow, citizen_publish
from baoji.systems.urban.pages.citizen import limits

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _the_towns_day(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("codes", "joins", "reads"):
        monkeypatch.setattr(limits, name, Bucket(1, 1000))
    monkeypatch.setattr(
        "django.utils.timezone.now", lambda: NOW
    )  # pages ask for the time, the town has its own


def citizens(to: str, **draft: Any) -> tuple[str, str]:
    """The number and code of a citizen's report that stands at a step."""
    number = event(None, pictures=0, **draft)
    code = loaded(number).extra["query_code"]
    if to.startswith("collect"):
        return walk(number, to), code
    walk(number, "file/verified")
    if not to.startswith("file"):
        do(number, "chief.1", "file")
    return walk(number, to), code


def picture(shade: int = 60) -> SimpleUploadedFile:
    made = BytesIO()
    Image.new("RGB", (40, 30), (10, 120, shade)).save(made, "JPEG")
    return SimpleUploadedFile("a.jpg", made.getvalue(), "image/jpeg")


def page(client: Client, code: str) -> str:
    return client.get(f"/follow/{code}/").content.decode()


def press(client: Client, code: str, act: str, **given: Any) -> Any:
    return client.post(f"/follow/{code}/", {"act": act, "idempotency_key": f"k-{act}", **given})


# 没解决 -----------------------------------------------------------------------


def test_one_press_without_a_word_reopens_and_sends_somebody_to_look(client: Client) -> None:
    number, code = citizens("evaluate/closed")
    assert "没解决" in page(client, code) and "required" not in page(client, code)
    assert press(client, code, "not_fixed").status_code == 302
    found = case(number)
    assert (where(number), found.reopenings, found.reporter_reopenings) == ("check/checking", 1, 1)
    asked = found.holder_person_id
    assert asked is not None and asked not in found.notes.get("verifiers", []), "who verified does not check"
    acts = sql.tuples(
        "SELECT act, by_id, opinion FROM flow_record WHERE case_id = %s ORDER BY n DESC LIMIT 2", [found.pk]
    )
    assert [row[0] for row in acts] == ["check_request", "reopen"] and acts[1][1:] == (
        None,
        "上报人说没有解决",
    )
    assert "正在现场核查" in page(client, code)


def test_a_report_closed_without_a_check_is_not_called_checked(client: Client) -> None:
    number, code = citizens("check/to_check")
    do(number, "chief.1", "close", kind="forced", opinion="现场封闭，无法核查")
    text = page(client, code)
    assert "已核查" not in text and '<span class="mute">未经核查</span>' in text
    _number, other = citizens("evaluate/closed")
    assert "<b>已核查</b>" in page(client, other) and "未经核查" not in page(client, other)


def test_a_check_before_the_reopening_is_not_that_of_the_next_closing(client: Client) -> None:
    number, code = citizens("evaluate/closed")
    do(number, "chief.1", "reopen")
    assert where(number) == "check/to_check"
    do(number, "chief.1", "close", kind="forced", opinion="现场封闭，无法核查")
    assert "已核查" not in page(client, code) and "未经核查" in page(client, code)


def test_a_second_press_does_nothing_more(client: Client) -> None:
    number, code = citizens("evaluate/closed")
    for _press in range(3):
        assert press(client, code, "not_fixed").status_code == 302
    assert case(number).reopenings == 1 and public.marks(case(number).pk)["not_fixed"] == 1


def test_a_photo_and_words_go_with_it(client: Client) -> None:
    number, code = citizens("evaluate/closed")
    press(client, code, "not_fixed", reason="还有一半垃圾没有清走", photo=picture())
    row = sql.row(
        "SELECT t.opinion, a.kind FROM flow_record t JOIN flow_attachment a ON a.record_id = t.id WHERE t.case_id = %s AND t.act = 'reopen'",
        [case(number).pk],
    )
    assert row == {"opinion": "还有一半垃圾没有清走", "kind": "photo"}


def test_a_refused_word_leaves_no_row_of_its_photo(client: Client) -> None:
    _number, waits = citizens("collect/reported")
    _number, closed = citizens("evaluate/closed")
    before = StoredFile.objects.count()
    assert press(client, waits, "not_fixed", photo=picture(7)).status_code >= 400
    assert press(client, closed, "rate", grade="none", photo=picture(7)).status_code >= 400
    assert StoredFile.objects.count() == before
    assert press(client, closed, "not_fixed", photo=picture(7)).status_code == 302
    assert StoredFile.objects.count() == before + 1


def test_short_words_are_no_obstacle(client: Client) -> None:
    number, code = citizens("evaluate/closed")
    assert press(client, code, "not_fixed", reason="没").status_code == 302
    assert where(number) == "check/checking"


def test_it_can_be_said_again_after_the_next_closing(client: Client) -> None:
    number, code = citizens("evaluate/closed")
    press(client, code, "not_fixed")
    do(number, "@asked", "check_answer", fixed=True)
    do(number, "chief.2", "close")
    assert press(client, code, "not_fixed", idempotency_key="again").status_code == 302
    assert public.marks(case(number).pk)["not_fixed"] == 2


def test_what_is_not_closed_cannot_be_called_not_fixed(client: Client) -> None:
    number, code = citizens("handle/handling")
    assert press(client, code, "not_fixed").status_code == 409
    assert where(number) == "handle/handling" and public.grade_of(case(number).pk) is None


def test_the_chief_sees_the_check_that_the_system_asked_for(client: Client) -> None:
    number, code = citizens("evaluate/closed")
    press(client, code, "not_fixed")
    do(number, "@asked", "check_answer", fixed=False, opinion="垃圾还在原地")
    assert where(number) == "handle/handling"


@pytest.mark.parametrize("act", ["void", "close"])
def test_nobody_talks_the_reporter_out_of_it_before_somebody_has_looked(client: Client, act: str) -> None:
    """The chief can neither void it nor close it by notice; no office is even offered an act that would end it."""
    number, code = citizens("evaluate/closed")
    press(client, code, "not_fixed")
    facts = (
        {"reason": "上报人已经同意撤销"}
        if act == "void"
        else {"kind": "by_notice", "opinion": "已告知上报人"}
    )
    assert not may(number, "chief.1", act)
    assert refusal(number, "chief.1", act, **facts) in {"check-first", "wrong-stage"}
    ends = {"void", "close", "decline", "reject", "settle", "withdraw", "merge"}
    for person in ("chief.1", "acceptor.1", "dispatcher.1", "commander.1", "head.1", body(number)):
        assert not ends & offered_to(number, person), person
    task = sql.row(
        "SELECT p.code FROM flow_case c JOIN identity_person p ON p.id = c.holder_person_id WHERE c.id = %s",
        [case(number).pk],
    )
    assert task is not None and task["code"].startswith("collector."), "somebody has the task to look"
    do(number, "@asked", "check_answer", fixed=True)
    assert may(number, "chief.2", "close") and may(number, "chief.2", "void"), "after the look it is as ever"


def test_where_nobody_could_be_drawn_it_is_not_closed_by_notice_either(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(citizen_follow, "draw_collector", lambda *_case: None)
    number, code = citizens("evaluate/closed")
    press(client, code, "not_fixed")
    assert where(number) == "check/to_check", "the acceptor sends somebody"
    by_notice = {"kind": "by_notice", "opinion": "已告知上报人"}
    assert refusal(number, "chief.1", "close", **by_notice) == "check-first"
    assert may(number, "acceptor.1", "check_request")


def test_the_chief_who_reopens_it_himself_may_still_end_it(client: Client) -> None:
    number, _code = citizens("evaluate/closed")
    do(number, "chief.1", "reopen", reason="处置单位没有清理彻底")
    assert may(number, "chief.1", "void")


def test_whose_report_was_merged_says_it_of_the_case_where_it_went(client: Client) -> None:
    number, code = citizens("collect/reported")
    target = event()
    do(number, "acceptor.1", "merge", into=target)
    assert press(client, code, "not_fixed").status_code == 409, "not closed yet"
    walk(target, "evaluate/closed")
    assert "没解决" in page(client, code) and "很满意" not in page(client, code), "one grade a report"
    assert press(client, code, "not_fixed", idempotency_key="closed").status_code == 302
    assert where(target) == "check/checking" and where(number) == "collect/merged"
    assert public.grade_of(case(target).pk) is None, "their word is no grade of the other report"
    assert press(client, code, "rate", grade="good").status_code == 409
    assert press(client, code, "withdraw", reason="不用了，谢谢").status_code in {403, 409}
    assert where(target) == "check/checking"


def test_who_was_not_the_first_is_heard_as_well(client: Client) -> None:
    """Out of pages that were open when somebody else was quicker: words and photo reach the case, and nobody else is sent out."""
    number, code = published()
    joined = client.post(f"/public/cases/{number}/me-too", {"key": "k"})["Location"].split("/")[2]
    task = case(number).number
    _other, merged = citizens("collect/reported")
    do(_other, "acceptor.1", "merge", into=task)
    walk(task, "evaluate/closed")
    assert press(client, joined, "not_fixed").status_code == 302
    asked = case(task).holder_person_id
    assert "已有人说没解决" in page(client, code), "the reporter may say it still, and is counted"
    for holder, shade in ((code, 1), (merged, 2)):
        said = {"reason": f"盖子还是松的 {shade}", "photo": picture(shade)}
        assert press(client, holder, "not_fixed", **said).status_code == 302
    assert public.marks(case(task).pk)["not_fixed"] == 1
    assert (where(task), case(task).holder_person_id, case(task).reopenings) == ("check/checking", asked, 1)
    rows = sql.tuples(
        "SELECT t.opinion, count(a.id) FROM flow_record t LEFT JOIN flow_attachment a ON a.record_id = t.id"
        " WHERE t.case_id = %s AND t.act = 'also_not_fixed' GROUP BY t.id ORDER BY t.n",
        [case(task).pk],
    )
    assert rows == [("盖子还是松的 1", 1), ("盖子还是松的 2", 1)]
    assert "已有人说没解决" not in page(client, code) and "盖子还是松的 2" not in page(client, code)
    assert press(client, code, "not_fixed", idempotency_key="other phone").status_code == 302
    assert public.marks(case(task).pk)["not_fixed"] == 1, "said once an end"


def test_there_is_an_end_to_how_many_are_heard(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("baoji.systems.urban.rules.guards.MOST_ALSO", 2)
    number, code = citizens("evaluate/closed")
    for n in range(3):
        assert press(client, code, "not_fixed", idempotency_key=f"k{n}").status_code == 302
    refused = press(client, code, "not_fixed", idempotency_key="k3", reason="还是没有修好")
    assert refused.status_code == 409 and "已有很多人说没有解决" in refused.content.decode()


# 满意度 -----------------------------------------------------------------------


def test_four_grades_once_a_report_the_last_word_counts(client: Client) -> None:
    number, code = citizens("evaluate/closed")
    id_ = case(number).pk
    assert press(client, code, "rate", grade="excellent").status_code == 422
    press(client, code, "rate", grade="fair")
    press(client, code, "rate", grade="good", idempotency_key="other")
    found = public.grade_of(id_)
    assert found is not None and (found["grade"], found["not_fixed"], found["via"]) == ("good", 0, "follow")
    assert found["closed_at"] == case(number).closed_at
    assert "评价：满意" in page(client, code)
    assert public.grades(NOW.replace(hour=0), NOW.replace(hour=23)) == {"good": 1}
    assert public.grades(NOW.replace(hour=0), NOW.replace(hour=23), [case(number).body_id or 0]) == {
        "good": 1
    }
    assert public.grades(NOW.replace(hour=0), NOW.replace(hour=23), [0]) == {}


CALLED = "回访电话最多打一次"


def test_nobody_is_promised_a_call_that_never_comes(client: Client) -> None:
    """Call-backs are the hotline's, to its own callers."""
    _number, code = citizens("evaluate/closed", caller_phone="13991700123")
    assert CALLED not in page(client, code)


@pytest.mark.parametrize(
    ("change", "days", "is_called"),
    [
        ("", 0, True),
        ("UPDATE urban_elements SET call_back = false WHERE case_id = %s", 0, False),
        (
            "INSERT INTO urban_call_back (case_id, by_id, taken_at, answer, words)"
            " SELECT %s, id, now(), '', '' FROM identity_person LIMIT 1",
            0,
            False,
        ),
        ("", 8, False),
    ],
)
def test_a_caller_reads_of_the_call_while_it_may_come(
    client: Client, monkeypatch: pytest.MonkeyPatch, change: str, days: int, is_called: bool
) -> None:
    number = event("hotline.1", pictures=0, caller_phone="13991700123")
    code = loaded(number).extra["query_code"]
    walk(number, "file/verified")
    do(number, "chief.1", "file")
    walk(number, "evaluate/closed")
    id_ = case(number).pk
    sql.execute(
        "INSERT INTO urban_elements (case_id, involved, demand, call_back, answered) VALUES (%s, '', '', true, '')",
        [id_],
    )
    if change:
        sql.execute(change, [id_])
    then = NOW + timedelta(days=days)
    monkeypatch.setattr("django.utils.timezone.now", lambda: then)
    assert (CALLED in page(client, code)) == is_called
    is_due = id_ in {row["id"] for row in public.call_backs_due(then)}
    assert is_due == is_called, "the seats' list says the same"


def test_a_grade_is_for_what_is_closed(client: Client) -> None:
    _number, code = citizens("handle/handling")
    assert press(client, code, "rate", grade="good").status_code == 409


def test_not_fixed_takes_an_earlier_grade_back_and_stands_on_the_case_page(client: Client) -> None:
    number, code = citizens("evaluate/closed")
    press(client, code, "rate", grade="very_good")
    press(client, code, "not_fixed")
    marks = public.marks(case(number).pk)
    assert (marks["grade"], marks["not_fixed"]) == ("not_fixed", 1)
    sign_in(client, "chief.1")
    shown = client.get(f"/cases/{number}").content.decode()
    assert "满意度" in shown and "说过 1 次没解决" in shown


# 问与答 -----------------------------------------------------------------------


def test_a_question_waits_at_the_acceptors_desk_and_nobody_learns_who_asked(client: Client) -> None:
    number, code = citizens("handle/handling", caller_name="刘秘密", caller_phone="13991700123")
    assert press(client, code, "ask", reason="什么时候能清走").status_code == 302
    waiting, _supervised = public.waiting(who("acceptor.1"))
    assert waiting["heard"] == 1
    desk = public.cases(who("acceptor.1"), public.Filters(desk="todo", heard=True), now=NOW).rows
    assert [row["number"] for row in desk] == [number] and desk[0]["asked"]
    told = public.view(who(body(number)), loaded(number), NOW)["timeline"][-1]
    assert (told["act"], told["by"], told["by_name"], told["post"]) == ("ask", None, None, "reporter")
    assert told["opinion"] == "什么时候能清走"


def test_an_answer_is_read_by_code_and_the_desk_is_clear_again(client: Client) -> None:
    number, code = citizens("handle/handling")
    press(client, code, "ask", reason="什么时候能清走")
    assert may(number, "acceptor.1", "tell")
    do(number, "acceptor.1", "tell", opinion="今天下午四点前")
    shown = page(client, code)
    assert shown.index("什么时候能清走") < shown.index("今天下午四点前")
    assert "heard" not in public.waiting(who("acceptor.1"))[0]
    assert where(number) == "handle/handling"


def test_a_question_outlives_a_dispatch_and_the_end_of_the_case(client: Client) -> None:
    number, code = citizens("dispatch/filed")
    press(client, code, "ask", reason="派给谁了")
    walk(number, "evaluate/closed")
    assert public.waiting(who("acceptor.1"))[0]["heard"] == 1
    do(number, "acceptor.1", "tell", opinion="由环卫处办理，已经办完")
    assert "由环卫处办理，已经办完" in page(client, code)


def test_three_questions_wait_and_a_fourth_is_not_taken(client: Client) -> None:
    number, code = citizens("handle/handling")
    for n in range(3):
        assert press(client, code, "ask", reason=f"第 {n} 问", idempotency_key=f"q{n}").status_code == 302
    refused = press(client, code, "ask", reason="第四问", idempotency_key="q3")
    assert refused.status_code == 409 and "三条留言还没有答复" in refused.content.decode()
    do(number, "acceptor.1", "tell", opinion="都看到了")
    assert press(client, code, "ask", reason="谢谢", idempotency_key="q4").status_code == 302


def test_an_answer_needs_somebody_who_can_read_it() -> None:
    number = report()
    assert refusal(number, "acceptor.1", "tell", opinion="看到了") == "no-reader"
    assert "tell" not in offered_to(number, "acceptor.1")
    assert refusal(event(None, pictures=0), "dispatcher.1", "tell", opinion="看到了") == "not-allowed"


def test_words_among_offices_are_not_shown(client: Client) -> None:
    number, code = citizens("handle/handling")
    do(number, "acceptor.1", "opinion", opinion="内部意见不外传")
    assert "内部意见不外传" not in page(client, code)


def test_what_was_asked_on_another_report_stays_there(client: Client) -> None:
    """A report merged into another one is followed there, without the other reporter's words."""
    into, other = citizens("collect/reported")
    press(client, other, "ask", reason="只给我看的话")
    mine, code = citizens("collect/reported")
    do(mine, "acceptor.1", "merge", into=into)
    assert "只给我看的话" not in page(client, code) and "只给我看的话" in page(client, other)


# 我也遇到了 --------------------------------------------------------------------


def published(to: str = "handle/handling") -> tuple[str, str]:
    """The case number of a public case and the code of its reporter."""
    number, code = citizens(to)
    citizen_publish.publish([case(number).pk], NOW)
    return str(case(number).case_number), code


def test_joining_in_makes_no_case_and_gives_a_code(client: Client) -> None:
    number, _code = published()
    before = sql.value("SELECT count(*) FROM flow_case")
    answer = client.post(f"/public/cases/{number}/me-too", {"key": "k"})
    again = client.post(f"/public/cases/{number}/me-too", {"key": "k"})
    assert answer.status_code == 302 and again["Location"] == answer["Location"], (
        "a second press is the same deed"
    )
    assert sql.value("SELECT count(*) FROM flow_case") == before
    shown = client.get(answer["Location"]).content.decode()
    assert "已记下您也遇到了" in shown and "正在处置" in shown and "另有 1 人" in shown
    assert "另有 1 人" in client.get(f"/public/cases/{number}/").content.decode()


def test_reports_that_were_merged_count_as_people_who_met_it(client: Client) -> None:
    """Three neighbours reported it, one by way of another's report, and one pressed: each reads of the others."""
    number, code = published()
    task = case(number).number
    (first, own), (second, _code) = citizens("collect/reported"), citizens("collect/reported")
    staff = event("collector.02")
    do(second, "acceptor.1", "merge", into=first)
    for one in (first, staff):
        do(one, "acceptor.1", "merge", into=task)
    client.post(f"/public/cases/{number}/me-too", {"key": "k"})
    assert all("另有 3 人" in page(client, one) for one in (code, own))
    assert "另有 3 人" in client.get(f"/public/cases/{number}/").content.decode()
    listed = client.get("/public/cases.geojson").json()["features"]
    assert [one["properties"]["me_too"] for one in listed] == [3]
    do(first, "acceptor.1", "unmerge")
    assert "另有 1 人" in page(client, code)


def test_who_joined_in_may_say_not_fixed_and_nothing_of_the_reporters(client: Client) -> None:
    number, code = published()
    press(client, code, "ask", reason="只给我看的话")
    joined = client.post(f"/public/cases/{number}/me-too", {"key": "k"})["Location"].split("/")[2]
    assert "只给我看的话" not in page(client, joined)
    for act in ("withdraw", "ask", "rate", "reopen"):
        assert press(client, joined, act, reason="理由写得够长", grade="good").status_code == 403
    task = case(number).number
    walk(task, "evaluate/closed")
    assert press(client, joined, "not_fixed").status_code == 302
    assert where(task) == "check/checking" and public.grade_of(case(task).pk) is None, (
        "only the reporter grades"
    )


def test_who_joined_in_says_it_once_and_reporters_after_every_closing(client: Client) -> None:
    """Anybody can join in, and each press sends a collector out."""
    number, code = published()
    where_to = f"/public/cases/{number}/me-too"
    joined, other = (client.post(where_to, {"key": key})["Location"].split("/")[2] for key in "ab")
    task = case(number).number
    walk(task, "evaluate/closed")
    for n, (holder, status, step) in enumerate(
        [
            (joined, 302, "check/checking"),
            (joined, 409, "evaluate/closed"),
            (other, 302, "check/checking"),
            (code, 302, "check/checking"),
            (code, 302, "check/checking"),
        ]
    ):
        assert ('value="not_fixed"' in page(client, holder)) is (status == 302)
        answer = press(client, holder, "not_fixed", idempotency_key=f"k{n}")
        assert (answer.status_code, where(task)) == (status, step)
        if status == 302:
            do(task, "@asked", "check_answer", fixed=True)
            do(task, "chief.2", "close")
        else:
            assert "另报一件" in answer.content.decode()


def test_who_joined_in_takes_their_own_address_away_again_and_nobody_elses(client: Client) -> None:
    """The letters say that this can be done here; the address is as long as addresses are."""
    number, code = published()
    mail = f"{'a' * 60}@example.org"
    where_to = f"/public/cases/{number}/me-too"
    first, again = (client.post(where_to, {"key": "k", "mail": mail})["Location"] for _time in range(2))
    other = client.post(where_to, {"key": "other", "mail": "b@example.org"})["Location"]
    assert first == again != other
    assert not sql.value("SELECT EXISTS (SELECT 1 FROM wire_inbox w WHERE w::text LIKE %s)", [f"%{mail}%"])
    joined = first.split("/")[2]
    assert "删除我的联系方式" in page(client, joined)
    assert press(client, joined, "forget").status_code == 302
    left = sql.tuples("SELECT mail FROM urban_follower WHERE code <> '' ORDER BY id")
    assert left == [("",), ("b@example.org",)]
    assert "删除我的联系方式" not in page(client, joined)
    said = sql.value("SELECT payload FROM audit_entry WHERE subject = 'urban.report' AND verb = 'erase'")
    assert "mail" in str(said) and mail not in str(said)


def test_what_has_ended_is_not_joined(client: Client) -> None:
    number, _code = published("evaluate/closed")
    assert client.post(f"/public/cases/{number}/me-too", {"key": "k"}).status_code == 409


def test_pressing_it_while_writing_a_report_makes_none(client: Client) -> None:
    number, _code = published()
    before = sql.value("SELECT count(*) FROM flow_case")
    answer = client.post("/report/", {"me_too": number, "key": "k"})
    assert answer.status_code == 302 and "/follow/" in answer["Location"]
    assert sql.value("SELECT count(*) FROM flow_case") == before


def test_the_form_shows_what_is_open_near_by(client: Client) -> None:
    number, _code = published()
    near = {"parts": "similar", "lon": "107.1486", "lat": "34.3605", "what": "rubbish"}
    found = client.post("/report/look", near).content.decode()
    assert number in found and "我也遇到了" in found
    assert number in client.post("/report/look", near | {"what": "other"}).content.decode()
    for other in ({"what": "lamp"}, {"what": "cover"}, {"lon": "107.1600"}):
        assert number not in client.post("/report/look", near | other).content.decode()


def test_a_kind_that_means_several_classes_shows_each_of_them(client: Client) -> None:
    number = report(None, pictures=0)
    walk(number, "file/verified")
    do(number, "chief.1", "file")
    citizen_publish.publish([case(number).pk], NOW)
    near = {"parts": "similar", "lon": str(case(number).lon), "lat": str(case(number).lat)}
    shown = str(case(number).case_number)
    assert shown in client.post("/report/look", near | {"what": "cover"}).content.decode()
    assert shown not in client.post("/report/look", near | {"what": "lamp"}).content.decode()


def test_who_reported_reads_to_whom_it_was_handed_over(client: Client) -> None:
    number, code = citizens("collect/reported")
    assert "110" not in page(client, code)
    handover = public.hand_over(
        by=who("hotline.1"), number=number, platform="110", reason="有人打架，属公安", now=NOW
    )
    assert "这件可能归 110 管" in page(client, code) and "属公安" not in page(client, code)
    assert "一并转了过去" not in page(client, code), "nothing was left"
    sql.execute("UPDATE urban_report SET caller_phone = '13991700123' WHERE case_id = %s", [case(number).pk])
    assert "一并转了过去" in page(client, code)
    for state, told in (("accepted", "对方编号 P-77"), ("done", "110 已办结"), ("declined", "")):
        sql.execute(
            "UPDATE urban_handover SET state = %s, their_number = 'P-77' WHERE id = %s", [state, handover]
        )
        assert told in page(client, code)
    assert "110 已" not in page(client, code), "declined it is ours"


# 忘记我 -----------------------------------------------------------------------


def test_who_holds_the_code_has_phone_and_mail_deleted(client: Client) -> None:
    number, code = citizens("handle/handling", caller_name="刘秘密", caller_phone="13991700123")
    assert "删除我的联系方式" in page(client, code)
    assert press(client, code, "forget").status_code == 302
    extra = loaded(number).extra
    assert (extra["caller_name"], extra["caller_phone"]) == ("", "")
    assert "删除我的联系方式" not in page(client, code)
    verb = sql.value(
        "SELECT verb FROM audit_entry WHERE subject = 'urban.report' AND subject_id = %s", [case(number).pk]
    )
    assert verb == "erase"


def test_the_old_addresses_lead_on(client: Client) -> None:
    _number, code = citizens("handle/handling")
    assert client.get("/public/report")["Location"] == "/report/"
    assert client.post("/public/report", {}).status_code == 307
    assert client.get(f"/public/follow?code={code[:5].lower()}-{code[5:]}")["Location"] == f"/follow/{code}"
    assert client.get("/public/follow").status_code == 200


def test_a_fresh_code_comes_with_a_drawing_of_its_address(client: Client) -> None:
    _number, code = citizens("handle/handling")
    assert "<svg" in client.get(f"/follow/{code}/?new=1").content.decode().split('class="qr"')[1]
    assert 'class="qr"' not in page(client, code)
