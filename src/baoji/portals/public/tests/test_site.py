"""The public site's own pages and its shell; what the systems put below it is theirs to test."""

from typing import Any

import pytest
from django.test import Client, RequestFactory
from django.utils import timezone

from baoji.kernel.base.snapshot import bump
from baoji.kernel.organisations.models import Organisation
from baoji.portals.public.context import shell

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    "path", ["/public/", "/public/accessibility/", "/report", "/follow/ABCDE", "/report/"]
)
def test_the_site_has_its_own_shell(path: str) -> None:
    found = shell(RequestFactory().get(path))["shell"]
    assert found["phone"] == "12319"
    assert "person" not in found


@pytest.mark.parametrize("path", ["/", "/work/", "/reports", "/publications/"])
def test_the_desks_keep_theirs(path: str) -> None:
    assert shell(RequestFactory().get(path)) == {}


def _head(**headers: str) -> str:
    return Client(headers=headers).get("/public/accessibility/").content.decode()


def test_the_site_speaks_in_the_name_of_the_citys_own_centre() -> None:
    """Which is data, as everywhere; of several the highest, and before a city is loaded no city's."""
    centre = Organisation.objects.get(kind="supervision_centre")
    assert centre.name in _head()
    centre.name, centre.name_en = "汉中市数字城管监督中心", "Hanzhong Supervision Centre"
    centre.save()
    below = Organisation.objects.create(code="A-JD", name="略阳县监督中心", kind=centre.kind, parent=centre)
    Organisation.objects.filter(pk=below.pk).update(path=[*centre.path, below.pk], body=below)
    bump("organisations")
    assert "汉中市数字城管监督中心" in _head() and "略阳县监督中心" not in _head()
    assert "Hanzhong Supervision Centre" in _head(accept_language="en")
    Organisation.objects.filter(kind=centre.kind).update(valid_to=timezone.localdate())
    bump("organisations")
    assert "汉中市" not in _head() and ">城市管理监督中心<" in _head() and "宝鸡市" not in _head()
    assert "City Management Supervision Centre" in _head(accept_language="en")


def test_the_name_costs_a_page_no_question(django_assert_num_queries: Any) -> None:
    _head()
    with django_assert_num_queries(0):
        _head()


def test_the_menu_marks_where_one_is() -> None:
    def here(path: str) -> list[str]:
        return [one["url"] for one in shell(RequestFactory().get(path))["shell"]["nav"] if one["current"]]

    assert here("/public/") == ["/public/"]
    assert here("/report/look") == ["/report/"]
    assert here("/public/accessibility/") == []


def test_the_demonstration_says_what_it_is(settings: Any) -> None:
    for is_demo in (True, False):
        settings.DEMO = is_demo
        assert bool(shell(RequestFactory().get("/public/"))["shell"]["demo"]) is is_demo


def test_the_size_of_text_is_remembered_and_one_stays_on_the_site() -> None:
    client = Client()
    answer = client.post("/public/size/", {"size": "large", "next": "/public/accessibility/"})
    assert answer["Location"] == "/public/accessibility/"
    assert client.cookies["baoji_size"].value == "large"
    answer = client.post("/public/size/", {"size": "", "next": "//elsewhere.example/"})
    assert answer["Location"] == "/public/"
    assert client.cookies["baoji_size"].value == ""
