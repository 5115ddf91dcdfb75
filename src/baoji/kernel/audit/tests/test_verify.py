"""Real tampering, with the triggers off: each must be found, and where it was done must be said."""

from datetime import timedelta

import pytest

from baoji.kernel.audit import actions, queries
from baoji.kernel.audit.tests.conftest import NOW, tell
from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.base import sql

REHASH = """
CREATE FUNCTION pg_temp.rehash(s bigint, from_n int) RETURNS void LANGUAGE plpgsql AS $$
DECLARE e record; h bytea;
BEGIN
    SELECT hash INTO h FROM audit_entry WHERE subject_id = s AND n = from_n - 1;
    FOR e IN SELECT * FROM audit_entry WHERE subject_id = s AND n >= from_n ORDER BY n LOOP
        h := sha256(coalesce(h, '') || convert_to(e.payload, 'UTF8'));
        UPDATE audit_entry SET hash = h WHERE id = e.id;
    END LOOP;
END $$
"""
MOVE_UP = """
UPDATE audit_entry SET n = n + 1000 WHERE subject_id = 3 AND n >= 2;
UPDATE audit_entry SET n = n - {by}, payload = (payload::jsonb || jsonb_build_object('n', n - {by}))::text
 WHERE subject_id = 3 AND n > 1000
"""


def found(report):
    return {(f.kind, f.subject_id, f.n) for f in report.findings if f.subject}


def links(report):
    return {(f.kind, f.link) for f in report.findings if f.link and not f.subject}


def link_ids():
    return [row[0] for row in sql.tuples("SELECT id FROM audit_seal ORDER BY id")]


def test_an_untouched_journal_is_clean(journal, verify):
    report = verify()
    assert report.findings == []
    assert report.is_clean
    counts = report.counts
    assert (counts["entries"], counts["subjects"], counts["unsealed"]) == (10, 3, 0)
    assert counts["sealed"] == 10
    assert counts["heads"] >= 1


def test_an_empty_journal_is_clean(own_db, verify):
    assert verify().findings == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE audit_entry SET payload = replace(payload, 'move', 'mope') WHERE subject_id = 1 AND n = 2",
        "UPDATE audit_entry SET hash = sha256('x') WHERE subject_id = 1 AND n = 2",
        "UPDATE audit_entry SET payload = 'not json' WHERE subject_id = 1 AND n = 2",
    ],
)
def test_a_changed_entry_is_found(tamper, verify, change):
    tamper(change)
    report = verify()
    assert ("changed", 1, 2) in found(report)


@pytest.mark.parametrize(
    "column",
    [
        "verb = 'other'",
        "actor_id = 9",
        "at = at - interval '1 day'",
        "recorded_at = recorded_at + interval '1 microsecond'",
    ],
)
def test_a_column_that_differs_from_the_text_is_found(tamper, verify, column):
    tamper(f"UPDATE audit_entry SET {column} WHERE subject_id = 3 AND n = 2")
    assert found(verify()) == {("column", 3, 2)}


def test_a_change_with_all_later_hashes_recomputed_is_found_by_the_global_chain(tamper, verify):
    tamper(
        REHASH,
        "UPDATE audit_entry SET payload = replace(payload, '\"move\"', '\"mope\"'), verb = 'mope' WHERE subject_id = 3 AND n = 2",
        "SELECT pg_temp.rehash(3, 2)",
    )
    report = verify()
    assert found(report) == set()
    assert ("sealed", link_ids()[-1]) in links(report)
    assert "town.thing 3 #1" in " ".join(f.detail for f in report.findings)


def test_a_removed_entry_is_found(tamper, verify):
    tamper("DELETE FROM audit_entry WHERE subject_id = 1 AND n = 2")
    report = verify()
    assert ("missing", 1, 3) in found(report)
    assert "#2 was removed" in report.findings[0].detail
    assert ("sealed", link_ids()[0]) in links(report)


def test_a_removed_entry_with_the_gap_closed_is_found(tamper, verify):
    tamper(
        REHASH,
        "DELETE FROM audit_entry WHERE subject_id = 3 AND n = 2",
        MOVE_UP.format(by=1001),
        "SELECT pg_temp.rehash(3, 2)",
    )
    report = verify()
    assert found(report) == set()
    assert any(kind == "sealed" for kind, _link in links(report))


def test_a_chain_cut_at_its_end_is_found_by_the_global_chain(tamper, verify):
    tamper("DELETE FROM audit_entry WHERE subject_id = 2 AND n = 2")
    report = verify()
    assert ("sealed", link_ids()[0]) in links(report)
    assert "4 are there now" in report.findings[0].detail


def test_a_subject_removed_whole_is_found(tamper, verify):
    tamper("DELETE FROM audit_entry WHERE subject_id = 3")
    assert any(kind == "sealed" for kind, _link in links(verify()))


def test_an_entry_appended_to_sealed_transactions_is_found_and_named(tamper, verify):
    tell(2, "forged")
    tamper("UPDATE audit_entry SET xid = (SELECT min(xid) FROM audit_entry) WHERE verb = 'forged'")
    report = verify()
    assert ("inserted", 2, 3) in found(report)


def test_an_entry_inserted_in_the_middle_is_found(tamper, verify):
    tamper(
        MOVE_UP.format(by=999),
        """INSERT INTO audit_entry (subject, subject_id, n, at, recorded_at, actor_id, verb, payload, hash, xid)
           SELECT subject, subject_id, 2, at, recorded_at, actor_id, 'slipped in', payload, hash, xid
             FROM audit_entry WHERE subject_id = 3 AND n = 1""",
    )
    report = verify()
    assert {("changed", 3, 2), ("column", 3, 2), ("changed", 3, 3)} <= found(report)


