"""Short-lived signed tickets: whatever somebody makes up is read as none."""

import pytest

from baoji.kernel.base import tickets

SECRET = "a secret"


def test_a_ticket_is_read_until_it_is_over() -> None:
    ticket = tickets.sign({"exp": 100, "for": "me"}, SECRET, "door")
    assert tickets.read(ticket, SECRET, 100, "door") == {"exp": 100, "for": "me"}
    assert tickets.read(ticket, SECRET, 101, "door") is None
    assert tickets.read(ticket, "another", 1, "door") is None


def test_a_ticket_for_one_thing_opens_no_other() -> None:
    ticket = tickets.sign({"exp": 100}, SECRET, "door")
    assert tickets.read(ticket, SECRET, 1, "window") is None


@pytest.mark.parametrize("made_up", ["", ".", "a.b", "a.é", "é.a", "钥.匙", "a.\ud800", "\ud800.a"])
def test_what_is_made_up_is_no_ticket(made_up: str) -> None:
    assert tickets.read(made_up, SECRET, 1, "door") is None
