"""Entries get into the global chain once each: beside open transactions, and after a restore."""

import threading
from datetime import timedelta

import psycopg
import pytest
from django.db import transaction

from baoji.kernel.audit import actions
from baoji.kernel.audit.tests.conftest import NOW, seal_all, tell
from baoji.kernel.audit.tests.scratch import leading_to
from baoji.kernel.base import sql

FORGE = "SELECT audit_append('town.thing', %s, now(), NULL, 'open', '{}')"


def sealed() -> int:
    return sql.value("SELECT coalesce(sum(entries), 0) FROM audit_seal")


def test_an_open_transaction_is_waited_for_and_nothing_is_sealed_behind_it(own_db, outside, verify):
    with psycopg.connect(own_db) as other:
        other.execute(FORGE, [50])
        tell(51, "open")
        actions.seal(NOW)
        assert sealed() == 0
        other.commit()
    seal_all()
    assert sealed() == 2
    assert verify().is_clean


def test_a_transaction_rolled_back_leaves_no_trace(own_db, verify):
    with pytest.raises(RuntimeError), transaction.atomic():
        tell(1, "open")
        raise RuntimeError
    tell(1, "open")
    seal_all()
    assert sql.value("SELECT n FROM audit_entry") == 1
    assert verify().is_clean


def test_two_sealers_at_once_seal_once(own_db, verify):
    for number in range(20):
        tell(number, "open")

    def race() -> None:
        with psycopg.connect(own_db, autocommit=True) as own:
            for _round in range(10):
                own.execute("SELECT audit_seal_finished()")

    threads = [threading.Thread(target=race) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seal_all()
    assert sealed() == 20
    assert verify().is_clean


def test_two_writers_of_one_subject_wait_for_each_other(own_db, journal_copy, verify):
    def write() -> None:
        with leading_to(journal_copy):
            for _round in range(10):
                tell(9, "touch")

    threads = [threading.Thread(target=write) for _number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sql.value("SELECT max(n) FROM audit_entry WHERE subject_id = 9") == 40
    assert verify().is_clean


def test_a_subject_number_beyond_32_bits_can_be_recorded(own_db):
    tell(5_000_000_000_000, "open")
    assert sql.value("SELECT subject_id FROM audit_entry") == 5_000_000_000_000


def grow_old(by: int) -> None:
    """As if the journal had been written on a server whose transaction counter stood `by` higher."""
    with transaction.atomic():
        for table, columns in {"audit_entry": ["xid"], "audit_seal": ["xid_from", "xid_to"]}.items():
            sql.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            for column in columns:
                sql.execute(
                    f"UPDATE {table} SET {column} = {column} + {by} WHERE {column} NOT IN (0, 9223372036854775807)"
                )
            sql.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


@pytest.fixture
def an_old_journal(own_db) -> None:
    """Sealed and unsealed entries from a server with a high counter; links made as if by that server."""
    tell(1, "open", "close")
    tell(2, "open")
    grow_old(10_000_000)
    with transaction.atomic():
        # As the old server saw it: the first two entries finished, the third still under way.
        sql.value("SELECT audit_link(0, 0, (SELECT max(xid) FROM audit_entry), false)")


@pytest.mark.parametrize("said", [True, False])
def test_after_a_restore_every_entry_is_sealed_once(an_old_journal, verify, said):
    """Whether the operator's command says so, or the sealing itself finds out."""
    if said:
        sql.value("SELECT audit_seal_restored()")
    tell(3, "open")
    tell(1, "reopen")
    seal_all()
    tell(4, "open")
    seal_all()
    report = verify()
    assert report.findings == []
    assert sealed() == report.counts["entries"] == 6
    assert sql.value("SELECT count(*) FROM audit_seal WHERE xid_to = 9223372036854775807") == 1


def test_an_unsealed_entry_with_a_smaller_number_than_a_sealed_one_is_not_lost_in_a_restore(own_db, verify):
    tell(1, "open")
    tell(2, "open")
    grow_old(10_000_000)
    sql.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    sql.execute("UPDATE audit_entry SET xid = 90000000 WHERE subject_id = 1")
    sql.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")
    sql.value("SELECT audit_link(0, 0, 90000000, false)")
    tell(3, "open")
    seal_all()
    assert verify().findings == []


def test_restores_can_follow_one_another(an_old_journal, verify):
    for number in range(3):
        sql.value("SELECT audit_seal_restored()")
        tell(10 + number, "open")
        seal_all()
    tell(20, "open")
    seal_all()
    report = verify()
    assert report.findings == []
    assert verify(since=sql.value("SELECT min(id) FROM audit_seal")).is_clean


def test_an_empty_journal_can_be_restored(own_db, verify):
    sql.value("SELECT audit_seal_restored()")
    tell(1, "open")
    seal_all()
    assert verify().findings == []


def heads(folder) -> list[str]:
    path = folder / "journal" / "heads.log"
    return path.read_text().splitlines() if path.exists() else []


def test_a_changed_head_is_copied_at_most_every_ten_seconds(own_db, own_folder):
    tell(1, "open")
    seal_all()
    first = heads(own_folder)
    assert len(first) == 1
    tell(2, "open")
    seal_all(NOW + timedelta(seconds=5))
    assert heads(own_folder) == first
    actions.seal(NOW + timedelta(seconds=11))
    actions.seal(NOW + timedelta(seconds=30))
    assert len(heads(own_folder)) == len(first) + 1
    last = sql.tuples("SELECT id, encode(hash, 'hex'), entries FROM audit_seal ORDER BY id DESC LIMIT 1")[0]
    assert heads(own_folder)[-1] == f"2026-03-02T09:00:11+00:00 {last[0]} {last[1]} {last[2]}"


def test_a_clock_set_back_does_not_stop_the_copies(own_db, own_folder):
    tell(1, "open")
    seal_all()
    before = len(heads(own_folder))
    tell(2, "open")
    seal_all(NOW - timedelta(hours=1))
    assert len(heads(own_folder)) > before


def test_a_line_torn_by_a_power_cut_stands_by_itself(own_db, own_folder, verify):
    (own_folder / "journal").mkdir()
    (own_folder / "journal" / "heads.log").write_text("2026-03-02T08:00:00+00:00 7 ab")
    tell(1, "open")
    seal_all()
    lines = heads(own_folder)
    assert lines[0].endswith("7 ab")
    assert len(lines[1].split()) == 4
    assert [f.kind for f in verify().findings] == ["head"]
