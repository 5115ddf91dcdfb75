"""tus 1.0.0 (https://tus.io/protocols/resumable-upload): requests become calls of `records.uploads`, and answers come back.

One address for each upload: the SHA-256 of the whole content, under the caller. A PATCH is not answered here at once: its
bytes go to the `Patch` as they arrive, from whoever reads the connection.
"""

import re
from base64 import b64decode, b64encode
from datetime import datetime
from hashlib import sha1, sha256

from django.conf import settings
from django.db.utils import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from baoji.kernel.base.errors import Invalid, Refused, TooLarge
from baoji.kernel.identity.callers import Caller
from baoji.kernel.records import uploads
from baoji.kernel.records.intake import Kind
from baoji.kernel.records.parts import Busy
from baoji.kernel.records.uploads import Growing, State
from baoji.kernel.wire.callers import must_be_somebody
from baoji.kernel.wire.problems import from_database, from_refusal

PREFIX = "/api/v1/uploads/"
VERSION = "1.0.0"
BODY = "application/offset+octet-stream"
CHECKSUMS = {"sha1": sha1, "sha256": sha256}
HASH = re.compile(r"[0-9a-f]{64}")
NUMBER = re.compile(r"[0-9]{1,18}")
LONGEST_METADATA = 2000
KINDS: tuple[Kind, ...] = ("photo", "voice")
# What the address of all uploads knows, and that of one.
METHODS = (("OPTIONS", "POST"), ("DELETE", "HEAD", "OPTIONS", "PATCH"))


def answer(request: HttpRequest, name: str = "") -> "HttpResponse | Patch":
    """What the request gets; a `Patch` for one whose body is still to be taken."""
    method = str(request.method)
    if method == "POST":  # for those behind something that lets no PATCH through
        method = request.headers.get("X-HTTP-Method-Override", method)
    if method not in METHODS[bool(name)]:
        return _unknown(method, METHODS[bool(name)])
    if method == "OPTIONS":
        return _said(204, _abilities())
    try:
        if request.headers.get("Tus-Resumable") != VERSION:
            raise Refused(_("请用 tus 1.0.0 协议上传"), code="tus-version", status=412)
        return _asked(request, method, name, must_be_somebody(request))
    except Refused as refused:
        return refusal(refused)
    except Busy:
        return busy()


def _unknown(method: str, known: tuple[str, ...]) -> HttpResponse:
    sentence = _("这个地址不支持 %(method)s") % {"method": method}
    response = refusal(Refused(sentence, code="method-not-allowed", status=405))
    response.headers["Allow"] = ", ".join(known)
    return response


def _asked(request: HttpRequest, method: str, name: str, caller: Caller) -> "HttpResponse | Patch":
    now = timezone.now()
    assert caller.id is not None
    if method == "POST":
        return _create(request, caller.id, now)
    if not HASH.fullmatch(name):
        raise Refused(_("没有这个地址"), code="not-there", status=404)
    if method == "HEAD":
        return _said(200, _state(uploads.look(caller.id, name, now), full=True))
    if method == "PATCH":
        return _patch(request, caller.id, name, now)
    uploads.end_early(caller.id, name)
    return _said(204, {})


def _create(request: HttpRequest, person_id: int, now: datetime) -> HttpResponse:
    if "Upload-Defer-Length" in request.headers:
        raise Invalid(_("请在开始时写明 Upload-Length"))
    if "Upload-Concat" in request.headers:  # nobody would join the parts
        raise Refused(_("不支持 Upload-Concat，请整个文件一起传"), code="validation", status=400)
    written = request.headers.get("Upload-Metadata", "")
    told = metadata(written)
    name, kind = told.get("sha256", ""), told.get("kind", "photo")
    if not HASH.fullmatch(name):
        sentence = _("写 sha256：整个文件的 SHA-256，64 位小写十六进制")
        raise Invalid(_("有内容需要改正"), errors={"Upload-Metadata": [sentence]})
    if kind not in KINDS:
        raise Invalid(_("有内容需要改正"), errors={"Upload-Metadata": [_("kind 写 photo 或 voice")]})
    state = uploads.create(
        person_id, sha256=name, length=_number(request, "Upload-Length"), kind=kind, metadata=written, now=now
    )
    return _said(201, {"Location": PREFIX + name, **_state(state, full=False)})


def metadata(written: str) -> dict[str, str]:
    """Names and their values: `name base64, name base64, name`. Raises `Invalid`."""
    wrong = Invalid(_("有内容需要改正"), errors={"Upload-Metadata": [_("写成“名称 base64”，用逗号隔开")]})
    if len(written) > LONGEST_METADATA:
        raise wrong
    told: dict[str, str] = {}
    for pair in written.split(",") if written.strip() else ():
        name, _space, value = pair.strip().partition(" ")
        if not name or name in told:
            raise wrong
        try:
            told[name] = b64decode(value, validate=True).decode()
        except ValueError as error:
            raise wrong from error
    return told


def _number(request: HttpRequest, header: str) -> int:
    written = request.headers.get(header, "")
    if not NUMBER.fullmatch(written):
        raise Invalid(_("有内容需要改正"), errors={header: [_("写字节数")]})
    return int(written)


