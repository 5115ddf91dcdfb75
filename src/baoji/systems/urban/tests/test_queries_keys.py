"""Where a list by time goes on: what an address carries is anybody's word."""

from base64 import urlsafe_b64encode
from datetime import UTC, datetime

import pytest
from django.test import Client
from tests.town import program

from baoji.systems.urban.queries.keys import decoded, encoded

AT = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)


def key(text: str) -> str:
    return urlsafe_b64encode(text.encode()).decode().rstrip("=")


def test_a_key_comes_back_as_it_went() -> None:
    assert decoded(encoded(AT, 7)) == (AT, 7)


@pytest.mark.parametrize("id_", ["18446744073709551615", "9223372036854775808", "1e30", '"7"', "null"])
def test_no_id_of_the_database_is_no_key(id_: str) -> None:
    with pytest.raises(ValueError):
        decoded(key(f'["{AT.isoformat()}", {id_}]'))


@pytest.mark.django_db
def test_a_stranger_is_told_so(client: Client) -> None:
    after = key(f'["{AT.isoformat()}", 18446744073709551615]')
    assert client.get("/public/cases.geojson", {"after": after}).status_code == 422


BAD_AT = ['"2026-W01-1"', '"2026-03-17"', '"2026-03-17T02:00:00"', '"2026-03-17T02:00:00+23:59"', '"0001-01-01T00:00:00+14:00"', "7", "null"]  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("at", BAD_AT)
def test_an_instant_that_the_database_cannot_read_is_no_key(client: Client, at: str) -> None:
    """A day without a time, a time without an offset, an offset that no place has, a time before all times."""
    assert client.get("/public/cases.geojson", {"after": key(f"[{at}, 7]")}).status_code in {200, 422}
    lists = program("handler.D29")
    marks = {"": f"[{at}, 7]", "todo": f"[1, {at}, 7]", "done": f"[{at}, 7]"}
    for desk, mark in marks.items():
        answer = lists.get("/api/v1/cases", {"desk": desk, "after": key(mark)})
        assert answer.status_code in {200, 422}, (desk, mark)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("desk", "mark"),
    [
        ("", '["{at}", 99999999999999999999]'),
        ("", '["{at}", 9223372036854775808]'),
        ("", '["{at}", true]'),
        ("", '["{at}", "7"]'),
        ("", '[["x"], 7]'),
        ("todo", '[["x"], "{at}", 7]'),
        ("todo", '["1", "{at}", 7]'),
        ("todo", '[2147483648, "{at}", 7]'),
        ("todo", '[true, "{at}", 7]'),
        ("todo", '[1.5, "{at}", 7]'),
        ("todo", '[["x"], "2026-W01-1", 99999999999999999999]'),
    ],
)
def test_a_made_up_mark_of_a_list_is_refused(desk: str, mark: str) -> None:
    answer = program("handler.D29").get(
        "/api/v1/cases", {"desk": desk, "after": key(mark.replace("{at}", AT.isoformat()))}
    )
    assert (answer.status_code, list(answer.json()["errors"])) == (422, ["after"])
