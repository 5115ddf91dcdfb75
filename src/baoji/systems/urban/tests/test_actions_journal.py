"""Each act writes one flow record and one line of the journal; neither can be changed; personal words stay out."""

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from tests.town import NOW, WORDS, case, do, new, refusal, report, walk

from baoji.kernel.audit.queries import verify
from baoji.kernel.base import sql
from baoji.kernel.flow.models import Record
from baoji.systems.urban.rules.table import FLOW

pytestmark = pytest.mark.django_db
LINES = "SELECT n, verb, actor_id, payload FROM audit_entry WHERE subject = 'flow.case' AND subject_id = %s ORDER BY n"


@pytest.mark.parametrize("step", [step.key for step in FLOW.steps])
def test_every_act_has_one_record_and_one_line(step: str) -> None:
    number = new(step)
    lines = sql.tuples(LINES, [case(number).pk])
    records = list(Record.objects.filter(case__number=number).order_by("n").values_list("n", "act", "by_id"))
    assert [line[:3] for line in lines] == records
    assert [n for n, _act, _by in records] == list(range(1, len(records) + 1))
    assert case(number).records == len(records)


def test_the_chain_verifies() -> None:
    new("evaluate/closed")
    new("dispatch/arbitrating")
    assert connection.connection is not None
    assert verify(connection.connection).findings == []


def test_a_refused_act_leaves_nothing() -> None:
    number = new("check/to_check")
    before = (case(number).version, Record.objects.filter(case__number=number).count())
    for person, act in (("handler.D29", "close"), ("chief.1", "close"), ("acceptor.1", "dispatch")):
        assert refusal(number, person, act, **({"kind": "normal"} if person == "chief.1" else {})) is not None
    assert (case(number).version, Record.objects.filter(case__number=number).count()) == before


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE flow_record SET opinion = 'x'",
        "DELETE FROM flow_record",
        "UPDATE audit_entry SET verb = 'x'",
        "DELETE FROM audit_entry",
    ],
)
def test_what_is_written_stays(statement: str) -> None:
    report()
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        sql.execute(statement)


@pytest.mark.parametrize("table", ["flow_record", "audit_entry"])
def test_the_application_may_add_to_the_journal_only(table: str) -> None:
    """The rights the program's own role is given, tried as that role."""
    if not sql.value("SELECT 1 FROM pg_roles WHERE rolname = 'baoji_app'"):
        sql.execute("CREATE ROLE baoji_app")
    from baoji.kernel.audit.grants import grant

    assert connection.connection is not None
    grant(connection.connection)
    for act in ("UPDATE", "DELETE", "TRUNCATE"):
        assert not sql.value(f"SELECT has_table_privilege('baoji_app', '{table}', '{act}')")
    assert sql.value(f"SELECT has_table_privilege('baoji_app', '{table}', 'INSERT')")


def test_personal_words_enter_the_journal_as_hashes() -> None:
    number = report(
        "hotline.1",
        caller_name="雷秀兰",
        caller_phone="13909170000",
        description="井盖坏了请来看看",
        pictures=0,
    )
    walk(number, "file/declined")
    told = "".join(line[3] for line in sql.tuples(LINES, [case(number).pk]))
    assert [word for word in ("雷秀兰", "13909170000", "井盖坏了", WORDS["reason"]) if word in told] == []


def test_a_record_tells_the_whole_act() -> None:
    number = new("handle/to_sign")
    record = Record.objects.get(case__number=number, act="dispatch")
    assert (
        record.from_step,
        record.to_step,
        record.side,
        record.receiver_org.code if record.receiver_org else "",
    ) == ("dispatch/filed", "handle/to_sign", "command", "D29")
    do(number, "@body", "return", reason="不属本单位养护", now=NOW)
    assert Record.objects.get(case__number=number, act="return").opinion == "不属本单位养护"


@pytest.mark.parametrize("table", ["flow_case", "identity_person", "organisations_organisation"])
def test_what_rows_name_without_a_foreign_key_is_never_deleted(table: str) -> None:
    new("handle/handling")
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT id FROM {table} ORDER BY id DESC LIMIT 1")
        last = cursor.fetchone()
        assert last is not None
        with pytest.raises(DatabaseError, match="retired, never deleted"), transaction.atomic():
            cursor.execute(f"DELETE FROM {table} WHERE id = %s", last)
