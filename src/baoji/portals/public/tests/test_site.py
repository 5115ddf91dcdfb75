"""The public site's own pages and its shell; what the systems put below it is theirs to test."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

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
