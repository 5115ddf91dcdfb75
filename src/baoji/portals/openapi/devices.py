"""/api/v1/field/: devices, contact, envelopes that come alone. Reports with envelopes are the business system's."""

from base64 import b64decode
from typing import Any, Literal

import orjson
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Router
from pydantic import BaseModel, Field

from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.evidence import actions as evidence
from baoji.kernel.evidence import queries
from baoji.kernel.evidence.models import Device
from baoji.kernel.evidence.tickets import milliseconds
from baoji.kernel.wire import phones
from baoji.kernel.wire.callers import must_be_somebody
from baoji.kernel.wire.rates import Bucket
from baoji.kernel.wire.shapes import Given, Problem, Whole

router = Router(tags=["field"])
# Calls a second and at once that one person may make; a phone that comes back with a day's work stays far below.
enrolments = Bucket(1 / 60, 10)
contacts = Bucket(2, 120)
envelopes = Bucket(50, 5000)

KID = r"^[0-9a-f]{64}$"


class DeviceIn(Given):
    spki: str = Field(max_length=400, description="P-256 public key, DER (SubjectPublicKeyInfo), base64")
    label: str = Field("", max_length=60, description="what its owner calls it")


class DeviceOut(BaseModel):
    kid: str = Field(description="SHA-256 of the key's DER, hex")
    label: str
    status: Literal["waiting", "active", "frozen", "ended"]
    enrolled_at: str
    approved_by: str | None = Field(description="a person's code")
    head_seq: int = Field(description="the greatest envelope number known")


class Devices(BaseModel):
    items: list[DeviceOut]


class ReasonIn(Given):
    reason: str = Field(max_length=200)


class ContactIn(Given):
    kid: str = Field(pattern=KID)
    head_seq: Whole = Field(ge=0, le=2**53 - 1, description="the device's last envelope, 0 for none")
    head_hash: str = Field(pattern=KID)
    sent_at: Whole = Field(ge=-(2**53), le=2**53, description="the device's clock, ms")


class TicketBody(BaseModel):
    v: Literal[1]
    kid: str
    id: str
    issued: int = Field(description="ms; what names this ticket was made after it")
    not_after: int
    jn: int = Field(description="number of the journal's newest link")
    jhead: str = Field(description="and its hash: nobody knew it before")
    seen_seq: int
    seen_hash: str
    skid: str = Field(description="the server key's fingerprint")


class Ticket(BaseModel):
    body: TicketBody
    sig: str = Field(description="base64 of r‖s over the canonical body")


class ContactOut(BaseModel):
    ticket: Ticket | None = Field(description="none for an ended device")
    received_at: int
    answered_at: int
    status: Literal["waiting", "active", "frozen", "ended"]
    gaps: list[list[int]] = Field(description="missing numbers, [from, to]")


class EnvelopeIn(Given):
    bytes_: str = Field(alias="bytes", max_length=100_000, description="the envelope, base64")
    sig: str = Field(max_length=400, description="base64 of r‖s over these bytes")


class ReceiptBody(BaseModel):
    v: Literal[1]
    envelopes: list[str]
    kid: str
    received: int
    number: str
    report: str
    skid: str


class Receipt(BaseModel):
    body: ReceiptBody
    sig: str


class EnvelopeOut(BaseModel):
    receipt: Receipt
    proof: Literal["proven", "failed"]
    marks: list[str]


PROBLEMS = dict.fromkeys((400, 401, 403, 404, 409, 413, 422, 429, 503), Problem)


def reply(status: int, body: Any) -> HttpResponse:
    return HttpResponse(orjson.dumps(body), status=status, content_type="application/json")


def _shown(device: Device) -> dict[str, Any]:
    return {
        "kid": device.kid,
        "label": device.label,
        "status": device.status,
        "enrolled_at": device.enrolled_at,
        "approved_by": device.approved_by.code if device.approved_by else None,
        "head_seq": device.head_seq,
    }


