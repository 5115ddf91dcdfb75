"""The score's pages: who reads what, figures that lead to exactly their cases, the export."""

import csv
import html
import io
import re

import pytest
from django.db import transaction
from django.test import Client
from tests.town import at, case, desk, do, new, report, walk, who

from baoji.kernel.base.snapshot import bump
from baoji.systems.urban import public
from baoji.systems.urban.models import Policy
from baoji.systems.urban.pages.score import words
from baoji.systems.urban.queries import score, score_voices
from baoji.systems.urban.queries.cases import may_see, seen_among
from baoji.systems.urban.rules.score import RATES, Period

pytestmark = pytest.mark.django_db
MARCH = "kind=month&on=2026-03-10"


def text(client: Client, url: str, status: int = 200) -> str:
    response = client.get(url)
    assert response.status_code == status, response.content.decode()[:500]
    return html.unescape(response.content.decode())


@pytest.mark.parametrize("person", ["head.1", "mayor.1", "chief.1", "commander.1", "dispatcher.1"])
def test_leaders_read_all_of_it(march: dict[str, str], person: str) -> None:
    page = text(desk(person), f"/score/?{MARCH}")
    assert "33.3" in page
    assert "1/3" in page
    assert "需要您过问" in page


@pytest.mark.parametrize("person", ["collector.01", "cleaner.0001", "crew.D29.1", "operator.1", "acceptor.1"])
def test_other_posts_are_refused(person: str) -> None:
    client = desk(person)
    for url in ("/score/", "/score/cases?figure=overdue", "/score/csv", "/score/definitions"):
        assert client.get(url).status_code == 403, url
    assert Client().get("/score/").status_code == 302


def test_a_case_is_a_link_for_who_may_open_it_and_a_number_for_others(march: dict[str, str]) -> None:
    do(new("handle/to_sign"), "@body", "pass_on", to="D29-S2")
    listed = {}
    for person in ("handler.D29", "section.D29-S1", "section.D29-S2", "head.1"):
        client = desk(person)
        page = text(client, f"/score/cases?{MARCH}&figure=need_dispose&body=D29")
        links = re.findall(r'<a class="number" href="(/cases/[^"]*)"', page)
        listed[person] = (page.count('class="number"'), len(links))
        for link in links:
            assert client.get(link).status_code == 200, (person, link)
    # The figure is the body's, whoever reads it.
    assert listed == {
        "handler.D29": (4, 4),
        "section.D29-S1": (4, 0),
        "section.D29-S2": (4, 1),
        "head.1": (4, 4),
    }


def test_an_opened_row_leads_where_its_reader_may_go(march: dict[str, str]) -> None:
    page = text(desk("section.D29-S1"), f"/score/?{MARCH}&open=D29")
    assert f"<b>{case(march['late']).case_number.rpartition('-')[2]}</b>" in page
    assert 'href="/cases/T' not in page
    assert f'href="/cases/{march["late"]}"' in text(desk("handler.D29"), f"/score/?{MARCH}&open=D29")


@pytest.mark.parametrize(
    "person", ["section.D29-S1", "crew.D29.1", "handler.D29", "handler.D38", "collector.01"]
)
def test_what_is_seen_among_many_is_what_is_seen_one_by_one(march: dict[str, str], person: str) -> None:
    passed, helped = new("handle/handling"), new("dispatch/filed")
    do(passed, "@body", "pass_on", to="D29-S1")
    do(passed, "section.D29-S1", "pass_on", to="D29-C1")
    do(helped, "dispatcher.1", "dispatch", to="D33", co_handlers=["D38"])
    numbers = [*march.values(), passed, helped, new("check/checking"), report("collector.04")]
    one_by_one = {number for number in numbers if may_see(who(person), case(number))}
    assert seen_among(who(person), numbers) == one_by_one
    assert 0 < len(one_by_one) < len(numbers)


def test_a_department_sees_its_own_row_and_no_other(march: dict[str, str]) -> None:
    own, other = desk("handler.D29"), desk("handler.D38")
    page = text(own, f"/score/?{MARCH}")
    assert "row-D29" in page
    assert "需要您过问" not in page
    assert "岗位" not in page.partition("<main")[2]
    assert "row-D29" not in text(other, f"/score/?{MARCH}")
    assert march["late"] not in text(other, f"/score/cases?{MARCH}&figure=overdue")
    assert other.get(f"/score/cases?{MARCH}&figure=overdue&body=D29").status_code == 403
    assert (
        own.get(f"/score/cases?{MARCH}&figure=act&act=accept&person=acceptor.1&post=acceptor").status_code
        == 404
    )
    assert "acceptor" not in text(own, f"/score/csv?{MARCH}&by=post")


def _links(page: str) -> list[tuple[str, int]]:
    """Every link to cases with the number that it carries."""
    found = re.findall(r'href="(/score/cases\?[^"]*)"[^>]*>(?:<span[^>]*>)?([\d,]+)<', page)
    return [(url, int(number.replace(",", ""))) for url, number in found]


