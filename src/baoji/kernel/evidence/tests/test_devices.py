"""Enrolment and who may decide about a phone: for each right one who has it and one who is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from tests.town import NOW, who

from baoji.kernel.audit.models import Entry
from baoji.kernel.base.errors import Refused
from baoji.kernel.evidence import actions, queries
from baoji.kernel.evidence.models import Device, Event
from baoji.kernel.evidence.tests.phone import Phone
from baoji.kernel.notices.models import Notice

pytestmark = pytest.mark.django_db


def code(act: Callable[[], Any]) -> str | None:
    try:
        act()
    except Refused as refused:
        return refused.code
    return None


def status(phone: Phone) -> str:
    return Device.objects.get(kid=phone.kid).status


def test_enrolling_again_is_the_same_device() -> None:
    phone = Phone(who("collector.01"))
    first, is_new = actions.enrol_device(by=phone.owner, spki=phone.spki, label="我的手机", now=NOW)
    again, is_still_new = actions.enrol_device(by=phone.owner, spki=phone.spki, label="x", now=NOW)
    assert (first.pk, is_new, is_still_new, again.label) == (again.pk, True, False, "我的手机")
    assert Notice.objects.filter(once=f"device-{first.pk}", post="chief").count() == 1
    line = Entry.objects.get(subject="evidence.device", subject_id=first.pk)
    assert line.verb == "enrol" and line.actor_id == phone.owner.id and phone.kid in line.payload


def test_a_key_belongs_to_one_person() -> None:
    phone = Phone(who("collector.01")).enrol(NOW)
    other = Phone(who("collector.02"), key=phone.key)
    assert code(lambda: other.enrol(NOW)) == "device-taken"


# The algorithm 1.2.3.4.5, which nobody knows.
STRANGE = bytes.fromhex("300d300606042a0304050303000401")


@pytest.mark.parametrize(
    "spki",
    [b"", b"rubbish", b"\x30" * 91, STRANGE],
    ids=["nothing", "rubbish", "DER of nothing", "of no known kind"],
)
def test_only_p256_keys_are_enrolled(spki: bytes) -> None:
    assert (
        code(lambda: actions.enrol_device(by=who("collector.01"), spki=spki, label="", now=NOW))
        == "validation"
    )


def test_nobody_lets_a_crowd_of_phones_wait() -> None:
    owner = who("collector.01")
    for _n in range(5):
        Phone(owner).enrol(NOW)
    assert code(lambda: Phone(owner).enrol(NOW)) == "too-many-devices"
    Phone(who("collector.02")).enrol(NOW)


@pytest.mark.parametrize("person", ["chief.1", "head.1", "operator.1"])
def test_a_second_person_approves(person: str) -> None:
    phone = Phone(who("collector.01")).enrol(NOW, by=who(person))
    assert status(phone) == "active"
    assert Event.objects.get(verb="approve").by_id == who(person).id


@pytest.mark.parametrize("person", ["collector.02", "acceptor.1", "dispatcher.1", "handler.D38", "nobody.1"])
def test_others_do_not(person: str) -> None:
    phone = Phone(who("collector.01")).enrol(NOW)
    assert code(lambda: actions.approve_device(by=who(person), kid=phone.kid, now=NOW)) == "not-allowed"
    assert status(phone) == "waiting"


def test_nobody_approves_their_own() -> None:
    phone = Phone(who("chief.1")).enrol(NOW)
    assert code(lambda: actions.approve_device(by=who("chief.1"), kid=phone.kid, now=NOW)) == "second-person"
    actions.approve_device(by=who("chief.2"), kid=phone.kid, now=NOW)
    assert status(phone) == "active"


def test_approving_twice_or_an_unknown_one_is_refused() -> None:
    phone = Phone(who("collector.01")).enrol(NOW, by=who("chief.1"))
    assert code(lambda: actions.approve_device(by=who("chief.1"), kid=phone.kid, now=NOW)) == "wrong-stage"
    assert code(lambda: actions.approve_device(by=who("chief.1"), kid="0" * 64, now=NOW)) == "not-there"


def test_the_owner_ends_a_lost_phone_and_others_of_the_street_do_not() -> None:
    phone = Phone(who("collector.01")).enrol(NOW, by=who("chief.1"))
    end = actions.end_device
    lost = "手机丢了，找不到"
    assert code(lambda: end(by=who("collector.02"), kid=phone.kid, reason=lost, now=NOW)) == "not-allowed"
    assert code(lambda: end(by=phone.owner, kid=phone.kid, reason="丢", now=NOW)) == "validation"
    end(by=phone.owner, kid=phone.kid, reason=lost, now=NOW)
    assert status(phone) == "ended"
    assert code(lambda: end(by=phone.owner, kid=phone.kid, reason=lost, now=NOW)) == "wrong-stage"
    line = Entry.objects.filter(subject="evidence.device", verb="end").get()
    assert lost not in line.payload and Event.objects.get(verb="end").reason == lost


def test_a_frozen_phone_is_thawed_by_a_second_person_who_says_why() -> None:
    owner = who("chief.1")
    phone = Phone(owner).enrol(NOW, by=who("chief.2"))
    phone.contact(NOW)
    copy = phone.clone()
    phone.send(phone.shoot(NOW, b"1"), NOW)
    copy.send(copy.shoot(NOW, b"2"), NOW)
    assert status(phone) == "frozen"
    thaw, why = actions.thaw_device, "换屏时店里恢复过备份，已当面核对"
    assert code(lambda: thaw(by=owner, kid=phone.kid, reason=why, now=NOW)) == "second-person"
    assert code(lambda: thaw(by=who("head.1"), kid=phone.kid, reason="", now=NOW)) == "validation"
    thaw(by=who("head.1"), kid=phone.kid, reason=why, now=NOW)
    assert status(phone) == "active"
    assert code(lambda: thaw(by=who("head.1"), kid=phone.kid, reason=why, now=NOW)) == "wrong-stage"
    assert [event.verb for event in Event.objects.order_by("id")] == ["enrol", "approve", "freeze", "thaw"]
    assert Notice.objects.filter(kind="device", link="/devices/?status=frozen").count() == 1


def test_a_phone_frozen_before_its_approval_waits_again() -> None:
    phone = Phone(who("collector.01")).enrol(NOW)
    phone.contact(NOW)
    copy = phone.clone()
    phone.send(phone.shoot(NOW, b"1"), NOW)
    copy.send(copy.shoot(NOW, b"2"), NOW)
    actions.thaw_device(by=who("chief.1"), kid=phone.kid, reason="测试时用了两台", now=NOW)
    assert status(phone) == "waiting"


def test_lists_are_paged_and_found_by_person() -> None:
    phones = [Phone(who(f"collector.0{n}")).enrol(NOW) for n in range(1, 5)]
    first, following = queries.devices("waiting", limit=3)
    rest, end = queries.devices("waiting", before=following, limit=3)
    assert [row.kid for row in first + rest] == [phone.kid for phone in reversed(phones)] and end is None
    assert [row.kid for row in queries.devices("", person="collector.02")[0]] == [phones[1].kid]
    assert queries.counts() == {"waiting": 4} and queries.waiting_count() == 4
