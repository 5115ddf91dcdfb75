"""What makes two requests the same, and a table to take along."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from threading import Barrier
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction

from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid
from baoji.kernel.wire import once
from baoji.kernel.wire.spreadsheets import spreadsheet

THEN = datetime(2026, 3, 17, 2, 0, tzinfo=UTC)


def test_files_are_hashed_whole_and_can_be_read_again() -> None:
    large = b"x" * 200_000
    uploads = [SimpleUploadedFile("a.jpg", b"one"), SimpleUploadedFile("b.jpg", large)]
    assert once.digests(uploads) == [sha256(b"one").digest(), sha256(large).digest()]
    assert [upload.read() for upload in uploads] == [b"one", large]


def test_parts_do_not_run_into_each_other() -> None:
    assert once.fingerprint(b"ab", b"c") != once.fingerprint(b"a", b"bc")
    assert once.fingerprint(b"ab") == once.fingerprint(b"ab")


@pytest.mark.parametrize("key", ["x" * 129, "键", "a\nb"])
def test_a_key_that_cannot_be_one_is_refused(key: str) -> None:
    with pytest.raises(Invalid):
        once.checked_key(key)


@pytest.mark.django_db
def test_who_asks_again_reads_the_same_in_the_same_order() -> None:
    said = {"version": 3, "a": {"zz": 1, "b": "甲"}, "closing": None}
    assert once.claim("p1", "k", "hash") is None
    once.answer("p1", "k", 200, said)
    again = once.claim("p1", "k", "hash")
    assert again is not None
    assert json.dumps(again[1]) == json.dumps(said)


# What is kept for keys, and for how long ---------------------------------------


def claimed(key: str, at: datetime) -> None:
    assert once.claim("p1", key, "hash") is None
    once.answer("p1", key, 200, {"of": key})
    sql.execute("UPDATE wire_inbox SET at = %s WHERE key = %s", [at, key])


def keys() -> list[str]:
    return [row[0] for row in sql.tuples("SELECT key FROM wire_inbox ORDER BY id")]


@pytest.mark.django_db
def test_what_is_older_goes_in_batches_and_what_is_younger_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(once, "FORGET", once.FORGET.replace(f"LIMIT {once.FORGET_AT_ONCE}", "LIMIT 2"))
    for n in range(5):
        claimed(f"old{n}", THEN - timedelta(seconds=1))
    claimed("young", THEN)
    assert (once.forget(THEN), keys()) == (5, ["young"])
    assert once.forget(THEN) == 0
    assert once.claim("p1", "old0", "another request") is None, "forgotten is new"


@pytest.mark.django_db(transaction=True)
def test_what_is_under_way_is_neither_taken_nor_waited_for() -> None:
    claimed("answered", THEN - timedelta(days=1))
    claims, forgotten = Barrier(2), Barrier(2)

    def request() -> None:
        try:
            with transaction.atomic():
                claimed("under way", THEN - timedelta(days=1))
                assert once.claim("p1", "answered", "hash") == (200, {"of": "answered"})
                claims.wait(10)
                forgotten.wait(10)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        done = pool.submit(request)
        claims.wait(10)
        assert once.forget(THEN) == 0
        forgotten.wait(10)
        done.result(10)
    assert keys() == ["answered", "under way"]
    assert once.forget(THEN) == 2


@pytest.mark.django_db(transaction=True)
def test_a_key_that_goes_while_it_is_asked_for_is_claimed_anew() -> None:
    claimed("k", THEN)
    gone = Barrier(2)

    def request() -> Any:
        try:
            gone.wait(10)
            with transaction.atomic():
                return once.claim("p1", "k", "another request")
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(request)
        with transaction.atomic():
            assert once.forget(THEN + timedelta(days=1)) == 1
            gone.wait(10)
            while not sql.value("SELECT EXISTS (SELECT 1 FROM pg_locks WHERE NOT granted)"):
                assert not asked.done()
        assert asked.result(10) is None


def test_a_spreadsheet_keeps_its_chinese_and_its_commas() -> None:
    answer = spreadsheet("rows.csv", [["代码", "名称"], ["D29", "甲，乙, 丙"]])
    assert answer["Content-Disposition"] == 'attachment; filename="rows.csv"'
    assert answer.content.decode("utf-8-sig").splitlines() == ["代码,名称", 'D29,"甲，乙, 丙"']
    assert answer.content.startswith(b"\xef\xbb\xbf")
