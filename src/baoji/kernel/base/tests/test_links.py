"""Links in what goes out never lead where a stranger's Host header says."""

from typing import Any

import pytest
from django.test import Client, RequestFactory

from baoji.kernel.base.links import is_ours, link


@pytest.mark.parametrize(
    ("host", "whole"),
    [
        ("127.0.0.1:8000", True),
        ("192.168.1.20:8000", True),
        ("[fe80::1]:8000", True),
        ("[::1]", True),
        ("localhost:8000", True),
        ("city-server", True),
        ("city.local:8000", True),
        ("evil.com", False),
        ("evil.com:8000", False),
        ("127.0.0.1.evil.com", False),
        ("local", True),
        ("notlocal.com", False),
    ],
)
def test_whose_word_is_taken(host: str, whole: bool) -> None:
    assert is_ours(host) is whole


@pytest.mark.parametrize(
    ("host", "hosts", "public", "expected"),
    [
        ("10.0.0.5:8000", ["*"], "", "http://10.0.0.5:8000/a?b=%E5%AE%9D"),
        ("evil.com", ["*"], "", "/a?b=%E5%AE%9D"),
        ("evil.com", ["*"], "https://city.gov.cn", "https://city.gov.cn/a?b=%E5%AE%9D"),
        ("named.gov.cn", ["named.gov.cn"], "", "http://named.gov.cn/a?b=%E5%AE%9D"),
    ],
)
def test_where_a_link_begins(host: str, hosts: list[str], public: str, expected: str, settings: Any) -> None:
    settings.ALLOWED_HOSTS, settings.PUBLIC_ORIGIN = hosts, public
    assert link(RequestFactory().get("/", headers={"host": host}), "/a?b=宝") == expected


@pytest.mark.django_db
@pytest.mark.parametrize(
    "page", ["/open311/v2/discovery.json", "/public/cases.geojson?limit=1", "/public/cases.atom"]
)
def test_nothing_public_mirrors_the_host(page: str, client: Client) -> None:
    answer = client.get(page, headers={"host": "evil.example"})
    assert answer.status_code == 200
    assert b"evil.example" not in answer.content
    assert "evil.example" not in str(answer.headers)
