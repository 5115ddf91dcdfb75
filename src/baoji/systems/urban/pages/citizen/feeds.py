"""Public cases for programs: GeoJSON (RFC 7946) in pages, Atom (RFC 4287). The names here are never renamed. Who asks again with the
`ETag` is told when nothing has changed."""

from datetime import datetime
from typing import Any
from urllib.parse import urlencode
from xml.etree import ElementTree as xml

import orjson
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page, require_safe

from baoji.kernel.base.errors import Invalid, Refused
from baoji.kernel.base.links import link
from baoji.kernel.base.phrases import remarked
from baoji.kernel.base.text import legal_in_xml
from baoji.kernel.organisations.names import centre_name, division_name, in_english
from baoji.kernel.organisations.queries import organisations
from baoji.kernel.wire.problems import from_refusal
from baoji.kernel.wire.visitors import network_of
from baoji.systems.urban import public
from baoji.systems.urban.pages.citizen import limits
from baoji.systems.urban.pages.citizen.shown import wanted_of
from baoji.systems.urban.pages.citizen.shown_words import light_of, line
from baoji.systems.urban.queries.words import public_words

MOST, USUAL, NEWEST = 1000, 200, 50
OPEN_TO_ALL = {
    "Access-Control-Allow-Origin": "*",
    "Cache-Control": "public, max-age=60",
    "Vary": "Accept-Language, Cookie",
}
ATOM, GEORSS = "http://www.w3.org/2005/Atom", "http://www.georss.org/georss"


@require_safe
@conditional_page
def geojson(request: HttpRequest) -> HttpResponse:
    """`bbox`, `since`, `area`, `class`, `status`, `limit`, `after`; the next page's address stands in `links` and in Link."""
    try:
        limits.reads.take(network_of(request))
        wanted = wanted_of(request.GET)
        wanted.bbox, wanted.since = _box(request.GET.get("bbox", "")), _since(request.GET.get("since", ""))
        found = public.listed(
            wanted, after=request.GET.get("after", ""), limit=_limit(request.GET.get("limit", ""))
        )
    except Refused as refused:
        return from_refusal(refused)
    headers, links = dict(OPEN_TO_ALL), []
    words = public_words([row["case_id"] for row in found.rows])
    if found.next:
        query = request.GET.copy()
        query["after"] = found.next
        href = link(request, f"{request.path}?{query.urlencode()}")
        links, headers["Link"] = [{"rel": "next", "href": href}], f'<{href}>; rel="next"'
    body = {
        "type": "FeatureCollection",
        "features": [_feature(request, row, words.get(row["case_id"])) for row in found.rows],
        "links": links,
    }
    return HttpResponse(orjson.dumps(body), content_type="application/geo+json", headers=headers)


def _feature(request: HttpRequest, row: dict[str, Any], words: tuple[str, bool] | None) -> dict[str, Any]:
    kind = {"c": "component", "e": "event"}[row["topic"][:1]]
    return {
        "type": "Feature",
        "id": row["number"],
        "geometry": {"type": "Point", "coordinates": [round(row["lon"], 6), round(row["lat"], 6)]},
        "properties": {
            "number": row["number"],
            "title": public.case_title(row["title"]),
            "words": words[0] if words else None,
            "words_edited": words[1] if words else None,
            "kind": kind,
            "class": row["topic"][1:],
            "status": row["status"],
            "stage": row["stage"],
            "step": row["step"],
            "light": light_of(row, timezone.now()),
            "severity": row["severity"],
            "area": row["area"],
            "address": row["address"],
            "coarse": row["coarse"],
            "responsible": organisations().code(row["body_id"])
            if row["body_id"] in organisations().known
            else None,
            "me_too": row["me_too"],
            "reported_at": row["created_at"],
            "filed_at": row["filed_at"],
            "due_at": row["due_at"],
            "closed_at": row["closed_at"],
            "changed_at": row["changed_at"],
            "url": link(request, reverse("public-case", args=[row["number"]])),
        },
    }