def _bytes(text: str, name: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError as fault:
        sentence = _("请写 base64")
        raise Invalid(_("有内容需要改正"), errors={name: [sentence]}) from fault


@router.post("/field/devices", response={201: DeviceOut, 200: DeviceOut, **PROBLEMS}, summary="登记设备")
def enrol(request: HttpRequest, given: DeviceIn) -> HttpResponse:
    """Enrols the caller's device: 201, or 200 when it is known. It counts once a second person has approved it."""
    caller = must_be_somebody(request)
    enrolments.take(caller.code)
    device, is_new = evidence.enrol_device(
        by=caller, spki=_bytes(given.spki, "spki"), label=given.label, now=timezone.now()
    )
    return reply(201 if is_new else 200, _shown(device))


@router.get("/field/devices", response={200: Devices, **PROBLEMS}, summary="我的设备")
def own_devices(request: HttpRequest) -> HttpResponse:
    return reply(200, {"items": [_shown(one) for one in queries.devices_of(must_be_somebody(request))]})


@router.post("/field/devices/{kid}/approve", response={200: DeviceOut, **PROBLEMS}, summary="核准设备")
def approve(request: HttpRequest, kid: str) -> HttpResponse:
    """By 值班长, 中心主任 or 运行维护员, never by the owner."""
    return reply(
        200, _shown(evidence.approve_device(by=must_be_somebody(request), kid=kid, now=timezone.now()))
    )


@router.post("/field/devices/{kid}/end", response={200: DeviceOut, **PROBLEMS}, summary="停用设备")
def end(request: HttpRequest, kid: str, given: ReasonIn) -> HttpResponse:
    """For good, by its owner or those who approve: what arrives later is kept and proves nothing, and the phone is signed out
    if it was not that phone that asked."""
    caller = must_be_somebody(request)
    device = evidence.end_device(by=caller, kid=kid, reason=given.reason, now=timezone.now())
    phones.release(request, kid)
    return reply(200, _shown(device))


@router.post("/field/devices/{kid}/thaw", response={200: DeviceOut, **PROBLEMS}, summary="解冻设备")
def thaw(request: HttpRequest, kid: str, given: ReasonIn) -> HttpResponse:
    """After asking why two envelopes bear one number; never by the owner."""
    caller = must_be_somebody(request)
    return reply(
        200,
        _shown(evidence.thaw_device(by=caller, kid=kid, reason=given.reason, now=timezone.now())),
    )


@router.post("/field/ticket", response={200: ContactOut, **PROBLEMS}, summary="联络：领取时间票")
def contact(request: HttpRequest, given: ContactIn) -> HttpResponse:
    """At every contact: a signed ticket, the clock's error, the device's status, the numbers that are missing.

    A browser's session belongs to an approved key from then on: `/field/me` renews it, and it is over with the key.
    """
    received = timezone.now()
    caller = must_be_somebody(request)
    contacts.take(caller.code)
    told = evidence.issue_ticket(
        by=caller,
        kid=given.kid,
        head_seq=given.head_seq,
        head_hash=given.head_hash,
        sent_at=given.sent_at,
        received=received,
    )
    if told.status == "active":
        phones.bind(request, given.kid)
    return reply(
        200,
        {
            "ticket": told.ticket,
            "received_at": milliseconds(received),
            "answered_at": milliseconds(timezone.now()),
            "status": told.status,
            "gaps": told.gaps,
        },
    )


@router.put(
    "/field/envelopes/{id}",
    response={201: EnvelopeOut, 200: EnvelopeOut, **PROBLEMS},
    summary="单独送达的信封",
)
def put_envelope(request: HttpRequest, id: str, given: EnvelopeIn) -> HttpResponse:
    """Positions, discarded shots and other envelopes without a report. The same again: 200, the same receipt."""
    caller = must_be_somebody(request)
    envelopes.take(caller.code)
    data, sig, now = _bytes(given.bytes_, "bytes"), _bytes(given.sig, "sig"), timezone.now()
    if caller.id is None or queries.name_of(data) != id:
        raise Refused(_("地址里的编号不是信封的 SHA-256"), code="wrong-id", status=422)
    with transaction.atomic():
        taken = evidence.take(data, sig, person_id=caller.id, now=now)
        receipt, is_new = evidence.receipt_or_earlier([taken.id], number="", report="", now=now)
    body = {"receipt": receipt, "proof": taken.proof, "marks": taken.marks}
    return reply(201 if is_new else 200, body)