def test_entries_of_a_transaction_that_has_not_been_are_found(tamper, verify):
    tell(2, "forged")
    tamper("UPDATE audit_entry SET xid = 4000000000000 WHERE verb = 'forged'")
    assert ("inserted", 2, 3) in found(verify())


def test_entries_that_change_places_are_found(tamper, verify):
    tamper(
        "UPDATE audit_entry SET n = 99 WHERE subject_id = 1 AND n = 2",
        "UPDATE audit_entry SET n = 2 WHERE subject_id = 1 AND n = 3",
        "UPDATE audit_entry SET n = 3 WHERE subject_id = 1 AND n = 99",
    )
    assert {("changed", 1, 2), ("column", 1, 2), ("changed", 1, 3), ("column", 1, 3)} <= found(verify())


def test_entries_that_change_places_in_the_global_chain_are_found(tamper, verify):
    tamper(
        "UPDATE audit_entry SET xid = xid + 1000000 WHERE subject_id = 1 AND n = 1",
        "UPDATE audit_entry SET xid = (SELECT xid FROM audit_entry WHERE subject_id = 1 AND n = 1) - 1000000 WHERE subject_id = 1 AND n = 2",
    )
    assert any(kind == "sealed" for kind, _link in links(verify()))


def _exchange_ids(tamper, one, other):
    a, b = (
        sql.value("SELECT id FROM audit_entry WHERE (subject_id, n) = (%s, %s)", pair)
        for pair in (one, other)
    )
    tamper(
        f"UPDATE audit_entry SET id = -1 WHERE id = {a}",
        f"UPDATE audit_entry SET id = {a} WHERE id = {b}",
        f"UPDATE audit_entry SET id = {b} WHERE id = -1",
    )


def test_ids_that_do_not_grow_along_a_chain_are_found(tamper, verify):
    """Each entry has its own transaction here, so that the fold's order stays and no link can see it."""
    _exchange_ids(tamper, (1, 1), (2, 2))
    report = verify()
    assert {kind for kind, _subject, _n in found(report)} == {"column"} and not links(report)


def test_a_removed_link_is_found(tamper, verify):
    first, second = link_ids()[:2]
    tamper(f"DELETE FROM audit_seal WHERE id = {first}")
    assert {("link", second), ("sealed", second)} <= links(verify())


@pytest.mark.parametrize(
    "column",
    [
        "sealed_at = sealed_at + interval '1 second'",
        "hash = sha256('x')",
        "last_id = last_id + 1",
        "xid_to = xid_to + 1",
        "entries = entries + 1",
        "floor_id = 3",
    ],
)
def test_a_changed_link_is_found(tamper, verify, column):
    last = link_ids()[-1]
    tamper(f"UPDATE audit_seal SET {column} WHERE id = {last}")
    assert last in {link for _kind, link in links(verify())}


def test_links_cut_off_with_their_entries_are_found_by_the_copied_heads(tamper, verify, own_folder):
    actions._heads.copy(NOW + timedelta(minutes=1))
    last = link_ids()[-1]
    tamper(f"DELETE FROM audit_seal WHERE id = {last}", "DELETE FROM audit_entry WHERE subject_id = 3")
    report = verify()
    assert ("head", last) in links(report)
    (own_folder / "journal" / "heads.log").unlink()
    without = verify()
    assert ("head", last) not in links(without)
    assert any("No heads were copied" in text for text in without.unknown)


def test_a_chain_made_anew_from_its_beginning_is_found_by_the_copied_heads(tamper, verify):
    actions._heads.copy(NOW + timedelta(minutes=1))
    tamper(
        REHASH,
        "UPDATE audit_entry SET payload = replace(payload, '井盖', '路灯')",
        *(f"SELECT pg_temp.rehash({s}, 1)" for s in (1, 2, 3)),
    )
    tamper("TRUNCATE audit_seal")
    link_all(NOW + timedelta(minutes=2))
    report = verify()
    assert found(report) == set()
    assert {kind for kind, _link in links(report)} == {"head"}


def test_entries_not_sealed_yet_are_counted_and_no_fault(journal, verify):
    tell(7, "open")
    report = verify()
    assert report.is_clean
    assert report.counts["unsealed"] == 1
    assert report.oldest_unsealed


def test_since_looks_at_later_links_and_their_subjects_only(tamper, verify):
    first, last = link_ids()[0], link_ids()[-1]
    assert verify(since=first).is_clean
    tamper("UPDATE audit_entry SET hash = sha256('x') WHERE subject_id = 2 AND n = 1")
    assert verify(since=last).is_clean
    assert not verify().is_clean
    tamper("UPDATE audit_entry SET hash = sha256('x') WHERE subject_id = 3 AND n = 4")
    assert ("changed", 3, 4) in found(verify(since=first))
    assert not verify(since=99_999).is_clean


def test_many_findings_are_counted_but_not_all_kept(tamper, verify, monkeypatch):
    monkeypatch.setattr("baoji.kernel.audit.verification.report.MOST_KEPT", 3)
    tamper("UPDATE audit_entry SET hash = sha256('x')")
    report = verify()
    assert (len(report.findings), report.found > 3) == (3, True)


def test_the_head_can_be_asked_for(journal, outside):
    number, hash_, _entries, _at = queries.head(outside)
    assert number == link_ids()[-1]
    assert len(hash_) == 64
