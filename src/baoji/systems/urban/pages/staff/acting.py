"""Reading an act's form and doing the act: once for one form, however often it is pressed."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpRequest
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid, TooLarge
from baoji.kernel.base.numbers import whole
from baoji.kernel.flow.store import Loaded
from baoji.kernel.identity.callers import Caller
from baoji.kernel.records.actions import Kind, keeping
from baoji.kernel.ui.schema_form import facts_from
from baoji.kernel.wire import once
from baoji.systems.urban import public
from baoji.systems.urban.pages.staff.words import step_title

Upload = tuple["UploadedFile[bytes]", Kind]
FILES: tuple[Kind, ...] = ("photo", "voice")
VERSION_DIGITS = 9
NOT_FACTS = frozenset({"csrfmiddlewaretoken", "idempotency_key", "etag"})


@dataclass
class Sent:
    """What a form brought. `title` is the act's own."""

    facts: dict[str, Any] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    version: int | None = None
    key: str = ""
    title: str = ""

    @property
    def had_files(self) -> bool:
        return bool(self.uploads)


def read(request: HttpRequest, caller: Caller, loaded: Loaded, act: str, now: datetime) -> Sent:
    """The facts by the schema of the offer; of an act that is not offered nothing is read, the action will say why."""
    offer = next((one for one in public.offered(caller, loaded, now) if one["act"] == act), None)
    etag = request.POST.get("etag", "")
    sent = Sent(
        version=whole(etag, VERSION_DIGITS),
        key=request.POST.get("idempotency_key", ""),
    )
    if int(request.headers.get("Content-Length") or 0) > settings.MAX_REQUEST_BYTES:
        raise TooLarge(_("发送的内容超过 64 MB"))
    if offer is not None:
        sent.facts, sent.title = facts_from(offer["schema"], request.POST), offer["title"]
    sent.uploads = [(file, kind) for kind in FILES for file in request.FILES.getlist(kind)]
    return sent


def do(request: HttpRequest, caller: Caller, number: str, act: str, sent: Sent, now: datetime) -> str:
    """Does the act and says what came of it. Raises Refused; then nothing has happened."""
    key = once.checked_key(sent.key)
    who, request_hash = once.name_of(caller), _hash(request, sent) if key else ""
    with keeping(sent.uploads, now=now) as files:
        earlier = once.claim(who, key, request_hash) if key else None
        if earlier is not None:
            return str(earlier[1]["said"])
        doing = public.perform(
            number=number, act=act, by=caller, facts=sent.facts, now=now, files=files, version=sent.version
        )
        said = _said(sent.title, doing.case.case_number or number, doing.left, doing.to)
        if key:
            once.answer(who, key, 200, {"said": said})
    return said


def _said(title: str, number: str, left: str, to: str) -> str:
    if left == to:
        return _("%(number)s：%(act)s，已记下") % {"number": number, "act": title}
    return _("%(number)s：%(act)s，现在是“%(step)s”") % {
        "number": number,
        "act": title,
        "step": step_title(to),
    }


def _hash(request: HttpRequest, sent: Sent) -> str:
    """What must be the same for a second press to be the same deed."""
    try:
        digests = once.digests(file for file, _kind in sent.uploads)
    except OSError as fault:
        raise Invalid(_("照片没有传完整，请再试一次")) from fault
    given = sorted(
        (name, value)
        for name in request.POST
        if name not in NOT_FACTS
        for value in request.POST.getlist(name)
    )
    return once.fingerprint(request.path.encode(), repr(given).encode(), *digests)
