"""An English reader sees the English names that the data have; a Chinese reader the official ones."""

from html import unescape

import pytest
from django.utils.translation import gettext, override
from tests.town import NOW, body, case, desk, do, loaded, new

from baoji.kernel.base.words import act_words
from baoji.kernel.organisations.models import Organisation
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.worktime.models import OfficeHours, SpecialDay
from baoji.systems.urban import public
from baoji.systems.urban.models import CaseClass, Condition, Milestone, Policy, ResponsibilityGrid
from baoji.systems.urban.pages.reporting.follow import follow_steps
from baoji.systems.urban.queries.names import edition_name, grid_name
from baoji.systems.urban.queries.progress import progress
from baoji.systems.urban.rules.table import FLOW
from baoji.systems.urban.tests.test_pages_operator import save

pytestmark = pytest.mark.django_db
# How the button of an act may begin.
ORDERS = {
    *(
        "Accept",
        "Answer",
        "Appeal",
        "Approve",
        "Arbitrate",
        "Ask",
        "Assign",
        "Close",
        "Correct",
        "Decide",
        "Decline",
        "Dispatch",
    ),
    *(
        "File",
        "Merge",
        "Pass",
        "Recall",
        "Refer",
        "Refuse",
        "Reject",
        "Reopen",
        "Reply",
        "Report",
        "Resume",
        "Return",
        "Say",
    ),
    *("Send", "Sign", "Supervise", "Take", "Undo", "Urge", "Void", "Withdraw", "Write"),
}


def page(path: str, language: str, person: str = "dispatcher.1") -> str:
    client = desk(person)
    client.cookies["django_language"] = language
    return unescape(client.get(path).content.decode())


@pytest.mark.parametrize("path", ["/cases/", "/cases/{number}"])
def test_titles_and_bodies_have_two_names(path: str) -> None:
    number = new("handle/to_sign")
    Organisation.objects.filter(pk=case(number).body_id).update(name_en="Works of the Test Town")
    organisations.forget()
    org = organisations().by_id[case(number).body_id or 0]
    condition = public.book().by_id[loaded(number).extra["condition_id"]]
    known = public.book().classes[condition.kind, condition.class_code]
    assert case(number).title == f"{known.name} · {condition.text}"
    english = f"{known.name_en[:1].upper()}{known.name_en[1:]} · {condition.text_en}"
    assert known.name_en and condition.text_en

    read = page(path.format(number=number), "en")
    assert english in read and org.name_en in read
    assert case(number).title not in read and org.name not in read and org.short_name not in read
    read = page(path.format(number=number), "zh-hans")
    assert case(number).title in read and (org.name in read or org.short_name in read)
    assert english not in read and org.name_en not in read


def test_a_title_that_is_nobodys_stays() -> None:
    number = new("handle/to_sign")
    flow_case = case(number)
    flow_case.title = "自己写的"
    flow_case.save(update_fields=["title"])
    assert "自己写的" in page(f"/cases/{number}", "en")


@pytest.mark.parametrize(
    ("language", "said", "unsaid"),
    [
        ("en", ("Weibin District", "Component · Public utilities"), ("渭滨区", "公用设施")),
        ("zh-hans", ("渭滨区", "部件 · 公用设施"), ("Weibin", "Public utilities")),
    ],
)
def test_counties_and_major_classes_to_choose_from(
    language: str, said: tuple[str, ...], unsaid: tuple[str, ...]
) -> None:
    new("handle/to_sign")
    read = page("/cases/", language)
    assert all(words in read for words in said)
    assert not any(words in read for words in unsaid)


def test_a_components_state_and_what_closes_a_case() -> None:
    number = new("check/passed")
    condition = public.book().by_id[loaded(number).extra["condition_id"]]
    assert condition.closing_en and condition.closing_en != condition.closing
    read = page(f"/cases/{number}", "en", "chief.1")
    assert "Intact" in read and condition.closing_en in read
    assert "完好" not in read and condition.closing not in read
    do(number, "chief.1", "close", closing_condition=condition.closing_en)
    assert case(number).closing["condition"] == condition.closing, "the official words are kept"
    assert condition.closing_en in page(f"/cases/{number}", "en", "chief.1")
    assert condition.closing in page(f"/cases/{number}", "zh-hans", "chief.1")


def test_a_components_name_begins_with_its_class() -> None:
    with override("en"):
        assert public.component_name("污水井盖·经二路", "0102") == "sewage manhole cover · 经二路"
        assert public.component_name("无名的东西", "0102") == "无名的东西"
    with override("zh-hans"):
        assert public.component_name("污水井盖·经二路", "0102") == "污水井盖·经二路"


