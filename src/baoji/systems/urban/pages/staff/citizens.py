"""市民: what waits for a person at the citizens' door. Reports held back, and photos that strangers might see."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from baoji.kernel.base.errors import Invalid, Refused, Stale
from baoji.kernel.base.numbers import whole
from baoji.kernel.identity.callers import Caller
from baoji.kernel.ui.pages import id_before
from baoji.kernel.wire.pages import holding, page
from baoji.systems.urban import public
from baoji.systems.urban.pages.staff.words import moment
from baoji.systems.urban.queries.held import photo_to_review

POSTS = ("acceptor", "chief")
A_PAGE = 50
WHY = {
    "busy": gettext_lazy("这个网络报得太多，没有算题"),
    "flood": gettext_lazy("算过题，仍报得太多"),
    "repeated": gettext_lazy("同样的话报了很多次"),
}
REVIEWED_SINCE = timedelta(days=90)
MOST_SKIPPED = 50
SEEN = {"1": True, "0": False}  # the decision that the page showed
WORDS_DIGEST = 16  # characters; where hardly anything was written, the class stands in its place


@never_cache
@require_safe
@page
@holding(*POSTS)
def held(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Reports that wait to be let in, one or many at once."""
    rows, following = public.held(before=id_before(request), limit=A_PAGE)
    context = {
        "rows": _rows(rows, timezone.now()),
        "next": f"?before={following}" if following else "",
        "count": public.held_count(),
        "tabs": tabs("held"),
    }
    return render(request, "urban/citizens/held.html", context)


def _rows(rows: list[dict[str, Any]], now: Any) -> list[dict[str, Any]]:
    """The first of several with the same words has buttons for all of them."""
    seen, made = set(), []
    for row in rows:
        twins = row["twins"] if row["twins"] > 1 and row["alike"] not in seen else 0
        seen.add(row["alike"])
        made.append(_row(row, now) | {"twins": twins, "by_class": len(row["alike"]) < WORDS_DIGEST})
    return made


def _row(row: dict[str, Any], now: Any) -> dict[str, Any]:
    draft = row["draft"]
    known = public.book().classes.get((draft.get("kind", ""), draft.get("class_code", "")))
    return {
        "id": row["id"],
        "at": moment(row["at"], now),
        "why": WHY.get(row["why"], row["why"]),
        "files": row["files"],
        "title": public.class_name(known) if known else _("未定类别"),
        "words": draft.get("description", ""),
        "address": draft.get("address", ""),
    }


def tabs(current: str) -> list[dict[str, Any]]:
    """For `ui/tabs.html`; `current` is held, photos or words."""
    return [
        {"title": _("待放行"), "url": reverse("held"), "current": current == "held"},
        {"title": _("照片审核"), "url": reverse("photo-review"), "current": current == "photos"},
        {"title": _("文字审核"), "url": reverse("words-review"), "current": current == "words"},
    ]


@require_POST
@page
@holding(*POSTS)
def decide(request: HttpRequest, caller: Caller) -> HttpResponseBase:
    """Lets the ticked ones in or drops them; `do=release:7` means all with the same words as the seventh."""
    verb, _colon, alike = request.POST.get("do", "").partition(":")
    try:
        messages.success(request, _decide(caller, verb, _chosen(request, alike), request))
    except Refused as refused:
        messages.error(request, refused.sentence)
    return HttpResponseRedirect(reverse("held"))


def _chosen(request: HttpRequest, alike: str) -> list[int]:
    """The ids ticked, or all with the same words as the one with the id `alike`."""
    one = whole(alike)
    return public.held_ids_alike(one) if one is not None else _ids(request.POST.getlist("id"))


def _ids(given: list[str]) -> list[int]:
    return [id_ for id_ in map(whole, given) if id_ is not None]


def _decide(caller: Caller, verb: str, ids: list[int], request: HttpRequest) -> str:
    now = timezone.now()
    if not ids:
        raise Invalid(_("请先勾选"))
    if verb == "drop":
        n = public.drop(caller, ids, request.POST.get("reason", ""), now)
        return ngettext(
            "%(n)d 件不予受理，上报人凭查询码看到理由", "%(n)d 件不予受理，上报人凭查询码看到理由", n
        ) % {"n": n}
    done, stayed = public.release(caller, ids, now)
    words = ngettext("已放行 %(n)d 件，进入待受理", "已放行 %(n)d 件，进入待受理", done) % {"n": done}
    if stayed:
        words += " · " + _("%(n)d 件内容不全，留在这里") % {"n": stayed}
    return words


@never_cache
@require_safe
@page
@holding(*POSTS)
def photos(request: HttpRequest, caller: Caller) -> HttpResponse:
    """One photo at a time, by keyboard: Y shows it, N does not, S looks at it later."""
    skipped = _skipped(request.GET.get("skip", ""))
    found = public.unseen_photos(timezone.now() - REVIEWED_SINCE, skipped, limit=1)
    return _photo_page(request, found[0] if found else None, skipped)


def _photo_page(
    request: HttpRequest,
    one: dict[str, Any] | None,
    skipped: list[int] | None,
    error: str = "",
    status: int = 200,
) -> HttpResponse:
    """`skipped` is None where one photo was asked for, and not the next of the list."""
    context = {
        "one": one and _photo(one),
        "skip": None if skipped is None else _joined(skipped),
        "later": _joined([*(skipped or ()), *([one["id"]] if one else [])][-MOST_SKIPPED:]),
        "error": error,
        "tabs": tabs("photos"),
    }
    return render(request, "urban/citizens/photos.html", context, status=status)


def _photo(one: dict[str, Any]) -> dict[str, Any]:
    shown = one.get("shown")
    return {
        **one,
        "title": public.case_title(one["title"]),
        "stage": _stage(one["stage"]),
        "seen": "" if shown is None else str(int(shown)),
        "said": "" if shown is None else _("审核后公开") if shown else _("审核后不公开"),
        "said_at": moment(one["said_at"], timezone.now()) if shown is not None else "",
    }


def _joined(ids: list[int]) -> str:
    return ",".join(str(id_) for id_ in ids)


def _stage(stage: str) -> str:
    return {"report": _("上报"), "verify": _("核实"), "handle": _("处置"), "check": _("核查")}.get(
        stage, _("附件")
    )


def _skipped(given: str) -> list[int]:
    return _ids(given.split(",")[-MOST_SKIPPED:])


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page
@holding(*POSTS)
def review(request: HttpRequest, caller: Caller, id_: int) -> HttpResponseBase:
    """What was said of one photo; then the next. Also to look at it again and to change what was said."""
    if request.method != "POST":
        return _photo_page(request, photo_to_review(id_), None)
    shown, seen = request.POST.get("shown") == "1", SEEN.get(request.POST.get("seen", ""))
    skipped = _skipped(request.POST["skip"]) if "skip" in request.POST else None
    try:
        public.review_photo(caller, id_, shown, timezone.now(), seen=seen)
    except Stale as refused:
        return _photo_page(request, photo_to_review(id_), skipped, refused.sentence, refused.status)
    if skipped is None:
        messages.success(request, _("已保存"))
        return HttpResponseRedirect(reverse("photo-reviewed", args=[id_]))
    return HttpResponseRedirect(reverse("photo-review") + (f"?skip={_joined(skipped)}" if skipped else ""))