@pytest.mark.thorough
@pytest.mark.parametrize(
    "by",
    [
        "department",
        "department&open=D29",
        "area",
        "post&post=handler",
        "post&post=chief",
        "post&post=collector",
        "post&post=dispatcher",
    ],
)
def test_each_number_leads_to_as_many_lines(march: dict[str, str], by: str) -> None:
    client = desk("head.1")
    links = _links(text(client, f"/score/?{MARCH}&by={by}"))
    assert links
    for url, number in links:
        listed = re.findall(r'<a class="number" href="/cases/', text(client, url))
        assert len(listed) == number, url


def test_every_rate_stands_with_both_its_numbers(march: dict[str, str]) -> None:
    page = text(desk("head.1"), f"/score/?{MARCH}&open=D29")
    whole, opened = page.partition("<section")[2].rpartition('<dl class="rates')[::2]
    for part in (opened, whole.rpartition('<dl class="rates')[2]):
        for name, (top, bottom) in RATES.items():
            assert f'<dt class="sub">{words.RATE[name]}</dt>' in part, name
            assert all(str(words.FIGURE[figure]) in part for figure in (top, bottom)), name
        assert all(str(words.FIGURE[figure]) in part for figure in ("exempted", "deferred"))
    assert "figure=need_close&body=D29" in whole and 'figure=need_close"' in opened


def test_what_proved_wrong_leads_to_the_returns_that_say_why(march: dict[str, str]) -> None:
    number = walk(report(), "handle/to_sign")
    do(number, "@body", "return", reason="不归我们管", now=at("03-17 10:30"))
    do(number, "dispatcher.1", "dispatch", to="D38", now=at("03-17 11:00"))
    client = desk("head.1")
    page = text(client, f"/score/?{MARCH}&by=post&post=dispatcher")
    link = re.search(r'href="([^"]*figure=wrong[^"]*person=dispatcher.1[^"]*)"', page)
    assert link is not None and "act=dispatch" in link[1]
    listed = text(client, link[1])
    assert f"/cases/{number}" in listed and "不归我们管" in listed
    assert desk("handler.D29").get(link[1]).status_code == 404
    back = walk(report(), "dispatch/filed")
    do(back, "dispatcher.1", "refer_back", reason="不该立案", now=at("03-17 10:40"))
    assert "figure=wrong&act=file&person=chief.1" in text(client, f"/score/?{MARCH}&by=post&post=chief")


def test_an_opened_row_shows_what_is_overdue(march: dict[str, str]) -> None:
    page = text(desk("head.1"), f"/score/?{MARCH}&open=D29")
    assert f"/cases/{march['late']}" in page
    assert f"/cases/{march['good']}" not in page
    assert 'aria-expanded="true"' in page


def test_the_days_and_what_needs_attention_lead_to_cases(march: dict[str, str]) -> None:
    client = desk("head.1")
    page = text(client, f"/score/?{MARCH}")
    assert "3月19日：应处置 3，超期 2" in page
    day = re.search(r'href="([^"]*figure=overdue[^"]*day=2026-03-19)"', page)
    assert day is not None
    listed = text(client, day[1])
    assert march["late"] in listed
    assert march["undone"] in listed
    assert march["good"] not in listed
    late_now = re.search(r'href="([^"]*figure=late_now[^"]*)"', page)
    assert late_now is not None
    assert f"/cases/{march['undone']}" in text(client, late_now[1])


def test_the_export_says_what_it_is_and_matches_the_page(march: dict[str, str]) -> None:
    response = desk("head.1").get(f"/score/csv?{MARCH}")
    assert (
        response["Content-Disposition"] == 'attachment; filename="score-department-2026-03-01-2026-03-31.csv"'
    )
    raw = response.content.decode()
    assert raw.startswith("\ufeff")
    lines = list(csv.reader(io.StringIO(raw[1:])))
    assert lines[0] == ["部门考评", "2026 年 3 月"]
    head = next(n for n, line in enumerate(lines) if line[:1] == ["代码"])
    assert any(line[:1] == ["应处置"] for line in lines[:head]), "the definitions stand above the columns"
    row = dict(zip(lines[head], lines[head + 1], strict=True))
    assert (row["代码"], row["应处置"], row["按期处置"], row["超期未处置"], row["按期处置率（%）"]) == (
        "D29",
        "3",
        "1",
        "1",
        "33.3",
    )
    assert lines[-1][1] == "合计"


@pytest.fixture
def said(march: dict[str, str]) -> dict[str, str]:
    """Both closed ones are graded; the late one was called not fixed before."""
    with transaction.atomic():
        public.rate(case(march["good"]).pk, "very_good", at("03-18 12:00"))
        public.not_fixed(case(march["late"]).pk, "", [], at("03-19 16:00"))
    do(march["late"], "@asked", "check_answer", fixed=True, now=at("03-19 16:20"))
    do(march["late"], "chief.2", "close", now=at("03-19 16:30"))
    with transaction.atomic():
        public.rate(case(march["late"]).pk, "poor", at("03-19 17:00"))
    return march


