"""The API of 数字城管. Every write goes through the same actions as the desks."""

import re
from hashlib import blake2b
from typing import Any

import orjson
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from ninja import Query, Router

from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused
from baoji.kernel.records.actions import keeping
from baoji.kernel.wire import once
from baoji.kernel.wire.callers import must_be_signed_in
from baoji.systems.urban import public
from baoji.systems.urban.api import incoming
from baoji.systems.urban.api.field.deliveries import router as field_deliveries
from baoji.systems.urban.api.field.street import router as field_street
from baoji.systems.urban.api.field.working import router as field_working
from baoji.systems.urban.api.hotline import router as hotline
from baoji.systems.urban.api.public import router as for_strangers
from baoji.systems.urban.api.reporting import (
    BODY,
    IDEMPOTENCY_KEY,
    IF_MATCH,
    IF_NONE_MATCH,
    PROBLEMS,
    aware,
    draft_of,
    parsed,
    reply,
)
from baoji.systems.urban.api.schemas import (
    CaseFilters,
    CaseOut,
    CasePage,
    ComponentFilters,
    ComponentOut,
    ComponentPage,
    NamedPage,
    ReportOut,
)
from baoji.systems.urban.api.suggest import router as suggestions
from baoji.systems.urban.rules.table import FLOW

STEPS = frozenset(step.name for step in FLOW.steps)
router = Router(tags=["urban"], by_alias=True)
router.add_router("", for_strangers)
router.add_router("/field", field_deliveries)
router.add_router("/field", field_working)
router.add_router("/field", field_street)
router.add_router("", suggestions)
router.add_router("", hotline)


@router.post(
    "/reports",
    response={201: ReportOut, **PROBLEMS},
    summary="上报问题",
    openapi_extra=BODY,
)
def create_report(request: HttpRequest) -> HttpResponse:
    """Takes a report in. 201 with the task number means it is durable."""
    caller = must_be_signed_in(request)
    body, uploads = incoming.read(request, "report")
    key = incoming.key_of(request)
    request_hash = incoming.hash_of(request, body, uploads) if key else ""
    draft, now = draft_of(parsed(body)), timezone.now()
    with incoming.kept(uploads, now) as files:
        taken = public.take_report(
            by=caller, draft=draft, now=now, files=files, key=key, request_hash=request_hash
        )
    if taken.earlier is not None:
        status, answer = once.earlier_answer(taken.earlier, request_hash)
        return reply(status, answer, {"Location": f"/api/v1/cases/{answer['number']}"})
    return reply(201, taken.answer, {"Location": f"/api/v1/cases/{taken.number}"})


def _case(caller: Any, number: str) -> tuple[bytes, str]:
    now = timezone.now()
    loaded = public.case_for(caller, number)
    body = public.view(caller, loaded, now) | public.likely_duplicates(caller, loaded.case, loaded.extra)
    body["acts"] = public.offered(caller, loaded, now)
    sent = orjson.dumps(body)
    return sent, etag(loaded.case.version, sent)


def etag(version: int, body: bytes = b"") -> str:
    """The version, and for a read what this reader gets at this hour: lights turn and acts differ without an act."""
    return f'"{version}-{blake2b(body, digest_size=6).hexdigest()}"' if body else f'"{version}"'


# What a case says depends on who reads it, in which language, and when.
FRESH = {"Cache-Control": "private, no-cache", "Vary": "Authorization, Accept-Language, Cookie"}
TAG = re.compile(r'(?:W/)?"?([0-9]{1,9})(?:-[\w-]*)?"?', re.ASCII)


@router.get("/cases", response={200: CasePage, **PROBLEMS}, summary="案卷清单")
def list_cases(request: HttpRequest, given: Query[CaseFilters]) -> HttpResponse:
    """What this caller may see, newest first; with `desk=todo` what waits for them, 特急 first. Pages by key.

    A page looks at no more than some ten thousand cases: with filters that no index holds it may be short, or empty, while
    `next` still says where to look on. The list ends where `next` is null.
    """
    caller, now = must_be_signed_in(request), timezone.now()
    if given.step and given.step not in STEPS:
        sentence = _("没有这个步骤")
        raise Invalid.at("step", sentence)
    filters = public.Filters(
        desk=given.desk,
        status=given.status,
        stage=given.stage,
        step=given.step,
        kind=given.kind,
        class_code=given.class_,
        source=given.source,
        severity=given.severity,
        area=given.area,
        responsible=given.responsible,
        light=given.light,
        supervised=given.supervised,
        created_from=aware(given.created_from),
        created_to=aware(given.created_to),
        words=given.q,
    )
    page = public.cases(caller, filters, after=given.after, limit=given.limit, now=now)
    return reply(200, {"items": [public.line(row, now) for row in page.rows], "next": page.next})


@router.get("/components", response={200: ComponentPage, **PROBLEMS}, summary="部件清单")
def list_components(request: HttpRequest, given: Query[ComponentFilters]) -> HttpResponse:
    """The ledger in code order."""
    must_be_signed_in(request)
    items, after = public.components(
        bbox=_box(given.bbox), class_code=given.class_, words=given.q, after=given.after, limit=given.limit
    )
    return reply(200, {"items": items, "next": after})


def _box(given: str) -> tuple[float, float, float, float] | None:
    if not given:
        return None
    try:
        w, s, e, n = (float(part) for part in given.split(","))
        if not (-180 <= w <= e <= 180 and -90 <= s <= n <= 90):
            raise ValueError
    except ValueError as fault:
        raise Invalid(
            _("bbox 是西、南、东、北四个数，用逗号分开"), errors={"bbox": [_("西,南,东,北")]}
        ) from fault
    return w, s, e, n


