"""The page of devices: phones whose keys sign evidence, for those who approve, thaw and end them."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from baoji.kernel.base.errors import NotAllowed, NotThere, Refused
from baoji.kernel.base.numbers import whole
from baoji.kernel.base.phrases import listed
from baoji.kernel.evidence import actions, chain, queries
from baoji.kernel.evidence.devices import may_approve
from baoji.kernel.evidence.models import Device, Event
from baoji.kernel.evidence.words import NOTABLE_SKEW_MS
from baoji.kernel.identity.callers import Caller
from baoji.kernel.wire.pages import page

# A phone counts some hundreds a day; whoever skips more than this wrote the number himself.
MOST_MISSING = 100_000
STATUSES = ("waiting", "frozen", "active", "ended")


def status_words() -> dict[str, str]:
    return {"waiting": _("待核准"), "frozen": _("已冻结"), "active": _("在用"), "ended": _("已停用")}


def event_words() -> dict[str, str]:
    return {
        "enrol": _("手机登记"),
        "approve": _("核准"),
        "end": _("停用"),
        "freeze": _("冻结"),
        "thaw": _("解冻"),
    }


@never_cache
@require_http_methods(["GET", "HEAD"])
@page
def devices(request: HttpRequest, caller: Caller) -> HttpResponse:
    return _show(request, caller)


@never_cache
@require_POST
@page
def decide(request: HttpRequest, caller: Caller, kid: str, verb: str) -> HttpResponse:
    """Approve, end or thaw; what was refused comes back beside the device, with what was written."""
    now, reason = timezone.now(), request.POST.get("reason", "")
    try:
        if verb == "approve":
            device = actions.approve_device(by=caller, kid=kid, now=now)
        elif verb == "end":
            device = actions.end_device(by=caller, kid=kid, reason=reason, now=now)
        elif verb == "thaw":
            device = actions.thaw_device(by=caller, kid=kid, reason=reason, now=now)
        else:
            raise NotThere(_("没有这个动作"))
    except (NotThere, NotAllowed):
        raise
    except Refused as refused:
        failed = {"kid": kid, "verb": verb, "text": refused.message, "reason": reason}
        return _show(request, caller, failed, refused.status)
    messages.success(request, _done(device, verb))
    return HttpResponseRedirect(_back(request))


def _done(device: Device, verb: str) -> str:
    sentences = {
        "approve": _("已核准：%(what)s 签的照片从现在起算证明"),
        "end": _("已停用：%(what)s 以后送来的不再算证明"),
        "thaw": _("已解冻：%(what)s"),
    }
    return sentences[verb] % {"what": _named(device)}


def _named(device: Device) -> str:
    return device.label or _("未命名的手机")


def _back(request: HttpRequest) -> str:
    status = request.POST.get("status", "")
    return f"/devices/?{urlencode({'status': status})}" if status in STATUSES else "/devices/"


def _show(
    request: HttpRequest, caller: Caller, failed: dict[str, Any] | None = None, code: int = 200
) -> HttpResponse:
    if not may_approve(caller):
        raise NotAllowed(_("设备由值班长、中心主任或运行维护员办理"))
    given = request.POST if request.method == "POST" else request.GET
    status, name, before = given.get("status", ""), given.get("q", "").strip(), whole(given.get("before", ""))
    counts = queries.counts()
    status = status if status in {*STATUSES, "all"} else _first(counts)
    rows, following = queries.devices("" if status == "all" else status, person=name, before=before)
    events = queries.events([row.pk for row in rows])
    context = {
        "tabs": _tabs(counts, status),
        "status": status,
        "name": name,
        "rows": [_row(row, events[row.pk], caller, failed) for row in rows],
        "first": _url(status, name) if before else "",
        "next": _url(status, name, before=following) if following else "",
    }
    return render(request, "portal_internal/devices.html", context, status=code)


def _first(counts: dict[str, int]) -> str:
    """What waits for somebody comes first."""
    return next((status for status in ("waiting", "frozen") if counts.get(status)), "active")


def _url(status: str, name: str = "", **more: Any) -> str:
    query = {"status": status, **({"q": name} if name else {}), **more}
    return f"/devices/?{urlencode(query)}"


def _tabs(counts: dict[str, int], current: str) -> list[dict[str, Any]]:
    words = status_words()
    tabs = [
        {"title": words[one], "url": _url(one), "count": counts.get(one, 0), "current": one == current}
        for one in STATUSES
    ]
    return [*tabs, {"title": _("全部"), "url": _url("all"), "current": current == "all"}]


def _row(
    device: Device, events: list[Event], caller: Caller, failed: dict[str, Any] | None
) -> dict[str, Any]:
    own = device.person_id == caller.id
    return {
        "kid": device.kid,
        "name": _named(device),
        "owner": device.person,
        "status": device.status,
        "status_word": status_words()[device.status],
        "own": own,
        "facts": _facts(device),
        "warnings": _warnings(device),
        "events": [_event(event) for event in events],
        "may_approve": device.status == "waiting" and not own,
        "may_thaw": device.status == "frozen" and not own,
        "may_end": device.status != "ended",
        "failed": failed if failed and failed["kid"] == device.kid else None,
    }


def _facts(device: Device) -> list[dict[str, Any]]:
    contact = _("还没有联络过")
    if device.contact_at is not None:
        contact = f"{timezone.localtime(device.contact_at):%Y-%m-%d %H:%M}"
    return [
        {"term": _("钥匙"), "text": device.kid[:16]},
        {"term": _("手机登记"), "text": f"{timezone.localtime(device.enrolled_at):%Y-%m-%d %H:%M}"},
        {"term": _("核准人"), "text": device.approved_by.name if device.approved_by else "—"},
        {"term": _("最近联络"), "text": contact, "note": _clock(device.skew_ms)},
        {"term": _("已收到"), "text": _received(device)},
    ]


def _clock(skew_ms: int | None) -> str:
    if skew_ms is None or abs(skew_ms) < NOTABLE_SKEW_MS:
        return ""
    ahead = _("手机时钟快 %(n)d 秒") if skew_ms > 0 else _("手机时钟慢 %(n)d 秒")
    return ahead % {"n": abs(skew_ms) // 1000}


def _received(device: Device) -> str:
    if not device.head_seq:
        return _("还没有")
    text = _("到第 %(n)d 号") % {"n": device.head_seq}
    missing = chain.gaps(device)
    if not missing:
        return _("%(text)s，一号不缺") % {"text": text}
    if any(last - first >= MOST_MISSING for first, last in missing):
        return _("%(text)s：中间跳过的编号多得不可能，手机自己不会这样数，请问清楚") % {"text": text}
    spans = listed(str(first) if first == last else f"{first}–{last}" for first, last in missing[:10])
    more = "…" if len(missing) > 10 else ""
    return _("%(text)s，还缺 %(spans)s 号，可能还在手机里") % {"text": text, "spans": spans + more}


def _warnings(device: Device) -> list[str]:
    if device.status != "frozen":
        return []
    numbers = [seq for seq, _hashes in chain.twins(device.pk)]
    if not numbers:
        return [_("这台手机前后说的对不上：钥匙可能被复制，或手机用旧备份恢复过。请问清楚再解冻")]
    return [
        ngettext(
            "第 %(n)s 号有两个不同的版本：钥匙可能被复制，或手机用旧备份恢复过。请问清楚再解冻",
            "第 %(n)s 号各有两个不同的版本：钥匙可能被复制，或手机用旧备份恢复过。请问清楚再解冻",
            len(numbers),
        )
        % {"n": listed(numbers[:10])}
    ]


def _event(event: Event) -> dict[str, Any]:
    return {
        "word": event_words()[event.verb],
        "at": event.at,
        "by": event.by.name if event.by else _("系统"),
        "reason": event.reason,
    }
