"""Second looks: corrections of the ledger, and where works are permitted."""

from collections.abc import Sequence
from datetime import datetime
from math import isfinite
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

import orjson
from django.contrib import messages
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baoji.kernel.base.errors import Invalid, NotThere, Refused
from baoji.kernel.base.instants import is_sane
from baoji.kernel.base.numbers import uuid, whole
from baoji.kernel.base.phrases import listed
from baoji.kernel.identity.callers import Caller
from baoji.kernel.records.responses import file_response
from baoji.kernel.wire.pages import holding, page
from baoji.systems.urban import public
from baoji.systems.urban.actions.likeness import may_decide_likeness
from baoji.systems.urban.pages.reporting.words import moment
from baoji.systems.urban.pages.staff.likeness_words import like
from baoji.systems.urban.pages.street.views import SEES, tabs
from baoji.systems.urban.queries.field_track import decided_corrections, is_decided
from baoji.systems.urban.queries.likeness import marks_of_corrections
from baoji.systems.urban.queries.stamps import correction_stamp

MOST_RADIUS_M = 3000
MOST_WAITING = 12  # each has a map, and a browser draws no more than sixteen
MOST_DECIDED = 30
SIZE = "1600"


def kind_word(kind: str) -> str:
    return {
        "moved": _("位置不对"),
        "class": _("类别不对"),
        "missing": _("没有这个部件"),
        "new": _("台账里没有，现场有"),
        "state": _("状态不对"),
    }[kind]


