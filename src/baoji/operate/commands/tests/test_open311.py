"""`baoji open311 key`: prints the key alone, lists, ends."""

import pytest
from click.testing import CliRunner
from django.test import Client

from baoji.operate.commands.open311 import command
from baoji.operate.errors import Trouble
from baoji.systems.urban.models import Open311Key
from baoji.systems.urban.tests.open311_reading import errors, key, post

pytestmark = pytest.mark.django_db


def run(*words: str) -> str:
    done = CliRunner().invoke(command, words, catch_exceptions=False)
    assert done.exit_code == 0, done.output
    return done.output


def test_the_command_prints_the_key_alone_and_it_works(client: Client) -> None:
    made = run("key", "create", "--name", "Street App", "--posts-a-day", "7")
    assert made.endswith("\n") and len(made.split()) == 1
    kept = Open311Key.objects.get(name="Street App")
    assert made.strip() not in (kept.digest, kept.name) and len(kept.digest) == 64
    assert (kept.posts_a_day, kept.posts_a_minute) == (7, 60)
    assert post(client, made.strip()).status_code == 200


def test_a_list_of_keys_and_what_they_have_used(client: Client) -> None:
    made = run("key", "create", "--name", "Street App").strip()
    run("key", "create", "--name", "Other App")
    post(client, made)
    run("key", "end", "Other App")
    listed = run("key", "list")
    street, other = listed.splitlines()
    assert street.startswith("Street App\tsince ") and "60/min 5000/day" in street and "\t1 on " in street
    assert other.startswith("Other App\tended ") and other.endswith("never used")
    assert made not in listed


def test_an_ended_key_is_refused_and_its_name_is_free_again(client: Client) -> None:
    made = key("Street App")
    run("key", "end", "Street App")
    answer = post(client, made)
    assert answer.status_code == 403 and errors(answer)[0][0] == 403
    assert post(client, key("Street App")).status_code == 200


def test_what_the_command_refuses() -> None:
    run("key", "create", "--name", "Street App")
    for words in (("create", "--name", "Street App"), ("create", "--name", " "), ("end", "nobody")):
        with pytest.raises(Trouble):
            CliRunner().invoke(command, ["key", *words], catch_exceptions=False)
    assert CliRunner().invoke(command, ["key", "create", "--name", "X", "--posts-a-day", "0"]).exit_code == 2
