"""A part of the journal checks by itself: over several links, up to a head that was copied."""

from datetime import timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from baoji.kernel.audit.extract import MOST_BRIDGE, _next_head, extract
from baoji.kernel.audit.tests.conftest import NOW, tell
from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.base import sql


def follows(part) -> list[str]:
    """What does not follow from what stands before it; and which entries no link names."""
    wrong, last = [], {}
    for entry in part.entries:
        key = entry["subject"], entry["id"]
        made = sha256(bytes.fromhex(last.get(key, "")) + entry["payload"].encode()).hexdigest()
        wrong += [entry["n"]] if made != entry["hash"] else []
        last[key] = entry["hash"]
    sealed = {hash_ for link in part.links for hash_ in link["hashes"]}
    for link in part.links:
        fold = bytes.fromhex(link["before"])
        for hash_ in link["hashes"]:
            fold = sha256(fold + bytes.fromhex(hash_)).digest()
        wrong += [link["n"]] if sha256(fold + link["summary"].encode()).hexdigest() != link["hash"] else []
    return wrong + [entry["hash"] for entry in part.entries if entry["hash"] not in sealed]


def test_the_chains_of_some_subjects_with_the_links_that_seal_them(journal):
    part = extract([("town.thing", 1)])
    assert [entry["n"] for entry in part.entries] == [1, 2, 3, 4] and part.unsealed == 0
    assert len(part.links) == 2 and not follows(part)
    assert sum(len(link["hashes"]) for link in part.links) == 10, "all that these links took, not ours alone"


def test_what_no_link_took_yet_is_counted(journal):
    tell(1, "again")
    part = extract([("town.thing", 1), ("town.thing", 9)])
    assert part.unsealed == 1 and len(part.entries) == 5


def test_each_run_goes_on_to_the_next_copied_head(journal, own_folder):
    """Heads are copied every ten seconds; the links between are there too."""
    log = own_folder / "journal" / "heads.log"
    first = log.read_text().splitlines()[0]
    assert extract([("town.thing", 2)]).heads == [first]
    log.write_text("")
    assert extract([("town.thing", 2)]).heads == [] and len(extract([("town.thing", 2)]).links) == 1
    for n in range(4):
        tell(50 + n, "open")
        link_all(NOW + timedelta(seconds=n))
    number, hash_ = sql.tuples("SELECT id, encode(hash, 'hex') FROM audit_seal ORDER BY id DESC LIMIT 1")[0]
    log.write_text(f"2026-03-02T10:00:00+00:00 {number} {hash_} 1\n")
    part = extract([("town.thing", 2)])
    assert part.heads == [log.read_text().strip()] and len(part.links) == 6 and not follows(part)
    assert [link["before"] for link in part.links[1:]] == [link["hash"] for link in part.links[:-1]]


def test_after_a_restore_the_same_transactions_are_not_mistaken(journal):
    sql.value("SELECT audit_seal_restored()")
    tell(1, "again")
    sql.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
    sql.execute(
        "UPDATE audit_entry SET xid = 5 WHERE n = 5 AND subject_id = 1"
    )  # counted anew from the beginning
    sql.value("SELECT audit_link((SELECT last_id FROM audit_seal ORDER BY id DESC LIMIT 1), 0, 6, false)")
    part = extract([("town.thing", 1)])
    assert part.unsealed == 0 and not follows(part)
    assert len(part.links[-1]["hashes"]) == 1


@pytest.mark.parametrize("lines", [0, 1, 2, 3, 50, 997])
def test_a_head_is_found_by_bisection(tmp_path: Path, lines: int) -> None:
    path = tmp_path / "heads.log"
    text = [f"2026-03-02T10:00:00+00:00 {3 * n} {'ab' * 32} {n}" for n in range(1, lines + 1)]
    path.write_text("".join(f"{line}\n" for line in text) + "torn 12")
    for link in [1, 2, 3, 4, 5, 6, 7, 3 * lines - 1, 3 * lines, 3 * lines + 1]:
        wanted = next((line for line in text if int(line.split()[1]) >= link), "")
        assert _next_head(path, link) == wanted


def test_a_head_far_away_is_not_bridged(journal, own_folder):
    log = own_folder / "journal" / "heads.log"
    log.write_text(f"2026-03-02T10:00:00+00:00 {MOST_BRIDGE + 1000} {'0' * 64} 1\n")
    part = extract([("town.thing", 2)])
    assert len(part.links) == 1 and part.heads == []
