"""An English reader sees the English names that the data have; a Chinese reader the official ones."""

from html import unescape

import pytest
from django.utils.translation import override
from tests.town import NOW, body, case, desk, do, loaded, new

from baoji.kernel.organisations.models import Organisation
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import public
from baoji.systems.urban.pages.reporting.follow import follow_steps
from baoji.systems.urban.queries.progress import progress

pytestmark = pytest.mark.django_db


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
