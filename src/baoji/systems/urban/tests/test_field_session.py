"""A phone stays signed in as long as it comes by now and then, and no longer than its key, its account and its password."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from tests.town import desk, program, sign_in, who

from baoji.kernel.base.snapshot import bump
from baoji.kernel.evidence import actions as evidence
from baoji.kernel.evidence.models import Device
from baoji.kernel.evidence.tests.phone import Phone
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.identity.actions import change_password
from baoji.kernel.identity.models import Delegation, Holding, Person
from baoji.kernel.wire import phones
from baoji.systems.urban.models import Policy

pytestmark = pytest.mark.django_db
DESK, TERM, MINUTE = timedelta(hours=12), timedelta(days=7), timedelta(minutes=1)
ONE = "collector.01"


def contact(client: Client, phone: Phone) -> Any:
    said = {"kid": phone.kid, "head_seq": 0, "head_hash": "0" * 64, "sent_at": milliseconds(timezone.now())}
    return client.post("/api/v1/field/ticket", said, content_type="application/json")


def comes_by(client: Client) -> int:
    return int(client.get("/api/v1/field/me").status_code)


def left(client: Client) -> timedelta:
    """How long the session still holds by what is kept of it."""
    ends: datetime = Session.objects.get(session_key=client.session.session_key).expire_date
    return ends - timezone.now()


def carried(code: str = ONE, *, approved: bool = True) -> tuple[Client, Phone]:
    """A phone that has signed in, had its key approved and has been in contact."""
    phone = Phone(who(code)).enrol(timezone.now(), by=who("chief.1") if approved else None)
    client = desk(code)
    assert contact(client, phone).status_code == 200
    assert comes_by(client) == 200
    return client, phone


def pass_by(client: Client, span: timedelta) -> None:
    """So much time has gone since the session was renewed."""
    session = client.session
    session[phones.RENEWED] -= span.total_seconds()
    session.set_expiry(TERM - span)
    session.save()


def lend(to: str, of: str) -> None:
    now = timezone.now()
    Delegation.objects.create(
        principal_id=who(of).id, deputy_id=who(to).id, starts_at=now - MINUTE, ends_at=now + DESK
    )
    bump("people")


def give(to: str, like: str) -> None:
    """The first post of `like`, as one's own."""
    post = Holding.objects.filter(person_id=who(like).id)[:1].get().post
    Holding.objects.create(person_id=who(to).id, post=post)
    bump("people")


def test_a_phone_that_comes_by_is_signed_in_for_days() -> None:
    client, _phone = carried()
    assert TERM - MINUTE < left(client) <= TERM
    pass_by(client, timedelta(days=6))
    answer = client.get("/api/v1/field/me")
    assert TERM - MINUTE < left(client) <= TERM
    assert int(answer.cookies["sessionid"]["max-age"]) > (TERM - MINUTE).total_seconds()


def test_it_is_renewed_once_an_hour_and_not_each_minute() -> None:
    client, _phone = carried()
    pass_by(client, 59 * MINUTE)
    answer = client.get("/api/v1/field/me")
    assert "sessionid" not in answer.cookies and left(client) < TERM - 58 * MINUTE


def test_the_term_is_the_citys() -> None:
    Policy.objects.update_or_create(name="field", defaults={"value": {"session_days": 2}})
    bump("policies")
    client, _phone = carried()
    assert timedelta(days=2) - MINUTE < left(client) <= timedelta(days=2)


@pytest.mark.parametrize("code", ["chief.1", "acceptor.1", "handler.D01"])
def test_a_desk_keeps_its_own_term_in_the_app_too(code: str) -> None:
    phone = Phone(who(code)).enrol(timezone.now(), by=who("head.1"))
    client = desk(code)
    assert contact(client, phone).status_code == 200
    assert comes_by(client) == 200 and left(client) <= DESK


def test_who_stands_in_at_a_desk_has_the_desks_term() -> None:
    lend(ONE, of="acceptor.1")
    client, _phone = carried()
    assert left(client) <= DESK


