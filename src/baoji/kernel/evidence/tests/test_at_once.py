"""Several web processes take in one phone's envelopes at the same time: each once, the end the same."""

import random
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection, transaction
from tests.town import NOW, who

from baoji.kernel.evidence import actions, chain
from baoji.kernel.evidence.models import Device, Envelope, Receipt
from baoji.kernel.evidence.tests.phone import Phone, Sealed


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
