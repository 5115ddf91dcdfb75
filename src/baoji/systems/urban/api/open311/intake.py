"""A service request as it is posted: read, checked as a whole, taken in by the citizens' door."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime
from math import isfinite
from typing import Any
from urllib.parse import urlsplit

import orjson
from django.core.files.uploadedfile import UploadedFile
from django.utils import timezone
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid, NotAllowed, NotThere, Refused
from baoji.kernel.base.links import link
from baoji.kernel.base.phrases import sentences
from baoji.kernel.flow.run import File
from baoji.kernel.records.actions import keep
from baoji.kernel.wire import once
from baoji.kernel.worktime.calendar import SHANGHAI
from baoji.systems.urban import public
from baoji.systems.urban.actions.citizen_door import checked_mail
from baoji.systems.urban.actions.open311_keys import count_post
from baoji.systems.urban.actions.open311_requests import Passed, add_update, file_request
from baoji.systems.urban.api.open311 import words
from baoji.systems.urban.api.open311.formats import Answer
from baoji.systems.urban.api.open311.given import Given
from baoji.systems.urban.queries.book import ClassRow, photos
from baoji.systems.urban.queries.open311_keys import Key
from baoji.systems.urban.queries.open311_requests import details, id_of
from baoji.systems.urban.queries.open311_services import class_of, class_schema
from baoji.systems.urban.queries.written_places import place_of_address
from baoji.systems.urban.rules.open311 import LONGEST_DESCRIPTION, full_name, read_attributes

CRS = "EPSG:4326"  # what "WGS84" in the specification means; CGCS2000 agrees with it to centimetres
MEDIA = ("media", "media[]")
LONGEST_URL = 500
# The specification's name of what the report calls otherwise.
NAMES = {
    "class": "service_code",
    "condition": "attribute[condition]",
    "component": "attribute[component]",
    "found_at": "attribute[found_at]",
    "location": "lat, long",
    "crs": "lat, long",
    "address": "address_string",
    "caller_name": "first_name, last_name",
    "caller_phone": "phone",
    "mail": "email",
    "opinion": "description",
}


def create(given: Given, key: Key) -> Answer:
    """200 and the number: it is durable. Every attribute, place and field that is wrong is named at once."""
    now = timezone.now()
    count_post(key, now)
    row = _service(given)
    draft, attributes = _draft(given, row)
    idempotency = once.checked_key(given.request.headers.get("Idempotency-Key", ""))
    uploads = _uploads(given)
    with _named():
        passed = Passed(
            mail=checked_mail(given.text("email")),
            media_url=_media_url(given),
            once=idempotency,
            request_hash=_fingerprint(given, uploads) if idempotency else "",
        )
        if passed.media_url:
            draft.description = f"{draft.description}\n{passed.media_url}".strip()
        passed.files = _kept(uploads, now)
        taken = file_request(key, draft, passed, now)
    answer = taken.answer
    if taken.earlier is not None:
        answer = once.earlier_answer(taken.earlier, passed.request_hash)[1]
    return _answer(given, row, attributes, answer)


def create_update(given: Given, key: Key) -> Answer:
    """A word to the acceptor on a request that came by this key, as FixMyStreet sends it; what it calls a status is not ours to take."""
    now = timezone.now()
    count_post(key, now)
    number = _sent_by(key, given.text("service_request_id"), now)
    idempotency = once.checked_key(given.request.headers.get("Idempotency-Key", ""))
    uploads = _uploads(given)
    with _named():
        passed = Passed(once=idempotency, request_hash=_fingerprint(given, uploads) if idempotency else "")
        passed.files = _kept(uploads, now)
        update_id = add_update(key, number, given.text("description"), passed, now)
    return Answer(
        "service_request_updates", [{"update_id": update_id}], headers={"Cache-Control": "no-store"}
    )


def _sent_by(key: Key, number: str, now: datetime) -> str:
    """The task number of a request that came by this key."""
    if not number:
        raise Invalid.at("service_request_id", _("请填写 service_request_id"))
    id_ = id_of(number, key.id, now)
    if id_ is None:
        raise NotThere(_("没有这个编号：%(number)s") % {"number": number[:60]})
    row = details([id_], key.id)[0]
    if row["key_id"] != key.id:
        raise NotAllowed(_("这件不是用这个 api_key 报的"))
    return str(row["number"])


@contextmanager
def _named() -> Iterator[None]:
    """Refusals name fields as the specification does."""
    try:
        yield
    except Refused as refused:
        refused.errors = {NAMES.get(name, name): lines for name, lines in refused.errors.items()}
        raise


def _kept(uploads: "Iterable[UploadedFile[bytes]]", now: datetime) -> list[File]:
    return [(keep(upload, now=now, kind="photo").id, "photo") for upload in uploads]


def _answer(given: Given, row: ClassRow, attributes: dict[str, Any], answer: dict[str, Any]) -> Answer:
    condition = public.book().condition(row.kind, row.code, attributes.get("condition", 0))
    limit = words.notice(condition.limit_value, condition.limit_unit) if condition else None
    told: dict[str, Any] = {
        "service_request_id": answer["number"],
        "service_notice": sentences(part for part in (_("已收到，等待受理"), limit) if part),
        "account_id": given.text("account_id")[:200] or None,
    }
    if given.flag("extensions"):
        follow = link(given.request, f"/follow/{answer['query_code']}")
        told["extended_attributes"] = {"query_code": answer["query_code"], "follow_url": follow}
    return Answer("service_requests", [told], headers={"Cache-Control": "no-store"})


def _service(given: Given) -> ClassRow:
    code = given.text("service_code")
    if not code:
        raise Invalid.at("service_code", _("请填写 service_code"))
    return class_of(code)


def _draft(given: Given, row: ClassRow) -> tuple[public.Draft, dict[str, Any]]:
    schema = class_schema(row)
    attributes, faults = read_attributes(schema, given.attributes(), SHANGHAI)
    errors = {f"attribute[{code}]": [_fault(why)] for code, why in faults.items()}
    draft = public.Draft(
        kind=row.kind,
        class_code=row.code,
        condition=attributes.get("condition"),
        component=attributes.get("component"),
        found_at=attributes.get("found_at"),
        description=given.text("description"),
        caller_name=full_name(given.text("first_name"), given.text("last_name")),
        caller_phone=given.text("phone"),
        crs=CRS,
    )
    if len(draft.description) > LONGEST_DESCRIPTION:
        errors["description"] = [_("最多 %(n)d 个字") % {"n": LONGEST_DESCRIPTION}]
    try:
        _locate(given, draft)
    except Invalid as invalid:
        errors |= {name: list(lines) for name, lines in invalid.errors.items()}
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)
    return draft, attributes


def _fault(why: str) -> str:
    return {
        "unknown": _("这项服务没有这个属性"),
        "required": _("必填"),
        "several": _("只能有一个值"),
        "choice": _("不在可选的值里"),
        "number": _("请写数字"),
        "datetime": _("请写日期和时间，例如 2026-11-24T17:30:00+08:00"),
        "pattern": _("格式不对"),
    }[why]


def _locate(given: Given, draft: public.Draft) -> None:
    """Where it is: coordinates before an id before an address; the address is kept as words in any case."""
    draft.address = given.text("address_string")
    lat, long, address_id = given.text("lat"), given.text("long"), given.text("address_id")
    if lat or long:
        draft.location = _point(_degrees("long", long), _degrees("lat", lat))
    elif address_id:
        _at_component(address_id, draft)
    elif draft.address:
        draft.location, draft.crs = _point(*place_of_address(draft.address)), "EPSG:4490"
    elif not draft.component:
        sentence = _("请给出位置：lat 和 long，或 address_string，或 address_id")
        raise Invalid.at("lat, long", sentence)


def _point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def _degrees(name: str, text: str) -> float:
    if not text:
        raise Invalid.at(name, _("lat 和 long 要一起给"))
    try:
        found = float(text)
    except ValueError:
        found = float("nan")
    if not isfinite(found):
        raise Invalid.at(name, _("请写数字，例如 34.365"))
    return found


def _at_component(address_id: str, draft: public.Draft) -> None:
    """Our addresses by number are the components of the ledger; for one of another class only its place counts."""
    found = public.component(address_id) if address_id.isascii() and address_id.isdigit() else None
    if found is None:
        sentence = _("没有这个 address_id。它是台账里部件的 16 位标识码")
        raise Invalid.at("address_id", sentence)
    draft.location, draft.crs = found["location"], "EPSG:4490"
    draft.address = draft.address or found["address"]
    if draft.kind == "component" and found["class"] == draft.class_code:
        draft.component = draft.component or found["code"]


def _uploads(given: Given) -> "list[UploadedFile[bytes]]":
    """Photos in `media`; refused before any is kept when there are more than the city takes."""
    found = [upload for name in MEDIA for upload in given.request.FILES.getlist(name)]
    most = photos(public.policies(), "report", "citizen")[1]
    if len(found) > most:
        raise Invalid.at("media", _("最多附 %(n)d 张照片") % {"n": most})
    return found


def _media_url(given: Given) -> str:
    """The address of a picture elsewhere; it is passed on to the acceptor, and never fetched."""
    url = given.text("media_url")
    if not url:
        return ""
    try:
        parts = urlsplit(url)
    except ValueError:
        parts = urlsplit("")
    is_clean = url.isprintable() and not any(letter.isspace() for letter in url)
    if parts.scheme not in {"http", "https"} or not parts.netloc or not is_clean or len(url) > LONGEST_URL:
        raise Invalid.at(
            "media_url", _("media_url 是 http 或 https 地址，最多 %(n)d 个字") % {"n": LONGEST_URL}
        )
    return url


def _fingerprint(given: Given, uploads: "Iterable[UploadedFile[bytes]]") -> str:
    """The same for the same call in either format."""
    parts = [orjson.dumps(list(given.fields()))]
    for upload in uploads:
        parts.append(b"".join(upload.chunks()))
        upload.seek(0)
    return once.fingerprint(b"open311/requests", *parts)