def test_who_comes_to_stand_in_at_a_desk_is_signed_out_at_the_next_contact() -> None:
    client, phone = carried()
    key = client.session.session_key
    lend(ONE, of="acceptor.1")
    assert comes_by(client) == 401
    assert client.get("/field/").status_code == 302
    assert not Session.objects.filter(session_key=key).exists()
    sign_in(client, ONE)
    assert contact(client, phone).status_code == 200
    assert comes_by(client) == 200 and left(client) <= DESK, "signed in anew there is the desks' term"


def test_who_gets_a_desks_post_is_signed_out_on_any_page() -> None:
    client, _phone = carried()
    give(ONE, "acceptor.1")
    assert client.get("/cases/").status_code == 302


def test_another_post_in_the_street_ends_nothing() -> None:
    client, _phone = carried()
    give(ONE, "officer.001")
    assert comes_by(client) == 200 and left(client) > DESK


def test_who_was_not_renewed_for_days_keeps_the_desks_term() -> None:
    """A key that waits makes nothing longer, so there is nothing to end."""
    client, _phone = carried(approved=False)
    give(ONE, "acceptor.1")
    assert comes_by(client) == 200 and left(client) <= DESK


def test_looking_at_the_posts_asks_the_database_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """The session, the person, their posts as kept, and the key of the phone: as before."""
    client, _phone = carried()
    with CaptureQueriesContext(connection) as with_posts:
        comes_by(client)
    monkeypatch.setattr(phones, "_has_other_post", lambda *_given: False)
    with CaptureQueriesContext(connection) as without:
        comes_by(client)
    assert len(with_posts) == len(without) > 0


def test_only_an_approved_key_makes_it_longer() -> None:
    client, _phone = carried(approved=False)
    assert left(client) <= DESK


def test_a_key_that_was_frozen_renews_nothing_any_more() -> None:
    client, phone = carried()
    pass_by(client, timedelta(days=6))
    Device.objects.filter(kid=phone.kid).update(status="frozen")
    assert comes_by(client) == 200 and left(client) <= timedelta(days=1)


def test_a_key_that_ended_ends_the_session() -> None:
    """Wherever it was ended: by its owner from another device, or at a desk."""
    client, phone = carried()
    body = {"reason": "手机丢在公交车上"}
    address = f"/api/v1/field/devices/{phone.kid}/end"
    assert program(ONE).post(address, body, content_type="application/json").status_code == 200
    assert comes_by(client) == 401
    assert client.get("/field/").status_code == 302
    assert contact(client, phone).status_code == 401
    sign_in(client, ONE)  # another phone, or the same one found again
    assert comes_by(client) == 200 and left(client) <= DESK


def test_who_ends_the_key_of_the_phone_in_the_hand_stays_signed_in_for_a_day() -> None:
    client, phone = carried()
    answer = client.post(
        f"/api/v1/field/devices/{phone.kid}/end",
        {"reason": "在手机上重新登记"},
        content_type="application/json",
    )
    assert answer.status_code == 200
    assert comes_by(client) == 200 and left(client) <= DESK


def test_another_key_of_the_same_person_ends_nothing() -> None:
    client, _phone = carried()
    other = Phone(who(ONE)).enrol(timezone.now(), by=who("chief.1"))
    evidence.end_device(by=who(ONE), kid=other.kid, reason="旧手机停用", now=timezone.now())
    assert comes_by(client) == 200


def test_the_account_and_the_password_end_it() -> None:
    for ended in ("account", "password"):
        client, _phone = carried()
        person = Person.objects.get(code=ONE)
        if ended == "password":
            change_password(person, "a-new-long-password")
        else:
            Person.objects.filter(pk=person.pk).update(is_active=False)
            bump("people")
        assert comes_by(client) == 401
        Person.objects.filter(pk=person.pk).update(is_active=True)
        bump("people")


def test_nobody_binds_a_session_to_a_key_of_somebody_else() -> None:
    other = Phone(who("collector.02")).enrol(timezone.now(), by=who("chief.1"))
    client = desk(ONE)
    assert contact(client, other).status_code == 404
    assert comes_by(client) == 200 and left(client) <= DESK
