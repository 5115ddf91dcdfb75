"""文字审核: what reporters wrote, one at a time, before strangers read it."""

from typing import Any
from urllib.parse import quote

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from baoji.kernel.base.errors import Invalid, Stale
from baoji.kernel.base.numbers import whole
from baoji.kernel.identity.callers import Caller
from baoji.kernel.wire.pages import holding, page
from baoji.systems.urban import public
from baoji.systems.urban.actions.citizen_words import review_words
from baoji.systems.urban.pages.staff.citizens import POSTS, tabs
from baoji.systems.urban.pages.staff.words import moment
from baoji.systems.urban.queries.words import Written, next_words, waiting_words, words_policy, written_words
from baoji.systems.urban.rules.citizens import Words

LONGEST_KEY = 80
COUNT_DIGITS = 9


@never_cache
@require_safe
@page
@holding(*POSTS)
def words(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The newest that waits, by keyboard: Y shows it as it stands in the field, N does not, S looks at it later."""
    after = request.GET.get("after", "")[:LONGEST_KEY]
    return _shown(request, next_words(after), after, in_list=True)


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@page
@holding(*POSTS)
def one(request: HttpRequest, caller: Caller, task: str) -> HttpResponseBase:
    """Those of one case, also to change what was said of them."""
    if request.method != "POST":
        return _shown(request, written_words(task))
    found = written_words(task)
    in_list, after = "after" in request.POST, request.POST.get("after", "")[:LONGEST_KEY]
    shown, text, seen = (
        request.POST.get("shown") == "1",
        request.POST.get("text", ""),
        request.POST.get("n", ""),
    )
    try:
        n = whole(seen, COUNT_DIGITS)
        review_words(caller, found.case_id, shown, text, -1 if n is None else n, timezone.now())
    except (Invalid, Stale) as refused:
        error = refused.sentence
        typed = text if isinstance(refused, Invalid) else None
        return _shown(request, found, after, in_list=in_list, error=error, typed=typed, status=refused.status)
    if in_list:
        return HttpResponseRedirect(reverse("words-review") + (f"?after={quote(after)}" if after else ""))
    messages.success(request, _("已保存"))
    return HttpResponseRedirect(reverse("words-reviewed", args=[task]))


def _shown(
    request: HttpRequest,
    found: Written | None,
    after: str = "",
    *,
    in_list: bool = False,
    error: str = "",
    typed: str | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "one": _described(found, typed) if found else None,
        "after": after,
        "in_list": in_list,
        "error": error,
        "count": waiting_words(),
        "is_closed": words_policy() is Words.NONE,
        "tabs": tabs("words"),
    }
    return render(request, "urban/citizens/words.html", context, status=status)


def _described(found: Written, typed: str | None) -> dict[str, Any]:
    said = {"shown": _("经编辑后公开") if found.edited else _("原文公开"), "kept": _("不公开")}.get(
        found.state, ""
    )
    return {
        "task": found.task,
        "number": found.number or found.task,
        "title": public.case_title(found.title),
        "original": found.original,
        "text": typed if typed is not None else found.text or found.proposed,
        "is_covered": found.state == "waiting" and found.proposed != found.original,
        "n": found.n,
        "key": found.key,
        "said": said,
        "at": moment(found.at, timezone.now()) if found.at else "",
    }
