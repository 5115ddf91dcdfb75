"""What the database's owner changes beside the acts, so that a figure or a case reads otherwise, is found in the journal."""

import pytest
from django.db import connection
from tests.town import at, case, do, event, new, report, walk

from baoji.kernel.audit import queries as audit
from baoji.kernel.base import sql
from baoji.kernel.flow.witness import FlowWitness
from baoji.systems.urban.queries.score_check import differences
from baoji.systems.urban.queries.witnessed import WORDS

pytestmark = pytest.mark.django_db


def findings() -> set[tuple[str, str]]:
    """(kind, sentence) of what is wrong with flow cases; entries of this open transaction are not sealed yet."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_current_xact_id()")
    other.close()
    assert connection.connection is not None
    return {
        (one.kind, one.detail)
        for one in audit.verify(connection.connection, witnesses=[FlowWitness(WORDS)]).findings
    }


def a_life() -> str:
    """A case with most acts behind it: corrected, extended, suspended, sent back, closed, appealed, reopened."""
    number = walk(
        report("hotline.1", pictures=0, caller_name="王芳", caller_phone="13900000000"), "handle/handling"
    )
    do(number, "@body", "extend_request", now=at("03-17 11:00"))
    do(number, "dispatcher.1", "extend_decide", now=at("03-17 11:10"))
    do(number, "@body", "suspend_request", kind="defer", now=at("03-17 11:20"))
    do(number, "commander.1", "suspend_decide", now=at("03-17 11:30"))
    do(number, "@body", "resume", now=at("03-17 11:40"))
    walk(number, "check/checking", now=at("03-17 12:00"))
    do(number, "@asked", "check_answer", fixed=False, now=at("03-17 12:10"))
    walk(number, "evaluate/closed", now=at("03-17 15:00"))
    return number


def test_untouched_lives_are_clean() -> None:
    a_life()
    kept, merged = new("file/accepted"), report("collector.02")
    do(merged, "acceptor.1", "merge", into=kept)
    do(merged, "chief.1", "unmerge")
    rubbish = walk(event(), "handle/handling")
    do(rubbish, "chief.1", "correct", **{"class": "0105"}, now=at("03-17 11:00"))
    new("file/verified")
    assert findings() == set()


@pytest.mark.parametrize(
    "change",
    [
        "clock_due_at = clock_due_at + interval '30 days'",
        "exempt = true",
        "deferred = false",
        "scored = false",
        "closed_at = closed_at - interval '2 days'",
        "answered_at = answered_at - interval '2 days'",
        "created_at = created_at - interval '2 days'",
        "body_id = (SELECT max(id) FROM organisations_organisation)",
        "returns = 3",
        "rework = 0",
        "limit_value = limit_value + 1",
        "severity = 'critical'",
        "area = '610303'",
    ],
)
def test_a_change_of_what_figures_are_made_of_is_found(change: str) -> None:
    number, other = a_life(), report()
    sql.execute(f"UPDATE flow_case SET {change} WHERE number = %s", [number])
    found = findings()
    assert len(found) == 1
    ((kind, detail),) = found
    assert kind == "case" and change.split()[0] in detail
    assert other


def test_another_reporter_is_found() -> None:
    number = report()
    sql.execute("UPDATE flow_case SET reporter_id = NULL WHERE number = %s", [number])
    assert findings() == {("case", "the case names another reporter than its first entry")}


@pytest.mark.parametrize("acts", [False, True])
@pytest.mark.parametrize(
    "change",
    [
        "description = '一切正常'",
        "class_code = '0105'",
        "component = '6103022013010199'",
        "off_grid = NOT off_grid",
    ],
)
def test_other_words_of_a_report_are_found(change: str, acts: bool) -> None:
    number = event()
    if acts:
        walk(number, "handle/handling")
    sql.execute(f"UPDATE urban_report SET {change} WHERE case_id = %s", [case(number).pk])
    assert findings() == {("case", "what its system keeps of the case is not as this entry left it")}


def test_returns_that_begin_anew_are_no_difference_and_others_are() -> None:
    reopened, plain = new("dispatch/arbitrating"), new("dispatch/arbitrating")
    for number in (reopened, plain):
        do(number, "commander.1", "arbitrate")
    do(reopened, "chief.1", "void")
    do(reopened, "chief.1", "reopen")
    walk(reopened, "handle/handling")
    walk(plain, "handle/handling")
    span = (at("03-01 00:00"), at("04-01 00:00"))
    assert (case(reopened).returns, case(plain).returns) == (0, 3)
    assert (list(differences(*span)), findings()) == ([], set())
    sql.execute("UPDATE flow_case SET returns = 2 WHERE number = %s", [plain])
    assert [one.number for one in differences(*span)] == [plain]


def test_each_entry_of_an_act_carries_both_digests() -> None:
    told = [
        facts
        for (facts,) in sql.tuples(
            "SELECT payload::json->>'facts' FROM audit_entry WHERE subject = 'flow.case' AND subject_id = %s ORDER BY n",
            [case(a_life()).pk],
        )
    ]
    assert all('"words": ' in facts for facts in told) and all('"state": ' in facts for facts in told[1:])
