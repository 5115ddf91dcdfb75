"""Strangers' limits go by where they come from; a header makes nobody somebody else, unless a trusted proxy wrote it."""

from ipaddress import ip_network
from typing import Any

import pytest
from django.test import Client

from baoji.kernel.wire.rates import Bucket
from baoji.systems.urban.pages.citizen import limits

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _two_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "codes", Bucket(1 / 3600, 2))


def _guess(peer: str, header: str = "") -> int:
    more = {"X-Forwarded-For": header} if header else {}
    status: int = Client(REMOTE_ADDR=peer).get("/follow/AAAAABBBBB/", headers=more).status_code
    return status


def test_each_address_counts_alone() -> None:
    assert [_guess("203.0.113.9") for _n in range(3)] == [404, 404, 429]
    assert _guess("203.0.113.10") == 404


def test_one_subscribers_network_of_the_sixth_version_is_one() -> None:
    assert [_guess(f"2001:db8:7:7::{n}") for n in range(1, 4)] == [404, 404, 429]
    assert _guess("2001:db8:7:8::1") == 404


def test_a_header_does_not_make_one_address_many() -> None:
    assert [_guess("203.0.113.9", f"198.51.100.{n}") for n in range(3)] == [404, 404, 429]


def test_behind_a_trusted_proxy_each_visitor_counts_alone(settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ip_network("10.1.0.0/16")]
    assert [_guess("10.1.0.1", "198.51.100.7") for _n in range(3)] == [404, 404, 429]
    assert _guess("10.1.0.1", "198.51.100.8") == 404
    assert _guess("10.1.0.1", "203.0.113.1, 198.51.100.7") == 429, "what stands left he wrote himself"
    assert _guess("198.51.100.7") == 429, "also without the proxy it is he"
