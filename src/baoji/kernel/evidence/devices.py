"""Devices: enrolled by their owner, approved by a second person, frozen when their chain forks, thawed, ended."""

from base64 import b64encode
from datetime import datetime, timedelta
from hashlib import sha256
from secrets import token_hex
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from baoji.kernel.audit import actions as audit
from baoji.kernel.base import sql
from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused
from baoji.kernel.evidence.models import Device, Event
from baoji.kernel.evidence.verification.signed import Wrong, kid_of, public_key
from baoji.kernel.identity.callers import Caller
from baoji.kernel.notices.actions import notify
from baoji.kernel.notices.words import Words

SUBJECT = "evidence.device"
APPROVERS = frozenset({"chief", "head", "operator"})
MOST_WAITING = 5  # a person's devices that wait at once
LEAST_REASON = 5


def may_approve(caller: Caller) -> bool:
    return bool(caller.kinds() & APPROVERS)


def enrol_device(*, by: Caller, spki: bytes, label: str, now: datetime) -> tuple[Device, bool]:
    """The device and whether it is new. Refuses a key that is no P-256 key or is somebody else's."""
    try:
        public_key(spki)
    except Wrong as wrong:
        raise Invalid(_("spki 不是 P-256 公钥"), errors={"spki": [_("P-256 公钥的 DER，base64")]}) from wrong
    with transaction.atomic():
        device, is_new = Device.objects.get_or_create(
            kid=kid_of(spki),
            defaults={
                "spki": spki,
                "person_id": by.id or 0,
                "label": label.strip()[:60],
                "salt": token_hex(16),
                "enrolled_at": now,
            },
        )
        if device.person_id != by.id:
            raise Refused(_("这把钥匙登记在别人名下。请在这台手机上重新登记"), code="device-taken")
        if is_new:
            _require_few_waiting(by)
            facts = {"spki": b64encode(spki).decode(), "person": by.id}
            _write(device, "enrol", by=by.id, at=now, facts=facts)
            notify(
                f"device-{device.pk}",
                kind="device",
                title=Words(noop("%(who)s 登记了一台手机，等您核准"), {"who": by.name}),
                at=now,
                post="chief",
                link="/devices/",
            )
    return device, is_new


def _require_few_waiting(by: Caller) -> None:
    if Device.objects.filter(person_id=by.id or 0, status="waiting").count() > MOST_WAITING:
        raise Refused(
            _("您已有 %(n)d 台手机等待核准。请先找值班长核准或停用") % {"n": MOST_WAITING},
            code="too-many-devices",
        )


def approve_device(*, by: Caller, kid: str, now: datetime) -> Device:
    with transaction.atomic():
        device = _for_second_person(by, kid)
        _require(device, "waiting")
        device.status, device.approved_at, device.approved_by_id = "active", now, by.id
        device.save(update_fields=["status", "approved_at", "approved_by"])
        _write(device, "approve", by=by.id, at=now)
    return device


def end_device(*, by: Caller, kid: str, reason: str, now: datetime) -> Device:
    """For good. The owner may do it too: a lost phone must not wait for anybody."""
    with transaction.atomic():
        device = _locked(kid)
        if device.person_id != by.id:
            _require_approver(by)
        _require(device, "waiting", "active", "frozen")
        device.status, device.ended_at = "ended", _after_all_that_came(device, now)
        device.save(update_fields=["status", "ended_at"])
        _write(device, "end", by=by.id, at=device.ended_at, reason=_reason(reason))
    return device


LATEST = "SELECT max(received_at) FROM evidence_envelope WHERE device_id = %s AND received_at >= %s"


def _after_all_that_came(device: Device, now: datetime) -> datetime:
    """What was taken in before the end took hold came before it, though its request began later."""
    latest = sql.value(LATEST, [device.pk, now])
    return now if latest is None else max(now, latest + timedelta(microseconds=1))


def thaw_device(*, by: Caller, kid: str, reason: str, now: datetime) -> Device:
    """After somebody has asked: back to where it was, waiting if nobody had approved it."""
    with transaction.atomic():
        device = _for_second_person(by, kid)
        _require(device, "frozen")
        device.status = "active" if device.approved_at else "waiting"
        device.save(update_fields=["status"])
        _write(device, "thaw", by=by.id, at=now, reason=_reason(reason))
    return device


def freeze_device(device: Device, *, facts: dict[str, Any], now: datetime) -> None:
    """The system's own act, on a fork. The caller holds the device's row."""
    if device.status not in {"waiting", "active"}:
        return
    device.status = "frozen"
    Device.objects.filter(pk=device.pk).update(status="frozen")
    _write(device, "freeze", by=None, at=now, facts=facts)
    title = Words(
        noop("一台手机的记录出现两个版本，已冻结，请问清楚：%(label)s"),
        {"label": device.label or device.kid[:8]},
    )
    notify(
        f"device-{device.pk}-{sha256(repr(facts).encode()).hexdigest()[:12]}",
        kind="device",
        title=title,
        at=now,
        post="chief",
        link="/devices/?status=frozen",
    )


def _locked(kid: str) -> Device:
    device = Device.objects.select_for_update().filter(kid=kid).first()
    if device is None:
        raise NotThere(_("没有这台设备"))
    return device


def _for_second_person(by: Caller, kid: str) -> Device:
    _require_approver(by)
    device = _locked(kid)
    if device.person_id == by.id:
        raise NotAllowed(_("自己的设备要由第二个人办理"), code="second-person")
    return device


def _require_approver(by: Caller) -> None:
    if not may_approve(by):
        raise NotAllowed(_("设备由值班长、中心主任或运行维护员办理"))


def _require(device: Device, *statuses: str) -> None:
    if device.status not in statuses:
        raise Refused(_("设备现在的状态不能这样办，请看最新情况"), code="wrong-stage")


def _reason(text: str) -> str:
    text = text.strip()
    if len(text) < LEAST_REASON:
        sentence = _("请写理由，至少 %(n)d 个字") % {"n": LEAST_REASON}
        raise Invalid.at("reason", sentence)
    return text[:200]


def _write(
    device: Device,
    verb: str,
    *,
    by: int | None,
    at: datetime,
    reason: str = "",
    facts: dict[str, Any] | None = None,
) -> None:
    told = {"kid": device.kid, **(facts or {})}
    if reason:
        told["reason"] = sha256(f"{device.salt}\n{reason}".encode()).hexdigest()
    Event.objects.create(device=device, verb=verb, at=at, by_id=by, reason=reason, facts=facts or {})
    audit.record(SUBJECT, device.pk, verb, told, by, at)