@pytest.mark.parametrize("by", ["department", "area"])
def test_what_reporters_said_is_shown_with_its_cases_and_weighs_nothing(
    said: dict[str, str], by: str
) -> None:
    client = desk("head.1")
    page = text(client, f"/score/?{MARCH}&by={by}")
    assert "满意率" in page and "50.0% " in page and "33.3" in page, "the rate in time is what it was"
    for url, number in _links(page):
        assert len(re.findall(r'<a class="number" href="/cases/', text(client, url))) == number, url
    not_fixed = re.search(r'href="([^"]*figure=said_not_fixed[^"]*)"', page)
    assert not_fixed is not None
    listed = text(client, not_fixed[1])
    assert f"/cases/{said['late']}" in listed and f"/cases/{said['good']}" not in listed


def test_the_export_counts_each_grade(said: dict[str, str]) -> None:
    for by in ("department", "area"):
        raw = desk("head.1").get(f"/score/csv?{MARCH}&by={by}").content.decode()
        lines = list(csv.reader(io.StringIO(raw[1:])))
        head = next(n for n, line in enumerate(lines) if line[:1] == ["代码"])
        for line in (lines[head + 1], lines[-1]):
            row = dict(zip(lines[head], line, strict=True))
            names = ("上报人评价", "评价：很满意", "评价：满意", "评价：不满意", "评价：没解决", "说过没解决")
            assert [row[name] for name in names] == ["2", "1", "0", "1", "0", "1"]
            assert row["满意率（%）"] == "50.0"


def test_a_grade_counts_in_the_month_of_the_closing_and_not_before_it_was_given(said: dict[str, str]) -> None:
    march, april = (
        Period(at("03-01 00:00"), at("04-01 00:00"), at("03-18 13:00")),
        Period(at("04-01 00:00"), at("05-01 00:00"), at("04-30 12:00")),
    )
    assert score.score(march).total.counts["graded"] == 1, "seen as of the 18th"
    assert score.score(april).total.counts["graded"] == 0
    assert score.score(march, bodies=[0]).total.counts["graded"] == 0
    assert [row["number"] for row in score_voices.behind(march, "graded_very_good")] == [said["good"]]


def test_a_department_reads_only_its_own_grades(said: dict[str, str]) -> None:
    own, other = desk("handler.D29"), desk("handler.D38")
    assert f"/cases/{said['good']}" in text(own, f"/score/cases?{MARCH}&figure=graded")
    assert f"/cases/{said['good']}" not in text(other, f"/score/cases?{MARCH}&figure=graded")


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("kind=any&from=2026-03-01&to=2026-03-31", 200),
        ("kind=any&from=2026-03-31&to=2026-03-01", 422),
        ("kind=any", 422),
        ("kind=day&on=2026-03-19", 200),
        ("kind=week&on=2026-03-19", 200),
        ("kind=quarter&on=2026-03-19", 200),
        ("kind=half&on=2026-03-19", 200),
        ("kind=year&on=2026-03-19", 200),
        ("kind=nonsense&on=nonsense", 200),
        ("kind=month&on=2026-99-99", 200),
        ("by=area&level=12&kind=month&on=2026-03-10", 200),
        ("kind=year&on=9999-01-01", 200),
        ("kind=week&on=2000-01-01", 200),
        ("kind=any&from=2000-01-01&to=2100-12-31", 422),
        ("by=post&post=nobody", 200),
    ],
)
def test_any_period_can_be_asked_for(query: str, status: int) -> None:
    text(desk("head.1"), f"/score/?{query}", status)


@pytest.mark.parametrize(
    "query", ["figure=nothing", "figure=act", "figure=act&act=nothing", "figure=late_now"]
)
def test_what_is_no_figure_is_not_there(query: str) -> None:
    assert desk("head.1").get(f"/score/cases?{query}").status_code == 404


def test_odd_addresses_of_lists_do_no_harm(march: dict[str, str]) -> None:
    client = desk("head.1")
    for query in (
        "figure=overdue&after=x,y",
        "figure=overdue&after=2026-99-99,1",
        "figure=overdue&day=2026-02-31",
        "figure=overdue&day=x",
        "figure=overdue&area=%25",
    ):
        assert client.get(f"/score/cases?{MARCH}&{query}").status_code == 200, query
    assert client.get(f"/score/cases?{MARCH}&figure=overdue&body=NONE").status_code == 403


def test_grades_follow_the_policy(march: dict[str, str]) -> None:
    client = desk("head.1")
    assert re.search(r"bad\">D<", text(client, f"/score/?{MARCH}"))
    Policy.objects.update_or_create(name="grades", defaults={"value": {"A": 0.33, "B": 0.2, "C": 0.1}})
    bump("policies")
    assert re.search(r"well\">A<", text(client, f"/score/?{MARCH}"))
    assert "达到 33% 为 A" in text(client, "/score/definitions")
