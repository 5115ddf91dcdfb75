"""Receipts and envelopes against the journal, through the operator's command."""

from collections.abc import Callable

import pytest
from django.db import connection
from django.db.utils import ProgrammingError

from baoji.kernel.audit.tests.scratch import link_all
from baoji.kernel.evidence import actions as evidence
from baoji.kernel.evidence.models import Envelope, Receipt
from baoji.kernel.evidence.tests.phone import Phone
from baoji.kernel.identity.callers import Caller
from baoji.kernel.identity.models import Person
from baoji.operate.commands.tests.conftest import NOW


@pytest.fixture
def receipts(own_db: str) -> list[Receipt]:
    person = Person.objects.create(code="walker.1", name="王伟")
    phone = Phone(Caller(person.pk, person.code, person.name, ())).enrol(NOW)
    phone.contact(NOW)
    for number in ("T1", "T2"):
        taken = [phone.send(phone.shoot(NOW, number.encode() + b"%d" % n), NOW).id for n in range(2)]
        evidence.receipt(taken, number=number, report=number, now=NOW)
    link_all(NOW)
    return list(Receipt.objects.order_by("id"))


@pytest.fixture
def tamper(receipts: list[Receipt]) -> Callable[..., None]:
    """Runs statements with the triggers off, as only the owner can."""

    def run(*statements: str) -> None:
        tables = ("evidence_envelope", "evidence_receipt")
        with connection.cursor() as cursor:
            for one in (
                *(f"ALTER TABLE {table} DISABLE TRIGGER USER" for table in tables),
                *statements,
                *(f"ALTER TABLE {table} ENABLE TRIGGER USER" for table in tables),
            ):
                cursor.execute(one)

    return run


def test_untouched_receipts_are_clean(receipts, verify):
    report = verify()
    assert report.findings == [] and report.counts["receipts"] == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            "UPDATE evidence_receipt SET body = body || '\\x20'::bytea WHERE id = {first}",
            "the receipt was changed",
        ),
        ("UPDATE evidence_receipt SET hash = repeat('0', 64) WHERE id = {first}", "the receipt was changed"),
        ("DELETE FROM evidence_receipt WHERE id = {first}", "the receipt is gone"),
        (
            "UPDATE evidence_receipt SET envelopes = envelopes[1:1] WHERE id = {first}",
            "an envelope that it names is gone or was changed",
        ),
        (
            "UPDATE evidence_envelope SET bytes = bytes || '\\x20'::bytea WHERE id = (SELECT envelopes[1] FROM evidence_receipt WHERE id = {first})",
            "an envelope that it names is gone or was changed",
        ),
        (
            "DELETE FROM evidence_envelope WHERE id = (SELECT envelopes[2] FROM evidence_receipt WHERE id = {first})",
            "an envelope that it names is gone or was changed",
        ),
    ],
)
def test_what_was_changed_is_found(receipts, tamper, verify, change, said):
    tamper(change.format(first=receipts[0].pk))
    (finding,) = verify().findings
    assert (finding.subject, finding.subject_id, finding.detail) == ("evidence.receipt", receipts[0].pk, said)


def test_a_receipt_that_the_journal_does_not_know_is_found(receipts, tamper, verify):
    tamper(
        "INSERT INTO evidence_receipt (hash, body, sig, kid, number, report, received_at, envelopes)"
        " SELECT repeat('1', 64), body, sig, kid, number, report, received_at, envelopes FROM evidence_receipt LIMIT 1"
    )
    (finding,) = verify().findings
    assert finding.detail == "the receipt has no entry in the journal"


def test_even_the_owner_has_to_take_the_guard_away_first(receipts):
    with pytest.raises(ProgrammingError, match="append-only"):
        Envelope.objects.update(person_id=1)
