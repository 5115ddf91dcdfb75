"""Tokens for programs, by the operator's command."""

import pytest
from click.testing import CliRunner
from tests.town import NOW

from baoji.kernel.identity.callers import caller_by_token
from baoji.kernel.identity.models import Token
from baoji.operate.commands import token
from baoji.operate.errors import Trouble

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _set_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(token, "owner_django", lambda: None)  # Django is set up, as its owner


def create(*codes: str) -> list[str]:
    words = [word for code in codes for word in ("--person", code)]
    done = CliRunner().invoke(token.command, ["create", *words], catch_exceptions=False)
    return done.output.splitlines()


def test_a_line_for_each_person_in_their_order() -> None:
    made = create("chief.1", "collector.01", "acceptor.1")
    found = [caller_by_token(one, NOW) for one in made]
    assert [one and one.code for one in found] == ["chief.1", "collector.01", "acceptor.1"]


def test_one_unknown_and_none_is_made() -> None:
    with pytest.raises(Trouble, match=r"nobody\.at\.all"):
        create("chief.1", "nobody.at.all")
    assert not Token.objects.exists()
