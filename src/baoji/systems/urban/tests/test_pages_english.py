"""An English reader sees the English names that the data have; a Chinese reader the official ones."""

from html import unescape

import pytest
from django.test import Client
from tests.town import case, loaded, new

from baoji.kernel.identity.models import Person
from baoji.kernel.organisations.models import Organisation
from baoji.kernel.organisations.queries import organisations
from baoji.systems.urban import public

pytestmark = pytest.mark.django_db


def page(path: str, language: str) -> str:
    client = Client()
    client.force_login(
        Person.objects.get(code="dispatcher.1"), backend="baoji.kernel.identity.backends.PersonBackend"
    )
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
    english = f"{known.name_en} · {condition.text_en}"
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
