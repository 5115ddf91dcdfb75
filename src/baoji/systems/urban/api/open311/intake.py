"""A service request as it is posted: read, checked as a whole, taken in by the citizens' door."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from hashlib import sha256
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
from baoji.kernel.records.actions import keeping
from baoji.kernel.wire import once
from baoji.kernel.worktime.calendar import SHANGHAI
from baoji.systems.urban import public
from baoji.systems.urban.actions.citizen_door import checked_mail
from baoji.systems.urban.actions.open311_keys import count_post
from baoji.systems.urban.actions.open311_requests import Passed, add_update, file_request
from baoji.systems.urban.actions.place import spot_of
from baoji.systems.urban.actions.report import check_report
from baoji.systems.urban.api.open311 import words
from baoji.systems.urban.api.open311.faults import ABOUT_WHAT_WAS_SENT, Faults, Faulty, named
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


def create(given: Given, key: Key) -> Answer:
    """200 and the number: it is durable. Every attribute, place and field that is wrong is named at once."""
    now = timezone.now()
    count_post(key, now)
    faults = Faults()
    row = _service(given, faults)
    draft, attributes = _draft(given, row, faults)
    draft.via = f"Open311 {key.name}"  # which is how long its words may be
    passed, uploads = _passed(given, faults)
    if passed.media_url:
        draft.description = f"{draft.description}\n{passed.media_url}".strip()
    if row is None or faults.found:
        _look_further(draft, row, uploads, faults, now)
        faults.end()
    assert row is not None
    try:
        with keeping([(upload, "photo") for upload in uploads], now=now) as passed.files:
            taken = file_request(key, draft, passed, now)
    except Refused as refused:
        if refused.status not in ABOUT_WHAT_WAS_SENT:
            raise named(refused) from refused
        faults.add(refused)
        _look_further(draft, row, uploads, faults, now)
        raise Faulty(faults.found) from refused
    answer = taken.answer
    if taken.earlier is not None:
        answer = once.earlier_answer(taken.earlier, passed.request_hash)[1]
    return _answer(given, row, attributes, answer)


def _passed(given: Given, faults: Faults) -> "tuple[Passed, list[UploadedFile[bytes]]]":
    """What comes with the report, and the photos, which nobody has looked at yet."""
    passed, uploads = Passed(), []
    with faults.noted():
        passed.once = once.checked_key(given.request.headers.get("Idempotency-Key", ""))
    with faults.noted():
        uploads = _uploads(given)
    with faults.noted():
        passed.mail = checked_mail(given.text("email"))
    with faults.noted():
        passed.media_url = _media_url(given)
    if passed.once and not faults.found:
        passed.request_hash = _fingerprint(given, uploads)
    return passed, uploads


def _look_further(
    draft: public.Draft,
    row: ClassRow | None,
    uploads: "Sequence[UploadedFile[bytes]]",
    faults: Faults,
    now: datetime,
) -> None:
    """Something is wrong already: what else would be refused of the report. What a service would have to say is not guessed."""
    about_service = frozenset({"kind", "service_code"} | (set() if draft.description else {"description"}))
    try:
        check_report(draft, len(uploads), now)
    except Refused as refused:
        faults.add(refused, but=about_service if row is None else frozenset())
    if draft.location is not None and not draft.component:
        with faults.noted():
            spot_of(public.point_of(draft.location, draft.crs))


def create_update(given: Given, key: Key) -> Answer:
    """A word to the acceptor on a request that came by this key, as FixMyStreet sends it; what it calls a status is not ours to take."""
    now = timezone.now()
    count_post(key, now)
    number = _sent_by(key, given.text("service_request_id"), now)
    idempotency = once.checked_key(given.request.headers.get("Idempotency-Key", ""))
    uploads = _uploads(given)
    passed = Passed(once=idempotency, request_hash=_fingerprint(given, uploads) if idempotency else "")
    with _named(), keeping([(upload, "photo") for upload in uploads], now=now) as passed.files:
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
        raise named(refused) from refused


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


def _service(given: Given, faults: Faults) -> ClassRow | None:
    """The class it is about; None where that cannot be told, which is noted."""
    code, row = given.text("service_code"), None
    with faults.noted():
        if not code:
            raise Invalid.at("service_code", _("请填写 service_code"))
        row = class_of(code)
    return row


def _draft(given: Given, row: ClassRow | None, faults: Faults) -> tuple[public.Draft, dict[str, Any]]:
    """The report and its attributes; without a service nobody knows which attributes it has."""
    attributes: dict[str, Any] = {}
    if row is not None:
        attributes, wrong = read_attributes(class_schema(row), given.attributes(), SHANGHAI)
        if wrong:
            errors = {f"attribute[{code}]": [_fault(why)] for code, why in wrong.items()}
            faults.add(Invalid(_("有内容需要改正"), errors=errors))
    draft = public.Draft(
        kind=row.kind if row else "",
        class_code=row.code if row else "",
        condition=attributes.get("condition"),
        component=attributes.get("component"),
        found_at=attributes.get("found_at"),
        description=given.text("description"),
        caller_name=full_name(given.text("first_name"), given.text("last_name")),
        caller_phone=given.text("phone"),
        crs=CRS,
    )
    if len(draft.description) > LONGEST_DESCRIPTION:
        faults.add(Invalid.at("description", _("最多 %(n)d 个字") % {"n": LONGEST_DESCRIPTION}))
    with faults.noted():
        _locate(given, draft)
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
        draft.location = _point(*_degrees(long=long, lat=lat))
    elif address_id:
        _at_component(address_id, draft)
    elif draft.address:
        draft.location, draft.crs = _point(*place_of_address(draft.address)), "EPSG:4490"
    elif not draft.component:
        sentence = _("请给出位置：lat 和 long，或 address_string，或 address_id")
        raise Invalid.at("lat, long", sentence)


def _point(lon: float, lat: float) -> dict[str, Any]:
    return {"type": "Point", "coordinates": [lon, lat]}


def _degrees(**given: str) -> list[float]:
    """The numbers in the order given; each that is none is named."""
    found, errors = [], {}
    for name, text in given.items():
        try:
            number = float(text or "nan")
        except ValueError:
            number = float("nan")
        if not isfinite(number):
            errors[name] = [_("请写数字，例如 34.365") if text else _("lat 和 long 要一起给")]
        found.append(number)
    if errors:
        raise Invalid(_("有内容需要改正"), errors=errors)
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
    """The same for the same call in either format: `once.fingerprint` of the parameters and each whole file, read in pieces.

    Not of the files' `once.digests`: programs send an `Idempotency-Key` again after hours, and the hash that is kept with it
    must be the one of before an upgrade, or a retry would be refused as another call.
    """
    whole = sha256()
    for part in (b"open311/requests", orjson.dumps(list(given.fields()))):
        whole.update(len(part).to_bytes(8, "big") + part)
    for upload in uploads:
        whole.update((upload.size or 0).to_bytes(8, "big"))
        for chunk in upload.chunks():
            whole.update(chunk)
        upload.seek(0)
    return whole.hexdigest()
