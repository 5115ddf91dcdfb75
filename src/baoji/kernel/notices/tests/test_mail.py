"""A notice by mail to everybody of a post: what is refused to one of them holds up nobody else and repeats nothing."""

from datetime import UTC, datetime
from email import message_from_bytes, policy
from typing import Any

import orjson
import pytest
from procrastinate.contrib.django import app

from baoji.kernel.base import sql
from baoji.kernel.identity.models import Holding, Person
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.tests.test_smtp import Server, mailbox

__all__ = ["mailbox"]
pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 17, 2, tzinfo=UTC)


@pytest.fixture
def acceptors() -> list[Person]:
    """Two people of one post, in the order in which a notice reaches them."""
    found = Person.objects.filter(pk__in=Holding.objects.filter(post__kind="acceptor").values("person"))
    people = list(found.order_by("id")[:2])
    for n, person in enumerate(people):
        person.email = f"{n}@example.org"
        person.save()
    return people


def work() -> list[Exception]:
    """Runs the queued mails as the worker does; what failed, queued again."""
    failed: list[Exception] = []
    while jobs := sql.tuples(
        "SELECT id, task_name, args FROM procrastinate_jobs"
        " WHERE task_name LIKE 'notices.send%%' AND attempts = 0 ORDER BY id"
    ):
        for number, name, args in jobs:
            try:
                app.tasks[name](**orjson.loads(args))
            except Exception as fault:
                failed.append(fault)
                sql.execute("UPDATE procrastinate_jobs SET attempts = 1 WHERE id = %s", [number])
            else:
                sql.execute("DELETE FROM procrastinate_jobs WHERE id = %s", [number])
    return failed


def again() -> list[Exception]:
    sql.execute("UPDATE procrastinate_jobs SET attempts = 0")
    return work()


def got(server: Server) -> list[str]:
    mails: list[Any] = [message_from_bytes(text, policy=policy.default) for text in server.mails]
    return [mail["To"].addresses[0].addr_spec for mail in mails]


def tell() -> None:
    notify("one", kind="urge", title="催办：井盖", at=NOW, post="acceptor", link="/cases/1")


@pytest.mark.parametrize("bad", [0, 1])
def test_an_address_that_is_refused_for_ever_holds_up_nobody(
    bad: int, mailbox: Server, acceptors: list[Person], caplog: pytest.LogCaptureFixture
) -> None:
    mailbox.says = {f"RCPT TO:<{bad}@example.org>": "550 no such user"}
    tell()
    assert work() == [] and got(mailbox) == [f"{1 - bad}@example.org"]
    assert [record.getMessage() for record in caplog.records if "550 no such user" in record.getMessage()]
    assert again() == [] and len(mailbox.mails) == 1


@pytest.mark.parametrize("bad", [0, 1])
def test_only_who_got_nothing_is_tried_again(bad: int, mailbox: Server, acceptors: list[Person]) -> None:
    mailbox.says = {f"RCPT TO:<{bad}@example.org>": "450 greylisted"}
    tell()
    assert len(work()) == 1 and got(mailbox) == [f"{1 - bad}@example.org"]
    assert len(again()) == 1 and len(mailbox.mails) == 1
    mailbox.says = {}
    assert again() == [] and sorted(got(mailbox)) == ["0@example.org", "1@example.org"]
    assert again() == [] and len(mailbox.mails) == 2


def test_a_mail_goes_to_the_address_of_today(mailbox: Server, acceptors: list[Person]) -> None:
    mailbox.says = {"RCPT TO:<0@example.org>": "450 busy"}
    tell()
    work()
    Person.objects.filter(pk=acceptors[0].pk).update(email="right@example.org")
    assert again() == [] and got(mailbox) == ["1@example.org", "right@example.org"]


def test_mails_wait_behind_the_timers_of_cases(mailbox: Server, acceptors: list[Person]) -> None:
    mailbox.says = {"MAIL": "421 busy"}
    tell()
    assert len(work()) == 2
    assert {row[0] for row in sql.tuples("SELECT priority FROM procrastinate_jobs")} == {-1}
