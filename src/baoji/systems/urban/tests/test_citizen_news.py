"""What the daily letters go by: the numbers that publishing gives, also while somebody publishes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from threading import Event

import pytest
from django.db import connection, transaction
from tests.town import NOW, case, do, event, walk

from baoji.kernel.base import sql
from baoji.systems.urban.actions.citizen_publish import last_news, publish

pytestmark = pytest.mark.django_db(transaction=True)
NEWS = Path(__file__).parents[1] / "sql" / "0009_news.sql"
WAITS = """
SELECT EXISTS (SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND NOT granted
   AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
"""


def test_a_letter_waits_for_what_is_being_published() -> None:
    """Else what is published now would have a number below what was told, and be passed over."""
    number = event()
    walk(number, "handle/handling")
    written, end = Event(), Event()

    def publish_slowly() -> None:
        try:
            with transaction.atomic():
                publish([case(number).pk], NOW)
                written.set()
                assert end.wait(60)
        finally:
            connection.close()

    def ask() -> int:
        try:
            return last_news()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        slow = pool.submit(publish_slowly)
        assert written.wait(60)
        asked = pool.submit(ask)
        while not asked.done() and not sql.value(WAITS):
            pass
        end.set()
        slow.result(60)
        assert asked.result(60) == sql.value("SELECT news FROM urban_public_case") > 0


def test_who_publishes_looks_once_it_is_their_turn() -> None:
    """Else what was seen before somebody withdrew the case would bring it back."""
    number = event()
    walk(number, "handle/handling")
    pk = case(number).pk

    def publish_beside() -> None:
        try:
            publish([pk], NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            publish([pk], NOW)
            beside = pool.submit(publish_beside)
            while not beside.done() and not sql.value(WAITS):
                pass
            do(number, "chief.1", "void", reason="测试件")
            publish([pk], NOW)
        beside.result(60)
    assert sql.value("SELECT count(*) FROM urban_public_case") == 0


def test_an_upgrade_tells_nothing_twice_and_passes_nothing_over() -> None:
    """Of what was public before, each subscriber was told what changed before the last letter."""
    known, changed = event(), event()
    for number, hours in ((changed, 5), (known, 1)):
        walk(number, "handle/handling")
        publish([case(number).pk], NOW)
        sql.execute(
            "UPDATE urban_public_case SET changed_at = %s WHERE case_id = %s",
            [NOW + timedelta(hours=hours), case(number).pk],
        )
    sql.execute(
        "INSERT INTO urban_subscription (mail, area, topic, language, token, created_at, confirmed_at, told_until)"
        " VALUES ('wang@example.com', '', '', '', 'token', %(at)s, %(at)s, %(told)s)",
        {"at": NOW, "told": NOW + timedelta(hours=3)},
    )
    with connection.cursor() as cursor:
        cursor.execute(NEWS.read_text())
    told = sql.value("SELECT told_news FROM urban_subscription")
    untold = sql.tuples("SELECT case_id FROM urban_public_case WHERE news > %s", [told])
    assert untold == [(case(changed).pk,)]
    later = event()
    walk(later, "handle/handling")
    publish([case(later).pk], NOW)
    assert sql.value("SELECT case_id FROM urban_public_case ORDER BY news DESC LIMIT 1") == case(later).pk
