"""Open311 GeoReport v2: https://wiki.open311.org/GeoReport_v2 — what was chosen where it is silent stands in docs/systems/open311.md."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from django.conf import settings as django_settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from baoji.kernel.base.errors import Invalid, NotThere, TooMany
from baoji.kernel.base.links import link
from baoji.kernel.records.responses import file_response
from baoji.kernel.wire.visitors import network_of
from baoji.systems.urban.api.open311 import intake, kept, limits, shapes, words
from baoji.systems.urban.api.open311.door import errors, from_refusal, refused, resource
from baoji.systems.urban.api.open311.formats import MIMES, Answer, response
from baoji.systems.urban.api.open311.given import Given
from baoji.systems.urban.api.open311.shapes import Reader
from baoji.systems.urban.queries import open311_requests as found_requests
from baoji.systems.urban.queries import open311_services
from baoji.systems.urban.queries.open311_keys import Key
from baoji.systems.urban.queries.open311_requests import Asked, Mark
from baoji.systems.urban.queries.stamps import public_stamp
from baoji.systems.urban.rules.open311 import MOST_REQUESTS, Moment, Span, attributes_of, span_of

SPECIFICATION = "http://wiki.open311.org/GeoReport_v2"
ENDPOINT = "/open311/v2"
PRIVATE = {"Cache-Control": "private, no-cache"}
STATUSES = frozenset({"open", "closed"})
EVER = Span(datetime(1970, 1, 1, tzinfo=UTC), datetime(9999, 1, 1, tzinfo=UTC))


@resource("GET")
def discovery(given: Given, key: Key | None) -> Answer:
    """Where the endpoint is, what it speaks, since when the service list is as it is."""
    changed_at = shapes.when(open311_services.changeset())
    return Answer(
        "discovery",
        {
            "changeset": changed_at,
            "contact": _("12319 城市管理热线"),
            "key_service": _(
                "向城市管理监督中心申请密钥，电话 12319；运行维护员用 baoji open311 key create 发放"
            ),
            "endpoints": [
                {
                    "specification": SPECIFICATION,
                    "url": link(given.request, ENDPOINT),
                    "changeset": changed_at,
                    "type": "test" if django_settings.DEMO else "production",
                    "formats": [mime.partition(";")[0] for mime in MIMES.values()],
                }
            ],
        },
    )


@resource("GET")
def services(given: Given, key: Key | None) -> Answer:
    """Every class in force as a service; without a key."""
    return Answer("services", open311_services.services())


@resource("GET")
def service(given: Given, key: Key | None, code: str) -> Answer:
    """The definition of a service: its attributes, from the JSON Schema of its class."""
    row = open311_services.class_of(code)
    attributes = attributes_of(open311_services.class_schema(row))
    return Answer("service_definition", {"service_code": code, "attributes": attributes})


@resource("GET", "POST")
def requests(given: Given, key: Key | None) -> Answer:
    """GET: requests by number, or of a span of time, page by page, without a key too. POST: a new one, with a key. Raises
    Refused, all that is wrong at once."""
    if given.request.method == "POST" and key is not None:
        return intake.create(given, key)
    return _listed(given, key)


def _listed(given: Given, key: Key | None) -> Answer:
    """By number, whatever else is asked; else the newest of a span of time, page by page."""
    now, reader = timezone.now(), _reader(given, key)
    numbers = given.texts("service_request_id")
    if len(numbers) > MOST_REQUESTS:
        raise Invalid.at("service_request_id", _("一次最多 %(n)d 个编号") % {"n": MOST_REQUESTS})
    if numbers:
        return _told(
            found_requests.marks_of(found_requests.ids_of(numbers, reader.key_id, now)), given, reader
        )
    asked = _asked(given, key, now)
    marks = found_requests.page_of(asked, reader.key_id, now)
    answer = _told(marks, given, reader)
    if len(marks) == asked.page_size:
        answer.headers["Link"] = f'<{_next_page(given, asked)}>; rel="next"'
    return answer


@resource("GET")
def request(given: Given, key: Key | None, number: str) -> Answer:
    """One request, by its task or case number, as a list of one. Raises NotThere."""
    reader = _reader(given, key)
    id_ = found_requests.id_of(number, reader.key_id, timezone.now())
    if id_ is None:
        raise NotThere(_("没有这个编号：%(number)s") % {"number": number[:60]})
    return _answer([id_], given, reader)


@resource("GET")
def token(given: Given, key: Key | None, token: str) -> Answer:
    """Numbers are given at once, so no token is ever handed out; a number stands for itself."""
    key_id = key.id if key else 0
    id_ = found_requests.id_of(token, key_id, timezone.now())
    if id_ is None:
        raise NotThere(_("没有这个 token：%(token)s") % {"token": token[:60]})
    number = found_requests.details([id_], key_id)[0]["number"]
    return Answer("service_requests", [{"service_request_id": number, "token": token}])


@resource("GET", "POST")
def updates(given: Given, key: Key | None) -> Answer:
    """What happened to requests in a span of time, as FixMyStreet asks for it; a post is a word of the reporter."""
    if given.request.method == "POST" and key is not None:
        return intake.create_update(given, key)
    now, reader = timezone.now(), _reader(given, key)
    page, page_size = given.page(deep=key is not None)
    span = _span(given, "start_date", "end_date", now)
    steps = found_requests.steps_between(
        span, words.TOLD_ACTS, page=page, page_size=page_size, key_id=reader.key_id, now=now
    )
    ids = sorted({step["case_id"] for step in steps})
    rows = {row["id"]: row for row in found_requests.details(ids, reader.key_id)}
    photos = found_requests.photos_of(ids, reader.key_id)
    return Answer("service_request_updates", shapes.updates(steps, rows, reader, photos))


@require_safe
def photo(request: HttpRequest, id_: int) -> HttpResponseBase:
    """A copy without EXIF: of a cleared photo for everybody, of another one for whoever was given its signed address."""
    is_signed = shapes.is_signed(id_, request.GET.get("sig", ""))
    if not is_signed:
        try:
            limits.photos.take(network_of(request))
        except TooMany as full:
            return response(from_refusal(full), "xml")
    found = found_requests.photo(id_)
    if found is None or not (found["shown"] or is_signed):
        return response(errors(404, [_("没有这张照片")]), "xml")
    words = public_stamp(found, "1600")
    return file_response(request, found["sha256"], found["mime"], "1600", words)


def nowhere(request: HttpRequest, path: str) -> HttpResponse:
    """Every other address below /open311/."""
    return refused(request, 404, _("没有这个地址"), path.rpartition(".")[2])


def _too_large_nowhere(request: HttpRequest, status: int, sentence: str, path: str) -> HttpResponse:
    return refused(request, status, sentence, path.rpartition(".")[2])


nowhere.refused = _too_large_nowhere  # type: ignore[attr-defined]


def _reader(given: Given, key: Key | None) -> Reader:
    return Reader(key.id if key else 0, link(given.request, ENDPOINT))


def _told(marks: Sequence[Mark], given: Given, reader: Reader) -> Answer:
    """A list: what many ask for is kept written."""
    if given.flag("extensions"):
        return _answer([mark.id for mark in marks], given, reader)
    pieces = kept.told(marks, reader, lambda ids: _answer(ids, given, reader).body)
    return Answer("service_requests", pieces, headers=dict(PRIVATE))


def _answer(ids: Sequence[int], given: Given, reader: Reader) -> Answer:
    rows = found_requests.details(ids, reader.key_id)
    photos = found_requests.photos_of(ids, reader.key_id)
    told = shapes.requests(rows, reader, photos)
    if given.flag("extensions"):
        steps = found_requests.steps_of(ids)
        for one, row in zip(told, rows, strict=True):
            shapes.extend(one, row, reader, steps.get(row["id"], []), photos.get(row["id"], []))
    return Answer("service_requests", told, headers=dict(PRIVATE))


def _asked(given: Given, key: Key | None, now: datetime) -> Asked:
    """Without any time asked for: the last 90 days. A time of change alone reaches back without limit."""
    statuses = {status.lower() for status in given.texts("status")}
    if statuses - STATUSES:
        raise Invalid.at("status", _("status 可以是 open、closed"))
    after, before = given.moment("updated_after"), given.moment("updated_before")
    by_change = bool(after or before)
    page, page_size = given.page(deep=key is not None)
    is_by_request = given.text("start_date") or given.text("end_date") or not by_change
    return Asked(
        requested=_span(given, "start_date", "end_date", now) if is_by_request else None,
        updated=_changed(after, before) if by_change else None,
        statuses=frozenset(statuses),
        topics=given.texts("service_code"),
        page=page,
        page_size=page_size,
    )


def _changed(after: Moment | None, before: Moment | None) -> Span:
    return Span(after.first if after else EVER.first, before.past if before else EVER.past)


def _span(given: Given, start: str, end: str, now: datetime) -> Span:
    span = span_of(given.moment(start), given.moment(end), now)
    if span == "reversed":
        raise Invalid.at(end, _("end_date 早于 start_date"))
    if not isinstance(span, Span):
        raise Invalid.at(start, _("start_date 到 end_date 最多 90 天"))
    return span


def _next_page(given: Given, asked: Asked) -> str:
    """Without the key: an address that is written down or passed on shall not carry it."""
    query: Any = given.request.GET.copy()
    query.pop("api_key", None)
    query["page"], query["page_size"] = asked.page + 1, asked.page_size
    return link(given.request, f"{given.request.path}?{query.urlencode()}")
