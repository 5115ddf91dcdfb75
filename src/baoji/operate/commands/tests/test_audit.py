"""The flow records and the cases against the journal, through the operator's command."""

import json
from zoneinfo import ZoneInfo

import pytest
from click.testing import CliRunner

from baoji.kernel.audit.digest import row_digest
from baoji.operate.commands import audit
from baoji.operate.commands.tests.conftest import NOW


def found(report):
    return {(f.kind, f.subject_id, f.n) for f in report.findings}


def run(*words):
    return CliRunner().invoke(audit.command, words)


def test_an_untouched_town_is_clean(sealed_town, verify):
    report = verify()
    assert report.findings == []
    assert (report.counts["records"], report.counts["cases"]) == (15, 5)


@pytest.mark.parametrize(
    ("column", "said"),
    [
        ("act = 'reject'", "act"),
        ("opinion = '同意'", "opinion"),
        ("opinion = ''", "opinion"),
        ("by_id = NULL", "person"),
        ("at = at - interval '1 hour'", "time"),
        ("from_step = 'x/y'", "from"),
        ("to_step = 'x/y'", "to"),
    ],
)
def test_a_changed_flow_record_is_found(town, tamper, verify, column, said):
    case = town[2]
    tamper(f"UPDATE flow_record SET {column} WHERE case_id = {case.pk} AND n = 2")
    report = verify()
    assert found(report) == {("record", case.pk, 2)}
    assert report.findings[0].detail.endswith(f"says otherwise in: {said}")


@pytest.mark.parametrize("by", ["-interval '1 hour'", "interval '1 hour'"])
def test_another_time_of_writing_down_is_found(town, tamper, verify, by):
    case = town[2]
    tamper(f"UPDATE flow_record SET recorded_at = recorded_at + {by} WHERE case_id = {case.pk} AND n = 2")
    report = verify()
    assert found(report) == {("record", case.pk, 2)}
    assert "says it was written down at" in report.findings[0].detail


def test_a_removed_flow_record_is_found(town, tamper, verify):
    case = town[0]
    tamper(f"DELETE FROM flow_record WHERE case_id = {case.pk} AND n = 2")
    assert ("record", case.pk, 2) in found(verify())


def test_a_flow_record_that_the_journal_does_not_know_is_found(town, tamper, verify):
    case = town[4]
    tamper(
        "INSERT INTO flow_record (case_id, n, act, at, recorded_at, post, side, from_step, to_step, receiver_post, opinion, facts, used_s, overdue)"
        f" SELECT case_id, 9, act, at, recorded_at, post, side, from_step, to_step, '', opinion, facts, 0, false FROM flow_record WHERE case_id = {case.pk} AND n = 3"
    )
    report = verify()
    assert ("record", case.pk, None) in found(report)
    assert ("case", case.pk, 3) in found(report)


@pytest.mark.parametrize(
    "column", ["step = 'other'", "status = 'closed'", "version = version + 1", "records = 7"]
)
def test_a_case_that_is_not_where_its_last_entry_left_it_is_found(town, tamper, verify, column):
    case = town[1]
    tamper(f"UPDATE flow_case SET {column} WHERE id = {case.pk}")
    assert found(verify()) == {("case", case.pk, 3)}


@pytest.mark.parametrize(
    "change",
    [
        "DELETE FROM flow_attachment WHERE id = (SELECT min(id) FROM flow_attachment WHERE case_id = {case})",
        "UPDATE flow_attachment SET file_id = (SELECT max(id) FROM records_file) WHERE id = (SELECT min(id) FROM flow_attachment WHERE case_id = {case})",
    ],
)
def test_a_lost_or_exchanged_photo_is_found(town, tamper, verify, change):
    case = town[1]
    tamper(change.format(case=case.pk))
    assert found(verify()) == {("files", case.pk, 1)}


def test_a_photo_hung_on_another_act_is_found(town, tamper, verify):
    case = town[1]
    tamper(
        f"UPDATE flow_attachment SET record_id = (SELECT id FROM flow_record WHERE case_id = {case.pk} AND n = 2)"
        f" WHERE id = (SELECT min(id) FROM flow_attachment WHERE case_id = {case.pk})"
    )
    assert {("files", case.pk, 1), ("files", case.pk, 2)} == found(verify())


def test_a_case_removed_with_everything_is_found(town, tamper, verify):
    case = town[3]
    tamper(
        *(f"DELETE FROM {table} WHERE case_id = {case.pk}" for table in ("flow_attachment", "flow_record")),
        f"DELETE FROM flow_case WHERE id = {case.pk}",
    )
    assert ("case", case.pk, 1) in found(verify())


@pytest.mark.parametrize("which", [0, 2, 4])
def test_a_case_without_a_journal_is_found(town, tamper, verify, which):
    case = town[which]
    tamper(f"DELETE FROM audit_entry WHERE subject_id = {case.pk}")
    kinds = found(verify())
    assert ("journal", case.pk, None) in kinds
    assert ("record", case.pk, None) in kinds


@pytest.mark.parametrize(
    "column", ["overdue = true", "used_s = 61", "post = 'chief'", "facts = '{\"n\": 0}'"]
)
def test_a_digest_holds_the_columns_that_the_other_facts_do_not_tell_of(town, tamper, verify, column):
    case = town[0]
    tamper(f"UPDATE flow_record SET {column} WHERE case_id = {case.pk} AND n = 1")
    report = verify()
    assert found(report) == {("record", case.pk, 1)}
    assert report.findings[0].detail.endswith("says otherwise in: another column")


def test_a_digest_does_not_depend_on_the_zone_of_a_time_or_the_order_of_keys():
    there = NOW.astimezone(ZoneInfo("Asia/Shanghai"))
    assert row_digest("s", [NOW, {"a": 1, "b": 2}]) == row_digest("s", [there, {"b": 2, "a": 1}])
    assert row_digest("s", [1]) != row_digest("t", [1])


def test_since_leaves_out_what_was_sealed_before(sealed_town, tamper, verify):
    tamper(f"UPDATE flow_record SET opinion = 'x' WHERE case_id = {sealed_town[0].pk} AND n = 2")
    last = max(f.link or 0 for f in verify().findings) or int(verify().head.split()[0])
    assert verify(since=last).is_clean
    assert not verify().is_clean


def test_the_command_says_yes_with_exit_code_0(sealed_town, owner_url):
    result = run("verify")
    assert result.exit_code == 0
    assert "The journal is as it was written." in result.output
    assert "What this cannot know" in result.output


def test_the_command_says_no_with_exit_code_1_and_where(sealed_town, tamper, owner_url):
    case = sealed_town[2]
    tamper(f"UPDATE flow_record SET opinion = 'x' WHERE case_id = {case.pk} AND n = 2")
    assert f"flow.case {case.pk} #2" in run("verify").output
    result = run("verify", "--json")
    assert result.exit_code == 1
    answer = json.loads(result.output)
    assert (answer["clean"], answer["found"], answer["findings"][0]["n"]) == (False, 1, 2)


def test_the_head_is_one_line_to_write_down(sealed_town, owner_url):
    line = run("heads").output.splitlines()[0].split()
    assert (len(line), len(line[2])) == (4, 64)
