"""Keys: kept as hashes, with quotas that hold across processes."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from baoji.kernel.audit.models import Entry
from baoji.kernel.base.errors import Refused, TooMany
from baoji.kernel.worktime.calendar import SHANGHAI
from baoji.systems.urban.actions.open311_keys import count_post, create_key, end_key, known_keys
from baoji.systems.urban.models import Open311Key
from baoji.systems.urban.queries.open311_keys import Key, live_key
from baoji.systems.urban.tests.open311_reading import errors, key, post

pytestmark = pytest.mark.django_db
NOON = datetime(2026, 3, 17, 12, 0, 30, tzinfo=SHANGHAI)


def test_one_live_key_a_name_and_the_journal_knows_both_ends() -> None:
    create_key("Street App", NOON)
    with pytest.raises(Refused) as refused:
        create_key("Street App", NOON)
    assert refused.value.code == "name-taken"
    assert end_key("Street App", NOON) and not end_key("Street App", NOON)
    kept = Open311Key.objects.get()
    entries = Entry.objects.filter(subject="urban.open311_key", subject_id=kept.pk).order_by("n")
    assert [entry.verb for entry in entries] == ["create", "end"]


def quotas(minute: int, day: int) -> Key:
    create_key("Street App", NOON, {"posts_a_minute": minute, "posts_a_day": day})
    return Key(Open311Key.objects.get().pk, "Street App", minute, day, 600)


def waits(found: Key, now: datetime) -> int:
    try:
        count_post(found, now)
    except TooMany as refused:
        return refused.retry_after
    return 0


def test_so_many_a_minute_then_the_next_minute() -> None:
    found = quotas(2, 100)
    assert [waits(found, NOON) for _n in range(4)] == [0, 0, 30, 30]
    assert [waits(found, NOON + timedelta(seconds=30)) for _n in range(3)] == [0, 0, 60]


def test_so_many_a_day_until_the_citys_midnight() -> None:
    found = quotas(100, 3)
    assert [waits(found, NOON + timedelta(minutes=n)) for n in range(4)] == [0, 0, 0, 12 * 3600 - 210]
    assert waits(found, NOON + timedelta(hours=12)) == 0


def test_a_refused_post_does_not_count() -> None:
    found = quotas(1, 2)
    assert [bool(waits(found, NOON)) for _n in range(5)] == [False, True, True, True, True]
    assert known_keys()[0]["in_day"] == 1
    assert [waits(found, NOON + timedelta(minutes=1)), bool(waits(found, NOON + timedelta(minutes=2)))] == [
        0,
        True,
    ]


def test_a_used_up_key_is_told_when_to_come_again(client: Client) -> None:
    made = key(posts_a_minute=1)
    assert post(client, made).status_code == 200
    refused = post(client, made, kind="xml")
    assert refused.status_code == 429 and 1 <= int(refused["Retry-After"]) <= 60
    assert errors(refused)[0][0] == 429
    assert post(client, key("Other App")).status_code == 200


def test_a_key_shown_in_the_dark_is_nobodys() -> None:
    create_key("Street App", timezone.now())
    assert live_key("") is None and live_key(Open311Key.objects.get().digest) is None


@pytest.mark.django_db(transaction=True)
def test_the_quota_holds_for_posts_that_come_together() -> None:
    found = quotas(10, 100)

    def take(_n: int) -> bool:
        try:
            return waits(found, NOON) == 0
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, range(30))) == 10