@never_cache
@require_safe
@page
@holding(*SEES)
def corrections(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    now, first, done = timezone.now(), uuid(request.GET.get("from", "")), uuid(request.GET.get("done", ""))
    if first and is_decided(first):  # who came from its photo
        first, done = None, first
    waiting, following = public.corrections(first, MOST_WAITING)
    decided, earlier = decided_corrections(done, MOST_DECIDED)
    notes = _notes(caller, [row["name"] for row in waiting])
    context = {
        "tabs": tabs("corrections", caller),
        "waiting": [_shown(row, now) | {"notes": notes.get(row["name"])} for row in waiting],
        "first": reverse("street-corrections") if first else "",
        "next": f"?{urlencode({'from': following})}" if following else "",
        "done": [_shown(row, now) for row in decided],
        "newest": f"{reverse('street-corrections')}#done-title" if done else "",
        "earlier": f"?{urlencode({'done': earlier})}#done-title" if earlier else "",
        "may_decide": public.may_decide(caller),
    }
    return render(request, "urban/street/corrections.html", context)


def _notes(caller: Caller, names: list[UUID]) -> dict[UUID, list[dict[str, Any]]]:
    """For who decides: that a photo was there before. Those who look at such pairs get to both photos."""
    looks, notes = may_decide_likeness(caller), dict[UUID, list[dict[str, Any]]]()
    if not looks and not public.may_decide(caller):
        return notes
    for row in marks_of_corrections(names):
        if row["verdict"] == "different":
            continue
        name, state = row["correction"], "seen" if row["verdict"] else "open"
        url = f"{reverse('street-likeness')}?{urlencode({'correction': name, 'state': state})}"
        notes.setdefault(name, []).append({"word": like(row), "url": url if looks else "", "is_odd": True})
    return notes


def _shown(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    known = public.book().classes.get(("component", row["class_code"]))
    return {
        **row,
        "when": moment(row["at"], now),
        "word": kind_word(row["kind"]),
        "thing": public.case_title(row["thing"] or "") or (public.class_name(known) if known else ""),
        "pictures": [
            reverse("street-picture", args=[row["name"], n])
            for n, _file in enumerate(orjson.loads(row["files"]))
        ],
        "markers": [
            {"lon": lon, "lat": lat, "title": title, "light": light}
            for lon, lat, title, light in (
                (row["thing_lon"], row["thing_lat"], _("台账里的位置"), "yellow"),
                (row["lon"], row["lat"], _("现场的位置"), "green"),
            )
            if lon is not None
        ],
    }


@require_safe
@page
@holding(*SEES)
def picture(request: HttpRequest, caller: Caller, name: UUID, n: int) -> HttpResponseBase:
    found = public.correction_picture(name, n)
    if found is None:
        raise NotThere(_("没有这个文件"))
    return file_response(request, found["sha256"], found["mime"], SIZE, correction_stamp(found, SIZE))


@require_POST
@page
@holding(*SEES)
def decide(request: HttpRequest, caller: Caller, name: UUID) -> HttpResponseBase:
    try:
        code = public.decide_correction(
            by=caller,
            name=name,
            accept=request.POST.get("do") == "accept",
            reason=request.POST.get("reason", ""),
            now=timezone.now(),
        )
        messages.success(
            request,
            _("已采纳，台账改好了：%(code)s") % {"code": code} if code else _("没有采纳，已告诉上报人"),
        )
    except Refused as refused:
        messages.error(request, refused.message)
    return redirect("street-corrections")


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page
@holding(*SEES)
def control(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """管控区: a circle around a place, from when to when, which classes need no report there, and by which permit."""
    error: Refused | None = None
    if request.method == "POST":
        try:
            if request.POST.get("do") == "end":
                id_ = whole(request.POST.get("id", "")) or 0
                public.end_control(by=caller, id_=id_, now=timezone.now())
            else:
                public.add_control(by=caller, area=_area(request), now=timezone.now())
            return redirect("street-control")
        except Refused as refused:
            error = refused
    now = timezone.now()
    classes = _classes(request.POST.getlist("topic") if error else [])
    titles = {one["key"]: one["title"] for one in classes}
    context = {
        "tabs": tabs("control", caller),
        "areas": [
            {
                **row,
                "from": moment(row["since"], now),
                "to": moment(row["until"], now),
                "what": _covered(row, titles),
            }
            for row in public.controls(now)
        ],
        "classes": classes,
        "may": public.may_decide(caller),
        "error": error.message if error else "",
        "errors": error.by_field if error else {},
        "sent": request.POST,
    }
    return render(request, "urban/street/control.html", context, status=error.status if error else 200)


def _covered(row: dict[str, Any], titles: dict[str, str]) -> str:
    """The classes that need no report there."""
    return listed(titles.get(key, key) for key in orjson.loads(row["topics"])) or _("全部类别")


def _classes(chosen: Sequence[str]) -> list[dict[str, Any]]:
    """`{key, title, chosen}` of each class; after a refusal what was chosen stays so, since nothing chosen means all."""
    keys = [(f"{row['kind'][:1]}{row['code']}", row["title"]) for row in public.class_table()]
    return [{"key": key, "title": title, "chosen": key in chosen} for key, title in keys]


def _instant(text: str) -> datetime | None:
    """A time as a browser's field has it; None for what is none that our clocks can show."""
    try:
        found = parse_datetime(text)
    except ValueError:
        return None
    if found is not None and timezone.is_naive(found):
        found = timezone.make_aware(found)
    return found if found is not None and is_sane(found) else None


def _area(request: HttpRequest) -> public.Control:
    errors: dict[str, list[str]] = {}
    sent, found = request.POST, {}
    for name in ("since", "until"):
        at = _instant(sent.get(name, ""))
        if at is None:
            errors[name] = [_("请填时间")]
        else:
            found[name] = at
    try:
        place = (float(sent.get("lon", "")), float(sent.get("lat", "")))
        radius = float(sent.get("radius", "200"))
        if not (all(map(isfinite, place)) and 0 < radius <= MOST_RADIUS_M):
            raise ValueError
    except ValueError:
        errors["lon"] = [_("请在地图上点一下，半径不超过 3 公里")]
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)
    return public.Control(
        sent.get("name", ""),
        place,
        radius,
        sent.getlist("topic"),
        found["since"],
        found["until"],
        sent.get("basis", ""),
    )
