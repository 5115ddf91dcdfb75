"""Several web processes take in one phone's envelopes at the same time: each once, the end the same."""

import json
import random
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, transaction
from tests.town import NOW, who

from baoji.kernel.audit.models import Entry
from baoji.kernel.evidence import actions, chain
from baoji.kernel.evidence.models import Device, Envelope, Receipt
from baoji.kernel.evidence.tests.phone import Phone, Sealed
from baoji.kernel.evidence.tickets import milliseconds


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_everything_sent_twice_by_four_at_once() -> None:
    phone = Phone(who("collector.01")).enrol(NOW, by=who("chief.1"))
    phone.contact(NOW)
    sealed = [phone.shoot(NOW, b"%d" % n) for n in range(40)]
    copy = phone.clone()
    sealed += [phone.shoot(NOW, b"last"), copy.shoot(NOW, b"copied")]
    owner, chance = phone.owner.id or 0, random.Random(7)

    def send(shuffled: list[Sealed]) -> None:
        try:
            for one in shuffled:
                with transaction.atomic():
                    taken = actions.take(*one, person_id=owner, now=NOW)
                    actions.receipt([taken.id], number="", report="", now=NOW)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(send, [chance.sample(sealed, len(sealed)) for _n in range(4)]))
    device = Device.objects.get(kid=phone.kid)
    assert Envelope.objects.count() == len(sealed) and chain.gaps(device) == []
    assert (device.head_seq, device.complete_seq, device.status) == (41, 41, "frozen")
    assert [seq for seq, _hashes in chain.twins(device.pk)] == [41]
    assert device.events.filter(verb="freeze").count() == 1
    assert {tuple(row) for row in Receipt.objects.values_list("envelopes", flat=True)} == {
        (row,) for row in Envelope.objects.values_list("pk", flat=True)
    }


@pytest.mark.slow
@pytest.mark.django_db(transaction=True)
def test_the_same_bytes_well_and_badly_signed_in_one_millisecond() -> None:
    """Each variant gets a receipt of its own, which names a time of its own; the same variant twice at once gets the same."""
    phone = Phone(who("collector.01")).enrol(NOW, by=who("chief.1"))
    phone.contact(NOW)
    data, sig = phone.shoot(NOW)
    owner, waits = phone.owner.id or 0, Barrier(6)

    def send(variant: bytes) -> tuple[int, int]:
        try:
            waits.wait()
            with transaction.atomic():
                taken = actions.take(data, variant, person_id=owner, now=NOW)
                given = actions.receipt([taken.id], number="", report="", now=NOW)
            return taken.id, given["body"]["received"]
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        came = list(pool.map(send, [sig, b"\1" * 64, b"\2" * 64] * 2))
    assert came[:3] == came[3:] and len(set(came)) == 3
    at = milliseconds(NOW)
    assert {received for _id, received in came} == {at, at + 1, at + 2}
    assert Receipt.objects.count() == Envelope.objects.count() == 3
    line = {
        entry.at: json.loads(entry.payload)["facts"]["failed"]
        for entry in Entry.objects.filter(subject="evidence.receipt")
    }
    assert len(line) == 3 and sorted(map(len, line.values())) == [0, 1, 1]