def _box(given: str) -> public.Box | None:
    """West, south, east, north in degrees (RFC 7946, section 5)."""
    if not given:
        return None
    try:
        w, s, e, n = (float(part) for part in given.split(","))
        if not (-180 <= w <= e <= 180 and -85 <= s <= n <= 85):
            raise ValueError
    except ValueError as fault:
        sentence = _("bbox 是西、南、东、北四个数，用逗号分开")
        raise Invalid(sentence, errors={"bbox": [_("西,南,东,北")]}) from fault
    return w, s, e, n


def _since(given: str) -> datetime | None:
    """An instant, or a day in the city's time."""
    if not given:
        return None
    try:
        found = parse_datetime(given.replace(" ", "+"))
        day = parse_date(given) if found is None else None
    except ValueError:
        found = day = None
    if found is None and day is not None:
        found = datetime(day.year, day.month, day.day)  # noqa: DTZ001 made aware below
    if found is None or not 2000 <= found.year <= 2150:
        sentence = _("since 写成 2026-11-24 或 2026-11-24T08:00:00+08:00")
        raise Invalid.at("since", sentence)
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _limit(given: str) -> int:
    if not given:
        return USUAL
    if not (given.isascii() and given.isdigit() and 1 <= int(given[:9]) <= MOST):
        sentence = _("limit 是 1 到 %(n)d 的整数") % {"n": MOST}
        raise Invalid.at("limit", sentence)
    return int(given)


@require_safe
@conditional_page
def atom(request: HttpRequest) -> HttpResponse:
    """The fifty cases that changed last; `area`, `class`, `status` as in the list."""
    try:
        limits.reads.take(network_of(request))
        wanted = wanted_of(request.GET)
    except Refused as refused:
        return from_refusal(refused)
    rows = public.newest_changes(wanted, NEWEST)
    given = {name: request.GET[name] for name in ("area", "kind", "class", "status") if request.GET.get(name)}
    here = link(request, request.path + (f"?{urlencode(given)}" if given else ""))
    feed = _element("feed", None, **{"xml:lang": "en" if in_english() else "zh-CN"})
    _element("id", feed, text=here)
    _element("title", feed, text=_title(wanted))
    _element("updated", feed, text=_instant(rows[0]["changed_at"] if rows else timezone.now()))
    _element("link", feed, rel="self", href=here, type="application/atom+xml")
    _element("link", feed, rel="alternate", href=link(request, "/public/"), type="text/html")
    _element("name", _element("author", feed), text=centre_name())
    words = public_words([row["case_id"] for row in rows])
    for row in rows:
        _entry(request, feed, row, words.get(row["case_id"]))
    body = xml.tostring(feed, encoding="utf-8", xml_declaration=True)
    return HttpResponse(body, content_type="application/atom+xml; charset=utf-8", headers=OPEN_TO_ALL)


def _title(wanted: public.Wanted) -> str:
    where = division_name(wanted.area) if wanted.area else _("全市")
    return _("%(where)s的公开案卷") % {"where": where}


def _entry(
    request: HttpRequest, feed: xml.Element, row: dict[str, Any], said: tuple[str, bool] | None
) -> None:
    shown, now = line(row, timezone.now()), timezone.now()
    url = link(request, shown["url"])
    entry = _element("entry", feed)
    _element("id", entry, text=url)
    _element("title", entry, text=shown["title"])
    _element("updated", entry, text=_instant(row["changed_at"]))
    _element("published", entry, text=_instant(row["filed_at"] or row["created_at"]))
    _element("link", entry, rel="alternate", href=url, type="text/html")
    _element("category", entry, term=row["topic"])
    words = [shown["state"], shown["place"], shown["body"], shown["due"] if light_of(row, now) else ""]
    _element("summary", entry, text=" · ".join(word for word in words if word))
    if said:
        _element("content", entry, text=remarked(said[0], _("经编辑")) if said[1] else said[0], type="text")
    point = xml.SubElement(entry, f"{{{GEORSS}}}point")
    point.text = f"{row['lat']:.6f} {row['lon']:.6f}"


def _element(name: str, parent: xml.Element | None, text: str = "", **attributes: str) -> xml.Element:
    tag = f"{{{ATOM}}}{name}"
    made = xml.Element(tag, attributes) if parent is None else xml.SubElement(parent, tag, attributes)
    if text:
        made.text = legal_in_xml(text)
    return made


def _instant(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


xml.register_namespace("", ATOM)
xml.register_namespace("georss", GEORSS)
