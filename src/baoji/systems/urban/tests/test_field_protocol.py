"""The sync protocol at the real doors: any order, any number of times, two phones of one account, a server that dies anywhere."""

from base64 import b64encode
from contextlib import nullcontext
from hashlib import sha256
from typing import Any
from unittest.mock import patch
from uuid import UUID, uuid4

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.town import COVER, NOW, case, new, who

from baoji.kernel.base import sql
from baoji.kernel.evidence.tests.phone import Phone
from baoji.kernel.identity.callers import new_token
from baoji.kernel.records import uploads
from baoji.systems.urban.tests.test_field_deliveries import picture

pytestmark = pytest.mark.django_db
HERE = {"type": "Point", "coordinates": [107.1485, 34.3605]}
DOOR = "baoji.systems.urban.actions.field_deliver"
# Where the server dies: before the evidence is kept, before the act, before the receipt, before the delivery is written.
DEATHS = ("", f"{DOOR}._kept", f"{DOOR}._done", f"{DOOR}.evidence.receipt", f"{DOOR}.orjson.dumps")
KINDS = ("report", "report", "answer", "correction")


class Died(RuntimeError):
    pass


class Parcel:
    """Something one of the phones wants to deliver, with photos that may or may not be there yet."""

    def __init__(self, kind: str, phone: Phone, number: str, shots: int) -> None:
        self.kind, self.phone, self.name = kind, phone, uuid4()
        self.pictures = [picture(uuid4().int % 256) + uuid4().bytes for _n in range(shots)]
        self.answers: list[dict[str, Any]] = []
        self.body: dict[str, Any] = {"media": [self._medium(data) for data in self.pictures]}
        self.body |= {
            "report": {"kind": "event", "class": "0110", "description": "垃圾散落", "location": HERE},
            "answer": {"number": number, "act": "check_answer", "facts": {"fixed": True}},
            "correction": {"kind": "missing", "component": COVER, "words": "井盖不见了"},
        }[kind]

    def _medium(self, data: bytes) -> dict[str, str]:
        envelope, sig = self.phone.shoot(NOW, data)
        return {
            "sha256": sha256(data).hexdigest(),
            "kind": "photo",
            "envelope": b64encode(envelope).decode(),
            "sig": b64encode(sig).decode(),
        }

    @property
    def address(self) -> str:
        return f"/api/v1/field/{self.kind}s/{self.name}"


def growing(person: int, data: bytes, cut: int) -> None:
    """An upload in pieces; with `cut` the line is lost after so many bytes."""
    name = sha256(data).hexdigest()
    state = uploads.create(person, sha256=name, length=len(data), kind="photo", metadata="", now=NOW)
    if state.is_finished:
        return
    part = uploads.grow(person, name, NOW)
    if isinstance(part, uploads.State):
        return
    try:
        part.feed(data[part.offset : cut or len(data)])
        part.end(NOW)
    finally:
        part.close()


def deliver(client: Client, parcel: Parcel, death: str) -> int:
    dying = patch(death, side_effect=Died) if death else nullcontext()
    with dying:
        try:
            answer = client.put(parcel.address, parcel.body, content_type="application/json")
        except Died:
            return 500
    if answer.status_code in {200, 201}:
        parcel.answers.append(answer.json())
    return int(answer.status_code)


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["upload", "deliver", "deliver"]),
        st.integers(0, 3),  # which parcel
        st.integers(0, 1),  # which photo
        st.integers(1, 400),  # after how many bytes the line is cut
        st.sampled_from(DEATHS),
    ),
    max_size=24,
)


@pytest.mark.thorough
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, shots=st.lists(st.integers(1, 2), min_size=4, max_size=4))
def test_any_order_any_duplication_any_death(
    steps: list[tuple[str, int, int, int, str]], shots: list[int]
) -> None:
    number = new("check/checking")
    holder = case(number).holder_person_id
    me = who(str(sql.value("SELECT code FROM identity_person WHERE id = %s", [holder])))
    client = Client(
        HTTP_AUTHORIZATION=f"Bearer {new_token(me.id or 0, 'test')}", raise_request_exception=False
    )
    phones = [Phone(me).enrol(NOW, by=who("chief.1")) for _n in range(2)]
    for phone in phones:
        phone.contact(NOW)
    parcels = [Parcel(kind, phones[n % 2], number, shots[n]) for n, kind in enumerate(KINDS)]
    before, kept = _counted(), _envelopes([])
    for what, n, shot, cut, death in steps:
        parcel = parcels[n]
        if what == "upload":
            growing(me.id or 0, parcel.pictures[shot % len(parcel.pictures)], cut)
        else:
            assert deliver(client, parcel, death) in {200, 201, 204, 424, 500}
    for parcel in reversed(parcels):  # at last there is a good line
        for data in parcel.pictures:
            growing(me.id or 0, data, 0)
        for _time in range(2):
            assert deliver(client, parcel, "") in {200, 201, 204}
    after = _counted()
    assert [b - a for a, b in zip(before, after, strict=True)] == [2, 1, 1]
    assert _envelopes(kept) == sorted(
        sha256(data).hexdigest() for parcel in parcels for data in parcel.pictures
    )
    for parcel in parcels:
        assert all(answer == parcel.answers[0] for answer in parcel.answers)
    assert {len(row) for row in _photos([parcel.name for parcel in parcels[:2]])} == {1}


def _counted() -> tuple[int, ...]:
    """Reports, answers to checks, corrections."""
    return sql.tuples(
        "SELECT (SELECT count(*) FROM urban_delivery WHERE kind = 'report' AND status = 201),"
        " (SELECT count(*) FROM flow_record WHERE act = 'check_answer'), (SELECT count(*) FROM urban_correction)"
    )[0]


def _envelopes(known: list[str]) -> list[str]:
    """Of which photos the evidence speaks, once for each envelope, without those known before."""
    rows = [str(row[0]) for row in sql.tuples("SELECT sha256 FROM evidence_envelope WHERE kind = 'photo'")]
    for one in known:
        rows.remove(one)
    return sorted(rows)


def _photos(names: list[UUID]) -> list[tuple[Any, ...]]:
    """The reports' cases; each has one number, and its photos hang on it once."""
    rows = sql.tuples(
        "SELECT d.number, a.file_id, count(*) FROM urban_delivery d JOIN flow_case c ON c.number = d.number"
        " JOIN flow_attachment a ON a.case_id = c.id WHERE d.name = ANY(%s) GROUP BY 1, 2",
        [names],
    )
    assert {row[2] for row in rows} == {1}
    return [(number,) for number in {row[0] for row in rows}]