def test_stages_are_chosen_by_their_names() -> None:
    number = new("handle/handling", condition=1)
    (stage,) = public.book().by_id[loaded(number).extra["condition_id"]].milestones
    assert stage.name_en == "reach the site and fence it"
    assert stage.name_en in page(f"/cases/{number}", "en", body(number))
    assert stage.name in page(f"/cases/{number}", "zh-hans", body(number))
    do(number, "@body", "milestone", n=1)
    with override("en"):
        steps = follow_steps(progress(case(number).pk, NOW), NOW)["steps"]
    assert any(stage.name_en in step.text for step in steps)


def test_choices_are_found_by_english_words() -> None:
    with override("en"):
        assert {row["title"] for row in public.class_table(words="Sewage")} >= {"sewage manhole cover"}
        assert {row["name"] for row in public.class_table(words="Sewage")} >= {"污水井盖"}
        (row,) = public.class_table("component", "0102")
        assert [one["title"] for one in row["conditions"]] != [one["text"] for one in row["conditions"]]
        assert all(one["title"].isascii() for one in row["conditions"])


def test_notices_are_worded_for_their_reader() -> None:
    number = new("check/checking")
    do(number, "@asked", "check_answer", fixed=False)
    do(number, "mayor.1", "supervise", opinion="尽快", now=NOW)
    do(number, "chief.1", "void", reason="重复上报了")
    title = case(number).title
    condition = public.book().by_id[loaded(number).extra["condition_id"]]
    known = public.book().classes[condition.kind, condition.class_code]
    english = f"{known.name_en[:1].upper()}{known.name_en[1:]} · {condition.text_en}"
    read = page("/notices/", "en", "mayor.1")
    assert (
        f"Supervision order not answered, and the case has ended: Void: {english}" in read
        and title not in read
    )
    assert f"督办未回复，案卷已作废：{title}" in page("/notices/", "zh-hans", "mayor.1")
    by_phone = page("/field/messages/", "en", "collector.01")
    assert f"The case you reported has been voided: {english} (重复上报了)" in by_phone


def test_policies_and_what_adds_a_row_are_named_for_their_reader() -> None:
    for name, title in (
        ("check", "结案前核查"),
        ("draw", "抽取采集员"),
        ("likeness", "照片再用"),
        ("odd", "自己写的"),
    ):
        Policy.objects.update_or_create(name=name, defaults={"title": title, "value": {}})
    read = page("/operator/policies/", "en", "operator.1")
    for title in ("Check before closing", "Drawing collectors", "Photos used twice", "自己写的"):
        assert title in read, title
    assert "结案前核查" not in read and "照片再用" not in read
    assert "</svg>Add</a>" in read and "</svg>Added</a>" not in read
    assert "结案前核查" in page("/operator/policies/", "zh-hans", "operator.1")


def test_figures_are_counts_and_not_what_is_done(march: dict[str, str]) -> None:
    read = page("/score/?kind=month&on=2026-03-10", "en", "mayor.1")
    for words in ("</a> closed ÷ ", "</a> reworked ÷ ", "</a> handled</div>", ">Returns<"):
        assert words in read, words
    assert " Close ÷" not in read and " Rework ÷" not in read
    assert "返工" in page("/score/?kind=month&on=2026-03-10", "zh-hans", "mayor.1")


def test_a_case_filed_before_its_condition_was_reworded_keeps_its_english_title() -> None:
    number = new("handle/to_sign")
    row = Condition.objects.get(pk=loaded(number).extra["condition_id"])
    known = CaseClass.objects.get(kind=row.kind, code=row.class_code, edition__in_force=True)
    client = desk("operator.1")
    title, stored, english = (
        case(number).title,
        row.text,
        f"{known.name_en[:1].upper()}{known.name_en[1:]} · ",
    )
    assert english + row.text_en in page(f"/cases/{number}", "en")
    for text, text_en in (("井盖响", row.text_en), ("井盖又响", "the cover rattles again")):
        assert save(client, f"/operator/conditions/{row.pk}", text=text, text_en=text_en).status_code == 302
    assert save(client, f"/operator/classes/{known.pk}", name="污水井").status_code == 302
    assert case(number).title == title and stored in title
    assert english + "the cover rattles again" in page(f"/cases/{number}", "en")
    assert title in page(f"/cases/{number}", "zh-hans")


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "2013 edition (GB/T 30428.2-2013)"), ("zh-hans", "2013 版（GB/T 30428.2-2013）")],
)
def test_an_edition_of_the_class_tables_is_named(language: str, said: str) -> None:
    in_force = CaseClass.objects.order_by("pk")[0].edition
    in_force.name = "2013 版（GB/T 30428.2-2013）"
    in_force.save(update_fields=["name"])
    for path in ("/operator/editions/", "/operator/classes/"):
        assert said in page(path, language, "operator.1"), path


