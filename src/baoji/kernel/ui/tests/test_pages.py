"""Where lists go on: cursors are written and read here, and nobody's address breaks them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from django.test import RequestFactory

from baoji.kernel.ui.pages import id_before, keyset, moment_cursor, read_moment_cursor
from baoji.kernel.ui.policy import stream_origin

AT = datetime(2026, 3, 17, 10, 0, 0, 123456, tzinfo=timezone(timedelta(hours=8)))


def test_a_page_keeps_the_other_filters_and_drops_the_old_cursor() -> None:
    request = RequestFactory().get("/cases/", {"county": "610302", "after": "old"})
    found = keyset(request, previous="first", following="last")
    assert found.previous == "/cases/?county=610302&before=first"
    assert found.next == "/cases/?county=610302&after=last"
    assert keyset(request, previous=None, following=None).next is None


def test_a_moment_comes_back_as_it_was() -> None:
    assert read_moment_cursor(moment_cursor(AT, 7)) == (AT, 7)
    assert read_moment_cursor(moment_cursor(AT.astimezone(UTC), 7)) == (AT, 7)


@pytest.mark.parametrize(
    "text",
    ["", "7", "2026-03-17,7", "2026-03-17T10:00:00,7", "2026-13-17T10:00:00+08:00,7", f"{AT},²", f"{AT},"],
)
def test_what_is_no_cursor_is_none(text: str) -> None:
    assert read_moment_cursor(text) is None


@pytest.mark.parametrize(
    ("written", "number"), [("12", 12), ("²", None), ("-1", None), ("9" * 19, None), ("", None)]
)
def test_an_id_in_an_address_is_one_or_none(written: str, number: int | None) -> None:
    assert id_before(RequestFactory().get("/notices/", {"before": written})) == number


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("testserver", "http://testserver:8001"),
        ("127.0.0.1:8000", "http://127.0.0.1:8001"),
        ("[::1]:8000", "http://[::1]:8001"),
        ("[::1]", "http://[::1]:8001"),
    ],
)
def test_live_updates_come_from_the_next_port_of_whatever_was_asked(settings, host: str, origin: str) -> None:
    settings.ALLOWED_HOSTS, settings.STREAM_URL, settings.PORT = ["*"], "", 8000
    request = RequestFactory().get("/", headers={"Host": host})
    assert stream_origin(request) == origin
    settings.STREAM_URL = "https://live.city.example/"
    assert stream_origin(request) == "https://live.city.example"