def _patch(request: HttpRequest, person_id: int, name: str, now: datetime) -> "HttpResponse | Patch":
    if request.content_type != BODY:
        raise Refused(_("请以 %(type)s 发送") % {"type": BODY}, code="unsupported-media-type", status=415)
    offset, checksum = _number(request, "Upload-Offset"), _checksum(request)
    growing = uploads.grow(person_id, name, now)
    here = growing.offset
    length = request.headers.get("Content-Length", "")
    if isinstance(growing, State):
        is_echo = (offset, length or "0") == (here, "0")  # somebody asks for the end of what has ended
        return _said(204, _state(growing, full=False)) if is_echo else _displaced(here)
    if here != offset:
        growing.close()
        return _displaced(here)
    if length.isdigit() and int(length) > growing.left:
        growing.close()
        raise _too_long()
    return Patch(person_id, growing, checksum)


def _displaced(here: int) -> HttpResponse:
    response = refusal(Refused(_("接着传的位置不对，请先查问已收到多少"), code="wrong-offset", status=409))
    response.headers["Upload-Offset"] = str(here)
    return response


def _too_long() -> TooLarge:
    return TooLarge(_("发来的内容比开始时说的长"))


def _checksum(request: HttpRequest) -> tuple[str, str] | None:
    """Algorithm and base64, or None. Raises `Refused` for an algorithm we do not know, or one without its value."""
    written = request.headers.get("Upload-Checksum")
    if written is None:
        return None
    algorithm, _space, value = written.partition(" ")
    if algorithm not in CHECKSUMS:
        raise Refused(_("不支持这种校验"), code="validation", status=400)
    if not value.strip():
        raise Refused(_("Upload-Checksum 写成“算法 base64”"), code="validation", status=400)
    return algorithm, value.strip()


class Patch:
    """A body on its way into an upload. Whoever reads it feeds it, ends it and closes it."""

    def __init__(self, person_id: int, growing: Growing, checksum: tuple[str, str] | None) -> None:
        self.person_id = person_id
        self._growing = growing
        self._language = get_language()
        self._checksum = checksum
        self._digest = CHECKSUMS[checksum[0]]() if checksum else None

    def feed(self, data: bytes) -> None:
        """Raises `Refused`: `too-large` (what fits is not taken either), `storage-full` (what was fed before stays)."""
        if len(data) > self._growing.left:
            self._growing.undo()
            raise _too_long()
        if self._digest:
            self._digest.update(data)
        self._growing.feed(data)

    def is_wanted(self) -> bool:
        return self._growing.is_wanted()

    def end(self, *, whole: bool) -> HttpResponse:
        """The answer; `whole`: the body came to its end. The last byte's answer goes out when the file is safe."""
        with override(self._language):
            try:
                if whole and self._checksum and self._digest:
                    self._verify(self._checksum[1], self._digest.digest())
                return _said(204, _state(self._growing.end(timezone.now()), full=False))
            except Refused as refused:
                return refusal(refused)
            except DatabaseError as fault:
                return _ours(from_database(fault))

    def _verify(self, told: str, digest: bytes) -> None:
        if told != b64encode(digest).decode():
            self._growing.undo()
            raise Refused(_("这一段在路上损坏了，请重发"), code="wrong-checksum", status=460)

    def close(self) -> None:
        self._growing.close()


def refusal(refused: Refused) -> HttpResponse:
    response = from_refusal(refused)
    if refused.status in {503, 507}:
        response.headers["Retry-After"] = "30"
    return _ours(response)


def busy() -> HttpResponse:
    """Another connection writes this upload, or too many are under way; clients try again by themselves."""
    response = refusal(Refused(_("这个文件正在另一个连接上传，请稍等"), code="busy", status=423))
    response.headers["Retry-After"] = "1"
    return response


def silent() -> HttpResponse:
    """Nothing came any more; what did come stays."""
    return refusal(Refused(_("很久没有收到内容，已收到的保留着，请接着传"), code="silent", status=408))


def crowded() -> HttpResponse:
    response = refusal(Refused(_("现在上传的人太多，稍后会自动再传"), code="crowded", status=503))
    response.headers["Retry-After"] = "2"
    return response


def _state(state: State, *, full: bool) -> dict[str, str]:
    told = {"Upload-Offset": str(state.offset)}
    if full:
        told["Upload-Length"] = str(state.length)
        if state.metadata:
            told["Upload-Metadata"] = state.metadata
    if state.expires_at:
        told["Upload-Expires"] = http_date(state.expires_at.timestamp())
    return told


def _abilities() -> dict[str, str]:
    return {
        "Tus-Version": VERSION,
        "Tus-Extension": "creation,termination,expiration,checksum",
        "Tus-Checksum-Algorithm": ",".join(CHECKSUMS),
        "Tus-Max-Size": str(settings.MAX_PHOTO_BYTES),
    }


def _said(status: int, headers: dict[str, str]) -> HttpResponse:
    response = HttpResponse(status=status, headers=headers)
    del response.headers["Content-Type"]
    return _ours(response)


def _ours(response: HttpResponse) -> HttpResponse:
    response.headers["Tus-Resumable"] = VERSION
    response.headers["Cache-Control"] = "no-store"
    if response.status_code == 412:
        response.headers["Tus-Version"] = VERSION
    return response