def test_an_edition_that_a_city_describes_keeps_its_name() -> None:
    with override("en"):
        assert edition_name("宝鸡市 2030 版") == "宝鸡市 2030 版"


@pytest.mark.parametrize(
    ("name", "english"),
    [
        ("渭滨区第12责任网格", "Responsibility grid 12, Weibin District"),
        ("第 7 责任网格", "Responsibility grid 7"),
        ("老城第3责任网格", "Responsibility grid 3, 老城"),
        ("河滩公园", "河滩公园"),
    ],
)
def test_a_responsibility_grid_is_named_by_its_number(name: str, english: str) -> None:
    with override("en"):
        assert grid_name(name, "610302R12") == english
    with override("zh-hans"):
        assert grid_name(name, "610302R12") == name


def test_the_grids_of_the_street_are_named() -> None:
    row = ResponsibilityGrid.objects.order_by("code").first()
    assert row is not None
    row.name = "渭滨区第12责任网格"
    row.save(update_fields=["name"])
    for path in ("/street/", f"/street/grids/{row.code}/"):
        read = page(path, "en", "chief.1")
        assert "Responsibility grid 12" in read and "责任网格" not in read, path
        assert row.name in page(path, "zh-hans", "chief.1"), path


def test_classes_conditions_and_stages_are_listed_and_found_in_their_readers_language() -> None:
    milestone = Milestone.objects.order_by("pk")[0]
    row = milestone.condition
    known = CaseClass.objects.get(kind=row.kind, code=row.class_code, edition__in_force=True)
    lists = {
        "classes": (known.pk, known.name, known.name_en, known.major_name_en),
        "conditions": (row.pk, row.text, row.text_en),
        "milestones": (milestone.pk, milestone.name, milestone.name_en),
    }
    for name, (pk, official, *english) in lists.items():
        read = page(f"/operator/{name}/?find={known.code}", "en", "operator.1")
        assert official not in read, name
        for words in english:
            assert words in read, name
        assert official in page(f"/operator/{name}/?find={known.code}", "zh-hans", "operator.1"), name
        assert f"/operator/{name}/{pk}" in page(f"/operator/{name}/?find={english[0]}", "en", "operator.1"), (
            name
        )


def test_a_button_says_what_to_do_and_a_step_what_is() -> None:
    with override("en"):
        said = {act_words()[act.title] for act in FLOW.acts if act.who != "S"}
        assert said and not [button for button in said if button.split()[0] not in ORDERS]
        for code, step in (
            ("reject", "collect/rejected"),
            ("decline", "file/declined"),
            ("settle", "evaluate/settled"),
        ):
            title = next(act.title for act in FLOW.acts if act.name == code)
            assert title == FLOW.step(step).title, "one word in Chinese"
            assert act_words()[title] != gettext(title)
    with override("zh-hans"):
        assert all(act_words()[act.title] == act.title for act in FLOW.acts)


@pytest.mark.parametrize(
    ("language", "button", "other"), [("en", "Reject", "Rejected"), ("zh-hans", "不予受理", "Reject")]
)
def test_the_panel_of_a_case_orders_to_reject(language: str, button: str, other: str) -> None:
    read = page(f"/cases/{new('collect/reported')}", language, "acceptor.1")
    assert f"<span data-label>{button}</span>" in read
    assert f"<span data-label>{other}</span>" not in read


def test_office_hours_and_holidays_have_two_names() -> None:
    hours = OfficeHours.objects.order_by("-valid_from")[0]
    day = SpecialDay.objects.order_by("-day")[0]
    for row, english, path in (
        (hours, "Hours of the test town", "/operator/hours/"),
        (day, "Feast of the test town", "/operator/days/"),
    ):
        type(row).objects.filter(pk=row.pk).update(name_en=english)
        assert english in page(path, "en", "operator.1") and english not in page(
            path, "zh-hans", "operator.1"
        )
        assert row.name in page(path, "zh-hans", "operator.1")
    assert day.day.isoformat() in page("/operator/days/?find=Feast", "en", "operator.1")
