"""Lists: the desk's worklist, all cases, several dispatched at once. The same view serves the page and its list alone."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from baoji.kernel.identity.callers import Caller
from baoji.kernel.ui.htmx import is_fragment, respond
from baoji.kernel.ui.pages import keyset
from baoji.kernel.wire.pages import page
from baoji.systems.urban import choices, public
from baoji.systems.urban.pages.staff import batch, rows, tabs
from baoji.systems.urban.pages.staff.filters import class_options, options
from baoji.systems.urban.pages.staff.shell import at_the_door
from baoji.systems.urban.pages.staff.words import org_name

LIMIT = 50
MAP_POSTS = frozenset({"dispatcher", "commander", "acceptor", "chief"})
DISPATCH_TABS = frozenset({"dispatch.filed", "dispatch.returned", "dispatch.arbitrating"})
SELECTABLE_TABS = frozenset({"dispatch.filed", "dispatch.returned", "todo"})
KEPT = ("tab", "county", "class", "source", "urgent")
SEARCHED = (
    "q",
    "status",
    "county",
    "class",
    "source",
    "urgent",
    "light",
    "supervised",
    "responsible",
    "from",
    "to",
)


def given_in(request: HttpRequest, names: tuple[str, ...]) -> dict[str, str]:
    """What the address says of these, without what it leaves empty."""
    return {name: request.GET[name] for name in names if request.GET.get(name)}


@never_cache
@require_safe
@page
def worklist(request: HttpRequest, caller: Caller) -> HttpResponse:
    """待办 under one tab; what only the whole page shows is not worked out for the list alone."""
    now = timezone.now()
    waiting, supervised = public.waiting(caller)
    total = sum(waiting.values())
    menu = {"work": total, "supervised": supervised} | at_the_door(caller)
    request.menu_counts = {"urban": menu}  # type: ignore[attr-defined]
    wanted = request.GET.get("tab", "")
    found = tabs.tabs(caller, waiting, supervised, wanted)
    tab = tabs.chosen(found, wanted)
    given = given_in(request, KEPT) | {"tab": tab.code}
    filters = tabs.narrowed(tab, given)
    one_page = public.cases(caller, filters, limit=LIMIT, now=now, **_cursor(request))
    selectable = "dispatcher" in caller.kinds() and tab.code in SELECTABLE_TABS
    lines = rows.lines(
        one_page.rows,
        now,
        f"?{urlencode(given)}",
        steps_too=tab.code not in DISPATCH_TABS,
        selectable=selectable,
    )
    context = {
        "rows": lines,
        "long_clock": rows.has_long_clock(lines),
        "tabs": tabs.links(found, tab),
        "tab": tab,
        "selectable": selectable,
        "given": given,
        "list_url": f"/work/?{urlencode(given | _cursor(request))}",
        "heads": _heads(tab),
        "empty": _empty(tab, given, one_page),
        "pages": keyset(request, previous=one_page.previous, following=one_page.next),
        "note": _note(lines, one_page),
        "results": batch.results(request) if request.method == "GET" else [],
    }
    if not is_fragment(request):
        context |= _around(caller, given, lines)
    return respond(
        request, page="urban/worklist/list.html", fragment="urban/worklist/_fragment.html", context=context
    )


def _around(caller: Caller, given: dict[str, str], lines: list[dict[str, Any]]) -> dict[str, Any]:
    """What the whole page shows around its list."""
    return {
        "options": options(given),
        "classes": class_options(given.get("class", "")),
        "look": rows.view_of(lines),
        "with_map": bool(caller.kinds() & MAP_POSTS),
        "bodies": _proposed(lines),
        "urgent_url": _toggled(given, "urgent"),
    }


def _cursor(request: HttpRequest) -> dict[str, str]:
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    return {"after": after} if after else {"before": before} if before else {}


def _heads(tab: tabs.Tab) -> dict[str, str]:
    if tab.code in DISPATCH_TABS:
        return {"clock": _("派遣时限"), "body": _("建议处置单位")}
    return {"clock": _("时限"), "body": _("处置单位")}


def _looked_on() -> dict[str, str]:
    """A page that ended before it was full: no index has this filter, and no more was looked at."""
    return {
        "icon": "search",
        "title": _("看过的这一段里没有符合筛选的案卷"),
        "text": _("还没有看完：请接着往后翻，或者再加一个条件，找起来更快"),
    }


def _empty(tab: tabs.Tab, given: dict[str, str], one_page: public.Page) -> dict[str, str]:
    if one_page.is_partial:
        return _looked_on()
    if set(given) - {"tab"}:
        return {"title": _("没有符合筛选的案卷"), "text": _("换一个区县、类别或来源，或者去掉筛选")}
    if tab.count is None:
        words = {
            "done": _("还没有办过的案卷"),
            "started": _("还没有上报过的问题"),
            "watched": _("还没有关注的案卷"),
        }
        later = {
            "done": _("办过的每一件都会留在这里"),
            "started": _("您上报的问题会留在这里"),
            "watched": _("在案卷页按“关注”，就会留在这里"),
        }
        return {"title": words[tab.code], "text": later[tab.code]}
    return {"title": _("没有%(what)s的案卷") % {"what": tab.title}, "text": _("新案卷会自动出现在这里")}


def _note(lines: list[dict[str, Any]], one_page: public.Page) -> str:
    if one_page.is_partial:
        return _("这一段里有 %(n)d 件，还没有看完：请接着往后翻，或者再加一个条件") % {"n": len(lines)}
    if one_page.next is None and one_page.previous is None:
        n = len(lines)
        return ngettext(
            "共 %(n)d 件，已全部显示。新案卷到席时自动插入，不打断您的选择。",
            "共 %(n)d 件，已全部显示。新案卷到席时自动插入，不打断您的选择。",
            n,
        ) % {"n": n}
    return _("这一页 %(n)d 件") % {"n": len(lines)}


def _proposed(lines: list[dict[str, Any]]) -> list[tuple[int, str]]:
    """The bodies proposed on this page, for the batch bar."""
    return [
        (org, org_name(org)) for org in dict.fromkeys(line["proposed"] for line in lines if line["proposed"])
    ]


def _toggled(given: dict[str, str], name: str) -> str:
    kept = {key: value for key, value in given.items() if key != name}
    return f"?{urlencode(kept if name in given else kept | {name: '1'})}"


@require_http_methods(["GET", "HEAD", "POST"])
@page
def dispatch_several(request: HttpRequest, caller: Caller) -> HttpResponse:
    """派遣 of the ticked cases, each by itself: one that is refused does not stop the others. Whoever opens the address
    alone, after signing in anew or from the history, comes to the desk."""
    if request.method != "POST":
        return HttpResponseRedirect("/work/")
    told = batch.dispatch(
        caller,
        request.POST.getlist("case"),
        request.POST.get("to", ""),
        request.POST.get("idempotency_key", ""),
    )
    batch.keep(request, told)
    query = {name: request.POST[name] for name in KEPT if request.POST.get(name)}
    return HttpResponseRedirect(f"/work/?{urlencode(query)}")


@never_cache
@require_safe
@page
def all_cases(request: HttpRequest, caller: Caller) -> HttpResponse:
    """Every case the reader may see; the address is the search, and can be kept as a bookmark."""
    now, given = timezone.now(), given_in(request, SEARCHED)
    one_page = public.cases(caller, searched(given), limit=LIMIT, now=now, **_cursor(request))
    lines = rows.lines(one_page.rows, now, f"?{urlencode({'list': 'cases'} | given)}", proposing=False)
    context = {
        "rows": lines,
        "long_clock": rows.has_long_clock(lines),
        "given": given,
        "selectable": False,
        "heads": {"clock": _("时限"), "body": _("处置单位")},
        "empty": _looked_on()
        if one_page.is_partial
        else {"title": _("没有找到案卷"), "text": _("号码要写全；地址和问题写其中几个字就行")},
        "list_url": f"/cases/?{urlencode(given | _cursor(request))}",
        "pages": keyset(request, previous=one_page.previous, following=one_page.next),
        "note": _note(lines, one_page)
        if one_page.is_partial
        else _("这一页 %(n)d 件，新的在前") % {"n": len(lines)},
        "options": options(given),
        "classes": class_options(given.get("class", "")),
        "may_phone": public.may_see_caller(caller),
        "urgent_url": _toggled(given, "urgent"),
    }
    return respond(
        request, page="urban/worklist/cases.html", fragment="urban/worklist/_table.html", context=context
    )


def searched(given: dict[str, str]) -> public.Filters:
    """The filters that an address of `/cases/` means."""
    return public.Filters(
        words=given.get("q", "")[:100],
        status=given.get("status", "")[:10],
        light=given.get("light", "")[:6],
        responsible=given.get("responsible", "")[:30],
        supervised=True if given.get("supervised") else None,
        created_from=_day(given.get("from", "")),
        created_to=_day(given.get("to", "")),
        **tabs.narrowing(given),
    )


def _day(text: str) -> datetime | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    if day is None or not 2000 <= day.year <= 2150:
        return None
    return timezone.make_aware(datetime(day.year, day.month, day.day))  # noqa: DTZ001


@require_safe
@page
def find(request: HttpRequest, caller: Caller) -> JsonResponse:
    """A few cases for a field that asks for one."""
    found = public.find(caller, request.GET.get("q", "")[:60], timezone.now())
    return JsonResponse(
        {
            "items": [
                {
                    "value": row["number"],
                    "title": row["case_number"] or row["number"],
                    "note": f"{public.case_title(row['title'])} {row['address']}",
                }
                for row in found
            ]
        }
    )


@require_safe
@page
def city_map(request: HttpRequest, caller: Caller) -> HttpResponse:
    """The whole city with the open cases this reader may see."""
    return render(request, "urban/worklist/map.html", {"status": choices.STATUS})
