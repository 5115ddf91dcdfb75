"""A report as a page sends it: input is kept, each refusal is put at its field, a second press makes no second report."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

import orjson
from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from baoji.kernel.base.errors import Refused, TooLarge
from baoji.kernel.base.numbers import whole
from baoji.kernel.base.phrases import listed, sentences
from baoji.kernel.identity.callers import Caller
from baoji.kernel.maps.queries import in_bounds, nearest_address
from baoji.kernel.records.actions import keeping
from baoji.kernel.wire import once
from baoji.systems.urban import public
from baoji.systems.urban.pages.reporting import topics

NAMES = (
    "caller_name",
    "caller_phone",
    "topic",
    "condition",
    "condition_of",
    "component",
    "description",
    "address",
    "address_found",
    "lon",
    "lat",
    "accuracy",
    "self_disposed",
    "answered",
    "what",
    "mail",
    "happened",
    "involved",
    "demand",
    "resolution",
    "no_call_back",
    "call",
    "handover",
)
CONDITION_DIGITS = 3
FILES = (("photo", "photo"), ("photo_after", "photo"), ("voice", "voice"))
# Where a refusal without a field of its own belongs.
FIELD_OF_CODE = {
    "photo-required": "photo",
    "too-large": "photo",
    "not-an-image": "photo",
    "not-a-recording": "voice",
    "outside-city": "location",
    "coordinates-swapped": "location",
    "coordinates-shifted": "location",
}
FIELD_OF_NAME = {"class": "topic", "kind": "topic", "crs": "location"}
# Sentences written for programs, said again for people.
FOR_PEOPLE = {
    "coordinates-shifted": gettext_lazy(
        "这个位置和部件正好差一个手机地图的偏移。请在这张地图上点选，不要填从别处抄来的经纬度"
    ),
    "idempotency-conflict": gettext_lazy("这张表已经提交过。要再报一件，请再按一次"),
}


def refusal_by_field(refused: Refused) -> dict[str, str]:
    """A refusal as one sentence a field; `all` is the form as a whole."""
    return refused.by_field or {FIELD_OF_CODE.get(refused.code, "all"): refused.message}


@dataclass
class Form:
    """What was sent, and what is wrong with it by field; `candidates` are the classes that the words may mean."""

    values: dict[str, str] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)
    problem: str = ""
    candidates: list[topics.Topic] = field(default_factory=list)
    chosen_files: list[str] = field(default_factory=list)
    apart: str = ""  # the pin and the address that somebody was told lie apart

    def say(self, name: str, sentence: str) -> None:
        self.errors.setdefault(name, sentence)

    def refuse(self, refused: Refused) -> None:
        sentence = str(FOR_PEOPLE.get(refused.code, refused.message))
        for name, lines in refused.errors.items():
            self.say(FIELD_OF_NAME.get(name, name), str(FOR_PEOPLE.get(refused.code, lines[0])))
        if not refused.errors and refused.code in FIELD_OF_CODE:
            self.say(FIELD_OF_CODE[refused.code], sentence)
        elif not refused.errors:
            self.problem = sentence

    @property
    def is_refused(self) -> bool:
        return bool(self.errors or self.problem)

    def remember_files(self) -> None:
        """A browser cannot be given its files back: say which to choose again."""
        if self.chosen_files and self.is_refused:
            again = _("请重新选择：%(names)s") % {"names": listed(self.chosen_files)}
            self.errors["photo"] = (
                sentences([self.errors["photo"], again]) if "photo" in self.errors else again
            )

    @property
    def topic(self) -> topics.Topic | None:
        return topics.topic(self.values.get("topic", ""))

    @property
    def point(self) -> tuple[float, float] | None:
        """Longitude and latitude as sent, if they are numbers at all."""
        try:
            lon, lat = float(self.values.get("lon", "")), float(self.values.get("lat", ""))
        except ValueError:
            return None
        return (lon, lat) if abs(lon) <= 180 and abs(lat) <= 180 else None


def read(request: HttpRequest) -> Form:
    """The form as sent. A button called `pick` carries values of its own, for browsers without scripts."""
    if int(request.headers.get("Content-Length") or 0) > settings.MAX_REQUEST_BYTES:
        raise TooLarge(_("发送的内容超过 64 MB，请少附几张照片"))
    values = {name: request.POST.get(name, "") for name in NAMES}
    values |= {name: value for name, value in parse_qsl(request.POST.get("pick", "")) if name in NAMES}
    values = {name: value.replace("\x00", "").strip() for name, value in values.items()}
    phone = "".join(letter for letter in values["caller_phone"] if letter not in " -　")
    form = Form(values | {"caller_phone": phone})
    form.chosen_files = [str(upload.name) for name, _kind in FILES for upload in request.FILES.getlist(name)]
    return form


def checked(form: Form, *, with_topic: bool = True) -> public.Draft:
    """The draft to hand in; what the page itself can tell is wrong is said in the form."""
    values = form.values
    draft = public.Draft(
        component=values["component"] or None,
        description=values["description"],
        address=values["address"],
        self_disposed=bool(values["self_disposed"]),
        caller_name=values["caller_name"],
        caller_phone=values["caller_phone"],
    )
    _check_phone(form)
    _place(form, draft)
    if with_topic and values["topic"] and not draft.component:
        _classify(form, draft)
    draft.condition = _condition(form)
    return draft


def _condition(form: Form) -> int | None:
    """The condition ticked, unless it was one of a class that is not reported any more."""
    values = form.values
    said_of = values["condition_of"]
    kept = values["component"] or said_of == values["topic"] or not values["topic"]
    return whole(values["condition"], CONDITION_DIGITS) if kept else None


def _classify(form: Form, draft: public.Draft) -> None:
    found = topics.resolve(form.values["topic"])
    if isinstance(found, topics.Topic):
        form.values["topic"] = found.key
        draft.kind, draft.class_code = found.kind, found.code
        return
    form.candidates = found
    form.say(
        "topic",
        _("有几类都叫这个，请选一类") if found else _("类别表里没有这个，请换个说法，或留空由受理员选"),
    )


def _place(form: Form, draft: public.Draft) -> None:
    if not (form.values["lon"] or form.values["lat"]):
        return
    point = form.point
    if point is None:
        form.say("location", _("经度和纬度请写数字，例如 107.145 和 34.365"))
        return
    draft.location = {"type": "Point", "coordinates": list(point)}
    if not draft.address and in_bounds(*point):
        draft.address = nearest_address(*point)


def _check_phone(form: Form) -> None:
    phone = form.values["caller_phone"]
    if not phone:
        return
    digits = phone.removeprefix("+86") if phone.startswith("+86") else phone
    if not digits.isascii() or not digits.isdigit():
        form.say("caller_phone", _("电话只写数字"))
    elif digits.startswith("1") and len(digits) != 11:
        short = 11 - len(digits)
        sentence = _("少 %(n)d 位数字，手机号是 11 位") if short > 0 else _("多 %(n)d 位数字，手机号是 11 位")
        form.say("caller_phone", sentence % {"n": abs(short)})
    elif not 7 <= len(digits) <= 12:
        form.say("caller_phone", _("座机写区号加号码，一共 10 到 12 位；本地号码 7 位"))


def hand_in(
    request: HttpRequest, by: Caller | None, form: Form, draft: public.Draft
) -> dict[str, Any] | None:
    """Takes the report in: the answer with `number` (and `query_code`), or None with the refusals in the form."""
    if form.is_refused:
        form.remember_files()
        return None
    try:
        return _taken(request, by, form, draft)
    except Refused as refused:
        form.refuse(refused)
        form.remember_files()
        return None


def _taken(request: HttpRequest, by: Caller | None, form: Form, draft: public.Draft) -> dict[str, Any]:
    now = timezone.now()
    uploads = [(upload, kind) for name, kind in FILES for upload in request.FILES.getlist(name)]
    key = once.checked_key(request.POST.get("key", ""))
    request_hash = fingerprint(form, uploads) if key else ""
    with keeping(uploads, now=now) as files:  # type: ignore[arg-type]
        taken = public.take_report(
            by=by,
            draft=draft,
            now=now,
            files=files,
            moments=_moments(request, files),
            key=key,
            request_hash=request_hash,
        )
    if taken.earlier is None:
        return taken.answer
    answer: dict[str, Any] = once.earlier_answer(taken.earlier, request_hash)[1]
    return answer


def _moments(request: HttpRequest, files: Sequence[tuple[int, str]]) -> list[str]:
    """Of each different photo, before or after the work, by the field in which it stands first."""
    names = [name for name, _kind in FILES for _upload in request.FILES.getlist(name)]
    said: dict[int, str] = {}
    for name, (file_id, kind) in zip(names, files, strict=True):
        if kind == "photo":
            said.setdefault(file_id, "after" if name == "photo_after" else "before")
    return [*said.values()]


def fingerprint(form: Form, uploads: "list[tuple[UploadedFile[bytes], str]]") -> str:
    """What must be the same for a second press to be the same report."""
    digests = once.digests(upload for upload, _kind in uploads)
    return once.fingerprint(orjson.dumps(form.values, option=orjson.OPT_SORT_KEYS), *digests)
