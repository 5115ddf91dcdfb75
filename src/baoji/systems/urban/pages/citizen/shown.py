"""案卷地图: what the city works on, for everybody. Places of homes and people are coarse, photos have been looked at first."""

from typing import Any

from django.core.cache import cache
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baoji.kernel.base.errors import Invalid, Refused, TooMany
from baoji.kernel.maps.tiles import MIME, is_tile
from baoji.kernel.organisations.names import division_name
from baoji.kernel.records.responses import file_response
from baoji.kernel.ui.pages import keyset
from baoji.kernel.wire.visitors import network_of
from baoji.systems.urban import public
from baoji.systems.urban.pages.citizen import limits
from baoji.systems.urban.pages.citizen.shown_words import line, points
from baoji.systems.urban.pages.citizen.told import told
from baoji.systems.urban.pages.reporting.topics import KINDS, topic
from baoji.systems.urban.queries.stamps import public_stamp
from baoji.systems.urban.queries.words import public_words

A_PAGE = 30
MINUTE_S = 60
STATUSES = {"open": "open", "closed": "closed"}


def wanted_of(given: Any) -> public.Wanted:
    """The filters of an address: `area` (a division's code), `kind` (component, event), `class` (`e0110`; or `0110`, of
    one `kind` or of both), `status` (open, closed).

    Raises Invalid.
    """
    area, key, status, kind = (given.get(name, "").strip() for name in ("area", "class", "status", "kind"))
    if area and not (area.isascii() and area.isdigit() and len(area) in {6, 9, 12} and division_name(area)):
        raise Invalid(_("没有这个区域"), errors={"area": [_("没有这个区域")]})
    letter = _letter(kind)
    found = [one for one in _topics(key, letter) if topic(one)] if key else []
    if key and not found:
        raise Invalid(_("没有这个类别"), errors={"class": [_("没有这个类别")]})
    if status and status not in STATUSES:
        raise Invalid(_("状态是 open 或 closed"), errors={"status": [_("状态是 open 或 closed")]})
    if len(found) > 1:
        return public.Wanted(area=area, code=key, status=status)
    return public.Wanted(area=area, topic="".join(found), status=status, kind=letter)


def _letter(kind: str) -> str:
    """`c` or `e`; '' for both."""
    letter = next((letter for letter, name in KINDS.items() if kind == name), "")
    if kind and not letter:
        sentence = _("kind 是 component 或 event")
        raise Invalid.at("kind", sentence)
    return letter


def _topics(key: str, kind: str) -> list[str]:
    """What a class may mean: the kind stands before it, beside it or nowhere."""
    letters = [kind] if kind else list(KINDS)
    return [key] if key[:1] in letters else [letter + key for letter in letters]


@require_safe
@told
def home(request: HttpRequest) -> HttpResponse:
    limits.reads.take(network_of(request))
    wanted, now = wanted_of(request.GET), timezone.now()
    found = public.listed(wanted, after=request.GET.get("after", ""), limit=A_PAGE)
    n_open, n_closed = counted(wanted.area)
    context = {
        "rows": [line(row, now) for row in found.rows],
        "pages": keyset(request, previous=None, following=found.next),
        "wanted": wanted,
        "counties": public.counties(),
        "classes": classes(),
        "n_open": n_open,
        "n_closed": n_closed,
        "days": public.shown_days(),
        "metres": round(public.coarse_m()),
        "may_mail": public.may_mail(),
        "query": _query(wanted),
        "is_first": not request.GET.get("after"),
    }
    return render(request, "urban/citizen/home.html", context)


def _query(wanted: public.Wanted) -> str:
    """The filters that a feed of this list carries."""
    kind = KINDS[wanted.kind] if wanted.kind and not wanted.topic else ""
    given = {"area": wanted.area, "kind": kind, "class": wanted.topic or wanted.code}
    return "&".join(f"{name}={value}" for name, value in given.items() if value)


def counted(area: str) -> tuple[int, int]:
    """Open cases and those closed in 30 days, at most a minute old."""
    key = f"public-count-{area}"
    found: tuple[int, int] | None = cache.get(key)
    if found is None:
        found = public.count_open(area)
        cache.set(key, found, MINUTE_S)
    return found


def classes() -> list[tuple[str, str]]:
    """(key, name) of every class in force."""
    return sorted(
        ((row.kind[0] + row.code, public.class_name(row)) for row in public.book().classes.values()),
        key=lambda pair: pair[0],
    )


@require_safe
@told
def case(request: HttpRequest, number: str) -> HttpResponse:
    limits.reads.take(network_of(request))
    row, now = public.public_case(number), timezone.now()
    shown = line(row, now)
    context = {
        "one": shown,
        "steps": points(row, now),
        "simulated": row["simulated"],
        "words": public_words([row["case_id"]]).get(row["case_id"]),
        "photos": [_photo(one) for one in public.public_photos(row["case_id"])],
        "markers": [
            {"lon": row["lon"], "lat": row["lat"], "title": shown["title"]}
            | ({"square": round(public.coarse_m())} if row["coarse"] else {})
        ],
        "metres": round(public.coarse_m()),
        "may_mail": public.may_mail(),
    }
    return render(request, "urban/citizen/case.html", context)


def _photo(found: dict[str, Any]) -> dict[str, Any]:
    label = {"report": _("处置前"), "handle": _("处置后"), "check": _("核查"), "verify": _("核实")}.get(
        found["stage"], _("照片")
    )
    return {
        "url": f"/public/photos/{found['id']}/320",
        "full": f"/public/photos/{found['id']}/1600",
        "label": label,
        "at": found["at"],
        "alt": label,
    }


@require_safe
def photo(request: HttpRequest, id_: int, size: str) -> HttpResponseBase:
    """A reviewed photo's copy, never the original, never wider than 1600 pixels."""
    if size not in {"320", "1600"}:
        return HttpResponse(status=404)
    try:
        limits.pictures.take(network_of(request))
        found = public.public_photo(id_)
        words = public_stamp(found, size)
        response = file_response(request, found["sha256"], found["mime"], size, words)
    except Refused as refused:
        return _wordless(refused)
    response.headers["Cache-Control"] = "public, max-age=300"  # a review may be taken back
    return response


@require_safe
def tile(request: HttpRequest, z: int, x: int, y: int) -> HttpResponse:
    """Open public cases as a vector tile."""
    if not is_tile(z, x, y):
        return HttpResponse(status=404)
    try:
        limits.pictures.take(network_of(request))
    except TooMany as refused:
        return _wordless(refused)
    english = request.GET.get("lang") == "en"
    key = f"public-tile-{int(english)}-{z}-{x}-{y}"
    body: bytes | None = cache.get(key)
    if body is None:
        body = public.public_tile(z, x, y, timezone.now(), english=english)
        cache.set(key, body, MINUTE_S)
    return HttpResponse(body, content_type=MIME, headers={"Cache-Control": f"public, max-age={MINUTE_S}"})


def _wordless(refused: Refused) -> HttpResponse:
    """For what asks for a picture and reads no words."""
    later = {"Retry-After": str(refused.retry_after)} if isinstance(refused, TooMany) else {}
    return HttpResponse(status=refused.status, headers=later)
