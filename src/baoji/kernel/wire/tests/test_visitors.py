"""A visitor is who connects, unless a trusted proxy says who was behind it; nobody else is believed."""

from ipaddress import ip_network

import pytest
from django.test import RequestFactory

from baoji.kernel.wire.visitors import address_of

OURS = ["127.0.0.1/32", "10.1.0.0/16", "2001:db8:1::/48"]


def _from(peer: str, header: str | None = None) -> str:
    more = {} if header is None else {"HTTP_X_FORWARDED_FOR": header}
    return address_of(RequestFactory().get("/", REMOTE_ADDR=peer, **more))


@pytest.fixture
def trusted(settings: object) -> None:
    settings.TRUSTED_PROXIES = [ip_network(network) for network in OURS]  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "header", [None, "", "198.51.100.7", "127.0.0.1", "10.1.0.1, 198.51.100.7", "rubbish"]
)
def test_without_trusted_proxies_the_header_is_never_believed(header: str | None) -> None:
    assert _from("127.0.0.1", header) == "127.0.0.1"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("header", ["198.51.100.7", "10.1.0.1", "198.51.100.7, 10.1.0.1", "2001:db8:1::5"])
def test_a_stranger_who_connects_himself_is_not_believed(header: str) -> None:
    assert _from("203.0.113.9", header) == "203.0.113.9"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("header", "visitor"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("198.51.100.7, 203.0.113.9", "203.0.113.9"),  # the left one is what the visitor wrote
        ("10.1.0.8, 203.0.113.9", "203.0.113.9"),  # also when he wrote an address of ours
        ("198.51.100.7, 203.0.113.9, 10.1.0.8", "203.0.113.9"),  # two proxies, one behind the other
        ("203.0.113.9:50123", "203.0.113.9"),
        ("[2001:db8:2::9]:50123", "2001:db8:2::9"),
        ("2001:db8:2::9, 2001:db8:1::1", "2001:db8:2::9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("  203.0.113.9  ", "203.0.113.9"),
        ("10.1.0.7, 10.1.0.8", "10.1.0.7"),  # somebody of our own
        ("198.51.100.7, unknown", "127.0.0.1"),  # beyond what cannot be read nobody is believed
        ("198.51.100.7, , 10.1.0.8", "10.1.0.8"),
        ("198.51.100.7, 203.0.113.999", "127.0.0.1"),
        ("", "127.0.0.1"),
    ],
)
def test_behind_trusted_proxies_the_rightmost_address_that_is_not_theirs_counts(
    header: str, visitor: str
) -> None:
    assert _from("127.0.0.1", header) == visitor


@pytest.mark.usefixtures("trusted")
def test_a_proxy_that_says_nothing_is_the_visitor_itself() -> None:
    assert _from("10.1.2.3") == "10.1.2.3"
    assert _from("::ffff:10.1.2.3", "203.0.113.9") == "203.0.113.9"


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize("peer", ["", "unix:"])
def test_a_connection_without_an_address_trusts_nobody(peer: str) -> None:
    assert _from(peer, "203.0.113.9") == peer