@router.get("/components/{code}", response={200: ComponentOut, **PROBLEMS}, summary="一个部件")
def get_component(request: HttpRequest, code: str) -> HttpResponse:
    must_be_signed_in(request)
    found = public.component(code) if code.isdigit() else None
    if found is None:
        raise NotThere(_("台账里没有这个部件"))
    return reply(200, found)


@router.get("/organisations", response={200: NamedPage, **PROBLEMS}, summary="可派遣的单位")
def list_organisations(request: HttpRequest, q: str = "") -> HttpResponse:
    must_be_signed_in(request)
    return reply(200, {"items": public.bodies(q), "next": None})


@router.get("/collectors", response={200: NamedPage, **PROBLEMS}, summary="采集员")
def list_collectors(request: HttpRequest, q: str = "") -> HttpResponse:
    caller = must_be_signed_in(request)
    if not public.sees_all(caller):
        raise NotAllowed(_("您的岗位不能看采集员名单"))
    found = [{"code": c.code, "name": c.name} for c in public.collectors() if q in c.code or q in c.name]
    return reply(200, {"items": found, "next": None})


@router.get("/classes", response={200: NamedPage, **PROBLEMS}, summary="类别与立案条件")
def list_classes(request: HttpRequest, kind: str = "", q: str = "") -> HttpResponse:
    must_be_signed_in(request)
    return reply(200, {"items": public.class_table(kind, q), "next": None})


@router.get(
    "/cases/{number}",
    response={200: CaseOut, 304: None, **PROBLEMS},
    summary="一件案卷",
    openapi_extra={"parameters": [IF_NONE_MATCH]},
)
def get_case(request: HttpRequest, number: str) -> HttpResponse:
    """By task number or case number; with `acts`: what this caller may do now."""
    body, tag = _case(must_be_signed_in(request), number)
    headers = {"ETag": tag, **FRESH}
    known = {one.strip().removeprefix("W/") for one in request.headers.get("If-None-Match", "").split(",")}
    if known & {tag, "*"}:
        return HttpResponse(status=304, headers=headers)
    return HttpResponse(body, content_type="application/json", headers=headers)


# A program asks by HEAD whether a case has changed; the document describes the one way that says more.
router.api_operation(["HEAD"], "/cases/{number}", include_in_schema=False)(get_case)


def _expected(request: HttpRequest, number: str) -> int | None:
    """The version that the act is for. Of several (RFC 9110 allows a list) the one the case has now, if it is among them."""
    header = request.headers.get("If-Match", "").strip()
    if header in {"", "*"}:
        return None
    found = [int(tag[1]) for one in header.split(",") if (tag := TAG.fullmatch(one.strip()))]
    if not found:
        raise Refused(_("If-Match 不是这件案卷的 ETag"), code="stale", status=412)
    now = public.load(number).case.version if len(found) > 1 else found[0]
    return now if now in found else found[0]


@router.post(
    "/cases/{number}/acts/{act}",
    response={200: CaseOut, **PROBLEMS},
    summary="办理",
    openapi_extra={
        "parameters": [IDEMPOTENCY_KEY, IF_MATCH],
        "requestBody": {
            "content": {
                "application/json": {"schema": {"type": "object"}},
                "multipart/form-data": {
                    "schema": {
                        "type": "object",
                        "properties": {
                            "facts": {"type": "string", "contentMediaType": "application/json"},
                            "photo": {"type": "array", "items": {"type": "string", "format": "binary"}},
                        },
                    }
                },
            }
        },
    },
)
def do_act(request: HttpRequest, number: str, act: str) -> HttpResponse:
    """Does one act; answers with the case as it then is. `Prefer: return=minimal` leaves it out (RFC 7240)."""
    caller = must_be_signed_in(request)
    body, uploads = incoming.read(request, "facts")
    key, now = incoming.key_of(request), timezone.now()
    request_hash = incoming.hash_of(request, body, uploads) if key else ""
    expected, who = _expected(request, number), once.name_of(caller)
    with keeping(uploads, now=now) as files:
        earlier = once.claim(who, key, request_hash) if key else None
        if earlier is not None:
            return reply(earlier[0], earlier[1], {"ETag": etag(earlier[1]["version"]), **FRESH})
        minimal = "return=minimal" in request.headers.get("Prefer", "")
        doing = public.perform_inside(
            number=number,
            act=act,
            by=caller,
            facts=body,
            now=now,
            files=files,
            version=expected,
            tells=not minimal,
        )
        answer: dict[str, Any]
        if minimal:
            answer = {**public.summary(caller, doing.case, doing.extra, now), "version": doing.case.version}
        else:
            answer = _after(caller, doing)
        if key:
            once.answer(who, key, 200, orjson.loads(orjson.dumps(answer)))
    return reply(200, answer, {"ETag": etag(answer["version"]), **FRESH})


def _after(caller: Any, doing: Any) -> dict[str, Any]:
    """The case after the act, also for somebody who by the act has stopped seeing it."""
    now, loaded = timezone.now(), public.after(doing)
    body = public.view(caller, loaded, now)
    body["acts"] = public.offered(caller, loaded, now)
    return body


# Addresses are tried in this order: first what programs call most.
ACTS = "/cases/{number}/acts/{act}"
router.path_operations = {ACTS: router.path_operations[ACTS], **router.path_operations}
