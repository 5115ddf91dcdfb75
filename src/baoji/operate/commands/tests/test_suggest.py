"""`baoji suggest`: the city's own closed cases teach the proposals, by a command and with no network."""

import json
import socket

import pytest
from click.testing import CliRunner
from django.utils import translation

from baoji.operate.commands.suggest import command
from baoji.operate.errors import Trouble
from baoji.systems.urban.tests.test_suggest import closed

__all__ = ["closed"]
pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    with translation.override("zh-hans"):  # the command speaks Chinese, and ends with its process
        done = CliRunner().invoke(command, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


@pytest.mark.usefixtures("closed")
def test_the_command_teaches_shows_how_good_it_is_and_tries_it(monkeypatch: pytest.MonkeyPatch) -> None:
    reached = socket.socket.connect

    def at_home(self: socket.socket, address: object) -> None:
        assert not isinstance(address, tuple) or address[0] in {"127.0.0.1", "::1"}, address
        reached(self, address)  # type: ignore[arg-type]

    monkeypatch.setattr(socket.socket, "connect", at_home)
    assert "0137" not in run("try", "黑灯瞎火")
    taught = run("train")
    assert "Learnt from 14 cases, asked about the newest 4" in taught and "class table alone" in taught
    told = json.loads(run("report", "--json"))
    assert told["cases"] == 18 and told["report"]["used"]["cases"] == 4
    assert "Taught" in run("report") and "from 18 closed cases" in run("report")
    first = run("try", "黑灯瞎火").splitlines()[0]
    assert "c0137" in first and first.split("  ")[-1].strip(), "by which words"


def test_with_too_few_cases_it_says_so_and_keeps_nothing() -> None:
    with pytest.raises(Trouble) as trouble:
        run("train")
    assert str(trouble.value)
    with pytest.raises(Trouble, match="Nothing has been taught yet"):
        run("report")
